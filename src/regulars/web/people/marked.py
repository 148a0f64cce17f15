"""Tags and fields on a person's page: what they are, and the staff's own putting on and taking off.

Owns the card and its form; what a tag may look like is people/marks.py.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.people import marks, queries
from regulars.web.access import Seat, staff
from regulars.web.say import Say

__all__ = ["change_tag", "marks_of"]


def marks_of(cur: Cursor, seat: Seat, say: Say, person_id: int) -> dict[str, Any]:
    """The tags and the fields of one person, ready for the page."""
    tags = marks.tags_of(cur, seat.shop.id, [person_id])[person_id]
    fields = marks.fields_of(cur, seat.shop.id, [person_id])[person_id]
    return {
        "tags": tags,
        "fields": [{"name": name, "value": _shown(say, value)} for name, value in fields.items()],
        "pattern": marks.TAG.pattern,
    }


def _shown(say: Say, value: Any) -> str:
    match value:
        case bool():
            return _("yes") if value else _("no")
        case datetime():
            return say.when(value)
        case date():
            return say.day(value)
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


@staff("POST")
def change_tag(request: HttpRequest, seat: Seat, person_id: int) -> HttpResponse:
    """Put a tag on, or take it off (`off`)."""
    off = request.POST.get("off", "")
    tag = (off or request.POST.get("tag", "")).strip().lower()
    back = reverse("web:person", args=[person_id]) + "#marks"
    with db.transact() as cur:
        card = queries.card(cur, seat.shop.id, person_id)
        if card is None or card.erased_at is not None:
            raise Http404
        if not marks.TAG.fullmatch(tag):
            messages.warning(request, _("A tag is written in small Latin letters, digits, - and _, a letter first."))
            return redirect(back)
        marks.tag_by_hand(cur, seat.shop.id, person_id, tag, not off, seat.actor, clock.now_from(cur))
    messages.success(request, (_("Tag taken off: %(tag)s") if off else _("Tag put on: %(tag)s")) % {"tag": tag})
    return redirect(back)
