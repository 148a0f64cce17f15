"""Writes of the desk: tasks are opened, claimed, given back, finished, closed. One owner and one outcome a task.

The person's mailbox is locked before the task, as everywhere, so that an outcome takes its place among his events.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.failpoints import hit
from regulars.desk.queries import TaskRow, task
from regulars.events.actions import NewEvent, lock_mailboxes, record
from regulars.promises import actions as promises

__all__ = [
    "DeskError",
    "NewLimits",
    "NewTask",
    "claim",
    "close_for_enrolments",
    "finish",
    "open_tasks",
    "release",
    "set_limits",
]


class DeskError(ValueError):
    """The deed can't be done; `code` is stable, `params` say what to do instead.

    Codes: not_found, taken (by another), finished (already, otherwise), not_claimed, outcome_unknown, call_at_missing,
    call_at_past, closed.
    """

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


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


_OPEN = """
insert into desk_task (id, shop_id, person_id, order_id, kind, script, team, not_before, target_at, due_at, outcomes,
                       call_at_needed, why_next, enrolment_id, version_id, step, visit, attempt, title, opened_at)
select i, %s, p, o, k, s, t, nb, ta, du, string_to_array(oc, ' '), string_to_array(cn, ' '), w, e, v, st, vi, att,
       ti::jsonb, %s
from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
            %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
            %s::text[], %s::int[], %s::int[], %s::text[])
  as x(i, p, o, k, s, t, nb, ta, du, oc, cn, w, e, v, st, vi, att, ti)
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


def _locked(cur: Cursor, shop_id: int, task_id: int) -> TaskRow:
    row = cur.execute("select person_id from desk_task where shop_id = %s and id = %s", (shop_id, task_id)).fetchone()
    if row is None:
        raise DeskError("not_found")
    lock_mailboxes(cur, [row[0]])
    cur.execute("select 1 from desk_task where id = %s for update", (task_id,))
    found = task(cur, shop_id, task_id)
    if found is None:
        raise DeskError("not_found")
    return found


def claim(cur: Cursor, shop_id: int, task_id: int, actor: Actor, now: datetime) -> TaskRow:
    """Take a task; taking one's own again changes nothing.

    Raises DeskError: not_found, taken, finished, closed.
    """
    found = _locked(cur, shop_id, task_id)
    if found.state == "claimed":
        if found.claimed_by == str(actor):
            return found
        raise DeskError("taken", by=found.claimed_by)
    if found.state != "open":
        raise DeskError(found.state, outcome=found.outcome)
    cur.execute(
        "update desk_task set state = 'claimed', claimed_by = %s, claimed_at = %s where id = %s",
        (str(actor), now, task_id),
    )
    _note(cur, found, "task.claimed", actor, now)
    return task(cur, shop_id, task_id) or found


def release(cur: Cursor, shop_id: int, task_id: int, actor: Actor, now: datetime) -> TaskRow:
    """Give a task back to the queue.

    Raises DeskError: not_found, not_claimed, taken (a banner closes it instead of returning it).
    """
    found = _locked(cur, shop_id, task_id)
    if found.state != "claimed":
        raise DeskError("not_claimed")
    if found.claimed_by != str(actor):
        raise DeskError("taken", by=found.claimed_by)
    state = "closed" if found.banner else "open"
    cur.execute("update desk_task set state = %s, claimed_by = null, claimed_at = null where id = %s", (state, task_id))
    _note(cur, found, "task.released", actor, now)
    return task(cur, shop_id, task_id) or found


