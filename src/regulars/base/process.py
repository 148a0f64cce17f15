"""Rows of `base_process`: loops of ours that hold work, by lease and by operating-system process.

A holder renews its lease; whoever recovers work asks `dead` who is gone. On the same machine a process is known to be
dead at once (its number is free, or belongs to one started at another moment); elsewhere when its lease has run out.
Machine time only.
"""

import functools
import itertools
import os
import platform
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from regulars.base.db import Cursor

__all__ = ["GONE", "LEASE_SECONDS", "RENEW_SECONDS", "Lease", "bury", "dead", "register", "retire"]

LEASE_SECONDS = 20.0
RENEW_SECONDS = 5.0
GONE = (
    "{0} is not null and not exists (select 1 from base_process p where p.id = {0} and p.lease_until > machine_now())"
)
"""SQL: whether the process that a column names is no more, so that what it held is free; for `format`."""
# Between our last look and the server's own count a network may have stood still.
_MARGIN_SECONDS = 2.0


@dataclass(slots=True)
class Lease:
    """This process as a holder. `renewed`: monotonic moment *before* the renewal that last succeeded was asked for."""

    id: int
    role: str
    renewed: float
    lost: bool = False
    _claims: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def next_claim(self) -> int:
        """A number that this holder has not used yet."""
        return next(self._claims)

    def age(self) -> float:
        """Seconds since it was certain that the lease is ours."""
        return time.monotonic() - self.renewed

    def holds(self) -> bool:
        """Whether nobody else can have been given our work yet, by our own clock."""
        return not self.lost and self.age() < LEASE_SECONDS - _MARGIN_SECONDS

    def renew(self, raw: "psycopg.Connection[Any]") -> bool:
        """Ask for another term; False, for ever, once the lease has run out or the row is gone.

        Raises psycopg.Error while the server is away: then nothing is known, and `holds` decides by age.
        """
        at = time.monotonic()
        row = raw.execute(
            "update base_process set lease_until = machine_now() + make_interval(secs => %s)"
            " where id = %s and lease_until > machine_now() returning id",
            (LEASE_SECONDS, self.id),
        ).fetchone()
        if row is None:
            self.lost = True
        else:
            self.renewed = at
        return row is not None


@functools.cache
def host() -> str:
    """Names a machine's life and its space of process numbers: numbers compare only within one."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return f"{platform.node()} {int(psutil.boot_time())}"


def started(pid: int) -> float | None:
    """When the process with this number began (seconds, comparable on one machine), or None if there is none."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return None


def register(raw: "psycopg.Connection[Any]", role: str) -> Lease:
    """Enter this process as a holder, with a fresh lease."""
    at = time.monotonic()
    pid = os.getpid()
    row = raw.execute(
        "insert into base_process (role, host, pid, pid_started, lease_until)"
        " values (%s, %s, %s, %s, machine_now() + make_interval(secs => %s)) returning id",
        (role, host(), pid, started(pid) or 0.0, LEASE_SECONDS),
    ).fetchone()
    assert row is not None
    return Lease(row[0], role, at)


def retire(raw: "psycopg.Connection[Any]", lease: Lease) -> None:
    """Leave in good order; what is still held is for others to take."""
    raw.execute("delete from base_process where id = %s", (lease.id,))


def dead(cur: Cursor, role: str) -> list[int]:
    """Ids of holders of this role that are gone. Their rows are locked (SKIP LOCKED), so only one recovers them."""
    rows = cur.execute(
        "select id, host, pid, pid_started, lease_until <= machine_now() from base_process where role = %s"
        " order by id for update skip locked",
        (role,),
    ).fetchall()
    here = host()
    gone = []
    for id_, where, pid, began, expired in rows:
        if expired:
            gone.append(id_)
        elif where == here:
            now_began = started(pid)
            # create_time is exact to a clock tick; another process with the number cannot have begun at the same one
            if now_began is None or abs(now_began - began) > 0.05:
                gone.append(id_)
    return gone


def bury(cur: Cursor, ids: list[int]) -> None:
    """Drop the rows of the dead: a frozen one that wakes finds its lease lost."""
    cur.execute("delete from base_process where id = any(%s)", (ids,))
