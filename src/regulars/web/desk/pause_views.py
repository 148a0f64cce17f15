"""A task's clock is stopped from its card, and let go on."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.desk import pauses
from regulars.desk.actions import DeskError
from regulars.web import undo
from regulars.web.access import Seat, staff
from regulars.web.desk.clocks import waiting_title
from regulars.web.desk.pause import told_by
from regulars.web.desk.views import refused
from regulars.web.page import say_for

__all__ = ["pause", "resume", "undo_pause"]


@staff("POST")
def pause(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """Stop the clock in the chosen state."""
    note = request.POST.get("pause_note", "").replace("\x00", "").strip()[: pauses.NOTE_LONGEST]
    state = request.POST.get("state", "")[:100]
    try:
        with db.transact() as cur:
            now = clock.now_from(cur)
            done = pauses.pause(cur, seat.shop.id, task_id, state, seat.actor, now, note=note)
            told = told_by(cur, done)
    except DeskError as error:
        return refused(request, seat, task_id, error)
    say = say_for(seat, now)
    words = _("The clock stands until %(when)s: %(state)s.") % {
        "state": waiting_title(seat.shop, done.pause, say.language),
        "when": say.when(done.not_before),
    }
    if told is not None and told < done.not_before:
        words += " " + _("The buyer was told that you call by %(at)s, and that stays.") % {"at": say.when(told)}
    undo.offer(request, words, reverse("web:task_pause_undo", args=[task_id]))
    return redirect("web:task", task_id=task_id)


@staff("POST")
def resume(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """Let the clock go on."""
    try:
        with db.transact() as cur:
            pauses.resume(cur, seat.shop.id, task_id, seat.actor, clock.now_from(cur))
    except DeskError as error:
        return refused(request, seat, task_id, error)
    messages.success(request, _("The clock goes on, with the working time that was left."))
    return redirect("web:task", task_id=task_id)


@staff("POST")
def undo_pause(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """As if the clock had never stood."""
    try:
        with db.transact() as cur:
            pauses.undo_pause(cur, seat.shop.id, task_id, seat.actor, clock.now_from(cur))
    except DeskError as error:
        return refused(request, seat, task_id, error)
    messages.success(request, _("Taken back: the clock runs as before."))
    return redirect("web:task", task_id=task_id)
