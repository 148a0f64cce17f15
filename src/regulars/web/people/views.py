"""The list of people: found by a text, by what is known of them, with what they have bought. One person is page.py's."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.orders.sums import Bought, sums_of
from regulars.people import queries
from regulars.web import contacts, paging, saved, words
from regulars.web.access import Seat, staff
from regulars.web.page import say_for, show
from regulars.web.people.asked import LANGUAGES, Asked, asked, chips, conditions, count, page
from regulars.web.say import Say

__all__ = ["listing", "shown_people"]

COUNTED = 1000


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """People, newest first."""
    wanted = asked(request.GET)
    before = paging.after_id(request)
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        ids, mark = paging.split(page(cur, seat.shop, wanted, before, paging.PAGE + 1), paging.id_mark)
        n, is_more = count(cur, seat.shop, wanted, COUNTED)
        context = {
            "people": shown_people(cur, seat, say, ids),
            "counted": {"n": n, "text": say.number(n) + ("+" if is_more else "")},
            **chips(cur, seat.shop, wanted),
            "next": paging.next_query(request, mark),
            "is_later": before is not None,
            "without": [] if ids or before else _without(cur, seat, say, wanted),
            "saved": saved.shown(cur, seat, "people", str(wanted.query)),
        }
    return show(request, seat, "people", "people", context)


def shown_people(cur: Cursor, seat: Seat, say: Say, ids: Any) -> list[dict[str, Any]]:
    """Rows of people, in the order of the ids; contacts masked, as in every list."""
    cards = queries.cards(cur, seat.shop.id, ids)
    bought = sums_of(cur, seat.shop.id, ids)
    return [
        {
            "id": card.id,
            "name": card.name,
            "city": str(card.address.get("city") or ""),
            "language": words.word(LANGUAGES, card.language),
            "is_customer": card.customer_since is not None,
            "since": say.day(card.customer_since or card.created_at),
            **contacts.shown(seat, say, card, False),
            **_bought(say, bought.get(card.id)),
        }
        for card in (cards[i] for i in ids if i in cards)
    ]


def _bought(say: Say, bought: Bought | None) -> dict[str, str]:
    if bought is None:
        return {"orders": "", "total": "", "last": ""}
    return {
        "orders": say.number(bought.orders),
        "total": say.money(bought.total, bought.currency) if bought.total is not None else "",
        "last": say.day(bought.last_at),
    }


def _without(cur: Cursor, seat: Seat, say: Say, wanted: Asked) -> list[dict[str, Any]]:
    """Each condition of a filter that finds nobody, and how many there would be without it."""
    out = []
    for condition in conditions(say, wanted):
        rest = asked({k: v for k, v in wanted.query.values.items() if k not in condition.names})
        n, is_more = count(cur, seat.shop, rest, COUNTED)
        text = say.number(n) + ("+" if is_more else "")
        out.append({"text": condition.text, "query": condition.without, "count": text, "n": n})
    return out
