"""The engine role: takes in raw deliveries, conducts schemes, watches promises, paces a playground's clock.

Each is a loop with a connection of its own; any number of engines may run, on any machines.
"""

import threading
import time
from typing import Any

import psycopg

from regulars.base import pace
from regulars.base.wake import Notifier
from regulars.intake import normaliser
from regulars.journeys import conductor, post
from regulars.promises import watch
from regulars.worker.loop import Loop, run_all

__all__ = ["run"]

# A transaction costs the same for one delivery and for fifty: while they keep coming, let some gather.
SMALL_GROUP = 100
GATHER_SECONDS = 0.025


def run(stop: threading.Event) -> None:
    """Until `stop` is set."""
    notifier = Notifier()
    conduct = Loop("conductor", lambda raw: _waking(conductor.run_once(raw), notifier), post.due_in)

    def take_in(raw: "psycopg.Connection[Any]") -> int:
        taken = normaliser.run_once(raw)
        if taken:
            conduct.wake.set()
        if 0 < taken < SMALL_GROUP:
            time.sleep(GATHER_SECONDS)
        return taken

    loops = [
        Loop("normaliser", take_in),
        conduct,
        Loop("promises", watch.watch_once, watch.next_watch),
        Loop("pace", pace.turn),
    ]
    run_all(loops, stop, "engine")


def _waking(done: int, notifier: Notifier) -> int:
    """Whoever sends sleeps in another process."""
    if done:
        notifier.ping()
    return done
