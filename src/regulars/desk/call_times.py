"""When a call begins and by when it is due: the team works then, and the buyer may be called. Pure but for its arguments."""

from datetime import datetime, timedelta
from typing import NamedTuple

from regulars.core.delays import Elapsed, NextMorning
from regulars.rules.whose_day import first_call
from regulars.rules.worktime import NoWorkingTime, WorkTime
from regulars.shop.settings import ShopSettings

__all__ = ["CallTimes", "agreed_times", "call_times", "try_times"]

_A_DAY = timedelta(days=1)


class CallTimes(NamedTuple):
    """From when on, by when it is hoped for, by when it must be."""

    begins: datetime
    target: datetime
    due: datetime


def call_times(
    shop: ShopSettings, hours: WorkTime | None, zone: str | None, moment: datetime, target: timedelta, limit: timedelta
) -> CallTimes:
    """Of a call that may be made from `moment` on; `zone`: the buyer's, if it is known.

    A team without hours is asked at once: whoever calls sees what the clock there says.
    """
    if hours is not None:
        try:
            begins = first_call(moment, hours, shop.zones_of(zone), shop.day)
            return CallTimes(begins, hours.add(begins, target), hours.add(begins, limit))
        except NoWorkingTime:
            pass
    return CallTimes(moment, moment + target, moment + limit)


def try_times(
    shop: ShopSettings,
    hours: WorkTime | None,
    zone: str | None,
    after: Elapsed | NextMorning,
    moment: datetime,
    target: timedelta,
) -> CallTimes:
    """Of another try, so long after `moment`, when nobody answered; it must be when it is hoped for, as a scheme's."""
    sooner = moment + after.span if isinstance(after, Elapsed) else _morning(hours, moment)
    return call_times(shop, hours, zone, sooner, target, target)


def _morning(hours: WorkTime | None, moment: datetime) -> datetime:
    """The team's next; the same hour of tomorrow where it has none."""
    if hours is not None:
        try:
            return hours.next_morning(moment)
        except NoWorkingTime:
            pass
    return moment + _A_DAY


def agreed_times(hours: WorkTime | None, at: datetime, target: timedelta) -> CallTimes:
    """Of a call for which the buyer himself has named `at`: his hour counts, in the team's time or not."""
    due = at + target
    if hours is not None and hours.is_open(at):
        due = hours.add(at, target)
    return CallTimes(at, due, due)
