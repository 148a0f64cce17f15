"""A product as the shop describes it, in the contract's JSON: what it is, what it costs, who else has it, what goes with it.

Owns the reading of that JSON into a `ProductSnapshot`; must not touch the database.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from regulars.base.reader import MAX_ID, Reader
from regulars.base.strict_json import decode
from regulars.rules.money import UnknownCurrency, exponent

__all__ = ["Accessory", "Offer", "ProductSnapshot", "SupplySnapshot", "decode_product", "kept_fields", "read_product"]

_KNOWN = frozenset(
    {
        "sku", "name", "satisfaction_days", "stock", "restock_at", "price", "currency", "category", "brand", "url",
        "picture_url", "features", "accessories", "alternatives", "offer", "suppliers", "updated_at",
    }
)  # fmt: skip
MOST_FEATURES = 100
MOST_LISTED = 50
MOST_SUPPLIERS = 50
LONGEST_FEATURE = 500


class Accessory(msgspec.Struct, frozen=True):
    """A product that goes with this one; `reason` in the shop's own words, '' if it gives none."""

    sku: str
    reason: str = ""


class Offer(msgspec.Struct, frozen=True):
    """That it is cheaper for a while: at `price`, `until` then, and `text` of what the offer is."""

    price: Decimal | None = None
    until: datetime | None = None
    text: str = ""


class SupplySnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier has of it; `lead_days` until it is here."""

    supplier: str
    stock: Decimal | None = None
    price: Decimal | None = None
    currency: str | None = None
    lead_days: int | None = None
    updated_at: datetime | None = None


class ProductSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What is None the shop doesn't say; without `suppliers` those that are known stay. `rest`: fields unknown to us."""

    sku: str
    name: str | None = None
    satisfaction_days: int | None = None
    stock: Decimal | None = None
    restock_at: datetime | None = None
    price: Decimal | None = None
    currency: str | None = None
    category: str | None = None
    brand: str | None = None
    url: str | None = None
    picture_url: str | None = None
    features: dict[str, Any] = {}
    accessories: tuple[Accessory, ...] = ()
    alternatives: tuple[str, ...] = ()
    offer: Offer | None = None
    suppliers: tuple[SupplySnapshot, ...] | None = None
    updated_at: datetime | None = None
    rest: dict[str, Any] = {}


def decode_product(body: bytes) -> ProductSnapshot:
    """The product in a JSON body. Raises BadItem."""
    return read_product(decode(body))


def read_product(plain: Any) -> ProductSnapshot:
    """The product in plain data; `sku` is required. Raises BadItem."""
    reader = Reader(plain)
    product = _read(reader)
    reader.finish()
    return product


def kept_fields(sku: str, name: str, rest: dict[str, Any]) -> ProductSnapshot:
    """What was kept of a product before these fields had a place; what can't be read stays where it is."""
    reader = Reader({**rest, "sku": sku, "name": name})
    found = _read(reader)
    unread = {problem.pointer.split("/")[1] for problem in reader.problems}
    return msgspec.structs.replace(found, rest={k: v for k, v in rest.items() if k not in _KNOWN or k in unread})


def _read(reader: Reader) -> ProductSnapshot:
    return ProductSnapshot(
        sku=reader.text("sku", required=True, longest=MAX_ID) or "",
        name=reader.text("name"),
        satisfaction_days=reader.integer("satisfaction_days", 0, 3650),
        stock=reader.decimal("stock", 11, 3),
        restock_at=reader.moment("restock_at"),
        price=reader.decimal("price", 12, 6),
        currency=_currency(reader),
        category=reader.text("category", longest=MAX_ID),
        brand=reader.text("brand", longest=MAX_ID),
        url=reader.text("url"),
        picture_url=reader.text("picture_url"),
        features=_features(reader),
        accessories=_accessories(reader),
        alternatives=reader.texts("alternatives", MOST_LISTED),
        offer=_offer(reader),
        suppliers=_suppliers(reader) if reader.plain.get("suppliers") is not None else None,
        updated_at=reader.moment("updated_at"),
        rest=reader.rest(_KNOWN),
    )


def _currency(reader: Reader) -> str | None:
    code = reader.text("currency", longest=3)
    if code is None:
        return None
    try:
        exponent(code)
    except UnknownCurrency:
        reader.note("unknown_value", "currency", "must be an ISO 4217 code, such as RUB")
        return None
    return code


def _features(reader: Reader) -> dict[str, Any]:
    inner = reader.inner("features")
    if inner is None:
        return {}
    if len(inner.plain) > MOST_FEATURES:
        reader.note("too_many", "features", f"has {len(inner.plain)} entries; at most {MOST_FEATURES} are taken")
        return {}
    found = {}
    for name, value in inner.plain.items():
        if value is None:
            continue
        if not isinstance(value, str | bool | int | Decimal):
            inner.note("wrong_type", name, "must be text, a number, or true or false")
        elif len(name) > MAX_ID or (isinstance(value, str) and len(value) > LONGEST_FEATURE):
            inner.note(
                "too_long", name, f"at most {MAX_ID} characters of a name and {LONGEST_FEATURE} of a value are taken"
            )
        else:
            found[name] = value
    return found


def _accessories(reader: Reader) -> tuple[Accessory, ...]:
    """A list of codes, and of objects with a code and a reason."""
    listed = reader.plain.get("accessories")
    if isinstance(listed, list):
        whole = [{"sku": one} if isinstance(one, str) else one for one in listed]
        reader = Reader({"accessories": whole}, reader.pointer, reader.problems)
    return tuple(
        Accessory(
            one.text("sku", required=True, longest=MAX_ID) or "", one.text("reason", longest=LONGEST_FEATURE) or ""
        )
        for one in reader.each("accessories", MOST_LISTED)
    )


def _offer(reader: Reader) -> Offer | None:
    inner = reader.inner("offer")
    if inner is None:
        return None
    return Offer(
        price=inner.decimal("price", 12, 6),
        until=inner.moment("until"),
        text=inner.text("text", longest=LONGEST_FEATURE) or "",
    )


def _suppliers(reader: Reader) -> tuple[SupplySnapshot, ...]:
    found = {}
    for one in reader.each("suppliers", MOST_SUPPLIERS):
        supply = SupplySnapshot(
            supplier=one.text("name", required=True, longest=MAX_ID) or "",
            stock=one.decimal("stock", 11, 3),
            price=one.decimal("price", 12, 6),
            currency=_currency(one),
            lead_days=one.integer("lead_days", 0, 366),
            updated_at=one.moment("updated_at"),
        )
        found[supply.supplier] = supply
    return tuple(found.values())
