"""What a lead does with others' tasks: gives one to somebody, takes it back, gives tasks to another team, calls in. Writes.

Each deed is in the audit, and who is concerned is told. Lock order as everywhere: persons' mailboxes, then tasks.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from regulars.base import audit
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.desk.actions import DeskError, give_back, locked
from regulars.desk.queries import TaskRow, task, tasks_by_id
from regulars.events.actions import NewEvent, lock_mailboxes, record
from regulars.shop.queries import team_keys
from regulars.staff import notices, presence
from regulars.staff.notices import NewNotice

__all__ = ["call_in", "give", "move", "take_back"]

ASKED_FOR = timedelta(hours=1)


def give(cur: Cursor, shop_id: int, task_id: int, account_id: int, actor: Actor, now: datetime) -> TaskRow:
    """Put a task into somebody's hands, whoever has it now.

    Raises DeskError: not_found, finished, closed, not_on_shift.
    """
    found = locked(cur, shop_id, task_id)
    if found.state not in ("open", "claimed"):
        raise DeskError(found.state)
    if account_id not in {p.account_id for p in presence.on_shift(cur, shop_id)}:
        raise DeskError("not_on_shift")
    to = str(Actor("staff", account_id))
    if found.claimed_by == to:
        return found
    cur.execute(
        "update desk_task set state = 'claimed', claimed_by = %s, claimed_at = %s where id = %s", (to, now, task_id)
    )
    data = {"task_id": str(task_id), "kind": found.kind, "team": found.team, "given_by": str(actor)}
    record(cur, shop_id, [NewEvent("task.claimed", now, True, found.person_id, found.order_id, data, to)], now)
    audit.write(cur, shop_id, actor, "task.given", "task", task_id, to=to, before=found.claimed_by)
    key = f"given:{task_id}:{now:%Y%m%dT%H%M%S%f}"
    notices.tell(cur, shop_id, [NewNotice(account_id, "task_given", key, f"task:{task_id}")], now)
    return task(cur, shop_id, task_id) or found


def take_back(cur: Cursor, shop_id: int, task_id: int, actor: Actor, now: datetime) -> TaskRow:
    """Take a task out of somebody's hands, back to the queue; he is told.

    Raises DeskError: not_found, not_claimed.
    """
    found = locked(cur, shop_id, task_id)
    if found.state != "claimed":
        raise DeskError("not_claimed")
    give_back(cur, found, actor, now, "taken_back")
    audit.write(cur, shop_id, actor, "task.taken_back", "task", task_id, before=found.claimed_by)
    holder = Actor.read(found.claimed_by or "system")
    if holder.kind == "staff" and holder.id is not None and holder != actor:
        key = f"taken_back:{task_id}:{now:%Y%m%dT%H%M%S%f}"
        notices.tell(cur, shop_id, [NewNotice(holder.id, "task_returned", key, f"task:{task_id}")], now)
    return found


def move(cur: Cursor, shop_id: int, task_ids: Sequence[int], team: str, actor: Actor, now: datetime) -> list[TaskRow]:
    """Give open tasks to another team; as they were before. Their limits stay.

    Raises DeskError: team_unknown.
    """
    if team not in team_keys(cur, shop_id):
        raise DeskError("team_unknown")
    persons = {t.person_id for t in tasks_by_id(cur, shop_id, task_ids).values()}
    lock_mailboxes(cur, sorted(persons))
    cur.execute(
        "select 1 from desk_task where shop_id = %s and id = any(%s) order by id for update", (shop_id, list(task_ids))
    )
    found = [
        t for t in tasks_by_id(cur, shop_id, task_ids).values() if t.state in ("open", "claimed") and t.team != team
    ]
    if found:
        cur.execute(
            "update desk_task set team = %s, escalate_at = %s where id = any(%s)", (team, now, [t.id for t in found])
        )
    for one in found:
        audit.write(cur, shop_id, actor, "task.moved", "task", one.id, before=one.team, team=team)
    return found


def call_in(cur: Cursor, shop_id: int, account_id: int, actor: Actor, now: datetime, late: int) -> bool:
    """Ask somebody to come to the desk, by all his ways; False when he was asked within the hour already."""
    key = f"called_in:{account_id}:{now:%Y%m%dT%H}"
    new = NewNotice(account_id, "called_in", key, "", True, ASKED_FOR, {"count": late})
    told = notices.tell(cur, shop_id, [new], now)
    if told:
        audit.write(cur, shop_id, actor, "staff.called_in", "account", account_id, late=late)
    return bool(told)
