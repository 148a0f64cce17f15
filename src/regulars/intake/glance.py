"""The judgement at the door: is this an item of the contract, as far as must be told at once?

Nearly every body is clean, and a typed decoder sees that in a few microseconds; only what it doubts is read in full,
to find every fault with its pointer. What needs the full reading to be found (a doubled key, a currency's decimals)
may pass here and is quarantined by the normaliser, which reads everything in full.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from regulars.base.errors import BadItem
from regulars.base.strict_json import split_batch
from regulars.catalog.snapshot import decode_product
from regulars.events.item import decode_event
from regulars.orders.snapshot import decode_order
from regulars.people.snapshot import decode_person

__all__ = ["KINDS", "MAX_ITEMS", "Batch", "Rejected", "judge", "judge_batch"]

MAX_ITEMS = 1000

_Id = Annotated[str, Meta(min_length=1, max_length=200)]
_Text = Annotated[str, Meta(max_length=10_000)]
_Moment = Annotated[datetime, Meta(tz=True)]
_Number = Annotated[str, Meta(pattern=r"^[0-9]{1,11}(\.[0-9]{1,6})?$")] | Annotated[int, Meta(ge=0, le=10**11)] | float
_Count = (
    Annotated[str, Meta(pattern=r"^(?!0+(\.0+)?$)[0-9]{1,11}(\.[0-9]{1,3})?$")]
    | Annotated[int, Meta(gt=0, le=10**10)]
    | Annotated[float, Meta(gt=0)]
)
_Status = Literal["new", "processing", "ready", "shipped", "delivered", "cancelled", "returned"]
_Paid = Literal["pending", "authorized", "unpaid", "part_paid", "paid", "part_refunded", "refunded", "failed"]


class _Line(Struct, gc=False):
    quantity: _Count
    price: _Number
    sku: _Id
    name: _Text | None = None


class _Buyer(Struct):
    id: _Id | None = None
    name: _Text | None = None
    email: Annotated[str, Meta(max_length=320)] | None = None
    phone: Annotated[str, Meta(max_length=200)] | None = None
    language: Annotated[str, Meta(max_length=35)] | None = None
    time_zone: Annotated[str, Meta(max_length=64)] | None = None
    birthday: Annotated[str, Meta(max_length=35)] | None = None
    address: dict[str, Any] | None = None
    consents: dict[str, bool] | None = None


class _Payment(Struct, gc=False):
    status: _Paid | None = None
    method: Annotated[str, Meta(max_length=200)] | None = None
    paid_at: _Moment | None = None
    paid_total: _Number | None = None


class _Delivery(Struct, gc=False):
    window_from: _Moment | None = None
    window_to: _Moment | None = None
    shipped_at: _Moment | None = None
    delivered_at: _Moment | None = None


class _Order(Struct):
    id: _Id
    placed_at: _Moment
    updated_at: _Moment
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    total: _Number
    lines: list[_Line]
    shipping_total: _Number | None = None
    discount_total: _Number | None = None
    number: Annotated[str, Meta(max_length=200)] | None = None
    status: _Status | None = None
    buyer: _Buyer | None = None
    payment: _Payment | None = None
    delivery: _Delivery | None = None
    cancelled_at: _Moment | None = None
    note: _Text | None = None


class _Person(_Buyer):
    id: _Id
    updated_at: _Moment | None = None


class _Product(Struct, gc=False):
    sku: _Id
    name: _Text | None = None
    satisfaction_days: Annotated[int, Meta(ge=0, le=3650)] | None = None
    stock: _Number | None = None
    updated_at: _Moment | None = None
    restock_at: _Moment | None = None
    # what says more is judged in full
    price: None = None
    currency: None = None
    category: None = None
    brand: None = None
    url: None = None
    picture_url: None = None
    features: None = None
    accessories: None = None
    alternatives: None = None
    offer: None = None
    suppliers: None = None


class _Event(Struct):
    id: _Id


class Rejected(Struct, frozen=True):
    """An item of a batch that was not accepted: its place in the batch, where in it, and what is wrong."""

    index: int
    pointer: str
    detail: str
    code: str


class Batch(Struct, frozen=True):
    """How many items there are, and those that were rejected; the others are accepted."""

    items: int
    rejected: list[Rejected]


@dataclass(frozen=True, slots=True)
class _Kind:
    """How items of one kind are judged: quickly one by one or many at once, and in full."""

    key: str
    one: msgspec.json.Decoder[Any]
    many: msgspec.json.Decoder[Any]
    full: Callable[[bytes], Any]
    quick: bool = True


_Decoder = msgspec.json.Decoder
KINDS = {
    "orders": _Kind("id", _Decoder(_Order), _Decoder(list[_Order]), decode_order),
    "people": _Kind("id", _Decoder(_Person), _Decoder(list[_Person]), decode_person),
    "products": _Kind("sku", _Decoder(_Product), _Decoder(list[_Product]), decode_product),
    # Their kinds and data are judged in full: there is no quick way to it.
    "events": _Kind("id", _Decoder(_Event), _Decoder(list[_Event]), decode_event, quick=False),
}
# Escapes of NUL and of half characters: the quick decoder lets the first pass.
_DOUBTS = (b"\\u0000", b"\\ud", b"\\uD")


def judge(kind: str, body: bytes) -> str:
    """The id of the one item in the body (a product's sku). Raises BadItem with all that is wrong."""
    known = KINDS[kind]
    if known.quick and not any(doubt in body for doubt in _DOUBTS):
        try:
            return str(getattr(known.one.decode(body), known.key))
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            pass  # the full reading tells what and where
    return str(getattr(known.full(body), known.key))


def judge_batch(kind: str, body: bytes) -> Batch:
    """Each item of a JSON array, or of one JSON value a line.

    Raises BadItem when the body is neither, or holds more than MAX_ITEMS.
    """
    known = KINDS[kind]
    if known.quick and not any(doubt in body for doubt in _DOUBTS):
        try:
            items = known.many.decode(body) if body[:1] == b"[" else known.one.decode_lines(body)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            pass
        else:
            if len(items) <= MAX_ITEMS:
                return Batch(len(items), [])
    if not body.strip():
        raise BadItem("not_json", "", "is empty")
    pieces = split_batch(body, MAX_ITEMS)
    rejected = []
    for index, piece in enumerate(pieces):
        try:
            judge(kind, piece)
        except BadItem as bad:
            rejected.append(Rejected(index, bad.pointer, bad.detail, bad.code))
    return Batch(len(pieces), rejected)
