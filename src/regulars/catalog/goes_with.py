"""What goes with an order: the products' own accessories, what the shop's buyers took together, what is on offer.

Reads only. Nothing that is in the order or that the buyer has already is offered, nothing that is out of stock; each
comes with the reason why.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from regulars.base.db import Cursor
from regulars.catalog.queries import COLUMNS, ProductRow

__all__ = ["MOST", "Answered", "Suggestion", "answered", "goes_with", "outcomes", "price_now"]

MOST = 3
"""An operator makes one offer, once; three to choose from are enough."""
JUDGED = 20

_LISTED = f"""
select a.sku, l.item->>'reason', {COLUMNS} from catalog_product a
cross join lateral jsonb_array_elements(a.accessories) with ordinality as l(item, place)
join catalog_product p on p.shop_id = a.shop_id and p.sku = l.item->>'sku' and (p.stock is null or p.stock > 0)
where a.shop_id = %(shop)s and a.sku = any(%(skus)s) and p.sku <> all(%(not)s) order by l.place, a.sku, p.sku limit %(most)s
"""  # noqa: S608 - our own column names
_TOGETHER = f"""
select c.sku, c.together, c.orders, {COLUMNS} from catalog_pair c
join catalog_product p on p.shop_id = c.shop_id and p.sku = c.with_sku and p.stock > 0
where c.shop_id = %(shop)s and c.sku = any(%(skus)s) and p.sku <> all(%(not)s)
order by c.together::numeric / c.orders desc, c.together desc, p.sku limit %(most)s
"""  # noqa: S608 - our own column names
_ON_OFFER = f"""
select {COLUMNS} from catalog_product p
where p.shop_id = %(shop)s and p.offer is not null and p.stock > 0 and p.sku <> all(%(not)s)
  and (p.offer->>'until' is null or (p.offer->>'until')::timestamptz > %(now)s)
order by (p.category = any(select category from catalog_product where shop_id = %(shop)s and sku = any(%(skus)s))) desc
  nulls last, p.offer->>'until' nulls last, p.sku limit %(most)s
"""  # noqa: S608 - our own column names


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A product to offer. `because`: listed, together, on_offer; `to`: the product that it goes with.

    `reason`: the shop's own words; `together` of `orders` orders with `to` had it.
    """

    product: ProductRow
    because: str
    to: str = ""
    reason: str = ""
    together: int = 0
    orders: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """What was said to an offer in this talk."""

    sku: str
    answer: str


def goes_with(
    cur: Cursor, shop_id: int, skus: Sequence[str], owned: Collection[str], now: datetime
) -> list[Suggestion]:
    """What to offer with these products to somebody who has `owned` already; the surest reason first, three at most."""
    if not skus:
        return []
    asked = {"shop": shop_id, "skus": list(skus), "not": sorted({*skus, *owned}), "now": now, "most": JUDGED}
    found = [
        Suggestion(ProductRow(*row), "listed", to, reason or "") for to, reason, *row in cur.execute(_LISTED, asked)
    ]
    found += [
        Suggestion(ProductRow(*row), "together", to, together=n, orders=of)
        for to, n, of, *row in cur.execute(_TOGETHER, asked)
    ]
    if len({s.product.sku for s in found}) < MOST:
        found += [Suggestion(ProductRow(*row), "on_offer") for row in cur.execute(_ON_OFFER, asked)]
    once: dict[str, Suggestion] = {}
    for one in found:
        once.setdefault(one.product.sku, one)
    return list(once.values())[:MOST]


def answered(cur: Cursor, shop_id: int, task_id: int) -> list[Answered]:
    """What was offered in a talk, in its order."""
    rows = cur.execute(
        "select sku, answer from catalog_offered where shop_id = %s and task_id = %s order by id", (shop_id, task_id)
    )
    return [Answered(*row) for row in rows]


def outcomes(cur: Cursor, shop_id: int, skus: Sequence[str]) -> Mapping[str, tuple[int, int]]:
    """By product code: how often it was taken, of how many times it was offered."""
    if not skus:
        return {}
    rows = cur.execute(
        "select sku, count(*) filter (where answer = 'accepted'), count(*) from catalog_offered"
        " where shop_id = %s and sku = any(%s) group by sku",
        (shop_id, sorted(set(skus))),
    )
    return {sku: (taken, offered) for sku, taken, offered in rows}


def price_now(product: ProductRow, now: datetime) -> Decimal | None:
    """The price of one piece, that of the offer while it lasts."""
    offer = product.offer or {}
    until = offer.get("until")
    if offer.get("price") is not None and (until is None or datetime.fromisoformat(until) > now):
        return Decimal(offer["price"])
    return product.price
