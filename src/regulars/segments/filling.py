"""Fills a segment that is new or was changed: everybody is asked once by one statement, and written in batches.

Owns a filling from its beginning to its end. What happens to people meanwhile is the keeping's: what that has written
stands, for it has seen more. A filling that died is begun again, and changes nothing twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psycopg

from regulars.base import clock
from regulars.base.db import Cursor, transaction_on
from regulars.base.failpoints import hit
from regulars.events.actions import lock_mailboxes
from regulars.segments import sql
from regulars.segments.asking import Verdict
from regulars.segments.families import family_of
from regulars.segments.known import Segment, waiting_to_fill
from regulars.segments.models import READY
from regulars.segments.pasts import setting_of
from regulars.segments.writing import tell

__all__ = ["BATCH", "WORK_MEMORY", "Filler"]

BATCH = 10_000
WORK_MEMORY = "64MB"
"""For one sort or hash of a statement over everybody."""

# False when another engine fills this one: its connection holds the lock until it is done or dead.
_MINE = "select pg_try_advisory_lock(%s)"
_PUT = """
insert into segments_member as m (segment_id, person_id, since, recheck_at, round)
select %s, person_id, case when is_in then %s::timestamptz end, recheck_at, %s from {found} where n > %s and n <= %s
order by person_id
on conflict (segment_id, person_id) do update
set since = case when excluded.since is null then null else coalesce(m.since, excluded.since) end,
    recheck_at = excluded.recheck_at, round = excluded.round
where m.round < excluded.round
"""
_TURNED = """
select f.person_id, f.is_in from {found} f
left join segments_member m on m.segment_id = %s and m.person_id = f.person_id
where f.n > %s and f.n <= %s and f.is_in = (m.since is null) and coalesce(m.round, 0) < %s
order by f.person_id
"""
_GONE = """
select person_id from segments_member where segment_id = %s and round < %s order by person_id limit %s
"""
_DROP = """
delete from segments_member where segment_id = %s and person_id = any(%s) and round < %s
returning person_id, since is not null
"""
_END = """
update segments_segment set state = %s, tells = false,
  members = (select count(*) from segments_member m where m.segment_id = %s and m.since is not null)
