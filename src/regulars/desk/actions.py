"""Writes of the desk: tasks are opened, claimed, given back, finished, closed. One owner and one outcome a task.

The person's mailbox is locked before the task, as everywhere, so that an outcome takes its place among his events. An
outcome given on the screen may be taken back for a minute: until it settles (desk/settle.py) nothing is recorded of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.failpoints import hit
from regulars.desk import following, promised
from regulars.desk.opening import NewTask, open_tasks
from regulars.desk.queries import NO_LIMIT, TaskRow, load_of, task
from regulars.desk.ranking import next_ids
from regulars.events.actions import NewEvent, lock_mailboxes, record
from regulars.staff import presence, shifts
from regulars.talks import threads_actions as threads

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
    "give_back",
    "keep_draft",
    "locked",
    "look_in",
    "open_tasks",
    "release",
    "set_limits",
    "task_event",
    "undo",
]

UNDO = timedelta(seconds=60)
"""How long an outcome given on the screen may be taken back."""
_LOOK_KEPT = timedelta(hours=1)
_KEEP_DRAFT = """
insert into desk_draft as d (shop_id, task_id, actor, outcome, note, call_at, saved_at)
select shop_id, id, %s, %s, %s, %s, %s from desk_task
where shop_id = %s and id = %s and state in ('open', 'claimed') for share
on conflict (task_id, actor) do update set outcome = excluded.outcome, note = excluded.note,
  call_at = excluded.call_at, saved_at = excluded.saved_at, left_at = null
where %s::bigint is null or d.undone = %s returning d.id
"""


class DeskError(ValueError):
    """The deed can't be done; `code` is stable, `params` say what to do instead.

    Codes: not_found, taken (by another), finished (already, otherwise), not_claimed, outcome_unknown, call_at_missing,
    call_at_past, closed, not_finished, not_yours (another finished it), too_late (its outcome counts already), full (he
    has as many tasks as he may: `most`), away and break (nothing is given to him until he is back), paused, not_paused,
    state_unknown (no such waiting state), not_later (a limit can only be moved ahead), reason_unknown, told (the buyer knows
    the new time).
    """

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def locked(cur: Cursor, shop_id: int, task_id: int) -> TaskRow:
    """The task, held together with its person's mailbox until the transaction ends; raises DeskError not_found."""
    row = cur.execute("select person_id from desk_task where shop_id = %s and id = %s", (shop_id, task_id)).fetchone()
    if row is None:
        raise DeskError("not_found")
    lock_mailboxes(cur, [row[0]])
    found = task(cur, shop_id, task_id, locked=True)
    if found is None:
        raise DeskError("not_found")
    return found


def claim(cur: Cursor, shop_id: int, task_id: int, actor: Actor, now: datetime) -> TaskRow:
    """Take a task; taking one's own again changes nothing. Taking one begins the shift, or ends a break.

    Raises DeskError: not_found, taken, finished, closed, full.
    """
    found = locked(cur, shop_id, task_id)
    if found.state == "claimed":
        if found.claimed_by == str(actor):
            return found
        raise DeskError("taken", by=found.claimed_by)
    if found.state != "open":
        raise DeskError(found.state, outcome=found.outcome)
    if actor.kind == "staff" and actor.id is not None:
        most = shifts.take_up(cur, shop_id, actor.id, now)
        if not found.stands(now) and most is not None and load_of(cur, shop_id, str(actor), now) >= most:
            raise DeskError("full", most=most)
    cur.execute(
        "update desk_task set state = 'claimed', claimed_by = %s, claimed_at = %s where id = %s",
        (str(actor), now, task_id),
    )
    _note(cur, found, "task.claimed", actor, now)
    return replace(found, state="claimed", claimed_by=str(actor), claimed_at=now)


# Whom a colleague or the engine holds at this moment is passed over: fifty who ask at once don't queue for one person.
_UNHELD = """
select t.id from unnest(%s::bigint[]) with ordinality as x(id, n) join desk_task t on t.id = x.id and t.state = 'open'
join events_mailbox m on m.person_id = t.person_id order by x.n limit 1 for update of m skip locked
"""
_LOOKED_AT = (10, 10, 100)
"""How many of those who are next are looked at: again when all were taken meanwhile, further when all are held."""


