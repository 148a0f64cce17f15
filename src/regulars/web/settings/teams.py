"""Teams: what they are called, who is in them, and by whose hours their clocks run."""

import re
import secrets
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.journeys import actions as journeys
from regulars.rules.worktime import WorkTime
from regulars.shop import actions
from regulars.shop import queries as shops
from regulars.shop.actions import ShopError
from regulars.shop.queries import TeamRow
from regulars.staff import queries as staff_queries
from regulars.web.access import LEADS, OWNER, Seat, staff
from regulars.web.settings import moves
from regulars.web.settings.form import Form
from regulars.web.settings.page import say_saved, show_settings

__all__ = ["create", "page", "save"]

_NOT_IN_A_KEY = re.compile(r"[^a-z0-9]+")
LONGEST_KEY = 40


@dataclass(slots=True)
class _Shown:
    """A team on the page, with what was typed for it."""

    key: str
    ru: str
    en: str
    own_hours: bool
    members: list[str]
    problem: str = ""


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The teams as they stand."""
    return _show(request, seat)


@staff("POST", roles=OWNER)
def save(request: HttpRequest, seat: Seat, key: str) -> HttpResponse:
    """Change one team; what other hours would move is shown before it is done."""
    form = Form(request.POST)
    with db.transact() as cur:
        found = _team(cur, seat, key)
        title, own = _title(form), form.raw("hours") == "own"
        if not form.is_good:
            return _show(request, seat, form, key, status=422)
        now = clock.now_from(cur)
        shops.forget()
        before = shops.worktimes(cur, seat.shop.id)
        after = {**before, key: _hours(cur, seat, key if own else shops.MAIN)}
        ahead = moves.ahead(cur, seat, after, now)
        if ahead and not moves.is_sure(request):
            return _show(request, seat, form, key, ahead={**ahead, "kept": moves.kept(request)})
        actions.set_team(cur, seat.shop.id, found.key, title, own, seat.actor)
        moved = journeys.hours_changed(cur, seat.shop.id, before, seat.actor, now)
    shops.forget()
    say_saved(request, seat, now, moves.words(moved))
    return redirect("web:settings_teams")


@staff("POST", roles=OWNER)
def create(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A new team; schemes name it by the key that is made of its English name."""
    form = Form(request.POST)
    title = _title(form)
    key = _NOT_IN_A_KEY.sub("-", title.get("en", "").lower()).strip("-")[:LONGEST_KEY].strip("-")
    key = key or f"team-{secrets.token_hex(2)}"
    with db.transact() as cur:
        if form.is_good:
            try:
                actions.create_team(cur, seat.shop.id, key, title, seat.actor)
            except ShopError:
                form.refuse("title", _("There is such a team already. Choose another name."))
        if not form.is_good:
            return _show(request, seat, form, "", status=422)
        now = clock.now_from(cur)
    shops.forget()
    say_saved(request, seat, now)
    return redirect("web:settings_teams")


def _title(form: Form) -> dict[str, str]:
    """The name in both languages; one of them is enough."""
    title = {k: t for k in ("ru", "en") if (t := form.text(f"title_{k}", longest=80, required=False))}
    if not title:
        form.refuse("title", _("Name the team in one language at least."))
    return {"ru": title.get("ru") or title.get("en", ""), "en": title.get("en") or title.get("ru", "")}


def _team(cur: Cursor, seat: Seat, key: str) -> TeamRow:
    found = next((t for t in shops.teams(cur, seat.shop.id) if t.key == key), None)
    if found is None:
        raise Http404
    return found


def _hours(cur: Cursor, seat: Seat, key: str) -> WorkTime:
    """The calendar of that key; a team that has none yet begins with the shop's."""
    known = {c.key: c for c in shops.calendars(cur, seat.shop.id)}
    return WorkTime.from_json((known.get(key) or known[shops.MAIN]).hours)


def _show(
    request: HttpRequest,
    seat: Seat,
    form: Form | None = None,
    of: str | None = None,
    *,
    ahead: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    with db.transact() as cur:
        teams = shops.teams(cur, seat.shop.id)
        people = [c for c in staff_queries.colleagues(cur, seat.shop.id) if c.is_active]
    shown = [
        _Shown(
            t.key, t.title.get("ru", ""), t.title.get("en", ""), t.calendar_key != shops.MAIN,
            [c.name or c.email for c in people if not c.teams or t.key in c.teams],
        )
        for t in teams
    ]  # fmt: skip
    fresh = _Shown("", "", "", False, [])
    for one in (*shown, fresh):
        if form is not None and one.key == of:
            one.ru, one.en, one.own_hours = form.raw("title_ru"), form.raw("title_en"), form.raw("hours") == "own"
            one.problem = form.problems.get("title", "") or next(iter(form.problems.values()), "")
    context = {"teams": shown, "fresh": fresh, "ahead": ahead, "ahead_of": of}
    return show_settings(request, seat, "settings_teams", "settings_teams", context, status)