def finish(
    cur: Cursor,
    shop_id: int,
    task_id: int,
    outcome: str,
    actor: Actor,
    now: datetime,
    *,
    note: str = "",
    call_at: datetime | None = None,
) -> TaskRow:
    """End a task with an outcome; the same again from the same actor changes nothing. Records task.finished.

    An open task is taken by the way. Raises DeskError: not_found, taken, finished, closed, outcome_unknown,
    call_at_missing, call_at_past.
    """
    found = _locked(cur, shop_id, task_id)
    if found.state == "finished":
        if (found.outcome, found.finished_by) == (outcome, str(actor)):
            return found
        raise DeskError("finished", outcome=found.outcome, by=found.finished_by)
    if found.state == "closed":
        raise DeskError("closed")
    if found.state == "claimed" and found.claimed_by != str(actor):
        raise DeskError("taken", by=found.claimed_by)
    if outcome not in found.outcomes:
        raise DeskError("outcome_unknown", outcome=outcome, known=found.outcomes)
    if outcome in found.call_at_needed:
        if call_at is None:
            raise DeskError("call_at_missing", outcome=outcome)
        if call_at <= now:
            raise DeskError("call_at_past", call_at=call_at.isoformat())
    cur.execute(
        "update desk_task set state = 'finished', outcome = %s, note = %s, call_at = %s, finished_by = %s,"
        " finished_at = %s, claimed_by = coalesce(claimed_by, %s), claimed_at = coalesce(claimed_at, %s) where id = %s",
        (outcome, note, call_at, str(actor), now, str(actor), now, task_id),
    )
    if found.kind == "call" and found.enrolment_id is not None:
        promises.keep(cur, shop_id, actor, now, kinds=("call",), enrolment_ids=[found.enrolment_id])
    _note(
        cur,
        found,
        "task.finished",
        actor,
        now,
        outcome=outcome,
        call_at=call_at.isoformat() if call_at is not None and outcome in found.call_at_needed else None,
        late=bool(found.due_at and now > found.due_at),
    )
    hit("desk.finish_before_commit")
    return task(cur, shop_id, task_id) or found


def close_for_enrolments(cur: Cursor, shop_id: int, enrolment_ids: Sequence[int], now: datetime) -> None:
    """The tasks of these enrolments are needed no longer: unclaimed ones close, claimed ones get a banner."""
    ids = list(enrolment_ids)
    closed = cur.execute(
        "update desk_task set state = 'closed', finished_at = %s where shop_id = %s and enrolment_id = any(%s)"
        " and state = 'open' returning id, person_id, order_id",
        (now, shop_id, ids),
    ).fetchall()
    cur.execute(
        "update desk_task set banner = 'stopped' where shop_id = %s and enrolment_id = any(%s) and state = 'claimed'",
        (shop_id, ids),
    )
    record(
        cur,
        shop_id,
        [NewEvent("task.closed", now, True, p, o, {"task_id": str(i), "reason": "stopped"}) for i, p, o in closed],
        now,
    )


@dataclass(frozen=True, slots=True)
class NewLimits:
    """A task's times: from when it may be done, by when it is hoped for, by when it must be."""

    task_id: int
    not_before: datetime
    target_at: datetime
    due_at: datetime


def set_limits(cur: Cursor, shop_id: int, limits: Sequence[NewLimits], actor: Actor) -> None:
    """Give open tasks other times; those that nobody waits for any more are left. The caller holds the mailboxes."""
    if not limits:
        return
    cur.execute(
        "update desk_task t set not_before = n, target_at = ta, due_at = d"
        " from unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[]) as x(i, n, ta, d)"
        " where t.id = x.i and t.shop_id = %s and t.state in ('open', 'claimed')",
        (
            [x.task_id for x in limits],
            [x.not_before for x in limits],
            [x.target_at for x in limits],
            [x.due_at for x in limits],
            shop_id,
        ),
    )
    audit.write(cur, shop_id, actor, "tasks.limits_set", "shop", shop_id, tasks=cur.rowcount)


def _note(cur: Cursor, found: TaskRow, kind: str, actor: Actor, now: datetime, **data: Any) -> None:
    body = {
        "task_id": str(found.id),
        "kind": found.kind,
        "team": found.team,
        "enrolment_id": found.enrolment_id,
        "step": found.step,
        "visit": found.visit,
        "attempt": found.attempt,
        **{k: v for k, v in data.items() if v is not None},
    }
    record(cur, found.shop_id, [NewEvent(kind, now, True, found.person_id, found.order_id, body, str(actor))], now)
