"""WooCommerce's REST interface (wc/v3), as far as an order is changed by it.

Owns what a field of ours is there, and the reading of its answers; who calls, how often and with which keys is not its
affair. See https://woocommerce.github.io/woocommerce-rest-api-docs/#update-an-order.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from regulars.rules.changes import Wanted

__all__ = ["WINDOW_FROM", "WINDOW_TO", "body_of", "fields_of", "order_url"]

WINDOW_FROM, WINDOW_TO = "_regulars_delivery_from", "_regulars_delivery_to"
"""Keys of an order's meta data: WooCommerce itself knows no delivery window."""
_PARTS = {"country": "country", "region": "state", "city": "city", "postcode": "postcode"}


def order_url(shop: str, order_id: str) -> str:
    """Where an order is read and changed."""
    return f"{shop.rstrip('/')}/wp-json/wc/v3/orders/{quote(order_id, safe='')}"


def fields_of(order: Mapping[str, Any]) -> dict[str, Any]:
    """An order's fields, named and valued as orders/fields.py does."""
    found: dict[str, Any] = {
        "address": _address(_object(order, "shipping")) or _address(_object(order, "billing")),
        "window": _window(order),
        "note": str(order.get("customer_note") or ""),
        "cancelled": order.get("status") == "cancelled",
    }
    for line in _objects(order, "line_items"):
        count = _number(line.get("quantity"))
        if count > 0:
            found[_free(found, f"line:{_sku(line)}")] = f"{count.normalize():f}"
    return found


def body_of(order: Mapping[str, Any], changes: Sequence[Wanted]) -> dict[str, Any]:
    """What is put so that these fields become what is wanted; only they are touched."""
    body: dict[str, Any] = {}
    lines = _numbered(order)
    for change in changes:
        if change.field == "address":
            body["shipping"] = _shipping(order, change.after)
        elif change.field == "window":
            start, end = change.after or ("", "")
            body["meta_data"] = [{"key": WINDOW_FROM, "value": start}, {"key": WINDOW_TO, "value": end}]
        elif change.field == "note":
            body["customer_note"] = change.after
        elif change.field == "cancelled":
            body["status"] = "cancelled"
        else:
            body.setdefault("line_items", []).append(_line(change, lines.get(change.field)))
    return body


def _line(change: Wanted, known: Mapping[str, Any] | None) -> dict[str, Any]:
    count = _number(change.after)
    if known is None:  # WooCommerce takes name and price of its own product
        sku = change.field.removeprefix("line:")
        product = sku.removeprefix("wc-")
        which: dict[str, Any] = {"product_id": int(product)} if sku != product and product.isdigit() else {"sku": sku}
        return {**which, "quantity": _json_number(count)}
    if count == 0:
        return {"id": known["id"], "quantity": 0}
    # Left alone, the sums of a changed line stay those of the old quantity.
    was = _number(known.get("quantity")) or Decimal(1)
    sums = {
        name: f"{_number(known.get(name)) * count / was:.8f}".rstrip("0").rstrip(".") for name in ("subtotal", "total")
    }
    return {"id": known["id"], "quantity": _json_number(count), **sums}


def _shipping(order: Mapping[str, Any], address: Mapping[str, Any]) -> dict[str, Any]:
    """The whole address; whose it is, where none was given yet, is the payer."""
    shipping, billing = _object(order, "shipping"), _object(order, "billing")
    names = {} if _address(shipping) else {n: billing.get(n) or "" for n in ("first_name", "last_name", "company")}
    parts = {theirs: address.get(ours, "") for ours, theirs in _PARTS.items()}
    return {**names, **parts, "address_1": address.get("street", ""), "address_2": ""}


def _numbered(order: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for line in _objects(order, "line_items"):
        if _number(line.get("quantity")) > 0:
            found[_free(found, f"line:{_sku(line)}")] = line
    return found


def _free(found: Mapping[str, Any], key: str) -> str:
    free, n = key, 1
    while free in found:
        n += 1
        free = f"{key}#{n}"
    return free


def _sku(line: Mapping[str, Any]) -> str:
    return str(line.get("sku") or "").strip() or f"wc-{line.get('variation_id') or line.get('product_id')}"


def _address(plain: Mapping[str, Any]) -> dict[str, str]:
    found = {ours: str(plain.get(theirs) or "").strip() for ours, theirs in _PARTS.items()}
    street = (str(plain.get(name) or "").strip() for name in ("address_1", "address_2"))
    found["street"] = ", ".join(part for part in street if part)
    return {part: text for part, text in found.items() if text}


def _window(order: Mapping[str, Any]) -> list[str] | None:
    meta = {m.get("key"): str(m.get("value") or "") for m in _objects(order, "meta_data")}
    found = [meta.get(WINDOW_FROM, ""), meta.get(WINDOW_TO, "")]
    return None if found == ["", ""] else found


def _object(plain: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = plain.get(name)
    return found if isinstance(found, dict) else {}


def _objects(plain: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = plain.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _number(value: Any) -> Decimal:
    try:
        found = Decimal(str(value or 0))
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)


def _json_number(count: Decimal) -> int | float:
    return int(count) if count == count.to_integral_value() else float(count)
