"""Clocks: how long each kind of task may take and whose it is, when a call in vain is tried again, where a clock stands.

Owns how these, and whose day counts, are read out of a form. They hold for tasks from now on; what a scheme's step says
of itself stands there.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import clock, db
from regulars.core.delays import Elapsed, Working, WorkingDays
from regulars.rules.localtime import local
from regulars.rules.whose_day import COUNTRY_ZONES, RULES, SHOP_ZONE, common_hours, zones_to_mind
from regulars.shop import actions
from regulars.shop import queries as shops
from regulars.shop.clocks import KINDS, MOST_RETRIES, KindClock, Retry, WaitingState
from regulars.shop.settings import ShopSettings
from regulars.web.access import LEADS, OWNER, Seat, staff
from regulars.web.settings.form import Choice, Form
from regulars.web.settings.page import say_saved, show_settings
from regulars.web.words import in_language

__all__ = ["page", "save", "save_retries", "save_states"]

LONGEST_MINUTES = 7 * 24 * 60
MOST_STATES = 12
TITLE_LONGEST = 60
MINUTES, HOURS, DAYS, MORNING = "minutes", "hours", "days", "morning"
_UNITS = {MINUTES: "m", HOURS: "h", DAYS: "d"}
_KINDS: Mapping[str, tuple[Any, Any]] = {
    "call": (gettext_lazy("Call about an order"), gettext_lazy("made by hand; a scheme’s call has its own")),
    "missed_call": (gettext_lazy("Missed call"), gettext_lazy("somebody rang, and nobody answered")),
    "message": (gettext_lazy("Message"), gettext_lazy("a letter or a messenger’s, to be answered")),
    "promise": (gettext_lazy("Promise in danger"), gettext_lazy("before it breaks")),
    "case": (gettext_lazy("Case"), gettext_lazy("a buyer who is not content")),
}


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The clocks as they stand."""
    return _show(request, seat)


