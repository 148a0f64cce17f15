"""Writes of the desk: tasks are opened, claimed, given back, finished, closed. One owner and one outcome a task.

The person's mailbox is locked before the task, as everywhere, so that an outcome takes its place among his events. An
outcome given on the screen may be taken back for a minute: until it settles (desk/settle.py) nothing is recorded of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.failpoints import hit
from regulars.desk.queries import NO_LIMIT, TaskRow, next_ids, task
from regulars.events.actions import NewEvent, lock_mailboxes, record
from regulars.promises import actions as promises

__all__ = [
    "UNDO",
    "DeskError",
    "NewLimits",
    "NewTask",
    "claim",
    "claim_next",
    "close_for_enrolments",
    "count",
    "finish",
    "keep_draft",
    "look_in",
    "open_tasks",
    "release",
    "set_limits",
    "undo",
]

UNDO = timedelta(seconds=60)
"""How long an outcome given on the screen may be taken back."""
_LOOK_KEPT = timedelta(hours=1)


class DeskError(ValueError):
    """The deed can't be done; `code` is stable, `params` say what to do instead.

    Codes: not_found, taken (by another), finished (already, otherwise), not_claimed, outcome_unknown, call_at_missing,
    call_at_past, closed, not_finished, not_yours (another finished it), too_late (its outcome counts already).
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


