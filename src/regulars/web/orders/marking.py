"""Orders that aren't meant: marked as tests by hand, seen to be an earlier one sent twice, restored.

Owns the routes and the words of a double; what a mark does stands in orders/marks.py, who tells the shop in desk/write_back.py.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.desk import write_back
from regulars.orders import marks, queries, twins
from regulars.orders.edits import Edit
from regulars.orders.fields import CANCELLED
from regulars.web import paging, undo, words
from regulars.web.access import Seat, staff
from regulars.web.say import Say, span

__all__ = ["mark", "meant", "restore", "same", "twin"]


@staff("POST")
def mark(request: HttpRequest, seat: Seat, order_id: int) -> HttpResponse:
    """A test or a joke: nothing goes on about it."""
    with db.transact() as cur:
        _own(cur, seat, order_id)
        is_done = marks.mark(cur, seat.shop.id, order_id, "test", seat.actor, clock.now_from(cur))
    if is_done:
        undo.offer(request, _("Marked as a test: no calls, no letters."), reverse("web:order_restore", args=[order_id]))
    return redirect("web:order", order_id)


@staff("POST")
def same(request: HttpRequest, seat: Seat, order_id: int) -> HttpResponse:
    """The same order sent twice: this one is cancelled in the shop, and nothing goes on about it."""
    with db.transact() as cur:
        order = _own(cur, seat, order_id)
        now = clock.now_from(cur)
        if marks.mark(cur, seat.shop.id, order_id, "double", seat.actor, now) and order.status != "cancelled":
            cancel = [Edit(CANCELLED, False, True)]
            write_back.ask(cur, seat.shop.id, order, cancel, seat.actor, now, undo_for=write_back.UNDO)
    undo.offer(
        request,
        _("This one is cancelled: the shop is told in a minute."),
        reverse("web:order_restore", args=[order_id]),
    )
    return redirect("web:order", order_id)


@staff("POST")
def meant(request: HttpRequest, seat: Seat, order_id: int) -> HttpResponse:
    """Both are meant: nobody is asked about these two again."""
    other = paging.our_id(request.POST.get("other", ""))
    with db.transact() as cur:
        _own(cur, seat, order_id)
        if other is not None:
            twins.both_meant(cur, seat.shop.id, order_id, other, seat.actor, clock.now_from(cur))
    return redirect("web:order", order_id)


@staff("POST")
def restore(request: HttpRequest, seat: Seat, order_id: int) -> HttpResponse:
    """The order is meant, after all; a cancellation that the shop doesn't know of yet is taken back."""
    with db.transact() as cur:
        _own(cur, seat, order_id)
        now = clock.now_from(cur)
        for deed in {c.deed_id for c in write_back.waiting_cancellations(cur, seat.shop.id, order_id)}:
            write_back.take_back(cur, seat.shop.id, deed, seat.actor, now)
        is_done = marks.restore(cur, seat.shop.id, order_id, seat.actor, now)
    if is_done:
        messages.success(request, _("The order counts again."))
    return redirect("web:order", order_id)


def _own(cur: Cursor, seat: Seat, order_id: int) -> queries.OrderRow:
    found = queries.by_id(cur, seat.shop.id, [order_id]).get(order_id)
    if found is None:
        raise Http404
    return found


def twin(cur: Cursor, seat: Seat, say: Say, order_id: int) -> dict[str, Any] | None:
    """The earlier order that this one looks like, in words."""
    found = twins.twins_of(cur, seat.shop.id, [order_id], seat.shop.double_within).get(order_id)
    if found is None:
        return None
    return {
        "id": found.of.id,
        "number": found.of.number,
        "apart": span(found.apart),
        "why": ", ".join(words.word(words.DOUBLE_REASONS, r) for r in found.reasons),
        "total": say.money(found.of.total, found.of.currency),
    }
