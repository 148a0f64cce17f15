"""Budgets of advertising: so many messages of a scheme in each day, week or month of the shop's calendar.

Owns which period a moment belongs to. Counting is the outbox's, the verdict the gate's. Pure: the moment is an argument.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from regulars.rules.localtime import local_date

PERIODS = ("day", "week", "month")


def period_begin(every: str, now: datetime, zone: str) -> date:
    """The first day of the period that `now` lies in, by the clocks of `zone`; a week begins on Monday.

    Raises ValueError for another word than those of PERIODS.
    """
    day = local_date(now, zone)
    match every:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
    raise ValueError(f"no such period: {every!r}")
