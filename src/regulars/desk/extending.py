"""A lead gives a task a later limit, with a reason; what was promised by it moves along and the buyer is told. Writes.

Each deed is in the audit and can be taken back until the buyer knows. A task about a promise in danger isn't moved here: its
own outcome says the new time. Lock order as everywhere: the person's mailbox, then the task.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.desk import promised
from regulars.desk.actions import UNDO, DeskError, locked
from regulars.desk.queries import WAITING, TaskRow
from regulars.outbox import actions as outbox
from regulars.outbox import new_times
from regulars.promises import actions as promises
from regulars.promises import queries
from regulars.promises.queries import PromiseRow

__all__ = ["Extended", "can_extend", "extend", "promise_of", "take_back"]

_KEY = "extended:"
_LIMIT = "update desk_task set due_at = %s, escalate_at = %s, extended = greatest(extended + %s, 0) where id = %s"
_LETTER_GONE = "select 1 from outbox_message where id = %s and state in ('sending', 'sent', 'unknown')"
# What closed in the moment in which the promise was moved waits again when that is taken back.
_REOPEN = """
update desk_task t set state = 'open', finished_at = null from promises_promise p
where p.id = %s and t.promise_id = p.id and t.kind = 'promise' and t.state = 'closed' and t.finished_at = p.closed_at
"""
_UNBANNER = "update desk_task set banner = null where promise_id = %s and state = 'claimed' and banner = 'settled'"


@dataclass(frozen=True, slots=True)
class Extended:
    """The task with its new limit, the limit before, and whether the buyer is told."""

    task: TaskRow
    before: datetime
    is_told: bool


def can_extend(task: TaskRow, now: datetime) -> bool:
    """Whether its limit can be moved: it waits, has one, and its clock doesn't stand."""
    return task.state in WAITING and task.due_at is not None and task.kind != promised.KIND and not task.stands(now)


def promise_of(cur: Cursor, task: TaskRow) -> PromiseRow | None:
    """What the buyer was told of this task's time and is still waiting for."""
    return queries.owed_by(cur, task.shop_id, promised.kept_by(task), task.enrolment_id, task.id)


def extend(
    cur: Cursor, shop_id: int, task_id: int, due_at: datetime, reason: str, actor: Actor, now: datetime
) -> Extended:
    """Move the limit to `due_at`; `reason`: one of new_times.REASONS. The letter goes when it can't be taken back any more.

    Raises DeskError: not_found, finished, closed, paused, not_later (than now and the limit it has), reason_unknown.
    """
    found = locked(cur, shop_id, task_id)
    if found.state not in WAITING:
        raise DeskError(found.state)
    if not can_extend(found, now) or found.due_at is None:
        raise DeskError("paused" if found.stands(now) else "not_later")
    if reason not in new_times.REASONS:
        raise DeskError("reason_unknown")
    if due_at <= max(found.due_at, now):
        raise DeskError("not_later")
    cur.execute(_LIMIT, (due_at, now, 1, task_id))
    audit.write(
        cur, shop_id, actor, "task.extended", "task", task_id,
        before=found.due_at.isoformat(), due_at=due_at.isoformat(), reason=reason,
    )  # fmt: skip
    told: list[int] = []
    owed = promise_of(cur, found)
    if owed is not None and due_at > owed.due_at:
        (n,) = db.ids(cur, 1)
        new = promises.move(cur, shop_id, owed.id, due_at, f"{_KEY}{n}", actor, now)
        told = new_times.tell(cur, shop_id, [] if new is None else [new], now, reason=reason, after=UNDO)
        promised.close_needless(cur, shop_id, [found.person_id], now)
    return Extended(replace(found, due_at=due_at), found.due_at, bool(told))


def take_back(cur: Cursor, shop_id: int, task_id: int, before: datetime, actor: Actor, now: datetime) -> None:
    """The limit is `before` again, and what was promised stands as it stood.

    Raises DeskError: not_found, finished, closed, told (the buyer knows the new time already).
    """
    found = locked(cur, shop_id, task_id)
    if found.state not in WAITING:
        raise DeskError(found.state)
    new = promise_of(cur, found)
    if new is not None and new.follows_id is not None and new.due_at == found.due_at and new.due_at > before:
        if new.message_id is not None:
            if cur.execute(_LETTER_GONE, (new.message_id,)).fetchone():
                raise DeskError("told")
            outbox.cancel_messages(cur, shop_id, [new.message_id], "taken_back", now)
        cur.execute(_REOPEN, (new.follows_id,))
        cur.execute(_UNBANNER, (new.follows_id,))
        promises.move_back(cur, shop_id, new.id, actor, now)
    cur.execute(_LIMIT, (before, now, -1, task_id))
    audit.write(cur, shop_id, actor, "task.extend_undone", "task", task_id, due_at=before.isoformat())
