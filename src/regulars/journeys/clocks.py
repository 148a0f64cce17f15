"""What begins by the clock, kept in the database: a row for whoever has a moment ahead, and an event when it has come.

Owns journeys_clock and journeys_start_due once a version is live; those known before it are `clock_filling`'s. A moment
that is reached becomes an ordinary event, in the transaction that moves its row on: so it comes once, whatever dies.
Must not start anybody itself: the conductor does, by the event.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from regulars.base import clock, db
from regulars.base.db import Cursor, transaction_on
from regulars.base.failpoints import hit
from regulars.core.clocks import DateClock, Reach, SinceClock, next_reach
from regulars.events.actions import NewEvent, record, subscribe
from regulars.journeys import clock_values, post
from regulars.journeys.clock_values import Kept, Key, Value
from regulars.journeys.versions import live_versions
from regulars.shop.queries import settings_of

__all__ = ["CONSUMER", "Row", "clocks_of", "due_in", "reached", "reckon", "state", "sync", "take_once", "write"]

CONSUMER = "clocks"
BATCH = 500


@dataclass(slots=True)
class Row:
    """A row of journeys_start_due, in memory."""

    kept: Kept
    person_id: int
    order_id: int
    floor_at: datetime
    due_at: datetime | None = None
    year: int | None = None
    is_known: bool = True
    """Whether the table has it already."""
    changed: bool = False


@dataclass(slots=True)
class _News:
    """An event that may move a clock. `other`: who was merged, or is no longer."""

    id: int
    kind: str
    occurred_at: datetime
    live: bool
    person_id: int
    order_id: int | None
    other: int | None = None


# -- which clocks there are --------------------------------------------------------------------------------------------
def sync(cur: Cursor, shop_id: int, now: datetime) -> None:
    """After a version came or went: open the clocks that the live versions have, let the others go, and subscribe."""
    wanted = {(v.scheme_id, c.key): c for v in live_versions(cur, shop_id) for c in v.scheme.clocks}
    schemes, keys = db.columns(sorted(wanted), 2)
    cur.execute(
        "update journeys_clock c set state = 'going' where shop_id = %s and state <> 'going' and not exists"
        " (select 1 from unnest(%s::bigint[], %s::text[]) as t(s, k) where t.s = c.scheme_id and t.k = c.key)",
        (shop_id, schemes, keys),
    )
    cur.execute(
        "insert into journeys_clock (shop_id, scheme_id, key, since, opened_in, zone)"
        " select %s, s, k, %s, pg_current_xact_id()::text::bigint, %s from unnest(%s::bigint[], %s::text[]) as t(s, k)"
        " on conflict do nothing",
        (shop_id, now, settings_of(cur, shop_id).time_zone, schemes, keys),
    )
    subscribe(cur, shop_id, CONSUMER, {kind for c in wanted.values() for kind in c.moved_by}, by_mailbox=False)


def clocks_of(cur: Cursor, shop_id: int) -> dict[int, Kept]:
    """The shop's clocks that count, by id."""
    known = {(v.scheme_id, c.key): (v.scheme.name, c) for v in live_versions(cur, shop_id) for c in v.scheme.clocks}
    rows = cur.execute(
        "select id, scheme_id, key, since from journeys_clock where shop_id = %s and state <> 'going'", (shop_id,)
    )
    return {
        id_: Kept(id_, known[scheme, key][0], known[scheme, key][1], since)
        for id_, scheme, key, since in rows.fetchall()
        if (scheme, key) in known
    }


# -- what is due, and what moves it ------------------------------------------------------------------------------------
_DUE = """
select person_id, shop_id from journeys_start_due where due_at <= %s order by due_at limit %s
"""
_TOLD = """
select q.person_id, m.shop_id from (
  select person_id from events_pending where consumer = 'clocks' group by person_id order by person_id limit %s
) q join events_mailbox m using (person_id)
"""
_HOLD = "select person_id from events_mailbox where person_id = any(%s) order by person_id for update skip locked"
_TAKE = """
with taken as (
  delete from events_pending where consumer = 'clocks' and person_id = any(%s) returning event_id, person_id
)
select e.id, e.kind, e.occurred_at, e.live, t.person_id, e.order_id, (e.data ->> 'other')::bigint
from taken t join events_event e on e.id = t.event_id
"""
_ROWS = """
select clock_id, person_id, order_id, floor_at, due_at, year from journeys_start_due
where person_id = any(%s) order by clock_id, person_id, order_id for update
"""
_WRITE = """
insert into journeys_start_due (shop_id, clock_id, person_id, order_id, floor_at, due_at, year)
select %s, c, p, o, f, d, y
from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::smallint[])
  as t(c, p, o, f, d, y)
on conflict (clock_id, person_id, order_id)
do update set floor_at = excluded.floor_at, due_at = excluded.due_at, year = excluded.year
"""
_DROP = """
delete from journeys_start_due d using unnest(%s::bigint[], %s::bigint[], %s::bigint[]) as t(c, p, o)
where d.clock_id = t.c and d.person_id = t.p and d.order_id = t.o
"""


