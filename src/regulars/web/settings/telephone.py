"""The telephone: which line of the shop is which team's. How soon missed calls are called back is the clocks' page's."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.intake import queries as intake
from regulars.rules.phone import display
from regulars.shop import actions
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings
from regulars.talks import calls_queries
from regulars.web.access import LEADS, OWNER, Seat, staff
from regulars.web.settings.form import Choice, Field, Form, chosen
from regulars.web.settings.page import say_saved, show_settings
from regulars.web.settings.telephones import TELEPHONES

__all__ = ["page", "save"]

MOST_LINES = 50


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The rules as they stand."""
    return _show(request, seat)


@staff("POST", roles=OWNER)
def save(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Change them: they hold for calls from then on (within 5 s)."""
    form = Form(request.POST)
    with db.transact() as cur:
        teams = shops.team_keys(cur, seat.shop.id)
        lines = _lines_of(form, cur, seat, teams)
        if not form.is_good:
            return _show(request, seat, form, 422)
        actions.set_settings(cur, seat.shop.id, {"lines": lines}, seat.actor)
        now = clock.now_from(cur)
    shops.forget()
    say_saved(request, seat, now)
    return redirect("web:settings_telephone")


def _lines_of(form: Form, cur: Cursor, seat: Seat, teams: list[str]) -> dict[str, str]:
    """Each known line's team, and the one that is named anew; a line without a team answers to the usual one."""
    known = _known(cur, seat, shops.own_settings(cur, seat.shop.id))
    found = {line: form.raw(f"line {line}", 60) for line in known}
    fresh = form.phone("new_line", seat.shop.country)
    if fresh:
        found[fresh] = form.one_of("new_team", teams)
    return {line: team for line, team in found.items() if team in teams}


def _known(cur: Cursor, seat: Seat, shop: ShopSettings) -> list[str]:
    return sorted({*shop.lines, *calls_queries.lines(cur, seat.shop.id)})[:MOST_LINES]


def _show(request: HttpRequest, seat: Seat, form: Form | None = None, status: int = 200) -> HttpResponse:
    with db.transact() as cur:
        shop = shops.own_settings(cur, seat.shop.id)
        titles = [(k, t.get(seat.language) or k) for k, t in shops.team_titles(cur, seat.shop.id).items()]
        lines = [_line(line, shop, titles) for line in _known(cur, seat, shop)]
        feeds = [f for f in intake.feeds(cur, seat.shop.id) if f.kind in TELEPHONES]
    own = shop.clocks["missed_call"].team
    fresh = [
        Field("new_line", _("Another number of the shop"), kind="tel", is_optional=True, is_short=True, longest=60),
        Field("new_team", _("Its team"), kind="select", choices=chosen(titles, own), is_short=True),
    ]
    if form is not None:
        form.shown([*lines, *fresh])
    context: dict[str, Any] = {
        **_clock(shop, titles),
        "lines": lines,
        "fresh": fresh,
        "feeds": feeds,
    }
    return show_settings(request, seat, "settings_telephone", "settings_telephone", context, status)


def _clock(shop: ShopSettings, titles: list[tuple[str, str]]) -> dict[str, Any]:
    """How soon a missed call is called back, and by whom, in minutes of working time."""
    target, limit, own = shop.clocks["missed_call"]
    names = dict(titles)
    team = own if own in names else next(iter(names), own)  # as desk/call_tasks.py goes on without it
    return {
        "target": int(target.total_seconds() // 60),
        "most": int(limit.total_seconds() // 60),
        "team": names.get(team, team),
    }


def _line(line: str, shop: ShopSettings, titles: list[tuple[str, str]]) -> Field:
    own = shop.lines.get(line, "")
    choices = [Choice("", _("the usual team"), not own), *chosen(titles, own)]
    return Field(f"line {line}", display(line), kind="select", choices=choices, is_short=True)
