"""That a role is at work, where others can see it: a row of `base_process` with a lease that is renewed.

Its loops hold work by it: what a process held that is no more is free as soon as its row is gone or its lease over.
"""

import threading
import time
from typing import Any

import psycopg

from regulars.base import process
from regulars.base.db import transaction_on

__all__ = ["Presence"]


class Presence:
    """`turn` keeps the lease fresh and drops the rows of those that died; `end` takes leave. For several threads."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._lease: process.Lease | None = None
        self._looked = float("-inf")
        self._guard = threading.Lock()

    def holder(self, raw: "psycopg.Connection[Any]") -> int:
        """The id under which this process may hold work now; it is entered if need be. Outside of a transaction."""
        with self._guard:
            lease = self._lease
            if lease is None or not (lease.holds() or lease.renew(raw)):
                lease = self._lease = process.register(raw, self._role)
            return lease.id

    def turn(self, raw: "psycopg.Connection[Any]") -> int:
        """One look, if it is time for one; always 0, for there is nothing more to do at once."""
        if time.monotonic() - self._looked < process.RENEW_SECONDS:
            return 0
        self.holder(raw)
        with self._guard:
            if self._lease is not None:
                self._lease.renew(raw)
        with transaction_on(raw) as cur:
            gone = process.dead(cur, self._role)
            if gone:
                process.bury(cur, gone)
        self._looked = time.monotonic()
        return 0

    def end(self, raw: "psycopg.Connection[Any]") -> None:
        """Stopped in good order, and nothing is held: whoever asks need not wait for the lease to run out."""
        if self._lease is not None:
            process.retire(raw, self._lease)
            self._lease = None
