"""What WooCommerce's order, product and customer are in our contract. See README.md for the tables of states.

Settings of the feed: `completed`: what 'completed' means in this shop, 'delivered' (default) or 'shipped';
`statuses`: {a plugin's own status: one of ours}.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from regulars.base.errors import BadItem
from regulars.feeds.woocommerce.fields import amount, moment, number, objects, placed, text, unit_price, within
from regulars.intake.feed_registry import Item
from regulars.vendors.woocommerce import WINDOW_FROM, WINDOW_TO

__all__ = ["customer", "order", "product"]

_STATUSES = {
    "pending": "new",
    "on-hold": "new",
    "failed": "new",
    "processing": "processing",
    "cancelled": "cancelled",
}
_WAITS_FOR_MONEY = frozenset({"pending", "on-hold"})
_encode = msgspec.json.Encoder(decimal_format="string").encode


def order(plain: dict[str, Any], settings: Mapping[str, Any]) -> Item:
    """An order as it stands."""
    status = _status(plain, settings)
    done = moment(plain, "date_completed")
    modified = moment(plain, "date_modified") or moment(plain, "date_created")
    return _item(
        "orders",
        {
            "id": _id(plain),
            "number": text(plain, "number"),
            "placed_at": placed(plain),
            "updated_at": modified,
            "status": status,
            "currency": text(plain, "currency"),
            "total": amount(plain, "total"),
            "shipping_total": amount(plain, "shipping_total"),
            "discount_total": amount(plain, "discount_total"),
            "buyer": _buyer(plain),
            "lines": [_line(line) for line in objects(plain, "line_items") if (number(line.get("quantity")) or 0) > 0],
            "payment": _payment(plain),
            "delivery": {
                "method": next((text(line, "method_title") for line in objects(plain, "shipping_lines")), None),
                "window_from": _meta(plain, WINDOW_FROM),
                "window_to": _meta(plain, WINDOW_TO),
                "shipped_at": done if status == "shipped" else None,
                "delivered_at": done if status == "delivered" else None,
            },
            "cancelled_at": modified if status == "cancelled" else None,
            "codes": [code for code in (text(line, "code") for line in objects(plain, "coupon_lines")) if code],
            "note": text(plain, "customer_note") or "",
            "fees": [{"name": text(fee, "name"), "total": amount(fee, "total")} for fee in objects(plain, "fee_lines")],
            "woocommerce_status": text(plain, "status"),
        },
    )


def product(plain: dict[str, Any], settings: Mapping[str, Any]) -> Item:
    """A product: its name and what is in stock."""
    return _item(
        "products",
        {
            "sku": _sku(text(plain, "sku"), _id(plain)),
            "name": text(plain, "name"),
            "stock": _stock(plain),
            "updated_at": moment(plain, "date_modified"),
            "url": text(plain, "permalink"),
        },
    )


def customer(plain: dict[str, Any], settings: Mapping[str, Any]) -> Item:
    """A registered customer."""
    billing = within(plain, "billing")
    return _item(
        "people",
        {
            "id": _id(plain),
            "updated_at": moment(plain, "date_modified") or moment(plain, "date_created"),
            "name": _name(plain) or _name(billing),
            "first_name": text(plain, "first_name"),
            "email": text(plain, "email") or text(billing, "email"),
            "phone": text(billing, "phone"),
            "address": _address(billing),
        },
    )


def _item(kind: str, body: dict[str, Any]) -> Item:
    return Item(kind, _encode({name: value for name, value in body.items() if value is not None}))


def _id(plain: dict[str, Any]) -> str:
    found = text(plain, "id")
    if found is None:
        raise BadItem("missing", "/id", "is required")
    return found


def _status(plain: dict[str, Any], settings: Mapping[str, Any]) -> str:
    theirs = text(plain, "status") or ""
    own = settings.get("statuses")
    if isinstance(own, dict) and isinstance(own.get(theirs), str):
        return str(own[theirs])
    finished = "shipped" if settings.get("completed") == "shipped" else "delivered"
    was_completed = moment(plain, "date_completed") is not None
    if theirs == "completed":
        return finished
    if theirs == "refunded":
        return "returned" if was_completed else "cancelled"
    if theirs == "trash":  # thrown away after it was completed, an order is only tidied up
        return finished if was_completed else "cancelled"
    known = _STATUSES.get(theirs)
    if known is None:  # a plugin's own
        return "processing" if moment(plain, "date_paid") else "new"
    return known


def _payment(plain: dict[str, Any]) -> dict[str, Any]:
    total = number(plain.get("total")) or Decimal(0)
    back = -sum((number(refund.get("total")) or Decimal(0) for refund in objects(plain, "refunds")), Decimal(0))
    paid_at = moment(plain, "date_paid")
    status = _payment_status(text(plain, "status") or "", total, back, paid_at, text(plain, "payment_method"))
    payment = {
        "method": text(plain, "payment_method"),
        "title": text(plain, "payment_method_title"),
        "status": status,
        "paid_at": paid_at,
        "paid_total": amount(plain, "total") if paid_at else None,
        "pay_url": text(plain, "payment_url") if status in ("unpaid", "failed") else None,
        "refunded_total": format(back, "f") if back > 0 else None,
    }
    return {name: value for name, value in payment.items() if value is not None}


def _payment_status(theirs: str, total: Decimal, back: Decimal, paid_at: str | None, method: str | None) -> str | None:
    """None where WooCommerce doesn't say: an order in work that nobody marked as paid."""
    if theirs == "refunded" or (0 < total <= back):
        return "refunded"
    if back > 0:
        return "part_refunded"
    if paid_at is not None:
        return "paid"
    if theirs == "failed":
        return "failed"
    if theirs in _WAITS_FOR_MONEY or method == "cod":
        return "unpaid"
    return None


