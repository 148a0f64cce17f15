"""Calls for many orders at once, made by a person, and called off again. Writes; the rest of a task's life is actions.py's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.base import audit
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.desk.call_times import call_times
from regulars.desk.following import AGREED, IN_VAIN
from regulars.desk.opening import NewTask, open_tasks
from regulars.events.actions import NewEvent, lock_mailboxes, record
from regulars.people import queries as people
from regulars.people.queries import canonical
from regulars.rules.worktime import WorkTime
from regulars.shop.queries import worktimes
from regulars.shop.settings import ShopSettings

__all__ = ["Made", "call_off", "make_calls"]

SCRIPT = "confirm-order"
OUTCOMES = ["confirmed", "will_pay", AGREED, IN_VAIN, "refused"]
"""What follows two of them is the shop's plan: desk/following.py."""


@dataclass(frozen=True, slots=True)
class Made:
    """`skipped`: orders that have a call waiting already, or nobody to call."""

    task_ids: list[int]
    skipped: int


def make_calls(
    cur: Cursor, shop: ShopSettings, order_ids: Sequence[int], team: str, actor: Actor, now: datetime
) -> Made:
    """A call for each of these orders of the shop that has none waiting; records task.opened, and one audit row.

    Each begins when the team works and the buyer may be called.
    """
    wanted = sorted(set(order_ids))
    rows = cur.execute(
        "select o.id, o.person_id from orders_order o where o.shop_id = %s and o.id = any(%s) and o.person_id is not null"
        " and not exists (select 1 from desk_task t where t.order_id = o.id and t.kind = 'call'"
        " and t.state in ('open', 'claimed')) order by o.placed_at, o.id",
        (shop.id, wanted),
    ).fetchall()
    who = canonical(cur, shop.id, [person for _, person in rows])
    lock_mailboxes(cur, who.values())
    zones = {i: card.time_zone for i, card in people.cards(cur, shop.id, list(who.values())).items()}
    hours = worktimes(cur, shop.id)
    worktime = hours.get(team) or hours.get("shop")
    new = [_task(who[p], o, team, worktime, zones.get(who[p]), shop, now) for o, p in rows if p in who]
    made = open_tasks(cur, shop.id, new, now)
    audit.write(
        cur, shop.id, actor, "calls.made", "order", None, count=len(made), team=team, tasks=[str(i) for i in made]
    )
    return Made(made, len(wanted) - len(made))


def _task(
    person_id: int,
    order_id: int,
    team: str,
    worktime: WorkTime | None,
    zone: str | None,
    shop: ShopSettings,
    now: datetime,
) -> NewTask:
    hoped, most, _team = shop.clocks["call"]
    begins, target, due = call_times(shop, worktime, zone, now, hoped, most)
    return NewTask(
        person_id=person_id,
        order_id=order_id,
        kind="call",
        script=SCRIPT,
        team=team,
        not_before=begins,
        target_at=target,
        due_at=due,
        outcomes=list(OUTCOMES),
        call_at_needed=[AGREED],
    )


def call_off(cur: Cursor, shop_id: int, task_ids: Sequence[int], actor: Actor, now: datetime) -> int:
    """Undo: those of these tasks that nobody has taken are closed; how many. Records task.closed."""
    rows = cur.execute(
        "select id, person_id from desk_task where shop_id = %s and id = any(%s) and state = 'open'",
        (shop_id, list(task_ids)),
    ).fetchall()
    lock_mailboxes(cur, [person for _, person in rows])
    closed = cur.execute(
        "update desk_task set state = 'closed', finished_at = %s, finished_by = %s where shop_id = %s and id = any(%s)"
        " and state = 'open' returning id, person_id, order_id",
        (now, str(actor), shop_id, [i for i, _ in rows]),
    ).fetchall()
    record(
        cur,
        shop_id,
        [
            NewEvent(
                "task.closed", now, True, p, o, {"task_id": str(i), "kind": "call", "reason": "called_off"}, str(actor)
            )
            for i, p, o in closed
        ],
        now,
    )
    audit.write(cur, shop_id, actor, "calls.called_off", "order", None, count=len(closed))
    return len(closed)
