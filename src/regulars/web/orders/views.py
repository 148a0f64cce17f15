"""The list of orders, and one order with its lines, versions, promises, messages and tasks.

Owns what of it is shown; everything is read, nothing is changed here.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.desk import queries as desk
from regulars.journeys import queries as journeys
from regulars.orders import queries
from regulars.orders.queries import Version
from regulars.outbox import queries as outbox
from regulars.promises import queries as promises
from regulars.web import contacts, paging, rows, words
from regulars.web.access import Seat, staff
from regulars.web.page import say_for, show
from regulars.web.say import Say

__all__ = ["listing", "one"]

SHOWN = 50


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Orders, newest first; found by number or by the shop's own id."""
    text = paging.text_of(request, "q")
    status = paging.text_of(request, "status", list(words.ORDER_STATES))
    payment = paging.text_of(request, "payment", list(words.PAYMENT_STATES))
    mark = paging.after_moment(request)
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        found = queries.page(
            cur,
            seat.shop.id,
            text=text,
            status=status or None,
            payment=payment or None,
            after=None if mark is None or mark[0] is None else (mark[0], mark[1]),
            limit=paging.PAGE + 1,
        )
        page, following = paging.split(found, lambda o: paging.moment_mark(o.placed_at, o.id))
        context = {
            "orders": rows.orders_list(cur, seat, say, page),
            "next": paging.next_query(request, following),
            "q": text,
            "status": status,
            "payment": payment,
            "statuses": words.ORDER_STATES.items(),
            "payments": words.PAYMENT_STATES.items(),
            "is_filtered": bool(text or status or payment),
        }
    return show(request, seat, "orders", "orders", context)


@staff("GET")
def one(request: HttpRequest, seat: Seat, order_id: int) -> HttpResponse:
    """One order with all that belongs to it; looking is written down."""
    shop_id = seat.shop.id
    with db.transact() as cur:
        row = queries.by_id(cur, shop_id, [order_id]).get(order_id)
        if row is None:
            raise Http404
        now = clock.now_from(cur)
        say = say_for(seat, now)
        if row.person_id is not None:
            contacts.look(cur, seat, row.person_id, "order")
        lines = queries.lines(cur, shop_id, [row.id]).get(row.id, [])
        (shown,) = rows.orders_list(cur, seat, say, [row])
        tasks = desk.tasks(
            cur, shop_id, now=now, states=("open", "claimed", "finished", "closed"), order_id=row.id, hidden=True
        )
        context = {
            "order": {
                **shown,
                "source": row.source,
                "note": row.note,
                "is_live": row.live,
                "method": row.payment_method or "",
                "shipping": say.money(row.shipping_total, row.currency),
                "discount": say.money(row.discount_total, row.currency) if row.discount_total else "",
                "paid_total": say.money(row.paid_total, row.currency) if row.paid_total else "",
                "moments": _moments(say, row),
            },
            "lines": [
                {
                    "sku": line.sku,
                    "name": line.name,
                    "quantity": say.number(line.quantity),
                    "price": say.price(line.price, row.currency),
                    "dropped": line.dropped,
                }
                for line in lines
            ],
            "versions": [_version(say, v) for v in reversed(queries.versions(cur, shop_id, row.id))],
            "promises": rows.promises(cur, seat, say, promises.listing(cur, shop_id, order_id=row.id, limit=SHOWN)),
            "order_messages": rows.messages(
                cur, seat, say, outbox.messages(cur, shop_id, order_id=row.id, limit=SHOWN)
            ),
            "tasks": rows.tasks(cur, seat, say, tasks),
            "enrolments": rows.enrolments(
                cur, seat, say, journeys.enrolments(cur, shop_id, order_id=row.id, limit=SHOWN)
            ),
        }
    return show(request, seat, "orders", "order", context)


def _moments(say: Say, row: queries.OrderRow) -> list[tuple[str, str]]:
    """When what happened to the order."""
    found = (
        (_("Placed"), row.placed_at),
        (words.word(words.PAYMENT_STATES, "paid"), row.paid_at),
        (words.word(words.ORDER_STATES, "shipped"), row.shipped_at),
        (words.word(words.ORDER_STATES, "delivered"), row.delivered_at),
        (words.word(words.ORDER_STATES, "cancelled"), row.cancelled_at),
    )
    return [(capfirst(what), say.when(at)) for what, at in found if at is not None]


def _version(say: Say, version: Version) -> dict[str, Any]:
    payment = version.body.get("payment") or {}
    return {
        "n": version.n,
        "at": say.when(version.version_at),
        "status": words.word(words.ORDER_STATES, version.body.get("status")),
        "payment": words.word(words.PAYMENT_STATES, payment.get("status")) if payment.get("status") else "",
    }
