"""Clocks of a newly published version, for people already known; and the rows of clocks that have gone.

Owns walking through everybody once, in slices of a few hundred, each a transaction of its own: whoever waits for a
lock waits for one slice. What changes meanwhile is `clocks`'s matter, and wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from regulars.base import clock, db
from regulars.base.db import Cursor, transaction_on
from regulars.base.failpoints import hit
from regulars.core.clocks import next_reach
from regulars.events.actions import open_mailboxes
from regulars.journeys import clock_values
from regulars.journeys.clock_values import Kept, Key
from regulars.journeys.clocks import clocks_of
from regulars.people.reach import canonical

__all__ = ["Filling", "fill_once", "filling"]

SLICE = 1000
GONE_SLICE = 5000


@dataclass(frozen=True, slots=True)
class Filling:
    """How far people known before are looked through. `total` None: not counted yet."""

    done: int
    total: int | None


# Whoever is known by a transaction that began before the publishing is seen only once that has ended; later ones tell
# the clocks themselves.
_NEXT = """
select id, shop_id, state, position, total from journeys_clock
where state = 'going' or (state = 'filling' and opened_in < pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
order by id limit 1 for update skip locked
"""
_PERSONS = """
select id, 0 from people_person
where shop_id = %s and id > %s and merged_into is null and erased_at is null order by id limit %s
"""
_ORDERS = """
select person_id, id from orders_order
where shop_id = %s and id > %s and person_id is not null and mark is null order by id limit %s
"""
_WRITE = """
insert into journeys_start_due (shop_id, clock_id, person_id, order_id, floor_at, due_at)
select %s, c, p, o, f, d from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
  as t(c, p, o, f, d)
on conflict do nothing
"""
_SWEEP = """
delete from journeys_start_due where (clock_id, person_id, order_id) in
  (select clock_id, person_id, order_id from journeys_start_due where clock_id = %s limit %s)
"""


def fill_once(raw: "psycopg.Connection[Any]", size: int = SLICE) -> int:
    """One slice of what is to be looked through or swept away; 0 when there is nothing."""
    with transaction_on(raw) as cur:
        row = cur.execute(_NEXT).fetchone()
        if row is None:
            return 0
        id_, shop_id, state, position, total = row
        kept = clocks_of(cur, shop_id).get(id_)
        if state == "going" or kept is None:
            return _sweep(cur, id_)
        if total is None:
            total = _count(cur, shop_id, kept)
        taken = cur.execute(_PERSONS if kept.clock.about == "person" else _ORDERS, (shop_id, position, size)).fetchall()
        _fill(cur, shop_id, kept, taken)
        last = max((order or person for person, order in taken), default=position)
        cur.execute(
            "update journeys_clock set position = %s, done = done + %s, total = %s, state = %s where id = %s",
            (last, len(taken), total, "filling" if len(taken) == size else "kept", id_),
        )
        hit("clocks.slice_before_commit")
        return max(len(taken), 1)


def _fill(cur: Cursor, shop_id: int, kept: Kept, taken: Sequence[tuple[int, int]]) -> None:
    now = clock.now_from(cur)
    who = canonical(cur, shop_id, {person for person, _ in taken})
    keys: dict[Key, Kept] = {(kept.id, who.get(person, person), order): kept for person, order in taken}
    rows = []
    for key, value in clock_values.load(cur, shop_id, keys, now).items():
        found = next_reach(kept.clock, value.value, value.zone, kept.since)
        if found is not None:
            rows.append((*key, kept.since, found.at))
    if rows:
        open_mailboxes(cur, shop_id, sorted({row[1] for row in rows}))
        cur.execute(_WRITE, (shop_id, *db.columns(rows, 5)))


def _count(cur: Cursor, shop_id: int, kept: Kept) -> int:
    table = "people_person" if kept.clock.about == "person" else "orders_order"
    row = cur.execute(f"select count(*) from {table} where shop_id = %s", (shop_id,)).fetchone()  # noqa: S608 - ours
    return 0 if row is None else int(row[0])


def _sweep(cur: Cursor, clock_id: int) -> int:
    gone = cur.execute(_SWEEP, (clock_id, GONE_SLICE)).rowcount
    if gone < GONE_SLICE:
        cur.execute("delete from journeys_clock where id = %s", (clock_id,))
    return max(gone, 1)


def filling(cur: Cursor, shop_id: int, scheme_id: int) -> Filling | None:
    """How far a scheme's clocks are filled; None when there is nothing to wait for."""
    row = cur.execute(
        "select sum(done), sum(total), bool_or(total is null) from journeys_clock"
        " where shop_id = %s and scheme_id = %s and state = 'filling'",
        (shop_id, scheme_id),
    ).fetchone()
    if row is None or row[0] is None:
        return None
    return Filling(int(row[0]), None if row[2] else int(row[1]))
