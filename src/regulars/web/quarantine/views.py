"""What could not be taken in: the list, one with its body to be mended, and the two ways out of it.

Owns the mending form. A body too large for a form, or no text, is taken in again as it is or left aside.
"""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.intake import actions, queries
from regulars.intake.queries import Quarantined
from regulars.web import paging, words
from regulars.web.access import LEADS, Seat, staff
from regulars.web.actors import actors
from regulars.web.page import say_for, show

__all__ = ["dismiss", "listing", "one", "replay"]

MENDABLE_BYTES = 200_000


@staff("GET", roles=LEADS)
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What waits, newest first; the closed ones by filter."""
    state = paging.text_of(request, "state", [*words.QUARANTINE_STATES, "all"]) or "open"
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        found = queries.quarantine(
            cur,
            seat.shop.id,
            state=None if state == "all" else state,
            before=paging.after_id(request),
            limit=paging.PAGE + 1,
        )
    page, mark = paging.split(found, lambda q: paging.id_mark(q.id))
    context = {
        "items": [{"q": q, "at": say.when(q.at), "state": words.word(words.QUARANTINE_STATES, q.state)} for q in page],
        "next": paging.next_query(request, mark),
        "state": state,
        "states": words.QUARANTINE_STATES.items(),
    }
    return show(request, seat, "quarantine", "quarantine", context)


@staff("GET", roles=LEADS)
def one(request: HttpRequest, seat: Seat, quarantine_id: int) -> HttpResponse:
    """One of them, with its whole body."""
    with db.transact() as cur:
        found = _found(cur, seat, quarantine_id)
        say = say_for(seat, clock.now_from(cur))
        body = queries.quarantined_body(cur, seat.shop.id, quarantine_id) or b""
        text = _text(body)
        context = {
            "q": found,
            "at": say.when(found.at),
            "closed": say.when(found.closed_at),
            "closed_by": actors(cur, seat, [found.closed_by]).name(found.closed_by),
            "state": words.word(words.QUARANTINE_STATES, found.state),
            "body": text if text is not None else found.excerpt,
            "can_mend": text is not None and found.state == "open",
        }
    return show(request, seat, "quarantine", "quarantined", context)


@staff("POST", roles=LEADS)
def replay(request: HttpRequest, seat: Seat, quarantine_id: int) -> HttpResponse:
    """Take it in once more: as it came, or as it was mended."""
    mended = request.POST.get("body") if request.POST.get("mended") == "yes" else None
    body = None if mended is None else mended.replace("\r\n", "\n").encode()
    with db.transact() as cur:
        _found(cur, seat, quarantine_id)
        done = actions.replay(cur, seat.shop.id, quarantine_id, seat.actor, clock.now_from(cur), body=body)
    if done is None:
        messages.warning(request, _("Somebody has closed this one already."))
    else:
        messages.success(request, _("It goes in again. If it fails again, it comes back here with the reason."))
    return redirect("web:quarantine")


@staff("POST", roles=LEADS)
def dismiss(request: HttpRequest, seat: Seat, quarantine_id: int) -> HttpResponse:
    """Leave it aside for good."""
    with db.transact() as cur:
        _found(cur, seat, quarantine_id)
        done = actions.dismiss(cur, seat.shop.id, quarantine_id, seat.actor, clock.now_from(cur))
    if not done:
        messages.warning(request, _("Somebody has closed this one already."))
    return redirect("web:quarantine")


def _found(cur: db.Cursor, seat: Seat, quarantine_id: int) -> Quarantined:
    found = queries.quarantined(cur, seat.shop.id, quarantine_id)
    if found is None:
        raise Http404
    return found


def _text(body: bytes) -> str | None:
    """The body as text for a form; None when a form would spoil it."""
    if len(body) > MENDABLE_BYTES or b"\x00" in body:
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
