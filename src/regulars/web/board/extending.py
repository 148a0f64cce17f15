"""A task that will be late gets a later limit, and whoever was promised a time is told the new one: the form, and its undo.

Owns the form; what moving a limit means is desk/extending.py's. Times are by the shop's clock.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.desk import extending
from regulars.desk import queries as desk
from regulars.desk.actions import DeskError
from regulars.desk.queries import TaskRow
from regulars.outbox.new_times import REASONS
from regulars.rules.localtime import at_local_hour
from regulars.web import rows, undo, words
from regulars.web.access import LEADS, Seat, staff
from regulars.web.page import say_for, show
from regulars.web.say import Say
from regulars.web.settings.form import Form
from regulars.web.settings.page import said

__all__ = ["extend", "take_back"]

FARTHEST = timedelta(days=366)
_OFFERED = timedelta(hours=1)
_ROUND = timedelta(minutes=5)


@staff("GET", "POST", roles=LEADS)
def extend(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """The form, and what it sends: the limit is moved at once, the buyer told in a minute."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        task = desk.task(cur, seat.shop.id, task_id)
        if task is None:
            raise Http404
        if not extending.can_extend(task, say.now):
            messages.warning(request, _("The limit of this task can’t be moved."))
            return redirect("web:board")
        form = Form(request.POST)
        done = _done(cur, seat, say, task, form) if request.method == "POST" else None
        context = {} if done else _page(cur, seat, say, task, form)
    if done is None:
        return show(request, seat, "board", "board_extend", context, 422 if request.method == "POST" else 200)
    path = reverse("web:board_extend_undo", args=[task_id]) + "?" + urlencode({"before": done.before.isoformat()})
    text = (
        _("The limit is %(at)s now. The buyer is told in a minute.") if done.is_told else _("The limit is %(at)s now.")
    )
    undo.offer(request, text % {"at": say.when(done.task.due_at)}, path)
    return redirect("web:board")


def _done(cur: Cursor, seat: Seat, say: Say, task: TaskRow, form: Form) -> extending.Extended | None:
    """What was done; None when something is wrong, which the form knows."""
    reason, due_at = form.one_of("reason", tuple(REASONS)), _moment(seat, form)
    if due_at is None or due_at - say.now > FARTHEST:
        form.refuse("until", _("Choose a day and an hour."))
    if not form.is_good or due_at is None:
        return None
    try:
        return extending.extend(cur, seat.shop.id, task.id, due_at, reason, seat.actor, say.now)
    except DeskError:
        form.refuse("until", _("Choose a later time than now and than the limit."))
        return None


def _moment(seat: Seat, form: Form) -> datetime | None:
    try:
        wall = datetime.fromisoformat(form.raw("until", 40))
        return at_local_hour(wall.date(), wall.time(), seat.shop.time_zone) if wall.tzinfo is None else None
    except (ValueError, OverflowError):
        return None


def _page(cur: Cursor, seat: Seat, say: Say, task: TaskRow, form: Form) -> dict[str, Any]:
    (row,) = rows.tasks(cur, seat, say, [task])
    owed = extending.promise_of(cur, task)
    chosen = form.raw("reason", 40)
    return {
        "task": row,
        "due": say.when(task.due_at),
        "promised": say.when(owed.due_at) if owed else "",
        "is_broken": owed is not None and (owed.state == "broken" or owed.due_at < say.now),
        "until": form.raw("until", 40) or _offered(seat, say, task),
        "reasons": [(key, words.word(words.PROMISE_REASONS, key), key == chosen) for key in REASONS],
        "problems": form.problems,
    }


def _offered(seat: Seat, say: Say, task: TaskRow) -> str:
    """An hour later, rounded up to five minutes, as the field wants it."""
    at = (max(task.due_at or say.now, say.now) + _OFFERED).astimezone(ZoneInfo(seat.shop.time_zone))
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + -(-(at - midnight) // _ROUND) * _ROUND).strftime("%Y-%m-%dT%H:%M")


@staff("POST", roles=LEADS)
def take_back(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """The limit, and what was promised, are as they were before."""
    try:
        before = datetime.fromisoformat(request.GET.get("before", ""))
    except ValueError:
        raise Http404 from None
    if before.tzinfo is None:
        raise Http404
    try:
        with db.transact() as cur:
            extending.take_back(cur, seat.shop.id, task_id, before, seat.actor, clock.now_from(cur))
    except DeskError as error:
        if error.code == "not_found":
            raise Http404 from error
        told = error.code == "told"
        messages.warning(
            request, _("The buyer knows the new time already.") if told else _("This task is done already.")
        )
        return redirect("web:board")
    said(request, _("The limit is as it was."))
    return redirect("web:board")