def take_once(raw: "psycopg.Connection[Any]", limit: int = BATCH) -> int:
    """Tell of the moments that have come, and reckon anew for whom something changed; returns for how many persons."""
    with transaction_on(raw) as cur:
        now = clock.now_from(cur)
        shops: dict[int, set[int]] = {}
        for sql, values in ((_DUE, (now, limit)), (_TOLD, (limit,))):
            for person_id, shop_id in cur.execute(sql, values).fetchall():
                shops.setdefault(shop_id, set()).add(person_id)
        done = 0
        for shop_id, persons in sorted(shops.items()):
            held = [i for (i,) in cur.execute(_HOLD, (sorted(persons),))]
            who = post.whole(cur, shop_id, held)
            if who:
                _take(cur, shop_id, who, now)
                done += len(who)
        if done:
            hit("clocks.before_commit")
        return done


def _take(cur: Cursor, shop_id: int, who: Mapping[int, int], now: datetime) -> None:
    """All of one shop's persons whose mailboxes are held; each → who answers for him."""
    clocks = clocks_of(cur, shop_id)
    news = [_News(*row) for row in cur.execute(_TAKE, (sorted(who),)).fetchall()]
    rows, gone = _rows(cur, clocks, who)
    apart = _parted(cur, shop_id, news, clocks)
    moved = _moved(clocks, news, who, [*rows, *apart])
    due = {key for key, row in rows.items() if row.due_at is not None and row.due_at <= now}
    for key in moved.keys() - rows.keys():
        kept = clocks[key[0]]
        rows[key] = Row(kept, key[1], key[2], kept.since, is_known=False)
    touched = moved.keys() | due
    values = clock_values.load(cur, shop_id, {key: rows[key].kept for key in touched}, now)
    told: list[NewEvent] = []
    for key in sorted(touched):
        told += _run(rows[key], moved.get(key, []), values.get(key), now)
    gone += [key for key in touched if key not in values and rows[key].is_known]
    write(cur, shop_id, [r for k, r in rows.items() if r.changed and k in values], gone)
    record(cur, shop_id, sorted(told, key=lambda e: e.occurred_at), now)


def _rows(cur: Cursor, clocks: Mapping[int, Kept], who: Mapping[int, int]) -> tuple[dict[Key, Row], list[Key]]:
    """The rows of these persons, and those to be dropped: their scheme has ended, or another answers for him now, who
    takes over what was reached and what is awaited."""
    rows: dict[Key, Row] = {}
    gone: list[Key] = []
    found = cur.execute(_ROWS, (sorted(who),)).fetchall()
    for clock_id, person_id, order_id, floor_at, due_at, year in sorted(found, key=lambda r: who[r[1]] != r[1]):
        key, root = (clock_id, person_id, order_id), who[person_id]
        if clock_id not in clocks or root != person_id:
            gone.append(key)
        if clock_id not in clocks:
            continue
        row = rows.setdefault(
            (clock_id, root, order_id),
            Row(clocks[clock_id], root, order_id, floor_at, due_at, year, changed=root != person_id),
        )
        if row.floor_at < floor_at or (row.year or 0) < (year or 0):
            row.floor_at, row.year, row.changed = (
                max(row.floor_at, floor_at),
                max(row.year or 0, year or 0) or None,
                True,
            )
    return rows, gone


def _parted(cur: Cursor, shop_id: int, news: list[_News], clocks: Mapping[int, Kept]) -> list[Key]:
    """Of a merge that was undone, whoever is somebody of his own again: he is told of it by himself in the next round.
    Returns the keys of his orders, when it is he."""
    parted = [e for e in news if e.kind == "person.unmerged" and e.other is not None]
    away = [(e.other, e.id) for e in parted if e.other != e.person_id]
    if away:
        cur.execute(
            "insert into events_pending (consumer, person_id, event_id) select 'clocks', p, e"
            " from unnest(%s::bigint[], %s::bigint[]) as t(p, e) on conflict do nothing",
            db.columns(away, 2),
        )
    own = [e.person_id for e in parted if e.other == e.person_id]
    of_orders = [id_ for id_, kept in clocks.items() if kept.clock.about == "order"]
    if not own or not of_orders:
        return []
    orders = cur.execute(
        "select person_id, id from orders_order where shop_id = %s and person_id = any(%s)", (shop_id, own)
    ).fetchall()
    return [(id_, person, order) for id_ in of_orders for person, order in orders]