def claim_next(cur: Cursor, shop_id: int, actor: Actor, now: datetime, team: str | None = None) -> TaskRow | None:
    """Take the task that is next by rank; None when nobody waits. One that a colleague was quicker at is passed over."""
    for task_id in next_ids(cur, shop_id, now, team):
        try:
            return claim(cur, shop_id, task_id, actor, now)
        except DeskError:
            continue
    return None


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
    undo_for: timedelta | None = None,
) -> TaskRow:
    """End a task with an outcome; the same again from the same actor changes nothing. Records task.finished.

    With `undo_for` it may be taken back so long, though not beyond `call_at`, and is recorded when that time is over.
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
    settles_at = None if undo_for is None else min(now + undo_for, call_at or NO_LIMIT)
    (event_id,) = db.ids(cur, 1)
    cur.execute(
        "update desk_task set state = 'finished', outcome = %s, note = %s, call_at = %s, finished_by = %s,"
        " finished_at = %s, settles_at = %s, event_id = %s, claimed_by = coalesce(claimed_by, %s),"
        " claimed_at = coalesce(claimed_at, %s) where id = %s",
        (outcome, note, call_at, str(actor), now, settles_at, event_id, str(actor), now, task_id),
    )
    done = task(cur, shop_id, task_id) or found
    if settles_at is None:
        count(cur, done, event_id, now)
    elif found.kind == "call" and found.enrolment_id is not None:
        promises.hold(cur, shop_id, found.enrolment_id, True)
    hit("desk.finish_before_commit")
    return done


def count(cur: Cursor, done: TaskRow, event_id: int, now: datetime) -> None:
    """A finished task's outcome takes effect, as of the moment of finishing; the caller holds the person's mailbox."""
    finished_at, actor = done.finished_at or now, Actor.read(done.finished_by or "system")
    cur.execute("delete from desk_draft where task_id = %s and actor = %s", (done.id, str(actor)))
    if done.kind == "call" and done.enrolment_id is not None:
        promises.keep(cur, done.shop_id, actor, finished_at, kinds=("call",), enrolment_ids=[done.enrolment_id])
    call_at = done.call_at.isoformat() if done.call_at and done.outcome in done.call_at_needed else None
    late = bool(done.due_at and finished_at > done.due_at)
    event = _event(done, "task.finished", actor, finished_at, outcome=done.outcome, call_at=call_at, late=late)
    event.id = event_id
    record(cur, done.shop_id, [event], now)


def undo(cur: Cursor, shop_id: int, task_id: int, actor: Actor, now: datetime) -> TaskRow:
    """Take back one's own outcome before it settles: the task is claimed again, and what was written is in its draft.

    Raises DeskError: not_found, not_finished, not_yours, too_late.
    """
    found = _locked(cur, shop_id, task_id)
    if found.state != "finished":
        raise DeskError("not_finished")
    if found.finished_by != str(actor):
        raise DeskError("not_yours", by=found.finished_by)
    if found.settles_at is None or found.settles_at <= now:
        raise DeskError("too_late", outcome=found.outcome)
    cur.execute(
        "update desk_task set state = 'claimed', outcome = null, note = '', call_at = null, finished_by = null,"
        " finished_at = null, settles_at = null, event_id = null where id = %s",
        (task_id,),
    )
    if found.kind == "call" and found.enrolment_id is not None:
        promises.hold(cur, shop_id, found.enrolment_id, False)
    cur.execute(
        "insert into desk_draft (shop_id, task_id, actor, outcome, note, saved_at) values (%s, %s, %s, %s, %s, %s)"
        " on conflict (task_id, actor) do nothing",
        (shop_id, task_id, str(actor), found.outcome, found.note, now),
    )
    audit.write(cur, shop_id, actor, "task.undone", "task", task_id, outcome=found.outcome)
    return task(cur, shop_id, task_id) or found


def keep_draft(
    cur: Cursor,
    shop_id: int,
    task_id: int,
    actor: Actor,
    now: datetime,
    *,
    outcome: str = "",
    note: str = "",
    call_at: str = "",
) -> bool:
    """Keep what somebody has begun to write in a card; False when the task is over, so that there is nothing to keep."""
    row = cur.execute(
        "insert into desk_draft as d (shop_id, task_id, actor, outcome, note, call_at, saved_at)"
        " select shop_id, id, %s, %s, %s, %s, %s from desk_task"
        " where shop_id = %s and id = %s and state in ('open', 'claimed')"
        " on conflict (task_id, actor) do update set outcome = excluded.outcome, note = excluded.note,"
        " call_at = excluded.call_at, saved_at = excluded.saved_at returning d.id",
        (str(actor), outcome, note, call_at, now, shop_id, task_id),
    ).fetchone()
    return row is not None


def look_in(cur: Cursor, shop_id: int, task_id: int, actor: Actor) -> None:
    """Somebody has the card open; neither his shift nor his session hears of it."""
    cur.execute(
        "insert into desk_look as l (shop_id, task_id, actor) select shop_id, id, %s from desk_task"
        " where shop_id = %s and id = %s on conflict (task_id, actor) do update set seen_at = machine_now()",
        (str(actor), shop_id, task_id),
    )
    cur.execute("delete from desk_look where seen_at < machine_now() - %s", (_LOOK_KEPT,))


def close_for_enrolments(cur: Cursor, shop_id: int, enrolment_ids: Sequence[int], now: datetime) -> None:
    """The tasks of these enrolments are needed no longer: unclaimed ones close, claimed ones get a banner."""
    ids = list(enrolment_ids)
    closed = cur.execute(
        "update desk_task set state = 'closed', finished_at = %s where shop_id = %s and enrolment_id = any(%s)"
        " and state = 'open' returning id, person_id, order_id",
        (now, shop_id, ids),
    ).fetchall()
    # an outcome that may yet be taken back would return to the card
    cur.execute(
        "update desk_task set banner = 'stopped' where shop_id = %s and enrolment_id = any(%s)"
        " and (state = 'claimed' or settles_at is not null)",
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


def _note(cur: Cursor, found: TaskRow, kind: str, actor: Actor, now: datetime) -> None:
    record(cur, found.shop_id, [_event(found, kind, actor, now)], now)


def _event(found: TaskRow, kind: str, actor: Actor, at: datetime, **data: Any) -> NewEvent:
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
    return NewEvent(kind, at, True, found.person_id, found.order_id, body, str(actor))
