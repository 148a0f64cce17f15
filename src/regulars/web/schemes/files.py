"""A scheme's table as a file for a spreadsheet, and its map as a picture file.

Owns these two files; what stands in them is what the page shows.
"""

import io
import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.core.scheme import END, Scheme
from regulars.journeys import scheme_queries as queries
from regulars.web import paging
from regulars.web.access import Seat, staff
from regulars.web.exports.sheets import FORMS, open_sheet
from regulars.web.page import say_for
from regulars.web.schemes.drawing import drawing, table
from regulars.web.schemes.page import paper, speaker_of
from regulars.web.schemes.views import number

__all__ = ["picture_file", "table_file"]

_LINKS = re.compile(r' href="[^"]*"')


def _scheme(cur: Cursor, request: HttpRequest, seat: Seat, name: str) -> Scheme:
    """The text that the page shows at the same address; Http404 where none can be read."""
    n = number(request, "n")
    version = queries.version(cur, seat.shop.id, name, n)
    if version is None:
        raise Http404
    draft = queries.draft(cur, seat.shop.id, seat.account.pk, name) if seat.is_owner and n is None else None
    scheme = paper(cur, seat, say_for(seat, clock.now_from(cur)), version, draft).last_good
    if scheme is None:
        raise Http404
    return scheme


@staff("GET")
def table_file(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """`form`: csv or xlsx."""
    form = paging.text_of(request, "form", sorted(FORMS)) or "csv"
    with db.transact() as cur:
        scheme = _scheme(cur, request, seat, name)
        rows = table(speaker_of(cur, seat, scheme), say_for(seat, clock.now_from(cur)), None, None)
    body = io.BytesIO()
    sheet = open_sheet(form, body, seat.language)
    sheet.row([_("Step"), _("Name in the text"), _("When"), _("Whom"), _("What"), _("Condition"), _("Then")])
    for row in rows:
        sheet.row([row["title"], row["name"], row["when"], row["whom"], row["what"], row["condition"], _ways(row)])
    sheet.close()
    return _file(body.getvalue(), FORMS[form], f"{name}.{form}")


def _ways(row: dict[str, Any]) -> str:
    parts = []
    for way in row["ways"]:
        names = ", ".join(said for said, _tries in way["names"] if said)
        parts.append(f"{names} → {_('end') if way['to'] == END else way['title']}".strip())
    return "; ".join(parts)


@staff("GET")
def picture_file(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """The map as SVG that needs nothing else: light colours, no numbers, no links."""
    with db.transact() as cur:
        scheme = _scheme(cur, request, seat, name)
        found = drawing(speaker_of(cur, seat, scheme), say_for(seat, clock.now_from(cur)), None, None)
    style = render_to_string("web/scheme_map.css")
    svg = render_to_string("web/part_map.html", {"map": found, "style": style})
    return _file(_LINKS.sub("", svg).encode(), "image/svg+xml; charset=utf-8", f"{name}.svg")


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
