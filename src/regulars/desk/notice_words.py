"""What a notice says in a line: what happened, to whom, by when. The screens and the ways out of the product share it.

Owns loading what notices are about, together, and their words. Personal data are read at the moment of showing; the notice
itself holds none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.desk import queries
from regulars.desk.queries import TaskRow
from regulars.orders import queries as orders
from regulars.orders.queries import OrderRow
from regulars.outbox import filters
from regulars.outbox.filters import Context
from regulars.people import queries as people
from regulars.people.queries import PersonCard
from regulars.shop import queries as shops
from regulars.staff import queries as staff

__all__ = ["About", "Told", "abouts", "ids_in", "line", "title"]


class Told(Protocol):
    """What is asked of a notice."""

    @property
    def kind(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def params(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class About:
    """What a notice is about, as it stands now. `owner`: who has the task in hand, by name."""

    task: TaskRow | None = None
    person: PersonCard | None = None
    order: OrderRow | None = None
    owner: str = ""
    team: str = ""

    def what(self) -> str:
        """`Inna Belova, order 1046`; what is known of it."""
        parts = [self.person.name if self.person else ""]
        if self.order is not None:
            number = _("order %(n)s") % {"n": self.order.number}
            parts.append(number if parts[0] else number[:1].upper() + number[1:])
        if not any(parts) and self.task is not None:
            named = self.task.title
            parts = [next(iter(named.values()), "")] if named else []
        return ", ".join(p for p in parts if p) or _("somebody unknown")


def ids_in(told: Told) -> dict[str, int]:
    """The ids that a notice names: its subject's, and those in its params (`task_id`, `person_id`, `order_id`)."""
    found = {}
    kind, _colon, number = told.subject.partition(":")
    if number.isascii() and number.isdigit():
        found[kind] = int(number)
    for name in ("task", "person", "order", "call", "thread", "promise"):
        value = str(told.params.get(f"{name}_id") or "")
        if value.isascii() and value.isdigit():
            found.setdefault(name, int(value))
    return found


def abouts(cur: Cursor, shop_id: int, told: Iterable[Told], language: str) -> list[About]:
    """What each of these notices is about, in their order; loaded together."""
    named = [ids_in(t) for t in told]
    tasks = queries.tasks_by_id(cur, shop_id, [n["task"] for n in named if "task" in n])
    of = [(tasks.get(n.get("task", 0)), n) for n in named]
    persons = [t.person_id if t else n.get("person") for t, n in of]
    numbers = [t.order_id if t else n.get("order") for t, n in of]
    cards = people.cards(cur, shop_id, [p for p in persons if p])
    known = orders.by_id(cur, shop_id, sorted({o for o in numbers if o}))
    owners = {
        t.id: Actor.read(t.claimed_by).id for t, _n in of if t is not None and t.state == "claimed" and t.claimed_by
    }
    names = staff.names(cur, shop_id, [i for i in owners.values() if i])
    titles = shops.team_titles(cur, shop_id)

    def team(key: str) -> str:
        by_language = titles.get(key, {})
        return by_language.get(language) or next(iter(by_language.values()), key)

    return [
        About(
            task,
            cards.get(person or 0),
            known.get(order or 0),
            names.get(owners.get(task.id) or 0, "") if task else "",
            team(task.team) if task else "",
        )
        for (task, _n), person, order in zip(of, persons, numbers, strict=True)
    ]


_WHOLE: Mapping[str, Promise] = {
    "task_fresh": gettext_lazy("New: %(what)s"),
    "call_incoming": gettext_lazy("Incoming call: %(what)s"),
    "call_missed": gettext_lazy("Missed call: %(what)s"),
    "message_received": gettext_lazy("Message: %(what)s"),
    "promise_at_risk": gettext_lazy("A promise may break: %(what)s"),
    "change_unconfirmed": gettext_lazy("The shop hasn’t taken over a change: %(what)s"),
    "task_given": gettext_lazy("Given to you: %(what)s"),
    "task_returned": gettext_lazy("Back in the queue: %(what)s"),
}


def title(told: Told, about: About, context: Context) -> str:
    """The one line that says it."""
    count, what = int(told.params.get("count") or 1), about.what()
    counted = _counted(told, count, context)
    if counted:
        return counted
    due = about.task.due_at if about.task else None
    if told.kind == "task_soon" and due is not None and due > context.now:
        return _("%(span)s left: %(what)s") % {"span": _span(due - context.now), "what": what}
    if told.kind in ("task_soon", "task_late") and due is not None:
        return _("Late since %(at)s: %(what)s") % {"at": filters.time(due, context), "what": what}
    return str(_WHOLE[told.kind]) % {"what": what} if told.kind in _WHOLE else what


def _counted(told: Told, count: int, context: Context) -> str:
    """What is said of several at once; '' of one."""
    if told.kind == "will_be_late":
        at = filters.time(str(told.params.get("by") or context.now.isoformat()), context)
        return ngettext("%(n)d will be late by %(at)s", "%(n)d will be late by %(at)s", count) % {"n": count, "at": at}
    if told.kind == "called_in":
        said = ngettext(
            "Please come to the desk: %(n)d will be late", "Please come to the desk: %(n)d will be late", count
        )
    elif count < 2:
        return ""
    elif told.kind == "task_fresh":
        said = ngettext("%(n)d new task", "%(n)d new tasks", count)
    elif told.kind == "task_soon":
        said = ngettext("%(n)d limit is near", "%(n)d limits are near", count)
    elif told.kind == "task_late":
        said = ngettext("%(n)d task is late", "%(n)d tasks are late", count)
    else:
        return ""
    return said % {"n": count}


def line(told: Told, about: About, context: Context) -> str:
    """What else matters, shortly; '' where nothing does."""
    task = about.task
    if told.kind == "will_be_late":
        return _("See on the shift’s page whom to call in, or which tasks to move.")
    if told.kind == "change_unconfirmed":
        return _("On the order’s page it can be told again, kept or dropped.")
    if task is None:
        return ""
    if task.state in ("finished", "closed"):
        return _("Done already.")
    parts = []
    if task.state == "claimed" and about.owner:
        parts.append(_("It is with %(who)s.") % {"who": about.owner})
    elif told.kind in ("task_soon", "task_late"):
        parts.append(_("Nobody has taken it."))
    if task.target_at and told.kind == "task_fresh" and task.target_at > context.now:
        parts.append(_("Target %(at)s.") % {"at": filters.time(task.target_at, context)})
    elif task.due_at and told.kind not in ("task_late",):
        parts.append(_("Limit %(at)s.") % {"at": filters.time(task.due_at, context)})
    return " ".join(parts)


def _span(length: timedelta) -> str:
    minutes = max(1, int(length.total_seconds() // 60))
    return _("%(n)d min") % {"n": minutes} if minutes < 60 else _("%(n)d h") % {"n": minutes // 60}


def told_context(language: str, zone: str, currency: str, now: datetime) -> Context:
    """How moments and money are said to one of the staff: by the shop's clock."""
    return Context(language, zone, zone, now, currency)
