"""The heart: `advance(scheme, enrolment, facts, happening, now) -> Decision`. The same function runs live, in the
backtest, in the preview and behind 'why?'.

Owns the way through a scheme, from where an enrolment stands to the next step that waits. It must not load, store,
send, read a clock or throw dice: what it needs is named by `needs`, and the same arguments give the same decision.

A stretch has one moment: when that which moved it happened (the event's own time, the due time meant), never before
the entry of the step and never after `now`. Due times, lateness and promises are reckoned from it, so an engine that
was down for an hour decides as it would have decided in time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from regulars.core import doing, giving, history
from regulars.core.deeds import Code, Enrol, Points, SetFields, Split, Tag, Webhook
from regulars.core.effects import CancelMessages, StopTasks, VoidPromises
from regulars.core.enrolment import (
    DUE,
    EVENT,
    FACTS_CHANGED,
    OUTCOME,
    START,
    Decision,
    Enrolment,
    Facts,
    Happening,
    Reason,
    StepFailed,
)
from regulars.core.needs import listens, needs, wants
from regulars.core.promising import promise_of
from regulars.core.record import moment_text
from regulars.core.scheme import (
    END,
    SET_ASIDE,
    Ask,
    Call,
    If,
    Scheme,
    Send,
    Step,
    Task,
    Wait,
    WaitAfter,
    WaitFor,
    WaitUntil,
)
from regulars.core.scheme import End as EndStep
from regulars.core.splitting import split
from regulars.core.tasks import open_task, task_outcome
from regulars.core.until import at_wait_until, wait_until
from regulars.core.waits import after_delay, buyer_zone, days_after
from regulars.core.walk import Walk, message, question

YIELDS = (Points, Code)
"""Steps whose effect yields what later steps ask for: the stretch ends, the next begins at the same moment."""

MAX_STEPS = 32
"""A stretch is at most so many steps; what is left goes on in the next transaction, at the same moment."""


def advance(
    scheme: Scheme, enrolment: Enrolment, facts: Facts, happening: Happening, now: datetime, *, tells: bool = True
) -> Decision:
    """What follows from `happening` for one enrolment. `enrolment` is left as it is; the new state is in the decision.

    A decision without reasons changes nothing and need not be recorded. Raises StepFailed when this enrolment can't go
    on by itself. `tells`: what the reasons say is wanted; else each of them is UNTOLD.
    """
    walk = Walk(scheme, enrolment, facts, happening, now, tells)
    try:
        _take(walk, happening)
    except StepFailed as failed:
        failed.step = failed.step or walk.state.step
        raise
    return Decision(walk.state, tuple(walk.effects), tuple(walk.reasons))


def _take(walk: Walk, happening: Happening) -> None:
    state, kind = walk.state, happening.kind
    if state.ended_at is not None:
        if kind == OUTCOME:
            walk.note("outcome_unused", outcome=walk.event_data.get("outcome"))
        return
    if state.step is None:
        # Who was enrolled by another scheme stands before the first step, at the moment at which he was.
        if kind == START or walk.is_due:
            _begin(walk)
        return
    if kind == START:
        return
    if kind in (EVENT, OUTCOME) and _stops(walk):
        return
    step = walk.scheme.steps.get(state.step)
    if step is None:
        raise StepFailed(state.step, "step_gone")
    if state.entered_at is None:
        if kind == DUE and walk.is_due:
            _run(walk, step.name)
        return
    target = _RESUME[type(step)](walk, step)
    if target is not None:
        _run(walk, target)


def _begin(walk: Walk) -> None:
    event = walk.event
    if event is not None:
        walk.state.data["start"] = {
            "id": event.get("id"),
            "kind": event.get("kind"),
            "at": moment_text(event["occurred_at"]),
            "order_id": event.get("order_id"),
        }
        walk.state.data["woke"] = event.get("id")
    by_scheme = walk.state.data.get("start", {}).get("by_scheme")
    if event is None and by_scheme is not None:
        walk.note("started_by_scheme", walk.scheme.first, scheme=by_scheme)
    else:
        walk.note("started", walk.scheme.first, event=event["kind"] if event else None)
    _run(walk, walk.scheme.first)


def _stops(walk: Walk) -> bool:
    kind = walk.event["kind"] if walk.event is not None else None
    always = (SET_ASIDE,) if walk.scheme.per == "order" else ()
    for trigger in (*walk.scheme.stops, *always):
        if trigger.event == kind and walk.matches(trigger, walk.event):
            state = walk.state
            where = (state.step or "", state.visit, state.attempt)
            walk.effects += [StopTasks(*where), CancelMessages(*where), VoidPromises(*where)]
            walk.note("stopped", next_=END, event=trigger.event)
            walk.end("stopped")
            return True
    return False


def _run(walk: Walk, target: str) -> None:
    """From the entry of `target` to a step that waits, to the end, or to the limit of a stretch."""
    steps = walk.scheme.steps
    for _ in range(MAX_STEPS):
        if target == END:
            walk.end("finished")
            return
        step = steps[target]
        walk.enter(step)
        onward = _ENTER[type(step)](walk, step)
        if onward is None:
            return
        target = onward
        if isinstance(step, YIELDS) and target != END:
            walk.hold_before(target, noted=False)
            return
    if target == END:
        walk.end("finished")
        return
    walk.hold_before(target)


# Entering a step: the effect, and where it goes on to; None when it stays (it waits, or it is the end).


def _send(walk: Walk, step: Send) -> str:
    if walk.keeps_back(step.letter):
        walk.note(walk.held_code, next_=step.then, purpose=step.letter.purpose)
        return step.then
    if step.promise is not None and promise_of(walk, step, step.promise):
        return step.then
    walk.effects.append(message(walk, step.letter))
    walk.note("sent", next_=step.then, purpose=step.letter.purpose, template=step.letter.template)
    return step.then


def _if(walk: Walk, step: If) -> str:
    holds = step.condition.holds(walk.facts, walk.now)
    target = step.yes if holds else step.no
    condition, answer = step.condition, "yes" if holds else "no"
    walk.note("branch", target, condition.names, condition=condition.text, answer=answer)
    return target


def _wait(walk: Walk, step: Wait) -> None:
    walk.state.due_at = after_delay(step.delay, walk.moment, walk.facts, step.team)
    walk.note("waits_until", until=walk.state.due_at)


def _wait_after(walk: Walk, step: WaitAfter) -> None:
    if step.after is None:
        _until_days_after(walk, step, walk.moment, "waits_until")
        return
    event = history.latest(walk, step.after)
    if event is not None:
        _until_days_after(walk, step, event["occurred_at"], "waits_until")
        return
    walk.state.due_at = after_delay(step.up_to, walk.moment, walk.facts, step.team)
    walk.note("waits_for", event=step.after.event, until=walk.state.due_at)


def _wait_for(walk: Walk, step: WaitFor) -> str | None:
    event = history.looked_back(walk, step)
    if event is not None:
        return _event_came(walk, step, event)
    walk.state.due_at = after_delay(step.up_to, walk.moment, walk.facts, step.team)
    walk.note("waits_for", event=step.trigger.event, until=walk.state.due_at)
    return None


def _ask(walk: Walk, step: Ask) -> None:
    until = after_delay(step.up_to, walk.moment, walk.facts, step.team)
    walk.state.due_at = until
    if walk.keeps_back(step.letter):
        walk.note(walk.held_code, purpose=step.letter.purpose)
    else:
        walk.effects.append(question(walk, step, until))
        walk.note("asked", question=step.question, until=until)


def _end(walk: Walk, step: EndStep) -> None:
    walk.end(step.reason or "finished")


# Standing at a step: where the happening leads from there; None when it stays.


def _at_passing(walk: Walk, step: Step) -> str | None:
    """A step that never waits, entered by a move or before a change of the scheme: go on as from its entry."""
    return step.name if walk.is_due else None


def _at_wait(walk: Walk, step: Wait) -> str | None:
    if walk.kind == FACTS_CHANGED:
        _compute_anew(walk, step)
        return None
    return _over(walk, step.then) if walk.is_due else None


def _at_wait_after(walk: Walk, step: WaitAfter) -> str | None:
    if walk.kind == DUE and not walk.is_due:
        return None
    known = walk.state.data.get("wait", {}).get("event_at")
    if walk.kind == DUE and known is not None:
        return _over(walk, step.then)
    event = history.latest(walk, step.after) if step.after else None
    if event is not None:
        _until_days_after(walk, step, event["occurred_at"], "event_waits_until" if known is None else "computed_anew")
    elif walk.kind == DUE:
        return _no_event(walk, step)
    elif step.after is None:
        _until_days_after(walk, step, walk.entered, "computed_anew")
    return None


def _at_wait_for(walk: Walk, step: WaitFor) -> str | None:
    if walk.kind == EVENT and history.wakes(walk, step):
        assert walk.event is not None
        return _event_came(walk, step, walk.event)
    if walk.kind == DUE and walk.is_due:
        event = history.looked_back(walk, step, until=walk.state.due_at)
        if event is not None:
            return _event_came(walk, step, event)
        walk.note("timeout", next_=step.on_timeout, event=step.trigger.event)
        return step.on_timeout
    if walk.kind == FACTS_CHANGED:
        _compute_anew(walk, step)
    return None


def _at_ask(walk: Walk, step: Ask) -> str | None:
    if walk.kind == EVENT and history.is_own_answer(walk, walk.event):
        assert walk.event is not None
        return _answered(walk, step, walk.event)
    if walk.kind == DUE and walk.is_due:
        event = history.own_answer(walk, until=walk.state.due_at)
        if event is not None:
            return _answered(walk, step, event)
        walk.note("timeout", next_=step.on_timeout, question=step.question)
        return step.on_timeout
    if walk.kind == FACTS_CHANGED:
        _compute_anew(walk, step)
    return None


def _event_came(walk: Walk, step: WaitFor, event: Mapping[str, Any]) -> str:
    walk.state.data["woke"] = event.get("id")
    walk.show_event(event)
    walk.note("event", next_=step.then, event=step.trigger.event, at=event["occurred_at"])
    return step.then


def _answered(walk: Walk, step: Ask, event: Mapping[str, Any]) -> str:
    answer = str(event["data"].get("answer"))
    target = step.answers.get(answer, step.then)
    walk.remember("answers", step.question, answer)
    walk.state.data["woke"] = event.get("id")
    walk.show_event(event)
    walk.note("answer", next_=target, question=step.question, answer=answer)
    return target


def _over(walk: Walk, target: str) -> str:
    walk.note("waited", next_=target, until=walk.state.due_at)
    return target


def _no_event(walk: Walk, step: WaitAfter) -> str | None:
    assert step.after is not None
    if step.on_timeout is not None:
        walk.note("timeout", next_=step.on_timeout, event=step.after.event)
        return step.on_timeout
    walk.note("no_event", next_=END, event=step.after.event)
    walk.end("no_event", noted=True)
    return None


def _until_days_after(walk: Walk, step: WaitAfter, event_at: datetime, code: str) -> None:
    state = walk.state
    if code == "computed_anew" and state.due_at is not None and state.due_at <= walk.moment:
        return  # its time has come: the timer takes it on, a day later would be too late
    due = days_after(step, event_at, walk.moment, walk.facts)
    if code == "computed_anew" and due == state.due_at:
        return
    state.data["wait"] = {"event_at": moment_text(event_at)}
    state.due_at = due
    fact = [] if isinstance(step.days, int) else [step.days, "shop." + step.days.rpartition(".")[2]]
    event, zone = step.after.event if step.after else None, buyer_zone(walk.facts)
    walk.note(code, None, fact, event=event, at=event_at, until=due, zone=zone)


def _compute_anew(walk: Walk, step: Wait | WaitFor | Ask) -> None:
    """The end of the wait as it is now, from the entry; an hour that has gone by meanwhile means the next one."""
    delay = step.delay if isinstance(step, Wait) else step.up_to
    due = after_delay(delay, walk.entered, walk.facts, step.team)
    if due < walk.moment:
        due = min(after_delay(delay, walk.moment, walk.facts, step.team), walk.state.due_at or walk.moment)
    if due != walk.state.due_at:
        walk.state.due_at = due
        walk.note("computed_anew", until=due)


_ENTER: dict[type, Callable[[Walk, Any], str | None]] = {
    Send: _send,
    Call: open_task,
    Task: open_task,
    Wait: _wait,
    WaitAfter: _wait_after,
    WaitUntil: wait_until,
    WaitFor: _wait_for,
    If: _if,
    Split: split,
    Ask: _ask,
    Tag: doing.tag,
    SetFields: doing.set_fields,
    Enrol: doing.enrol,
    Webhook: doing.webhook,
    Points: giving.points,
    Code: giving.code,
    EndStep: _end,
}

_RESUME: dict[type, Callable[[Walk, Any], str | None]] = {
    Send: _at_passing,
    Call: task_outcome,
    Task: task_outcome,
    Wait: _at_wait,
    WaitAfter: _at_wait_after,
    WaitUntil: at_wait_until,
    WaitFor: _at_wait_for,
    If: _at_passing,
    Split: _at_passing,
    Ask: _at_ask,
    Tag: _at_passing,
    SetFields: _at_passing,
    Enrol: _at_passing,
    Webhook: _at_passing,
    Points: _at_passing,
    Code: _at_passing,
    EndStep: _at_passing,
}

__all__ = [
    "MAX_STEPS",
    "Decision",
    "Enrolment",
    "Happening",
    "Reason",
    "StepFailed",
    "advance",
    "listens",
    "needs",
    "wants",
]
