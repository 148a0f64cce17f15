"""One search for orders and people by anything that somebody may have in hand.

Owns the page alone; what a text means is orders/listing.py's and people/listing.py's.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.orders import listing as orders
from regulars.orders.listing import OrderFilter
from regulars.people import listing as people
from regulars.web import paging
from regulars.web.access import Seat, staff
from regulars.web.orders.listed import listed
from regulars.web.page import say_for, show
from regulars.web.people.views import shown_people
from regulars.web.say import Say

__all__ = ["search"]

SHOWN = 8


@staff("GET")
def search(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What a text may mean: people and orders, the newest of each."""
    text = paging.text_of(request, "q")
    context: dict[str, Any] = {"q": text, "orders": [], "people": []}
    if text:
        with db.transact() as cur:
            say = say_for(seat, clock.now_from(cur))
            context |= _found(cur, seat, say, text)
    return show(request, seat, "search", "search", context)


def _found(cur: Cursor, seat: Seat, say: Say, text: str) -> dict[str, Any]:
    shop = seat.shop
    persons = people.search(cur, shop.id, shop.country, text, limit=SHOWN + 1)
    meant = orders.search(cur, shop.id, shop.country, text)
    page = orders.page(cur, orders.where(shop.id, OrderFilter(ids=meant.ids)), None, SHOWN + 1) if meant.ids else []
    return {
        "people": shown_people(cur, seat, say, persons[:SHOWN]),
        "more_people": len(persons) > SHOWN,
        "orders": listed(cur, seat, say, page[:SHOWN]),
        "more_orders": len(page) > SHOWN,
    }
