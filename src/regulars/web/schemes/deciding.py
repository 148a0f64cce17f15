"""Deciding a split test by hand, taking the decision back, and leaving it to the figures again; on the test's own card.

Owns the forms and their answers. Who is ahead is reports', what a decision does is journeys'.
"""

from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.core.scheme import Scheme
from regulars.journeys import scheme_queries as queries
from regulars.journeys import winners
from regulars.reports.uplift_races import SplitTest, split_tests
from regulars.web.access import LEADS, Seat, staff
from regulars.web.page import say_for
from regulars.web.scheme_names import read
from regulars.web.schemes.effect_asked import Asked, asked
from regulars.web.schemes.effect_splits import title_of

__all__ = ["decide", "let_figures", "take_back"]


@staff("POST", roles=LEADS)
def decide(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Everybody new goes this way; against the figures that the card showed, or before them, only when it is said that it
    is meant so."""
    step, way, by = _field(request, "step"), _field(request, "way"), asked(request.POST, seat)
    with db.transact() as cur:
        scheme, is_live, test = _test(cur, seat, name, step, by)
        if not is_live:
            messages.info(request, _("The scheme takes no newcomers: there is nobody to send one way."))
        elif test is None:
            messages.error(request, _("The version that runs has no such split test."))
        elif way not in test.ways:
            messages.info(request, _("Choose a way first."))
        elif test.figures_on(way) not in ("with", "equal") and request.POST.get("sure") != "on":
            messages.error(request, _unsure(test.figures_on(way)))
        else:
            now = clock.now_from(cur)
            try:
                winners.decide(
                    cur, seat.shop.id, name, step, way, seat.actor, now, figures=test.figures_on(way), metric=by.metric
                )
            except winners.NoSuchWay:
                messages.error(request, _("The version that runs has no such way."))
            else:
                title = title_of(way, scheme, say_for(seat, now))
                messages.success(request, _("From now on everybody new goes to “%(way)s”.") % {"way": title})
    return _back(by, name, step)


@staff("POST", roles=LEADS)
def take_back(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Let the lot decide again."""
    step = _field(request, "step")
    with db.transact() as cur:
        version = queries.version(cur, seat.shop.id, name)
        if version is None:
            raise Http404
        done = winners.take_back(cur, seat.shop.id, name, step, seat.actor, clock.now_from(cur))
        held = step in winners.taken_back(cur, seat.shop.id, version.scheme_id)
    if done and held:
        messages.success(request, _("The lot decides again, and the figures don’t until you let them."))
    elif done:
        messages.success(request, _("The lot decides again: people are shared out as the scheme says."))
    else:
        messages.info(request, _("Nothing was decided."))
    return _back(asked(request.POST, seat), name, step)


@staff("POST", roles=LEADS)
def let_figures(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """Let the figures decide again, as the scheme says."""
    step = _field(request, "step")
    with db.transact() as cur:
        if queries.version(cur, seat.shop.id, name) is None:
            raise Http404
        done = winners.let_figures(cur, seat.shop.id, name, step, seat.actor, clock.now_from(cur))
    if done:
        messages.success(request, _("The figures decide again, from the next day’s count on."))
    else:
        messages.info(request, _("Nothing stood in the figures’ way."))
    return _back(asked(request.POST, seat), name, step)


def _unsure(figures: str) -> str:
    if figures == "broken":
        return _("The shares are off, so the figures say nothing. Tick that you decide all the same.")
    if figures == "against":
        return _("The figures say otherwise. Tick that you decide all the same.")
    return _("The figures don’t say so yet. Tick that you decide all the same.")


def _field(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\x00", "")


def _back(by: Asked, name: str, step: str) -> HttpResponse:
    return by.back(name, f"split-{quote(step, safe='')}")


def _test(cur: db.Cursor, seat: Seat, name: str, step: str, by: Asked) -> tuple[Scheme, bool, SplitTest | None]:
    """The scheme, whether it takes newcomers, and its test as the card shows it."""
    version = queries.version(cur, seat.shop.id, name)
    scheme = read(version.text) if version is not None else None
    if version is None or scheme is None:
        raise Http404
    found = split_tests(cur, seat.shop.id, version.scheme_id, scheme, by.metric, by.least)
    return scheme, version.is_live, next((test for test in found if test.step == step), None)
