"""The button 'Listen' of a recording that lies at the vendor's: a link is fetched for this once, and opened.

Owns who may listen: those who lead, and whoever had the call. Each press is written down; the link is not.
"""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import audit, calling, clock, db
from regulars.base.db import Cursor
from regulars.intake import recordings
from regulars.intake.recordings import NO_FEED, NO_KEY, RecordingError
from regulars.talks import calls_queries
from regulars.talks.calls_queries import CallRow
from regulars.web import words
from regulars.web.access import Seat, staff

__all__ = ["held", "listen", "may_listen"]

_MISSING: words.Words = {
    NO_FEED: gettext_lazy("The recording lies at the vendor’s: listen to it there."),
    NO_KEY: gettext_lazy(
        "To listen here, the key of the vendor’s API is needed: the owner enters it in Settings, Feeds."
    ),
}


def may_listen(seat: Seat, call: CallRow) -> bool:
    """Whether recordings of this call are for this seat."""
    return seat.is_lead or call.account_id == seat.account.pk


def held(cur: Cursor, seat: Seat, calls: Sequence[CallRow]) -> dict[int, dict[str, Any]]:
    """By call, of recordings that are no links: their numbers, and why they can't be fetched ('' if they can)."""
    mine = [c for c in calls if may_listen(seat, c) and any(not recordings.is_link(r) for r in c.recordings)]
    why = recordings.missing(cur, seat.shop.id, (c.source for c in mine))
    return {
        c.id: {
            "numbers": [n for n, r in enumerate(c.recordings) if not recordings.is_link(r)],
            "why": words.word(_MISSING, why[c.source]) if why[c.source] else "",
        }
        for c in mine
    }


@staff("POST")
def listen(request: HttpRequest, seat: Seat, call_id: int, n: int) -> HttpResponse:
    """Fetch a link and go there; whoever may not listen is refused, and what is missing is said."""
    with db.transact() as cur:
        call = calls_queries.call(cur, seat.shop.id, call_id)
        if call is None or n >= len(call.recordings) or recordings.is_link(call.recordings[n]):
            raise Http404
        if not may_listen(seat, call):
            raise PermissionDenied
        at = recordings.account(cur, seat.shop.id, call.source)
        why = "" if at else _MISSING[recordings.missing(cur, seat.shop.id, [call.source])[call.source]]
        reach = calling.reach(clock.read(cur).playground)
        audit.write(cur, seat.shop.id, seat.actor, "call.listened", "call", call_id, n=n)
    if at is None:
        return _page(request, seat, problem=str(why))
    try:
        link = recordings.link(at, call.recordings[n], reach)
    except RecordingError as error:
        return _page(request, seat, problem=_sentence(error))
    return _page(request, seat, link=link)


def _sentence(error: RecordingError) -> str:
    if error.code == "not_ready":
        text = _("The vendor has no such recording yet, or has it no more. A minute after the call it is there.")
    elif error.code == "playground":
        text = _("Nothing leaves a playground: the vendor isn’t asked.")
    else:
        text = _("The vendor gives no recording: %(why)s.") % {"why": words.word(words.COMMAND_ANSWERS, error.code)}
    return f"{text} ({error.text})" if error.text else text


def _page(request: HttpRequest, seat: Seat, *, link: str = "", problem: str = "") -> HttpResponse:
    """A page of its own, in a tab of its own: it leads on by itself, since a form may lead to no other server."""
    response = render(
        request,
        "web/call_listen.html",
        {"seat": seat, "link": link, "problem": problem},
        status=409 if problem else 200,
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
