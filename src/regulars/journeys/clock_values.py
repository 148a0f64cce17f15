"""What clocks are reckoned from: the day or moment of a fact, or the last event of a kind, for many at once.

Owns these reads, one statement a kind of thing. Who is erased, and an order that is cancelled or set aside, has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base import db, facts
from regulars.base.db import Cursor
from regulars.core.clocks import Clock, SinceClock, zone_of
from regulars.core.conditions import lookup
from regulars.people.reach import canonical, one_with
from regulars.shop.queries import settings_of

__all__ = ["Kept", "Key", "Value", "load"]

Key = tuple[int, int, int]
"""(clock, person, order or 0)"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A clock of a live version. Moments before `since` begin nothing."""

    id: int
    scheme: str
    clock: Clock
    since: datetime


@dataclass(frozen=True, slots=True)
class Value:
    """What it is reckoned from (None: not known), in the buyer's `zone`."""

    value: Any
    zone: str


_GONE = "select id from people_person where id = any(%s) and erased_at is not null"
_ORDERS = """
select id, person_id, status = 'cancelled' from orders_order where shop_id = %s and id = any(%s) and mark is null
"""
_LAST = """
select t.root, e.kind, max(e.occurred_at)
from unnest(%s::bigint[], %s::bigint[]) as t(root, person)
join events_event e on e.person_id = t.person and e.kind = any(%s)
group by 1, 2
"""


def load(cur: Cursor, shop_id: int, wanted: Mapping[Key, Kept], now: datetime) -> dict[Key, Value]:
    """By key; whoever must not be reckoned at all is left out. Persons are those who answer for themselves."""
    if not wanted:
        return {}
    persons = sorted({person for _, person, _ in wanted})
    erased = {i for (i,) in cur.execute(_GONE, (persons,))}
    orders = _orders(cur, shop_id, sorted({order for *_, order in wanted if order}))
    keys = [k for k, kept in wanted.items() if k[1] not in erased and (not k[2] or _counts(kept, k, orders))]
    subjects = [facts.Subject(person, order or None) for _, person, order in keys]
    names = {name for key in keys for name in wanted[key].clock.needs}
    found = facts.load(cur, shop_id, subjects, names, now)
    last = _last(cur, shop_id, {k: c for k in keys if isinstance(c := wanted[k].clock, SinceClock)})
    shop_zone = settings_of(cur, shop_id).time_zone
    out = {}
    for key, known in zip(keys, found, strict=True):
        clock = wanted[key].clock
        value = last.get((key[1], clock.kind)) if isinstance(clock, SinceClock) else lookup(known, clock.fact)
        out[key] = Value(value, zone_of(lookup(known, "person.time_zone"), shop_zone))
    return out


def _orders(cur: Cursor, shop_id: int, ids: list[int]) -> dict[int, tuple[int, bool]]:
    """Who answers for the buyer of each order, and whether it is cancelled; without those that are set aside."""
    if not ids:
        return {}
    rows = cur.execute(_ORDERS, (shop_id, ids)).fetchall()
    who = canonical(cur, shop_id, {person for _, person, _ in rows if person is not None})
    return {order: (who[person], is_cancelled) for order, person, is_cancelled in rows if person in who}


def _counts(kept: Kept, key: Key, orders: Mapping[int, tuple[int, bool]]) -> bool:
    """A cancelled order has no days ahead but those of its cancelling; nobody waits for another's."""
    owner, is_cancelled = orders.get(key[2], (0, True))
    return owner == key[1] and (not is_cancelled or "order.cancelled_at" in kept.clock.needs)


def _last(cur: Cursor, shop_id: int, clocks: Mapping[Key, SinceClock]) -> dict[tuple[int, str], datetime]:
    """When the last event of a kind was, of all who are one, by (who answers for them, kind)."""
    if not clocks:
        return {}
    roots = sorted({person for _, person, _ in clocks})
    pairs = {(root, root) for root in roots}
    pairs |= {(root, member) for member, root in one_with(cur, shop_id, roots).items()}
    kinds = sorted({c.kind for c in clocks.values()})
    rows = cur.execute(_LAST, (*db.columns(sorted(pairs), 2), kinds)).fetchall()
    return {(root, kind): at for root, kind, at in rows}
