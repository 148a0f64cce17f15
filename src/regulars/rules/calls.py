"""What is known of one telephone call, folded out of the facts that came: in any order, each any number of times.

Pure. `merge` is commutative, associative and idempotent, so that repeated, late and disordered facts all end the same; what
follows from the facts at a moment is `outcome`. Must not know vendors, persons or tasks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce
from typing import Any, Protocol, TypeVar

import msgspec

__all__ = [
    "DIRECTIONS",
    "STATES",
    "CallFacts",
    "Leg",
    "Outcome",
    "fold",
    "merge",
    "outcome",
    "read",
    "written",
]

DIRECTIONS = ("in", "out", "internal")
"""In this order where facts contradict each other: a leg between two operators is a part of the buyer's call."""
STATES = ("ringing", "answered", "missed", "ended", "failed")
VERDICTS = ("answered", "failed", "missed")
"""A vendor's last word on whether anybody answered; the first of them that came counts."""
MOST_LEGS = 50
MOST_RECORDINGS = 20
LEGS_OVER = timedelta(minutes=1)
"""After so long without another leg a call whose legs are all over is over, though nobody said so; and one that ended, with
nobody saying whether it was answered, was not."""
RINGS_LONGEST = timedelta(minutes=15)
TALKS_LONGEST = timedelta(hours=6)


