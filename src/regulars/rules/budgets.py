"""Budgets of advertising: so many messages of a scheme, or so much money, in each day, week or month of the shop's calendar.

Owns which period a moment belongs to, and in what money is counted. Counting is the outbox's, the verdict the gate's. Pure:
the moment is an argument.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from regulars.rules.localtime import local_date

PERIODS = ("day", "week", "month")
PLACES = 4
"""Money of a budget is counted in ten-thousandths of its currency's unit: a price of a message has four places at most."""
MOST_COST = 10**11
"""The dearest limit, in whole units: in ten-thousandths it is exact in JSON too."""


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


def ten_thousandths(amount: Decimal) -> int:
    """Money as it is counted. Raises ValueError for more places than that, since nothing is rounded here."""
    scaled = amount.scaleb(PLACES)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} has more than {PLACES} decimal places")
    return int(scaled)


def amount_text(counted: int) -> str:
    """The same as people write it: 35000 is '3.5'."""
    return f"{Decimal(counted).scaleb(-PLACES).normalize():f}"
