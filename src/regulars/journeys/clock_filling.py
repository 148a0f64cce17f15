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
from regulars.events.actions import open_mailboxes
from regulars.journeys import clock_values
from regulars.journeys.clock_values import Kept, Key
from regulars.journeys.clocks import Row, clocks_of, reckon, write
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
_ANEW = """
update journeys_clock c set state = 'filling', position = 0, done = 0, total = null, zone = s.time_zone
from shop_shop s where s.id = c.shop_id and c.state = 'kept' and c.zone <> s.time_zone
"""
_PERSONS = """
select id, 0 from people_person
where shop_id = %s and id > %s and merged_into is null and erased_at is null order by id limit %s
"""
_ORDERS = """
select person_id, id from orders_order
where shop_id = %s and id > %s and person_id is not null and mark is null order by id limit %s
"""
_KNOWN = """
select person_id, order_id, floor_at, due_at, year from journeys_start_due
where clock_id = %s and person_id = any(%s) order by person_id, order_id for update
"""
# Whoever was told of something meanwhile has reckoned by more than we know: his row stays.
_ADD = """
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
            return cur.execute(_ANEW).rowcount
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
    persons = sorted({person for _, person, _ in keys})
    known = {
        (kept.id, person, order): Row(kept, person, order, floor_at, due_at, year)
        for person, order, floor_at, due_at, year in cur.execute(_KNOWN, (kept.id, persons)).fetchall()
    }
    new = []
    # Read after the rows are held: what changes from now on waits for us and is reckoned after us.
    for key, value in clock_values.load(cur, shop_id, keys, now).items():
        row = known.get(key)
        if row is None:
            row = Row(kept, key[1], key[2], kept.since, is_known=False)
            reckon(row, value, kept.since)
            new += [(*key, row.floor_at, row.due_at)] if row.changed else []
        elif row.due_at is None or row.due_at > now:
            reckon(row, value, now)
    write(cur, shop_id, [row for row in known.values() if row.changed])
    if new:
        open_mailboxes(cur, shop_id, sorted({person for _, person, *_ in new}))
        cur.execute(_ADD, (shop_id, *db.columns(new, 5)))


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