def _buyer(plain: dict[str, Any]) -> dict[str, Any] | None:
    billing, shipping = within(plain, "billing"), within(plain, "shipping")
    number_in_shop = text(plain, "customer_id")
    language = _meta(plain, "wpml_language")
    buyer = {
        "id": None if number_in_shop in (None, "0") else number_in_shop,
        "name": _name(billing) or _name(shipping),
        "first_name": text(billing, "first_name"),
        "email": text(billing, "email"),
        "phone": text(billing, "phone") or text(shipping, "phone"),
        "language": language,
        "address": _address(shipping) or _address(billing),
    }
    known = {name: value for name, value in buyer.items() if value is not None}
    return known or None


def _meta(plain: dict[str, Any], key: str) -> str | None:
    found = next((m.get("value") for m in objects(plain, "meta_data") if m.get("key") == key), None)
    return found if isinstance(found, str) and found else None


def _name(plain: dict[str, Any]) -> str | None:
    return " ".join(filter(None, (text(plain, "first_name"), text(plain, "last_name")))) or None


def _address(plain: dict[str, Any]) -> dict[str, str] | None:
    found = {
        "country": text(plain, "country"),
        "region": text(plain, "state"),
        "city": text(plain, "city"),
        "street": ", ".join(filter(None, (text(plain, "address_1"), text(plain, "address_2")))) or None,
        "postcode": text(plain, "postcode"),
    }
    return {name: value for name, value in found.items() if value} or None


def _line(line: dict[str, Any]) -> dict[str, Any]:
    number_in_shop = text(line, "variation_id") if line.get("variation_id") else text(line, "product_id")
    found = {
        "sku": _sku(text(line, "sku"), number_in_shop or ""),
        "name": text(line, "name"),
        "quantity": text(line, "quantity") or format(number(line.get("quantity")) or Decimal(1), "f"),
        "price": unit_price(line.get("price")),
        "line_id": text(line, "id"),
    }
    return {name: value for name, value in found.items() if value is not None}


def _sku(sku: str | None, number_in_shop: str) -> str:
    """Many shops leave the sku empty: then the product's number stands for it, in orders and products alike."""
    return sku or f"wc-{number_in_shop}"


def _stock(plain: dict[str, Any]) -> str | None:
    """None when the shop doesn't count, or has sold more than it had."""
    found = number(plain.get("stock_quantity"))
    return None if found is None or found < 0 else format(found, "f")
