"""What a card says of its clock that stands, and the states in which it may be stopped, with when each would end.

Owns these words, and that a promise already told does not move. The deeds are pause_views.py's.
"""

from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.desk import pauses
from regulars.desk.queries import TaskRow
from regulars.promises import queries as promises
from regulars.web.access import Seat
from regulars.web.desk.clocks import waiting_title
from regulars.web.say import Say

__all__ = ["context", "told_by"]


def context(cur: Cursor, seat: Seat, say: Say, task: TaskRow) -> dict[str, Any]:
    """For the card: in which state its clock stands and until when, or the states in which it may stand."""
    is_mine = task.state == "claimed" and task.claimed_by == str(seat.actor)
    may = is_mine or task.state == "open"
    told = told_by(cur, task)
    if task.stands(say.now):
        return {
            "pause": {
                "title": waiting_title(seat.shop, task.pause, say.language),
                "since": say.when(task.paused_at),
                "until": say.when(task.not_before),
                "note": task.pause_note,
                "promised": say.when(told) if told and told < task.not_before else "",
                "may": may,
            }
        }
    if not may:
        return {"pause_states": []}
    ends = {state.key: pauses.pause_end(cur, seat.shop, task, state, say.now) for state in seat.shop.waiting_states}
    is_nearer = told is not None and any(told < end for end in ends.values())
    return {
        "pause_states": [
            {"key": key, "title": waiting_title(seat.shop, key, say.language), "until": say.when(end)}
            for key, end in ends.items()
        ],
        "pause_promised": say.when(told) if is_nearer else "",
    }


def told_by(cur: Cursor, task: TaskRow) -> datetime | None:
    """By when the buyer was told that he would be called."""
    if task.enrolment_id is None:
        return None
    open_ones = ("open", "warned")
    known = promises.of_enrolment(cur, task.shop_id, task.enrolment_id)
    return min((p.due_at for p in known if p.kind == "call" and p.state in open_ones), default=None)
