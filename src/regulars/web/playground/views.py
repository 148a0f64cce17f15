"""A playground's clock on screen: paused, run, faster, an hour on, to the next morning; and the time, asked for by pages.

What a clock may and may not do is base/pace.py's matter; away from a playground these pages don't exist.
"""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from regulars.base import clock, db, pace
from regulars.base.db import Cursor
from regulars.shop import queries as shops
from regulars.web.access import LEADS, Seat, staff
from regulars.web.page import say_for
from regulars.web.paths import safe_path
from regulars.web.playground.band import SPEEDS, band

__all__ = ["set_clock", "time"]


@staff("GET")
def time(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The time, for a page that stands open; one that waited for a walk's end is told to load itself anew."""
    with db.transact() as cur:
        found = band(cur, say_for(seat, clock.now_from(cur)))
    if found is None:
        raise Http404
    response = render(request, "web/part_playground_time.html", {"playground": found})
    if request.GET.get("walking") and not found.walking:
        response["HX-Refresh"] = "true"
    return response


@staff("POST", roles=LEADS)
def set_clock(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Do what the button says, and go back to where it stood."""
    with db.transact() as cur:
        if not clock.read(cur).playground:
            raise Http404
        try:
            done = _do(cur, seat, request.POST.get("do", ""))
        except pace.ClockRefused as refused:
            done = False
            messages.error(request, str(refused))
        else:
            if not done:
                messages.error(request, _("The clock has no such button."))
    if done:
        pace.wake()
    return redirect(safe_path(request.POST.get("next", "")))


def _do(cur: Cursor, seat: Seat, what: str) -> bool:
    """Whether there is such a deed. Raises ClockRefused."""
    now = clock.now_from(cur)
    if what == "pause":
        pace.set_speed(cur, 0)
    elif what in {f"speed-{n}" for n in SPEEDS}:
        pace.set_speed(cur, float(what.removeprefix("speed-")))
    elif what == "hour":
        pace.set_target(cur, now + timedelta(hours=1))
    elif what == "morning":
        pace.set_target(cur, shops.next_morning(cur, seat.shop.id, now))
    else:
        return False
    return True
