"""What came in: deliveries and the quarantine; and the writes, which are documented here.

The writes (`PUT /orders/{id}` and the like) are answered by intake/door.py in front of Django and never arrive here;
these operations stand for them in the API's document, and answer only for the ids that the door leaves to us.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from ninja.params.functions import Query

from regulars.api.cursors import LIMIT, MOST, after_id, cut, number
from regulars.api.keys import AdminKey, IntakeKey, IntakeOrReadKey, ReadKey, caller
from regulars.api.orders import router as orders
from regulars.api.people import router as people
from regulars.api.problems import Problem, not_found
from regulars.api.products import router as products
from regulars.api.shapes import (
    Accepted,
    DeliveryReport,
    Done,
    MendBody,
    Page,
    ProblemDocument,
    QuarantineShape,
    Replayed,
)
from regulars.base import clock, db
from regulars.intake import actions, queries

__all__ = ["router"]

router = Router(tags=["intake"])
_ERRORS = {401: ProblemDocument, 403: ProblemDocument, 404: ProblemDocument, 409: ProblemDocument, 422: ProblemDocument}
_BODY_ERRORS = {400: ProblemDocument, 413: ProblemDocument}
_STATES = ("open", "dismissed", "replayed", "mended")
READ, ADMIN = ReadKey(), AdminKey()


@router.get("/deliveries/{delivery_id}", auth=IntakeOrReadKey(), response={200: DeliveryReport, **_ERRORS})
def get_delivery(request: HttpRequest, delivery_id: str) -> Any:
    """What became of a delivery."""
    who = caller(request)
    with db.transact() as cur:
        found = queries.delivery(cur, who.shop_id, number(delivery_id, "delivery"))
    if found is None:
        raise not_found("delivery")
    return {n: getattr(found, n) for n in _DELIVERY} | {"id": str(found.id)}


@router.get("/quarantine", auth=READ, response={200: Page[QuarantineShape], **_ERRORS})
def list_quarantine(
    request: HttpRequest,
    state: str = Query("open", description="open, dismissed, replayed, mended or all"),
    cursor: str | None = None,
    limit: int = Query(LIMIT, ge=1, le=MOST),
) -> Any:
    """What could not be taken in, newest first."""
    who = caller(request)
    if state not in (*_STATES, "all"):
        raise Problem.field("/state", f"must be all or one of {', '.join(_STATES)}")
    before = after_id(cursor)
    with db.transact() as cur:
        found = queries.quarantine(
            cur, who.shop_id, state=None if state == "all" else state, before=before, limit=min(limit + 1, MOST)
        )
    rows, following = cut(found, min(limit, MOST - 1), lambda q: [q.id])
    return {"items": [_quarantined(q) for q in rows], "next": following}


@router.post("/quarantine/{quarantine_id}:replay", auth=ADMIN, response={202: Replayed, **_ERRORS, **_BODY_ERRORS})
def replay(request: HttpRequest, quarantine_id: str, body: MendBody | None = None) -> Any:
    """Send it through once more, as it came or with a mended body. What fails again is quarantined again."""
    who = caller(request)
    id_ = number(quarantine_id, "quarantined item")
    mended = None if body is None or body.body is None else body.body.encode()
    with db.transact() as cur:
        if queries.quarantined(cur, who.shop_id, id_) is None:
            raise not_found("quarantined item")
        delivery_id = actions.replay(cur, who.shop_id, id_, who.actor, clock.now_from(cur), body=mended)
        if delivery_id is None:
            raise Problem(409, "it was closed already", code="closed")
    return Status(202, {"delivery": f"/api/v1/deliveries/{delivery_id}"})


@router.post("/quarantine/{quarantine_id}:dismiss", auth=ADMIN, response={200: Done, **_ERRORS})
def dismiss(request: HttpRequest, quarantine_id: str) -> Any:
    """Close it without taking it in."""
    who = caller(request)
    id_ = number(quarantine_id, "quarantined item")
    with db.transact() as cur:
        if queries.quarantined(cur, who.shop_id, id_) is None:
            raise not_found("quarantined item")
        if not actions.dismiss(cur, who.shop_id, id_, who.actor, clock.now_from(cur)):
            raise Problem(409, "it was closed already", code="closed")
    return {"done": True}


_DELIVERY = ("source", "kind", "batch", "received_at", "taken_at", "result")
_PLAIN = (
    "position", "source", "kind", "code", "pointer", "detail", "excerpt", "size", "state", "at", "closed_at",
)  # fmt: skip


def _quarantined(q: queries.Quarantined) -> dict[str, Any]:
    return {
        "id": str(q.id),
        "delivery": str(q.delivery_id),
        "item": q.item_key,
        "replay": None if q.replay_delivery_id is None else str(q.replay_delivery_id),
        **{n: getattr(q, n) for n in _PLAIN},
    }


# -- the writes, for the document --------------------------------------------------------------------------------------
_PREFER = {
    "in": "header",
    "name": "Prefer",
    "required": False,
    "schema": {"type": "string"},
    "description": "wait=N: answer when it was taken in, after N seconds at the latest",
}
_ONCE = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string"},
    "description": "The same key with the same body is answered with the first answer",
}
_WRITE_ERRORS = dict.fromkeys((400, 401, 403, 413, 415, 422, 503), ProblemDocument)


def _body(description: str, *media_types: str, example: Any = None) -> dict[str, Any]:
    shown = {} if example is None else {"example": example}
    return {
        "parameters": [_PREFER, _ONCE],
        "requestBody": {
            "description": description,
            "required": True,
            "content": {m: {"schema": {}, **shown} for m in media_types},
        },
    }


_ORDER = {
    "id": "1001", "placed_at": "2026-03-02T10:15:00+10:00", "updated_at": "2026-03-02T10:15:00+10:00",
    "status": "new", "currency": "RUB", "total": "4990.00",
    "buyer": {"name": "Андрей Петров", "email": "a@example.test", "phone": "+79141234567"},
    "lines": [{"sku": "PAN-24", "name": "Сковорода 24", "quantity": 1, "price": "4990.00"}],
}  # fmt: skip
_ONE = _body("A snapshot: it as it stands now", "application/json", example=_ORDER)
_MANY = _body("A JSON array of at most 1,000 snapshots, or one a line", "application/json", "application/x-ndjson")
_EVENTS = _body("One event, or at most 1,000", "application/json", "application/x-ndjson")
_TAKEN: Any = {"auth": IntakeKey(), "response": {202: Accepted, **_WRITE_ERRORS}}


def _elsewhere() -> HttpResponse:
    raise LookupError("the door in front of Django did not know its own address")


def _one_elsewhere(named: str, item_id: str) -> HttpResponse:
    if "/" in item_id:  # the door leaves such an address to us
        raise Problem.field(f"/{named}", "holds '/'; such ids come by batch only", "batch_only")
    return _elsewhere()


# One address, one router: what is read there and what is put there belong together.
@orders.put("/orders/{path:id}", openapi_extra=_ONE, **_TAKEN)
def put_order(request: HttpRequest, id: str) -> Any:  # noqa: A002 - the contract's name
    """A snapshot of an order as it stands; 202 once it is on disk. Events come from the difference to what was known."""
    return _one_elsewhere("id", id)


@people.put("/people/{path:id}", openapi_extra=_body("A person", "application/json"), **_TAKEN)
def put_person(request: HttpRequest, id: str) -> Any:  # noqa: A002
    """A snapshot of a person under the shop's own number."""
    return _one_elsewhere("id", id)


@products.put("/products/{path:sku}", openapi_extra=_body("A product", "application/json"), **_TAKEN)
def put_product(request: HttpRequest, sku: str) -> Any:
    """A snapshot of a product."""
    return _one_elsewhere("sku", sku)


@router.post("/orders:batch", openapi_extra=_MANY, **_TAKEN)
def put_orders(request: HttpRequest) -> Any:
    """Many orders; the rejected are named and go to quarantine, the others enter."""
    return _elsewhere()


@router.post("/people:batch", openapi_extra=_MANY, **_TAKEN)
def put_people(request: HttpRequest) -> Any:
    """Many people."""
    return _elsewhere()


@router.post("/products:batch", openapi_extra=_MANY, **_TAKEN)
def put_products(request: HttpRequest) -> Any:
    """Many products."""
    return _elsewhere()


@router.post("/events", openapi_extra=_EVENTS, **_TAKEN)
def post_events(request: HttpRequest) -> Any:
    """What has no state: a page view, a call, custom `x.*` kinds; `id` is unique in the feed."""
    return _elsewhere()
