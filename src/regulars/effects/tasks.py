"""Work for people: tasks opened on the desk, and closed when their scheme has stopped."""

from datetime import datetime

from regulars.base.db import Cursor
from regulars.core.effects import OpenTask, StopTasks
from regulars.desk import actions as desk
from regulars.desk.routing import Work, route
from regulars.effects.order import EffectOrder

__all__ = ["open_tasks", "stop_tasks"]

_WHY_NEXT = {"again": "retry", "call_again": "asked"}


def open_tasks(cur: Cursor, shop_id: int, opened: list[tuple[EffectOrder, OpenTask]], now: datetime) -> None:
    """One task an effect."""
    new = [
        desk.NewTask(
            person_id=o.person_id,
            order_id=o.order_id,
            kind=e.kind,
            script=e.script,
            title=e.title or {},
            team=e.team,
            not_before=e.not_before,
            target_at=e.target_at,
            due_at=e.due_at,
            outcomes=[x.name for x in e.outcomes],
            call_at_needed=[x.name for x in e.outcomes if x.needs_time],
            why_next=_WHY_NEXT.get(o.why, "fresh"),
            enrolment_id=o.enrolment_id,
            version_id=o.version_id,
            step=e.step,
            visit=e.visit,
            attempt=e.attempt,
        )
        for o, e in opened
    ]
    works = [Work("scheme", t.person_id, t.team, t.order_id, t.kind, t.script) for t in new]
    for task, team in zip(new, route(cur, shop_id, works, now), strict=True):
        task.team = team
    desk.open_tasks(cur, shop_id, new, now)


def stop_tasks(cur: Cursor, shop_id: int, stops: list[tuple[EffectOrder, StopTasks]], now: datetime) -> None:
    """The tasks of stopped enrolments are needed no longer."""
    if stops:
        desk.close_for_enrolments(cur, shop_id, [o.enrolment_id for o, _ in stops], now)
