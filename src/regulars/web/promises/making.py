"""Writing down what a buyer was told in a talk: by when we call, ship, deliver or answer; and taking it back.

Owns the form and how its times are read: as the buyer's clock shows them. What a promise does is the ledger's matter.
"""

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.desk import queries as desk
from regulars.desk.by_hand import TASKS, HandMade, promise, withdraw
from regulars.orders import queries as orders
from regulars.people import queries as people
from regulars.people.queries import PersonCard
from regulars.promises import queries
from regulars.rules.localtime import at_local_hour, is_zone
from regulars.shop import queries as shops
from regulars.web import rows, undo, words
from regulars.web.access import Seat, staff, unseen
from regulars.web.page import say_for, show
from regulars.web.paging import our_id
from regulars.web.say import Say
from regulars.web.settings.form import Form, read_clock

__all__ = ["blank", "new", "take_back"]

FARTHEST = timedelta(days=366)
KINDS = ("delivery", "ship", "answer", "call")


@dataclass(frozen=True, slots=True)
class _About:
    """Whom the promise is made to, over what, and where the form stood."""

    person: PersonCard
    order_id: int | None
    task_id: int | None

    @property
    def back(self) -> str:
        """The page to return to."""
        if self.task_id is not None:
            return reverse("web:task", args=[self.task_id])
        if self.order_id is not None:
            return reverse("web:order", args=[self.order_id])
        return reverse("web:person", args=[self.person.id])


def blank(say: Say, person_id: int, order_id: int | None = None, task_id: int | None = None) -> dict[str, Any]:
    """An empty form, for a card, an order, or a person."""
    return {
        "person_id": person_id,
        "order_id": order_id or "",
        "task_id": task_id or "",
        "token": get_random_string(16),
        "kinds": [(k, words.word(words.PROMISE_KINDS, k), False) for k in KINDS if order_id or k not in ("delivery", "ship")],
        "day": "",
        "today": say.here(say.now).date().isoformat(),
        "opens": "",
        "closes": "",
        "problems": {},
    }  # fmt: skip


@staff("GET", "POST")
def new(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The form by itself, and what it sends: the promise stands at once, and can be taken back."""
    if request.method != "POST" and not any(_asked(request, name) for name in ("person", "order", "task")):
        return redirect("web:promises")
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        about = _about(cur, seat, *(_asked(request, name) for name in ("person", "order", "task")))
        context = blank(say, about.person.id, about.order_id, about.task_id)
        if request.method == "POST":
            form = Form(request.POST)
            wanted = _read(cur, seat, say, about, form)
            if wanted is not None:
                promise_id = promise(cur, seat.shop.id, wanted, seat.actor, say.now)
                said = _said(say, wanted)
            else:
                context |= _typed(form, context)
    if request.method == "POST" and wanted is not None:
        undo.offer(request, said, reverse("web:promise_take_back", args=[promise_id]))
        return redirect(about.back)
    status = 422 if request.method == "POST" else 200
    context = {"promise": context, "person": about.person, "back": about.back, "is_alone": True}
    return show(request, seat, "promises", "promise_new", context, status)


@staff("POST")
def take_back(request: HttpRequest, seat: Seat, promise_id: int) -> HttpResponse:
    """A promise that was written down by mistake is void."""
    with db.transact() as cur:
        if queries.one(cur, seat.shop.id, promise_id) is None:
            raise Http404
        is_void = withdraw(cur, seat.shop.id, promise_id, seat.actor, clock.now_from(cur))
    if is_void:
        messages.success(request, _("The promise is taken back."))
    else:
        messages.warning(
            request, _("It can’t be taken back any more: the promise is settled, or a scheme has made it.")
        )
    return redirect("web:promises")


def _about(cur: Cursor, seat: Seat, person: str, order: str, task: str) -> _About:
    """Whom it is about, of this shop; raises Http404."""
    shop_id = seat.shop.id
    task_id = _number(task) if task else 0
    found = desk.task(cur, shop_id, task_id) if task_id and not unseen(cur, seat, [task_id]) else None
    order_id = found.order_id if found else _number(order) if order else None
    row = orders.by_id(cur, shop_id, [order_id]).get(order_id) if order_id else None
    person_id = found.person_id if found else row.person_id if row else _number(person)
    card = people.card(cur, shop_id, person_id) if person_id else None
    if card is None or (task and found is None) or (order_id and row is None):
        raise Http404
    return _About(card, order_id, found.id if found else None)


def _asked(request: HttpRequest, name: str) -> str:
    return request.POST.get(name) or request.GET.get(name, "")


def _number(text: str) -> int:
    return our_id(text) or 0


def _read(cur: Cursor, seat: Seat, say: Say, about: _About, form: Form) -> HandMade | None:
    """The promise that was typed; None when something is wrong, which the form knows."""
    kind = form.one_of("kind", KINDS)
    zone = about.person.time_zone
    zone = zone if zone and is_zone(zone) else seat.shop.time_zone
    day, closes = _day(form), _wall(form, "closes", required=True)
    opens = _wall(form, "opens", required=False)
    if not form.is_good or day is None or closes is None:
        return None
    due = at_local_hour(day, closes, zone)
    begins = None if opens is None else at_local_hour(day, opens, zone)
    if due <= say.now:
        form.refuse("closes", _("That time is over. Choose a later one."))
    elif due - say.now > FARTHEST:
        form.refuse("day", _("That is more than a year ahead. Choose an earlier time."))
    elif begins is not None and begins >= due:
        form.refuse("opens", _("The window begins after its end."))
    elif kind in ("ship", "delivery") and about.order_id is None:
        form.refuse("kind", _("There is no order that could be shipped."))
    if not form.is_good:
        return None
    team = _team(cur, seat, about, kind)
    return HandMade(form.raw("token", 32), about.person.id, about.order_id, kind, due, begins, team)


def _team(cur: Cursor, seat: Seat, about: _About, kind: str) -> str:
    """Who must keep it: whoever has the talk, else the shop's choice; what is shipped is the shop's own matter."""
    if kind not in TASKS:
        return shops.SHOP_TEAM
    found = desk.task(cur, seat.shop.id, about.task_id) if about.task_id is not None else None
    teams = [t.key for t in shops.teams(cur, seat.shop.id)]
    wanted = found.team if found else seat.shop.promise_team
    return wanted if wanted in teams else teams[0] if teams else shops.SHOP_TEAM


def _day(form: Form) -> date | None:
    try:
        return date.fromisoformat(form.raw("day", 10))
    except ValueError:
        form.refuse("day", _("Choose a day."))
        return None


def _wall(form: Form, name: str, *, required: bool) -> time | None:
    text = form.raw(name, 10)
    if not text and not required:
        return None
    found = read_clock(text)
    if found is None:
        form.refuse(name, _("A time of day is needed, such as 09:00."))
        return None
    return time.fromisoformat(found)


def _typed(form: Form, context: dict[str, Any]) -> dict[str, Any]:
    chosen = form.raw("kind", 20)
    return {
        "kinds": [(k, label, k == chosen) for k, label, _on in context["kinds"]],
        "day": form.raw("day", 10),
        "opens": form.raw("opens", 10),
        "closes": form.raw("closes", 10),
        "problems": form.problems,
    }


def _said(say: Say, wanted: HandMade) -> str:
    when = rows.by_when(say, wanted.window_from, wanted.due_at)
    return _("Promised %(kind)s %(when)s.") % {"kind": words.word(words.PROMISE_KINDS, wanted.kind), "when": when}
