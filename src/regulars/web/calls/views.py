"""Calls: their list, and the page to which a ringing telephone leads: to the card of whoever calls, or to who it may be.

Owns the routes. Who calls is recognised where calls are taken in; saying who it was is desk/call_choice.py's matter.
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.desk import call_choice
from regulars.desk import queries as desk
from regulars.desk.call_choice import ChoiceError
from regulars.desk.call_tasks import SCRIPT
from regulars.orders import queries as orders
from regulars.outbox import spoken
from regulars.people import queries as people
from regulars.people.queries import PersonCard
from regulars.staff import queries as staff_queries
from regulars.talks import calls_queries
from regulars.talks.calls_queries import CallRow
from regulars.web import contacts, paging, rows, undo, words
from regulars.web.access import Seat, only_teams, sees, staff
from regulars.web.calls import shown
from regulars.web.desk.card import zone_of
from regulars.web.desk.said import Talk, talk_language
from regulars.web.desk.script import script
from regulars.web.page import say_for, show
from regulars.web.say import Say

__all__ = ["call", "choose", "listing", "take_back"]

ORDERS = 3
NOBODY = "nobody"
UNKNOWN = "unknown"
"""In place of an operator: calls of which the telephony doesn't say whose they were."""


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All calls with people outside, the newest first."""
    direction = paging.text_of(request, "direction", list(shown.DIRECTIONS))
    state = paging.text_of(request, "state", list(shown.STATES))
    day, person_id = _day(request, "day"), paging.id_of(request, "person")
    last = max(day, _day(request, "to") or day) if day else None
    since, until = _bounds(day, last, seat) if day and last else (None, None)
    who = 0 if request.GET.get("who") == UNKNOWN else paging.id_of(request, "who")
    mark = paging.after_moment(request)
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        person = people.card(cur, seat.shop.id, person_id) if person_id else None
        ids = people.ids_of(cur, seat.shop.id, person.id) if person else [0] if person_id else None
        found, following = paging.split(
            calls_queries.listing(
                cur, seat.shop.id, direction=direction, state=state, since=since, until=until, person_ids=ids,
                account_id=who,
                after=None if mark is None or mark[0] is None else (mark[0], mark[1]), limit=paging.PAGE + 1,
            ),
            lambda c: paging.moment_mark(c.started_at, c.id),
        )  # fmt: skip
        context = {
            "calls": shown.listed(cur, seat, say, found),
            "next": paging.next_query(request, following),
            "is_first": mark is None,
            "states": _presets(request, "state", shown.STATES, state),
            "directions": _presets(request, "direction", shown.MANY, direction),
            "asked": {
                "direction": direction,
                "state": state,
                "day": day.isoformat() if day else "",
                "person": person,
                "to": last.isoformat() if last and last != day else "",
                "who": request.GET.get("who", "") if who is not None else "",
            },
            "whose": _whose(cur, seat, who),
            "without_who": _without(request, "who"),
            "without_person": _without(request, "person"),
            "is_filtered": bool(direction or state or day or person_id or who is not None),
            "is_owner": seat.is_owner,
        }
    return show(request, seat, "calls", "calls", context)


def _whose(cur: Cursor, seat: Seat, who: int | None) -> str:
    """The name of the operator whose calls are asked for."""
    if who is None:
        return ""
    return staff_queries.names(cur, seat.shop.id, [who]).get(who, "—") if who else _("operator not known")


def _day(request: HttpRequest, name: str) -> date | None:
    try:
        return date.fromisoformat(request.GET.get(name, "")[:10])
    except ValueError:
        return None


def _bounds(day: date, last: date, seat: Seat) -> tuple[datetime, datetime] | tuple[None, None]:
    """The days by the shop's clock."""
    zone = ZoneInfo(seat.shop.time_zone)
    try:
        return datetime.combine(day, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)
    except OverflowError:
        return None, None


def _presets(request: HttpRequest, name: str, known: words.Words, on: str) -> list[dict[str, Any]]:
    base = _without(request, name)
    out = [{"text": _("all"), "href": f"?{base}", "on": not on}]
    for key, text in known.items():
        out.append({"text": str(text), "href": f"?{base}{'&' if base else ''}{name}={key}", "on": key == on})
    return out


def _without(request: HttpRequest, name: str) -> str:
    query = request.GET.copy()
    for key in (name, "after"):
        query.pop(key, None)
    return query.urlencode()


@staff("GET")
def call(request: HttpRequest, seat: Seat, call_id: int) -> HttpResponse:
    """To the open card of whoever calls, else to himself; where it isn't certain who he is, a page to say so."""
    return _call(request, seat, call_id)


def _call(request: HttpRequest, seat: Seat, call_id: int, problem: str = "", status: int = 200) -> HttpResponse:
    with db.transact() as cur:
        found = calls_queries.call(cur, seat.shop.id, call_id)
        if found is None:
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        target = "" if problem else _card_of(cur, seat, say, found)
        context = {} if target else {**_page(cur, seat, say, found), "problem": problem}
    return redirect(target) if target else show(request, seat, "calls", "call", context, status)


