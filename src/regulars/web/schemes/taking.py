"""The ready schemes by trade: which there are, why each is as it is, and taking one as a draft.

Owns the choice; a scheme is looked at and published on the pages of `editing`. Taking never makes anything live, and
never writes over a new scheme that lies half written.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars import schemes
from regulars.base import clock, db
from regulars.journeys import actions
from regulars.journeys import scheme_queries as queries
from regulars.web import words
from regulars.web.access import OWNER, Seat, staff
from regulars.web.page import say_for, show
from regulars.web.scheme_names import read
from regulars.web.schemes.ready_letters import sheets, spoken_in

__all__ = ["sets", "take", "trades", "why"]


def trades(language: str) -> list[dict[str, Any]]:
    """Every trade with its sentence and its schemes, in this language."""
    return [_trade(key, language) for key in schemes.SETS]


def _trade(key: str, language: str) -> dict[str, Any]:
    found = schemes.reasons()[key]
    said = {"title": found["title"][language], "about": found["about"][language]}
    return {"key": key, **said, "schemes": [_scheme(n, one, language) for n, one in found["schemes"].items()]}


def _scheme(name: str, found: dict[str, Any], language: str) -> dict[str, Any]:
    scheme = read(schemes.ready(name, language))
    return {
        "name": name,
        "title": words.in_language(scheme.title, language) if scheme else name,
        "about": found["about"][language],
        "reasons": [{"of": one["of"][language], "why": one["why"][language]} for one in found["reasons"]],
    }


@staff("GET", roles=OWNER)
def sets(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The trades, each with one sentence and its schemes."""
    return show(request, seat, "schemes", "schemes_ready", {"trades": trades(seat.language)})


@staff("GET", roles=OWNER)
def why(request: HttpRequest, seat: Seat, trade: str) -> HttpResponse:
    """One trade: each scheme, the reasons for its steps and numbers, and the way to take it."""
    if trade not in schemes.SETS:
        raise Http404
    said = _trade(trade, seat.language)
    with db.transact() as cur:
        now = clock.now_from(cur)
        running = {card.version.name for card in queries.cards(cur, seat.shop.id, now)}
        say = say_for(seat, now)
        for one in said["schemes"]:
            scheme = read(schemes.ready(one["name"], seat.language))
            assert scheme is not None  # tests read every ready scheme
            one["sheets"] = sheets(cur, seat, trade, scheme)
            one["scripts"] = spoken_in(cur, seat, say, trade, scheme)
    return show(request, seat, "schemes", "schemes_why", {"trade": said, "running": sorted(running)})


@staff("POST", roles=OWNER)
def take(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A ready scheme becomes the account's draft of a new one; nothing of it runs until it is published."""
    name = request.POST.get("ready", "")
    if name not in schemes.READY:
        raise Http404
    text = schemes.ready(name, seat.language)
    with db.transact() as cur:
        if queries.version(cur, seat.shop.id, name) is not None:
            messages.info(request, _("This scheme is yours already."))
            return redirect("web:scheme", name=name)
        half = queries.draft(cur, seat.shop.id, seat.account.pk, "")
        if half is not None and half.text.strip() and not _is_ready(half.text):
            messages.warning(request, _("A new scheme lies half written: publish it or throw it away first."))
            return redirect(reverse("web:scheme_edit"))
        actions.save_draft(cur, seat.shop.id, seat.account.pk, "", text, 0, clock.now_from(cur))
    messages.success(request, _("It is your draft now. Nothing runs until you publish it."))
    return redirect(reverse("web:scheme_edit"))


def _is_ready(text: str) -> bool:
    """Whether the text is one of the ready ones as it came, so that nothing is lost by another in its place."""
    return any(text.strip() == schemes.ready(name, lang).strip() for name in schemes.READY for lang in ("en", "ru"))
