"""A history as the screens show it: the events of a person or of an order, grouped by days, each with its icon and words.

Owns what each kind of event looks like. Messages carry their 'why?'; names, orders, tasks and messages of a page are
loaded together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base.db import Cursor
from regulars.core.vocabulary import EVENT_KINDS
from regulars.desk import queries as desk
from regulars.desk.queries import TaskRow
from regulars.events.history import Happened
from regulars.outbox import queries as outbox
from regulars.outbox.queries import MessageRow
from regulars.web import rows, words
from regulars.web.access import Seat, unseen
from regulars.web.actors import Actors, actors
from regulars.web.calls.shown import seconds
from regulars.web.paging import our_id
from regulars.web.say import Say
from regulars.web.why import Why, why

__all__ = ["GROUPS", "KINDS", "Day", "Item", "days"]

GROUPS: words.Words = {
    "messages": gettext_lazy("Messages"),
    "orders": gettext_lazy("Orders"),
    "tasks": gettext_lazy("Tasks"),
    "promises": gettext_lazy("Promises"),
}
_PREFIXES = {
    "messages": ("message.", "answer.", "review."),
    "orders": ("order.", "payment.", "shipment."),
    "tasks": ("task.", "call."),
    "promises": ("promise.",),
}
KINDS = {group: tuple(k for k in EVENT_KINDS if k.startswith(found)) for group, found in _PREFIXES.items()}
"""The kinds of events of each group."""

_ICONS = {
    "order.paid": "credit-card", "order.part_paid": "credit-card", "payment.failed": "credit-card",
    "order.shipped": "truck", "order.delivered": "package-check", "order.ready": "package",
    "order.cancelled": "ban", "order.returned": "undo-2", "order.changed": "pencil",
    "person.became_customer": "user-check", "person.tagged": "tag", "person.untagged": "tag",
    "person.field_set": "pencil-line", "person.merged": "merge", "person.unmerged": "split",
    "date.reached": "calendar-days", "time.passed": "hourglass", "segment.entered": "users", "segment.left": "users",
    "task.paused": "pause", "task.resumed": "play",
    "call.missed": "phone-missed", "call.outgoing": "phone-outgoing", "call.recorded": "mic",
    "message.opened": "mail-open", "message.clicked": "mouse-pointer-click",
}  # fmt: skip
_ICONS_OF = {
    "order": "shopping-bag", "payment": "credit-card", "shipment": "truck", "message": "mail", "task": "phone",
    "call": "phone-incoming", "promise": "handshake", "enrolment": "workflow", "consent": "shield-check",
    "points": "coins",
    "code": "ticket-percent", "answer": "message-circle-question-mark", "review": "star", "person": "user", "lead": "user-plus",
}  # fmt: skip
_TONES = {
    "order.paid": "ok", "order.delivered": "ok", "message.sent": "ok", "task.finished": "ok", "promise.kept": "ok",
    "consent.given": "ok", "answer.given": "ok", "person.became_customer": "ok", "message.opened": "ok",
    "message.clicked": "ok", "review.left": "ok", "order.shipped": "ok",
    "promise.warned": "soon", "promise.endangered": "soon", "message.unknown": "soon", "order.part_paid": "soon",
    "promise.broken": "late", "payment.failed": "late", "message.failed": "late", "message.bounced": "late",
    "call.missed": "late",
    "message.complained": "late", "enrolment.set_aside": "late", "shipment.troubled": "late",
    "message.refused": "no", "message.cancelled": "no", "task.closed": "no", "promise.voided": "no",
    "order.cancelled": "no", "consent.withdrawn": "no",
}  # fmt: skip
_MINOR = frozenset(
    {
        "call.incoming",
        "call.recorded",
        "task.opened",
        "task.claimed",
        "task.released",
        "promise.made",
        "enrolment.started",
        "enrolment.ended",
        "person.tagged",
        "person.untagged",
        "person.field_set",
    }
)
_MARKED = frozenset({"person.tagged", "person.untagged", "person.field_set"})
_ANSWERED = frozenset({"message.sent", "message.refused", "message.failed", "message.unknown", "message.cancelled"})
"""Only these are asked 'why?': what became of a message afterwards is not our decision."""
_MESSAGE_WORDS: words.Words = {
    "message.sent": gettext_lazy("sent"),
    "message.refused": gettext_lazy("not sent"),
    "message.cancelled": gettext_lazy("called off"),
    "message.failed": gettext_lazy("could not be delivered"),
    "message.unknown": gettext_lazy("fate unknown"),
    "message.opened": gettext_lazy("opened"),
    "message.clicked": gettext_lazy("a link in it was followed"),
    "message.bounced": gettext_lazy("bounced"),
    "message.complained": gettext_lazy("called spam"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One event. The line reads: text, named (bold, a link when `href`), after; `order` links to the order.

    `is_name`: what is named is a name that the shop gave, in no language.
    """

    at: str
    moment: str
    kind: str
    icon: str
    tone: str
    text: str
    named: str = ""
    href: str = ""
    after: str = ""
    detail: Sequence[str] = field(default_factory=tuple)
    order_id: int | None = None
    order: str = ""
    badge: str = ""
    badge_tone: str = ""
    is_minor: bool = False
    is_name: bool = False
    is_history: bool = False
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """Events of one day by the shop's clock, newest first."""

    name: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the page's events speak of."""

    messages: Mapping[int, MessageRow]
    whys: Mapping[int, Why]
    tasks: Mapping[int, TaskRow]
    unseen: set[int]
    shows_notes: bool
    names: rows.Names
    who: Actors


