"""The ledger of promises, newest first, by state and order."""

from django.http import HttpRequest, HttpResponse

from regulars.base import clock, db
from regulars.orders import queries as orders
from regulars.promises import queries
from regulars.web import paging, rows, words
from regulars.web.access import Seat, staff
from regulars.web.page import say_for, show

__all__ = ["listing"]


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All that was promised to buyers, and what became of it."""
    state = paging.text_of(request, "state", list(words.PROMISE_STATES))
    number = paging.text_of(request, "order")
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        order = orders.by_external(cur, seat.shop.id, number) if number else None
        found = (
            []
            if number and order is None
            else queries.listing(
                cur,
                seat.shop.id,
                states=(state,) if state else (),
                order_id=order.id if order else None,
                before=paging.after_id(request),
                limit=paging.PAGE + 1,
            )
        )
        page, mark = paging.split(found, lambda p: paging.id_mark(p.id))
        context = {
            "promises": rows.promises(cur, seat, say, page),
            "next": paging.next_query(request, mark),
            "state": state,
            "order": number,
            "states": words.PROMISE_STATES.items(),
            "is_filtered": bool(state or number),
        }
    return show(request, seat, "promises", "promises", context)
