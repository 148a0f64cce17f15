"""Reads of what people have bought: number of orders, their sum, and the last one, for a page of people at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["Bought", "sums_of"]


@dataclass(frozen=True, slots=True)
class Bought:
    """`total` in minor units of `currency`, without cancelled and marked orders; None when they are in several currencies."""

    orders: int
    total: int | None
    currency: str
    first_at: datetime
    last_at: datetime


# Whose orders count for whom: a person's own, and those of everybody who was merged into him.
_SUMS = """
with recursive who as (
  select id as start, id from people_person where shop_id = %(shop)s and id = any(%(people)s)
  union all
  select who.start, p.id from people_person p join who on p.merged_into = who.id
)
select w.start, count(*), sum(o.total) filter (where o.status <> 'cancelled'), min(o.currency), max(o.currency),
       min(o.placed_at), max(o.placed_at)
from who w join orders_order o on o.person_id = w.id where o.shop_id = %(shop)s and o.mark is null group by w.start
"""


def sums_of(cur: Cursor, shop_id: int, person_ids: Sequence[int]) -> dict[int, Bought]:
    """By person; who has no order is absent."""
    if not person_ids:
        return {}
    out: dict[int, Bought] = {}
    for person, n, total, first, last, begun, at in cur.execute(_SUMS, {"shop": shop_id, "people": list(person_ids)}):
        out[person] = Bought(n, int(total or 0) if first == last else None, first, begun, at)
    return out
