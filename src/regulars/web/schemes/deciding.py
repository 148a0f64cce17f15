"""Deciding a split test by hand, and taking the decision back; on the test's own card.

Owns the form and its words. Who is ahead is reports', what a decision does is journeys'.
"""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.core.scheme import Scheme
from regulars.journeys import scheme_queries as queries
from regulars.journeys import winners
from regulars.reports.uplift_races import SplitTest, split_tests
from regulars.web.access import LEADS, Seat, staff
from regulars.web.actors import actors
from regulars.web.page import say_for
from regulars.web.say import Say
from regulars.web.scheme_names import read
from regulars.web.schemes.effect_splits import title_of

__all__ = ["decide", "decisions", "take_back"]


def decisions(cur: db.Cursor, seat: Seat, say: Say, scheme_id: int, scheme: Scheme) -> dict[str, dict[str, str]]:
    """Step → which way was decided for, since when and by whom."""
    found = winners.standing(cur, seat.shop.id, scheme_id)
    names = actors(cur, seat, [one.by for one in found.values()])
    return {
        step: {"way": title_of(one.target, scheme, say), "since": say.when(one.at), "by": names.name(one.by)}
        for step, one in found.items()
    }


@staff("POST", roles=LEADS)
def decide(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Everybody new goes this way; against the figures, or before them, only when it is said that it is meant so."""
    step, way = (request.POST.get(key, "").replace("\x00", "") for key in ("step", "way"))
    with db.transact() as cur:
        scheme, test = _test(cur, seat, name, step)
        if test is None:
            messages.error(request, _("The version that runs has no such split test."))
        elif way not in test.ways:
            messages.info(request, _("Choose a way first."))
        elif test.race.winner != way and request.POST.get("sure") != "on":
            messages.error(request, _("The figures don’t say so (yet). Tick that you decide all the same."))
        else:
            try:
                winners.decide(cur, seat.shop.id, name, step, way, seat.actor, clock.now_from(cur))
            except winners.NoSuchWay:
                messages.error(request, _("The version that runs has no such way."))
            else:
                title = title_of(way, scheme, say_for(seat, clock.now_from(cur)))
                messages.success(request, _("From now on everybody new goes to “%(way)s”.") % {"way": title})
    return redirect("web:scheme_effect", name=name)


@staff("POST", roles=LEADS)
def take_back(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Let the lot decide again."""
    step = request.POST.get("step", "").replace("\x00", "")
    with db.transact() as cur:
        if queries.version(cur, seat.shop.id, name) is None:
            raise Http404
        done = winners.take_back(cur, seat.shop.id, name, step, seat.actor)
    if done:
        messages.success(request, _("The lot decides again: people are shared out as the scheme says."))
    else:
        messages.info(request, _("Nothing was decided."))
    return redirect("web:scheme_effect", name=name)


def _test(cur: db.Cursor, seat: Seat, name: str, step: str) -> tuple[Scheme, SplitTest | None]:
    version = queries.version(cur, seat.shop.id, name)
    scheme = read(version.text) if version is not None else None
    if version is None or scheme is None:
        raise Http404
    found = split_tests(cur, seat.shop.id, version.scheme_id, scheme)
    return scheme, next((test for test in found if test.step == step), None)
