"""Tasks go back to the queue when whoever has them leaves, falls silent, or stays too long on a break.

A loop calls `return_once`; no browser need be there. What he had begun to write is kept for whoever takes the task next,
and the leads are told. Coming back before it is done keeps the tasks (staff/shifts.py).
"""

from datetime import datetime
from typing import Any

import psycopg

from regulars.base import clock, db
from regulars.base.actor import SYSTEM, Actor
from regulars.base.db import Cursor
from regulars.desk.actions import give_back
from regulars.desk.queries import COLUMNS, TaskRow
from regulars.staff import notices, presence, shifts
from regulars.staff.notices import NewNotice

__all__ = ["next_return", "return_once"]

_DUE = (
    "select id, shop_id, account_id, returns_why from staff_shift where returns_at <= %s order by returns_at limit %s"
)
_HELD = (
    "select person_id from events_mailbox where person_id in (select person_id from desk_task"
    " where shop_id = %s and state = 'claimed' and claimed_by = %s) order by person_id for update skip locked"
)


def return_once(raw: "psycopg.Connection[Any]", limit: int = 20) -> int:
    """See who has fallen silent, and give back what is due; how many shifts and tasks changed. Busy persons wait."""
    with db.transaction_on(raw) as cur:
        now = clock.now_from(cur)
        changed = shifts.mark_silent(cur, now)
        due = cur.execute(_DUE, (now, limit)).fetchall()
    for shift_id, shop_id, account_id, why in due:
        with db.transaction_on(raw) as cur:
            changed += _return(cur, shop_id, shift_id, account_id, why, now)
    return changed


def _return(cur: Cursor, shop_id: int, shift_id: int, account_id: int, why: str, now: datetime) -> int:
    """The tasks of one person, in one transaction."""
    actor = str(Actor("staff", account_id))
    held = {r[0] for r in cur.execute(_HELD, (shop_id, actor))}
    still = cur.execute("select 1 from staff_shift where id = %s and returns_at <= %s for update", (shift_id, now))
    if still.fetchone() is None:  # he is back
        return 0
    rows = cur.execute(
        f"select {COLUMNS} from desk_task where shop_id = %s and state = 'claimed' and claimed_by = %s"  # noqa: S608
        " order by id",
        (shop_id, actor),
    )
    tasks = [TaskRow(*r) for r in rows]
    back = [t for t in tasks if t.person_id in held]
    for task in back:
        give_back(cur, task, SYSTEM, now, why)
    if len(back) == len(tasks):
        shifts.mark_returned(cur, [shift_id])
    notices.tell(
        cur,
        shop_id,
        [
            NewNotice(
                lead, "task_returned", f"returned:{shift_id}:{task.id}:{now.timestamp():.0f}", f"task:{task.id}",
                params={"who": str(account_id), "why": why},
            )
            for lead in presence.leads(cur, shop_id)
            if lead != account_id
            for task in back
        ],
        now,
    )  # fmt: skip
    return len(back) + (len(back) == len(tasks))


def next_return(cur: Cursor) -> datetime | None:
    """Business time at which tasks are next to be given back; silence is looked for all the time."""
    row = cur.execute("select min(returns_at) from staff_shift where returns_at is not null").fetchone()
    return row[0] if row else None