class _Ordered(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...


T = TypeVar("T", bound=_Ordered)


class Leg(msgspec.Struct, frozen=True, omit_defaults=True):
    """One operator's part of a call: whom it rang, since when, and whether he answered."""

    extension: str = ""
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None


class CallFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is known of a call. `party`: the number outside as the first fact that names it does; `line`: the shop's.

    `verdict`: the vendor's own word; `is_over`: he says that it has ended. `last_at`: the newest time that any fact names.
    """

    direction: str = ""
    party: tuple[int, datetime, str] | None = None
    line: tuple[datetime, str] | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    verdict: str = ""
    is_over: bool = False
    ring_seconds: int | None = None
    talk_seconds: int | None = None
    legs: dict[str, Leg] = {}
    recordings: tuple[str, ...] = ()
    command: str = ""
    last_at: datetime | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from the facts at a moment. `check_at`: when it has to be looked at again though nothing comes."""

    direction: str
    state: str
    number: str | None
    line: str | None
    extension: str | None
    started_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: int | None
    talk_seconds: int | None
    recordings: tuple[str, ...]
    check_at: datetime | None


def merge(a: CallFacts, b: CallFacts) -> CallFacts:
    """What both say together."""
    return CallFacts(
        direction=_first_of(DIRECTIONS, a.direction, b.direction),
        party=_least(a.party, b.party),
        line=_least(a.line, b.line),
        started_at=_least(a.started_at, b.started_at),
        answered_at=_least(a.answered_at, b.answered_at),
        ended_at=_most(a.ended_at, b.ended_at),
        verdict=_first_of(VERDICTS, a.verdict, b.verdict),
        is_over=a.is_over or b.is_over,
        ring_seconds=_most(a.ring_seconds, b.ring_seconds),
        talk_seconds=_most(a.talk_seconds, b.talk_seconds),
        legs=_legs(a.legs, b.legs),
        recordings=tuple(sorted({*a.recordings, *b.recordings})[:MOST_RECORDINGS]),
        command=max(a.command, b.command),
        last_at=_most(a.last_at, b.last_at),
    )


def fold(facts: Iterable[CallFacts]) -> CallFacts:
    """All of them together."""
    return reduce(merge, facts, CallFacts())


def outcome(facts: CallFacts, now: datetime, heard_at: datetime | None = None) -> Outcome:
    """How the call stands at `now`: what was said, and where nothing was said, what must be meant.

    `heard_at`: when something new was heard of it last. A vendor who was away tells of long ago, and has more to tell.
    """
    leg = _operator(facts.legs)
    picked_up = _earliest([facts.answered_at, *(each.answered_at for each in facts.legs.values())])
    was_answered = facts.verdict == "answered" or (not facts.verdict and picked_up is not None)
    legs_over = bool(facts.legs) and all(each.ended_at is not None for each in facts.legs.values())
    is_over = facts.is_over and bool(facts.verdict or was_answered or legs_over)
    check_at = None
    if not is_over:
        check_at = _silent_until(facts, heard_at, soon=facts.is_over or legs_over, was_answered=was_answered)
        is_over = check_at is not None and check_at <= now
    ended_at = _end(facts) if is_over else None
    answered_at = (picked_up or _pick_up(facts, ended_at)) if was_answered else None
    ring = facts.ring_seconds
    if ring is None:
        ring = _seconds(facts.started_at, answered_at if was_answered else ended_at)
    return Outcome(
        direction=facts.direction,
        state=_state(facts, is_over=is_over, was_answered=was_answered),
        number=facts.party[2] if facts.party else None,
        line=facts.line[1] if facts.line else None,
        extension=leg.extension if leg else None,
        started_at=facts.started_at,
        answered_at=answered_at,
        ended_at=ended_at,
        ring_seconds=ring,
        talk_seconds=facts.talk_seconds if facts.talk_seconds is not None else _seconds(answered_at, ended_at),
        recordings=facts.recordings,
        check_at=None if is_over else check_at,
    )


def read(plain: Any) -> CallFacts:
    """Facts out of the plain data that `written` made."""
    return msgspec.convert(plain, CallFacts, strict=False)


def written(facts: CallFacts) -> Any:
    """Plain data for JSON."""
    return msgspec.to_builtins(facts)


def _state(facts: CallFacts, *, is_over: bool, was_answered: bool) -> str:
    if not is_over:
        return "answered" if was_answered else "ringing"
    if was_answered:
        return "ended"
    return "missed" if facts.direction == "in" else "failed"


def _silent_until(facts: CallFacts, heard_at: datetime | None, *, soon: bool, was_answered: bool) -> datetime | None:
    """Until when a call may be silent before it counts as over; `soon` where only a straggler could say otherwise."""
    last = _most(facts.last_at, heard_at)
    if last is None:
        return None
    if soon:
        return last + LEGS_OVER
    return last + (TALKS_LONGEST if was_answered else RINGS_LONGEST)


def _pick_up(facts: CallFacts, ended_at: datetime | None) -> datetime | None:
    """When a call was answered of which nobody said so: so long before its end as the talk lasted."""
    if ended_at is not None and facts.talk_seconds is not None:
        return ended_at - timedelta(seconds=facts.talk_seconds)
    return facts.started_at


def _end(facts: CallFacts) -> datetime | None:
    """When a call that is over ended: as it was said, else with its last leg, else with the last that was heard of it."""
    if facts.ended_at is not None:
        return facts.ended_at
    return max((leg.ended_at for leg in facts.legs.values() if leg.ended_at is not None), default=facts.last_at)


def _operator(legs: dict[str, Leg]) -> Leg | None:
    """Whose call it is: who answered last, else whom it rang last."""
    named = sorted((leg.answered_at or leg.rang_at, key) for key, leg in legs.items()
                   if leg.extension and (leg.answered_at or leg.rang_at))  # fmt: skip
    answered = [key for _, key in named if legs[key].answered_at is not None]
    if answered or named:
        return legs[answered[-1] if answered else named[-1][1]]
    return next((leg for _, leg in sorted(legs.items()) if leg.extension), None)


def _legs(a: dict[str, Leg], b: dict[str, Leg]) -> dict[str, Leg]:
    keys = sorted({*a, *b})[:MOST_LEGS]
    none = Leg()
    return {key: _leg(a.get(key, none), b.get(key, none)) for key in keys}


def _leg(a: Leg, b: Leg) -> Leg:
    return Leg(
        max(a.extension, b.extension),
        _least(a.rang_at, b.rang_at),
        _least(a.answered_at, b.answered_at),
        _most(a.ended_at, b.ended_at),
    )


def _first_of(order: tuple[str, ...], a: str, b: str) -> str:
    return next((word for word in order if word in (a, b)), "")


def _least(a: T | None, b: T | None) -> T | None:
    return b if a is None else a if b is None or not b < a else b


def _most(a: T | None, b: T | None) -> T | None:
    return b if a is None else a if b is None or not a < b else b


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((m for m in moments if m is not None), default=None)


def _seconds(start: datetime | None, end: datetime | None) -> int | None:
    return None if start is None or end is None or end < start else int((end - start).total_seconds())
