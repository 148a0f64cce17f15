"""The switch of a scheme: paused with all who are in it, and going on.

Owns the words around it; what a pause does is journeys'.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.journeys import counts, pause_actions
from regulars.journeys import scheme_queries as queries
from regulars.journeys.pausing import REFUSE, WAIT
from regulars.web.access import LEADS, Seat, staff
from regulars.web.actors import actors
from regulars.web.say import Say
from regulars.web.schemes.effect_asked import asked

__all__ = ["pause", "paused", "resume"]


def paused(cur: Cursor, seat: Seat, say: Say, name: str) -> dict[str, Any] | None:
    """Since when it is paused, by whom, and how many stand still; None while it runs."""
    found = queries.pause(cur, seat.shop.id, name)
    if found is None:
        return None
    frozen = sum(counts.inside(cur, found.version_ids).values())
    return {
        "since": say.when(found.since),
        "by": actors(cur, seat, [found.by]).name(found.by),
        "frozen": frozen,
        "frozen_words": say.number(frozen),
        "waits": found.newcomers == WAIT,
    }


@staff("POST", roles=LEADS)
def pause(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Let it stand still; `newcomers` wait or don't enter."""
    newcomers = REFUSE if request.POST.get("newcomers") == REFUSE else WAIT
    with db.transact() as cur:
        if queries.version(cur, seat.shop.id, name) is None:
            raise Http404
        done = pause_actions.pause(cur, seat.shop.id, name, newcomers, seat.actor, clock.now_from(cur))
    if done:
        messages.success(request, _("The scheme is paused: nobody in it moves, and no letter of it goes."))
    else:
        messages.info(request, _("It was paused already."))
    return _back(request, seat, name)


@staff("POST", roles=LEADS)
def resume(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Let it go on."""
    with db.transact() as cur:
        if queries.version(cur, seat.shop.id, name) is None:
            raise Http404
        done = pause_actions.resume(cur, seat.shop.id, name, seat.actor, clock.now_from(cur))
    if done:
        messages.success(
            request, _("The scheme goes on. What is too late by its own rule is dropped or waits for your word.")
        )
    else:
        messages.info(request, _("It is running already."))
    return _back(request, seat, name)


def _back(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """To the page whose switch it was."""
    if request.POST.get("from") == "effect":
        return asked(request.POST, seat).back(name)
    return redirect("web:scheme", name=name)
