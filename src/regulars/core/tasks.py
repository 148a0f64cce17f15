"""Calls and tasks on the way: opening one, and what its outcome means.

Owns attempts, retries and call-backs of a step, and the promise made beside a call. It must not know operators or the
desk: an offer goes out as an effect, and only an outcome comes back.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from regulars.core.effects import PROMISE, TASK, MakePromise, OpenTask, OutcomeOffer
from regulars.core.enrolment import EVENT, OUTCOME, StepFailed
from regulars.core.promising import ANSWER, CALL, tell
from regulars.core.record import parse_moment
from regulars.core.scheme import Call, Outcome, Task
from regulars.core.waits import after_delay, asked_deadline, callable_from, working_time
from regulars.core.walk import Walk

DONE = "done"
"""The only outcome of a task whose step names none."""


def open_task(walk: Walk, step: Call | Task) -> None:
    """The first attempt. A call moves into the team's time and the buyer's day; the limits run from there."""
    begins = callable_from(walk.moment, walk.facts, step.team) if isinstance(step, Call) else walk.moment
    due = after_delay(step.within, begins, walk.facts, step.team)
    target = min(due, after_delay(step.target, begins, walk.facts, step.team)) if step.target else due
    if step.tell is not None:
        tell(walk, step.tell, CALL if isinstance(step, Call) else ANSWER, step.team, begins, due)
    walk.effects.append(_task(walk, step, begins, target, due))
    walk.note("task_opened", team=step.team, not_before=begins, target=target, due=due)


def task_outcome(walk: Walk, step: Call | Task) -> str | None:
    """Where the outcome of this step's task leads; None when it is tried again, or when nothing of it happened."""
    event = walk.event
    if event is None or walk.kind not in (EVENT, OUTCOME) or event["kind"] != "task.finished":
        return None
    name = str(walk.event_data.get("outcome"))
    if not _is_own(walk):
        if walk.kind == OUTCOME:
            walk.note("outcome_unused", outcome=name)
        return None
    outcome = step.outcomes.get(name) if step.outcomes else Outcome(name, step.then)
    if outcome is None:
        raise StepFailed(step.name, "outcome_unknown", outcome=name, known=list(step.outcomes))
    walk.remember("outcomes", step.name, name)
    if outcome.call_again:
        _call_again(walk, step, name)
        return None
    tries = walk.state.data.get("tries", {}).get(name, 0)
    if tries < len(outcome.again):
        _try_again(walk, step, outcome, tries)
        return None
    walk.state.data["woke"] = event.get("id")
    walk.note("outcome", next_=outcome.then, outcome=name, attempt=walk.state.attempt)
    return outcome.then


def offers(step: Call | Task) -> tuple[OutcomeOffer, ...]:
    """The outcomes that the operator may choose from."""
    if not step.outcomes:
        return _offered(((DONE, False),))
    return _offered(tuple([(outcome.name, outcome.call_again) for outcome in step.outcomes.values()]))


@lru_cache(maxsize=4096)
def _offered(outcomes: tuple[tuple[str, bool], ...]) -> tuple[OutcomeOffer, ...]:
    return tuple(OutcomeOffer(name, needs_time) for name, needs_time in outcomes)


def _is_own(walk: Walk) -> bool:
    """The outcome of this very attempt. One of an earlier attempt, or of another step, moves nothing."""
    event, attempt = walk.event, walk.state.attempt
    assert event is not None
    theirs = walk.event_data.get("attempt", attempt)
    return walk.is_own_effect(event) and (theirs == attempt or str(theirs) == str(attempt))


def _call_again(walk: Walk, step: Call | Task, outcome: str) -> None:
    asked = parse_moment(walk.event_data.get("call_at"))
    if asked is None:
        raise StepFailed(step.name, "call_at_missing", outcome=outcome)
    begins = max(asked, walk.moment)
    due = asked_deadline(step.target or step.within, begins, walk.facts, step.team)
    walk.state.attempt += 1
    # The operator has told the buyer this time: a promise, made by word of mouth.
    walk.effects.append(_agreed(walk, step, begins, due))
    walk.effects.append(_task(walk, step, begins, due, due))
    walk.note("call_again", outcome=outcome, attempt=walk.state.attempt, not_before=begins, due=due)


def _try_again(walk: Walk, step: Call | Task, outcome: Outcome, tries: int) -> None:
    after = after_delay(outcome.again[tries], walk.moment, walk.facts, step.team)
    if isinstance(step, Call):
        begins = callable_from(after, walk.facts, step.team)
    else:
        begins = working_time(walk.facts, step.team).next_start(after)
    due = after_delay(step.target or step.within, begins, walk.facts, step.team)
    walk.state.attempt += 1
    walk.state.data["tries"] = {**walk.state.data.get("tries", {}), outcome.name: tries + 1}
    walk.effects.append(_task(walk, step, begins, due, due))
    walk.note("again", outcome=outcome.name, attempt=walk.state.attempt, not_before=begins, due=due)


def _agreed(walk: Walk, step: Call | Task, begins: datetime, due: datetime) -> MakePromise:
    state = walk.state
    kind = CALL if isinstance(step, Call) else ANSWER
    return MakePromise(step.name, state.visit, state.attempt, PROMISE, kind, due, False, step.team, begins)


def _task(walk: Walk, step: Call | Task, begins: datetime, target: datetime, due: datetime) -> OpenTask:
    title: Any = step.title if isinstance(step, Task) else None
    return OpenTask(
        step=step.name,
        visit=walk.state.visit,
        attempt=walk.state.attempt,
        part=TASK,
        kind="call" if isinstance(step, Call) else step.kind,
        script=step.script,
        title=dict(title) if title else None,
        team=step.team,
        not_before=begins,
        target_at=target,
        due_at=due,
        outcomes=offers(step),
    )
