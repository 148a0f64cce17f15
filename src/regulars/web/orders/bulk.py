"""What is done with many orders at once: calls are made (and called off), the chosen ones exported.

Owns which orders were meant: those ticked, or all that the filter finds. Orders of another shop are never among them.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.desk.bulk_calls import call_off, make_calls
from regulars.orders import listing as orders
from regulars.orders.listing import OrderFilter
from regulars.shop import queries as shops
from regulars.web import undo
from regulars.web.access import Seat, staff
from regulars.web.exports.asking import ask
from regulars.web.filters import text_in
from regulars.web.orders.asked import asked, condition_on, found_by
from regulars.web.paging import our_id

__all__ = ["MOST_CALLS", "bulk", "undo_calls"]

MOST_CALLS = 500
MADE = "calls_made"
"""Key of the session: the tasks of the last deed, for its undoing."""


@staff("POST")
def bulk(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A deed with the chosen orders."""
    back = _back(request)
    if request.POST.get("do") == "export":
        query, ids = request.POST.get("filter", ""), None if request.POST.get("all") == "yes" else _ticked(request)
        if ids is not None and not ids:
            return _nothing(request, back)
        return ask(request, seat, "orders", query, ids)
    with db.transact() as cur:
        now = clock.now_from(cur)
        ids = _chosen(cur, seat, request, MOST_CALLS + 1)
        if not ids:
            return _nothing(request, back)
        if len(ids) > MOST_CALLS:
            messages.warning(request, _("At most %(n)d calls are made at once: narrow the filter.") % {"n": MOST_CALLS})
            return redirect(back)
        team = text_in(request.POST, "team", shops.team_keys(cur, seat.shop.id))
        if not team:
            messages.warning(request, _("Choose the team that is to call."))
            return redirect(back)
        made = make_calls(cur, seat.shop, ids, team, seat.actor, now)
    n = len(made.task_ids)
    text = ngettext("%(n)d call was made.", "%(n)d calls were made.", n) % {"n": n}
    if made.skipped:
        text += " " + _("Left out, since a call waits already or there is nobody to call: %(n)d.") % {"n": made.skipped}
    if n:
        request.session[MADE] = made.task_ids
        undo.offer(request, text, reverse("web:orders_calls_undo"))
    else:
        messages.warning(request, text)
    return redirect(back)


@staff("POST")
def undo_calls(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Call off the calls that were made last; those that somebody has taken stay."""
    ids = [i for i in request.session.pop(MADE, ()) if isinstance(i, int)]
    with db.transact() as cur:
        n = call_off(cur, seat.shop.id, ids, seat.actor, clock.now_from(cur)) if ids else 0
    messages.success(request, ngettext("%(n)d call was called off.", "%(n)d calls were called off.", n) % {"n": n})
    return redirect("web:orders")


def _chosen(cur: Cursor, seat: Seat, request: HttpRequest, most: int) -> list[int]:
    """Our ids of the orders meant, newest first."""
    if request.POST.get("all") == "yes":
        wanted = asked(QueryDict(request.POST.get("filter", "")))
        where = condition_on(seat.shop, wanted, found_by(cur, seat.shop, wanted), clock.now_from(cur))
    else:
        where = orders.where(seat.shop.id, OrderFilter(ids=tuple(_ticked(request))))
    return orders.ids(cur, where, most)


def _ticked(request: HttpRequest) -> list[int]:
    found = request.POST.getlist("id")[:1000]
    return [id_ for id_ in map(our_id, found) if id_ is not None]


def _nothing(request: HttpRequest, back: str) -> HttpResponse:
    messages.warning(request, _("No order was chosen."))
    return redirect(back)


def _back(request: HttpRequest) -> str:
    """The list as it was."""
    query = asked(QueryDict(request.POST.get("filter", ""))).query
    return reverse("web:orders") + (f"?{query}" if query else "")
