"""Asking for a list as a file, seeing how far it is, and fetching it.

Owns who may fetch what: an export belongs to whoever asked for it, and one with contacts to leads alone.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from regulars.base import clock, db
from regulars.base.blobs import PostgresBlobs
from regulars.staff import queries, saving
from regulars.staff.queries import ExportRow
from regulars.web import contacts
from regulars.web.access import Seat, staff
from regulars.web.exports.columns import table_of
from regulars.web.exports.making import AT_ONCE, JOB, MOST, make
from regulars.web.exports.sheets import FORMS
from regulars.web.filters import text_in
from regulars.web.page import say_for, show
from regulars.web.paging import our_id

__all__ = ["ask", "file", "orders", "people", "progress"]


@staff("POST")
def orders(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The list of orders as a file."""
    return ask(request, seat, "orders", request.POST.get("filter", ""), None)


@staff("POST")
def people(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The list of people as a file."""
    return ask(request, seat, "people", request.POST.get("filter", ""), None)


def ask(request: HttpRequest, seat: Seat, page: str, query: str, ids: Sequence[int] | None) -> HttpResponse:
    """Keep the wish; a small file is made at once and fetched, a large one by a job whose page says how far it is."""
    form = text_in(request.POST, "form", FORMS) or "csv"
    if not seat.sight.shows("sums"):
        messages.warning(request, _("Your role doesn’t see sums of orders, so no files are made for it."))
        return redirect(_list(page, query))
    whole = contacts.in_files(seat)
    table = table_of(seat.shop, page, query[: saving.QUERY_LONGEST], ids, whole)
    text = str(table.query)
    with db.transact() as cur:
        total = table.count(cur, MOST)
        if total == 0:
            messages.warning(request, _("There is nothing to export."))
            return redirect(_list(page, text))
        asked = {"query": text, "ids": None if ids is None else list(ids), "language": seat.language}
        export_id = saving.ask_export(cur, seat.shop.id, seat.account.pk, page, form, asked, whole, total, seat.actor)
        if total > AT_ONCE:
            app.configure_task(JOB).defer(export_id=export_id)
    if total <= AT_ONCE:
        make(export_id)
        return redirect("web:export_file", export_id=export_id)
    return redirect("web:export", export_id=export_id)


def _list(page: str, query: str) -> str:
    """Where the list stands on a screen."""
    if page == "segment_members":
        asked = QueryDict(query, mutable=True)
        (number,) = asked.pop("segment", [""])[-1:]
        here = reverse("web:segment", args=[our_id(str(number)) or 0])
        return f"{here}?{asked.urlencode()}" if asked else here
    return reverse(f"web:{page}") + (f"?{query}" if query else "")


@staff("GET")
def progress(request: HttpRequest, seat: Seat, export_id: int) -> HttpResponse:
    """How far a file is; the page asks again by itself."""
    export = _own(seat, export_id)
    say = say_for(seat, clock.now())
    context = {
        "export": export,
        "done": say.number(export.done),
        "total": say.number(export.total),
        "most": say.number(MOST),
        "percent": 100 * export.done // max(export.total, 1),
        "back": _list(export.page, export.asked["query"]),
    }
    if request.headers.get("HX-Request"):
        return render(request, "web/part_export.html", context)
    return show(request, seat, "segments" if export.page == "segment_members" else export.page, "export", context)


@staff("GET")
def file(request: HttpRequest, seat: Seat, export_id: int) -> HttpResponse:
    """The file itself."""
    export = _own(seat, export_id)
    with db.transact() as cur:
        found = PostgresBlobs().get(cur, seat.shop.id, export.digest) if export.digest is not None else None
    if found is None:
        raise Http404
    at = export.created_at.astimezone(ZoneInfo(seat.shop.time_zone))
    response = HttpResponse(found.body, content_type=found.media_type)
    response["Content-Disposition"] = f'attachment; filename="{export.page}-{at:%Y-%m-%d-%H%M}.{export.form}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _own(seat: Seat, export_id: int) -> ExportRow:
    with db.transact() as cur:
        export = queries.export(cur, seat.shop.id, export_id)
    if (
        export is None
        or export.account_id != seat.account.pk
        or (export.whole_contacts and not contacts.in_files(seat))
    ):
        raise Http404
    return export
