"""An order as it stands in the shop, in the contract's JSON: what every feed turns its vendor's shape into.

Owns the reading of that JSON into an `OrderSnapshot`, strictly; must not compare, match buyers or touch the database.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from regulars.base.reader import MAX_ID, Reader
from regulars.base.strict_json import decode
from regulars.people.snapshot import PersonSnapshot, read_buyer
from regulars.rules.money import MoneyError, to_minor

__all__ = [
    "PAYMENT_STATUSES",
    "STATUSES",
    "DeliverySnapshot",
    "LineSnapshot",
    "OrderSnapshot",
    "PaymentSnapshot",
    "decode_order",
    "read_order",
]

STATUSES = frozenset({"new", "processing", "ready", "shipped", "delivered", "cancelled", "returned"})
PAYMENT_STATUSES = frozenset(
    {"pending", "authorized", "unpaid", "part_paid", "paid", "part_refunded", "refunded", "failed"}
)
MAX_LINES = 10_000
_LINE_STATUSES = frozenset({"cancelled", "returned"})
_KNOWN = frozenset(
    {
        "id", "number", "placed_at", "updated_at", "status", "currency", "total", "shipping_total", "discount_total",
        "buyer", "lines", "payment", "delivery", "cancelled_at", "codes", "points_spent", "note",
    }
)  # fmt: skip
_KNOWN_LINE = frozenset({"sku", "name", "quantity", "price", "status"})
_KNOWN_PAYMENT = frozenset({"method", "status", "paid_at", "paid_total", "pay_url"})
_KNOWN_DELIVERY = frozenset({"method", "window_from", "window_to", "carrier", "tracking", "shipped_at", "delivered_at"})


class LineSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """`price`: of one piece. `dropped`: cancelled or returned (`status` of the line says so)."""

    sku: str
    name: str
    quantity: Decimal
    price: Decimal
    dropped: bool = False
    rest: dict[str, Any] = {}


class PaymentSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """`status` None: the shop doesn't say. `paid_total` in minor units."""

    method: str | None = None
    status: str | None = None
    paid_at: datetime | None = None
    paid_total: int | None = None
    pay_url: str | None = None
    rest: dict[str, Any] = {}


class DeliverySnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """How and when it goes to the buyer, as far as the shop says."""

    method: str | None = None
    window_from: datetime | None = None
    window_to: datetime | None = None
    carrier: str | None = None
    tracking: str | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    rest: dict[str, Any] = {}


class OrderSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Totals in minor units of `currency`; times keep their offset; `status` None: the shop doesn't say.

    `rest`: fields that we don't know, kept as they came.
    """

    id: str
    number: str
    placed_at: datetime
    updated_at: datetime
    status: str | None
    currency: str
    total: int
    shipping_total: int = 0
    discount_total: int = 0
    buyer: PersonSnapshot | None = None
    lines: tuple[LineSnapshot, ...] = ()
    payment: PaymentSnapshot = PaymentSnapshot()
    delivery: DeliverySnapshot = DeliverySnapshot()
    cancelled_at: datetime | None = None
    codes: tuple[str, ...] = ()
    points_spent: int = 0
    note: str = ""
    rest: dict[str, Any] = {}


def decode_order(body: bytes) -> OrderSnapshot:
    """The order in a JSON body. Raises BadItem with every problem that was found."""
    return read_order(decode(body))


def read_order(plain: Any) -> OrderSnapshot:
    """The order in plain data (the contract's shape; numbers are int or Decimal). Raises BadItem."""
    reader = Reader(plain)
    currency = _currency(reader)
    id_ = reader.text("id", required=True, longest=MAX_ID)
    placed_at = reader.moment("placed_at", required=True)
    updated_at = reader.moment("updated_at", required=True)
    total = reader.amount("total", currency, required=True)
    buyer = reader.inner("buyer")
    shipping = reader.amount("shipping_total", currency)
    discount = reader.amount("discount_total", currency)
    status = reader.choice("status", STATUSES)
    number = reader.text("number", longest=MAX_ID)
    lines = tuple(_line(line) for line in reader.each("lines", MAX_LINES, required=True))
    payment = _payment(reader.inner("payment"), currency)
    delivery = _delivery(reader.inner("delivery"))
    person = None if buyer is None else read_buyer(buyer)
    cancelled_at = reader.moment("cancelled_at")
    codes = reader.texts("codes")
    points = reader.integer("points_spent", 0, 10**15)
    note = reader.text("note")
    reader.finish()
    assert id_ and placed_at and updated_at and currency and total is not None
    return OrderSnapshot(
        id=id_,
        number=number or id_,
        placed_at=placed_at,
        updated_at=updated_at,
        status=status,
        currency=currency,
        total=total,
        shipping_total=shipping or 0,
        discount_total=discount or 0,
        buyer=person,
        lines=lines,
        payment=payment,
        delivery=delivery,
        cancelled_at=cancelled_at,
        codes=codes,
        points_spent=points or 0,
        note=note or "",
        rest=reader.rest(_KNOWN),
    )


def _currency(reader: Reader) -> str | None:
    currency = reader.text("currency", required=True, longest=3)
    if currency is None:
        return None
    try:
        to_minor("0", currency)
    except MoneyError as error:
        reader.note("unknown_currency", "currency", str(error))
        return None
    return currency


def _line(reader: Reader) -> LineSnapshot:
    sku = reader.text("sku", longest=MAX_ID) or ""
    name = reader.text("name") or sku
    if not name and not reader.problems:
        reader.note("missing", "name", "is required where there is no sku")
    return LineSnapshot(
        sku=sku,
        name=name,
        quantity=reader.decimal("quantity", 11, 3, required=True, above_zero=True) or Decimal(1),
        price=reader.decimal("price", 13, 6, required=True) or Decimal(0),
        dropped=reader.choice("status", _LINE_STATUSES) is not None,
        rest=reader.rest(_KNOWN_LINE),
    )


def _payment(reader: Reader | None, currency: str | None) -> PaymentSnapshot:
    if reader is None:
        return PaymentSnapshot()
    return PaymentSnapshot(
        method=reader.text("method", longest=MAX_ID),
        status=reader.choice("status", PAYMENT_STATUSES),
        paid_at=reader.moment("paid_at"),
        paid_total=reader.amount("paid_total", currency),
        pay_url=_web_address(reader, "pay_url"),
        rest=reader.rest(_KNOWN_PAYMENT),
    )


def _web_address(reader: Reader, name: str) -> str | None:
    url = reader.text(name, longest=2000)
    if url and not url.startswith(("https://", "http://")):
        reader.note("unknown_value", name, "must be an address that begins with https://")
        return None
    return url


def _delivery(reader: Reader | None) -> DeliverySnapshot:
    if reader is None:
        return DeliverySnapshot()
    return DeliverySnapshot(
        method=reader.text("method", longest=MAX_ID),
        window_from=reader.moment("window_from"),
        window_to=reader.moment("window_to"),
        carrier=reader.text("carrier", longest=MAX_ID),
        tracking=reader.text("tracking", longest=MAX_ID),
        shipped_at=reader.moment("shipped_at"),
        delivered_at=reader.moment("delivered_at"),
        rest=reader.rest(_KNOWN_DELIVERY),
    )
