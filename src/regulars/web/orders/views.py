"""The list of orders: ready filters with counts, chips, a search, and what it says when it finds nothing.

Owns what of it is shown; everything is read, nothing is changed here. One order is page.py's, what is done with many
bulk.py's.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.desk import order_list
from regulars.desk.order_list import COUNTED
from regulars.orders import listing as orders
from regulars.orders.listing import Counted, Found, OrderFilter
from regulars.shop import queries as shops
from regulars.web import paging, saved, words
from regulars.web.access import Seat, staff
from regulars.web.orders.asked import Asked, asked, choices, condition_on, conditions, found_by, period_choice
from regulars.web.orders.bulk import MOST_CALLS
from regulars.web.orders.listed import listed
from regulars.web.page import say_for, show
from regulars.web.say import Say

__all__ = ["listing"]

ORDER_TEAM = "order-desk"
_ALL = 10_000


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Orders, newest first; found by number, product, buyer, and by what is known of them."""
    wanted = asked(request.GET)
    mark = paging.after_moment(request)
    with db.transact() as cur:
        now = clock.now_from(cur)
        say = say_for(seat, now)
        found = found_by(cur, seat.shop, wanted)
        where = condition_on(seat.shop, wanted, found, now)
        after = None if mark is None or mark[0] is None else (mark[0], mark[1])
        page, following = paging.split(
            orders.page(cur, where, after, paging.PAGE + 1), lambda o: paging.moment_mark(o.placed_at, o.id)
        )
        query = wanted.query
        context = {
            "orders": listed(cur, seat, say, page),
            "counted": counted(say, orders.count(cur, where, COUNTED, with_total=True)),
            "everything": counted(say, orders.count(cur, orders.where(seat.shop.id, OrderFilter()), _ALL)),
            "presets": _presets(cur, seat, say, wanted),
            "choices": [period_choice(say, wanted), *choices(query, orders.sources(cur, seat.shop.id))],
            "asked": wanted,
            "query": str(query),
            "without_text": query.having(q=""),
            "hidden": [(k, v) for k, v in query.values.items() if v and k != "q"],
            "period_hidden": [(k, v) for k, v in query.values.items() if v and k not in ("days", "from", "until")],
            "next": paging.next_query(request, following),
            "is_later": mark is not None,
            "is_cut": found is not None and found.is_cut,
            "without": [] if page or mark else _without(cur, seat, say, wanted, found),
            "saved": saved.shown(cur, seat, "orders", str(query)),
            "teams": _teams(cur, seat),
            "most_calls": MOST_CALLS,
        }
    return show(request, seat, "orders", "orders", context)


def counted(say: Say, found: Counted) -> dict[str, Any]:
    """A number for the screen, with a plus when it was not counted to the end."""
    return {
        "n": found.n,
        "text": say.number(found.n) + ("+" if found.is_more else ""),
        "total": say.money(found.total, found.currency) if found.total is not None else "",
    }


def _presets(cur: Cursor, seat: Seat, say: Say, wanted: Asked) -> list[dict[str, Any]]:
    """The ready filters; each begins anew, and 'all' drops everything."""
    counts = order_list.counts(cur, seat.shop.id, say.now)
    return [
        {
            "name": str(words.PRESETS[preset]),
            "query": f"preset={preset}",
            "is_on": wanted.preset == preset,
            "count": counted(say, counts[preset])["text"],
        }
        for preset in order_list.PRESETS
    ]


def _without(cur: Cursor, seat: Seat, say: Say, wanted: Asked, found: Found | None) -> list[dict[str, Any]]:
    """Each condition of a filter that finds nothing, and how many there would be without it."""
    out = []
    for condition in conditions(say, wanted):
        rest = asked({k: v for k, v in wanted.query.values.items() if k not in condition.names})
        where = condition_on(seat.shop, rest, found if rest.text else None, say.now)
        n = orders.count(cur, where, COUNTED)
        out.append({"text": condition.text, "query": condition.without, "count": counted(say, n)["text"], "n": n.n})
    return out


def _teams(cur: Cursor, seat: Seat) -> list[tuple[str, str]]:
    """Key and name, the team that confirms orders first."""
    titles = shops.team_titles(cur, seat.shop.id)
    return [
        (key, title.get(seat.language) or key)
        for key, title in sorted(titles.items(), key=lambda t: (t[0] != ORDER_TEAM, t[0]))
    ]
