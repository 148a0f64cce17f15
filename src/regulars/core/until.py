"""Waiting for a day: one of the calendar, or one that a fact gives, so many days before or after it.

Owns the moment that is meant, and what happens where there is none or it has passed. It must not know the time.
"""

from __future__ import annotations

from calendar import isleap
from datetime import date, datetime, time, timedelta
from typing import Any

from regulars.core.conditions import lookup
from regulars.core.enrolment import DUE, Facts
from regulars.core.record import parse_moment
from regulars.core.scheme import YEARLY, WaitUntil
from regulars.core.waits import buyer_zone
from regulars.core.walk import Walk
from regulars.rules.localtime import at_local_hour, local

_DAY = timedelta(days=1)


def moment_meant(step: WaitUntil, facts: Facts, after: datetime) -> datetime | None:
    """The moment in the buyer's zone; of a yearly fact the first one later than `after`. None: the fact isn't known.

    Without an hour: the moment itself, or the first one of the day. Whole days are reckoned by the calendar.
    """
    value = step.until if isinstance(step.until, date) else _day_or_moment(lookup(facts, step.until))
    if value is None:
        return None
    zone = buyer_zone(facts)
    try:
        if isinstance(step.until, str) and step.until in YEARLY:
            return _next_yearly(step, _day(value, zone), zone, after)
        return _shifted(step, value, zone)
    except OverflowError:
        return None  # a day beyond all calendars is no day


def _day_or_moment(value: Any) -> date | None:
    if isinstance(value, str):
        moment = parse_moment(value)
        if moment is not None:
            return moment
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return parse_moment(value)
    return value if isinstance(value, date) else None


def _day(value: date, zone: str) -> date:
    return local(value, zone).date() if isinstance(value, datetime) else value


def _next_yearly(step: WaitUntil, day: date, zone: str, after: datetime) -> datetime:
    first = local(after, zone).year - 1 - abs(step.shift.days) // 365
    for year in range(first, first + 400):
        due = _shifted(step, _in_year(day, year), zone)
        if due > after:
            return due
    raise OverflowError("no such day within reach")


def _in_year(day: date, year: int) -> date:
    """The same day of another year; whoever was born on 29 February has his day on the 28th in between."""
    return (
        day.replace(year=year, day=28)
        if (day.month, day.day) == (2, 29) and not isleap(year)
        else day.replace(year=year)
    )


def _shifted(step: WaitUntil, value: date, zone: str) -> datetime:
    days = int(step.shift / _DAY)
    rest = step.shift - days * _DAY
    there = local(value, zone) if isinstance(value, datetime) else None
    hour = step.at.at if step.at else there.time() if there else time(0)
    return at_local_hour((there.date() if there else value) + timedelta(days=days), hour, zone) + rest


def wait_until(walk: Walk, step: WaitUntil) -> str | None:
    """Enter: stand until the moment; go on at once where there is none, or it has passed."""
    due = moment_meant(step, walk.facts, walk.moment)
    if due is None or due < walk.moment:
        return _no_wait(walk, step, due)
    if due == walk.moment:
        walk.note("waited", next_=step.then, until=due)
        return step.then
    walk.state.due_at = due
    _note(walk, step, "waits_until", due)
    return None


def at_wait_until(walk: Walk, step: WaitUntil) -> str | None:
    """While standing: the moment has come, or is another one now."""
    state = walk.state
    if walk.kind == DUE:
        if not walk.is_due:
            return None
        walk.note("waited", next_=step.then, until=state.due_at)
        return step.then
    if state.due_at is not None and state.due_at <= walk.moment:
        return None  # its time has come: the timer takes it on
    due = moment_meant(step, walk.facts, walk.moment)
    if due is None or due <= walk.moment:
        return _no_wait(walk, step, due)
    if due != state.due_at:
        state.due_at = due
        _note(walk, step, "computed_anew", due)
    return None


def _no_wait(walk: Walk, step: WaitUntil, due: datetime | None) -> str:
    target = step.on_timeout or step.then
    if due is None:
        walk.note("until_unknown", next_=target, fact=str(step.until))
    else:
        walk.note("until_past", next_=target, until=due)
    return target


def _note(walk: Walk, step: WaitUntil, code: str, due: datetime) -> None:
    # A birthday is nobody's business in the record; the moment that it leads to is enough.
    names = [step.until] if isinstance(step.until, str) and step.until not in YEARLY else []
    walk.note(code, names=names, until=due, zone=buyer_zone(walk.facts))
