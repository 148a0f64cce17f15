"""A product as the shop describes it, in the contract's JSON: `sku`, `name`, `satisfaction_days`, `stock`, and the rest.

Owns the reading of that JSON into a `ProductSnapshot`; must not touch the database.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from regulars.base.reader import MAX_ID, Reader
from regulars.base.strict_json import decode

__all__ = ["ProductSnapshot", "decode_product", "read_product"]

_KNOWN = frozenset({"sku", "name", "satisfaction_days", "stock", "updated_at"})


class ProductSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """`satisfaction_days` and `stock` are None where the shop doesn't say. `rest`: fields that we don't know."""

    sku: str
    name: str | None = None
    satisfaction_days: int | None = None
    stock: Decimal | None = None
    updated_at: datetime | None = None
    rest: dict[str, Any] = {}


def decode_product(body: bytes) -> ProductSnapshot:
    """The product in a JSON body. Raises BadItem."""
    return read_product(decode(body))


def read_product(plain: Any) -> ProductSnapshot:
    """The product in plain data; `sku` is required. Raises BadItem."""
    reader = Reader(plain)
    product = ProductSnapshot(
        sku=reader.text("sku", required=True, longest=MAX_ID) or "",
        name=reader.text("name"),
        satisfaction_days=reader.integer("satisfaction_days", 0, 3650),
        stock=reader.decimal("stock", 11, 3),
        updated_at=reader.moment("updated_at"),
        rest=reader.rest(_KNOWN),
    )
    reader.finish()
    return product
