"""Points whose day is over: taken out of the account by a transfer of their own, once. A loop calls `expire_once`.

Set-based, and it leaves persons whom somebody else holds for the next round.
"""

from datetime import datetime
from typing import Any

import psycopg

from regulars.base import clock, db
from regulars.base.actor import SYSTEM
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, record

__all__ = ["expire_once", "next_expiry", "state"]

_DUE = """
select id, shop_id, person_id from loyalty_lot
where closed_at is null and valid_until < %s order by valid_until, id limit %s
"""
_HOLD = "select person_id from events_mailbox where person_id = any(%s) order by person_id for update skip locked"
# Whoever changes a lot holds its person's mailbox, so what is left can't change between reading and writing.
_EXPIRE = """
with due as (select id from loyalty_lot where id = any(%(ids)s) and closed_at is null for update),
left_ as (
  select e.lot_id, e.shop_id, e.person_id,
    sum(case when e.target = 'available' then e.points when e.source = 'available' then -e.points else 0 end) as n
  from loyalty_entry e join due on due.id = e.lot_id group by e.lot_id, e.shop_id, e.person_id
), moved as (
  insert into loyalty_entry (shop_id, person_id, lot_id, source, target, points, key, at, cause)
  select shop_id, person_id, lot_id, 'available', 'expired', n, 'expire:' || lot_id, %(now)s, %(cause)s from left_ where n > 0
  on conflict (shop_id, key) do nothing returning shop_id, person_id, lot_id, points
), closed as (update loyalty_lot l set closed_at = %(now)s from due where l.id = due.id)
select shop_id, person_id, lot_id, points from moved order by lot_id
"""


def expire_once(raw: "psycopg.Connection[Any]", limit: int = 500) -> int:
    """Take out what is over, in one transaction; how many lots were looked at. Records points.expired."""
    with db.transaction_on(raw) as cur:
        now = clock.now_from(cur)
        due = cur.execute(_DUE, (now, limit)).fetchall()
        if not due:
            return 0
        held = {r[0] for r in cur.execute(_HOLD, (sorted({person for _, _, person in due}),))}
        ids = [id_ for id_, _, person in due if person in held]
        moved = cur.execute(_EXPIRE, {"ids": ids, "now": now, "cause": str(SYSTEM)}).fetchall()
        by_shop: dict[int, list[NewEvent]] = {}
        for shop_id, person_id, lot_id, points in moved:
            data = {"lot_id": str(lot_id), "points": points}
            event = NewEvent("points.expired", now, True, person_id, None, data, str(SYSTEM))
            by_shop.setdefault(shop_id, []).append(event)
        for shop_id, events in by_shop.items():
            record(cur, shop_id, events, now)
    return len(ids)


def next_expiry(cur: Cursor) -> datetime | None:
    """When the next points are over."""
    row = cur.execute(
        "select min(valid_until) + interval '1 microsecond' from loyalty_lot where closed_at is null"
    ).fetchone()
    return None if row is None else row[0]


def state(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """For a playground's clock: whether something is over and not taken out yet, and when the next will be."""
    row = cur.execute(
        "select exists (select 1 from loyalty_lot where closed_at is null and valid_until < %(now)s),"
        " (select min(valid_until) + interval '1 microsecond' from loyalty_lot"
        " where closed_at is null and valid_until >= %(now)s)",
        {"now": now},
    ).fetchone()
    return (False, None) if row is None else (row[0], row[1])
