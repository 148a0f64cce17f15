"""Outcomes given on the screen take effect: when their time to be taken back is over, or something happens to the person.

A loop calls `settle_once`; the conductor calls `settle_persons` before it takes a person's events, so that the outcome
stands before whatever came after it. Both hold the person's mailbox, as `undo` does: one of the three wins.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.base.failpoints import hit
from regulars.desk.actions import count
from regulars.desk.queries import task

__all__ = ["next_settling", "settle_once", "settle_persons"]

_HELD = """
select person_id from events_mailbox where person_id in (
  select person_id from desk_task where settles_at <= %s order by settles_at limit %s
) order by person_id for update skip locked
"""
_SETTLE = """
update desk_task set settles_at = null where person_id = any(%s) and settles_at <= %s returning shop_id, id, event_id
"""
_SETTLE_BEFORE_NEWS = """
update desk_task t set settles_at = null where person_id = any(%s) and settles_at is not null and exists (
  select 1 from events_pending p where p.person_id = t.person_id and p.event_id > t.event_id
) returning shop_id, id, event_id
"""


def settle_once(raw: "psycopg.Connection[Any]", limit: int = 200) -> int:
    """Settle what is due, of persons whom nobody holds; how many outcomes."""
    with db.transaction_on(raw) as cur:
        now = clock.now_from(cur)
        persons = [r[0] for r in cur.execute(_HELD, (now, limit)).fetchall()]
        rows = cur.execute(_SETTLE, (persons, now)).fetchall() if persons else []
        _count(cur, rows, now)
        if rows:
            hit("desk.settle_before_commit")
    return len(rows)


def settle_persons(cur: Cursor, persons: Sequence[int], now: datetime) -> int:
    """Settle the outcomes after which something has happened to their persons, whose mailboxes the caller holds."""
    rows = cur.execute(_SETTLE_BEFORE_NEWS, (list(persons),)).fetchall()
    _count(cur, rows, now)
    return len(rows)


def _count(cur: Cursor, rows: Sequence[tuple[int, int, int]], now: datetime) -> None:
    # one by one: no more than people have pressed within a minute
    for shop_id, task_id, event_id in sorted(rows, key=lambda r: r[2]):
        done = task(cur, shop_id, task_id)
        assert done is not None
        count(cur, done, event_id, now)


def next_settling(cur: Cursor) -> datetime | None:
    """Business time at which the next outcome settles."""
    row = cur.execute("select min(settles_at) from desk_task where settles_at is not null").fetchone()
    return row[0] if row else None
