"""Changing an order by API: `POST /orders/{id}/changes`. The shop is told; what becomes of it stands in the order."""

from typing import Any

import msgspec
from django.http import HttpRequest
from ninja import Router

from regulars.api.keys import DeskKey, caller
from regulars.api.once import KEY_HEADER, answered, key_of
from regulars.api.orders import change_shape
from regulars.api.problems import Problem, not_found
from regulars.api.shapes import ChangesBody, ChangeShape, LineChange, Page, ProblemDocument
from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.desk import order_edits, write_back
from regulars.desk.order_edits import Asked, EditError, LineAsked
from regulars.orders import edits, queries
from regulars.orders.fields import LINE
from regulars.orders.queries import OrderRow
from regulars.people import queries as people

__all__ = ["router"]

router = Router(tags=["orders"], auth=DeskKey())
_ERRORS = {401: ProblemDocument, 403: ProblemDocument, 404: ProblemDocument, 409: ProblemDocument, 422: ProblemDocument}
_WORDS = {
    "empty": "can't be left empty",
    "too_long": "is too long",
    "quantity": "must be a quantity from 0 to 9999 with at most 3 places",
    "unknown_product": "is no product of the shop",
    "twice": "is in the order already: change its quantity",
    "window_order": "must end after it begins",
    "window_past": "is over",
    "window_far": "is more than a year ahead",
    "closed": "can't be changed any more: the order is on its way or closed",
    "changed": "is no line of the order",
    "country": "must be a country's two letters",
}


# An id may hold '/', when it came by batch.
@router.post("/orders/{path:id}/changes", response={202: Page[ChangeShape], **_ERRORS}, openapi_extra=KEY_HEADER)
def change_order(request: HttpRequest, id: str, body: ChangesBody, source: str | None = None) -> Any:  # noqa: A002
    """Have an order changed in the shop that it came from. 202: asked for; `GET /orders/{id}` shows what became of it."""
    who = caller(request)
    key = key_of(request)
    with db.transact() as cur:
        order = queries.by_external(cur, who.shop_id, id, source)
        if order is None:
            raise not_found("order")

        def deed() -> tuple[int, bytes]:
            return 202, _ask(cur, who.shop_id, who.actor, order, body)

        return answered(cur, who.shop_id, key, request, deed)


def _ask(cur: Cursor, shop_id: int, actor: Any, order: OrderRow, body: ChangesBody) -> bytes:
    lines = queries.lines(cur, shop_id, [order.id]).get(order.id, [])
    who = people.canonical(cur, shop_id, [order.person_id]).get(order.person_id) if order.person_id else None
    card = people.card(cur, shop_id, who) if who else None
    now = clock.now_from(cur)
    try:
        wanted = order_edits.checked(cur, shop_id, order, lines, card.address if card else {}, _asked(body), now)
    except EditError as error:
        problems = [
            {"pointer": f"/{_pointer(name)}", "detail": _WORDS[code], "code": code}
            for name, code in error.problems.items()
        ]
        raise Problem(422, "the order can't be changed so", errors=problems) from error
    deed = write_back.ask(cur, shop_id, order, wanted, actor, now)
    found = edits.waiting(cur, shop_id, deed_id=deed) if deed is not None else []
    items = [ChangeShape(**change_shape(c)).model_dump() for c in found]
    return msgspec.json.encode({"items": items, "next": None}, enc_hook=str)


def _pointer(name: str) -> str:
    return "lines" if name.startswith(LINE) else name


def _asked(body: ChangesBody) -> Asked:
    window = None
    if body.window_from is not None or body.window_to is not None:
        for name, at in (("window_from", body.window_from), ("window_to", body.window_to)):
            if at is None:
                raise Problem.field(f"/{name}", "is required: a window has a beginning and an end", "missing")
            if at.tzinfo is None:
                raise Problem.field(f"/{name}", "has no offset", "no_offset")
        assert body.window_from is not None
        assert body.window_to is not None
        window = (body.window_from, body.window_to)
    return Asked(
        address=body.address,
        window=window,
        note=body.note,
        cancel=body.cancel,
        lines=[_line(line) for line in body.lines],
        add=[LineAsked(quantity=line.quantity, sku=line.sku) for line in body.add],
    )


def _line(line: LineChange) -> LineAsked:
    return LineAsked(f"{LINE}{line.sku}", line.quantity, line.instead or "")
