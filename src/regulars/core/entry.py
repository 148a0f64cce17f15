"""Who enters a scheme, who is held out of its advertising, and whether its goal was reached.

Owns the rules at the edges of an enrolment; the way through it is `advance`. It must not throw dice: the hold-out is
a hash, so that the same person always falls on the same side.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from regulars.core.conditions import lookup
from regulars.core.enrolment import Enrolment, Facts
from regulars.core.record import moment_text
from regulars.core.scheme import Scheme, Trigger

_SHOP = "*"
"""Stands for the shop where a scheme's name stands in the hash; no scheme can be called so."""


def starting_trigger(scheme: Scheme, event: Mapping[str, Any], facts: Facts, now: datetime) -> Trigger | None:
    """The trigger of `starts` that this event pulls, if any. In a scheme per order the event needs its order."""
    for trigger in scheme.starts:
        if event["kind"] != trigger.event or (scheme.per == "order" and event.get("order_id") is None):
            continue
        if trigger.where is None or trigger.where.holds({**facts, "event": _event_facts(event)}, now):
            return trigger
    return None


def start_needs(scheme: Scheme, event_kind: str) -> frozenset[str]:
    """The facts that `starting_trigger` may ask for."""
    names = {
        name
        for trigger in scheme.starts
        if trigger.event == event_kind and trigger.where
        for name in trigger.where.names
    }
    return frozenset(name for name in names if not name.startswith("event."))


def may_enter(
    scheme: Scheme,
    *,
    is_active: bool,
    last_ended_at: datetime | None,
    now: datetime,
    last_started_at: datetime | None = None,
) -> str | None:
    """None when an enrolment may begin, else why not: 'active', 'once' or 'too_soon'.

    `is_active`, `last_ended_at` and `last_started_at` speak of earlier enrolments of the same order (per: order) or
    person (per: person) in any version of this scheme.
    """
    if is_active:
        return "active"
    if last_ended_at is None:
        return None
    if scheme.per == "order" or scheme.again.after is None:
        return "once"
    since = last_started_at if scheme.again.yearly and last_started_at is not None else last_ended_at
    return None if since + scheme.again.after <= now else "too_soon"


def begin(
    scheme: Scheme,
    enrolment_id: int,
    *,
    person_id: int,
    order_id: int | None,
    event_at: datetime,
    now: datetime,
    held_out: bool | None = None,
    held_by_shop: bool = False,
) -> Enrolment:
    """A new enrolment, before its first step. `held_out`: what was stored at the person's first entry, None if this is
    the first; `held_by_shop`: he belongs to the hold-out of the whole shop."""
    kept_back = is_held_out(scheme.name, person_id, scheme.hold_out) if held_out is None else held_out
    return Enrolment(
        id=enrolment_id,
        started_at=min(event_at, now),
        person_id=person_id,
        order_id=order_id if scheme.per == "order" else None,
        held_out=kept_back or held_by_shop,
        held_by_shop=held_by_shop,
    )


def begin_by_scheme(state: Enrolment, by_scheme: str, at: datetime, chain: int, since: int) -> None:
    """Let a new enrolment stand before its first step at `at`, since another scheme enrolled it; `chain`: the how manyth
    at one moment. `since`: the place in the log from which on its history counts."""
    state.due_at = at
    state.data["start"] = {
        "id": None,
        "kind": "enrolment.started",
        "at": moment_text(at),
        "order_id": state.order_id,
        "by_scheme": by_scheme,
        "since": since,
    }
    state.data["chain"] = chain


def is_held_out(scheme_name: str, person_id: int, permille: int) -> bool:
    """Whether this person belongs to the hold-out of this scheme; always the same for the same share."""
    if permille <= 0:
        return False
    number = int.from_bytes(sha256(f"{scheme_name}:{person_id}".encode()).digest()[:8])
    return number % 1000 < permille


def is_held_by_shop(person_id: int, permille: int) -> bool:
    """Whether this person belongs to the hold-out of the whole shop; independent of every scheme's own."""
    return is_held_out(_SHOP, person_id, permille)


def reaches_goal(scheme: Scheme, enrolment: Enrolment, event: Mapping[str, Any]) -> bool:
    """Whether the event is the goal of this enrolment: the wanted kind, after the start, in time, and another event
    than the one that began it. It counts also when the enrolment is over."""
    goal = scheme.goal
    if goal is None or event["kind"] != goal.event:
        return False
    start_id = lookup(enrolment.data, "start.id")
    if start_id is not None and str(start_id) == str(event.get("id")):
        return False
    if goal.about == "order" and str(event.get("order_id")) != str(enrolment.order_id):
        return False
    passed = event["occurred_at"] - enrolment.started_at
    return bool(passed.total_seconds() >= 0 and (goal.within is None or passed <= goal.within))


def _event_facts(event: Mapping[str, Any]) -> dict[str, Any]:
    data = event.get("data")
    return {**(data if isinstance(data, Mapping) else {}), "kind": event["kind"], "occurred_at": event["occurred_at"]}
