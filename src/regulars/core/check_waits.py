"""Judgement on waiting: questions that nobody misses an answer to, waits that end before what they wait for can come,
promises that no step keeps.

Owns these warnings; how soon a step may follow another is `least_time`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from regulars.core import least_time
from regulars.core.delays import Elapsed
from regulars.core.known import Known
from regulars.core.problems import WARNING, Problem
from regulars.core.roads import resume_targets
from regulars.core.scheme import Ask, Call, Scheme, Send, Step, Task, WaitAfter, WaitFor
from regulars.core.source import Source

__all__ = ["check_waits"]

_SILENCE = "60d"
"""So long a question waits that doesn't say how long."""
_KEPT_BY = {"ship": "order.shipped", "delivery": "order.delivered"}


def check_waits(scheme: Scheme, source: Source, known: Known) -> Iterator[Problem]:
    """All that is odd about the waits and promises of a scheme as a whole; its roads must be known."""
    yield from _silence(scheme, source)
    yield from _stopped_first(scheme, source)
    yield from _shorter_than_promised(scheme, source)
    yield from _shorter_than_usual(scheme, source, known)
    yield from _unkept(scheme, source)


def _silence(scheme: Scheme, source: Source) -> Iterator[Problem]:
    """Questions after which silence leads where an answer does."""
    for step in scheme.steps.values():
        if isinstance(step, Ask) and "on_timeout" not in source.data["steps"][step.name]:
            written = source.data["steps"][step.name]["ask"].get("up_to", _SILENCE)
            yield source.problem(
                ("steps", step.name, "ask"), "no_timeout", at_key=True, severity=WARNING, to=step.then, after=written
            )


def _stopped_first(scheme: Scheme, source: Source) -> Iterator[Problem]:
    """Waits for an event that ends the scheme: one event goes to `stops` before it goes to a wait."""
    for step in scheme.steps.values():
        if not isinstance(step, WaitFor):
            continue
        awaited = step.trigger
        for stop in scheme.stops:
            if stop.where is None and stop.event == awaited.event and stop.about in ("person", awaited.about):
                yield source.problem(
                    ("steps", step.name), "wait_for_stop", at_key=True, severity=WARNING, found=stop.event, to=step.then
                )
                break


def _shorter_than_promised(scheme: Scheme, source: Source) -> Iterator[Problem]:
    """Waits for what was promised that end before the promise does."""
    for step in scheme.steps.values():
        if not isinstance(step, Send) or step.promise is None or step.promise.within is None:
            continue
        kept_by, promised = _KEPT_BY.get(step.promise.kind), least_time.least_of(step.promise.within)
        for name, passed in least_time.since(scheme, step.name).items():
            later = scheme.steps[name]
            if _awaits(later) != kept_by or kept_by is None:
                continue
            if (limit := _limit(later)) is not None and passed + limit < promised:
                yield source.problem(
                    ("steps", name),
                    "wait_before_promise",
                    at_key=True,
                    severity=WARNING,
                    found=kept_by,
                    other=step.name,
                )


def _shorter_than_usual(scheme: Scheme, source: Source, known: Known) -> Iterator[Problem]:
    """Waits for something of the order that usually takes longer than they last."""
    if scheme.per != "order" or not any(trigger.event == "order.placed" for trigger in scheme.starts):
        return
    from_start = {scheme.first: timedelta(0)} | least_time.since(scheme, scheme.first)
    for name, step in scheme.steps.items():
        usual, limit = known.usual.get(_awaits(step) or ""), _limit(step)
        if usual is not None and limit is not None and from_start.get(name, usual) + limit < usual:
            yield source.problem(
                ("steps", name),
                "wait_before_usual",
                at_key=True,
                severity=WARNING,
                found=_awaits(step),
                hours=round(usual / timedelta(hours=1)),
            )


def _awaits(step: Step) -> str | None:
    match step:
        case WaitFor():
            return step.trigger.event
        case WaitAfter() if step.after is not None:
            return step.after.event
        case _:
            return None


def _limit(step: Step) -> timedelta | None:
    """How long the step waits for its event, where that is plain time."""
    up_to = getattr(step, "up_to", None)
    return up_to.span if isinstance(up_to, Elapsed) else None


def _unkept(scheme: Scheme, source: Source) -> Iterator[Problem]:
    """Promises of an answer after which nobody is asked to give one."""
    for step in scheme.steps.values():
        promises = isinstance(step, Send) and step.promise is not None and step.promise.kind == "answer"
        if promises and not any(isinstance(scheme.steps[name], Call | Task) for name in _after(scheme, step.name)):
            yield source.problem(("steps", step.name, "promise"), "promise_unkept", at_key=True, severity=WARNING)


def _after(scheme: Scheme, start: str) -> set[str]:
    seen: set[str] = set()
    edge = set(resume_targets(scheme.steps[start]))
    while edge := {name for name in edge if name in scheme.steps} - seen:
        seen |= edge
        edge = {target for name in edge for target in resume_targets(scheme.steps[name])}
    return seen