def claim_next(cur: Cursor, shop_id: int, actor: Actor, now: datetime, team: str | None = None) -> TaskRow | None:
    """Take the task that is next by rank, of his own teams if he has any; None when nobody waits.

    One that a colleague was quicker at is passed over. Raises DeskError: away, break, full.
    """
    teams = [team] if team else None
    if actor.kind == "staff" and actor.id is not None:
        shift, own, _most = presence.desk_of(cur, shop_id, actor.id)
        teams = teams or own or None
        if shift is not None and shift.state in ("away", "break"):
            raise DeskError(shift.state)
    is_refused = False
    for looked_at in _LOOKED_AT:
        ids = next_ids(cur, shop_id, now, teams, looked_at)
        while ids and (row := cur.execute(_UNHELD, (ids,)).fetchone()):
            if taken := _claim_if_open(cur, shop_id, row[0], actor, now):
                return taken
            is_refused = True
            ids.remove(row[0])
    # a mailbox that was refused is held until the end, and whoever holds one may not wait for another
    return _claim_if_open(cur, shop_id, ids[0], actor, now) if ids and not is_refused else None


def _claim_if_open(cur: Cursor, shop_id: int, task_id: int, actor: Actor, now: datetime) -> TaskRow | None:
    try:
        return claim(cur, shop_id, task_id, actor, now)
    except DeskError as error:
        if error.code == "full":
            raise
        return None


def release(cur: Cursor, shop_id: int, task_id: int, actor: Actor, now: datetime) -> TaskRow:
    """Give a task back to the queue.

    Raises DeskError: not_found, not_claimed, taken (a banner closes it instead of returning it).
    """
    found = locked(cur, shop_id, task_id)
    if found.state != "claimed":
        raise DeskError("not_claimed")
    if found.claimed_by != str(actor):
        raise DeskError("taken", by=found.claimed_by)
    _seen(cur, shop_id, actor, now)
    give_back(cur, found, actor, now, "given_back")
    return task(cur, shop_id, task_id) or found


def give_back(cur: Cursor, found: TaskRow, actor: Actor, now: datetime, why: str) -> None:
    """A claimed task goes back to the queue, or is closed when its scheme has stopped; the caller holds the mailbox.

    `why`: given_back (by himself), ended (his shift), silent, break. What was begun is kept for the next one.
    """
    state = "closed" if found.banner else "open"
    cur.execute(
        "update desk_task set state = %s, claimed_by = null, claimed_at = null where id = %s", (state, found.id)
    )
    cur.execute(
        "update desk_draft set left_at = %s where task_id = %s and actor = %s", (now, found.id, found.claimed_by)
    )
    record(cur, found.shop_id, [task_event(found, "task.released", actor, now, reason=why, by=found.claimed_by)], now)


def _seen(cur: Cursor, shop_id: int, actor: Actor, now: datetime) -> None:
    if actor.kind == "staff" and actor.id is not None:
        shifts.touch(cur, shop_id, actor.id, now)


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
    found = locked(cur, shop_id, task_id)
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
    if found.state == "open" and actor.kind == "staff" and actor.id is not None:
        shifts.begin(cur, shop_id, actor.id, now)
    _seen(cur, shop_id, actor, now)
    settles_at = None if undo_for is None else min(now + undo_for, call_at or NO_LIMIT)
    (event_id,) = db.ids(cur, 1)
    cur.execute(
        "update desk_task set state = 'finished', outcome = %s, note = %s, call_at = %s, finished_by = %s,"
        " finished_at = %s, settles_at = %s, event_id = %s, claimed_by = coalesce(claimed_by, %s),"
        " claimed_at = coalesce(claimed_at, %s) where id = %s",
        (outcome, note, call_at, str(actor), now, settles_at, event_id, str(actor), now, task_id),
    )
    done = task(cur, shop_id, task_id) or found
    if found.kind == "message" and found.thread_id is not None:
        threads.set_waiting(cur, shop_id, found.thread_id, None)
    if settles_at is None:
        count(cur, done, event_id, now)
    else:
        promised.hold(cur, done, True)
    hit("desk.finish_before_commit")
    return done


