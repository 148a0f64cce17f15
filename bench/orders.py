"""The orders that every stack is given: the snapshot of the API, alike in size and number for all.

Each has a buyer of its own, so that a letter at the sink names its order and a second one is seen as a double.
"""

import json
import uuid
from datetime import UTC, datetime
from typing import Any


def make(count: int, *, time_zone: str | None = None) -> list[dict[str, Any]]:
    """`count` orders placed now, with ids that no earlier call gave."""
    tag = uuid.uuid4().hex[:10]
    placed = datetime.now(UTC).isoformat(timespec="seconds")
    return [_order(f"{tag}-{number}", placed, time_zone) for number in range(count)]


def _order(order_id: str, placed: str, time_zone: str | None) -> dict[str, Any]:
    return {
        "id": order_id,
        "number": order_id,
        "placed_at": placed,
        "updated_at": placed,
        "status": "new",
        "currency": "EUR",
        "total": "97.70",
        "shipping_total": "8.00",
        "discount_total": "0.00",
        "buyer": {
            "id": f"buyer-{order_id}",
            "name": "Ann Buyer",
            "email": f"{order_id}@example.test",
            "language": "en",
            "time_zone": time_zone,
            "address": {"country": "DE", "city": "Berlin", "street": "Lange Straße 5", "postcode": "10243"},
        },
        "lines": [
            {"sku": f"PAN-{size}", "name": f"Frying pan {size}", "quantity": 1, "price": "29.90"}
            for size in (20, 24, 28)
        ],
        "payment": {"method": "card", "status": "unpaid", "paid_at": None, "paid_total": "0.00"},
        "delivery": {"method": "courier", "shipped_at": None, "delivered_at": None},
        "cancelled_at": None,
    }


def body(value: object) -> bytes:
    """JSON as a client would send it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
