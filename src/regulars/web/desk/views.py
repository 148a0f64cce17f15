"""The desk: the queue beside one task's card, and what is done with a task there.

Owns the routes and how a call-back's time is read: as the buyer's clock shows it. Who owns a task and which outcome
counts is desk/actions.py's matter. A refresh reads only; that a card is open is said by a request of its own.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.base.secrets import split_keys
from regulars.desk import actions, answering, message_tasks, news, queries
from regulars.desk.actions import UNDO, DeskError
from regulars.desk.queries import TaskRow
from regulars.people import queries as people
from regulars.rules.localtime import at_local_hour
from regulars.shop import queries as shops
from regulars.web import contacts, words
from regulars.web.access import Seat, staff
from regulars.web.actors import actors
from regulars.web.desk import card as cards
from regulars.web.desk import picker, windows
from regulars.web.desk import queue as queues
from regulars.web.desk.begun import begun
from regulars.web.desk.card import Typed
from regulars.web.page import say_for, show
from regulars.web.paging import our_id
from regulars.web.say import Say

__all__ = [
    "card", "claim", "desk", "draft", "finish", "following", "look", "queue", "refused", "release", "show_card",
    "take_next", "undo",
]  # fmt: skip

NOTE_LONGEST = 4000
FARTHEST = timedelta(days=366)
"""A call-back later than this is a slip of the finger."""
LONGEST_MARK = 32


@staff("GET")
def desk(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The queue, and an invitation to take who is next."""
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        now = queues.live(cur, seat, say, None, is_all="all" in request.GET)
        context = {**queues.shown(cur, seat, say, now), **_head(cur, seat, say)}
    return show(request, seat, "tasks", "desk", {**context, "has_ended": "ended" in request.GET})


