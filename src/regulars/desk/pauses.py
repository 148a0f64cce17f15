"""A task's clock is stopped in one of the shop's waiting states, and goes on. Writes; the rest of a task's life is actions.py's.

A pause always has its end: `not_before` is then, and target and limit are at once what they will be, so that nothing has
to sweep. The task stays with its owner. What the buyer was promised stays as it was told.
"""

from datetime import datetime
from typing import Any

from regulars.base import audit
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.core.pauses import Left, gone_on, left_of, longest_end
from regulars.desk.actions import UNDO, DeskError, locked, task_event
from regulars.desk.queries import WAITING, TaskRow, task
from regulars.events.actions import record
from regulars.people import queries as people
from regulars.rules.whose_day import first_call
from regulars.rules.worktime import NoWorkingTime, WorkTime
from regulars.shop import queries as shops
from regulars.shop.clocks import WaitingState
from regulars.shop.settings import ShopSettings

__all__ = ["NOTE_LONGEST", "pause", "pause_end", "resume", "undo_pause"]

NOTE_LONGEST = 500
CALLS = ("call", "missed_call")
"""Kinds for which the buyer is rung up, so that it must be day there when they go on."""


def pause(
    cur: Cursor, shop_id: int, task_id: int, state: str, actor: Actor, now: datetime, *, note: str = ""
) -> TaskRow:
    """Stop the clock of a task that is open or one's own; the same state again changes nothing. Records task.paused.

    Raises DeskError: not_found, taken, finished, closed, state_unknown, paused (in another state).
    """
    found = _waiting(cur, shop_id, task_id, actor)
    shop = shops.own_settings(cur, shop_id)
    chosen = next((s for s in shop.waiting_states if s.key == state), None)
    if chosen is None:
        raise DeskError("state_unknown", state=state, known=[s.key for s in shop.waiting_states])
    if found.stands(now):
        if found.pause == state:
            return found
        raise DeskError("paused", state=found.pause)
    hours = _hours(cur, found)
    left = left_of(hours, max(now, found.not_before), found.target_at, found.due_at)
    ends = pause_end(cur, shop, found, chosen, now)
    target, due = gone_on(hours, ends, left)
    cur.execute(
        "update desk_task set pause = %(state)s, pause_note = %(note)s, paused_at = %(now)s, left_target = %(left)s,"
        " left_limit = %(most)s, was_not_before = not_before, was_target_at = target_at, was_due_at = due_at,"
        " not_before = %(ends)s, target_at = %(target)s, due_at = %(due)s,"
        " escalate_at = case when escalate_at is not null then %(ends)s::timestamptz end where id = %(id)s",
        {
            "state": state, "note": note[:NOTE_LONGEST], "now": now, "left": left.target, "most": left.limit, "ends": ends,
            "target": target, "due": due, "id": task_id,
        },
    )  # fmt: skip
    _note(cur, found, "task.paused", actor, now, state=state, until=ends.isoformat())
    return task(cur, shop_id, task_id) or found


def resume(cur: Cursor, shop_id: int, task_id: int, actor: Actor, now: datetime) -> TaskRow:
    """Let the clock go on before the pause ends, with what was left of it. Records task.resumed.

    Raises DeskError: not_found, taken, finished, closed, not_paused.
    """
    found = _waiting(cur, shop_id, task_id, actor)
    if not found.stands(now):
        raise DeskError("not_paused")
    shop, hours = shops.own_settings(cur, shop_id), _hours(cur, found)
    begins = max(_may_begin(cur, shop, found, hours, now), found.was_not_before or now)
    target, due = gone_on(hours, begins, Left(found.left_target, found.left_limit))
    _go_on(cur, found, begins, target, due)
    _note(cur, found, "task.resumed", actor, now, state=found.pause)
    return task(cur, shop_id, task_id) or found


def undo_pause(cur: Cursor, shop_id: int, task_id: int, actor: Actor, now: datetime) -> TaskRow:
    """Within a minute: as if the clock had never stood. Records task.resumed.

    Raises DeskError: not_found, taken, finished, closed, not_paused, too_late.
    """
    found = _waiting(cur, shop_id, task_id, actor)
    if not found.stands(now) or found.paused_at is None or found.was_not_before is None:
        raise DeskError("not_paused")
    if now > found.paused_at + UNDO:
        raise DeskError("too_late")
    _go_on(cur, found, found.was_not_before, found.was_target_at, found.was_due_at)
    cur.execute(
        "update desk_task set paused_at = null, left_target = null, left_limit = null, was_not_before = null,"
        " was_target_at = null, was_due_at = null where id = %s",
        (task_id,),
    )
    _note(cur, found, "task.resumed", actor, now, state=found.pause, undone=True)
    return task(cur, shop_id, task_id) or found


def pause_end(cur: Cursor, shop: ShopSettings, found: TaskRow, state: WaitingState, now: datetime) -> datetime:
    """When a pause in that state, begun now, ends by itself; never before the task could be done anyway."""
    hours = _hours(cur, found)
    ends = _may_begin(cur, shop, found, hours, longest_end(hours, now, state.longest))
    return max(ends, found.not_before)


def _may_begin(cur: Cursor, shop: ShopSettings, found: TaskRow, hours: WorkTime | None, moment: datetime) -> datetime:
    """The first moment at which it can be done: somebody works and, for a call, it is day at the buyer's."""
    if hours is None:
        return moment
    try:
        if found.kind not in CALLS:
            return hours.next_start(moment)
        person = people.card(cur, shop.id, found.person_id)
        return first_call(moment, hours, shop.zones_of(person.time_zone if person else None), shop.day)
    except NoWorkingTime:
        return moment


def _hours(cur: Cursor, found: TaskRow) -> WorkTime | None:
    known = shops.worktimes(cur, found.shop_id)
    return known.get(found.team) or known.get(shops.SHOP_TEAM)


def _waiting(cur: Cursor, shop_id: int, task_id: int, actor: Actor) -> TaskRow:
    found = locked(cur, shop_id, task_id)
    if found.state not in WAITING:
        raise DeskError(found.state, outcome=found.outcome, by=found.finished_by)
    if found.state == "claimed" and found.claimed_by != str(actor):
        raise DeskError("taken", by=found.claimed_by)
    return found


def _go_on(cur: Cursor, found: TaskRow, begins: datetime, target: datetime | None, due: datetime | None) -> None:
    cur.execute(
        "update desk_task set pause = null, pause_note = '', not_before = %(begins)s, target_at = %(target)s,"
        " due_at = %(due)s, escalate_at = case when escalate_at is not null then %(begins)s::timestamptz end"
        " where id = %(id)s",
        {"begins": begins, "target": target, "due": due, "id": found.id},
    )


def _note(cur: Cursor, found: TaskRow, kind: str, actor: Actor, now: datetime, **data: Any) -> None:
    record(cur, found.shop_id, [task_event(found, kind, actor, now, **data)], now)
    audit.write(cur, found.shop_id, actor, kind, "task", found.id, **data)
