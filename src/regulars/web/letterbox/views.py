"""The letterbox: all outgoing messages, one of them with its letter and reasons, and those that wait for a person's word.

Owns showing a letter safely: its HTML comes by a route of its own whose policy is a sandbox without anything.
"""

from typing import Literal, cast

from csp.decorators import csp_exempt
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt

from regulars.base import clock, db
from regulars.orders import queries as orders
from regulars.outbox import actions, queries
from regulars.outbox.actions import MessageError
from regulars.web import contacts, paging, rows, words
from regulars.web.access import LEADS, Seat, staff
from regulars.web.letterbox.letter import read
from regulars.web.page import say_for, show
from regulars.web.why import why

__all__ = ["html", "listing", "one", "release", "resolve", "waiting"]

FRAME_POLICY = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'"
)
VERDICTS = ("was_sent", "send_again", "leave")


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Messages, newest first."""
    state = paging.text_of(request, "state", list(words.MESSAGE_STATES))
    number = paging.text_of(request, "order")
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        order = orders.by_external(cur, seat.shop.id, number) if number else None
        found = (
            []
            if number and order is None
            else queries.messages(
                cur,
                seat.shop.id,
                order_id=order.id if order else None,
                states=(state,) if state else (),
                before=paging.after_id(request),
                limit=paging.PAGE + 1,
            )
        )
        page, mark = paging.split(found, lambda m: paging.id_mark(m.id))
        context = {
            "messages_": rows.messages(cur, seat, say, page),
            "next": paging.next_query(request, mark),
            "state": state,
            "order": number,
            "states": words.MESSAGE_STATES.items(),
            "is_filtered": bool(state or number),
        }
    return show(request, seat, "letters", "letters", context)


@staff("GET")
def one(request: HttpRequest, seat: Seat, message_id: int) -> HttpResponse:
    """One message: what was sent, the attempts, and why; looking is written down."""
    with db.transact() as cur:
        found = queries.message(cur, seat.shop.id, message_id)
        if found is None:
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        contacts.look(cur, seat, found.row.person_id, "letter")
        (message,) = rows.messages(cur, seat, say, [found.row])
        context = {
            "message": message,
            "letter": read(found.raw, found.row.channel) if found.raw is not None else None,
            "links_work": clock.read(cur).playground,
            "why": why(cur, seat, say, [found.row])[message_id],
            "meant": say.when(found.row.meant_at),
            "attempts": [
                {
                    "at": say.when(a.at),
                    "channel": words.word(words.CHANNELS, a.channel),
                    "outcome": words.word(words.ATTEMPTS, a.outcome),
                    "code": a.code or "",
                    "reply": _("kept in the letterbox") if a.reply == queries.KEPT_HERE else a.reply or "",
                }
                for a in found.attempts
            ],
        }
    return show(request, seat, "letters", "letter", context)


@csp_exempt()
@xframe_options_exempt
@staff("GET")
def html(request: HttpRequest, seat: Seat, message_id: int) -> HttpResponse:
    """The letter's HTML, for the frame of its page alone."""
    with db.transact() as cur:
        found = queries.message(cur, seat.shop.id, message_id)
    if found is None or found.raw is None:
        raise Http404
    response = HttpResponse(read(found.raw, found.row.channel).html)
    response["Content-Security-Policy"] = FRAME_POLICY
    response["Referrer-Policy"] = "no-referrer"
    return response


@staff("GET", roles=LEADS)
def waiting(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Messages on which a person must decide."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        found = queries.waiting_for_word(cur, seat.shop.id)
        listed = rows.messages(cur, seat, say, found)
    unknown = [m for m in listed if not m["is_held"]]
    return show(request, seat, "waiting", "waiting", {"unknown": unknown, "held": [m for m in listed if m["is_held"]]})


@staff("POST", roles=LEADS)
def resolve(request: HttpRequest, seat: Seat, message_id: int) -> HttpResponse:
    """The word on a message of unknown fate: it was sent, it goes once more, or it stays as it is."""
    verdict = request.POST.get("verdict", "")
    if verdict not in VERDICTS:
        raise Http404
    word = cast("Literal['was_sent', 'send_again', 'leave']", verdict)
    try:
        with db.transact() as cur:
            _own(cur, seat, message_id)
            actions.resolve_unknown(cur, seat.shop.id, message_id, word, seat.actor, clock.now_from(cur))
    except MessageError:
        messages.warning(request, _("Somebody has decided on this message already."))
    return redirect("web:waiting")


@staff("POST", roles=LEADS)
def release(request: HttpRequest, seat: Seat, message_id: int) -> HttpResponse:
    """The word on a message that was late: it goes after all, or is dropped."""
    try:
        with db.transact() as cur:
            _own(cur, seat, message_id)
            send = request.POST.get("send") == "yes"
            actions.release_held(cur, seat.shop.id, message_id, send, seat.actor, clock.now_from(cur))
    except MessageError:
        messages.warning(request, _("Somebody has decided on this message already."))
    return redirect("web:waiting")


def _own(cur: db.Cursor, seat: Seat, message_id: int) -> None:
    if queries.message(cur, seat.shop.id, message_id) is None:
        raise Http404
