"""Calls as screens show them: in lists, on a task's card, on a person's page.

Owns their words, and how much of a number somebody sees. Names of a list are loaded together.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from regulars.base.db import Cursor
from regulars.desk.queries import TaskRow
from regulars.intake.recordings import is_link
from regulars.staff import queries as staff
from regulars.talks import calls_queries
from regulars.talks.calls_queries import CallRow, Missed
from regulars.web import contacts, rows, words
from regulars.web.access import Seat, unseen
from regulars.web.calls import listening
from regulars.web.say import Say

__all__ = [
    "DIRECTIONS",
    "MANY",
    "STATES",
    "listed",
    "missed_of",
    "missed_words",
    "number",
    "of_person",
    "of_task",
    "seconds",
    "state_words",
]

DIRECTIONS: words.Words = {"in": gettext_lazy("Incoming"), "out": gettext_lazy("Outgoing")}
MANY: words.Words = {
    "in": pgettext_lazy("many calls", "Incoming"),
    "out": pgettext_lazy("many calls", "Outgoing"),
}
STATES: words.Words = {
    "ringing": gettext_lazy("rings now"),
    "answered": gettext_lazy("talking now"),
    "missed": gettext_lazy("missed"),
    "ended": gettext_lazy("answered"),
    "failed": gettext_lazy("not reached"),
}
TONES: Mapping[str, str] = {"ringing": "soon", "answered": "ok", "missed": "late"}
_ICONS = {"in": "phone-incoming", "out": "phone-outgoing"}
FEW = 5


def state_words(call: CallRow) -> str:
    """How the call stands."""
    return words.word(STATES, call.state)


def seconds(value: int | None) -> str:
    """`35 s`, `2 min 5 s`."""
    if value is None:
        return ""
    if value < 60:
        return _("%(n)d s") % {"n": value}
    whole = timedelta(seconds=value)
    return _("%(m)d min %(s)d s") % {"m": whole.seconds // 60 + whole.days * 1440, "s": value % 60}


def listed(cur: Cursor, seat: Seat, say: Say, found: Sequence[CallRow]) -> list[dict[str, Any]]:
    """Calls of a list."""
    names = rows.names_of(cur, seat, (c.person_id for c in found), ())
    held = listening.held(cur, seat, found)
    hidden = unseen(cur, seat, (c.task_id for c in found))
    operators = staff.names(cur, seat.shop.id, (c.account_id for c in found if c.account_id))
    return [
        {
            "id": c.id,
            "icon": "phone-missed" if c.state == "missed" else _ICONS.get(c.direction, "phone"),
            "direction": words.word(DIRECTIONS, c.direction),
            "at": say.when(c.started_at),
            "person_id": c.person_id if c.certainty != "maybe" else None,
            "person": names.person(c.person_id) if c.certainty != "maybe" else "",
            "is_maybe": c.certainty == "maybe",
            "number": number(seat, say, c),
            "line": say.phone(c.line) if c.line and c.line.startswith("+") else c.line or "",
            "operator": operators.get(c.account_id or 0, "") or c.extension or "",
            "state": state_words(c),
            "tone": TONES.get(c.state, ""),
            "rang": seconds(c.ring_seconds),
            "talked": seconds(c.talk_seconds),
            "recordings": [r for r in c.recordings if is_link(r)],
            "has_recording": bool(c.recordings),
            "held": held.get(c.id),
            "task_id": None if c.task_id in hidden else c.task_id,
            "is_history": not c.live,
        }
        for c in found
    ]


def number(seat: Seat, say: Say, call: CallRow) -> str:
    """The number as this seat may see it; '' where the caller hides it."""
    if call.number is None:
        return ""
    is_whole = seat.is_lead or call.account_id == seat.account.pk
    (shown,) = contacts.phones(say, [call.number], is_whole)
    return shown["text"]


def of_person(cur: Cursor, seat: Seat, say: Say, ids: Sequence[int]) -> list[dict[str, Any]]:
    """The person's last calls."""
    return listed(cur, seat, say, calls_queries.listing(cur, seat.shop.id, person_ids=ids, limit=FEW))


def of_task(cur: Cursor, seat: Seat, say: Say, task: TaskRow) -> dict[str, Any]:
    """What a card says of the calls behind it: how often he rang in vain, who it may be, where the talk can be heard."""
    if task.call_id is None:
        return {"rang": None}
    found = calls_queries.of_tasks(cur, seat.shop.id, [task.id]).get(task.id, [])
    found = found or list(calls_queries.by_id(cur, seat.shop.id, [task.call_id]).values())
    if not found:
        return {"rang": None}
    missed = [c for c in found if c.state == "missed"]
    return {
        "rang": {
            "missed": missed_words(say, Missed(len(missed), missed[0].started_at)) if missed else "",
            "maybe": next((c.id for c in found if c.certainty == "maybe"), None),
            "settled": next((c.id for c in found if c.settled_by and c.stand_in_id), None),
            "calls": listed(cur, seat, say, found[:FEW]),
        }
    }


def missed_words(say: Say, missed: Missed) -> str:
    """`Missed 14:05`, `Missed 2 times, last 14:05`."""
    if missed.count == 1:
        return _("Missed %(at)s") % {"at": say.when(missed.last_at)}
    return ngettext("Missed %(n)d time, last %(at)s", "Missed %(n)d times, last %(at)s", missed.count) % {
        "n": missed.count,
        "at": say.when(missed.last_at),
    }


def missed_of(cur: Cursor, seat: Seat, say: Say, tasks: Iterable[TaskRow]) -> dict[int, str]:
    """The same by task, for those of a queue that are call-backs."""
    ids = [t.id for t in tasks if t.call_id is not None]
    return {i: missed_words(say, m) for i, m in calls_queries.missed_of_tasks(cur, seat.shop.id, ids).items()}