@staff("POST", roles=OWNER)
def save(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Other targets, limits and teams, and whose day counts."""
    form = Form(request.POST)
    with db.transact() as cur:
        teams = shops.team_keys(cur, seat.shop.id)
        clocks = {kind: _read_clock(form, kind, teams) for kind in KINDS}
        rule = form.one_of("unknown_zone", RULES)
        if form.is_good:
            actions.set_settings(cur, seat.shop.id, {"clocks": clocks, "unknown_zone": rule}, seat.actor)
        now = clock.now_from(cur)
    if not form.is_good:
        return _show(request, seat, form=form, status=422)
    return _saved(request, seat, now, "page")


@staff("POST", roles=OWNER)
def save_states(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Other states in which a clock may stand: changed, added (the empty row) and taken out."""
    form = Form(request.POST)
    with db.transact() as cur:
        states = _read_states(form)
        if form.is_good:
            actions.set_settings(cur, seat.shop.id, {"waiting_states": states}, seat.actor)
        now = clock.now_from(cur)
    if not form.is_good:
        return _show(request, seat, states_form=form, status=422)
    return _saved(request, seat, now, "states")


@staff("POST", roles=OWNER)
def save_retries(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Another plan for calls in vain: each row a try, one that is emptied is none."""
    form = Form(request.POST)
    plan = _read_retries(form)
    with db.transact() as cur:
        if form.is_good:
            actions.set_settings(cur, seat.shop.id, {"retries": plan}, seat.actor)
        now = clock.now_from(cur)
    if not form.is_good:
        return _show(request, seat, retries_form=form, status=422)
    return _saved(request, seat, now, "retries")


def _saved(request: HttpRequest, seat: Seat, now: datetime, where: str) -> HttpResponse:
    shops.forget()
    say_saved(request, seat, now, where=where)
    return redirect("web:settings_clocks")


def _read_clock(form: Form, kind: str, teams: Sequence[str]) -> dict[str, Any]:
    target = form.number(f"target_{kind}", 1, LONGEST_MINUTES)
    limit = form.number(f"limit_{kind}", 1, LONGEST_MINUTES)
    if f"limit_{kind}" not in form.problems and limit < target:
        form.refuse(f"limit_{kind}", _("The limit can’t be nearer than the target."))
    return {"target": target, "limit": limit, "team": form.one_of(f"team_{kind}", teams)}


def _read_states(form: Form) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    keys = form.data.getlist("key")[: MOST_STATES + 1]
    for n, given in enumerate(keys):
        titles = {k: form.text(f"title_{k}_{n}", longest=TITLE_LONGEST, required=False) for k in ("en", "ru")}
        title = {k: t for k, t in titles.items() if t}
        if form.raw(f"drop_{n}") == "yes" or (not title and not given):
            continue
        if not title:
            form.refuse(f"title_{n}", _("This can’t be left empty."))
        unit = form.one_of(f"unit_{n}", (HOURS, DAYS))
        length = form.number(f"length_{n}", 1, 60)
        key = _key(given, title, {str(s["key"]) for s in found})
        found.append({"key": key, "title": title, "longest": f"{length}{'d' if unit == DAYS else 'h'} working"})
    return found[:MOST_STATES]


def _read_retries(form: Form) -> list[str]:
    plan = []
    for n in range(MOST_RETRIES):
        unit = form.one_of(f"retry_unit_{n}", ("", MORNING, *_UNITS)) if f"retry_unit_{n}" in form.data else ""
        if unit == MORNING:
            plan.append("next morning")
        elif unit:
            plan.append(f"{form.number(f'retry_{n}', 1, 600)}{_UNITS[unit]}")
    return plan


def _key(given: str, title: Mapping[str, str], taken: set[str]) -> str:
    """A state's key never changes: the API names it so. A new one is made of its title."""
    if re.fullmatch(r"[a-z0-9-]{1,40}", given) and given not in taken:
        return given
    plain = unicodedata.normalize("NFKD", title.get("en", "")).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:36] or "state"
    return next(k for k in (base, *(f"{base}-{n}" for n in range(2, MOST_STATES + 3))) if k not in taken)


def _show(
    request: HttpRequest,
    seat: Seat,
    form: Form | None = None,
    states_form: Form | None = None,
    retries_form: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    with db.transact() as cur:
        shop = shops.own_settings(cur, seat.shop.id)
        titles = shops.team_titles(cur, seat.shop.id)
        now = clock.now_from(cur)
    context = {
        "clocks": [_clock_row(kind, shop.clocks[kind], titles, seat.language, form) for kind in KINDS],
        "rules": _rules(shop, now, form),
        "states": _state_rows(shop.waiting_states, states_form),
        "retries": _retry_rows(shop.retries, retries_form),
    }
    return show_settings(request, seat, "settings_clocks", "settings_clocks", context, status)


def _clock_row(
    kind: str, stands: KindClock, titles: Mapping[str, Mapping[str, str]], language: str, form: Form | None
) -> dict[str, Any]:
    name, note = _KINDS[kind]
    shown = {"target": _minutes(stands.target), "limit": _minutes(stands.limit), "team": stands.team}
    if form is not None:
        shown = {part: form.raw(f"{part}_{kind}", 100) for part in shown}
    problems = form.problems if form is not None else {}
    return {
        "kind": kind,
        "name": name,
        "note": note,
        **shown,
        "teams": [Choice(k, in_language(t, language) or k, k == shown["team"]) for k, t in titles.items()],
        "problem_target": problems.get(f"target_{kind}", ""),
        "problem_limit": problems.get(f"limit_{kind}", ""),
    }


def _rules(shop: ShopSettings, now: datetime, form: Form | None) -> list[Choice]:
    chosen = form.raw("unknown_zone", 20) if form is not None else shop.unknown_zone
    zones = zones_to_mind(None, COUNTRY_ZONES, shop.time_zone, shop.country)
    hours = common_hours(now, zones, shop.day)
    if hours is None:
        note = _("in this country it is never day everywhere at once, so the shop’s time would decide")
    else:
        here = [f"{local(at, shop.time_zone):%H:%M}" for at in hours]
        note = _("now from %(start)s to %(end)s by the shop’s clock") % {"start": here[0], "end": here[1]}
    return [
        Choice(SHOP_ZONE, _("he is taken to live where the shop is"), chosen == SHOP_ZONE),
        Choice(
            COUNTRY_ZONES, _("he is called only while it is day in the whole country"), chosen == COUNTRY_ZONES, note
        ),
    ]


def _state_rows(states: Sequence[WaitingState], form: Form | None) -> list[dict[str, Any]]:
    if form is not None:
        return [
            {
                "n": n,
                "key": key,
                **{name: form.raw(f"{name}_{n}", 100) for name in ("title_en", "title_ru", "length", "unit")},
                "problem": form.problems.get(f"title_{n}", "") or form.problems.get(f"length_{n}", ""),
            }
            for n, key in enumerate(form.data.getlist("key")[: MOST_STATES + 1])
        ]
    rows = [
        {
            "n": n,
            "key": s.key,
            "title_en": s.title.get("en", ""),
            "title_ru": s.title.get("ru", ""),
            "length": _length(s.longest),
            "unit": DAYS if isinstance(s.longest, WorkingDays) else HOURS,
        }
        for n, s in enumerate(states)
    ]
    return [*rows, {"n": len(rows), "key": "", "title_en": "", "title_ru": "", "length": 1, "unit": DAYS}]


def _retry_rows(plan: Sequence[Retry], form: Form | None) -> list[dict[str, Any]]:
    rows = []
    for n in range(MOST_RETRIES):
        length, unit = _retry(plan[n]) if n < len(plan) else ("", "")
        if form is not None:
            length, unit = form.raw(f"retry_{n}", 10), form.raw(f"retry_unit_{n}", 10)
        problems = form.problems if form is not None else {}
        problem = problems.get(f"retry_{n}", "") or problems.get(f"retry_unit_{n}", "")
        rows.append({"n": n, "nth": n + 1, "length": length, "unit": unit, "problem": problem})
    return rows


def _retry(delay: Retry) -> tuple[str, str]:
    """How many of which unit, the largest that it is a whole number of."""
    if not isinstance(delay, Elapsed):
        return "", MORNING
    minutes = max(int(delay.span / timedelta(minutes=1)), 1)
    for unit, size in ((DAYS, 1440), (HOURS, 60)):
        if minutes % size == 0:
            return str(minutes // size), unit
    return str(minutes), MINUTES


def _length(longest: Working | WorkingDays) -> int:
    return longest.days if isinstance(longest, WorkingDays) else max(round(longest.span / timedelta(hours=1)), 1)


def _minutes(span: timedelta) -> str:
    return str(int(span.total_seconds() // 60))
