"""Saved views: the filters of a list under a name, one's own or the shop's.

Owns the three deeds (save, delete, undo) and how the lists show them. Which filters a list knows is the list's matter:
a view is the query text that it made itself.
"""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import db
from regulars.base.db import Cursor
from regulars.staff import queries, saving
from regulars.web import undo
from regulars.web.access import Seat, staff
from regulars.web.filters import text_in

__all__ = ["PAGES", "Shown", "delete", "restore", "save", "shown"]

PAGES = ("orders", "people")


@dataclass(frozen=True, slots=True)
class Shown:
    """A view in the list's menu; `may_delete`: one's own, or any shared one for a lead."""

    id: int
    name: str
    query: str
    shared: bool
    is_on: bool
    may_delete: bool


def shown(cur: Cursor, seat: Seat, page: str, query: str) -> list[Shown]:
    """The views of a list that this seat has; the one whose filters are in force is on."""
    return [
        Shown(
            v.id,
            v.name,
            v.query,
            v.shared,
            v.query == query,
            v.account_id == seat.account.pk or (v.shared and seat.is_lead),
        )
        for v in queries.saved_views(cur, seat.shop.id, seat.account.pk, page)
    ]


@staff("POST")
def save(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Keep the filters in force under a name."""
    page = text_in(request.POST, "page", PAGES) or "orders"
    name = text_in(request.POST, "name")[: saving.NAME_LONGEST]
    query = QueryDict(request.POST.get("query", "")[: saving.QUERY_LONGEST].replace("\x00", ""))
    text = query.urlencode()
    if not name or not text:
        messages.warning(request, _("Give the view a name, and the list a filter to keep."))
    else:
        with db.transact() as cur:
            shared = request.POST.get("shared") == "yes"
            saving.save_view(cur, seat.shop.id, seat.account.pk, page, name, text, shared, seat.actor)
        messages.success(request, _("The view “%(name)s” is kept.") % {"name": name})
    return redirect(f"{reverse(f'web:{page}')}?{text}" if text else reverse(f"web:{page}"))


@staff("POST")
def delete(request: HttpRequest, seat: Seat, view_id: int) -> HttpResponse:
    """Put a view away."""
    page = text_in(request.POST, "page", PAGES) or "orders"
    with db.transact() as cur:
        name = saving.delete_view(cur, seat.shop.id, view_id, seat.account.pk, seat.is_lead, seat.actor)
    if name is None:
        raise Http404
    undo.offer(
        request,
        _("The view “%(name)s” is deleted.") % {"name": name},
        reverse("web:view_restore", args=[view_id]),
    )
    return redirect(f"web:{page}")


@staff("POST")
def restore(request: HttpRequest, seat: Seat, view_id: int) -> HttpResponse:
    """Undo the deleting."""
    with db.transact() as cur:
        page = saving.restore_view(cur, seat.shop.id, view_id, seat.account.pk, seat.is_lead, seat.actor)
    if page is None:
        raise Http404
    messages.success(request, _("The view is back."))
    return redirect(f"web:{page}")