def count(cur: Cursor, done: TaskRow, event_id: int, now: datetime) -> None:
    """A finished task's outcome takes effect, as of the moment of finishing; the caller holds the person's mailbox."""
    finished_at, actor = done.finished_at or now, Actor.read(done.finished_by or "system")
    cur.execute(
        "delete from desk_draft where task_id = %s and (actor = %s or left_at is not null)", (done.id, str(actor))
    )
    promised.count(cur, done, actor, finished_at)
    following.follow(cur, done, actor, finished_at)
    call_at = done.call_at.isoformat() if done.call_at and done.outcome in done.call_at_needed else None
    late = bool(done.due_at and finished_at > done.due_at)
    event = task_event(done, "task.finished", actor, finished_at, outcome=done.outcome, call_at=call_at, late=late)
    event.id = event_id
    record(cur, done.shop_id, [event], now)
    if done.kind == "message" and done.outcome == "case":
        open_tasks(cur, done.shop_id, [_case_of(done)], now)


def _case_of(done: TaskRow) -> NewTask:
    """What a message makes a case is worked on by the same team, by the clock of the message."""
    return NewTask(
        person_id=done.person_id,
        order_id=done.order_id,
        kind="case",
        script="rescue",
        team=done.team,
        not_before=done.finished_at or done.not_before,
        target_at=None,
        due_at=done.due_at,
        outcomes=["done"],
        call_at_needed=[],
        thread_id=done.thread_id,
    )


def undo(cur: Cursor, shop_id: int, task_id: int, actor: Actor, now: datetime) -> TaskRow:
    """Take back one's own outcome before it settles: the task is claimed again, and what was written is in its draft.

    Raises DeskError: not_found, not_finished, not_yours, too_late.
    """
    found = locked(cur, shop_id, task_id)
    if found.state != "finished":
        raise DeskError("not_finished")
    if found.finished_by != str(actor):
        raise DeskError("not_yours", by=found.finished_by)
    if found.settles_at is None or found.settles_at <= now:
        raise DeskError("too_late", outcome=found.outcome)
    _seen(cur, shop_id, actor, now)
    cur.execute(
        "update desk_task set state = 'claimed', outcome = null, note = '', call_at = null, finished_by = null,"
        " finished_at = null, settles_at = null, event_id = null where id = %s",
        (task_id,),
    )
    promised.hold(cur, found, False)
    if found.kind == "message" and found.thread_id is not None:
        threads.set_waiting(cur, shop_id, found.thread_id, found.opened_at)
    cur.execute(
        "insert into desk_draft (shop_id, task_id, actor, outcome, note, saved_at) values (%s, %s, %s, %s, %s, %s)"
        " on conflict (task_id, actor) do nothing",
        (shop_id, task_id, str(actor), found.outcome, found.note, now),
    )
    cur.execute("update desk_draft set undone = undone + 1 where task_id = %s and actor = %s", (task_id, str(actor)))
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
    undone: int | None = None,
) -> bool:
    """Keep what somebody has begun to write in a card; False when the task is over, so that there is nothing to keep.

    It waits for an outcome that is being given. `undone`: how often the writer's own had been taken back when the card was
    shown; what a card from before sends is late, and isn't kept. Who holds the task (`locked`) says None.
    """
    row = cur.execute(
        _KEEP_DRAFT, (str(actor), outcome, note, call_at, now, shop_id, task_id, undone, undone)
    ).fetchone()
    _seen(cur, shop_id, actor, now)
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
        "update desk_task t set not_before = n, target_at = ta, due_at = d, escalate_at = n"
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
    record(cur, found.shop_id, [task_event(found, kind, actor, now)], now)


def task_event(found: TaskRow, kind: str, actor: Actor, at: datetime, **data: Any) -> NewEvent:
    """An event about the task, with what identifies it and its step."""
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
