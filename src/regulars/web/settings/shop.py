"""The shop: its name, place and money, what letters say of it. A new time zone takes the calendars along."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.rules.localtime import is_zone
from regulars.rules.phone import display
from regulars.rules.worktime import WorkTime
from regulars.shop import actions
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings
from regulars.web.access import LEADS, OWNER, Seat, staff
from regulars.web.settings import choices, moves
from regulars.web.settings.choices import LANGUAGES
from regulars.web.settings.form import Field, Form
from regulars.web.settings.page import say_saved, show_settings

__all__ = ["page", "read_place", "save"]


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The shop as it stands."""
    with db.transact() as cur:
        shop = shops.own_settings(cur, seat.shop.id)
    return _show(request, seat, _groups(shop, seat.language))


@staff("POST", roles=OWNER)
def save(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Change it; what a new zone would move is shown before it is done."""
    form = Form(request.POST)
    with db.transact() as cur:
        shop = shops.own_settings(cur, seat.shop.id)
        groups = _groups(shop, seat.language)
        place = read_place(form)
        name = form.text("name", longest=100)
        brand = {
            "email": form.email("email", required=False),
            "phone": form.phone("phone", place["country"]),
            "hours": {k: t for k in ("en", "ru") if (t := form.text(f"hours_{k}", longest=120, required=False))},
        }
        if not form.is_good:
            form.shown(f for _title, _intro, fields in groups for f in fields)
            return _show(request, seat, groups, status=422)
        now = clock.now_from(cur)
        hours = _moved_calendars(cur, seat.shop.id, shop.time_zone, place["time_zone"])
        after = moves.with_calendars(cur, seat.shop.id, hours)
        ahead = moves.ahead(cur, seat, after, now, place["time_zone"]) if hours else None
        if ahead and not moves.is_sure(request):
            form.shown(f for _title, _intro, fields in groups for f in fields)
            return _show(request, seat, groups, ahead={**ahead, "kept": moves.kept(request)})
        actions.describe_shop(cur, seat.shop.id, seat.actor, name=name, brand=brand, **place)
        moved = moves.change(cur, seat, hours, now)
    shops.forget()
    say_saved(request, seat, now, moves.words(moved))
    return redirect("web:settings")


def read_place(form: Form) -> dict[str, Any]:
    """Where the shop is and how it reckons, out of the fields that both this page and the first steps have."""
    zone = form.raw("time_zone", 64)
    if not is_zone(zone):
        form.refuse("time_zone", _("Choose one of the list."))
        zone = "UTC"
    country, currency = form.raw("country", 2).upper(), form.raw("currency", 3).upper()
    if not choices.is_country(country):
        form.refuse("country", _("Choose one of the list."))
        country = "GB"
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        form.refuse("currency", _("Choose one of the list."))
    main = form.one_of("language", LANGUAGES)
    others = [k for k in form.some_of("languages", LANGUAGES) if k != main]
    return {"time_zone": zone, "country": country, "currency": currency, "languages": (main, *others)}


def _moved_calendars(cur: Cursor, shop_id: int, old: str, new: str) -> dict[str, WorkTime]:
    """The calendars that follow the shop into its new zone."""
    if old == new:
        return {}
    found = {c.key: WorkTime.from_json(c.hours) for c in shops.calendars(cur, shop_id)}
    return {key: replace(hours, zone=new) for key, hours in found.items() if hours.zone == old}


Groups = list[tuple[str, str, list[Field]]]


def _groups(shop: ShopSettings, language: str) -> Groups:
    hours: Mapping[str, str] = shop.hours if isinstance(shop.hours, Mapping) else {}
    return [
        (
            _("The shop"),
            "",
            [
                Field("name", _("The shop’s name"), shop.name, hint=_("Letters and calls begin with it."), longest=100),
                Field(
                    "country",
                    _("Country"),
                    kind="select",
                    choices=choices.countries(shop.country, language),
                    hint=_("Telephone numbers without a country’s code are read as of this one."),
                ),
                Field(
                    "time_zone",
                    _("Time zone"),
                    kind="select",
                    groups=choices.zones(shop.time_zone, shop.country, language),
                    hint=_("Working hours and all times on the screens are of this zone."),
                ),
                Field(
                    "currency",
                    _("Currency"),
                    kind="select",
                    choices=choices.currencies(shop.currency, language),
                    hint=_("For sums that name no currency; orders keep the one that they came with."),
                ),
                Field(
                    "language",
                    _("Main language"),
                    kind="select",
                    choices=choices.languages(shop.languages[0]),
                    hint=_("Whoever has told no language is written to in this one."),
                    is_short=True,
                ),
                Field(
                    "languages",
                    _("Buyers are written to in"),
                    kind="checks",
                    choices=choices.languages(shop.languages),
                ),
            ],
        ),
        (
            _("What letters say of the shop"),
            _("The sender’s address, and what the buyer reads when he wants to reach you."),
            [
                Field("email", _("E-mail"), shop.email, kind="email", is_optional=True, longest=320),
                Field("phone", _("Phone"), display(shop.phone) if shop.phone else "", kind="tel", is_optional=True),
                Field(
                    "hours_ru", _("When you can be reached, in Russian"), hours.get("ru", ""), is_optional=True,
                    lang="ru", longest=120,
                ),
                Field(
                    "hours_en", _("When you can be reached, in English"), hours.get("en", ""), is_optional=True,
                    lang="en", longest=120,
                ),
            ],
        ),
    ]  # fmt: skip


def _show(
    request: HttpRequest, seat: Seat, groups: Groups, status: int = 200, ahead: dict[str, Any] | None = None
) -> HttpResponse:
    return show_settings(request, seat, "settings", "settings_shop", {"groups": groups, "ahead": ahead}, status)
