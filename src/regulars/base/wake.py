"""Waking a sleeper in another process: one light NOTIFY after a commit, and who listens for it.

NOTIFY takes a lock over the whole database at commit, so it never stands in a hot transaction: a thread of its own
sends it, at most every 50 ms. A lost wake costs latency only; every sleeper also polls.
"""

import logging
import select
import threading
import time
from typing import Any

import psycopg

from regulars.base import db

__all__ = ["Listener", "Notifier"]

CHANNEL = "regulars_wake"
LEAST_SECONDS = 0.05
RETRY_SECONDS = 1.0

log = logging.getLogger(__name__)


class Notifier:
    """`ping()` returns at once; the thread behind it is started with the first ping and ends with the process."""

    def __init__(self) -> None:
        self._wanted = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def ping(self) -> None:
        """Wake whoever listens, soon. Safe from any thread, after the commit of what there is to see."""
        if self._wanted.is_set():
            return
        self._wanted.set()
        if self._thread is None:
            with self._guard:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="wake", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        raw: psycopg.Connection[Any] | None = None
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                raw = raw or db.loop_connection("wake")
                raw.execute(f"notify {CHANNEL}")
                time.sleep(LEAST_SECONDS)
            except psycopg.Error as error:
                log.info("wake: not sent, %s", type(error).__name__)
                if raw is not None:
                    raw.close()
                raw = None
                time.sleep(RETRY_SECONDS)


class Listener:
    """Sleeps until somebody pings, or for so long. One a loop; not for several threads."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._raw: psycopg.Connection[Any] | None = None

    def wait(self, timeout: float) -> bool:
        """True when woken, False when `timeout` seconds have passed. Survives the server: then it only sleeps."""
        until = time.monotonic() + timeout
        try:
            if self._raw is None:
                # Whoever pinged before we listened would go unheard: look once more before sleeping.
                self._raw = db.loop_connection(self._name)
                self._raw.execute(f"listen {CHANNEL}")
                return True
            # Asked to wait itself, psycopg looks ten times a second.
            if select.select([self._raw.fileno()], [], [], timeout)[0]:
                return any(True for _ in self._raw.notifies(timeout=0))
        except psycopg.Error as error:
            log.info("wake: not listening, %s", type(error).__name__)
            self.close()
            time.sleep(max(0.0, min(RETRY_SECONDS, until - time.monotonic())))
        return False

    def close(self) -> None:
        """Give the connection back; the next wait opens another."""
        if self._raw is not None:
            self._raw.close()
        self._raw = None
