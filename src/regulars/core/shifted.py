"""Limits of tasks that no step of a scheme times, and of those whose clock stood, after working hours have changed: pure.

A task keeps the working time that it had; only the hours in which that runs are others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from regulars.core.deadlines import Limits
from regulars.core.delays import Working, WorkingDays
from regulars.core.pauses import Left, gone_on, left_of, longest_end
from regulars.rules.whose_day import first_call
from regulars.rules.worktime import WorkTime

__all__ = ["Shifted", "limits_after_standing", "limits_shifted"]

_SAME = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Shifted:
    """What is known of a task. `zones`: where it must be day when it begins; none for what is no call."""

    why: str
    opened_at: datetime
    not_before: datetime
    target_at: datetime | None
    due_at: datetime
    zones: Sequence[str]
    day: tuple[time, time]

    def begins(self, hours: WorkTime, moment: datetime) -> datetime:
        """The first moment from `moment` on at which it can be done."""
        return first_call(moment, hours, self.zones, self.day) if self.zones else hours.next_start(moment)


def limits_shifted(task: Shifted, before: WorkTime, after: WorkTime) -> Limits:
    """The same working time from its beginning on, which moves if the old hours had set it. Raises NoWorkingTime."""
    if task.why == "asked":  # the buyer's own hour, which no calendar moves
        return Limits(task.not_before, task.target_at or task.due_at, task.due_at)
    left = left_of(before, task.not_before, task.target_at, task.due_at)
    begins = task.not_before
    if task.zones or abs(begins - task.opened_at) > _SAME:
        begins = _moved(task, before, after, lambda hours: task.begins(hours, task.opened_at))
    return _limits(after, begins, left, task.due_at)


def limits_after_standing(
    task: Shifted,
    left: Left,
    after: WorkTime,
    paused_at: datetime | None,
    longest: Working | WorkingDays | None,
    not_sooner: datetime,
    now: datetime,
) -> Limits:
    """What was left when the clock stopped, from when it goes on: the pause's end anew while it stands (`paused_at`).

    One that goes on already keeps its beginning. Raises NoWorkingTime.
    """
    if paused_at is not None and longest is not None:
        begins = max(task.begins(after, longest_end(after, paused_at, longest)), not_sooner)
    else:
        begins = task.not_before if task.not_before <= now else task.begins(after, task.not_before)
    return _limits(after, begins, left, task.due_at)


def _moved(task: Shifted, before: WorkTime, after: WorkTime, begins: Callable[[WorkTime], datetime]) -> datetime:
    """The beginning under the new hours, if it was the old ones that had set it."""
    return begins(after) if abs(begins(before) - task.not_before) <= _SAME else task.not_before


def _limits(after: WorkTime, begins: datetime, left: Left, due_at: datetime) -> Limits:
    after.next_start(begins)
    target, due = gone_on(after, begins, left)
    due = due or due_at
    return Limits(begins, min(target, due) if target else due, due)
