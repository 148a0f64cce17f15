"""The four process roles, and how one of them runs in the foreground: alone, or as a child of `up`.

Must not know what a role does: `engine` and `sender` have a `run(stop)` of their own.
"""

import ctypes
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from regulars.base.loading import staying

if TYPE_CHECKING:
    import psycopg

    from regulars.base.db import Cursor

Role = Literal["web", "engine", "sender", "jobs"]
Turn = Callable[["psycopg.Connection[Any]"], int]
NextDue = Callable[["Cursor"], "datetime | None"]
_PR_SET_NAME = 15
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
ROLES: tuple[Role, ...] = get_args(Role)


NICENESS = 15
"""Of every role but the web: those who send in were promised an answer at once, what follows may take a moment."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the web role listens."""

    host: str
    port: int

    @property
    def local(self) -> str:
        """The host by which this machine itself reaches it."""
        # Those that mean every address of the machine are none to connect to.
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    @property
    def url(self) -> str:
        """What a person on this machine types into the browser."""
        host = self.local
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def name_process(name: str) -> None:
    """What `ps` and `top` show, where the system can (Linux: 15 characters)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


def spare_memory() -> None:
    """Have the C library give back what a burst took: few arenas though there are many threads, and large blocks apart.

    Without it a day's peak stays in the process for ever (mallopt(3); elsewhere than with glibc this does nothing).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for setting, value in ((_ARENA_MAX, 2), (_MMAP_THRESHOLD, 256 * 1024), (_TRIM_THRESHOLD, 512 * 1024)):
            mallopt(setting, value)


def start_django() -> None:
    """Makes the product ready in this process; cheap when it is already."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "regulars.project.settings")
    import django  # noqa: PLC0415 - the supervisor decides when

    with staying():
        django.setup()


def run(role: Role, address: Address) -> None:
    """Runs one role until SIGTERM or SIGINT; returns when it has ended cleanly."""
    name_process(f"regulars-{role}")
    spare_memory()
    if role == "web":
        start_django()
        from regulars.worker import web  # noqa: PLC0415 - granian is for the web role alone

        web.serve(address)
        return
    os.nice(NICENESS)
    # Before anything starts a thread: a thread that has not blocked the signals would die of them, and all with it.
    stop = stop_on_signals()
    start_django()
    with staying():
        module = importlib.import_module(f"regulars.worker.{role}")
    module.run(stop)


def run_beside(name: str, turn: Turn, next_due: NextDue) -> None:
    """Runs a loop that is no role of the product (a playground's company) as a role would run, until told to stop."""
    name_process(f"regulars-{name}")
    spare_memory()
    os.nice(NICENESS)
    stop = stop_on_signals()
    start_django()
    loops = importlib.import_module("regulars.worker.loop")
    loops.run_all([loops.Loop(name, turn, next_due)], stop, name)


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set.

    A thread waits for the signals: a handler could run while the main thread holds the event's own lock, and hang.
    """
    stop = threading.Event()
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)

    def wait() -> None:
        signal.sigwait(signals)
        stop.set()

    threading.Thread(target=wait, name="signals", daemon=True).start()
    return stop
