"""The playground's colleagues call back whoever rang in vain, mostly within minutes; the visitor is left time for his."""

import random
from datetime import datetime, timedelta
from typing import Any

from regulars.base import db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.cli.playground.deeds import Deed, Office
from regulars.cli.playground.rings import EXTENSIONS, outgoing
from regulars.cli.playground.seen import CallBack
from regulars.cli.playground.words import NOTES
from regulars.desk import actions as desk
from regulars.intake.group_commit import NewDelivery, insert
from regulars.rules.worktime import WorkTime

__all__ = ["call_back", "delivery"]

_OUTCOMES = {"helped": 50, "ordered": 12, "talked": 20, "no_answer": 18}
_TELEPHONY = str(Actor("command"))


def delivery(shop_id: int, facts: list[dict[str, Any]]) -> NewDelivery:
    """What the shop's telephony tells."""
    return NewDelivery(shop_id, "api", "calls", db.dumps(facts).encode(), _TELEPHONY, batch=True)


def call_back(office: Office, seed: int, task: CallBack, hours: WorkTime, *, leisurely: bool) -> Deed:
    """Somebody dials, and says how it ended."""
    chance = random.Random(f"{seed} calls back {task.number} {task.opened_at} {task.attempt}")  # noqa: S311 - nothing secret
    start = max(task.opened_at, task.not_before)
    share = chance.uniform(0.7, 0.97) if leisurely else chance.uniform(0.25, 0.8)
    at = hours.add(start, max(hours.between(start, task.due_at), timedelta(minutes=2)) * share)
    offered = {o: n for o, n in _OUTCOMES.items() if o in task.outcomes} or dict.fromkeys(task.outcomes, 1)
    outcome = chance.choices(tuple(offered), tuple(offered.values()))[0]
    notes = NOTES.get(outcome, ())
    note = chance.choice(notes)[office.language] if notes and chance.random() < 0.6 else ""
    place = chance.randrange(len(office.callers))
    who = Actor("staff", office.callers[place])

    def do(cur: Cursor) -> None:
        try:
            desk.finish(cur, office.shop_id, task.id, outcome, who, at, note=note)
        except desk.DeskError:
            return  # somebody was quicker
        if task.number:
            insert(cur, [delivery(office.shop_id, _dialled(task, at, place, outcome))])

    return Deed(at, do, at > task.due_at)


def _dialled(task: CallBack, at: datetime, place: int, outcome: str) -> list[dict[str, Any]]:
    return outgoing(f"out-{task.id}", at, task.number or "", EXTENSIONS[place], answered=outcome != "no_answer")
