"""Group commit of raw deliveries: while one group is written, the next one gathers.

Owns one thread and one connection a process, and the one statement that puts deliveries on disk. A slot ends committed
or failed, never in between: after any error every member of the group is told, and the connection is thrown away.
"""

import asyncio
import contextlib
import logging
import queue
import threading
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg

from regulars.base import db, failpoints

__all__ = ["Busy", "Committer", "NewDelivery", "NotStored", "insert"]

log = logging.getLogger(__name__)

GROUP_ROWS = 256
GROUP_BYTES = 32 << 20
WAITING_ROWS = 1024
WAITING_BYTES = 64 << 20


class NotStored(Exception):
    """The group's commit failed, or its answer was lost: the sender must come again. Doing so is harmless."""


class Busy(NotStored):
    """More waits for the disk than this process may hold in memory."""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A body to be kept. `kind`: orders, people, products, events or vendor; `live`: None lets the rule judge.

    `headers`: JSON text of the headers worth keeping; `actor`: who sent it, as str(Actor).
    """

    shop_id: int
    source: str
    kind: str
    body: bytes
    actor: str
    feed_id: int | None = None
    item_key: str | None = None
    batch: bool = False
    live: bool | None = None
    headers: str = "{}"


class Wake(Protocol):
    """Told after each commit; base.wake.Notifier is one."""

    def ping(self) -> None:
        """Return at once."""


_INSERT = """
with fresh as materialized (
  select next_id() as id, t.* from unnest(
    %b::bigint[], %b::text[], %b::text[], %b::bytea[], %b::text[], %b::bigint[], %b::text[], %b::bool[], %b::bool[],
    %b::text[]) with ordinality
    as t(shop_id, source, kind, body, actor, feed_id, item_key, batch, live, headers, n)
), kept as (
  insert into intake_delivery
    (id, shop_id, source, kind, body, actor, feed_id, item_key, batch, live, headers)
  select id, shop_id, source, kind, body, actor, feed_id, item_key, batch, live, headers::jsonb from fresh order by n
), pending as (
  insert into intake_pending (delivery_id, shop_id) select id, shop_id from fresh
)
select id from fresh order by n
"""


def insert(cur: db.Cursor, rows: list[NewDelivery]) -> list[int]:
    """Write the deliveries and queue them for the normaliser; their ids in the order given."""
    found = cur.execute(
        _INSERT,
        (
            [r.shop_id for r in rows],
            [r.source for r in rows],
            [r.kind for r in rows],
            [r.body for r in rows],
            [r.actor for r in rows],
            [r.feed_id for r in rows],
            [r.item_key for r in rows],
            [r.batch for r in rows],
            [r.live for r in rows],
            [r.headers for r in rows],
        ),
    )
    return [row[0] for row in found]


class _Slot:
    """What one caller waits for."""

    __slots__ = ("future", "rows", "size")

    def __init__(self, rows: list[NewDelivery], size: int, future: "asyncio.Future[list[int]]") -> None:
        self.rows, self.size, self.future = rows, size, future


class Committer:
    """One thread that writes, for all who wait on one event loop; made once a process, after it has forked."""

    def __init__(self, wake: Wake | None = None) -> None:
        self._queue: queue.SimpleQueue[_Slot | None] = queue.SimpleQueue()
        self._next: _Slot | None = None
        """Taken out of the queue, and too large for the group before it."""
        self._guard = threading.Lock()
        self._waiting_rows = 0
        self._waiting_bytes = 0
        self._thread: threading.Thread | None = None
        self._raw: psycopg.Connection[Any] | None = None
        self._warned = False
        self._wake = wake

    async def put(self, rows: list[NewDelivery]) -> list[int]:
        """Return the ids once the rows are on disk, in the order given.

        Raises Busy when too much waits already, NotStored when the commit failed or nobody knows.
        """
        size = sum(len(r.body) for r in rows)
        slot = _Slot(rows, size, asyncio.get_running_loop().create_future())
        with self._guard:
            if self._waiting_rows and (
                self._waiting_rows + len(rows) > WAITING_ROWS or self._waiting_bytes + size > WAITING_BYTES
            ):
                raise Busy("too many deliveries wait for the disk")
            self._waiting_rows += len(rows)
            self._waiting_bytes += size
        self.start()
        self._queue.put(slot)
        return await slot.future

    def start(self) -> None:
        """Have the thread and its connection ready before the first delivery comes."""
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="group commit", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Write what waits, end the thread, and drop its connection."""
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join()
        self._thread = None

    def _run(self) -> None:
        with contextlib.suppress(psycopg.Error):
            self._connection()  # the first group opens it otherwise
        while group := self._take():
            self._commit(group)
        self._disconnect()

    def _take(self) -> list[_Slot]:
        """All that waits, within the limits of a group; empty at the end. Sleeps until there is something."""
        group: list[_Slot] = []
        rows = size = 0
        while True:
            slot = self._next
            self._next = None
            if slot is None:
                try:
                    slot = self._queue.get(block=not group)
                except queue.Empty:
                    break
            if slot is None:
                if group:
                    self._queue.put(None)  # once more: this group comes first
                break
            if group and (rows + len(slot.rows) > GROUP_ROWS or size + slot.size > GROUP_BYTES):
                self._next = slot
                break
            group.append(slot)
            rows += len(slot.rows)
            size += slot.size
        with self._guard:
            self._waiting_rows -= rows
            self._waiting_bytes -= size
        return group

    def _commit(self, group: list[_Slot]) -> None:
        """Write one group and tell its members, all of them in one turn of their loop."""
        ids: list[int] | None = None
        try:
            ids = self._write([row for slot in group for row in slot.rows])
        except Exception as error:
            self._disconnect()
            log.warning("intake: a group of %d was not stored, %s", len(group), type(error).__name__)
        loop = group[0].future.get_loop()
        with contextlib.suppress(RuntimeError):  # the loop has ended, and everybody who waited with it
            loop.call_soon_threadsafe(_tell, group, ids)

    def _write(self, rows: list[NewDelivery]) -> list[int]:
        fresh = self._raw is None
        try:
            ids = self._insert(rows)
        except psycopg.OperationalError:
            if fresh:
                raise
            # The server went away, most likely while we were idle. Were the group stored all the same, it would be
            # there twice, as when its senders come again: that is harmless.
            self._disconnect()
            ids = self._insert(rows)
        if self._warned:
            # The server gave up waiting for its standby: on one disk only is not what we promise with a 202.
            raise NotStored("the commit was not confirmed by the standby")
        failpoints.hit("intake.after_commit")
        if self._wake is not None:
            self._wake.ping()
        return ids

    def _insert(self, rows: list[NewDelivery]) -> list[int]:
        """The statement is a transaction by itself: one round trip, which is what a group mostly costs."""
        raw = self._connection()
        self._warned = False
        failpoints.hit("intake.group_insert")
        with db.open_cursor(raw) as cur:
            if not failpoints.armed("intake.group_commit"):
                return insert(cur, rows)
            with raw.transaction():
                ids = insert(cur, rows)
                failpoints.hit("intake.group_commit")
            return ids

    def _disconnect(self) -> None:
        """The next group opens another connection."""
        if self._raw is not None:
            self._raw.close()
        self._raw = None

    def _connection(self) -> "psycopg.Connection[Any]":
        if self._raw is None:
            raw = db.loop_connection("intake", one_plan=True)
            raw.execute("set statement_timeout = '10s'")
            raw.add_notice_handler(self._heard)
            self._raw = raw
        return self._raw

    def _heard(self, notice: psycopg.errors.Diagnostic) -> None:
        self._warned = self._warned or notice.severity_nonlocalized == "WARNING"


def _tell(group: list[_Slot], ids: list[int] | None) -> None:
    """Give each member its ids, or say that nothing is known to be kept."""
    at = 0
    for slot in group:
        mine = None if ids is None else ids[at : at + len(slot.rows)]
        at += len(slot.rows)
        if slot.future.done():
            continue  # the sender is gone
        if mine is None:
            slot.future.set_exception(NotStored("not stored: send it again"))
        else:
            slot.future.set_result(mine)
