"""Reading orders: `GET /orders/{id}`, `GET /orders`. The id is the shop's own."""

from datetime import timedelta, timezone
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query

from regulars.api.cursors import LIMIT, MOST, after_moment, cut
from regulars.api.keys import ReadKey, caller
from regulars.api.problems import not_found
from regulars.api.shapes import OrderShape, Page, ProblemDocument
from regulars.base import db
from regulars.base.db import Cursor
from regulars.orders import edits, queries
from regulars.orders.edits import ChangeRow
from regulars.orders.queries import Line, OrderRow
from regulars.rules.money import to_text

__all__ = ["change_shape", "external_ids", "order_id", "router", "shaped"]

router = Router(tags=["orders"], auth=ReadKey())
_ERRORS = {401: ProblemDocument, 403: ProblemDocument, 404: ProblemDocument, 422: ProblemDocument}


# An id may hold '/', when it came by batch.
@router.get("/orders/{path:id}", response={200: OrderShape, **_ERRORS})
def get_order(request: HttpRequest, id: str, source: str | None = None) -> Any:  # noqa: A002 - the contract's name
    """An order as it stands. `source` tells orders of several feeds apart; without it the API's own comes first."""
    who = caller(request)
    with db.transact() as cur:
        found = queries.by_external(cur, who.shop_id, id, source)
        if found is None:
            raise not_found("order")
        lines = queries.lines(cur, who.shop_id, [found.id]).get(found.id, [])
        changes = [change_shape(c) for c in edits.of_orders(cur, who.shop_id, [found.id])]
        return {**shaped(found, lines), "changes": changes}


@router.get("/orders", response={200: Page[OrderShape], **_ERRORS})
def list_orders(
    request: HttpRequest,
    q: str = Query("", max_length=200, description="A number or an id"),
    status: str | None = None,
    payment_status: str | None = None,
    cursor: str | None = None,
    limit: int = Query(LIMIT, ge=1, le=MOST),
) -> Any:
    """Orders, newest first."""
    who = caller(request)
    after = after_moment(cursor)
    with db.transact() as cur:
        found = queries.page(
            cur, who.shop_id, text=q.strip(), status=status, payment=payment_status, after=after, limit=limit + 1
        )
        rows, following = cut(found, limit, lambda o: [o.placed_at, o.id])
        lines = queries.lines(cur, who.shop_id, [o.id for o in rows])
    return {"items": [shaped(o, lines.get(o.id, [])) for o in rows], "next": following}


def change_shape(c: ChangeRow) -> dict[str, Any]:
    """A change that the desk wants of an order."""
    return {
        "id": str(c.id),
        "change_id": str(c.deed_id),
        "field": c.field,
        "before": c.before,
        "after": c.after,
        "state": c.state,
        "reason": c.reason,
        "told": c.told,
        "unconfirmed_at": c.unconfirmed_at,
        "asked_at": c.asked_at,
        "closed_at": c.closed_at,
    }


def order_id(cur: Cursor, shop_id: int, external_id: str | None) -> int | None:
    """Our id of the order that the shop calls so; -1 for one that isn't there, so that a filter finds nothing."""
    if external_id is None:
        return None
    found = queries.by_external(cur, shop_id, external_id)
    return -1 if found is None else found.id


def external_ids(cur: Cursor, shop_id: int, ids: set[int | None]) -> dict[int | None, str]:
    """The shop's own ids of orders."""
    known = [i for i in ids if i is not None]
    return {i: o.external_id for i, o in queries.by_id(cur, shop_id, known).items()}


def shaped(o: OrderRow, lines: list[Line]) -> dict[str, Any]:
    """The order as the API shows it."""
    payment, delivery = o.data.get("payment") or {}, o.data.get("delivery") or {}
    return {
        "id": o.external_id,
        "source": o.source,
        "number": o.number,
        "person": None if o.person_id is None else str(o.person_id),
        "placed_at": o.placed_at.astimezone(timezone(timedelta(minutes=o.placed_offset))),
        "updated_at": o.version_at,
        "status": o.status,
        "currency": o.currency,
        "total": to_text(o.total, o.currency),
        "shipping_total": to_text(o.shipping_total, o.currency),
        "discount_total": to_text(o.discount_total, o.currency),
        "payment": {
            "method": o.payment_method,
            "status": o.payment_status,
            "paid_at": o.paid_at,
            "paid_total": None if o.paid_total is None else to_text(o.paid_total, o.currency),
            "pay_url": payment.get("pay_url"),
        },
        "delivery": {
            **{k: delivery.get(k) for k in ("method", "window_from", "window_to", "carrier", "tracking")},
            "shipped_at": o.shipped_at,
            "delivered_at": o.delivered_at,
        },
        "cancelled_at": o.cancelled_at,
        "codes": o.data.get("codes") or [],
        "note": o.note,
        "live": o.live,
        "versions": o.versions,
        "lines": [
            {
                "sku": line.sku,
                "name": line.name,
                "quantity": f"{line.quantity.normalize():f}",
                "price": _price(line, o.currency),
                "dropped": line.dropped,
            }
            for line in lines
        ],
    }


def _price(line: Line, currency: str) -> str:
    """At least the places of the currency, and more only where the price has them."""
    plain = f"{line.price.normalize():f}"
    whole, _, places = plain.partition(".")
    wanted = len(to_text(0, currency).partition(".")[2])
    places = places.ljust(wanted, "0")
    return f"{whole}.{places}" if places else whole
