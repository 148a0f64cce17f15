"""Starts by the clock, as they would have come in a period of the past: days, anniversaries, 'so long after the last such
event'. Reads only.

Owns whom such a scheme looks at, and what its clocks were reckoned from at each moment. What a clock means is `clocks`'s,
which does the same live: what is learnt moves the moment ahead, what is past begins nothing.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from regulars.base.db import Cursor
from regulars.core.clocks import DATE_REACHED, FIELDS, TIME_PASSED, Clock, DateClock, SinceClock, zone_of
from regulars.core.conditions import lookup
from regulars.core.replayed import Event, Past
from regulars.core.scheme import Scheme
from regulars.journeys.clock_values import Kept, Value
from regulars.journeys.clocks import Row, reached, reckon
from regulars.orders.past import OrderPast

__all__ = ["CLOCK_KINDS", "Clocks", "clocks_of", "kinds", "load", "look_back", "needs", "starters", "wind"]

CLOCK_KINDS = frozenset({DATE_REACHED, TIME_PASSED})
_EVER = timedelta(days=365 * 40)
_BY_EVENT = """
select person_id, count(*) from events_event
where shop_id = %(shop)s and kind = any(%(kinds)s) and occurred_at >= %(since)s and occurred_at < %(until)s
  and person_id is not null group by person_id
"""
_BY_PERSON = {
    "person.birthday": "select id, 1 from people_person where shop_id = %(shop)s and birthday is not null",
    "person.customer_since": "select id, 1 from people_person where shop_id = %(shop)s and customer_since is not null",
}
_BY_FIELD = "select person_id, 1 from people_field where shop_id = %(shop)s and name = %(field)s"
_BY_ORDER = """
select person_id, count(*) from orders_order where shop_id = %(shop)s and person_id is not null and mark is null
  and placed_at >= %(back)s and placed_at < %(until)s group by person_id
"""
_LAST = """
select person_id, kind, occurred_at from events_event
where shop_id = %(shop)s and person_id = any(%(persons)s) and kind = any(%(kinds)s) and occurred_at < %(until)s
  and occurred_at >= %(back)s and not coalesce(cause = any(%(causes)s), false)
  and not coalesce(data ->> 'enrolment_id' = any(%(without)s), false) order by occurred_at, id
"""
_FIRST = "select person_id, min(occurred_at) from events_event where person_id = any(%s) group by 1"
_MADE = "select id, created_at from people_person where id = any(%s)"


@dataclass(slots=True)
class Clocks:
    """Of a batch: the clocks, when their events happened (by person and kind), and since when each person was known."""

    kept: list[Kept]
    last: dict[tuple[int, str], list[datetime]] = field(default_factory=dict)
    known: dict[int, datetime] = field(default_factory=dict)


def clocks_of(schemes: Sequence[Scheme], since: datetime) -> list[Kept]:
    """The clocks of these schemes, as though they had been opened at `since`."""
    found = {(s.name, c.key): c for s in schemes for c in s.clocks}
    return [Kept(n, name, clock, since) for n, ((name, _), clock) in enumerate(found.items(), 1)]


def kinds(kept: Sequence[Kept]) -> frozenset[str]:
    """The events that may move these clocks."""
    return frozenset().union(*(k.clock.moved_by for k in kept))


def needs(kept: Sequence[Kept]) -> frozenset[str]:
    """The facts that they are reckoned from."""
    return frozenset().union(*(k.clock.needs for k in kept))


def look_back(kept: Sequence[Kept]) -> timedelta:
    """How much earlier that may have been which a clock is reckoned from."""
    return max((_reach_of(k.clock) for k in kept), default=timedelta(0))


def _reach_of(clock: Clock) -> timedelta:
    if isinstance(clock, SinceClock):
        return clock.span + timedelta(days=2)
    return _EVER if clock.yearly else abs(clock.shift) + timedelta(days=2)


def starters(
    cur: Cursor, shop_id: int, schemes: Sequence[Scheme], since: datetime, until: datetime
) -> list[tuple[int, int]]:
    """Whom something may begin for in the period, each with how often at most, by number."""
    counts: dict[int, int] = {}
    by_event = sorted({t.event for s in schemes for t in s.starts if t.clock is None})
    values: dict[str, Any] = {"shop": shop_id, "kinds": by_event, "since": since, "until": until}
    reads: list[tuple[str, dict[str, Any]]] = [(_BY_EVENT, values)] if by_event else []
    for kept in clocks_of(schemes, since):
        clock, back = kept.clock, since - _reach_of(kept.clock)
        if isinstance(clock, SinceClock):
            reads.append((_BY_EVENT, {**values, "kinds": [clock.kind], "since": back}))
        elif clock.about == "order":
            reads.append((_BY_ORDER, {**values, "back": back}))
        elif clock.fact.startswith(FIELDS):
            reads.append((_BY_FIELD, {**values, "field": clock.fact.removeprefix(FIELDS)}))
        else:
            reads.append((_BY_PERSON[clock.fact], values))
    for sql, asked in reads:
        for person, count in cur.execute(sql, asked, binary=True).fetchall():
            counts[person] = counts.get(person, 0) + count
    return sorted(counts.items())


def load(
    cur: Cursor, shop_id: int, kept: list[Kept], who: Mapping[int, int], until: datetime, without: Sequence[int]
) -> Clocks:
    """What the clocks of these persons are reckoned from beside facts. `without`: enrolments whose doings are left out."""
    out, everybody = Clocks(kept), list(who)
    silent = [k for k in kept if isinstance(k.clock, SinceClock)]
    if silent:
        asked = {
            "shop": shop_id, "persons": everybody, "until": until, "back": silent[0].since - look_back(silent),
            "kinds": sorted({k.clock.kind for k in silent if isinstance(k.clock, SinceClock)}),
            "causes": [f"enrolment:{id_}" for id_ in without], "without": [str(id_) for id_ in without],
        }  # fmt: skip
        for person, kind, at in cur.execute(_LAST, asked).fetchall():
            out.last.setdefault((who[person], kind), []).append(at)
    for sql in (_FIRST, _MADE) if len(silent) < len(kept) else ():
        for person, at in cur.execute(sql, (everybody,)).fetchall():
            root = who[person]
            out.known[root] = min(at, out.known.get(root, at))
    return out


def wind(clocks: Clocks, past: Past, orders: Sequence[OrderPast], shop_zone: str, until: datetime) -> None:
    """Put the events that tell of his clocks' moments among what happened to him."""
    told: list[tuple[datetime, Event]] = []
    for kept in clocks.kept:
        clock = kept.clock
        if isinstance(clock, SinceClock):
            moments = clocks.last.get((past.person_id, clock.kind), [])
            told += _told(kept, past, None, moments, _last_of(past, moments, shop_zone), until)
        elif clock.about == "person":
            moments = [at for at, e in past.events if e["kind"] in clock.moved_by]
            begins = [clocks.known[past.person_id]] if past.person_id in clocks.known else []
            moments += [since for since, _, _ in past.beside.fields] if past.beside is not None else []
            told += _told(kept, past, None, begins + moments, _fact_of(clock, past, None, shop_zone, begins), until)
        else:
            for order in orders:
                own = [at for at, e in past.events if e["order_id"] == order.id and e["kind"] in clock.moved_by]
                moments = [order.placed_at, *own]
                value = _fact_of(clock, past, order.id, shop_zone, [order.placed_at])
                told += _told(kept, past, order.id, moments, value, until)
    if told:
        numbered = [(at, {**event, "id": f"clock-{n}"}) for n, (at, event) in enumerate(told, 1)]
        past.events = sorted([*past.events, *numbered], key=lambda one: one[0])


