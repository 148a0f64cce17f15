"""The letterbox: all outgoing messages, one of them with its letter and reasons, and those that wait for a person's word.

Owns showing a letter safely: its HTML comes by a route of its own whose policy is a sandbox without anything.
"""

from typing import Any, Literal, cast
from urllib.parse import urlencode

from csp.decorators import csp_exempt
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt

from regulars.base import clock, db
from regulars.journeys import queries as journeys
from regulars.outbox import actions, queries, starter
from regulars.outbox.actions import MessageError
from regulars.outbox.queries import MessageDetail, MessagePage
from regulars.people import queries as people
from regulars.web import contacts, paging, rows, words
from regulars.web.access import LEADS, Seat, staff
from regulars.web.letterbox import filters
from regulars.web.letterbox.filters import Asked
from regulars.web.letterbox.letter import read
from regulars.web.page import say_for, show
from regulars.web.say import Say, mask_email, mask_phone
from regulars.web.scheme_names import scheme_names
from regulars.web.why import why

__all__ = ["decide", "html", "listing", "news", "one", "release", "resolve", "source", "waiting"]

FRAME_POLICY = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'"
)
VERDICTS = ("was_sent", "send_again", "leave")
MANY_VERDICTS = (*VERDICTS, "send", "drop")
MOST_DECIDED = 60
EVENTS = 200
SHOWN_SOURCE = 200_000


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Messages, newest first; the first of them is fetched beside the list where there is room."""
    return _page(request, seat, None)


@staff("GET")
def one(request: HttpRequest, seat: Seat, message_id: int) -> HttpResponse:
    """One message beside the list: what was sent, the attempts, and why; looking is written down."""
    return _page(request, seat, message_id)


@staff("GET")
def news(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Rows for what was sent since the list was drawn; 204 when there is nothing. A poll: no look at anybody."""
    since = paging.after_moment(request)
    with db.transact() as cur:
        now = clock.now_from(cur)
        found = filters.asked(cur, seat, request, now)
        if since is None or since[0] is None or found.state != "sent" or found.nothing:
            return HttpResponse(status=204)
        page = queries.page(cur, seat.shop.id, found.filters, newer_than=(since[0], since[1]), limit=paging.PAGE)
        if not page.rows:
            return HttpResponse(status=204)
        context = {"letters": rows.messages(cur, seat, say_for(seat, now), page.rows), "is_new": True}
    context |= {"news": _news_query(request, page), "query": filters.without(request)}
    return render(request, "web/part_letter_rows.html", context)


def _page(request: HttpRequest, seat: Seat, message_id: int | None) -> HttpResponse:
    with db.transact() as cur:
        now = clock.now_from(cur)
        say = say_for(seat, now)
        detail = None if message_id is None else queries.message(cur, seat.shop.id, message_id)
        if message_id is not None and detail is None:
            raise Http404
        found = filters.asked(cur, seat, request, now)
        mark = paging.after_moment(request)
        page = (
            MessagePage([], None, False)
            if found.nothing
            else queries.page(cur, seat.shop.id, found.filters, after=mark, limit=paging.PAGE)
        )
        context = {
            "letters": rows.messages(cur, seat, say, page.rows),
            "next": paging.next_query(request, None if page.following is None else paging.moment_mark(*page.following)),
            "is_cut": page.is_cut,
            "query": filters.without(request),
            "news": _news_query(request, page) if found.state == "sent" and mark is None and page.rows else None,
            "watches": not page.rows and not found.chips and mark is None,
            "is_first": mark is None,
            "chosen": message_id,
            **_filters(cur, seat, request, say, found),
        }
        if detail is not None:
            context["one"] = _one(cur, seat, say, detail)
    return show(request, seat, "letters", "letters", context)


def _news_query(request: HttpRequest, page: MessagePage) -> str:
    """The query that asks for what is newer than the first of these."""
    query = request.GET.copy()
    query["after"] = paging.moment_mark(page.rows[0].sent_at, page.rows[0].id)
    return query.urlencode()


def _filters(cur: db.Cursor, seat: Seat, request: HttpRequest, say: Say, found: Asked) -> dict[str, Any]:
    counted = queries.counts(cur, seat.shop.id, filters.today(seat, say.now))
    shown = {k: say.number(n) + ("+" if n >= queries.MOST_COUNTED else "") for k, n in counted.items() if n}
    base = filters.without(request, "state")
    here = reverse("web:letters")
    return {
        "presets": [
            {
                "text": name,
                "href": f"{here}?{base}{'&' if base else ''}state={key}",
                "n": "" if key == "sent" else shown.get(key, ""),
                "on": key == found.state,
            }
            for key, name in filters.STATES.items()
        ],
        "sent_today": say.number(counted["sent"]) + ("+" if counted["sent"] >= queries.MOST_COUNTED else ""),
        "chips": found.chips,
        "state": found.state,
        "found_in": found.found_in,
        "subject_query": urlencode({"q": paging.text_of(request, "q"), "in": "subject"}),
        "asked": {
            k: request.GET.get(k, "") for k in ("q", "period", "channel", "purpose", "template", "person", "order")
        },
        "choices": {
            "period": filters.PERIODS.items(),
            "channel": words.CHANNELS.items(),
            "purpose": words.PURPOSES.items(),
            "template": _templates({*starter.letters()["letters"], *queries.template_keys(cur, seat.shop.id)}),
        },
    }


