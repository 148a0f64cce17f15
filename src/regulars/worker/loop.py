"""A loop of a role: does its work in turns, sleeps until the next is due or somebody wakes it, and outlives PostgreSQL.

Owns reconnecting and sleeping. What a turn does is not its affair.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
import structlog

from regulars.base import clock, db
from regulars.base.wake import Listener

__all__ = ["LONGEST_SLEEP", "RETRIED", "UNHURRIED", "WOKEN", "Loop", "Turn", "run_all"]

LONGEST_SLEEP = 1.0
"""Seconds: the safety net when a wake is lost."""
RETRIED = 2.5
"""Seconds: the same for a loop that is woken for what is new, and looks by itself only for what is to be tried again."""
UNHURRIED = 5.0
"""Seconds: the same for a loop whose work is told some seconds before it is due, or is counted in minutes. An idle
installation asks its database for little."""
WOKEN = 30.0
"""Seconds: the same for a loop beside others of its kind, one of which looks more often."""
LEAST_SLEEP = 0.005
"""Seconds: what is due but held by somebody else is asked for again after this."""
_BACK_OFF = (0.1, 0.2, 0.5, 1.0, 2.0)

log = structlog.get_logger(__name__)

Turn = Callable[["psycopg.Connection[Any]"], int]
NextDue = Callable[[db.Cursor], datetime | None]
Ending = Callable[["psycopg.Connection[Any]"], None]


class Loop:
    """`turn(connection)` returns how much it did; 0 lets the loop sleep until `next_due` (business time).

    `ending` is called once when the loop is told to stop, if the database is there.
    """

    def __init__(
        self,
        name: str,
        turn: Turn,
        next_due: NextDue | None = None,
        longest: float = LONGEST_SLEEP,
        ending: Ending | None = None,
    ) -> None:
        self.name = name
        self._turn = turn
        self._next_due = next_due
        self._longest = longest
        self._ending = ending
        self.wake = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Until `stop`; never ends by itself."""
        raw: psycopg.Connection[Any] | None = None
        failures = 0
        while not stop.is_set():
            try:
                if raw is None or raw.closed:
                    raw = db.loop_connection(self.name)
                if self._turn(raw):
                    failures = 0
                    continue
                self._sleep(raw, stop)
                failures = 0
            except psycopg.OperationalError as error:
                pause = _BACK_OFF[min(failures, len(_BACK_OFF) - 1)]
                failures += 1
                log.warning("no database, trying again", loop=self.name, seconds=pause, error=type(error).__name__)
                raw = self._drop(raw)
                stop.wait(pause)
            except Exception:
                failures += 1
                log.exception("a turn failed", loop=self.name)
                raw = self._drop(raw)
                stop.wait(_BACK_OFF[min(failures, len(_BACK_OFF) - 1)])
        if self._ending is not None and raw is not None and not raw.closed:
            with contextlib.suppress(psycopg.Error):
                self._ending(raw)
        self._drop(raw)

    def _sleep(self, raw: "psycopg.Connection[Any]", stop: threading.Event) -> None:
        seconds = self._longest
        if self._next_due is not None:
            with db.open_cursor(raw) as cur:
                due = self._next_due(cur)
                if due is not None:
                    state = clock.read(cur)
                    seconds = clock.wake_after(due, state.business(), state.speed, self._longest)
        if not stop.is_set():
            self.wake.wait(max(seconds, LEAST_SLEEP))
        self.wake.clear()

    @staticmethod
    def _drop(raw: "psycopg.Connection[Any] | None") -> None:
        if raw is not None and not raw.closed:
            raw.close()


def run_all(loops: list[Loop], stop: threading.Event, name: str) -> None:
    """Run loops side by side until `stop`; one listener wakes them all."""
    threads = [threading.Thread(target=loop.run, args=(stop,), name=loop.name, daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    listener = Listener(f"{name} listener")
    while not stop.is_set():
        started = time.monotonic()
        if listener.wait(LONGEST_SLEEP):
            for loop in loops:
                loop.wake.set()
        elif time.monotonic() - started < LONGEST_SLEEP / 2:
            stop.wait(0.05)
    listener.close()
    for loop in loops:
        loop.wake.set()
    for thread in threads:
        thread.join(timeout=8)
