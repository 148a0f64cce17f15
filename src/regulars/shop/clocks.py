"""How long things may take: the target and the limit of each kind of task, the states in which its clock stands,
and when a call in vain is tried again.

Owns their names, defaults and their reading out of the shop's settings. Reckons nothing: what moment a span of working
time leads to is rules/worktime.py's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, NamedTuple

from regulars.core.delays import DelayError, Elapsed, NextMorning, Working, WorkingDays, parse_delay

__all__ = [
    "CLOCKS",
    "KINDS",
    "MOST_RETRIES",
    "RETRIES",
    "WAITING_STATES",
    "KindClock",
    "Retry",
    "WaitingState",
    "read_clocks",
    "read_retries",
    "read_waiting_states",
]


class KindClock(NamedTuple):
    """How soon a kind of task is hoped to be done, by when it must be, and whose it is; both in working time."""

    target: timedelta
    limit: timedelta
    team: str


CLOCKS: Final[Mapping[str, KindClock]] = {
    "call": KindClock(timedelta(minutes=15), timedelta(hours=1), "order-desk"),
    "missed_call": KindClock(timedelta(minutes=5), timedelta(minutes=30), "order-desk"),
    "message": KindClock(timedelta(minutes=30), timedelta(hours=4), "order-desk"),
    "promise": KindClock(timedelta(minutes=15), timedelta(hours=1), "order-desk"),
    "case": KindClock(timedelta(hours=1), timedelta(hours=4), "care"),
}
"""What holds until the owner says otherwise. A step of a scheme names its own target and limit."""
KINDS: Final = tuple(CLOCKS)


Retry = Elapsed | NextMorning
RETRIES: Final[tuple[Retry, ...]] = (Elapsed(timedelta(minutes=15)), Elapsed(timedelta(hours=2)), NextMorning())
"""When a call that no scheme conducts is tried again after nobody answered."""
MOST_RETRIES: Final = 6


@dataclass(frozen=True, slots=True)
class WaitingState:
    """A state in which a task's clock stands, at most for `longest`: a pause without an end would be forgotten."""

    key: str
    title: Mapping[str, str]
    longest: Working | WorkingDays


WAITING_STATES: Final = (
    WaitingState("supplier", {"en": "waits for the supplier", "ru": "ждём поставщика"}, WorkingDays(2)),
    WaitingState("buyer", {"en": "waits for the buyer’s answer", "ru": "ждём ответа покупателя"}, WorkingDays(1)),
    WaitingState("colleague", {"en": "waits for a colleague", "ru": "ждём коллегу"}, Working(timedelta(hours=4))),
)


def read_clocks(own: Any) -> dict[str, KindClock]:
    """`{kind: {target: minutes, limit: minutes, team: key}}` with the defaults for whatever is missing or makes no sense."""
    given = own if isinstance(own, Mapping) else {}
    return {kind: _clock(given.get(kind), default) for kind, default in CLOCKS.items()}


def _clock(given: Any, default: KindClock) -> KindClock:
    if not isinstance(given, Mapping):
        return default
    target, limit, team = given.get("target"), given.get("limit"), given.get("team")
    if not (isinstance(target, int) and isinstance(limit, int) and 0 < target <= limit):
        target, limit = (int(span.total_seconds() // 60) for span in default[:2])
    return KindClock(timedelta(minutes=target), timedelta(minutes=limit), str(team or default.team))


def read_retries(own: Any) -> tuple[Retry, ...]:
    """`['15m', '2h', 'next morning']`; the usual ones when the shop has none of its own. An empty list: no other try."""
    if not isinstance(own, list):
        return RETRIES
    found = []
    for text in own[:MOST_RETRIES]:
        try:
            delay = parse_delay(str(text))
        except DelayError:
            continue
        if isinstance(delay, Elapsed | NextMorning):
            found.append(delay)
    return tuple(found)


def read_waiting_states(own: Any) -> tuple[WaitingState, ...]:
    """`[{key, title: {en, ru}, longest: '2d working'}]`; the defaults when the shop has none of its own."""
    if not isinstance(own, list):
        return WAITING_STATES
    return tuple(state for state in map(_waiting_state, own) if state is not None)


def _waiting_state(given: Mapping[str, Any]) -> WaitingState | None:
    try:
        longest = parse_delay(str(given["longest"]))
    except (DelayError, KeyError):
        return None
    if not isinstance(longest, Working | WorkingDays):
        return None
    return WaitingState(str(given["key"]), dict(given.get("title", {})), longest)
