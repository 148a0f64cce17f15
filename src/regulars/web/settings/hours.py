"""Working hours: the shop's week, those of teams that have their own, and days that are not like others."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.rules.localtime import local_date
from regulars.rules.worktime import WEEKDAYS, WorkTime
from regulars.shop import queries as shops
from regulars.web.access import LEADS, OWNER, Seat, staff
from regulars.web.page import say_for
from regulars.web.settings import choices, moves, week
from regulars.web.settings.form import Form
from regulars.web.settings.page import say_saved, show_settings

__all__ = ["page", "save_day", "save_week"]

FURTHEST = timedelta(days=3 * 366)
OFF, OPEN = "off", "open"


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """One calendar: `?calendar=` its key, `?day=` a day to be made special."""
    return _show(request, seat, request.GET.get("calendar", shops.MAIN), day=request.GET.get("day", ""))


@staff("POST", roles=OWNER)
def save_week(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Change the week; what would move is shown before it is done."""
    form = Form(request.POST)
    key = form.raw("calendar", 100) or shops.MAIN
    with db.transact() as cur:
        worktime = _calendar(cur, seat, key)
        hours = week.read_week(form)
        if not form.is_good:
            return _show(request, seat, key, form, status=422)
        now = clock.now_from(cur)
        changed = {key: replace(worktime, hours=hours)}
        ahead = moves.ahead(cur, seat, moves.with_calendars(cur, seat.shop.id, changed), now)
        if ahead and not moves.is_sure(request):
            return _show(request, seat, key, form, ahead={**ahead, "kept": moves.kept(request)})
        moved = moves.change(cur, seat, changed, now)
    shops.forget()
    say_saved(request, seat, now, moves.words(moved))
    return _back(key)


@staff("POST", roles=OWNER)
def save_day(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Make a day special, change it, or (`do=remove`) let it be like others again."""
    form = Form(request.POST)
    key = form.raw("calendar", 100) or shops.MAIN
    with db.transact() as cur:
        worktime = _calendar(cur, seat, key)
        now = clock.now_from(cur)
        changed = _with_day(form, worktime, local_date(now, worktime.zone))
        if changed is None:
            return _show(request, seat, key, day_form=form, status=422)
        calendars = {key: changed}
        ahead = moves.ahead(cur, seat, moves.with_calendars(cur, seat.shop.id, calendars), now)
        if ahead and not moves.is_sure(request):
            return _show(request, seat, key, day_form=form, ahead={**ahead, "kept": moves.kept(request)})
        moved = moves.change(cur, seat, calendars, now)
    shops.forget()
    say_saved(request, seat, now, moves.words(moved), "day")
    return _back(key, "#special")


def _with_day(form: Form, worktime: WorkTime, today: date) -> WorkTime | None:
    """The calendar with that day; None when something is wrong, which the form knows."""
    try:
        day = date.fromisoformat(form.raw("day", 10))
    except ValueError:
        form.refuse("day", _("Choose a day."))
        return None
    off, extra = set(worktime.days_off) - {day}, {d: s for d, s in worktime.extra.items() if d != day}
    if form.raw("do") == "remove":
        return replace(worktime, days_off=frozenset(off), extra=extra)
    if not today <= day <= today + FURTHEST:
        form.refuse("day", _("Choose a day from today on, three years ahead at most."))
        return None
    what = form.one_of("what", (OFF, OPEN))
    if not form.is_good:
        return None
    if what == OFF:
        return replace(worktime, days_off=frozenset(off | {day}), extra=extra)
    spans = week.read_day(form, "special")
    if form.is_good and not spans:
        form.refuse("special", _("When is that day worked? Write at least one interval."))
    if not form.is_good:
        return None
    return replace(worktime, days_off=frozenset(off), extra={**extra, day: spans})


def _calendar(cur: Cursor, seat: Seat, key: str) -> WorkTime:
    found = next((c for c in shops.calendars(cur, seat.shop.id) if c.key == key), None)
    if found is None:
        raise Http404
    return WorkTime.from_json(found.hours)


def _back(key: str, part: str = "") -> HttpResponse:
    return redirect(_path(key) + part)


def _path(key: str) -> str:
    """The page of that calendar."""
    path = reverse("web:settings_hours")
    return path if key == shops.MAIN else f"{path}?{urlencode({'calendar': key})}"


def _show(
    request: HttpRequest,
    seat: Seat,
    key: str,
    form: Form | None = None,
    *,
    day_form: Form | None = None,
    day: str = "",
    ahead: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
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
    context = {
        "key": key,
        "calendars": calendars,
        "sharing": sharing,
        "zone": choices.zone_name(worktime.zone, seat.language),
        "rows": week.day_rows(worktime.hours, form),
        "weeks": week.weeks(worktime, today, seat.language),
        "weekdays": list(zip(week.DAY_NAMES.values(), week.SHORT_NAMES, strict=True)),
        "special": _special(worktime, today, seat, now),
        "day": _day_fields(worktime, day_form, day),
        "today": today.isoformat(),
        "ahead": ahead,
        "ahead_back": _path(key),
        "ahead_action": reverse("web:settings_hours_day" if day_form else "web:settings_hours_save"),
    }
    return show_settings(request, seat, "settings_hours", "settings_hours", context, status)


def _name(key: str, titles: Mapping[str, Mapping[str, str]], language: str) -> str:
    if key == shops.MAIN:
        return _("The shop")
    title = titles.get(key, {})
    return title.get(language) or next(iter(title.values()), key)


def _special(worktime: WorkTime, today: date, seat: Seat, now: datetime) -> list[dict[str, Any]]:
    """The days to come that are not like others, by date."""
    say = say_for(seat, now)
    days = sorted(d for d in {*worktime.days_off, *worktime.extra} if d >= today)
    return [
        {
            "day": d,
            "name": say.day(d),
            "weekday": str(week.DAY_NAMES[WEEKDAYS[d.weekday()]]),
            "hours": week.spans_text(tuple(worktime.extra.get(d, ()))),
        }
        for d in days
    ]


def _day_fields(worktime: WorkTime, form: Form | None, day: str) -> dict[str, Any]:
    """The form of a special day: as typed, or as the day stands."""
    if form is not None:
        return {
            "day": form.raw("day", 10),
            "what": form.raw("what", 10),
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