def _last_of(past: Past, moments: Sequence[datetime], shop_zone: str) -> Callable[[datetime], Value | None]:
    def value(at: datetime) -> Value:
        zone = zone_of(lookup(past.facts(None, at), "person.time_zone"), shop_zone)
        n = bisect_right(moments, at)
        return Value(moments[n - 1] if n else None, zone)

    return value


def _fact_of(
    clock: DateClock, past: Past, order_id: int | None, shop_zone: str, begins: Sequence[datetime]
) -> Callable[[datetime], Value | None]:
    """The value as of a moment; None: nobody is to be reckoned for then (he isn't known yet, the order is cancelled)."""

    def value(at: datetime) -> Value | None:
        if any(at < begin for begin in begins):
            return None
        facts = past.facts(order_id, at)
        is_cancelled = order_id is not None and lookup(facts, "order.status") == "cancelled"
        if is_cancelled and "order.cancelled_at" not in clock.needs:
            return None
        if clock.fact.startswith(FIELDS):
            name, changes = clock.fact.removeprefix(FIELDS), past.beside.fields if past.beside is not None else ()
            found = [v for since, field_, v in changes if field_ == name and since <= at]
            known = found[-1] if found else None
        else:
            known = lookup(facts, clock.fact)
        return Value(known, zone_of(lookup(facts, "person.time_zone"), shop_zone))

    return value


def _told(
    kept: Kept,
    past: Past,
    order_id: int | None,
    moments: Sequence[datetime],
    value_at: Callable[[datetime], Value | None],
    until: datetime,
) -> Iterator[tuple[datetime, Event]]:
    """The clock's own time: from one moment that may move it to the next, as `clocks` does it live."""
    row, value = _new_row(kept, past, order_id), None
    changes = sorted({kept.since, *(m for m in moments if kept.since < m <= until)})
    if past.erased_at is not None:
        changes = [m for m in changes if m < past.erased_at]
        until = min(until, past.erased_at)
    for at in [*changes, None]:
        while (
            value is not None
            and row.due_at is not None
            and (row.due_at < at if at is not None else row.due_at <= until)
        ):
            event = reached(row, value)
            yield event.occurred_at, {
                "kind": event.kind, "occurred_at": event.occurred_at, "order_id": order_id, "data": event.data,
            }  # fmt: skip
        if at is None:
            return
        value = value_at(at)
        if value is None:
            row = _new_row(kept, past, order_id)
        else:
            reckon(row, value, at)


def _new_row(kept: Kept, past: Past, order_id: int | None) -> Row:
    return Row(kept, past.person_id, order_id or 0, kept.since, is_known=False)