def days(cur: Cursor, seat: Seat, say: Say, events: Sequence[Happened]) -> list[Day]:
    """The events of a page, grouped."""
    known = _load(cur, seat, say, events)
    zone = ZoneInfo(say.zone)
    out: list[Day] = []
    day_of: dict[str, list[Item]] = {}
    for event in events:
        local = event.occurred_at.astimezone(zone)
        name = _day(say, local)
        if name not in day_of:
            day_of[name] = []
            out.append(Day(name, day_of[name]))
        day_of[name].append(_item(say, event, local, known))
    return out


def _day(say: Say, local: datetime) -> str:
    gone = (say.now.astimezone(local.tzinfo).date() - local.date()).days
    named = {0: _("Today, %(day)s"), 1: _("Yesterday, %(day)s")}.get(gone, "%(day)s")
    return named % {"day": say.day(local)}


def _load(cur: Cursor, seat: Seat, say: Say, events: Sequence[Happened]) -> _Known:
    shop_id = seat.shop.id
    message_ids = _ids(events, "message_id")
    messages = outbox.messages(cur, shop_id, ids=message_ids, limit=len(message_ids)) if message_ids else []
    tasks = desk.tasks_by_id(cur, shop_id, _ids(events, "task_id"))
    return _Known(
        messages={m.id: m for m in messages},
        whys=why(cur, seat, say, messages),
        tasks=tasks,
        unseen=unseen(cur, seat, tasks),
        shows_notes=seat.sight.shows("notes"),
        names=rows.names_of(cur, seat, (), (e.order_id for e in events)),
        who=actors(cur, seat, [e.cause for e in events]),
    )


def _ids(events: Iterable[Happened], name: str) -> list[int]:
    found = {str(e.data.get(name) or "") for e in events}
    return sorted(_id_of(i) for i in found if _id_of(i))


def _id_of(value: object) -> int:
    """An id of ours out of an event's data, where it stands as text; 0 when it is none."""
    return our_id(str(value or "")) or 0


def _item(say: Say, event: Happened, local: datetime, known: _Known) -> Item:
    family = event.kind.partition(".")[0]
    base = Item(
        at=f"{local:%H:%M}",
        moment=say.when(event.occurred_at),
        kind=event.kind,
        icon=_ICONS.get(event.kind) or _ICONS_OF.get(family, "circle-dot"),
        tone=_TONES.get(event.kind, ""),
        text=words.event(event.kind, say.language),
        order_id=event.order_id,
        order=known.names.order(event.order_id),
        is_minor=event.kind in _MINOR,
        is_history=not event.live,
    )
    make = {"message": _message, "call": _call, "task": _task, "promise": _promise, "order": _order}.get(family, _other)
    return make(say, event, base, known)


def _received(event: Happened, base: Item) -> Item:
    """Something that the person wrote: the way into its talk."""
    thread_id = _id_of(event.data.get("thread_id"))
    return replace(
        base,
        icon="message-circle",
        named=words.word(words.CHANNELS, event.data.get("channel")),
        href=reverse("web:talk", args=[thread_id]) if thread_id else "",
    )