def _card_of(cur: Cursor, seat: Seat, say: Say, found: CallRow) -> str:
    """The card on which to go on; '' while this page is the one."""
    if found.person_id is None or found.certainty == "maybe":
        return ""
    ids = people.ids_of(cur, seat.shop.id, found.person_id)
    waiting = [t for t in desk.tasks(cur, seat.shop.id, now=say.now, person_ids=ids, limit=20) if t.kind == "call"]
    teams = only_teams(cur, seat)
    waiting = [t for t in waiting if sees(seat, teams, t)]
    mine = [t for t in waiting if t.claimed_by == str(seat.actor)]
    its = [t for t in waiting if t.id == found.task_id]
    free = [t for t in waiting if t.state == "open"]
    for task in (*mine, *its, *free):
        return reverse("web:task", args=[task.id])
    return reverse("web:person", args=[found.person_id]) if found.certainty == "certain" else ""


def _talk(cur: Cursor, seat: Seat, lead: PersonCard) -> Talk:
    """A talk without a task: somebody rings."""
    shop_id = seat.shop.id
    return Talk(
        lead, lead.id, people.ids_of(cur, shop_id, lead.id), None, None, talk_language(seat, lead),
        about=spoken.about(cur, shop_id), zone=zone_of(seat, lead),
    )  # fmt: skip


def _page(cur: Cursor, seat: Seat, say: Say, found: CallRow) -> dict[str, Any]:
    (one,) = shown.listed(cur, seat, say, [found])
    lead = people.card(cur, seat.shop.id, found.person_id) if found.person_id else None
    if lead is not None:
        contacts.look(cur, seat, lead.id, "call")
    return {
        "call": one,
        "has_facts": any(one[name] for name in ("operator", "rang", "talked", "recordings", "held", "task_id")),
        "is_now": found.state in ("ringing", "answered"),
        "lead": None if found.certainty == "maybe" else lead,
        "candidates": _candidates(cur, seat, say, found) if found.certainty == "maybe" else [],
        "can_choose": found.certainty == "maybe" and found.stand_in_id is not None,
        "script": script(cur, seat, say, SCRIPT, _talk(cur, seat, lead)) if lead is not None else None,
        "order": None,
    }


def _candidates(cur: Cursor, seat: Seat, say: Say, found: CallRow) -> list[dict[str, Any]]:
    """Who has the number, with what he ordered last: by that he is told from the others."""
    cards = people.cards(cur, seat.shop.id, found.candidates)
    out = []
    for person_id in found.candidates:
        card = cards.get(person_id)
        if card is None:
            continue
        ids = people.ids_of(cur, seat.shop.id, person_id)
        last = rows.orders_list(cur, seat, say, orders.for_person(cur, seat.shop.id, ids, ORDERS))
        out.append({"id": person_id, "name": card.name, "city": str(card.address.get("city") or ""), "orders": last})
        contacts.look(cur, seat, person_id, "call")
    return out


@staff("POST")
def choose(request: HttpRequest, seat: Seat, call_id: int) -> HttpResponse:
    """It was this one of them, or somebody new."""
    said = request.POST.get("who", "")
    person_id = None if said == NOBODY else paging.our_id(said) or 0
    try:
        with db.transact() as cur:
            now = clock.now_from(cur)
            done = call_choice.choose(cur, seat.shop.id, call_id, person_id, seat.actor, now)
            card = people.card(cur, seat.shop.id, done.person_id or 0)
    except ChoiceError as error:
        return _refused(request, seat, call_id, error)
    back = reverse("web:call_undo", args=[call_id])
    name = card.name if card else ""
    text = (
        _("The call is %(who)s’s now.") % {"who": name} if name and person_id else _("The call is a new person’s now.")
    )
    undo.offer(request, text, back)
    return redirect("web:call", call_id)


@staff("POST")
def take_back(request: HttpRequest, seat: Seat, call_id: int) -> HttpResponse:
    """Nobody knows again who it was."""
    try:
        with db.transact() as cur:
            call_choice.take_back(cur, seat.shop.id, call_id, seat.actor, clock.now_from(cur))
    except ChoiceError as error:
        return _refused(request, seat, call_id, error)
    messages.success(request, _("Taken back: say again whose call it was."))
    return redirect("web:call", call_id)


def _refused(request: HttpRequest, seat: Seat, call_id: int, error: ChoiceError) -> HttpResponse:
    if error.code == "not_found":
        raise Http404
    sentences = {
        "settled": _("Somebody has said meanwhile whose call it was."),
        "not_candidate": _("Choose one of those who have this number."),
        "not_settled": _("There is nothing to take back."),
    }
    return _call(request, seat, call_id, sentences[error.code], 422 if error.code == "not_candidate" else 409)
