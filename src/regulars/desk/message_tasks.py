"""Tasks about what a buyer has written: one open task a thread, with a reaction clock of its own.

Writes: opens the task at the first message that waits; further ones join it, and the clock stays that of the first. The
caller holds the person's mailbox.
"""

from datetime import datetime, timedelta

from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.desk.actions import NewTask, count, open_tasks
from regulars.desk.queries import task
from regulars.desk.routing import Work, route
from regulars.people import queries as people
from regulars.rules.worktime import NoWorkingTime, WorkTime
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings
from regulars.staff import notices, presence
from regulars.staff.notices import NewNotice

__all__ = ["ANSWERED", "KIND", "OUTCOMES", "begin", "team_of", "tell", "wait_for_answer", "waiting_task"]

KIND = "message"
TOLD = "message_received"
ANSWERED = "answered"
OUTCOMES = [ANSWERED, "no_reply_needed", "case"]


def team_of(cur: Cursor, shop: ShopSettings, person_id: int, order_id: int | None, now: datetime) -> str:
    """Who answers him: whom the routing rules name, else the team of the clock; where that is gone, the first one."""
    teams, own = shops.team_keys(cur, shop.id), shop.clocks[KIND].team
    team = own if own in teams or not teams else teams[0]
    (card,) = people.cards(cur, shop.id, [person_id]).values()
    what = KIND if card.customer_since else "lead"
    return route(cur, shop.id, [Work(what, person_id, team, order_id, KIND)], now)[0]


def waiting_task(cur: Cursor, shop_id: int, thread_id: int) -> int | None:
    """The task of a thread that is open or in somebody's hands."""
    row = cur.execute(
        "select id from desk_task where shop_id = %s and thread_id = %s and kind = 'message'"
        " and state in ('open', 'claimed') order by id limit 1",
        (shop_id, thread_id),
    ).fetchone()
    return None if row is None else int(row[0])


def wait_for_answer(
    cur: Cursor, shop: ShopSettings, thread_id: int, person_id: int, order_id: int | None, team: str, now: datetime
) -> int:
    """Somebody has written: the task that will answer him, a new one unless one waits already."""
    known = waiting_task(cur, shop.id, thread_id)
    if known is not None:
        return known
    _settle_answer(cur, shop.id, thread_id, now)
    return begin(cur, shop, thread_id, person_id, order_id, team, now)


def begin(
    cur: Cursor, shop: ShopSettings, thread_id: int, person_id: int, order_id: int | None, team: str, now: datetime
) -> int:
    """Open a thread's task, its clock beginning now."""
    hours, clock = shops.worktimes(cur, shop.id), shop.clocks[KIND]
    worktime = hours.get(team) or hours[shops.SHOP_TEAM]
    due_at = _after(worktime, now, clock.limit)
    new = NewTask(
        person_id=person_id,
        order_id=order_id,
        kind=KIND,
        script=None,
        team=team,
        not_before=now,
        target_at=min(due_at, _after(worktime, now, clock.target)),
        due_at=due_at,
        outcomes=list(OUTCOMES),
        call_at_needed=[],
        why_next=KIND,
        thread_id=thread_id,
    )
    (task_id,) = open_tasks(cur, shop.id, [new], now)
    return task_id


def tell(cur: Cursor, shop_id: int, task_id: int, message_id: int, now: datetime) -> None:
    """Tell of a message: whoever answers this buyer of each, the others of the team once, as the task comes up."""
    found = task(cur, shop_id, task_id)
    assert found is not None
    holder = Actor.read(found.claimed_by).id if found.state == "claimed" and found.claimed_by else None
    if holder is not None:
        whom, key = [holder], f"{TOLD}:{message_id}"
    else:
        whom, key = presence.available(cur, shop_id, found.team, now), f"{TOLD}:task:{task_id}"
    subject, params = f"thread:{found.thread_id}", {"task_id": str(task_id)}
    told = [NewNotice(account, TOLD, key, subject, params=params) for account in whom]
    notices.tell(cur, shop_id, told, now)


def _after(worktime: WorkTime, now: datetime, working: timedelta) -> datetime:
    try:
        return worktime.add(now, working)
    except NoWorkingTime:  # a calendar without hours: the clock runs as on the wall
        return now + working


def _settle_answer(cur: Cursor, shop_id: int, thread_id: int, now: datetime) -> None:
    """An answer that could still be taken back counts: what comes after it is for a task of its own."""
    rows = cur.execute(
        "update desk_task set settles_at = null where shop_id = %s and thread_id = %s and settles_at is not null"
        " returning id, event_id",
        (shop_id, thread_id),
    ).fetchall()
    for task_id, event_id in rows:
        done = task(cur, shop_id, task_id)
        assert done is not None
        count(cur, done, event_id, now)