def _templates(keys: set[str]) -> list[tuple[str, str]]:
    """The letters to choose from, by name."""
    return sorted(((key, words.letter(key)) for key in keys), key=lambda one: one[1].lower().replace("ё", "е"))


def _one(cur: db.Cursor, seat: Seat, say: Say, found: MessageDetail) -> dict[str, Any]:
    """A message as its page shows it."""
    contacts.look(cur, seat, found.row.person_id, "letter")
    (message,) = rows.messages(cur, seat, say, [found.row])
    versions = journeys.names_of_versions(cur, seat.shop.id, {found.version_id} if found.version_id else set())
    scheme, n = versions.get(found.version_id or 0, ("", 0))
    titles = scheme_names(cur, seat.shop.id, seat.language, versions.values())
    return {
        "message": message,
        "letter": read(found.raw, found.row.channel) if found.raw is not None else None,
        "address": _address(seat, say, found),
        "links_work": clock.read(cur).playground,
        "why": why(cur, seat, say, [found.row])[found.row.id],
        "meant": say.when(found.row.meant_at),
        "due": say.when(found.row.send_after) if found.row.state == "queued" else "",
        "scheme": scheme,
        "scheme_title": titles.scheme(scheme, n),
        "step_title": titles.step(scheme, n, found.row.step),
        "step": found.row.step or "",
        "tries": found.row.tries,
        "attempts": [
            {
                "at": say.when(a.at),
                "channel": words.word(words.CHANNELS, a.channel),
                "outcome": words.word(words.ATTEMPTS, a.outcome),
                "is_good": a.outcome == "accepted",
                "code": a.code or "",
                "reply": _("kept in the letterbox") if a.reply == queries.KEPT_HERE else a.reply or "",
            }
            for a in found.attempts
        ],
        "events": [
            {"at": say.when(e.occurred_at), "text": words.event(e.kind, say.language)}
            for e in people.timeline(cur, seat.shop.id, found.row.person_id, limit=EVENTS)
            if str(e.data.get("message_id", "")) == str(found.row.id)
        ],
    }


def _address(seat: Seat, say: Say, found: MessageDetail) -> str:
    """Where it went; masked for those who don't see contact points."""
    if not found.address:
        return ""
    if found.row.channel == "email":
        return found.address if seat.sight.shows("email") else mask_email(found.address)
    return say.phone(found.address) if seat.sight.shows("phone") else mask_phone(say.phone(found.address))


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
def source(request: HttpRequest, seat: Seat, message_id: int) -> HttpResponse:
    """The bytes that went: as a file, or as a part of the page. They name the address whole, so leads only."""
    with db.transact() as cur:
        found = queries.message(cur, seat.shop.id, message_id)
        if found is None or found.raw is None:
            raise Http404
        contacts.look(cur, seat, found.row.person_id, "letter source", whole=True)
    if request.GET.get("file") == "yes":
        kind = "message/rfc822" if found.row.channel == "email" else "application/octet-stream"
        response = HttpResponse(found.raw, content_type=kind)
        ending = "eml" if found.row.channel == "email" else "txt"
        response["Content-Disposition"] = f'attachment; filename="message-{message_id}.{ending}"'
        return response
    text = found.raw[:SHOWN_SOURCE].decode(errors="replace")
    context = {"text": text, "is_cut": len(found.raw) > SHOWN_SOURCE, "id": message_id}
    return render(request, "web/part_letter_source.html", context)


@staff("GET", roles=LEADS)
def waiting(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Messages on which a person must decide."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        found = queries.waiting_for_word(cur, seat.shop.id, MOST_DECIDED)
        listed = rows.messages(cur, seat, say, found)
        for shown, row in zip(listed, found, strict=True):
            shown["meant"] = say.when(row.meant_at)
        total = queries.waiting_for_word_count(cur, seat.shop.id)
    context = {
        "unknown": [m for m in listed if not m["is_held"]],
        "held": [m for m in listed if m["is_held"]],
        "total": total,
        "more": max(0, total - len(listed)),
    }
    return show(request, seat, "waiting", "waiting", context)


@staff("POST", roles=LEADS)
def decide(request: HttpRequest, seat: Seat) -> HttpResponse:
    """One word on many messages: those of unknown fate, or those that were late and held."""
    verdict = request.POST.get("verdict", "")
    ids = [i for i in map(paging.our_id, request.POST.getlist("message")[:MOST_DECIDED]) if i is not None]
    if verdict not in MANY_VERDICTS:
        raise Http404
    with db.transact() as cur:
        now = clock.now_from(cur)
        if verdict in VERDICTS:
            word = cast("Literal['was_sent', 'send_again', 'leave']", verdict)
            done = actions.resolve_many(cur, seat.shop.id, ids, word, seat.actor, now)
        else:
            done = actions.release_many(cur, seat.shop.id, ids, verdict == "send", seat.actor, now)
    if not ids:
        messages.warning(request, _("Tick the messages first."))
    elif done < len(ids):
        told = _("Decided: %(n)s. On the others somebody had decided already: %(rest)s.")
        messages.warning(request, told % {"n": done, "rest": len(ids) - done})
    else:
        messages.success(request, _("Decided: %(n)s.") % {"n": done})
    return redirect("web:waiting")


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
    else:
        messages.success(request, _("Decided: %(n)s.") % {"n": 1})
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
    else:
        messages.success(request, _("Decided: %(n)s.") % {"n": 1})
    return redirect("web:waiting")


def _own(cur: db.Cursor, seat: Seat, message_id: int) -> None:
    if queries.message(cur, seat.shop.id, message_id) is None:
        raise Http404
