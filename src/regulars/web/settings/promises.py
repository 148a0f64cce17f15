"""Promises to buyers: when one is at risk, which of them the shop makes by itself, and who is told."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.events.actions import lock_mailboxes
from regulars.promises import actions as ledger
from regulars.promises import queries as promises
from regulars.shop import actions
from regulars.shop import queries as shops
from regulars.shop.settings import WARN_RULES, ShopSettings
from regulars.web import words
from regulars.web.access import LEADS, OWNER, Seat, staff
from regulars.web.settings.form import Choice, Field, Form, chosen
from regulars.web.settings.page import say_saved, show_settings

__all__ = ["page", "save"]

LONGEST = 7 * 24 * 60
Groups = list[tuple[str, str, list[list[Field]]]]


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The rules as they stand."""
    with db.transact() as cur:
        groups = _groups(cur, shops.own_settings(cur, seat.shop.id), seat.language)
    return _show(request, seat, groups)


@staff("POST", roles=OWNER)
def save(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Change them; when the open promises are at risk is reckoned anew."""
    form = Form(request.POST)
    warn = {
        kind: {
            "share": WARN_RULES[kind].share if kind == "delivery" else form.number(f"share_{kind}", 0, 90),
            "least_minutes": form.number(f"least_{kind}", 3, LONGEST),
        }
        for kind in WARN_RULES
    }
    with db.transact() as cur:
        team = form.one_of("promise_team", ["", *shops.team_keys(cur, seat.shop.id)])
        if not form.is_good:
            groups = _groups(cur, shops.own_settings(cur, seat.shop.id), seat.language)
            form.shown(f for _title, _intro, rows in groups for row in rows for f in row)
            return _show(request, seat, groups, 422)
        changes = {
            "warn": warn,
            "promise_team": team,
            "window_promises": "on" in request.POST.getlist("window_promises"),
        }
        actions.set_settings(cur, seat.shop.id, changes, seat.actor)
        now = clock.now_from(cur)
        persons = promises.watched(cur, seat.shop.id)
        lock_mailboxes(cur, persons)
        ledger.reckon_anew(cur, seat.shop.id, persons)
    shops.forget()
    say_saved(request, seat, now)
    return redirect("web:settings_promises")


def _groups(cur: Cursor, shop: ShopSettings, language: str) -> Groups:
    teams = [(t.key, t.title.get(language) or next(iter(t.title.values()), t.key)) for t in shops.teams(cur, shop.id)]
    return [
        (
            _("When a promise is at risk"),
            _(
                "Then the buyer is warned and the operators get a task. The share is of the working time that there is to keep"
                " it: of a call promised at night, from the next morning on."
            ),
            [_rule(shop, kind) for kind in WARN_RULES if kind != "delivery"],
        ),
        (
            _("Bringing it to the buyer"),
            "",
            [
                [
                    Field(
                        "least_delivery", _("At risk before the window opens by"), _minutes(shop, "delivery"), kind="number",
                        is_short=True, unit=_("min"), hint=_("Unless the courier is on his way by then."),
                    )
                ],
                [
                    Field(
                        "window_promises", _("Windows of the shop"), kind="checks",
                        choices=[
                            Choice(
                                "on", _("A window that comes with an order is a promise"), shop.window_promises,
                                _("the shop has told it to the buyer"),
                            )
                        ],
                    )
                ],
            ],
        ),
        (
            _("Who is asked to save it"),
            "",
            [
                [
                    Field(
                        "promise_team", _("Team for shipments and deliveries"), kind="select",
                        choices=chosen([("", _("the first team")), *teams], shop.promise_team),
                        hint=_("What a team has promised itself stays with that team."),
                    )
                ]
            ],
        ),
    ]  # fmt: skip


def _rule(shop: ShopSettings, kind: str) -> list[Field]:
    name = words.word(words.PROMISE_KINDS, kind)
    return [
        Field(
            f"share_{kind}", _("%(kind)s: the last") % {"kind": name[:1].upper() + name[1:]}, shop.warn[kind].share,
            kind="number", is_short=True, unit=_("% of the time"),
        ),
        Field(
            f"least_{kind}", _("at least"), _minutes(shop, kind), kind="number", is_short=True, unit=_("min"),
        ),
    ]  # fmt: skip


def _minutes(shop: ShopSettings, kind: str) -> int:
    return int(shop.warn[kind].least.total_seconds() // 60)


def _show(request: HttpRequest, seat: Seat, groups: Groups, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"groups": groups}
    return show_settings(request, seat, "settings_promises", "settings_promises", context, status)
