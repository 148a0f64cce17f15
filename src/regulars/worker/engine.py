"""The engine role: takes in raw deliveries, conducts schemes, settles outcomes, watches promises, paces a playground.

Each is a loop with a connection of its own; any number of engines may run, on any machines.
"""

import threading
import time
from typing import Any

import psycopg

from regulars.base import clock, pace
from regulars.base.process import RENEW_SECONDS
from regulars.base.wake import Notifier
from regulars.desk import settle
from regulars.intake import normaliser
from regulars.journeys import conductor, post
from regulars.promises import watch
from regulars.worker.loop import Loop, run_all
from regulars.worker.presence import Presence

__all__ = ["run"]

# A transaction costs nearly the same for one item and for hundreds. While they keep coming, let some gather: what is
# not done twice is there for those who send in. Nobody notices a fifth of a second before a letter or a task.
SMALL_GROUP = 250
GATHER_SECONDS = 0.2
RUSH_SECONDS = 0.05


def run(stop: threading.Event) -> None:
    """Until `stop` is set."""
    notifier = Notifier()
    conduct = Loop("conductor", lambda raw: _waking(conductor.run_once(raw), notifier), post.due_in)

    def take_in(raw: "psycopg.Connection[Any]") -> int:
        if normaliser.is_rush(raw):
            time.sleep(RUSH_SECONDS)
            return 1
        taken = normaliser.run_once(raw)
        if taken:
            conduct.wake.set()
        if 0 < taken < SMALL_GROUP and not clock.is_held():
            time.sleep(GATHER_SECONDS)
        return taken

    def settle_outcomes(raw: "psycopg.Connection[Any]") -> int:
        settled = settle.settle_once(raw)
        if settled:
            conduct.wake.set()
        return settled

    presence = Presence("engine")
    loops = [
        Loop("normaliser", take_in),
        conduct,
        Loop("outcomes", settle_outcomes, settle.next_settling),
        Loop("promises", watch.watch_once, watch.next_watch),
        Loop("pace", pace.turn),
        Loop("presence", presence.turn, longest=RENEW_SECONDS, ending=presence.end),
    ]
    run_all(loops, stop, "engine")


def _waking(done: int, notifier: Notifier) -> int:
    """Whoever sends sleeps in another process."""
    if done:
        notifier.ping()
    return done
