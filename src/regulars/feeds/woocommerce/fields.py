"""Reading WooCommerce's JSON leniently: an absent, null or odd field is None, and nothing here raises.

What must be there is judged afterwards, by the contract's own reading.
"""

from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

__all__ = ["amount", "moment", "number", "objects", "placed", "text", "unit_price", "within"]

_SIX = Decimal("0.000001")
_LARGEST = Decimal(10**15)
_MOST_OFFSET = timedelta(hours=14)


def within(plain: dict[str, Any], name: str) -> dict[str, Any]:
    """The object in a field; an empty one when there is none."""
    value = plain.get(name)
    return value if isinstance(value, dict) else {}


def objects(plain: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of a list."""
    value = plain.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(plain: dict[str, Any], name: str) -> str | None:
    """A text that says something, or a whole number as text."""
    value = plain.get(name)
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if type(value) is int else None


def number(value: Any) -> Decimal | None:
    """A decimal number, out of a text or a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or len(str(value)) > 40:
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < _LARGEST else None


def amount(plain: dict[str, Any], name: str) -> str | None:
    """Money as the shop wrote it: it goes on as text, to be judged against its currency."""
    value = plain.get(name)
    found = number(value)
    return None if found is None else value.strip() if isinstance(value, str) else format(found, "f")


def unit_price(value: Any) -> str | None:
    """`price` is a JSON number, often the endless fraction of a division: six decimals are kept."""
    found = number(value)
    return None if found is None else format(found.quantize(_SIX, ROUND_HALF_UP), "f")


def moment(plain: dict[str, Any], name: str) -> str | None:
    """A time in UTC: the `_gmt` twin, to which WooCommerce adds no zone."""
    at = _naive(plain.get(f"{name}_gmt"))
    return None if at is None else at.replace(tzinfo=UTC).isoformat()


def placed(plain: dict[str, Any]) -> str | None:
    """When the order was placed, by the shop's clock: the two twins tell its offset."""
    utc, local = _naive(plain.get("date_created_gmt")), _naive(plain.get("date_created"))
    if utc is None:
        return None
    offset = timedelta(0) if local is None else local - utc
    if abs(offset) > _MOST_OFFSET or offset % timedelta(minutes=1):
        offset = timedelta(0)
    return utc.replace(tzinfo=UTC).astimezone(timezone(offset)).isoformat()


def _naive(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo is None and 1970 <= at.year <= 2200 else None
