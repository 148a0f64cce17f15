"""`product.*`: what the goods of an order say together, for many orders in one statement. Reads only.

Owns those facts, live and of the past alike: the lines that count as they are now, and the catalogue as it is now.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from regulars.base.db import Cursor

__all__ = ["FIELDS", "goods_of"]

_SAID = {
    "satisfaction_days": "max(p.satisfaction_days)",
    "name": "(array_agg(l.name order by l.position))[1]",
    "sku": "(array_agg(l.sku order by l.position))[1]",
    "quantity": "sum(l.quantity)",
    "skus": "array_agg(distinct l.sku)",
    "categories": "array_agg(distinct p.category) filter (where p.category is not null)",
    "brands": "array_agg(distinct p.brand) filter (where p.brand is not null)",
}
"""Name → how it is gathered from an order's lines: the longest time until satisfaction, the first line's name and code,
how many pieces, all codes, categories and brands."""
FIELDS = tuple(f"product.{name}" for name in _SAID)


def goods_of(
    cur: Cursor, shop_id: int, order_ids: Sequence[int], names: Collection[str] = ()
) -> dict[int, dict[str, Any]]:
    """The facts of each order that has lines, by its id; those named, or all where a name means several."""
    if not order_ids:
        return {}
    is_exact = bool(names) and all(name in FIELDS for name in names)
    wanted = [n for n in _SAID if not is_exact or f"product.{n}" in names]
    rows = cur.execute(
        f"select l.order_id, {', '.join(_SAID[n] for n in wanted)}"  # noqa: S608 - written above
        " from orders_line l left join catalog_product p on p.shop_id = l.shop_id and p.sku = l.sku"
        " where l.shop_id = %s and l.order_id = any(%s) and not l.dropped group by l.order_id",
        (shop_id, list(order_ids)),
        binary=True,
    )
    return {row[0]: _present(dict(zip(wanted, row[1:], strict=True))) for row in rows.fetchall()}


def _present(found: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.normalize() if isinstance(v, Decimal) else v for k, v in found.items() if v is not None}
