"""One's own shift in the head of the desk: whether one is here, on a break, taken for away; and the deeds on it.

A sign of life is a request of its own (`beat`): what is only looked at changes nothing. Whose tasks go back, and when, is
decided by staff/shifts.py and desk/returning.py.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.staff import presence, shifts
from regulars.staff.presence import Shift
from regulars.web.access import Seat, staff
from regulars.web.page import say_for
from regulars.web.say import Say

__all__ = ["AtWork", "at_work", "beat", "begin", "end", "pause", "words_of"]

BREAKS = (10, 15, 30, 60)
"""Minutes that a break is offered for."""
REASONS = {
    "rest": gettext_lazy("rest"),
    "lunch": gettext_lazy("lunch"),
    "meeting": gettext_lazy("meeting"),
    "other": gettext_lazy("something else"),
}
STATES = {
    "on": gettext_lazy("On shift"),
    "break": gettext_lazy("On a break"),
    "away": gettext_lazy("Away"),
    "": gettext_lazy("Not on shift"),
}


@dataclass(frozen=True, slots=True)
class AtWork:
    """A person's shift, the teams he works for (none: all), and how many tasks he may have at once."""

    shift: Shift | None
    teams: list[str]
    most: int

    @property
    def state(self) -> str:
        """on, break, away, or '' without a shift."""
        return self.shift.state if self.shift else ""

    @property
    def signature(self) -> tuple[object, ...]:
        """What a screen shows of it."""
        shift = self.shift
        return (self.state, shift and shift.since, shift and shift.break_until, self.most, tuple(self.teams))


def at_work(cur: Cursor, seat: Seat) -> AtWork:
    """How the person at this screen stands."""
    return AtWork(*presence.desk_of(cur, seat.shop.id, seat.account.pk))


def words_of(found: AtWork, say: Say, mine: int) -> dict[str, Any]:
    """The switch and the note under it, for their templates."""
    shift = found.shift
    overdue = bool(shift and shift.break_until and shift.break_until <= say.now)
    since = ""
    if shift is not None:
        since = _("since %(at)s") % {"at": say.when(shift.since)}
        if shift.state == "break" and shift.break_until:
            since = _("until %(at)s") % {"at": say.when(shift.break_until)}
    reason = str(REASONS.get(shift.reason, "")) if shift and shift.state == "break" else ""
    return {
        "shift": {
            "state": found.state,
            "name": str(STATES[found.state]),
            "since": since,
            "reason": reason,
            "is_overdue": overdue,
            "is_kept": bool(shift and shift.returns_at),
            "mine": mine,
            "most": found.most,
            "is_full": mine >= found.most,
        },
        "breaks": BREAKS,
        "break_reasons": [(key, str(name)) for key, name in REASONS.items()],
    }


@staff("POST")
def begin(_request: HttpRequest, seat: Seat) -> HttpResponse:
    """'I am here', and 'I am back'."""
    with db.transact() as cur:
        shifts.begin(cur, seat.shop.id, seat.account.pk, clock.now_from(cur))
    return redirect("web:tasks")


@staff("POST")
def pause(request: HttpRequest, seat: Seat) -> HttpResponse:
    """A break of so many minutes."""
    minutes, reason = request.POST.get("minutes", ""), request.POST.get("reason", "")
    length = int(minutes) if minutes.isascii() and minutes.isdecimal() and int(minutes) in BREAKS else BREAKS[0]
    with db.transact() as cur:
        now = clock.now_from(cur)
        shift = shifts.go_on_break(
            cur, seat.shop.id, seat.account.pk, now, now + timedelta(minutes=length), seat.shop.break_keeps,
            reason if reason in REASONS else "",
        )  # fmt: skip
    if shift is not None:
        back = {"at": say_for(seat, now).when(shift.break_until)}
        messages.success(request, _("A break until %(at)s. Nothing is given to you until you are back.") % back)
    return redirect("web:tasks")


@staff("POST")
def end(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The shift is over; what he has goes back to the queue."""
    with db.transact() as cur:
        had = shifts.end(cur, seat.shop.id, seat.account.pk, seat.actor, clock.now_from(cur))
    if had:
        messages.success(request, _("Your shift is over. What you had goes back to the queue, with what you wrote."))
    return redirect("web:tasks")


@staff("POST")
def beat(_request: HttpRequest, seat: Seat) -> HttpResponse:
    """The desk is open; it prolongs neither the session nor a break."""
    with db.transact() as cur:
        shifts.beat(cur, seat.shop.id, seat.account.pk)
    return HttpResponse(status=204)