where id = %s
"""


@dataclass(slots=True)
class _Filling:
    """A filling that this connection is at: its answers stand in a temporary table `found`, `done` of `total` written."""

    segment: Segment
    found: str
    total: int
    done: int = 0


class Filler:
    """Fills one batch a turn. What it has found lives and dies with its connection, as does its lock on the segment."""

    def __init__(self) -> None:
        self._raw: psycopg.Connection[Any] | None = None
        self._mine: dict[int, _Filling] = {}

    def turn(self, raw: "psycopg.Connection[Any]") -> int:
        """Do one batch of one segment that waits to be filled; 0 when none does, or others are at it."""
        if raw is not self._raw:
            self._raw, self._mine = raw, {}
        with transaction_on(raw) as cur:
            waiting = waiting_to_fill(cur)
        rounds = {segment.id: segment.round for segment in waiting}
        for filling in list(self._mine.values()):
            if rounds.get(filling.segment.id) != filling.segment.round:  # removed, or wanted otherwise, meanwhile
                self._let_go(raw, filling)
        for segment in waiting:
            if segment.id in self._mine or raw.execute(_MINE, (-segment.id,)).fetchone() == (True,):
                self._go_on(raw, segment)
                return 1
        return 0

    def _go_on(self, raw: "psycopg.Connection[Any]", segment: Segment) -> None:
        filling = self._mine.get(segment.id)
        with transaction_on(raw) as cur:
            now = clock.now_from(cur)
            if filling is None:
                filling = _look(cur, segment, now)
            elif filling.done < filling.total:
                _write(cur, filling, now)
            elif _finish(cur, segment, now):
                segment = replace(segment, is_filling=False)
        filling.done += 0 if segment.id not in self._mine else BATCH
        self._mine[segment.id] = filling
        if not segment.is_filling:
            self._let_go(raw, filling)

    def _let_go(self, raw: "psycopg.Connection[Any]", filling: _Filling) -> None:
        del self._mine[filling.segment.id]
        raw.execute(f"drop table {filling.found}".encode())
        raw.execute("select pg_advisory_unlock(%s)", (-filling.segment.id,))


def _look(cur: Cursor, segment: Segment, now: datetime) -> _Filling:
    """Ask everybody; the answers are kept for this connection alone."""
    cur.execute(f"set local work_mem = '{WORK_MEMORY}'")
    setting, family = setting_of(cur, segment.shop_id), family_of(cur, segment.shop_id)
    asked = sql.people(segment.condition, segment.shop_id, setting, now, family, with_turns=True)
    found = f"segments_found_{segment.id}_{segment.round}"
    numbered = f"select row_number() over (order by person_id) as n, x.* from ({asked.everybody()}) x"  # noqa: S608
    total = cur.execute(f"create temp table {found} as {numbered}", asked.params).rowcount
    cur.execute(f"create index on {found} (n)")
    cur.execute(f"analyze {found}")
    cur.execute("update segments_segment set filled = 0, to_fill = %s where id = %s", (total, segment.id))
    hit("segments.found")
    return _Filling(segment, found, total)


def _is_wanted(cur: Cursor, segment: Segment) -> bool:
    """Hold the segment alone: nobody keeps it until our transaction ends. False when it was changed or removed."""
    cur.execute("select pg_advisory_xact_lock(%s)", (segment.id,))
    row = cur.execute(
        "select 1 from segments_segment where id = %s and round = %s and removed_at is null",
        (segment.id, segment.round),
    ).fetchone()
    return row is not None


def _write(cur: Cursor, filling: _Filling, now: datetime) -> None:
    """The next of them. Whoever is told of is held first, as the keeping does it."""
    segment, done, upto = filling.segment, filling.done, filling.done + BATCH
    turned = _TURNED.format(found=filling.found)
    if segment.tells:
        rows = cur.execute(turned, (segment.id, done, upto, segment.round)).fetchall()
        lock_mailboxes(cur, [row[0] for row in rows])
    if not _is_wanted(cur, segment):
        return
    if segment.tells:
        rows = cur.execute(turned, (segment.id, done, upto, segment.round)).fetchall()
        _tell(cur, segment, "segment.entered", [person for person, is_in in rows if is_in], now)
        _tell(cur, segment, "segment.left", [person for person, is_in in rows if not is_in], now)
    cur.execute(_PUT.format(found=filling.found), (segment.id, now, segment.round, done, upto))
    cur.execute("update segments_segment set filled = %s where id = %s", (min(upto, filling.total), segment.id))
    hit("segments.filled")


def _finish(cur: Cursor, segment: Segment, now: datetime) -> bool:
    """Those who were in and fit no longer leave, a batch at a time; True when it is ready."""
    gone = [row[0] for row in cur.execute(_GONE, (segment.id, segment.round, BATCH)).fetchall()]
    if segment.tells:
        lock_mailboxes(cur, gone)
    if not _is_wanted(cur, segment):
        return False
    if gone:
        dropped = cur.execute(_DROP, (segment.id, gone, segment.round)).fetchall()
        if segment.tells:
            _tell(cur, segment, "segment.left", sorted(person for person, was_in in dropped if was_in), now)
        return False
    cur.execute(
        "delete from segments_member where segment_id = %s and since is null and recheck_at is null", (segment.id,)
    )
    cur.execute(_END, (READY, segment.id, segment.id))
    hit("segments.ready")
    return True


def _tell(cur: Cursor, segment: Segment, kind: str, persons: Sequence[int], now: datetime) -> None:
    verdicts = [Verdict(segment, person, kind == "segment.entered", None) for person in persons]
    tell(cur, segment.shop_id, kind, verdicts, {}, now)
