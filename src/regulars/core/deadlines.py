"""An open task's limits reckoned anew after working hours have changed: pure, by the rules under which it was opened.

Owns which moment each kind of attempt runs from. It must not know the desk: what it needs of a task are its arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.core.enrolment import Facts
from regulars.core.scheme import Call, Task
from regulars.core.waits import after_delay, asked_deadline, callable_from, working_time

__all__ = ["Limits", "OpenedTask", "limits_anew"]

# A task is written a moment after what it runs from; so small a difference is no other time.
_SAME = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Limits:
    """From when a task may be done, by when it is hoped for, and by when it must be."""

    not_before: datetime
    target_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class OpenedTask:
    """What is known of an open task. `why`: 'fresh', 'retry' (after `outcome`, for the `tries`-th time), 'asked'."""

    why: str
    opened_at: datetime
    not_before: datetime
    outcome: str | None = None
    tries: int = 0


def limits_anew(step: Call | Task, task: OpenedTask, facts: Facts) -> Limits:
    """The limits that the task would have, had it been opened under the hours in `facts`.

    Raises StepFailed where the hours leave no time for it, or the facts lack a zone or the team.
    """
    if task.why == "asked":  # the buyer's own hour, which no calendar moves
        due = asked_deadline(step.target or step.within, task.not_before, facts, step.team)
        return Limits(task.not_before, due, due)
    begins = _begins(step, task, facts)
    if abs(begins - task.not_before) <= _SAME:
        begins = task.not_before
    if task.why == "retry":
        due = after_delay(step.target or step.within, begins, facts, step.team)
        return Limits(begins, due, due)
    due = after_delay(step.within, begins, facts, step.team)
    target = min(due, after_delay(step.target, begins, facts, step.team)) if step.target else due
    return Limits(begins, target, due)


def _begins(step: Call | Task, task: OpenedTask, facts: Facts) -> datetime:
    moment = min(task.not_before, task.opened_at)
    if task.why == "retry":
        outcome = step.outcomes.get(task.outcome or "")
        plan = outcome.again if outcome is not None else ()
        if not 0 < task.tries <= len(plan):
            moment = task.not_before  # the plan was another one: only the hours can move it
        else:
            moment = after_delay(plan[task.tries - 1], task.opened_at, facts, step.team)
        return (
            callable_from(moment, facts, step.team)
            if isinstance(step, Call)
            else working_time(facts, step.team).next_start(moment)
        )
    return callable_from(moment, facts, step.team) if isinstance(step, Call) else moment
