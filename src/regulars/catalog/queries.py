"""Reads of products: what a shop says of some, and what is like them and in stock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from regulars.base.db import Cursor

__all__ = ["ProductRow", "SupplyRow", "page", "products", "products_by_id", "supplies"]


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product; what the shop doesn't say is None or empty. `stock` is as of `version_at`, `price` of one piece."""

    id: int
    sku: str
    name: str
    stock: Decimal | None
    restock_at: datetime | None
    price: Decimal | None
    currency: str | None
    category: str | None
    brand: str | None
    url: str | None
    picture_url: str | None
    features: Mapping[str, Any]
    accessories: Sequence[Mapping[str, str]]
    alternatives: Sequence[str]
    offer: Mapping[str, Any] | None
    version_at: datetime


@dataclass(frozen=True, slots=True)
class SupplyRow:
    """What a supplier has of a product, as of `updated_at`."""

    sku: str
    supplier: str
    stock: Decimal | None
    price: Decimal | None
    currency: str | None
    lead_days: int | None
    updated_at: datetime


COLUMNS = ", ".join(f"p.{field.name}" for field in fields(ProductRow))
_SELECT = f"select {COLUMNS} from catalog_product p where p.shop_id = %s"  # noqa: S608 - our own column names
_SUPPLIES = (
    "select sku, supplier, stock, price, currency, lead_days, updated_at from catalog_supply"
    " where shop_id = %s and sku = any(%s) order by sku, (stock > 0) desc nulls last, lead_days nulls last, price, supplier"
)


def products(cur: Cursor, shop_id: int, skus: Sequence[str]) -> dict[str, ProductRow]:
    """The products by code; those that the shop never told us of are absent."""
    if not skus:
        return {}
    rows = cur.execute(_SELECT + " and p.sku = any(%s)", (shop_id, sorted(set(skus))))
    return {r[1]: ProductRow(*r) for r in rows}


def products_by_id(cur: Cursor, shop_id: int, ids: Sequence[int]) -> dict[int, ProductRow]:
    """The products by our own ids; strangers to the shop are left out."""
    if not ids:
        return {}
    return {r[0]: ProductRow(*r) for r in cur.execute(_SELECT + " and p.id = any(%s)", (shop_id, list(ids)))}


def page(cur: Cursor, shop_id: int, after: int | None, limit: int) -> list[ProductRow]:
    """A page of all products; `after`: our id of the last one seen."""
    rows = cur.execute(_SELECT + " and p.id > %s order by p.id limit %s", (shop_id, after or 0, limit))
    return [ProductRow(*r) for r in rows]


def supplies(cur: Cursor, shop_id: int, skus: Sequence[str]) -> dict[str, list[SupplyRow]]:
    """Who else has these products: whoever has some first, the quickest first."""
    out: dict[str, list[SupplyRow]] = {}
    if skus:
        for row in cur.execute(_SUPPLIES, (shop_id, sorted(set(skus)))):
            out.setdefault(row[0], []).append(SupplyRow(*row))
    return out
