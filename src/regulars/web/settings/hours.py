"""Working hours: the shop's week, those of teams that have their own, and the page that shows them with the special days."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.rules.localtime import local_date
from regulars.rules.special_days import OFF, OPEN
from regulars.rules.worktime import WorkTime
from regulars.shop import day_queries
from regulars.shop import queries as shops
from regulars.web.access import LEADS, OWNER, Seat, staff
from regulars.web.page import say_for
from regulars.web.settings import choices, moves, special_list, week
from regulars.web.settings.form import Form
from regulars.web.settings.page import say_saved, show_settings

__all__ = ["back_to", "page", "save_week", "show_hours"]


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """One calendar: `?calendar=` its key, `?day=` a day to be made special, `?year=` and `?source=` filter the list."""
    return show_hours(request, seat, request.GET.get("calendar", shops.MAIN), day=request.GET.get("day", ""))


@staff("POST", roles=OWNER)
def save_week(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Change the week; what would move is shown before it is done."""
    form = Form(request.POST)
    key = form.raw("calendar", 100) or shops.MAIN
    with db.transact() as cur:
        worktime = _calendar(cur, seat, key)
        hours = week.read_week(form)
        if not form.is_good:
            return show_hours(request, seat, key, form, status=422)
        now = clock.now_from(cur)
        rows = day_queries.special_days(cur, seat.shop.id, key)
        changed = {key: day_queries.by_layers(replace(worktime, hours=hours), rows)}
        ahead = moves.ahead(cur, seat, moves.with_calendars(cur, seat.shop.id, changed), now)
        if ahead and not moves.is_sure(request):
            return show_hours(request, seat, key, form, ahead={**ahead, "kept": moves.kept(request)})
        moved = moves.change(cur, seat, changed, now)
    shops.forget()
    say_saved(request, seat, now, moves.words(moved))
    return back_to(key)


def _calendar(cur: Cursor, seat: Seat, key: str) -> WorkTime:
    found = next((c for c in shops.calendars(cur, seat.shop.id) if c.key == key), None)
    if found is None:
        raise Http404
    return WorkTime.from_json(found.hours)


def back_to(key: str, part: str = "") -> HttpResponse:
    """To the page of that calendar."""
    return redirect(_path(key) + part)


def _path(key: str) -> str:
    path = reverse("web:settings_hours")
    return path if key == shops.MAIN else f"{path}?{urlencode({'calendar': key})}"


def show_hours(
    request: HttpRequest,
    seat: Seat,
    key: str,
    form: Form | None = None,
    *,
    day_form: Form | None = None,
    deed: Form | None = None,
    day: str = "",
    ahead: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; `form`: the week as it was typed, `day_form` the special day, `deed` what is wrong with another form."""
    with db.transact() as cur:
        now = clock.now_from(cur)
        worktime = _calendar(cur, seat, key)
        titles = shops.team_titles(cur, seat.shop.id)
        calendars = [
            {"key": c.key, "name": _name(c.key, titles, seat.language), "is_current": c.key == key}
            for c in shops.calendars(cur, seat.shop.id)
        ]
        sharing = [_name(t.key, titles, seat.language) for t in shops.teams(cur, seat.shop.id) if t.calendar_key == key]
        today = local_date(now, worktime.zone)
        special = special_list.context(cur, seat, say_for(seat, now), key, worktime, today, request)
    context = {
        "key": key,
        "calendars": calendars,
        "sharing": sharing,
        "zone": choices.zone_name(worktime.zone, seat.language),
        "rows": week.day_rows(worktime.hours, form),
        "weeks": week.weeks(worktime, today, seat.language),
        "weekdays": list(zip(week.DAY_NAMES.values(), week.SHORT_NAMES, strict=True)),
        **special,
        "wrong": deed.problems if deed else {},
        "typed": {name: deed.raw(name, 2000) for name in ("url", "name")} if deed else {},
        "day": _day_fields(worktime, day_form, day),
        "today": today.isoformat(),
        "ahead": ahead,
        "ahead_back": _path(key),
        "ahead_action": request.path,
    }
    return show_settings(request, seat, "settings_hours", "settings_hours", context, status)


def _name(key: str, titles: Mapping[str, Mapping[str, str]], language: str) -> str:
    if key == shops.MAIN:
        return _("The shop")
    title = titles.get(key, {})
    return title.get(language) or next(iter(title.values()), key)


def _day_fields(worktime: WorkTime, form: Form | None, day: str) -> dict[str, Any]:
    """The form of a special day: as typed, or as the day stands."""
    if form is not None:
        return {
            "day": form.raw("day", 10),
            "what": form.raw("what", 10),
            "title": form.raw("title", 200),
            "pairs": [*week.typed(form, "special"), ("", "")],
            "problem_day": form.problems.get("day", ""),
            "problem": form.problems.get("special", "") or form.problems.get("what", ""),
        }
    try:
        at = date.fromisoformat(day)
    except ValueError:
        return {"day": "", "what": OFF, "pairs": [("", "")]}
    spans = tuple(worktime.extra.get(at, ()) or worktime.hours.get(at.weekday(), ()))
    return {
        "day": at.isoformat(),
        "what": OPEN if at in worktime.extra or not spans else OFF,
        "pairs": [*((f"{a:%H:%M}", f"{b:%H:%M}") for a, b in spans), ("", "")],
        "is_asked": True,
    }
