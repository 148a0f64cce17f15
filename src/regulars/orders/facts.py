"""`order.*` and `product.*`: what schemes and letters may ask about an order and what was bought with it.

Money is `{"minor", "currency"}`, as the letters' `money` filter reads it.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP
from typing import Any

from regulars.base.db import Cursor
from regulars.base.facts import Subject
from regulars.orders import goods, queries
from regulars.orders.queries import Line, OrderRow
from regulars.rules.money import exponent

__all__ = ["FIELDS", "PRODUCT_FIELDS", "load", "load_products", "order_facts"]

FIELDS = (
    "order.id", "order.number", "order.status", "order.placed_at", "order.currency", "order.total", "order.due",
    "order.paid", "order.shipping_total", "order.discount_total", "order.amount", "order.live", "order.source",
    "order.payment.status", "order.payment.method", "order.payment.pay_url", "order.payment.paid_at",
    "order.delivery.method", "order.delivery.carrier", "order.delivery.tracking", "order.delivery.shipped_at",
    "order.delivery.delivered_at", "order.window", "order.window.from", "order.window.to", "order.lines", "order.cancelled_at",
)  # fmt: skip
PRODUCT_FIELDS = goods.FIELDS


def load(
    cur: Cursor, shop_id: int, subjects: Sequence[Subject], names: frozenset[str], _now: datetime
) -> list[dict[str, Any] | None]:
    """The order of each subject; None where he has none."""
    ids = sorted({s.order_id for s in subjects if s.order_id is not None})
    orders = queries.by_id(cur, shop_id, ids)
    lines = queries.lines(cur, shop_id, ids) if any(n.startswith("order.lines") for n in names) else {}
    facts = {i: order_facts(o, lines.get(i, [])) for i, o in orders.items()}
    return [facts.get(s.order_id or 0) for s in subjects]


def _money(minor: int | None, currency: str) -> dict[str, Any] | None:
    return None if minor is None else {"minor": minor, "currency": currency}


def order_facts(o: OrderRow, lines: Sequence[Line]) -> dict[str, Any]:
    """All that may be asked about an order that stands so."""
    paid = o.paid_total if o.paid_total is not None else (o.total if o.payment_status == "paid" else 0)
    delivery = o.data.get("delivery", {})
    window = {"from": delivery.get("window_from"), "to": delivery.get("window_to")}
    known = {
        "id": o.external_id,
        "number": o.number,
        "status": o.status,
        "source": o.source,
        "live": o.live,
        "placed_at": o.placed_at,
        "currency": o.currency,
        "amount": o.total,
        "total": _money(o.total, o.currency),
        "shipping_total": _money(o.shipping_total, o.currency),
        "discount_total": _money(o.discount_total, o.currency),
        "paid": _money(paid, o.currency),
        "due": _money(max(0, o.total - paid), o.currency),
        "cancelled_at": o.cancelled_at,
        "payment": _present(
            {
                "status": o.payment_status,
                "method": o.payment_method,
                "paid_at": o.paid_at,
                "pay_url": o.data.get("payment", {}).get("pay_url"),
            }
        ),
        "delivery": _present(
            {
                "method": delivery.get("method"),
                "carrier": delivery.get("carrier"),
                "tracking": delivery.get("tracking"),
                "shipped_at": o.shipped_at,
                "delivered_at": o.delivered_at,
            }
        ),
        "window": window if all(window.values()) else None,
        "lines": [_line(line, o.currency) for line in lines if not line.dropped] or None,
    }
    return _present(known)


def _present(found: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in found.items() if v is not None}


def _line(line: Line, currency: str) -> dict[str, Any]:
    """For the eye only: the line's amount is rounded to the currency here, and nothing is summed from it."""
    amount = (line.price * line.quantity).scaleb(exponent(currency)).to_integral_value(ROUND_HALF_UP)
    return {
        "name": line.name,
        "sku": line.sku,
        "quantity": line.quantity.normalize(),
        "total": {"minor": int(amount), "currency": currency},
    }


def load_products(
    cur: Cursor, shop_id: int, subjects: Sequence[Subject], names: frozenset[str], _now: datetime
) -> list[dict[str, Any] | None]:
    """What the goods of each subject's order say together; None where there are none."""
    found = goods.goods_of(cur, shop_id, sorted({s.order_id for s in subjects if s.order_id is not None}), names)
    return [found.get(s.order_id or 0) for s in subjects]
