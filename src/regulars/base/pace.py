"""A playground's clock: set (it walks there, through all that falls due on the way), run fast (held back while work is
due). Elsewhere business time is machine time, and every change is refused.

The walk itself is a loop of the engine, so a command that dies half-way leaves nothing undone.
"""

import time
from datetime import datetime
from typing import Any

import psycopg

from regulars.base import clock, db, due
from regulars.base.db import Cursor
from regulars.base.wake import Notifier

__all__ = ["ClockRefused", "is_walking", "jump", "set_speed", "set_target", "start_playground", "turn", "wake"]

_STEP_SECONDS = 0.01

_notifier = Notifier()


class ClockRefused(ValueError):
    """The clock can't be changed so; the text says why and what to do."""


def start_playground(cur: Cursor, at: datetime | None = None, speed: float = 1.0) -> None:
    """Make an installation that has no shop yet a playground.

    Raises ClockRefused once there is a shop in it that is not one.
    """
    state = clock.read(cur)
    if not state.playground and cur.execute("select 1 from shop_shop limit 1").fetchone():
        raise ClockRefused("this installation holds a real shop: make the playground in another data folder")
    cur.execute(
        "update base_clock set playground = true, speed = %s, anchor_business = coalesce(%s, anchor_business),"
        " anchor_machine = case when %s::timestamptz is null then anchor_machine else machine_now() end where id = 1",
        (speed, at, at),
    )
    clock.forget()


def wake() -> None:
    """Tell the loops, after the commit, that the clock was changed."""
    _notifier.ping()


def _playground(cur: Cursor) -> clock.ClockState:
    cur.execute("select 1 from base_clock where id = 1 for update")
    state = clock.read(cur)
    if not state.playground:
        raise ClockRefused("the clock can be set on a playground only: start one with `regulars demo`")
    return state


def set_target(cur: Cursor, target: datetime) -> None:
    """Let the clock walk to `target`; `turn` does it.

    Raises ClockRefused for a time gone by, or outside a playground.
    """
    now = _playground(cur).business()
    if target < now:
        raise ClockRefused(f"the clock never goes back: it is {now.isoformat(timespec='seconds')} already")
    _write(cur, now, cap=now, target=target)
    clock.forget()


def set_speed(cur: Cursor, speed: float) -> None:
    """Business seconds a machine second: 0 stands still, at most 100,000.

    Raises ClockRefused outside that, or outside a playground.
    """
    state = _playground(cur)
    if not 0 <= speed <= 100_000:
        raise ClockRefused("speed is a number from 0 (stands still) to 100000")
    now = state.business()
    cur.execute("update base_clock set speed = %s where id = 1", (speed,))
    _write(cur, now, cap=now if speed > 1 else None, target=None)
    clock.forget()


def jump(cur: Cursor, to: datetime) -> None:
    """Let it be `to` at once: for whoever does by himself, before and after, all that falls due.

    Raises ClockRefused for a time gone by, or outside a playground.
    """
    now = _playground(cur).business()
    if to < now:
        raise ClockRefused(f"the clock never goes back: it is {now.isoformat(timespec='seconds')} already")
    _write(cur, to, cap=None, target=None)
    clock.forget()


def is_walking(cur: Cursor) -> bool:
    """Whether the clock is on its way to a target."""
    row = cur.execute("select target_business is not null from base_clock where id = 1").fetchone()
    return bool(row and row[0])


def _write(cur: Cursor, now: datetime, cap: datetime | None, target: datetime | None) -> None:
    cur.execute(
        "update base_clock set anchor_machine = machine_now(), anchor_business = %s, cap_business = %s,"
        " target_business = %s where id = 1",
        (now, cap, target),
    )


def turn(raw: "psycopg.Connection[Any]") -> int:
    """One step of the pace: 0 when the clock simply runs, else 1 (after a short pause)."""
    with db.transaction_on(raw) as cur:
        row = cur.execute(
            "select target_business from base_clock where id = 1 and playground and (speed > 1 or cap_business is not null)"
            " for update skip locked"
        ).fetchone()
        if row is None:
            return 0
        moved = _step(cur, row[0])
    if moved:
        clock.forget()
        wake()
    time.sleep(_STEP_SECONDS)
    return 1


def _step(cur: Cursor, target: datetime | None) -> bool:
    state = clock.read(cur)
    now = state.business()
    busy, following = due.look(cur, now)
    if busy:
        if state.cap is None or state.cap > now:
            _write(cur, now, cap=now, target=target)
        return False
    if target is not None:
        if now >= target:
            _write(cur, now, cap=now if state.speed > 1 else None, target=None)
        else:
            there = min(following or target, target)
            _write(cur, there, cap=there, target=target)
        return True
    if state.speed <= 1:
        _write(cur, now, cap=None, target=None)
        return True
    if state.cap == following:
        return False
    _write(cur, now, cap=following, target=None)
    return True
