"""What may stand in for products: what the shop names itself, then what is of the same category and in stock.

Reads only; how well one fits is rules/instead.py's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.base.db import Cursor
from regulars.catalog.queries import COLUMNS, ProductRow, products
from regulars.rules.instead import Difference, Traits, differences, fit

__all__ = ["ALTERNATIVES", "Alternative", "instead", "traits"]

ALTERNATIVES = 3
JUDGED = 40
"""So many of a category are judged on either side of the price: what is farther off in price is no stand-in."""

_NAMED = f"""
select a.sku, {COLUMNS} from catalog_product a
cross join lateral jsonb_array_elements_text(a.alternatives) with ordinality as n(sku, place)
join catalog_product p on p.shop_id = a.shop_id and p.sku = n.sku and p.stock > 0 and p.sku <> a.sku
where a.shop_id = %(shop)s and a.sku = any(%(skus)s) order by a.sku, n.place
"""  # noqa: S608 - our own column names
_SIDE = """
  (select {columns} from catalog_product p where p.shop_id = a.shop_id and p.category = a.category and p.stock > 0
    and p.category is not null and p.sku <> a.sku and {side} limit %(most)s)"""
_LIKE = f"""
select a.sku, {COLUMNS} from catalog_product a cross join lateral (
{_SIDE.format(columns="*", side="p.price >= a.price order by p.price")}
  union all
{_SIDE.format(columns="*", side="p.price < a.price order by p.price desc")}
  union all
{_SIDE.format(columns="*", side="(a.price is null or p.price is null)")}
) p where a.shop_id = %(shop)s and a.sku = any(%(skus)s)
"""  # noqa: S608 - our own column names


@dataclass(frozen=True, slots=True)
class Alternative:
    """A product in stock that may stand in; `is_named`: the shop says so itself."""

    product: ProductRow
    fit: float
    differs: list[Difference]
    is_named: bool


def traits(product: ProductRow) -> Traits:
    """What of a product is compared."""
    return Traits(product.price, product.currency, product.brand, product.features)


def instead(cur: Cursor, shop_id: int, skus: Sequence[str]) -> dict[str, list[Alternative]]:
    """What is in stock instead of each of these products, the shop's own choice first, then the best fit; a few."""
    asked = products(cur, shop_id, skus)
    if not asked:
        return {}
    values = {"shop": shop_id, "skus": sorted(asked), "most": JUDGED}
    out: dict[str, list[Alternative]] = {sku: [] for sku in asked}
    for is_named, sql in ((True, _NAMED), (False, _LIKE)):
        judged: dict[str, list[Alternative]] = {}
        for of, *row in cur.execute(sql, values):
            other = ProductRow(*row)
            mine, theirs = traits(asked[of]), traits(other)
            like = Alternative(other, fit(mine, theirs), differences(mine, theirs), is_named)
            judged.setdefault(of, []).append(like)
        for of, found in judged.items():
            known = {a.product.sku for a in out[of]}
            fresh = [a for a in found if a.product.sku not in known]
            out[of] += fresh if is_named else sorted(fresh, key=lambda a: (-round(a.fit, 4), a.product.sku))
    return {of: found[:ALTERNATIVES] for of, found in out.items() if found}
