"""The queue, one task's card, and the three things done with a task: take it, give it back, finish it.

Owns what the card shows and how a call-back's time is read: as the buyer's clock shows it. Who owns a task and which
outcome counts is desk/actions.py's matter.
"""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.desk import actions, queries
from regulars.desk.actions import DeskError
from regulars.desk.queries import TaskRow
from regulars.feedback import queries as feedback
from regulars.orders import queries as orders
from regulars.people import queries as people
from regulars.people.queries import PersonCard
from regulars.rules.localtime import at_local_hour, is_zone
from regulars.shop import queries as shops
from regulars.web import contacts, paging, rows, words
from regulars.web.access import Seat, staff
from regulars.web.actors import actors
from regulars.web.desk.script import script
from regulars.web.page import say_for, show
from regulars.web.say import Say

__all__ = ["card", "claim", "finish", "queue", "release"]

STATES = {"waiting": ("open", "claimed"), "finished": ("finished",), "closed": ("closed",)}
NOTE_LONGEST = 4000
EARLIER = 10


@staff("GET")
def queue(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Tasks of the shop, the nearest deadline first."""
    state = paging.text_of(request, "state", list(STATES)) or "waiting"
    team, number = paging.text_of(request, "team"), paging.text_of(request, "order")
    with db.transact() as cur:
        now = clock.now_from(cur)
        say = say_for(seat, now)
        order = orders.by_external(cur, seat.shop.id, number) if number else None
        found = [] if number and order is None else _page(cur, seat, now, request, STATES[state], team, order)
        page, mark = paging.split(found, lambda t: paging.moment_mark(t.due_at, t.id))
        listed = rows.tasks(cur, seat, say, page)
        later = queries.tasks(cur, seat.shop.id, now=now, team=team or None, hidden=True, limit=1) if not listed else []
        context = {
            "tasks": listed,
            "next": paging.next_query(request, mark),
            "teams": _teams(cur, seat, now),
            "team": team,
            "state": state,
            "order": number,
            "is_filtered": bool(team or number),
            "next_at": say.when(later[0].not_before) if later else "",
        }
    return show(request, seat, "tasks", "tasks", context)


def _page(
    cur: Cursor,
    seat: Seat,
    now: datetime,
    request: HttpRequest,
    states: tuple[str, ...],
    team: str,
    order: orders.OrderRow | None,
) -> list[TaskRow]:
    mark = paging.after_moment(request)
    # 'infinity' is where PostgreSQL puts the tasks without a deadline.
    after: Any = None if mark is None else (mark[0] or "infinity", mark[1])
    return queries.tasks(
        cur,
        seat.shop.id,
        now=now,
        team=team or None,
        states=states,
        order_id=order.id if order else None,
        hidden=states != STATES["waiting"],
        after=after,
        limit=paging.PAGE + 1,
    )


def _teams(cur: Cursor, seat: Seat, now: datetime) -> list[tuple[str, str, int]]:
    """Key, name and number of waiting tasks."""
    counts, titles = queries.counts(cur, seat.shop.id, now), shops.team_titles(cur, seat.shop.id)
    return [
        (key, titles.get(key, {}).get(seat.language, key), counts.get(key, 0)) for key in sorted({*titles, *counts})
    ]


@staff("GET")
def card(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """One task with all that the talk needs; looking is written down."""
    return _card(request, seat, task_id)


def _card(request: HttpRequest, seat: Seat, task_id: int, problem: str = "", status: int = 200) -> HttpResponse:
    with db.transact() as cur:
        found = queries.task(cur, seat.shop.id, task_id)
        person = people.card(cur, seat.shop.id, found.person_id) if found else None
        if found is None or person is None:
            raise Http404
        now = clock.now_from(cur)
        say = say_for(seat, now)
        is_mine = found.state == "claimed" and found.claimed_by == str(seat.actor)
        is_whole = is_mine or seat.is_lead
        contacts.look(cur, seat, person.id, "task", whole=is_whole)
        zone = _zone(seat, person)
        (task,) = rows.tasks(cur, seat, say, [found])
        context = {
            "task": task,
            "banner": found.banner,
            "can_finish": is_mine or found.state == "open",
            "can_claim": found.state == "open",
            "outcomes": [
                {"name": o, "label": words.word(words.OUTCOMES, o), "needs_time": o in found.call_at_needed}
                for o in found.outcomes
            ],
            "needs_time": bool(found.call_at_needed),
            "person": person,
            "contacts": contacts.shown(say, person, is_whole),
            "city": person.address.get("city", ""),
            "zone": zone,
            "there": say.clock_there(zone),
            "target": say.deadline(found.target_at) if found.target_at else None,
            "script": script(cur, seat, say, found, person),
            "problem": problem,
            "typed": request.POST,
            **_order(cur, seat, say, found),
            **_before(cur, seat, say, found, person),
        }
    return show(request, seat, "tasks", "task", context, status)


def _order(cur: Cursor, seat: Seat, say: Say, task: TaskRow) -> dict[str, Any]:
    """The order of the task and its lines."""
    row = orders.by_id(cur, seat.shop.id, [task.order_id]).get(task.order_id) if task.order_id else None
    if row is None:
        return {"order": None}
    (shown,) = rows.orders_list(cur, seat, say, [row])
    lines = orders.lines(cur, seat.shop.id, [row.id]).get(row.id, [])
    return {
        "order": {
            **shown,
            "note": row.note,
            "method": row.payment_method or "",
            "shipping": say.money(row.shipping_total, row.currency),
            "lines": [
                {
                    "name": line.name,
                    "sku": line.sku,
                    "quantity": say.number(line.quantity),
                    "price": say.price(line.price, row.currency),
                }
                for line in lines
                if not line.dropped
            ],
        }
    }


def _before(cur: Cursor, seat: Seat, say: Say, task: TaskRow, person: PersonCard) -> dict[str, Any]:
    """What was before: other orders, earlier talks, what he answered."""
    shop_id = seat.shop.id
    ids = people.ids_of(cur, shop_id, person.id)
    earlier = [o for o in orders.for_person(cur, shop_id, ids, EARLIER + 1) if o.id != task.order_id][:EARLIER]
    talks = queries.tasks(
        cur, shop_id, now=say.now, states=("finished",), person_id=task.person_id, hidden=True, limit=EARLIER
    )
    answers = [q for q in feedback.of_person(cur, shop_id, task.person_id, EARLIER) if q.answer is not None]
    return {
        "earlier": rows.orders_list(cur, seat, say, earlier),
        "talks": rows.tasks(cur, seat, say, [t for t in talks if t.id != task.id]),
        "answers": [
            {
                "question": words.word(words.QUESTIONS, q.question),
                "answer": words.word(words.ANSWERS, q.answer),
                "comment": q.comment,
                "at": say.when(q.answered_at),
            }
            for q in answers
        ],
    }


@staff("POST")
def claim(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """Take the task."""
    try:
        with db.transact() as cur:
            actions.claim(cur, seat.shop.id, task_id, seat.actor, clock.now_from(cur))
    except DeskError as error:
        return _refused(request, seat, task_id, error)
    return redirect("web:task", task_id=task_id)


@staff("POST")
def release(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """Give the task back."""
    try:
        with db.transact() as cur:
            actions.release(cur, seat.shop.id, task_id, seat.actor, clock.now_from(cur))
    except DeskError as error:
        return _refused(request, seat, task_id, error)
    return redirect("web:tasks")


@staff("POST")
def finish(request: HttpRequest, seat: Seat, task_id: int) -> HttpResponse:
    """End the task with an outcome, a note, and the time of the call-back where the outcome needs one."""
    note = request.POST.get("note", "").replace("\x00", "").replace("\r\n", "\n").strip()
    if len(note) > NOTE_LONGEST:
        return _card(request, seat, task_id, _("The note is too long: 4,000 characters at the most."), 422)
    outcome = request.POST.get("outcome", "")
    try:
        with db.transact() as cur:
            found = queries.task(cur, seat.shop.id, task_id)
            if found is None:
                raise DeskError("not_found")
            call_at = _call_at(cur, seat, found, outcome, request.POST.get("call_at", ""))
            actions.finish(
                cur, seat.shop.id, task_id, outcome, seat.actor, clock.now_from(cur), note=note, call_at=call_at
            )
    except DeskError as error:
        return _refused(request, seat, task_id, error)
    messages.success(request, _("Finished: %(outcome)s") % {"outcome": words.word(words.OUTCOMES, outcome)})
    return redirect("web:tasks")


def _call_at(cur: Cursor, seat: Seat, found: TaskRow, outcome: str, text: str) -> datetime | None:
    """The moment that a clock at the buyer's shows as the text says; None where none is needed or given."""
    if outcome not in found.call_at_needed or not text:
        return None
    try:
        wall = datetime.fromisoformat(text)
        if wall.tzinfo is not None:
            raise ValueError("a wall time has no offset")
    except ValueError:
        raise DeskError("call_at_missing", outcome=outcome) from None
    person = people.card(cur, seat.shop.id, found.person_id)
    return at_local_hour(wall.date(), wall.time(), _zone(seat, person))


def _zone(seat: Seat, person: PersonCard | None) -> str:
    """The buyer's zone; the shop's where it isn't known."""
    known = person.time_zone if person else None
    return known if known and is_zone(known) else seat.shop.time_zone


def _refused(request: HttpRequest, seat: Seat, task_id: int, error: DeskError) -> HttpResponse:
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
        "not_claimed": _("Nobody has taken this task."),
        "outcome_unknown": _("This task has no such outcome. Choose one of the buttons."),
        "call_at_missing": _("Say when to call again: a day and an hour."),
        "call_at_past": _("That time is over. Choose a later one."),
    }
    status = 422 if error.code in ("outcome_unknown", "call_at_missing", "call_at_past") else 409
    return _card(request, seat, task_id, sentences[error.code], status)
