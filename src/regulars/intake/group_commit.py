"""Group commit of raw deliveries: the first thread that waits writes for all that queued meanwhile.

Owns one connection a process and the one statement that puts deliveries on disk. A slot ends committed or failed,
never in between: after any error every member of the group is told, and the connection is thrown away.
"""

import logging
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
    """What one caller waits for. `bell` is held until the outcome stands or the lead is handed to him."""

    __slots__ = ("bell", "error", "ids", "rows", "size")

    def __init__(self, rows: list[NewDelivery], size: int) -> None:
        self.rows, self.size = rows, size
        self.ids: list[int] | None = None
        self.error: NotStored | None = None
        self.bell = threading.Lock()
        self.bell.acquire()


class Committer:
    """Leader and followers. Thread-safe; made once a process, after it has forked."""

    def __init__(self, wake: Wake | None = None) -> None:
        self._guard = threading.Lock()
        self._queue: list[_Slot] = []
        self._waiting_rows = 0
        self._waiting_bytes = 0
        self._led = False
        self._raw: psycopg.Connection[Any] | None = None
        self._warned = False
        self._wake = wake

    def put(self, rows: list[NewDelivery]) -> list[int]:
        """Return the ids once the rows are on disk, in the order given.

        Raises Busy when too much waits already, NotStored when the commit failed or nobody knows.
        """
        slot = _Slot(rows, sum(len(r.body) for r in rows))
        with self._guard:
            if self._queue and (
                self._waiting_rows + len(rows) > WAITING_ROWS or self._waiting_bytes + slot.size > WAITING_BYTES
            ):
                raise Busy("too many deliveries wait for the disk")
            self._queue.append(slot)
            self._waiting_rows += len(rows)
            self._waiting_bytes += slot.size
            lead, self._led = not self._led, True
        if not lead:
            slot.bell.acquire()
            lead = slot.ids is None and slot.error is None
        if lead:
            self._commit_next()
        if slot.ids is None:
            raise slot.error or NotStored("the group was given up")
        return slot.ids

    def close(self) -> None:
        """Drop the connection; the next group opens another."""
        if self._raw is not None:
            self._raw.close()
        self._raw = None

    def _commit_next(self) -> None:
        """Write one group, tell its members, and hand the lead to the first who came since."""
        group = self._take()
        try:
            ids = self._write([row for slot in group for row in slot.rows])
            for slot in group:
                slot.ids, ids = ids[: len(slot.rows)], ids[len(slot.rows) :]
        except BaseException as error:
            self.close()
            log.warning("intake: a group of %d was not stored, %s", len(group), type(error).__name__)
            for slot in group:
                slot.ids, slot.error = None, NotStored("not stored: send it again")
            if not isinstance(error, Exception):
                raise
        finally:
            with self._guard:
                heir = self._queue[0] if self._queue else None
                self._led = heir is not None
            if heir is not None:
                heir.bell.release()
            for slot in group:
                slot.bell.release()

    def _take(self) -> list[_Slot]:
        """The leader's own slot stands first, so it is always in the group that he writes."""
        group: list[_Slot] = []
        with self._guard:
            rows = size = 0
            for slot in self._queue:
                if group and (rows + len(slot.rows) > GROUP_ROWS or size + slot.size > GROUP_BYTES):
                    break
                group.append(slot)
                rows += len(slot.rows)
                size += slot.size
            del self._queue[: len(group)]
            self._waiting_rows -= rows
            self._waiting_bytes -= size
        return group

    def _write(self, rows: list[NewDelivery]) -> list[int]:
        fresh = self._raw is None
        try:
            ids = self._insert(rows)
        except psycopg.OperationalError:
            if fresh:
                raise
            self.close()  # the server went away while we were idle; nothing was committed, so once more is right
            ids = self._insert(rows)
        failpoints.hit("intake.group_commit")
        self._warned = False
        self._connection().commit()
        if self._warned:
            # The server gave up waiting for its standby: on one disk only is not what we promise with a 202.
            raise NotStored("the commit was not confirmed by the standby")
        failpoints.hit("intake.after_commit")
        if self._wake is not None:
            self._wake.ping()
        return ids

    def _insert(self, rows: list[NewDelivery]) -> list[int]:
        failpoints.hit("intake.group_insert")
        with db.open_cursor(self._connection()) as cur:
            return insert(cur, rows)

    def _connection(self) -> "psycopg.Connection[Any]":
        if self._raw is None:
            raw = db.loop_connection("intake", one_plan=True)
            raw.autocommit = False
            raw.execute("set statement_timeout = '10s'")
            raw.commit()
            raw.add_notice_handler(self._heard)
            self._raw = raw
        return self._raw

    def _heard(self, notice: psycopg.errors.Diagnostic) -> None:
        self._warned = self._warned or notice.severity_nonlocalized == "WARNING"
