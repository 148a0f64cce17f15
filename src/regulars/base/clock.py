"""The two clocks. `now()` is business time: what is due, promised, quiet; on a playground it may stand, run or jump.

Machine time is the database's (`machine_now()` in SQL): leases, back-off, tokens, sessions, audit, ids. Nothing else
in the product reads a clock of the machine for either purpose.
"""

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from regulars.base import db

__all__ = ["ClockState", "forget", "is_held", "known", "machine_now", "now", "now_from", "read", "wake_after"]

_CACHE_SECONDS = 0.2
_PLAYGROUND_CACHE_SECONDS = 0.01  # its clock jumps, and whoever waits for a jump waits for this


@dataclass(frozen=True, slots=True)
class ClockState:
    """The row of `base_clock`, with the machine time at which it was read.

    `cap`: on a playground whose clock runs fast, business time does not pass it until what is due has been done.
    """

    playground: bool
    anchor_machine: datetime
    anchor_business: datetime
    speed: float
    cap: datetime | None
    read_machine: datetime
    read_monotonic: float

    def machine(self) -> datetime:
        """The database's time now, by our monotonic clock since the row was read."""
        return self.read_machine + timedelta(seconds=time.monotonic() - self.read_monotonic)

    def business(self) -> datetime:
        """Business time now."""
        passed = (self.machine() - self.anchor_machine).total_seconds()
        at = self.anchor_business + timedelta(seconds=passed * self.speed)
        return min(at, self.cap) if self.cap is not None else at


_lock = threading.Lock()
_state: ClockState | None = None

_READ = "select playground, anchor_machine, anchor_business, speed, cap_business, machine_now() from base_clock where id = 1"


def read(cur: db.Cursor) -> ClockState:
    """The clock's row, read now."""
    row = cur.execute(_READ).fetchone()
    if row is None:
        raise LookupError("the clock's row is missing: run `regulars migrate`")
    playground, anchor_machine, anchor_business, speed, cap, machine = row
    return ClockState(playground, anchor_machine, anchor_business, float(speed), cap, machine, time.monotonic())


def _kept_for(state: ClockState) -> float:
    return _PLAYGROUND_CACHE_SECONDS if state.playground else _CACHE_SECONDS


def now_from(cur: db.Cursor) -> datetime:
    """Business time, reading the row on this cursor if the cached one is older than 200 ms."""
    global _state
    state = _state
    if state is None or time.monotonic() - state.read_monotonic > _kept_for(state):
        state = read(cur)
        with _lock:
            _state = state
    return state.business().astimezone(UTC)


def now() -> datetime:
    """Business time, on Django's connection (views, commands)."""
    with db.transact() as cur:
        return now_from(cur)


def machine_now() -> datetime:
    """The database's time, by the cached row (views, commands; loops ask SQL)."""
    with db.transact() as cur:
        now_from(cur)
    assert _state is not None
    return _state.machine().astimezone(UTC)


def forget() -> None:
    """Drop the cached row: after the clock was set, and in tests."""
    global _state
    with _lock:
        _state = None


def known() -> ClockState | None:
    """The row as it was last read, if ever: for whoever may not wait for the database."""
    return _state


def is_held() -> bool:
    """Whether, when the row was last read, a playground's clock waited for what is due: then no loop should dawdle."""
    return _state is not None and _state.cap is not None


def wake_after(due: datetime | None, at: datetime, speed: float, longest: float) -> float:
    """Seconds of real time to sleep until business time `due`, at most `longest`."""
    if due is None or speed <= 0:
        return longest
    return max(0.0, min(longest, (due - at).total_seconds() / speed))
