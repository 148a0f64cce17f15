"""How long an order usually takes to be paid, shipped and delivered in this shop. Reads only."""

from datetime import datetime, timedelta

from regulars.base.db import Cursor

__all__ = ["usual_times"]

LEAST = 30
"""So many orders must have come to something, or nothing is said of it."""

# The newest thousand that are old enough to have come to everything: the same few pages of one index at any size.
_USUAL = """
with past as (
  select placed_at, paid_at, shipped_at, delivered_at from orders_order
  where shop_id = %(shop)s and placed_at < %(until)s order by placed_at desc, id desc limit 1000
)
select percentile_cont(0.5) within group (order by paid_at - placed_at), count(paid_at),
       percentile_cont(0.5) within group (order by shipped_at - placed_at), count(shipped_at),
       percentile_cont(0.5) within group (order by delivered_at - placed_at), count(delivered_at)
from past
"""


def usual_times(cur: Cursor, shop_id: int, now: datetime) -> dict[str, timedelta]:
    """By event of an order: the time after which half of those that came to it had come to it."""
    row = cur.execute(_USUAL, {"shop": shop_id, "until": now - timedelta(days=30)}).fetchone()
    if row is None:
        return {}
    found = zip(("order.paid", "order.shipped", "order.delivered"), row[::2], row[1::2], strict=True)
    return {event: half for event, half, count in found if count >= LEAST and half > timedelta(0)}
