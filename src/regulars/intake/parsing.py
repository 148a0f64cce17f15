"""A claimed delivery read in full: its items one by one, each understood, ignored, or refused with the reason.

Owns which reader serves which kind. It writes nothing and knows no person.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from regulars.base.errors import BadItem
from regulars.base.strict_json import split_batch
from regulars.catalog.snapshot import ProductSnapshot, decode_product
from regulars.events.item import EventItem, decode_event
from regulars.intake import feed_registry
from regulars.intake.feed_registry import Ignored
from regulars.orders.snapshot import OrderSnapshot, decode_order
from regulars.people.snapshot import PersonSnapshot, decode_person
from regulars.talks.calls_snapshot import CallItem, call_of, decode_call, is_call_event
from regulars.talks.threads_incoming import AddressNews, InboundMessage, decode_address_news, decode_message

__all__ = ["Claimed", "Piece", "read"]

Snapshot = OrderSnapshot | PersonSnapshot | ProductSnapshot | EventItem | CallItem | InboundMessage | AddressNews


def _event(body: bytes) -> EventItem | CallItem:
    """An event; what it tells of a call is a fact about that call."""
    event = decode_event(body)
    return call_of(event) if is_call_event(event.kind) else event


_READERS: dict[str, Callable[[bytes], Snapshot]] = {
    "orders": decode_order,
    "people": decode_person,
    "products": decode_product,
    "events": _event,
    "calls": decode_call,
    "messages": decode_message,
    "addresses": decode_address_news,
}


@dataclass(slots=True)
class Claimed:
    """A delivery out of the queue. `feed_kind` and `feed_settings` are the feed's, when it came by one."""

    id: int
    source: str
    kind: str
    batch: bool
    live: bool | None
    headers: dict[str, Any]
    body: bytes
    feed_kind: str | None
    feed_settings: dict[str, Any] | None
    pieces: list["Piece"] = field(default_factory=list)

    @property
    def cause(self) -> str:
        """As events name it."""
        return f"delivery:{self.id}"


@dataclass(slots=True)
class Piece:
    """One item of a delivery. `position`: its place in a batch, else None. `found` is what was understood.

    `verdict` is filled in by the takers: taken, same, older, ignored, quarantined.
    """

    position: int | None
    kind: str
    body: bytes
    found: Snapshot | Ignored | BadItem
    verdict: str = ""
    person_id: int | None = None

    @property
    def key(self) -> str | None:
        """The item's own id, when it was understood."""
        return getattr(self.found, "id", None) or getattr(self.found, "sku", None)


def read(delivery: Claimed) -> None:
    """Fill in the delivery's pieces; never raises."""
    if delivery.feed_kind is not None:
        delivery.pieces = _by_feed(delivery)
        return
    if not delivery.batch:
        delivery.pieces = [_piece(None, delivery.kind, delivery.body)]
        return
    try:
        bodies = split_batch(delivery.body)
    except BadItem as bad:
        delivery.pieces = [Piece(None, delivery.kind, delivery.body, bad)]
        return
    delivery.pieces = [_piece(i, delivery.kind, body) for i, body in enumerate(bodies)]


def _by_feed(delivery: Claimed) -> list[Piece]:
    found = feed_registry.parse(
        delivery.feed_kind or "",
        feed_registry.Delivered(delivery.headers, delivery.body, delivery.feed_settings or {}),
    )
    many = len(found) > 1
    pieces = []
    for i, item in enumerate(found):
        position = i if many else None
        if isinstance(item, Ignored | BadItem):
            pieces.append(Piece(position, delivery.kind, delivery.body, item))
        else:
            pieces.append(_piece(position, item.kind, item.body))
    return pieces


def _piece(position: int | None, kind: str, body: bytes) -> Piece:
    reader = _READERS.get(kind)
    if reader is None:
        return Piece(position, kind, body, BadItem("unknown_kind", "", f"there is no kind {kind}"))
    try:
        return Piece(position, kind, body, reader(body))
    except BadItem as bad:
        return Piece(position, kind, body, bad)