def _message(say: Say, event: Happened, base: Item, known: _Known) -> Item:
    if event.kind == "message.received":
        return _received(event, base)
    message_id = _id_of(event.data.get("message_id"))
    row = known.messages.get(message_id)
    channel = row.channel if row else event.data.get("channel")
    subject = words.title(row, say.language) if row else _told(event.data)
    if event.kind not in _MESSAGE_WORDS:
        return base
    subject = subject or _("without a subject")
    purpose = row.purpose if row else str(event.data.get("purpose") or "")
    badge = words.word(words.PURPOSES, purpose) if event.kind in _ANSWERED and purpose else ""
    is_refused = event.kind == "message.refused" and row is not None
    if row is not None and is_refused:
        badge = words.reason(row.reason, row.why.get("params", {}), say)
    return replace(
        base,
        icon=base.icon if channel in (None, "email") else "message-square",
        text=_("Letter") if channel in (None, "email") else _("Message"),
        named=words.quoted(subject, say.language),
        href=reverse("web:letter", args=[message_id]) if row else "",
        after=words.word(_MESSAGE_WORDS, event.kind),
        badge=badge,
        badge_tone="soon" if is_refused else "",
        why=known.whys.get(message_id) if event.kind in _ANSWERED else None,
    )


def _told(data: Mapping[str, Any]) -> str:
    return words.letter(str(data.get("template") or "")) or str(data.get("step") or "")


def _task(say: Say, event: Happened, base: Item, known: _Known) -> Item:
    task_id = _id_of(event.data.get("task_id"))
    task = known.tasks.get(task_id)
    kind = words.word(words.KINDS_OF_TASK, event.data.get("kind"))
    outcome = event.data.get("outcome")
    who = known.who.name(event.cause) if event.kind != "task.opened" else ""
    is_noted = task is not None and event.kind == "task.finished" and known.shows_notes
    detail = [text for text in (who, task.note if task and is_noted else "") if text]
    if event.kind == "task.finished" and event.data.get("call_at"):
        detail.append(_("call again: %(at)s") % {"at": say.when(event.data["call_at"])})
    if event.kind == "task.paused" and event.data.get("until"):
        detail.append(_("until %(at)s") % {"at": say.when(event.data["until"])})
    return replace(
        base,
        icon=_ICONS.get(event.kind) or ("phone" if event.data.get("kind") == "call" else "clipboard-check"),
        named=words.word(words.OUTCOMES, outcome) if outcome else kind,
        href=reverse("web:task", args=[task_id]) if task and task_id not in known.unseen else "",
        detail=tuple(detail),
    )


def _call(say: Say, event: Happened, base: Item, known: _Known) -> Item:
    """A call of the list, and how long it rang or lasted; events told before calls were kept name none."""
    call_id = _id_of(event.data.get("call_id"))
    lasted = {"call.ended": ("talk_seconds", _("talked %(n)s")), "call.missed": ("ring_seconds", _("rang %(n)s"))}
    name, text = lasted.get(event.kind, ("ring_seconds", _("answered after %(n)s")))
    found = event.data.get(name)
    told = text % {"n": seconds(found)} if isinstance(found, int) else ""
    href = reverse("web:calls") + f"?person={event.person_id}" if call_id and event.person_id else ""
    return replace(base, named=told if href else "", href=href, detail=() if href or not told else (told,))


def _promise(say: Say, event: Happened, base: Item, known: _Known) -> Item:
    if not event.data.get("due_at"):
        return base
    kind = words.word(words.PROMISE_KINDS, event.data.get("promise"))
    return replace(base, named=_("%(kind)s by %(at)s") % {"kind": kind, "at": say.when(event.data["due_at"])})


def _order(say: Say, event: Happened, base: Item, known: _Known) -> Item:
    total, currency = event.data.get("total"), event.data.get("currency")
    changed = [words.word(words.CHANGES, what) for what in event.data.get("what", ())]
    is_money = event.kind in ("order.placed", "order.paid") and isinstance(total, int) and currency
    return replace(
        base, named=say.money(total, str(currency)) if is_money else "", detail=(", ".join(changed),) if changed else ()
    )


def _other(say: Say, event: Happened, base: Item, known: _Known) -> Item:
    data = event.data
    named = words.word(words.ANSWERS, data.get("answer"))
    if event.kind.startswith("consent."):
        named = f"{words.word(words.CHANNELS, data.get('channel'))}, {words.word(words.PURPOSES, data.get('purpose'))}"
    if event.kind.startswith("enrolment."):
        named = str(data.get("scheme") or "")
    if event.kind.startswith("points.") and isinstance(data.get("points"), int):
        named = say.number(data["points"])
    if event.kind in _MARKED:
        named = str(data.get("tag") or data.get("field") or "")
    return replace(base, named=named, is_name=event.kind in _MARKED)
