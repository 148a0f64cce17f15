"""What somebody else had begun to write in a card before the task left him, for whoever has it next."""

from typing import Any

from regulars.base.db import Cursor
from regulars.desk import queries
from regulars.desk.queries import WAITING, TaskRow
from regulars.web import words
from regulars.web.access import Seat
from regulars.web.actors import actors
from regulars.web.say import Say

__all__ = ["begun"]


def begun(cur: Cursor, seat: Seat, say: Say, task: TaskRow) -> list[dict[str, Any]]:
    """Each unfinished note with its writer, the newest first; none when the task is over."""
    if task.state not in WAITING:
        return []
    found = queries.begun(cur, seat.shop.id, task.id, str(seat.actor))
    who = actors(cur, seat, [actor for actor, _ in found])
    return [
        {
            "who": who.name(actor),
            "outcome": words.word(words.OUTCOMES, draft.outcome) if draft.outcome else "",
            "note": draft.note,
            "at": say.when(draft.saved_at),
        }
        for actor, draft in found
        if draft.note or draft.outcome
    ]
