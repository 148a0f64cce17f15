"""Reads of the list of orders as the desk works it: what waits for somebody, and the ready filters above the list.

Owns what 'to call' and 'in trouble' mean. It joins orders with the tasks and promises that stand on them; the plain
filters are orders/listing.py's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from regulars.base.db import Cursor
from regulars.orders import listing
from regulars.orders.listing import Counted, OrderFilter, Where
from regulars.orders.models import OPEN

__all__ = ["COUNTED", "PRESETS", "Waiting", "condition", "counts", "waiting_of_orders"]

PRESETS = ("to_call", "unpaid", "on_the_way", "trouble", "twice")
COUNTED = 1000
"""Counts go no further: '1,000+' is all that a screen says of more."""
_LATELY = timedelta(days=7)

_TO_CALL = (
    "o.id in (select t.order_id from desk_task t where t.shop_id = %s and t.state in ('open', 'claimed')"
    " and t.kind = 'call' and t.order_id is not null)"
)
_TWICE = "o.id in (select w.order_id from orders_twin w where w.shop_id = %s)"
_OPEN = ", ".join(repr(s) for s in OPEN)
# Not `or` over the three: each finds its few orders by its own index.
_TROUBLE = (
    f"o.status in ({_OPEN}, 'shipped') and o.id in ("  # noqa: S608 - our own words
    "select p.order_id from promises_promise p where p.shop_id = %s and p.state in ('broken', 'warned') and p.due_at > %s"
    " union select p.order_id from promises_promise p where p.shop_id = %s and p.state = 'open' and p.risk_at is not null"
    " union select t.order_id from desk_task t where t.shop_id = %s and t.state in ('open', 'claimed') and t.due_at < %s"
    " union select f.id from orders_order f where f.shop_id = %s and f.payment_status = 'failed'"
    f" and f.status in ({_OPEN}))"
)


def condition(shop_id: int, preset: str, wanted: OrderFilter, now: datetime) -> Where:
    """A ready filter and the plain ones together. '' and unknown presets: the plain ones alone.

    'unpaid': waits for the shop, and money is still to come. 'to_call': a call is open. 'on_the_way': shipped.
    'trouble': not with the buyer yet, and a promise of the last 7 days was broken or is about to be, or the payment
    failed, or a task is late. 'twice': looks like an earlier one, and nobody has decided.
    """
    if preset == "unpaid":
        return listing.where(shop_id, replace(wanted, is_unpaid=True))
    found = listing.where(shop_id, wanted)
    if preset == "to_call":
        return found.also(_TO_CALL, shop_id)
    if preset == "on_the_way":
        return found.also("o.status = 'shipped'")
    if preset == "trouble":
        return found.also(_TROUBLE, shop_id, now - _LATELY, shop_id, shop_id, now, shop_id)
    if preset == "twice":
        return found.also(_TWICE, shop_id)
    return found


@dataclass(frozen=True, slots=True)
class Waiting:
    """The nearest thing that an order waits for.

    `kind`: of the promise, or 'call', 'case', 'task'. `state`: 'open', 'warned', 'broken', or 'later' for a task whose
    time to begin (`due_at` then) has not come.
    """

    order_id: int
    kind: str
    state: str
    due_at: datetime


_WAITING = """
select order_id, kind, state, due_at from promises_promise
where shop_id = %(shop)s and order_id = any(%(orders)s) and state in ('open', 'warned', 'broken')
union all
select order_id, kind, case when not_before > %(now)s then 'later' else 'open' end,
       case when not_before > %(now)s then not_before else due_at end
from desk_task
where shop_id = %(shop)s and order_id = any(%(orders)s) and state in ('open', 'claimed')
  and (not_before > %(now)s or due_at is not null)
"""


def waiting_of_orders(cur: Cursor, shop_id: int, order_ids: Sequence[int], now: datetime) -> dict[int, Waiting]:
    """By order: what is due next, else the newest broken promise; orders that wait for nothing are absent."""
    out: dict[int, Waiting] = {}
    rows = cur.execute(_WAITING, {"shop": shop_id, "orders": list(order_ids), "now": now}) if order_ids else ()
    for found in (Waiting(*r) for r in rows):
        before = out.get(found.order_id)
        if before is None or _rank(found) < _rank(before):
            out[found.order_id] = found
    return out


def _rank(one: Waiting) -> tuple[bool, float]:
    """Smaller stands first: what is still to come by its time, then broken ones, the newest first."""
    at = one.due_at.timestamp()
    return (True, -at) if one.state == "broken" else (False, at)


def counts(cur: Cursor, shop_id: int, now: datetime) -> dict[str, Counted]:
    """How many orders each ready filter finds."""
    everything = OrderFilter()
    return {preset: listing.count(cur, condition(shop_id, preset, everything, now), COUNTED) for preset in PRESETS}