def _moved(
    clocks: Mapping[int, Kept], news: Sequence[_News], who: Mapping[int, int], rows: Iterable[Key]
) -> dict[Key, list[_News]]:
    """What may have moved which row, in order of time. What tells of a person moves all of his orders that are awaited."""
    out: dict[Key, list[_News]] = {}
    of_person: dict[tuple[int, int], list[Key]] = {}
    for key in rows:
        of_person.setdefault((key[0], key[1]), []).append(key)
    for event in sorted(news, key=lambda e: e.occurred_at):
        root = who[event.person_id]
        for id_, kept in clocks.items():
            if event.kind not in kept.clock.moved_by:
                continue
            if kept.clock.about == "person":
                keys = [(id_, root, 0)]
            elif event.order_id is not None:
                keys = [(id_, root, event.order_id)]
            else:
                keys = of_person.get((id_, root), [])
            for key in keys:
                out.setdefault(key, []).append(event)
    return out


def _run(row: Row, news: Sequence[_News], value: Value | None, now: datetime) -> list[NewEvent]:
    """The row's own time: what came before a moment moves it, what came after it came too late for that one."""
    if value is None:
        return []
    told = []
    waiting = list(news)
    while True:
        is_due = row.due_at is not None and row.due_at <= now
        if waiting and not (is_due and row.due_at < waiting[0].occurred_at):  # type: ignore[operator]
            event = waiting.pop(0)
            reckon(row, value, event.occurred_at if event.live else now)
        elif is_due:
            told.append(reached(row, value))
        else:
            return told


def reckon(row: Row, value: Value, learnt_at: datetime) -> None:
    """The next moment by what is known now. Where it is another than before, moments before we learnt of it are past."""
    found = _next(row, value)
    if row.is_known and (found.at if found else None) == row.due_at:
        return
    row.floor_at = max(row.floor_at, learnt_at)
    found = _next(row, value)
    row.due_at = found.at if found else None
    row.changed = row.is_known or row.due_at is not None
    row.is_known = row.changed


def reached(row: Row, value: Value) -> NewEvent:
    """The event that tells of the moment; the row goes on to the next one."""
    assert row.due_at is not None
    at, kept = row.due_at, row.kept
    this = next_reach(kept.clock, value.value, value.zone, row.floor_at, row.year)
    day = (this or Reach(at, at.date())).day
    row.floor_at, row.changed = at, True
    if isinstance(kept.clock, DateClock) and kept.clock.yearly:
        row.year = day.year
    following = _next(row, value)
    row.due_at = following.at if following else None
    what = {"event": kept.clock.kind} if isinstance(kept.clock, SinceClock) else {"fact": kept.clock.fact}
    data = {"scheme": kept.scheme, "trigger": kept.clock.key, "day": day.isoformat(), **what}
    return NewEvent(kept.clock.event, at, True, row.person_id, row.order_id or None, data, f"clock:{kept.id}")


def _next(row: Row, value: Value) -> Reach | None:
    return next_reach(row.kept.clock, value.value, value.zone, row.floor_at, row.year)


def write(cur: Cursor, shop_id: int, rows: Sequence[Row], gone: Sequence[Key] = ()) -> None:
    """Keep these rows, and drop those."""
    if gone:
        cur.execute(_DROP, db.columns(gone, 3))
    if rows:
        columns = [(r.kept.id, r.person_id, r.order_id, r.floor_at, r.due_at, r.year) for r in rows]
        cur.execute(_WRITE, (shop_id, *db.columns(columns, 6)))


# -- for those who wait ------------------------------------------------------------------------------------------------
def due_in(cur: Cursor) -> datetime | None:
    """The next moment that a clock means."""
    row = cur.execute("select min(due_at) from journeys_start_due where due_at is not null").fetchone()
    return None if row is None else row[0]


def state(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether a moment has come and isn't told of, or something is still to be reckoned; and the next moment."""
    row = cur.execute(
        "select exists (select 1 from journeys_start_due where due_at <= %(now)s)"
        " or exists (select 1 from events_pending where consumer = 'clocks')"
        " or exists (select 1 from journeys_clock where state = 'filling'),"
        " (select min(due_at) from journeys_start_due where due_at > %(now)s)",
        {"now": now},
    ).fetchone()
    return (False, None) if row is None else (row[0], row[1])
