"""The fields of an order that the desk may change, as plain values that can be compared: of what we have, of a snapshot.

Names: `address`, `window`, `note`, `cancelled`, and `line:CODE` for each line. Pure but for its reading of a snapshot's types.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from regulars.orders.queries import Line, OrderRow
from regulars.orders.snapshot import OrderSnapshot
from regulars.rules.changes import UNSAID

__all__ = [
    "ADDRESS",
    "CANCELLED",
    "LINE",
    "NOTE",
    "WINDOW",
    "address_of",
    "kind_of",
    "line_fields",
    "of_order",
    "of_snapshot",
    "quantity",
]

ADDRESS, WINDOW, NOTE, CANCELLED, LINE = "address", "window", "note", "cancelled", "line:"
PARTS = ("country", "region", "city", "street", "postcode")


def of_order(order: OrderRow, lines: Iterable[Line], address: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of an order as it stands with us."""
    given = order.data.get("delivery") or {}
    return {
        ADDRESS: address_of(address),
        WINDOW: _window(given.get("window_from"), given.get("window_to")),
        NOTE: order.note,
        CANCELLED: order.status == "cancelled",
        **line_fields((line.sku, line.name, line.quantity, line.dropped) for line in lines),
    }


def of_snapshot(snapshot: OrderSnapshot) -> dict[str, Any]:
    """The same as a snapshot has it; a buyer without an address says nothing of it."""
    address = snapshot.buyer.address if snapshot.buyer is not None else None
    return {
        ADDRESS: UNSAID if address is None else address_of(address),
        WINDOW: _window(snapshot.delivery.window_from, snapshot.delivery.window_to),
        NOTE: snapshot.note,
        CANCELLED: snapshot.status == "cancelled",
        **line_fields((line.sku, line.name, line.quantity, line.dropped) for line in snapshot.lines),
    }


def address_of(plain: Mapping[str, Any]) -> dict[str, str]:
    """The parts of an address that are compared and changed."""
    return {part: " ".join(str(plain[part]).split()) for part in PARTS if plain.get(part)}


def line_fields(lines: Iterable[tuple[str, str, Decimal, bool]]) -> dict[str, Any]:
    """The quantity by line; the second line of one product is told apart by its number."""
    out: dict[str, Any] = {}
    for sku, name, count, dropped in lines:
        if dropped:
            continue
        key, n = f"{LINE}{sku or name}", 1
        while key in out:
            n += 1
            key = f"{LINE}{sku or name}#{n}"
        out[key] = quantity(count)
    return out


def quantity(count: Decimal) -> str:
    """A quantity as it is compared: 2, not 2.000."""
    return f"{count.normalize():f}"


def kind_of(field: str) -> str:
    """What of an order a field is, without the product's code: as events and words name it."""
    return "lines" if field.startswith(LINE) else field


def _window(start: Any, end: Any) -> list[str] | None:
    found = [_moment(start), _moment(end)]
    return None if found == ["", ""] else found


def _moment(at: Any) -> str:
    if isinstance(at, str) and at:
        at = datetime.fromisoformat(at)
    return at.astimezone(UTC).isoformat(timespec="seconds") if isinstance(at, datetime) else ""
