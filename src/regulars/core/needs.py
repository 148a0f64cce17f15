"""What a stretch needs to know, and which events a position listens to; both are read off the scheme alone.

Owns the names: dotted facts ('order.payment.status'), 'worktime.<team>', 'person.time_zone', 'history'. It must not
load anything: the conductor loads them set-based for all that it has claimed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from regulars.core.deeds import BodyValue, Code, Enrol, Filled, FromFact, Points, SetFields, Split, Tag, Webhook
from regulars.core.delays import Delay, Elapsed, LocalHour
from regulars.core.enrolment import DUE, EVENT, FACTS_CHANGED, OUTCOME, START, Enrolment
from regulars.core.roads import onward, resume_targets
from regulars.core.scheme import (
    SET_ASIDE,
    Ask,
    Call,
    If,
    Promise,
    Scheme,
    Send,
    Step,
    Task,
    Trigger,
    Wait,
    WaitAfter,
    WaitFor,
    WaitUntil,
)  # fmt: skip

HISTORY = "history"
ZONES = ("person.time_zone", "shop.time_zone")
OWN_PREFIXES = ("event.", "answer.", "outcome.")
"""Facts that `advance` knows by itself: the event that woke it, own answers, own outcomes."""

ORDER_CHANGES = ("order.changed", "order.returned", "order.part_refunded")
"""What may change the days of a wait after an event."""

ANYBODYS, OWN_ORDERS, OWN_DEEDS = "anybody's", "own order's", "own deed's"
"""Whose event counts: any of the person's, one of the enrolment's own order, one that came of what it did itself."""

_STRETCH = 32


@lru_cache(maxsize=20_000)
def needs(scheme: Scheme, step: str | None, happening_kind: str, event_kind: str | None = None) -> frozenset[str]:
    """The facts that `advance` may ask for, from this position and happening to the next step that waits."""
    names: set[str] = set()
    if happening_kind in (EVENT, OUTCOME):
        for trigger in scheme.stops:
            if trigger.event == event_kind:
                names |= _of_trigger(trigger)
    if happening_kind == START or step is None:
        targets: tuple[str, ...] = (scheme.first,)
    elif step not in scheme.steps:
        targets = ()
    else:
        standing = scheme.steps[step]
        names |= _of_standing(standing, happening_kind)
        # A full stretch ends before a step: then its timer enters that very step.
        targets = (*resume_targets(standing), *((step,) if happening_kind == DUE else ()))
    # Another calendar only moves the ends of waits, but a day that is meant may have passed by it.
    if happening_kind != FACTS_CHANGED or isinstance(scheme.steps.get(step or ""), WaitUntil):
        for name in stretch(scheme, targets):
            names |= _of_entry(scheme.steps[name])
    return frozenset(name for name in names if not name.startswith(OWN_PREFIXES))


@lru_cache(maxsize=20_000)
def wants(scheme: Scheme, step: str | None) -> frozenset[str]:
    """The event kinds that a position listens to: what stops, and what the step waits for."""
    return frozenset(_heard(scheme, step))


def hears(scheme: Scheme, state: Enrolment, kind: str, order_id: int | None, data: Mapping[str, Any]) -> bool:
    """Whether an event may move this enrolment: one of its own order, and of its own deeds, where only such counts."""
    whose = _heard(scheme, state.step).get(kind)
    if whose is OWN_ORDERS:
        return order_id == state.order_id
    if whose is OWN_DEEDS:
        theirs = data.get("enrolment_id")
        return theirs == state.id or str(theirs) == str(state.id)
    return whose is not None


@lru_cache(maxsize=20_000)
def _heard(scheme: Scheme, step: str | None) -> Mapping[str, str]:
    whose: dict[str, str] = {}

    def hear(kind: str, of: str) -> None:
        whose[kind] = of if whose.get(kind, of) == of else ANYBODYS

    for trigger in (*scheme.stops, *((SET_ASIDE,) if scheme.per == "order" else ())):
        hear(trigger.event, _whose(trigger))
    changes = OWN_ORDERS if scheme.per == "order" else ANYBODYS
    standing = scheme.steps.get(step) if step is not None else None
    match standing:
        case Call() | Task():
            hear("task.finished", OWN_DEEDS)
        case Ask():
            hear("answer.given", OWN_DEEDS)
        case WaitFor():
            hear(standing.trigger.event, _whose(standing.trigger))
        case WaitAfter():
            if standing.after is not None:
                hear(standing.after.event, _whose(standing.after))
            for kind in ORDER_CHANGES if isinstance(standing.days, str) else ():
                hear(kind, changes)
        case WaitUntil():
            for kind in _changes_of(standing.until):
                hear(kind, changes if kind in ORDER_CHANGES else ANYBODYS)
    return whose


def _whose(trigger: Trigger) -> str:
    return OWN_ORDERS if trigger.about == "order" else ANYBODYS


@lru_cache(maxsize=2_000)
def listens(scheme: Scheme) -> frozenset[str]:
    """All event kinds that the scheme cares for, its starts and its goal included."""
    kinds = {trigger.event for trigger in scheme.starts}
    if scheme.goal is not None:
        kinds.add(scheme.goal.event)
    for name in (None, *scheme.steps):
        kinds |= wants(scheme, name)
    return frozenset(kinds)


def stretch(scheme: Scheme, targets: tuple[str, ...]) -> Iterator[str]:
    """The steps that may be entered in one go from these, the waiting ones at its end included."""
    seen: set[str] = set()
    edge = {target for target in targets if target in scheme.steps}
    for _ in range(_STRETCH):
        if not edge:
            return
        yield from edge
        seen |= edge
        edge = {target for name in edge for target in onward(scheme.steps[name])} - seen
        edge &= scheme.steps.keys()


def _of_entry(step: Step) -> set[str]:
    match step:
        case Call():
            return {f"worktime.{step.team}", *ZONES}
        case Task():
            return {f"worktime.{step.team}", *_of_delay(step.within, step.team)}
        case Send():
            return _of_promise(step.promise)
        case Wait():
            return _of_delay(step.delay, step.team)
        case WaitAfter():
            return _of_wait_after(step)
        case WaitFor():
            return {HISTORY, *_of_trigger(step.trigger), *_of_delay(step.up_to, step.team)}
        case WaitUntil():
            return {*ZONES, *([step.until] if isinstance(step.until, str) else [])}
        case If():
            return set(step.condition.names)
        case Ask():
            return _of_delay(step.up_to, step.team)
        case _:
            return _of_deed(step)


def _of_deed(step: Step) -> set[str]:
    match step:
        case Split():
            return {f"winner.{step.name}"}
        case Tag():
            return {"person.tags"}
        case SetFields():
            return {"person.fields", *(value.fact for value in step.values.values() if isinstance(value, FromFact))}
        case Enrol():
            return {f"entry.{step.scheme}"}
        case Points() | Code():
            return set(ZONES)
        case Webhook():
            return set(_in_body(step.body)) if step.body is not None else {"person.id", "order.id"}
        case _:
            return set()


def _in_body(value: BodyValue) -> Iterator[str]:
    """The facts that what is told is made of."""
    if isinstance(value, FromFact):
        yield value.fact
    elif isinstance(value, Filled):
        yield from (part.fact for part in value.parts if isinstance(part, FromFact))
    elif isinstance(value, Mapping | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _in_body(inner)


def _of_standing(step: Step, kind: str) -> set[str]:
    """What the step itself asks when something happens while it stands there."""
    match step:
        case Call() | Task() if kind in (EVENT, OUTCOME):
            return _of_entry(step) | set(ZONES)
        case WaitAfter():
            return _of_wait_after(step)
        case WaitUntil():
            return _of_entry(step)
        case WaitFor() if kind in (DUE, EVENT):
            return {HISTORY, *_of_trigger(step.trigger)}
        case Ask() if kind == DUE:
            return {HISTORY}
        case Wait() | WaitFor() | Ask() if kind == FACTS_CHANGED:
            return _of_entry(step)
        case _:
            return set()


def _changes_of(until: object) -> tuple[str, ...]:
    """What may move a day that is waited for: another zone of the buyer's, or another value of the fact."""
    root = str(until).partition(".")[0]
    if str(until).startswith("person.fields."):
        return ("person.changed", "person.field_set")
    return ("person.changed", *(ORDER_CHANGES if root == "order" else ()))


def _of_wait_after(step: WaitAfter) -> set[str]:
    names = {*ZONES, *_of_delay(step.up_to, step.team)}
    if step.after is not None:
        names |= {HISTORY, *_of_trigger(step.after)}
    if isinstance(step.days, str):
        names |= {step.days, "shop." + step.days.rpartition(".")[2]}
    return names


def _of_promise(promise: Promise | None) -> set[str]:
    if promise is None:
        return set()
    return {"order.window"} if promise.within is None else _of_delay(promise.within, promise.team)


def _of_trigger(trigger: Trigger) -> set[str]:
    return set(trigger.where.names) if trigger.where else set()


def _of_delay(delay: Delay, team: str) -> set[str]:
    match delay:
        case Elapsed():
            return set()
        case LocalHour():
            return set(ZONES)
        case _:
            return {f"worktime.{team}"}
