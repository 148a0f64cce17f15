"""Reads of products: what a shop says of some, and what is like them and in stock."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from regulars.base.db import Cursor

__all__ = ["ALTERNATIVES", "Alternative", "ProductRow", "alternatives", "products"]

ALTERNATIVES = 3
# The shop's `price` is text that nobody has checked: what isn't an amount is no price.
_PRICE = "case when {p}.data->>'price' ~ '^[0-9]{{1,12}}([.][0-9]{{1,6}})?$' then ({p}.data->>'price')::numeric end"
_OF_SHOP = (
    f"select p.sku, p.name, p.stock, {_PRICE.format(p='p')} from catalog_product p"  # noqa: S608 - our own words
    " where p.shop_id = %s and p.sku = any(%s)"
)
# What the shop names itself comes first, in its order; then what is of the same category, the nearest price first.
_LIKE = f"""
with asked as (
  select p.sku, p.data->>'category' as category, {_PRICE.format(p="p")} as price,
    case jsonb_typeof(p.data->'alternatives') when 'array' then p.data->'alternatives' else '[]' end as named
  from catalog_product p where p.shop_id = %(shop)s and p.sku = any(%(skus)s)
)
select asked.sku, a.sku, a.name, a.stock, a.price from asked cross join lateral (
  select c.sku, c.name, c.stock, {_PRICE.format(p="c")} as price, n.place, null::numeric as far
  from jsonb_array_elements_text(asked.named) with ordinality as n(sku, place)
  join catalog_product c on c.shop_id = %(shop)s and c.sku = n.sku and c.stock > 0 and c.sku <> asked.sku
  union all
  (select c.sku, c.name, c.stock, {_PRICE.format(p="c")}, null, abs({_PRICE.format(p="c")} - asked.price)
   from catalog_product c where c.shop_id = %(shop)s and c.data->>'category' = asked.category and c.stock > 0
     and c.sku <> asked.sku and not asked.named ? c.sku
   order by 6 nulls last, c.sku limit %(limit)s)
) a order by asked.sku, a.place nulls last, a.far nulls last, a.sku
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product; `stock` and `price` (of one piece, in the shop's currency) are None where the shop doesn't say."""

    sku: str
    name: str
    stock: Decimal | None
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class Alternative:
    """A product in stock that may stand in for another."""

    sku: str
    name: str
    stock: Decimal
    price: Decimal | None


def products(cur: Cursor, shop_id: int, skus: Sequence[str]) -> dict[str, ProductRow]:
    """The products by code; those that the shop never told us of are absent."""
    if not skus:
        return {}
    return {r[0]: ProductRow(*r) for r in cur.execute(_OF_SHOP, (shop_id, sorted(set(skus))))}


def alternatives(cur: Cursor, shop_id: int, skus: Sequence[str]) -> dict[str, list[Alternative]]:
    """What is in stock instead of each of these products, the likest first; three at the most."""
    out: dict[str, list[Alternative]] = {}
    if not skus:
        return out
    asked = {"shop": shop_id, "skus": sorted(set(skus)), "limit": ALTERNATIVES}
    for of, *row in cur.execute(_LIKE, asked):
        like = out.setdefault(of, [])
        if len(like) < ALTERNATIVES:
            like.append(Alternative(*row))
    return out
