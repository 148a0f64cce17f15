"""What is bought together, counted from the shop's own orders; and what a person has bought already. Reads only."""

from collections.abc import Sequence

from regulars.base.db import Cursor

__all__ = ["owned", "pairs"]

RECENT = 200_000
"""So many of the newest orders are counted: what went together years ago tells little."""
MOST_LINES = 40
"""An order with more lines is a wholesaler's: in it everything goes with everything."""
LEAST_TOGETHER, LEAST_SHARE = 5, 0.05
"""Fewer common orders, or a smaller share of them, are chance."""
KEPT = 5

# A pair must come together more often than chance would have it, or what sells best would go with all.
_PAIRS = """
with recent as materialized (
  select id from orders_order where shop_id = %(shop)s and status not in ('cancelled', 'returned')
  order by placed_at desc, id desc limit %(recent)s
), bought as materialized (
  select distinct l.order_id, l.sku from recent r join orders_line l on l.order_id = r.id
  where not l.dropped and l.position < %(lines)s
    and not exists (select 1 from orders_line m where m.order_id = r.id and m.position >= %(lines)s)
), alone as materialized (select sku, count(*) as orders from bought group by sku having count(*) >= %(least)s
), pair as (
  select a.sku, b.sku as with_sku, count(*) as together from bought a join bought b using (order_id)
  where a.sku <> b.sku group by a.sku, b.sku having count(*) >= %(least)s
), judged as (
  select p.sku, p.with_sku, p.together, a.orders,
    row_number() over (partition by p.sku order by p.together desc, p.with_sku) as place
  from pair p join alone a on a.sku = p.sku join alone w on w.sku = p.with_sku
  where p.together >= a.orders * %(share)s
    and p.together::numeric * (select count(distinct order_id) from bought) > a.orders::numeric * w.orders
)
select sku, with_sku, together::int, orders::int from judged where place <= %(kept)s order by sku, place
"""


def pairs(cur: Cursor, shop_id: int) -> list[tuple[str, str, int, int]]:
    """(sku, with, together, orders): of `orders` orders with the first, `together` had the second too."""
    asked = {
        "shop": shop_id, "recent": RECENT, "lines": MOST_LINES, "least": LEAST_TOGETHER, "share": LEAST_SHARE, "kept": KEPT,
    }  # fmt: skip
    return [(r[0], r[1], r[2], r[3]) for r in cur.execute(_PAIRS, asked)]


def owned(cur: Cursor, shop_id: int, person_ids: Sequence[int], limit: int = 1000) -> set[str]:
    """Codes of what a person (all his ids) has bought and kept, of his newest lines."""
    rows = cur.execute(
        "select l.sku from orders_order o join orders_line l on l.order_id = o.id"
        " where o.shop_id = %s and o.person_id = any(%s) and o.status not in ('cancelled', 'returned') and not l.dropped"
        " order by o.placed_at desc limit %s",
        (shop_id, list(person_ids), limit),
    )
    return {row[0] for row in rows}
