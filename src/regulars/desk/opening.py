"""Tasks are opened: whoever makes work for people hands it in here. Writes; what becomes of a task is actions.py's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from regulars.base import db
from regulars.base.db import Cursor
from regulars.desk.escalation import first_stage
from regulars.events.actions import NewEvent, record

__all__ = ["NewTask", "open_tasks"]


@dataclass(slots=True)
class NewTask:
    """A task to be opened; see desk.models.Task for the fields."""

    person_id: int
    order_id: int | None
    kind: str
    script: str | None
    team: str
    not_before: datetime
    target_at: datetime | None
    due_at: datetime | None
    outcomes: list[str]
    call_at_needed: list[str]
    why_next: str = "fresh"
    enrolment_id: int | None = None
    version_id: int | None = None
    step: str | None = None
    visit: int | None = None
    attempt: int = 1
    title: dict[str, str] = field(default_factory=dict)
    call_id: int | None = None
    thread_id: int | None = None
    promise_id: int | None = None


_OPEN = """
insert into desk_task (id, shop_id, person_id, order_id, kind, script, team, not_before, target_at, due_at, outcomes,
                       call_at_needed, why_next, enrolment_id, version_id, step, visit, attempt, title, call_id,
                       thread_id, promise_id, escalate_at, escalated, opened_at, placed_at)
select i, %s, p, o, k, s, t, nb, ta, du, string_to_array(oc, ' '), string_to_array(cn, ' '), w, e, v, st, vi, att,
       ti::jsonb, ca, th, pr, nb, es, %s,
       coalesce((select placed_at from orders_order where id = o), %s)
from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
            %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
            %s::text[], %s::int[], %s::int[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::int[])
  as x(i, p, o, k, s, t, nb, ta, du, oc, cn, w, e, v, st, vi, att, ti, ca, th, pr, es)
"""


def open_tasks(cur: Cursor, shop_id: int, tasks: Sequence[NewTask], now: datetime) -> list[int]:
    """Open tasks; their ids in the same order. Records task.opened."""
    if not tasks:
        return []
    new = db.ids(cur, len(tasks))
    cur.execute(
        _OPEN,
        (
            shop_id,
            now,
            now,
            new,
            [t.person_id for t in tasks],
            [t.order_id for t in tasks],
            [t.kind for t in tasks],
            [t.script for t in tasks],
            [t.team for t in tasks],
            [t.not_before for t in tasks],
            [t.target_at for t in tasks],
            [t.due_at for t in tasks],
            [" ".join(t.outcomes) for t in tasks],
            [" ".join(t.call_at_needed) for t in tasks],
            [t.why_next for t in tasks],
            [t.enrolment_id for t in tasks],
            [t.version_id for t in tasks],
            [t.step for t in tasks],
            [t.visit for t in tasks],
            [t.attempt for t in tasks],
            [db.dumps(t.title) for t in tasks],
            [t.call_id for t in tasks],
            [t.thread_id for t in tasks],
            [t.promise_id for t in tasks],
            [first_stage(t.why_next) for t in tasks],
        ),
    )
    record(
        cur,
        shop_id,
        [
            NewEvent(
                "task.opened",
                now,
                True,
                t.person_id,
                t.order_id,
                {"task_id": str(i), "kind": t.kind, "team": t.team, "step": t.step, "attempt": t.attempt},
                f"enrolment:{t.enrolment_id}" if t.enrolment_id else None,
            )
            for i, t in zip(new, tasks, strict=True)
        ],
        now,
    )
    return new
