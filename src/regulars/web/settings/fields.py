"""Who sees which of a buyer's fields: a table of roles and fields. An owner always sees all."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy

from regulars.base import clock, db
from regulars.rules.visibility import FIELDS, LEVELS
from regulars.shop import actions
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings
from regulars.web import words
from regulars.web.access import OWNER, Seat, staff
from regulars.web.settings.form import Form
from regulars.web.settings.page import say_saved, show_settings

__all__ = ["page", "save"]

SET_FOR = ("operator", "supervisor")
_FIELDS = {
    "phone": gettext_lazy("Telephone"),
    "email": gettext_lazy("E-mail"),
    "address": gettext_lazy("Address"),
    "sums": gettext_lazy("Sums of orders"),
    "notes": gettext_lazy("Notes"),
    "colleagues": gettext_lazy("Work of other teams"),
}
_LEVELS = {
    "shown": gettext_lazy("sees it"),
    "held": gettext_lazy("only in a card in hand"),
    "masked": gettext_lazy("masked"),
    "hidden": gettext_lazy("doesn’t see it"),
}


@staff("GET", roles=OWNER)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The table as it stands."""
    with db.transact() as cur:
        context = _context(shops.own_settings(cur, seat.shop.id))
    return show_settings(request, seat, "settings_fields", "settings_fields", context)


@staff("POST", roles=OWNER)
def save(request: HttpRequest, seat: Seat) -> HttpResponse:
    """It holds on every page and for every file from now on."""
    form = Form(request.POST)
    rule = {role: {name: form.one_of(f"{role}_{name}", LEVELS[name]) for name in FIELDS} for role in SET_FOR}
    with db.transact() as cur:
        if not form.is_good:
            context = _context(shops.own_settings(cur, seat.shop.id))
            return show_settings(request, seat, "settings_fields", "settings_fields", context, 422)
        actions.set_settings(cur, seat.shop.id, {"visibility": rule}, seat.actor)
        now = clock.now_from(cur)
    say_saved(request, seat, now)
    return redirect("web:settings_fields")


def _context(shop: ShopSettings) -> dict[str, Any]:
    return {
        "roles": [words.word(words.ROLES, role) for role in SET_FOR],
        "fields": [
            {
                "label": _FIELDS[name],
                "cells": [
                    {
                        "name": f"{role}_{name}",
                        "role": words.word(words.ROLES, role),
                        "choices": [
                            {"value": level, "label": _LEVELS[level], "is_on": shop.visibility[role][name] == level}
                            for level in LEVELS[name]
                        ],
                    }
                    for role in SET_FOR
                ],
            }
            for name in FIELDS
        ],
    }
