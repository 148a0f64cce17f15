"""Looking back: has the awaited event come already, and is an answer one's own?

Owns which past events count for a wait. It must not load them: they are `facts["history"]`, the person's live events
since the enrolment's (or its order's) start, each {"id", "kind", "occurred_at", "order_id", "data"}.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from regulars.core.record import parse_moment
from regulars.core.scheme import Trigger, WaitFor
from regulars.core.walk import Walk

Event = Mapping[str, Any]


def latest(walk: Walk, trigger: Trigger) -> Event | None:
    """The last event that the trigger means, whenever it was."""
    kind = trigger.event
    found = [event for event in _all(walk) if event["kind"] == kind and walk.matches(trigger, event)]
    return max(found, key=_order) if len(found) > 1 else found[0] if found else None


def looked_back(walk: Walk, step: WaitFor, until: datetime | None = None) -> Event | None:
    """The first event that fulfils the wait already: since the enrolment's start, or since the entry of the step."""
    found = [
        event
        for event in _all(walk)
        if event["kind"] == step.trigger.event
        and walk.matches(step.trigger, event)
        and (until is None or event["occurred_at"] <= until)
        and (_since_start(walk, event) if step.since == "start" else _since_entry(walk, event))
    ]
    return min(found, key=_order) if len(found) > 1 else found[0] if found else None


def wakes(walk: Walk, step: WaitFor) -> bool:
    """Whether the event that happened fulfils the wait."""
    event = walk.event
    if event is None or not walk.matches(step.trigger, event):
        return False
    if step.since == "start":
        return True
    # What woke the step before this one happened at the very moment of entry: it is not news.
    return bool(event["occurred_at"] >= walk.entered) and event.get("id") != walk.state.data.get("woke")


def is_own_answer(walk: Walk, event: Event | None) -> bool:
    """Whether the event is the answer to this visit's question."""
    return event is not None and event["kind"] == "answer.given" and walk.is_own_effect(event)


def own_answer(walk: Walk, until: datetime | None) -> Event | None:
    """The first answer to this visit's question that was given in time."""
    found = [
        event for event in _all(walk) if is_own_answer(walk, event) and (until is None or event["occurred_at"] <= until)
    ]
    return min(found, key=_order, default=None)


def _all(walk: Walk) -> Iterator[Event]:
    """What is known to have happened: the history, the event that began it, the event that happens now."""
    seen = set()
    for event in walk.facts.get("history", ()):
        seen.add(event.get("id"))
        yield event
    start = walk.state.data.get("start")
    if start is not None and start["id"] not in seen:
        seen.add(start["id"])
        yield {**start, "occurred_at": parse_moment(start["at"])}
    if walk.event is not None and walk.event.get("id") not in seen:
        yield walk.event


def _since_start(walk: Walk, event: Event) -> bool:
    if event["occurred_at"] >= walk.state.started_at:
        return True
    # Recorded after the start but dated before it by the shop: a payment of the same second, still not missed.
    start, number = walk.state.data.get("start"), event.get("id")
    return start is not None and isinstance(number, int) and isinstance(start["id"], int) and number > start["id"]


def _since_entry(walk: Walk, event: Event) -> bool:
    return bool(event["occurred_at"] > walk.entered)


def _order(event: Event) -> tuple[datetime, str]:
    return event["occurred_at"], str(event.get("id")).rjust(20)
