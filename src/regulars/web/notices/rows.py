"""Notices as the screens show them: words, a link to what they are about, whether they sound."""

from collections.abc import Sequence
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy

from regulars.base.db import Cursor
from regulars.desk.notice_words import abouts, ids_in, line, title, told_context
from regulars.rules.telling import Choice
from regulars.staff.notice_queries import NoticeRow
from regulars.web.access import Seat
from regulars.web.say import Say

__all__ = ["KIND_WORDS", "href", "rows"]

KIND_WORDS = {
    "task_fresh": gettext_lazy("A new task for my team"),
    "task_soon": gettext_lazy("A limit is near"),
    "task_late": gettext_lazy("A task is late"),
    "call_incoming": gettext_lazy("An incoming call"),
    "call_missed": gettext_lazy("A missed call"),
    "message_received": gettext_lazy("A buyer’s message"),
    "promise_at_risk": gettext_lazy("A promise may break"),
    "change_unconfirmed": gettext_lazy("The shop hasn’t taken over a change"),
    "will_be_late": gettext_lazy("The forecast says: we will be late"),
    "task_returned": gettext_lazy("A task came back to the queue"),
    "task_given": gettext_lazy("A task was given to me"),
    "called_in": gettext_lazy("I am asked to come"),
}
_ICONS = {
    "task_fresh": "phone",
    "task_soon": "hourglass",
    "task_late": "alarm-clock",
    "call_incoming": "phone-incoming",
    "call_missed": "phone-missed",
    "message_received": "message-circle",
    "promise_at_risk": "handshake",
    "change_unconfirmed": "square-pen",
    "will_be_late": "hourglass",
    "task_returned": "undo-2",
    "task_given": "hand-helping",
    "called_in": "megaphone",
}
_TONES = {
    "task_soon": "soon",
    "will_be_late": "soon",
    "promise_at_risk": "soon",
    "change_unconfirmed": "soon",
    "call_missed": "soon",
    "task_late": "late",
}
_PAGES = (("task", "web:task", "task_id"), ("call", "web:call", "call_id"), ("thread", "web:talk", "thread_id"),
          ("order", "web:order", "order_id"), ("person", "web:person", "person_id"))  # fmt: skip


def rows(cur: Cursor, seat: Seat, say: Say, found: Sequence[NoticeRow], choice: Choice) -> list[dict[str, Any]]:
    """Notices for a template; `choice`: what this person wants of each kind."""
    context = told_context(say.language, say.zone, say.currency, say.now)
    about = abouts(cur, seat.shop.id, found, say.language) if found else []
    return [
        {
            "id": n.id,
            "kind": n.kind,
            "title": title(n, a, context),
            "text": line(n, a, context),
            "icon": _ICONS.get(n.kind, "bell"),
            "tone": _TONES.get(n.kind, ""),
            "at": say.when(n.told_at),
            "href": href(n, seat),
            "is_urgent": n.is_urgent,
            "is_seen": n.seen_at is not None,
            "is_over": n.expires_at <= say.now,
            "does": " ".join(w for w in ("screen", "sound", "browser") if choice.wants(n.kind, w, say.now, say.zone)),
        }
        for n, a in zip(found, about, strict=True)
    ]


def href(notice: NoticeRow, seat: Seat) -> str:
    """Where to go: the task, the call, the talk, the person; the shift's page for a forecast, else the desk."""
    is_many = notice.kind in ("will_be_late", "task_late", "task_soon") and not notice.subject
    if seat.is_lead and is_many:
        return reverse("web:board")
    named = ids_in(notice)
    for name, route, part in _PAGES:
        if name in named:
            try:
                return reverse(route, kwargs={part: named[name]})
            except NoReverseMatch:
                continue
    return reverse("web:promises") if "promise" in named else reverse("web:tasks")
