"""What the card of a task about a promise in danger says: what was promised, how it stands, what the buyer knows of it."""

from typing import Any

from django.utils.translation import gettext as _

from regulars.base.db import Cursor
from regulars.desk import queries as desk
from regulars.desk.queries import TaskRow
from regulars.promises import queries
from regulars.web import rows, words
from regulars.web.access import Seat, only_teams, sees
from regulars.web.say import Say

__all__ = ["context"]


def context(cur: Cursor, seat: Seat, say: Say, task: TaskRow) -> dict[str, Any] | None:
    """None for every other task."""
    found = queries.one(cur, seat.shop.id, task.promise_id) if task.promise_id is not None else None
    if found is None:
        return None
    (shown,) = rows.promises(cur, seat, say, [found])
    if found.warned_at is not None:
        buyer = _("The buyer was warned %(at)s; no new time is known yet.") % {"at": say.when(found.warned_at)}
    elif found.state in ("open", "broken"):
        buyer = _("The buyer has not been warned yet.")
    else:
        buyer = ""
    said = _("Promised %(kind)s %(when)s.") % {
        "kind": words.word(words.PROMISE_KINDS, found.kind),
        "when": rows.by_when(say, found.window_from, found.due_at),
    }
    return {
        "said": f"{said} {_('How it stands: %(state)s.') % {'state': shown['state']}}",
        "buyer": buyer,
        "tone": "late" if found.state == "broken" else "soon" if found.state in ("open", "warned") else "",
        "warning_id": found.warning_id,
        "call_id": _call(cur, seat, say, found.enrolment_id) if found.kind == "call" else None,
    }


def _call(cur: Cursor, seat: Seat, say: Say, enrolment_id: int | None) -> int | None:
    """The call of the scheme that would keep it."""
    if enrolment_id is None:
        return None
    found = desk.tasks(cur, seat.shop.id, now=say.now, enrolment_id=enrolment_id, hidden=True, limit=5)
    teams = only_teams(cur, seat)
    return next((t.id for t in found if t.kind == "call" and sees(seat, teams, t)), None)
