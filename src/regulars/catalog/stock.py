"""Reads of stock: how many of a product the shop has said to have."""

from collections.abc import Collection
from decimal import Decimal

from regulars.base.db import Cursor

__all__ = ["stock_of"]


def stock_of(cur: Cursor, shop_id: int, skus: Collection[str]) -> dict[str, Decimal]:
    """By product code; a product whose stock isn't known is absent."""
    if not skus:
        return {}
    rows = cur.execute(
        "select sku, stock from catalog_product where shop_id = %s and sku = any(%s) and stock is not null",
        (shop_id, sorted(set(skus))),
    )
    return dict(rows.fetchall())
