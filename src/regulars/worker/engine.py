"""The engine role: takes in what comes, conducts schemes, tells of days that have come, keeps segments up, settles outcomes,
gives back tasks of those who are gone, watches limits, calls, changes of orders and promises, reads mailboxes and bots, paces a
playground.

Each is a loop with a connection of its own; any number of engines may run, on any machines.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg

from regulars.base import clock, db, pace
from regulars.base.process import RENEW_SECONDS
from regulars.base.wake import Notifier
from regulars.desk import escalation, forecasting, phoned, returning, settle, unconfirmed
from regulars.effects import danger
from regulars.intake import normaliser, polling
from regulars.journeys import clock_filling, clocks, conductor, post
from regulars.loyalty import expiring
from regulars.people import doubles
from regulars.promises import watch
from regulars.segments import keeping
from regulars.segments.filling import Filler
from regulars.worker.loop import RETRIED, UNHURRIED, Loop, Turn, run_all
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
            keep.wake.set()
        if 0 < taken < SMALL_GROUP and not clock.is_held():
            time.sleep(GATHER_SECONDS)
        return taken

    def settle_outcomes(raw: "psycopg.Connection[Any]") -> int:
        settled = settle.settle_once(raw)
        if settled:
            conduct.wake.set()
        return settled

    def keep_segments(raw: "psycopg.Connection[Any]") -> int:
        asked = keeping.keep_once(raw)
        if asked:
            conduct.wake.set()
        return asked

    presence = Presence("engine")

    def fetching(read: Callable[["psycopg.Connection[Any]", int], int]) -> Turn:
        """Read as this process; who takes in hears at once of what was fetched."""

        def turn(raw: "psycopg.Connection[Any]") -> int:
            found = read(raw, presence.holder(raw))
            if found:
                taking_in.wake.set()
            return found

        return turn

    taking_in = Loop("normaliser", take_in)

    def tell_time(raw: "psycopg.Connection[Any]") -> int:
        """Moments that have come first; then, slice by slice, those who were known before a version went live."""
        told = clocks.take_once(raw)
        if told:
            conduct.wake.set()
        return told + clock_filling.fill_once(raw)

    keep = Loop("segments", keep_segments, keeping.next_recheck, UNHURRIED)
    loops = [
        taking_in,
        conduct,
        Loop("clocks", tell_time, clocks.due_in, UNHURRIED),
        keep,
        Loop("segments' filling", Filler().turn, longest=UNHURRIED),
        Loop("outcomes", settle_outcomes, settle.next_settling, UNHURRIED),
        Loop(
            "limits",
            lambda raw: _waking(escalation.escalate_once(raw), notifier),
            escalation.next_escalation,
            UNHURRIED,
        ),
        Loop(
            "forecast",
            lambda raw: _waking(forecasting.forecast_once(raw), notifier),
            forecasting.next_forecast,
            UNHURRIED,
        ),
        Loop("returns", returning.return_once, returning.next_return, UNHURRIED),
        Loop("changes", lambda raw: _waking(unconfirmed.check_once(raw), notifier), unconfirmed.next_check, UNHURRIED),
        Loop("calls", phoned.watch_once, phoned.next_check, UNHURRIED),
        Loop("promises", lambda raw: _waking(danger.watch_once(raw), notifier), watch.next_watch, UNHURRIED),
        Loop("points", expiring.expire_once, expiring.next_expiry, UNHURRIED),
        Loop("mailboxes", fetching(polling.read_mailbox), longest=UNHURRIED),
        Loop("bots", fetching(polling.read_bot), longest=RETRIED),
        Loop("doubles", doubles.look_once, longest=UNHURRIED),
        Loop("pace", pace.turn, longest=UNHURRIED),
        Loop("presence", presence.turn, longest=RENEW_SECONDS),
    ]
    run_all(loops, stop, "engine")
    # not before: another would read what a reader is still at
    with contextlib.suppress(psycopg.Error), contextlib.closing(db.loop_connection("presence")) as raw:
        presence.end(raw)


def _waking(done: int, notifier: Notifier) -> int:
    """Whoever sends sleeps in another process."""
    if done:
        notifier.ping()
    return done
