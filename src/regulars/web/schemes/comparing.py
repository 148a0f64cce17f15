"""Two versions side by side: as words, as maps, as one table, as text.

Owns that page; finding the differences is core's, bringing two maps and tables together `both`'s.
"""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.core.scheme import Scheme
from regulars.core.text_diff import SAME, folded, side_by_side
from regulars.journeys import scheme_queries as queries
from regulars.web import paging
from regulars.web.access import Seat, staff
from regulars.web.page import say_for, show
from regulars.web.scheme_names import read
from regulars.web.schemes.both import apart, both_maps, both_tables
from regulars.web.schemes.head import shared_head
from regulars.web.schemes.page import said_changes, speaker_of

__all__ = ["compare"]

FORMS = ("words", "map", "table", "text")
DRAFT = "draft"
MOST = 200
"""So many versions, the newest, stand to choose from."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: what it is called in the address and for people, and its text."""

    key: str
    title: str
    text: str
    scheme: Scheme | None


@staff("GET")
def compare(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """`a` and `b`: numbers of versions, or the draft of whoever may write; without them the running one and the draft, or the
    newest two."""
    view = paging.text_of(request, "view", FORMS) or "words"
    with db.transact() as cur:
        newest = queries.version(cur, seat.shop.id, name)
        if newest is None:
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        listed = queries.versions(cur, seat.shop.id, name, None, MOST)
        draft = queries.draft(cur, seat.shop.id, seat.account.pk, name) if seat.is_owner else None
        last = listed[0][0].n
        b = request.GET.get("b") or (DRAFT if draft else str(last))
        a = request.GET.get("a") or str(newest.n if b == DRAFT else max(last - 1, 1))
        before, after = (_side(cur, seat, name, key, draft.text if draft else None) for key in (a, b))
        choices = [*([(DRAFT, _("your draft"))] if draft else []), *((str(v.n), _version(v.n)) for v, _n in listed)]
        found: dict[str, Any] = {
            **shared_head(cur, seat, say, newest, "versions"),
            "view": view,
            "a": before,
            "b": after,
            "choices": choices,
            "forms": [(form, "?" + urlencode({"a": a, "b": b, "view": form})) for form in FORMS],
            "swapped": "?" + urlencode({"a": b, "b": a, "view": view}),
            "compared": {"query": urlencode({"a": a, "b": b})},
            "back": reverse("web:scheme", args=[name]) + "?view=changes" if b == DRAFT else "",
            "is_readable": before.scheme is not None and after.scheme is not None,
            "is_same": before.text == after.text,
        }
        if view == "text":
            rows = side_by_side(before.text, after.text)
            is_all = request.GET.get("all") == "1" or all(row.kind == SAME for row in rows)
            whole = "?" + urlencode({"a": a, "b": b, "view": view, "all": "1"})
            found |= {"rows": rows if is_all else folded(rows), "whole": whole}
        elif before.scheme and after.scheme:
            found |= _shown(cur, seat, view, before.scheme, after.scheme, say)
    return show(request, seat, "schemes", "scheme_compare", found)


def _shown(cur: Cursor, seat: Seat, view: str, before: Scheme, after: Scheme, say: Any) -> dict[str, Any]:
    if view == "words":
        return {"changes": said_changes(cur, seat, before, after)}
    old, new = speaker_of(cur, seat, before), speaker_of(cur, seat, after)
    if view == "table":
        return {"table": both_tables(old, new, say)}
    left, right = apart(old, new, say)
    return {"map": both_maps(old, new, say), "left": left, "right": right}


def _side(cur: Cursor, seat: Seat, name: str, key: str, draft: str | None) -> Side:
    """Raises Http404 for what isn't there, or isn't this account's."""
    if key == DRAFT and draft is not None:
        return Side(key, _("your draft"), draft, read(draft))
    if not (key.isascii() and key.isdigit() and len(key) < 10 and int(key)):
        raise Http404
    version = queries.version(cur, seat.shop.id, name, int(key))
    if version is None:
        raise Http404
    return Side(key, _version(version.n), version.text, read(version.text))


def _version(n: int) -> str:
    return _("version %(n)d") % {"n": n}