@staff("GET")
def queue(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The queue anew, with what has become of the open card; 204 while `v` still names what is shown."""
    card_id = our_id(request.GET.get("card", ""))
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        news_heard = request.GET.get("news", "")[:LONGEST_MARK]
        now = queues.live(cur, seat, say, card_id, is_all="all" in request.GET, news=news_heard)
        if request.GET.get("v") == now.version:
            return HttpResponse(status=204)
        context = queues.shown(cur, seat, say, now)
    return render(request, "web/desk_live.html", {"seat": seat, **context})


@staff("GET")
def card(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """The queue and one task's card with all that the talk needs; looking is written down."""
    return show_card(request, seat, task_id)


def show_card(
    request: HttpRequest, seat: Seat, task_id: int, problem: str = "", status: int = 200, typed: Typed | None = None
) -> HttpResponse:
    with db.transact() as cur:
        found = queries.task(cur, seat.shop.id, task_id)
        person = people.card(cur, seat.shop.id, found.person_id) if found else None
        if found is None or person is None:
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        shown = cards.context(cur, seat, say, found, person, typed)
        contacts.look(cur, seat, person.id, "task", whole=bool(shown["contacts"]["is_whole"]))
        context = {
            **queues.shown(cur, seat, say, queues.live(cur, seat, say, task_id)),
            **shown,
            **_head(cur, seat, say),
            "begun": begun(cur, seat, say, found),
            "problem": problem,
            "has_ended": "ended" in request.GET,
        }
    return show(request, seat, "tasks", "task", context, status)


def _head(cur: Cursor, seat: Seat, say: Say) -> dict[str, Any]:
    """The working time, and what this person has done today."""
    midnight = say.here(say.now).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=ZoneInfo(say.zone))
    done = queries.done_since(cur, seat.shop.id, str(seat.actor), midnight)
    hours, tone = queues.hours_words(shops.worktimes(cur, seat.shop.id).get(shops.SHOP_TEAM), say)
    share = say.number(100 * done.in_time // done.count) if done.count else ""
    address = news.address(seat.shop.id, split_keys(settings.SECRET_KEY))
    return {"hours": hours, "hours_tone": tone, "done": done.count, "done_share": share, "news": address}


@staff("POST")
def take_next(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Take the task that is next. Pressed twice, or from a page of before, it takes no second one."""
    had = our_id(request.POST.get("had", ""))
    try:
        with db.transact() as cur:
            now = clock.now_from(cur)
            mine = queries.with_me(cur, seat.shop.id, str(seat.actor), now)
            if had is not None and len(mine) > had:
                return redirect("web:task", task_id=mine[-1])
            taken = actions.claim_next(cur, seat.shop.id, seat.actor, now)
    except DeskError as error:
        messages.warning(request, _not_given(error))
        return redirect("web:tasks")
    if taken is None:
        messages.warning(request, _("Nobody is waiting any more: a colleague was quicker."))
        return redirect("web:tasks")
    return redirect("web:task", task_id=taken.id)


def _not_given(error: DeskError) -> str:
    """Why nothing is given to somebody."""
    if error.code == "full":
        return _("You have as many tasks as you may: %(n)d. Finish one first.") % {"n": error.params["most"]}
    if error.code == "away":
        return _("You are taken for away, so nothing is given to you. Press “I’m back”.")
    return _("You are on a break, so nothing is given to you. Press “I’m back”.")


@staff("POST")
def claim(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """Take the task."""
    try:
        with db.transact() as cur:
            actions.claim(cur, seat.shop.id, task_id, seat.actor, clock.now_from(cur))
    except DeskError as error:
        return refused(request, seat, task_id, error)
    return redirect("web:task", task_id=task_id)


@staff("POST")
def release(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """Give the task back."""
    try:
        with db.transact() as cur:
            actions.release(cur, seat.shop.id, task_id, seat.actor, clock.now_from(cur))
    except DeskError as error:
        return refused(request, seat, task_id, error)
    return redirect("web:tasks")


@staff("POST")
def draft(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """Keep what is written so far; the answer says when, and what moment the chosen call-back means."""
    typed = _typed(request)
    with db.transact() as cur:
        found = queries.task(cur, seat.shop.id, task_id)
        if found is None:
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        is_kept = _keep(cur, seat, found, typed, say.now, our_id(request.POST.get("undone", "")))
        zone = cards.zone_of(seat, people.card(cur, seat.shop.id, found.person_id))
        context = {
            "draft_at": say.when(say.now) if is_kept else "",
            "has_days": bool(found.call_at_needed),
            "call_words": cards.call_words(cur, seat, say, found, zone, cards.wall_of(typed)),
        }
    return render(request, "web/desk_draft.html", context)


@staff("POST")
def look(_request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """The card is open: a colleague who opens it, too, is told. It counts neither for the shift nor for the session."""
    with db.transact() as cur:
        if queries.task(cur, seat.shop.id, task_id) is None:
            raise Http404
        actions.look_in(cur, seat.shop.id, task_id, seat.actor)
    return HttpResponse(status=204)


@staff("POST")
def finish(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """End the task with an outcome, a note, and the time of the call-back where the outcome needs one; take the next."""
    typed = _typed(request)
    outcome, note = typed["outcome"], typed["note"]
    if len(note) > NOTE_LONGEST:
        return show_card(request, seat, task_id, _("The note is too long: 4,000 characters at the most."), 422, typed)
    try:
        with db.transact() as cur:
            found = actions.locked(cur, seat.shop.id, task_id)
            is_again = found.state == "finished"  # a double click, or the back button
            now = clock.now_from(cur)
            call_at = _call_at(cur, seat, found, outcome, cards.wall_of(typed), now)
            _keep(cur, seat, found, typed, now)
            actions.finish(
                cur, seat.shop.id, task_id, outcome, seat.actor, now, note=note, call_at=call_at, undo_for=UNDO
            )
    except DeskError as error:
        return refused(request, seat, task_id, error, typed)
    with db.transact() as cur:
        then = following(cur, seat, is_again, request.POST.get("then") == "stop")
    path = reverse("web:task", args=[then]) if then else reverse("web:tasks")
    return redirect(path + "?ended=1")


def following(cur: Cursor, seat: Seat, is_again: bool, stops: bool) -> int | None:
    """The card after this one: whoever waits with him already comes before anybody new.

    A finish that has been pressed before takes no other task.
    """
    if stops:
        return None
    now = clock.now_from(cur)
    mine = queries.with_me(cur, seat.shop.id, str(seat.actor), now)
    if mine or is_again:
        return mine[-1] if mine else None
    try:
        taken = actions.claim_next(cur, seat.shop.id, seat.actor, now)
    except DeskError:  # full, or on a break: the queue says so
        return None
    return taken.id if taken else None


@staff("POST")
def undo(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """Take back an outcome within its minute; the card is as it was."""
    try:
        with db.transact() as cur:
            answering.undo(cur, seat.shop.id, task_id, seat.actor, clock.now_from(cur))
    except DeskError as error:
        return refused(request, seat, task_id, error)
    messages.success(request, _("Taken back: the task is with you again, with what you wrote."))
    return redirect("web:task", task_id=task_id)


def _typed(request: HttpRequest) -> dict[str, str]:
    """The form as it was sent."""
    found = {
        name: request.POST.get(name, "").replace("\x00", "") for name in ("outcome", "note", "day", "slot", "call_at")
    }
    window = windows.chosen(request.POST.get("window", ""))
    return {**found, **window, "note": found["note"].replace("\r\n", "\n").strip()}


def _keep(cur: Cursor, seat: Seat, found: TaskRow, typed: Typed, now: datetime, undone: int | None = None) -> bool:
    """Keep the form as this person's draft; what is no outcome and no moment isn't kept."""
    wall = picker.read_wall(cards.wall_of(typed))
    return actions.keep_draft(
        cur, seat.shop.id, found.id, seat.actor, now,
        outcome=typed["outcome"] if typed["outcome"] in found.outcomes else "",
        note=typed["note"][: answering.LONGEST if found.kind == message_tasks.KIND else NOTE_LONGEST],
        call_at=wall.isoformat(timespec="minutes") if wall else "", undone=undone,
    )  # fmt: skip


def _call_at(cur: Cursor, seat: Seat, found: TaskRow, outcome: str, text: str, now: datetime) -> datetime | None:
    """The moment that a clock at the buyer's shows as the text says; None where none is needed or given."""
    if outcome not in found.call_at_needed or not text:
        return None
    wall = picker.read_wall(text)
    if wall is None:
        raise DeskError("call_at_missing", outcome=outcome)
    person = people.card(cur, seat.shop.id, found.person_id)
    try:
        at = at_local_hour(wall.date(), wall.time(), cards.zone_of(seat, person))
    except (OverflowError, ValueError):  # a year that has no such moment
        raise DeskError("call_at_missing", outcome=outcome) from None
    if at - now > FARTHEST:
        raise DeskError("call_at_far")
    return at


def refused(
    request: HttpRequest, seat: Seat, task_id: int, error: DeskError, typed: Typed | None = None
) -> HttpResponse:
    """The card again, with what is wrong and all that was typed."""
    if error.code == "not_found":
        raise Http404
    with db.transact() as cur:
        who = actors(cur, seat, [error.params.get("by")]).name(error.params.get("by"))
    outcome = words.word(words.OUTCOMES, error.params.get("outcome") or "")
    sentences = {
        "taken": _("This task is taken already (%(who)s). What you typed is kept below.") % {"who": who},
        "finished": _("This task is finished already: %(outcome)s.") % {"outcome": outcome},
        "closed": _("This task is no longer needed."),
        "full": _("You have as many tasks as you may: %(n)d. Finish one first.") % {"n": error.params.get("most", 0)},
        "not_claimed": _("Nobody has taken this task."),
        "outcome_unknown": _("This task has no such outcome. Choose one of the buttons.")
        if error.params.get("outcome")
        else _("Choose an outcome first."),
        "call_at_missing": _("Say when to call again: a day and an hour."),
        "call_at_past": _("That time is over. Choose a later one."),
        "call_at_far": _("That is more than a year ahead. Choose an earlier time."),
        "not_finished": _("This task isn’t finished, so there is nothing to take back."),
        "not_yours": _("%(who)s has finished this task and alone can take it back.") % {"who": who},
        "paused": _("The clock of this task stands already."),
        "not_paused": _("The clock of this task doesn’t stand any more."),
        "state_unknown": _("Choose what it waits for."),
        "too_late": _("It is too late to take it back. Let the clock go on instead.")
        if error.params.get("outcome") is None
        else _(
            "It is too late to take it back: “%(outcome)s” counts already. Write what is right into the order, or"
            " call again and finish that task."
        )
        % {"outcome": outcome},
    }
    status = (
        422
        if error.code in ("outcome_unknown", "call_at_missing", "call_at_past", "call_at_far", "state_unknown")
        else 409
    )
    return show_card(request, seat, task_id, sentences[error.code], status, typed)
