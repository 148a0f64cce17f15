"""Channels: by which letters leave, what stands still and why, and a test letter whose answer is shown as it comes."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base import clock, db
from regulars.outbox import actions, queries
from regulars.outbox.channels.email.server import EmailUrlProblem, parse_email_url
from regulars.people import actions as people
from regulars.people.points import email_address
from regulars.shop import queries as shops
from regulars.web import paging, words
from regulars.web.access import LEADS, OWNER, Seat, staff
from regulars.web.page import say_for
from regulars.web.settings.form import Form
from regulars.web.settings.page import said, show_settings

__all__ = ["hold", "page", "release", "show_channels", "trial", "trial_state"]

EMAIL = "email"
TRIAL = "trial"
_ENDED = frozenset({"sent", "refused", "failed", "unknown", "cancelled"})


@staff("GET", roles=LEADS)
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The channels; `?trial=` shows how a test letter fares."""
    return show_channels(request, seat)


def show_channels(
    request: HttpRequest, seat: Seat, forms: dict[str, Form] | None = None, status: int = 200
) -> HttpResponse:
    """The page, with forms as they were typed."""
    from regulars.web.settings import accounts  # noqa: PLC0415 - its answers are this page again

    with db.transact() as cur:
        now = clock.now_from(cur)
        say = say_for(seat, now)
        state = next((c for c in queries.channels(cur, seat.shop.id) if c.kind == EMAIL), None)
        news = queries.channel_news(cur, seat.shop.id, EMAIL, now)
        shop = shops.own_settings(cur, seat.shop.id)
        stands = state is not None and state.paused_until is not None and state.paused_until > now
        context = {
            "way": _way(clock.read(cur).playground),
            "sender": shop.email,
            "stands_still": stands,
            "is_held": stands and state is not None and state.trouble == queries.HELD_BY_STAFF,
            "trouble": words.word(words.TROUBLES, state.trouble) if state and state.trouble else "",
            "since": say.when(state.since) if state and state.since else "",
            "until": say.when(state.paused_until) if state else "",
            "waiting": news.waiting,
            "last": None
            if news.last is None
            else {
                "at": say.when(news.last.at),
                "outcome": words.word(words.ATTEMPTS, news.last.outcome),
                "reply": _reply(news.last),
            },
            "own_address": email_address(seat.account.email) or "",
            "trial": _trial(cur, seat, paging.id_of(request, TRIAL)),
            "ask": request.GET.get("ask", ""),
            **accounts.context(cur, seat, say, forms),
        }
    return show_settings(request, seat, "settings_channels", "settings_channels", context, status)


@staff("POST", roles=OWNER)
def trial(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Send a test letter to the owner's own address, by the way that all letters take."""
    address = email_address(seat.account.email)
    if address is None:
        messages.warning(request, _("Give your account an e-mail address first: the letter goes there."))
        return redirect("web:me")
    with db.transact() as cur:
        now = clock.now_from(cur)
        shop = seat.shop
        person = people.lead_by_email(
            cur, shop.id, shop.country, address, seat.account.name, seat.language, seat.actor, now
        )
        message_id = actions.queue_trial(cur, shop.id, person, seat.actor, now)
    return redirect(f"{reverse('web:settings_channels')}?{TRIAL}={message_id}")


@staff("GET", roles=LEADS)
def trial_state(request: HttpRequest, seat: Seat, message_id: int) -> HttpResponse:
    """How a test letter fares, as a part of the page that is asked for again until it is over."""
    with db.transact() as cur:
        found = _trial(cur, seat, message_id)
    if found is None:
        raise Http404
    return render(request, "web/part_trial.html", {"trial": found})


@staff("POST", roles=OWNER)
def hold(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Nothing leaves by e-mail until it is let go again."""
    with db.transact() as cur:
        actions.hold_channel(cur, seat.shop.id, EMAIL, seat.actor, clock.now_from(cur))
    said(request, _("Letters are held."))
    return redirect("web:settings_channels")


@staff("POST", roles=OWNER)
def release(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Letters go again at once, whatever held them."""
    with db.transact() as cur:
        n = actions.release_channel(cur, seat.shop.id, EMAIL, seat.actor, clock.now_from(cur))
    said(request, ngettext("Letters go again: %(n)d waited.", "Letters go again: %(n)d waited.", n) % {"n": n})
    return redirect("web:settings_channels")


def _way(is_playground: bool) -> dict[str, Any]:
    """How letters leave: where the server is, without its password; or why they don't."""
    url = settings.REGULARS_EMAIL_URL
    if not url:
        return {"kind": "letterbox"}
    try:
        server = parse_email_url(url)
    except EmailUrlProblem as problem:
        return {"kind": "broken", "problem": str(problem)}
    if is_playground and not server.local:
        return {"kind": "refused", "server": f"{server.host}:{server.port}"}
    return {"kind": "server", "server": f"{server.host}:{server.port}", "user": server.user}


def _reply(attempt: queries.Attempt) -> str:
    if attempt.reply == queries.KEPT_HERE:
        return _("kept in the letterbox")
    return " ".join(part for part in (attempt.code or "", attempt.reply or "") if part)


def _trial(cur: db.Cursor, seat: Seat, message_id: int | None) -> dict[str, Any] | None:
    """A test letter of this shop: whether it is over, and what the server said each time."""
    found = None if message_id is None else queries.message(cur, seat.shop.id, message_id)
    if found is None or found.row.part != TRIAL:
        return None
    say = say_for(seat, clock.now_from(cur))
    row = found.row
    return {
        "id": row.id,
        "is_over": row.state in _ENDED,
        "is_good": row.state == "sent",
        "state": words.word(words.MESSAGE_STATES, row.state),
        "reason": words.reason(row.reason, row.why.get("params", {}), say),
        "address": found.address or seat.account.email,
        "attempts": [
            {"at": say.when(a.at), "outcome": words.word(words.ATTEMPTS, a.outcome), "reply": _reply(a)}
            for a in found.attempts
        ],
    }
