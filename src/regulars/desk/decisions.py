"""Where the shop changed what the desk had changed, too: somebody is asked to decide. Writes.

Called in the transaction in which the conflict was seen, so that none is ever without its task.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from regulars.base.db import Cursor
from regulars.desk.opening import NewTask, open_tasks
from regulars.orders import edits
from regulars.orders.edits import ChangeRow
from regulars.rules.worktime import NoWorkingTime
from regulars.shop import queries as shops

__all__ = ["DECISION", "open_decisions"]

DECISION = "decision"
"""The kind of the task."""
TARGET, LIMIT = timedelta(minutes=30), timedelta(hours=2)


def open_decisions(cur: Cursor, shop_id: int, person_ids: Iterable[int], now: datetime) -> list[int]:
    """A task for each order of these persons (whose mailboxes the caller holds) on which the shop decided otherwise."""
    found = edits.undecided(cur, shop_id, person_ids)
    by_order: dict[int, list[ChangeRow]] = {}
    for change in found:
        by_order.setdefault(change.order_id, []).append(change)
    opened = []
    for order_id, changes in by_order.items():
        (task_id,) = open_tasks(cur, shop_id, [_task(cur, shop_id, order_id, changes[0], now)], now)
        edits.to_be_decided(cur, shop_id, [c.id for c in changes], task_id)
        opened.append(task_id)
    return opened


def _task(cur: Cursor, shop_id: int, order_id: int, change: ChangeRow, now: datetime) -> NewTask:
    assert change.person_id is not None  # it was found by him
    row = cur.execute(
        "select team from desk_task where shop_id = %s and order_id = %s order by id desc limit 1", (shop_id, order_id)
    ).fetchone()
    team = row[0] if row else next(iter(shops.team_keys(cur, shop_id)), shops.SHOP_TEAM)
    hours = shops.worktimes(cur, shop_id)
    worktime = hours.get(team) or hours.get(shops.SHOP_TEAM)
    target, due = now + TARGET, now + LIMIT
    if worktime is not None:
        try:
            target, due = worktime.add(now, TARGET), worktime.add(now, LIMIT)
        except NoWorkingTime:  # a team without hours is asked at once
            target, due = now + TARGET, now + LIMIT
    return NewTask(
        person_id=change.person_id,
        order_id=order_id,
        kind=DECISION,
        script=None,
        team=team,
        not_before=now,
        target_at=target,
        due_at=due,
        outcomes=["done"],
        call_at_needed=[],
    )
