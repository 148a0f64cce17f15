"""When somebody above hears of a task: as it comes up, before its limit, at it, and again until it is done.

Owns the moments and the order of the stages. Pure: the team's working time and every moment are arguments. A stage says
what was told already: FRESH nothing yet, 0 that it is there, 1 that its limit nears, 2 and more how often that it is late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from regulars.rules.worktime import NoWorkingTime, WorkTime

__all__ = ["FRESH", "LATE", "NEAR", "NEW", "Look", "look", "soon_at"]

FRESH: Final = -1
NEAR: Final = "task_soon"
LATE: Final = "task_late"
NEW: Final = "task_fresh"
SOON = 1
_LATE_FIRST = 2
_MOST = 1000
"""A task that is late so often has been told of enough."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is to be told now (None: nothing), when to look again (None: never), and the stage after it."""

    kind: str | None
    at: datetime | None
    stage: int


def soon_at(begins: datetime, due: datetime, worktime: WorkTime | None, share: float) -> datetime:
    """The moment before the limit at which `share` of the time from `begins` to it is left; of working time, if known."""
    if begins >= due:
        return due
    if worktime is not None:
        try:
            whole = worktime.between(begins, due)
            if whole > timedelta(0):
                return min(due, worktime.add(begins, whole * (1 - share)))
        except NoWorkingTime:
            pass
    return due - (due - begins) * share


def look(
    stage: int,
    not_before: datetime,
    target: datetime | None,
    due: datetime | None,
    worktime: WorkTime | None,
    now: datetime,
    *,
    share: float,
    every: timedelta,
) -> Look:
    """Look at a task at `now`. It may be asked at any time: it tells nothing twice, and follows limits that were moved."""
    if not_before > now:
        return Look(None, not_before, stage)
    begins = target if target is not None and due is not None and target < due else not_before
    soon = soon_at(begins, due, worktime, share) if due is not None else None
    if stage == FRESH:
        return Look(NEW, soon, 0)
    if due is None or soon is None:
        return Look(None, None, 0)
    if now < soon:
        return Look(None, soon, 0)
    if now < due:
        return Look(None if stage >= SOON else NEAR, due, SOON)
    times, following = _repeat(due, worktime, now, every)
    reached = _LATE_FIRST + times
    return Look(LATE if reached > stage else None, following, max(reached, stage))


def _repeat(due: datetime, worktime: WorkTime | None, now: datetime, every: timedelta) -> tuple[int, datetime | None]:
    """How often `every` has passed since the limit, and when it will have once more."""
    if worktime is None:
        times = min((now - due) // every, _MOST)
        return times, due + (times + 1) * every if times < _MOST else None
    times = min(worktime.between(due, now) // every, _MOST)
    try:
        return times, worktime.add(due, (times + 1) * every) if times < _MOST else None
    except NoWorkingTime:
        return times, None
