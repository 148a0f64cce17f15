"""A task whose clock stands: how much working time is left when it stops, and what moments that leads to when it goes on.

Pure. Owns the reckoning of a pause; which states there are is the shop's, which task stands the desk's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.core.delays import Working, WorkingDays
from regulars.core.waits import working_days
from regulars.rules.worktime import NoWorkingTime, WorkTime

__all__ = ["Left", "gone_on", "left_of", "longest_end"]

_ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Left:
    """Working time left to the target and to the limit; below zero when they are past, None where there is none."""

    target: timedelta | None
    limit: timedelta | None


def left_of(hours: WorkTime | None, now: datetime, target_at: datetime | None, due_at: datetime | None) -> Left:
    """What is left at `now`, or at the moment from which the task may be done if that is later. No `hours`: plain time."""
    return Left(_left(hours, now, target_at), _left(hours, now, due_at))


def gone_on(hours: WorkTime | None, begins: datetime, left: Left) -> tuple[datetime | None, datetime | None]:
    """Target and limit of a task whose clock goes on at `begins`."""
    return _runs_to(hours, begins, left.target), _runs_to(hours, begins, left.limit)


def longest_end(hours: WorkTime | None, now: datetime, longest: Working | WorkingDays) -> datetime:
    """When a pause begun at `now` ends at the latest: always a moment at which somebody works.

    Plain time for a team without hours: a pause must end.
    """
    if hours is not None:
        try:
            if isinstance(longest, WorkingDays):
                return hours.next_start(working_days(hours, now, longest.days))
            return hours.next_start(hours.add(now, longest.span))
        except NoWorkingTime:
            pass
    return now + (timedelta(days=longest.days) if isinstance(longest, WorkingDays) else longest.span)


def _left(hours: WorkTime | None, a: datetime, b: datetime | None) -> timedelta | None:
    if b is None:
        return None
    if hours is None:
        return b - a
    working = hours.between(a, b)
    # an hour ahead that is outside working time is the buyer's own, and runs in plain time
    return b - a if not working and b > a else working


def _runs_to(hours: WorkTime | None, begins: datetime, left: timedelta | None) -> datetime | None:
    if left is None:
        return None
    if hours is not None:
        try:
            return hours.add(begins, left) if left >= _ZERO else hours.back(begins, -left)
        except NoWorkingTime:
            pass
    return begins + left
