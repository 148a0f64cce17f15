"""Orders that look like an earlier one of the same buyer: found, kept so that lists show them at once, told apart for good.

What is kept follows what changes: orders taken in, marked and restored, persons merged, another span. An order that came as
history is pointed out on its own page alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.orders.fields import line_fields
from regulars.orders.queries import OrderRow, by_id, lines
from regulars.rules.doubles import SHOWN, OrderTraits, score_orders
from regulars.shop.queries import settings_of

__all__ = ["Pointer", "Twin", "both_meant", "look_again", "look_at_all", "look_at_persons", "pointers", "twins_of"]

_TWINS = """
with mine as (
  select id, person_id, placed_at from orders_order where shop_id = %(shop)s and id = any(%(ids)s)
  and person_id is not null and mark is null and status <> 'cancelled'
), who as (
  select m.id, m.person_id, true as same from mine m
  union select m.id, p.id, true from mine m join people_person p on p.merged_into = m.person_id
  union select m.id, p.merged_into, true from mine m join people_person p on p.id = m.person_id where p.merged_into is not null
  union select m.id, o.person_id, false from mine m join people_contact_point c on c.person_id = m.person_id and c.kind = 'phone'
    join people_contact_point o on o.shop_id = %(shop)s and o.kind = 'phone' and o.value = c.value and o.person_id <> m.person_id
)
select w.id, o.id, bool_or(w.same) from who w join mine m on m.id = w.id
join orders_order o on o.person_id = w.person_id and o.placed_at <= m.placed_at and o.placed_at >= m.placed_at - %(within)s
where o.id <> m.id and o.shop_id = %(shop)s and (o.placed_at, o.id) < (m.placed_at, m.id) and o.mark is null
  and o.status <> 'cancelled' and not exists (select 1 from orders_both_meant b where b.order_id = m.id and b.other_id = o.id)
group by 1, 2
"""


# Those that pointed to these, and those that were placed after them but may have come before.
_BESIDE = """
select order_id from orders_twin where shop_id = %(shop)s and other_id = any(%(ids)s)
union select l.id from orders_order m join orders_order l on l.person_id = m.person_id and l.placed_at >= m.placed_at
  and l.placed_at <= m.placed_at + %(within)s
where m.shop_id = %(shop)s and m.id = any(%(ids)s) and l.id <> m.id and l.live
"""
_DROP = "delete from orders_twin where shop_id = %s and order_id = any(%s)"
_KEEP = """
insert into orders_twin (shop_id, order_id, other_id) select %s, o.id, t.e
from unnest(%s::bigint[], %s::bigint[]) as t(i, e) join orders_order o on o.id = t.i and o.live order by o.id
on conflict (order_id) do update set other_id = excluded.other_id
"""
_TOO_FAR = """
delete from orders_twin t using orders_order o, orders_order e
where t.shop_id = %s and o.id = t.order_id and e.id = t.other_id and o.placed_at - e.placed_at > %s
"""
_OF_PERSONS = """
select o.id from orders_order o where o.shop_id = %s and o.live and o.placed_at >= %s and o.person_id in (
  select id from people_person where shop_id = %s and (id = any(%s) or merged_into = any(%s)))
"""


@dataclass(frozen=True, slots=True)
class Twin:
    """An earlier order that this one looks like."""

    order_id: int
    of: OrderRow
    score: int
    reasons: list[str]
    apart: timedelta


@dataclass(frozen=True, slots=True)
class Pointer:
    """The earlier order that this one may be, as lists name it."""

    other_id: int
    number: str


def twins_of(cur: Cursor, shop_id: int, order_ids: Sequence[int], within: timedelta) -> dict[int, Twin]:
    """For each of these orders the earlier one that it looks most like, if any is like it enough."""
    found = cur.execute(_TWINS, {"shop": shop_id, "ids": list(order_ids), "within": within}).fetchall()
    if not found:
        return {}
    ids = list({i for pair in found for i in pair[:2]})
    rows, held = by_id(cur, shop_id, ids), lines(cur, shop_id, ids)
    traits = {
        i: OrderTraits(
            line_fields((line.sku, line.name, line.quantity, line.dropped) for line in held.get(i, [])),
            o.total,
            o.currency,
        )
        for i, o in rows.items()
    }
    out: dict[int, Twin] = {}
    for order_id, other_id, same in found:
        apart = rows[order_id].placed_at - rows[other_id].placed_at
        points, reasons = score_orders(traits[order_id], traits[other_id], apart, same_person=same)
        best = out.get(order_id)
        if points >= SHOWN and (best is None or points > best.score):
            out[order_id] = Twin(order_id, rows[other_id], points, reasons, apart)
    return out


def look_again(cur: Cursor, shop_id: int, order_ids: Iterable[int]) -> None:
    """Keep what these orders, and those that may look like them, look like now, by the shop's span."""
    ids = set(order_ids)
    if not ids:
        return
    within = settings_of(cur, shop_id).double_within
    ids |= {i for (i,) in cur.execute(_BESIDE, {"shop": shop_id, "ids": sorted(ids), "within": within})}
    found = twins_of(cur, shop_id, sorted(ids), within)
    cur.execute(_DROP, (shop_id, sorted(ids - set(found))))
    if found:
        rows = [(i, twin.of.id) for i, twin in sorted(found.items())]
        cur.execute(_KEEP, (shop_id, *db.columns(rows, 2)))


def look_at_all(cur: Cursor, shop_id: int, order_ids: Iterable[int]) -> None:
    """After another span: the same for these, and no older one points further back than it reaches."""
    look_again(cur, shop_id, order_ids)
    cur.execute(_TOO_FAR, (shop_id, settings_of(cur, shop_id).double_within))


def look_at_persons(cur: Cursor, shop_id: int, person_ids: Iterable[int], since: datetime) -> None:
    """The same for what these persons, and whoever was merged into them, have ordered since."""
    ids = list(person_ids)
    look_again(cur, shop_id, [i for (i,) in cur.execute(_OF_PERSONS, (shop_id, since, shop_id, ids, ids))])


def pointers(cur: Cursor, shop_id: int, order_ids: Sequence[int]) -> dict[int, Pointer]:
    """By order: the earlier one that it may be; those that look like none are absent."""
    rows = cur.execute(
        "select t.order_id, o.id, o.number from orders_twin t join orders_order o on o.id = t.other_id"
        " where t.shop_id = %s and t.order_id = any(%s)",
        (shop_id, list(order_ids)),
    )
    return {order_id: Pointer(other_id, number) for order_id, other_id, number in rows}


def both_meant(cur: Cursor, shop_id: int, order_id: int, other_id: int, actor: Actor, now: datetime) -> bool:
    """The two look alike and are both meant; False for strangers to the shop."""
    if len(by_id(cur, shop_id, [order_id, other_id])) < 2:
        return False
    cur.execute(
        "insert into orders_both_meant (shop_id, order_id, other_id, actor, at) values (%s, %s, %s, %s, %s)"
        " on conflict do nothing",
        (shop_id, order_id, other_id, str(actor), now),
    )
    look_again(cur, shop_id, [order_id])
    audit.write(cur, shop_id, actor, "order.both_meant", "order", order_id, other=str(other_id))
    return True
