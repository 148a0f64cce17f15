"""Promises that somebody of the staff makes in a talk, with the task that keeps them, and taking one back. Writes."""

from dataclasses import dataclass
from datetime import datetime

from regulars.base import audit
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.desk.following import AGREED, IN_VAIN
from regulars.desk.opening import NewTask, open_tasks
from regulars.desk.promised import close_needless
from regulars.events.actions import lock_mailboxes
from regulars.promises import actions as promises
from regulars.promises import queries
from regulars.promises.actions import NewPromise

__all__ = ["TASKS", "HandMade", "promise", "withdraw"]

TASKS = {
    "call": ("call", "confirm-order", ["confirmed", AGREED, IN_VAIN, "refused"], {}),
    "answer": (
        "task",
        None,
        ["done"],
        {"en": "Answer the buyer, as promised", "ru": "Ответить покупателю, как обещали"},
    ),
}
"""What is opened so that somebody keeps it: kind, script, outcomes and title of the task. The shop's own work keeps the rest."""


@dataclass(frozen=True, slots=True)
class HandMade:
    """`key`: of the form that it was made by, so that pressed twice it is made once. `window_from`: from when, of a window."""

    key: str
    person_id: int
    order_id: int | None
    kind: str
    due_at: datetime
    window_from: datetime | None
    team: str


def promise(cur: Cursor, shop_id: int, wanted: HandMade, actor: Actor, now: datetime) -> int:
    """Enter what the buyer has been told by word of mouth; the promise's id."""
    lock_mailboxes(cur, [wanted.person_id])
    key = f"hand:{actor}:{wanted.key}"
    known = queries.by_key(cur, shop_id, key)
    if known is not None:
        return known
    task_id = _task(cur, shop_id, wanted, now)
    (promise_id,) = promises.make(
        cur,
        shop_id,
        [
            NewPromise(
                key, wanted.person_id, wanted.kind, wanted.due_at, False, wanted.order_id, None, None, task_id,
                wanted.team, wanted.window_from, wanted.window_from,
            )
        ],
        actor,
        now,
    )  # fmt: skip
    audit.write(cur, shop_id, actor, "promise.made", "promise", promise_id, kind=wanted.kind)
    return promise_id


def _task(cur: Cursor, shop_id: int, wanted: HandMade, now: datetime) -> int | None:
    if wanted.kind not in TASKS:
        return None
    kind, script, outcomes, title = TASKS[wanted.kind]
    task = NewTask(
        person_id=wanted.person_id,
        order_id=wanted.order_id,
        kind=kind,
        script=script,
        team=wanted.team,
        not_before=max(now, wanted.window_from or now),
        target_at=wanted.due_at,
        due_at=wanted.due_at,
        outcomes=list(outcomes),
        call_at_needed=[AGREED] if kind == "call" else [],
        why_next="asked" if kind == "call" else "fresh",
        title=dict(title),
    )
    return open_tasks(cur, shop_id, [task], now)[0]


def withdraw(cur: Cursor, shop_id: int, promise_id: int, actor: Actor, now: datetime) -> bool:
    """Take back one that was made by mistake, with its task unless somebody has that; False when it can't be any more."""
    found = queries.one(cur, shop_id, promise_id)
    if found is None:
        return False
    lock_mailboxes(cur, [found.person_id])
    if not promises.withdraw(cur, shop_id, promise_id, actor, now):
        return False
    if found.task_id is not None:
        cur.execute(
            "update desk_task set state = 'closed', finished_at = %s where shop_id = %s and id = %s and state = 'open'",
            (now, shop_id, found.task_id),
        )
    close_needless(cur, shop_id, [found.person_id], now)
    audit.write(cur, shop_id, actor, "promise.withdrawn", "promise", promise_id)
    return True
