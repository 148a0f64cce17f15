"""When a promise that may not be kept is at risk: a share of its working time before its end, and at least so long.

Owns the reckoning in the working time of those who must keep it. Must not know promises, teams or a clock: the hours and
every moment are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.rules.worktime import NoWorkingTime, WorkTime

__all__ = ["WarnRule", "ahead_of_window", "warn_at"]


@dataclass(frozen=True, slots=True)
class WarnRule:
    """`share`: per cent of the working time that the promise has; `least`: never nearer to its end than that."""

    share: int
    least: timedelta


def warn_at(begins: datetime, due: datetime, worktime: WorkTime | None, rule: WarnRule) -> datetime:
    """The moment, from `begins` to `due`, at which the larger of share and least of working time is left.

    Where there is no working time in between (or no hours are known), the clock's time counts. What has less left than
    the least is at risk from its first working moment on.
    """
    if due <= begins:
        return due
    if worktime is not None:
        try:
            whole = worktime.between(begins, due)
            if whole > timedelta(0):
                return min(due, worktime.add(begins, whole - _lead(whole, rule)))
        except NoWorkingTime:
            pass
    whole = due - begins
    return begins + (whole - _lead(whole, rule))


def ahead_of_window(told: datetime, opens: datetime, rule: WarnRule) -> datetime:
    """For a window of delivery: the least before it opens, by the clock; never before it was told."""
    return max(told, opens - rule.least)


def _lead(whole: timedelta, rule: WarnRule) -> timedelta:
    return min(whole, max(whole * rule.share / 100, rule.least))
