"""How soon one step may follow another: the least time that must pass on the way between them.

Owns the reckoning of what can't go faster. Events, answers and outcomes may come at once, hours of the day and openings
may be a minute away; only plain time and days are certain to pass.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import timedelta

from regulars.core.delays import Delay, Elapsed, Working, WorkingDays
from regulars.core.roads import resume_targets, ways
from regulars.core.scheme import Scheme, Step, Wait, WaitAfter

__all__ = ["least_of", "roads", "since"]

_NOTHING = timedelta(0)
_DAY = timedelta(days=1)


def least_of(delay: Delay) -> timedelta:
    """The least that may pass. Of working days: the last may end at the closing before the hour, so half a day less."""
    match delay:
        case Elapsed(span) | Working(span):
            return span
        case WorkingDays(days):
            return max(_NOTHING, days * _DAY - _DAY / 2)
        case _:
            return _NOTHING


def roads(step: Step) -> Iterator[tuple[str, timedelta]]:
    """Where the step may lead, and the least time that passes at it before."""
    match step:
        case Wait():
            yield step.then, least_of(step.delay)
        case WaitAfter(days=int(days), after=None):
            # Whole days by the calendar: the last one may be nearly over, the hour of the day is another.
            yield step.then, max(_NOTHING, (days - 1) * _DAY)
        case WaitAfter():
            yield step.then, _NOTHING
            if step.on_timeout is not None:
                yield step.on_timeout, least_of(step.up_to)
        case _:
            up_to = getattr(step, "up_to", None)
            timed = {way.to: least_of(up_to) for way in ways(step) if way.kind == "timeout" and up_to is not None}
            free = {way.to for way in ways(step) if way.kind != "timeout"}
            for target in dict.fromkeys(resume_targets(step)):
                yield target, _NOTHING if target in free or target not in timed else timed[target]


def since(scheme: Scheme, start: str) -> dict[str, timedelta]:
    """The least time from the entry of a step to the next entry of each step that may follow, itself included."""
    found: dict[str, timedelta] = {}
    edge = [(span, target) for target, span in roads(scheme.steps[start])]
    heapq.heapify(edge)
    while edge:
        span, name = heapq.heappop(edge)
        if name in found or name not in scheme.steps:
            continue
        found[name] = span
        for target, more in roads(scheme.steps[name]):
            if target not in found:
                heapq.heappush(edge, (span + more, target))
    return found
