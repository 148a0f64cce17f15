"""What follows the outcome of a call that no scheme conducts: another try by the shop's plan, or the call that was agreed.

Writes tasks, and the promise that an operator has made by naming an hour. Schemes say themselves what follows theirs.
The caller holds the person's mailbox.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.desk.call_times import CallTimes, agreed_times, try_times
from regulars.desk.opening import NewTask, open_tasks
from regulars.desk.queries import TaskRow
from regulars.people import queries as people
from regulars.promises import actions as promises
from regulars.promises.actions import NewPromise
from regulars.rules.worktime import WorkTime
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings

__all__ = ["AGREED", "IN_VAIN", "follow", "is_own_call", "next_try"]

IN_VAIN = "no_answer"
AGREED = "not_today"
"""The outcome for which the operator names the hour of the next call."""
# The last of its calls that was no mere try: from there on the plan is counted, for somebody was reached, or rang himself.
_COUNTED_FROM = """
select attempt from desk_task where shop_id = %s and person_id = %s and enrolment_id is null and kind = 'call'
  and why_next <> 'retry' and id <= %s and call_id is not distinct from %s and order_id is not distinct from %s
order by id desc limit 1
"""


@dataclass(frozen=True, slots=True)
class _Made:
    """What the times of the next call are reckoned with."""

    shop: ShopSettings
    hours: WorkTime | None
    zone: str | None


def is_own_call(task: TaskRow) -> bool:
    """Whether the shop's plan conducts this call, and no scheme."""
    return task.kind == "call" and task.enrolment_id is None


def follow(cur: Cursor, done: TaskRow, actor: Actor, at: datetime) -> int | None:
    """Open what follows the outcome, which counts as of `at`; the new task's id."""
    if not is_own_call(done):
        return None
    if done.outcome in done.call_at_needed and done.call_at is not None:
        return _agreed(cur, done, max(done.call_at, at), actor, at)
    if done.outcome != IN_VAIN or done.banner is not None:  # he has been talked to meanwhile
        return None
    times = next_try(cur, done, at)
    return None if times is None else _open(cur, done, times, "retry", at)


def next_try(cur: Cursor, task: TaskRow, at: datetime) -> CallTimes | None:
    """When it is tried again if nobody answers at `at`; None when the plan has no more tries."""
    made = _made(cur, task)
    row = cur.execute(_COUNTED_FROM, (task.shop_id, task.person_id, task.id, task.call_id, task.order_id)).fetchone()
    tries = task.attempt - (row[0] if row else 1)
    if tries >= len(made.shop.retries):
        return None
    return try_times(made.shop, made.hours, made.zone, made.shop.retries[tries], at, _target(made.shop, task))


def _made(cur: Cursor, task: TaskRow) -> _Made:
    hours = shops.worktimes(cur, task.shop_id)
    card = people.card(cur, task.shop_id, task.person_id)
    return _Made(
        shops.settings_of(cur, task.shop_id),
        hours.get(task.team) or hours.get(shops.SHOP_TEAM),
        card.time_zone if card else None,
    )


def _target(shop: ShopSettings, task: TaskRow) -> timedelta:
    return shop.clocks["call" if task.call_id is None else "missed_call"].target


def _agreed(cur: Cursor, done: TaskRow, call_at: datetime, actor: Actor, at: datetime) -> int:
    made = _made(cur, done)
    times = agreed_times(made.hours, call_at, _target(made.shop, done))
    new = _open(cur, done, times, "asked", at)
    told = NewPromise(
        f"agreed:{done.id}", done.person_id, "call", times.due, False, done.order_id, None, None, new, done.team,
        times.begins,
    )  # fmt: skip
    promises.make(cur, done.shop_id, [told], actor, at)
    return new


def _open(cur: Cursor, done: TaskRow, times: CallTimes, why: str, at: datetime) -> int:
    task = NewTask(
        person_id=done.person_id,
        order_id=done.order_id,
        kind=done.kind,
        script=done.script,
        team=done.team,
        not_before=times.begins,
        target_at=times.target,
        due_at=times.due,
        outcomes=list(done.outcomes),
        call_at_needed=list(done.call_at_needed),
        why_next=why,
        attempt=done.attempt + 1,
        title=dict(done.title),
        call_id=done.call_id,
    )
    return open_tasks(cur, done.shop_id, [task], at)[0]
