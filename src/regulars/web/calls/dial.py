"""The button 'Call': where the vendor can be asked, the operator's telephone rings, then the buyer's; else a number to dial.

Owns the button's state in words. Who asks the vendor is intake/dialling.py's matter.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.base.wake import Notifier
from regulars.desk import queries as desk
from regulars.desk.queries import TaskRow
from regulars.intake import dialling
from regulars.intake.dialling import DialError, Dialled
from regulars.staff import queries as staff_queries
from regulars.web import words
from regulars.web.access import Seat, staff
from regulars.web.page import say_for
from regulars.web.say import Say

__all__ = ["dial", "shown", "state"]

_wake = Notifier()
_STATES: words.Words = {
    "queued": gettext_lazy("The call is being asked for."),
    "sending": gettext_lazy("The call is being asked for."),
    "done": gettext_lazy("Your telephone rings: pick up, and the buyer is called."),
    "kept": gettext_lazy("Nothing leaves a playground: nobody is called."),
}
_PROBLEMS: words.Words = {
    "no_way": gettext_lazy("The shop’s telephone can’t be asked for a call. Dial the number."),
    "no_extension": gettext_lazy("You have no telephone extension yet: the owner sets it on your page under Staff."),
    "no_number": gettext_lazy("The buyer has no such number any more."),
    "too_often": gettext_lazy("A call was asked for too often in this task. Dial the number."),
}


def shown(cur: Cursor, seat: Seat, say: Say, task: TaskRow) -> dict[str, Any]:
    """For a card that is in hand: whether the button asks for a call, and what became of the last one."""
    if task.state != "claimed" or task.claimed_by != str(seat.actor):
        return {"dial": None}
    can_dial = dialling.way(cur, seat.shop.id) is not None and bool(
        staff_queries.extension_of(cur, seat.shop.id, seat.account.pk)
    )
    last = dialling.last(cur, seat.shop.id, task.id)
    return {"dial": {"can": can_dial, "last": _last(say, last) if last else None}}


def _last(say: Say, last: Dialled) -> dict[str, Any]:
    is_waiting = last.is_waiting(say.now)
    is_late = last.state in ("queued", "sending") and not is_waiting
    code = last.code or ("late" if is_late else "")
    why = words.word(words.COMMAND_ANSWERS, code) if code and last.state != "kept" else ""
    if last.state in _STATES and not is_late and not (is_waiting and why):
        text = words.word(_STATES, last.state)
    elif is_waiting:
        text = _("The call could not be asked for yet: %(why)s.") % {"why": why}
    else:
        text = _("No call: %(why)s. Dial the number.") % {"why": why or _("it came to nothing")}
    tone = "ok" if last.state == "done" else "" if is_waiting or last.state == "kept" else "late"
    return {"text": text, "tone": tone, "is_waiting": is_waiting, "said": last.text, "at": say.when(last.asked_at)}


@staff("POST")
def dial(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """Have the operator's telephone ring, and then the buyer's."""
    phone = request.POST.get("phone", "0")
    problem = ""
    with db.transact() as cur:
        task = _mine(cur, seat, task_id)
        now = clock.now_from(cur)
        try:
            dialling.ask(
                cur, seat.shop.id, task.person_id, seat.account.pk, seat.actor, now, task_id=task.id,
                order_id=task.order_id, phone=int(phone) if phone.isascii() and phone.isdigit() and len(phone) < 3 else 0,
            )  # fmt: skip
        except DialError as error:
            problem = error.code
    _wake.ping()
    if request.headers.get("HX-Request"):
        return _fragment(request, seat, task_id, problem)
    return redirect("web:task", task_id=task_id)


@staff("GET")
def state(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """What has become of the call that was asked for."""
    return _fragment(request, seat, task_id)


def _fragment(request: HttpRequest, seat: Seat, task_id: int, problem: str = "") -> HttpResponse:
    with db.transact() as cur:
        task = desk.task(cur, seat.shop.id, task_id)
        if task is None:
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        context = shown(cur, seat, say, task)
    if problem:
        context = {"dial": {"can": True, "last": {"text": words.word(_PROBLEMS, problem), "tone": "late", "said": ""}}}
    return render(request, "web/part_dial.html", {**context, "task_id": task_id})


def _mine(cur: Cursor, seat: Seat, task_id: int) -> TaskRow:
    """The task, if this seat has it in hand: whoever has not sees no number to call."""
    task = desk.task(cur, seat.shop.id, task_id)
    if task is None:
        raise Http404
    if task.state != "claimed" or task.claimed_by != str(seat.actor):
        raise Http404
    return task
