"""That a role is at work, where others can see it: a row of `base_process` with a lease that is renewed.

The sender keeps a row of its own, since it holds work by it; this one holds nothing.
"""

from typing import Any

import psycopg

from regulars.base import process
from regulars.base.db import transaction_on

__all__ = ["Presence"]


class Presence:
    """`turn` enters the process, keeps its lease fresh, and drops the rows of those that died; `end` takes leave."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._lease: process.Lease | None = None

    def turn(self, raw: "psycopg.Connection[Any]") -> int:
        """One look; always 0, for there is nothing more to do at once."""
        lease = self._lease
        if lease is None or lease.lost:
            self._lease = process.register(raw, self._role)
        elif lease.age() >= process.RENEW_SECONDS:
            lease.renew(raw)
        else:
            return 0
        with transaction_on(raw) as cur:
            gone = process.dead(cur, self._role)
            if gone:
                process.bury(cur, gone)
        return 0

    def end(self, raw: "psycopg.Connection[Any]") -> None:
        """Stopped in good order: whoever asks need not wait for the lease to run out."""
        if self._lease is not None:
            process.retire(raw, self._lease)
            self._lease = None
