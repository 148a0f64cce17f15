"""When a wait ends: from a duration and a moment to an instant, in working time or by the buyer's calendar.

Owns the reckoning of due times. It must not know the time or change state: moment and facts are arguments, and the
same arguments always lead to the same instant.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from regulars.core.conditions import lookup
from regulars.core.delays import Delay, Elapsed, LocalHour, NextMorning, Working, WorkingDays
from regulars.core.enrolment import Facts, StepFailed
from regulars.core.scheme import WaitAfter
from regulars.rules.localtime import DAY_END, DAY_START, at_local_hour, is_zone, local, next_local_hour
from regulars.rules.whose_day import SHOP_ZONE, first_call, zones_to_mind
from regulars.rules.worktime import NoWorkingTime, WorkTime


def buyer_zone(facts: Facts) -> str:
    """The buyer's time zone, or the shop's where his isn't known (or isn't one)."""
    for root in ("person", "shop"):
        found = facts.get(root)
        zone = found.get("time_zone") if type(found) is dict else lookup(facts, root + ".time_zone")
        if isinstance(zone, str) and is_zone(zone):
            return zone
    raise StepFailed(None, "zone_unknown", zone=str(lookup(facts, "shop.time_zone")))


def working_time(facts: Facts, team: str) -> WorkTime:
    """The working time of a team; raises StepFailed when the team has none."""
    found = facts.get("worktime")
    hours = found.get(team) if type(found) is dict or isinstance(found, Mapping) else None
    if not isinstance(hours, WorkTime):
        raise StepFailed(None, "team_unknown", team=team)
    return hours


def after_delay(delay: Delay, moment: datetime, facts: Facts, team: str) -> datetime:
    """The instant at which `delay`, begun at `moment`, has passed."""
    if type(delay) is Elapsed:  # by far the commonest
        return moment + delay.span
    try:
        match delay:
            case Working(span):
                return working_time(facts, team).add(moment, span)
            case WorkingDays(days):
                return working_days(working_time(facts, team), moment, days)
            case NextMorning():
                return working_time(facts, team).next_morning(moment)
            case LocalHour(at):
                return next_local_hour(moment, at, buyer_zone(facts))
            case Elapsed(span):
                return moment + span
    except NoWorkingTime:
        raise StepFailed(None, "no_working_time", team=team) from None


def callable_from(moment: datetime, facts: Facts, team: str) -> datetime:
    """`moment`, moved to where the team works and the buyer may be called: within the shop's `shop.day` of his zone.

    Whose zone isn't known is called by `shop.unknown_zone`.
    """
    known = lookup(facts, "person.time_zone")
    own = known if isinstance(known, str) else None
    if own is not None and is_zone(own):
        zones: tuple[str, ...] = (own,)
    else:
        rule, country = lookup(facts, "shop.unknown_zone"), lookup(facts, "shop.country")
        zones = zones_to_mind(own, str(rule or SHOP_ZONE), buyer_zone(facts), str(country or ""))
    try:
        return first_call(moment, working_time(facts, team), zones, lookup(facts, "shop.day") or (DAY_START, DAY_END))
    except NoWorkingTime:
        raise StepFailed(None, "no_working_time", team=team) from None


def asked_deadline(delay: Delay, asked: datetime, facts: Facts, team: str) -> datetime:
    """By when a call is due that the buyer asked for at `asked`: in working time, unless he asked for an hour outside
    it; then so much of plain time, since it is his hour that counts."""
    if isinstance(delay, Working) and not working_time(facts, team).is_open(asked):
        return asked + delay.span
    return after_delay(delay, asked, facts, team)


def days_after(step: WaitAfter, event_at: datetime, moment: datetime, facts: Facts) -> datetime:
    """The end of a wait of days after an event, by the buyer's calendar; never before `moment`.

    Without an hour: the event's own local hour. Where the hour of that day is past: the next day's.
    """
    zone = buyer_zone(facts)
    there = local(event_at, zone)
    hour = step.at.at if step.at else time(there.hour, there.minute, there.second, there.microsecond)
    due = at_local_hour(there.date() + timedelta(days=_days(step, facts)), hour, zone)
    if step.at is None:
        return max(due, moment)
    return due if due >= max(moment, event_at) else next_local_hour(max(moment, event_at), hour, zone)


def _days(step: WaitAfter, facts: Facts) -> int:
    """The days of a wait: as written, or a fact, or the shop's default for the fact of that name."""
    if isinstance(step.days, int):
        return step.days
    shop_default = "shop." + step.days.rpartition(".")[2]
    for path in (step.days, shop_default):
        days = lookup(facts, path)
        if _is_days(days):
            return int(days)
    raise StepFailed(step.name, "days_unknown", fact=step.days)


def _is_days(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 3660


def working_days(hours: WorkTime, moment: datetime, days: int) -> datetime:
    """The same hour so many working days later; where that hour is not worked, the closing before it."""
    begins = hours.next_start(moment)
    morning = begins
    for _ in range(days):
        morning = hours.next_morning(morning)
    day = local(morning, hours.zone).date()
    same_hour = at_local_hour(day, local(begins, hours.zone).time(), hours.zone)
    if same_hour <= morning:
        return morning
    return same_hour if hours.is_open(same_hour) else hours.previous_end(same_hour)
