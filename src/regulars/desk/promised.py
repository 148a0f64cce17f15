"""What a task's outcome does to promises, and what a promise's end does to the tasks about it. Writes.

A scheme's call keeps what it promised beside it, its other tasks its answers, any task what was made to be kept by it.
A task about a promise in danger says of that one what becomes of it. The caller holds the person's mailbox.
"""

from collections.abc import Sequence
from datetime import datetime

from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.desk.queries import TaskRow
from regulars.events.actions import NewEvent, record
from regulars.outbox import new_times
from regulars.promises import actions as promises

__all__ = ["KEPT", "KIND", "MOVED", "OUTCOMES", "close_needless", "count", "hold", "kept_by"]

KIND = "promise"
KEPT, MOVED = "kept", "moved"
OUTCOMES = {
    "call": (KEPT, MOVED, "no_hands", "no_contact"),
    "ship": (KEPT, MOVED, "no_goods", "no_hands"),
    "delivery": (KEPT, MOVED, "carrier_late", "no_goods"),
    "answer": (KEPT, MOVED, "no_hands", "not_known"),
}
"""By kind of promise: done now, another time agreed, and the reasons for which it will be broken."""


def hold(cur: Cursor, done: TaskRow, is_held: bool) -> None:
    """An outcome was given that may be taken back, or was taken back: until it counts, the watch looks away."""
    about = [done.promise_id] if done.kind == KIND and done.promise_id is not None else []
    promises.hold(
        cur, done.shop_id, _enrolment(done), is_held, kinds=[kept_by(done)], task_ids=[done.id], promise_ids=about
    )


def count(cur: Cursor, done: TaskRow, actor: Actor, at: datetime) -> None:
    """The outcome counts, as of `at`, when it was given."""
    shop_id = done.shop_id
    if done.kind == KIND and done.promise_id is not None:
        _settle(cur, done, done.promise_id, actor, at)
    enrolment = _enrolment(done)
    promises.keep(
        cur, shop_id, actor, at, kinds=[kept_by(done)], task_ids=[done.id],
        enrolment_ids=[] if enrolment is None else [enrolment],
    )  # fmt: skip
    close_needless(cur, shop_id, [done.person_id], at)


def _enrolment(done: TaskRow) -> int | None:
    """Whose promises it keeps; a task about a promise in danger keeps no other."""
    return None if done.kind == KIND else done.enrolment_id


def kept_by(done: TaskRow) -> str:
    """What the scheme has promised beside such a task."""
    return "call" if done.kind == "call" else "answer"


def _settle(cur: Cursor, done: TaskRow, promise_id: int, actor: Actor, at: datetime) -> None:
    if done.outcome == KEPT:
        promises.keep(cur, done.shop_id, actor, at, promise_ids=[promise_id])
    elif done.outcome == MOVED and done.call_at is not None:
        new = promises.move(cur, done.shop_id, promise_id, done.call_at, f"moved:{done.id}", actor, at)
        new_times.tell(cur, done.shop_id, [] if new is None else [new], at)
    elif done.outcome is not None:
        promises.give_reason(cur, done.shop_id, promise_id, done.outcome)


def close_needless(cur: Cursor, shop_id: int, person_ids: Sequence[int], now: datetime) -> int:
    """Tasks about promises that are kept or void are needed no longer: unclaimed ones close, claimed ones get a banner.

    A broken one keeps its task until what was promised is done: somebody must still speak to the buyer. How many closed.
    """
    about = (
        "from promises_promise p where p.id = t.promise_id and (p.state in ('kept', 'void') or p.reason = 'done_late')"
        " and t.shop_id = %s"
        " and t.person_id = any(%s) and t.kind = 'promise'"
    )
    closed = cur.execute(
        f"update desk_task t set state = 'closed', finished_at = %s {about} and t.state = 'open'"  # noqa: S608
        " returning t.id, t.person_id, t.order_id",
        (now, shop_id, list(person_ids)),
    ).fetchall()
    cur.execute(
        f"update desk_task t set banner = 'settled' {about} and t.state = 'claimed'",  # noqa: S608
        (shop_id, list(person_ids)),
    )
    events = [
        NewEvent("task.closed", now, True, p, o, {"task_id": str(i), "kind": KIND, "reason": "settled"})
        for i, p, o in sorted(closed)
    ]
    record(cur, shop_id, events, now)
    return len(closed)
