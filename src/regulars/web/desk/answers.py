"""The route by which a message is answered from its card. What the card shows of the talk is talks/card.py's."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.desk import actions, answering, message_tasks
from regulars.desk.actions import DeskError
from regulars.web.access import Seat, staff
from regulars.web.desk import views

__all__ = ["answer"]


@staff("POST")
def answer(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """Send the answer, end the task with it, and take the next."""
    text = request.POST.get("note", "").replace("\x00", "").replace("\r\n", "\n").strip()
    typed = {"outcome": message_tasks.ANSWERED, "note": text, "day": "", "slot": "", "call_at": ""}
    try:
        with db.transact() as cur:
            found = actions.locked(cur, seat.shop.id, task_id)
            is_again = found.state == "finished"  # a double click, or the back button
            now = clock.now_from(cur)
            actions.keep_draft(cur, seat.shop.id, task_id, seat.actor, now, outcome=message_tasks.ANSWERED, note=text)
            answering.answer(cur, seat.shop, task_id, text, seat.actor, now)
    except DeskError as error:
        sentences = {
            "answer_missing": _("There is nothing to send yet: write the answer first."),
            "answer_long": _("The answer is too long: 10,000 characters at the most."),
            "no_thread": _("This task is about no message that could be answered."),
        }
        if error.code in sentences:
            return views.show_card(request, seat, task_id, sentences[error.code], 422, typed)
        return views.refused(request, seat, task_id, error, typed)
    with db.transact() as cur:
        then = views.following(cur, seat, is_again, request.POST.get("then") == "stop")
    path = reverse("web:task", args=[then]) if then else reverse("web:tasks")
    return redirect(path + "?ended=1")
