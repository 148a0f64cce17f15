"""A promise is at risk: the buyer is warned by a letter, and the operators get a task. Writes, in the watch's transaction.

The ledger's own transition guards that it is done once. Whoever is being served at this moment is not bothered.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg

from regulars.base import db
from regulars.base.db import Cursor
from regulars.desk import actions as desk
from regulars.desk import promised
from regulars.outbox import actions as outbox
from regulars.outbox import new_times
from regulars.promises import actions as promises
from regulars.promises import watch
from regulars.promises.watch import AtRisk
from regulars.shop import queries as shops

__all__ = ["ANSWERS", "STILL_TRUE_FOR", "watch_once"]

STILL_TRUE_FOR = timedelta(hours=1)
"""So long after its time has passed a warning may still go; later nobody needs it."""
_SCRIPTS = {"delivery": "courier-trouble"}
_TITLES = {
    "call": {"en": "A promised call may be late", "ru": "Обещанный звонок под угрозой"},
    "ship": {"en": "A promised shipment may be late", "ru": "Обещанная отправка под угрозой"},
    "delivery": {"en": "A promised delivery may be late", "ru": "Обещанная доставка под угрозой"},
    "answer": {"en": "A promised answer may be late", "ru": "Обещанный ответ под угрозой"},
}
_AT_IT = """
select p.id from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[]) as p(id, enrolment_id, task_id, kind)
where exists (select 1 from desk_task t where t.state = 'claimed'
  and (t.id = p.task_id or t.promise_id = p.id or p.kind = 'call' and t.kind = 'call' and t.enrolment_id = p.enrolment_id))
"""
# A shop's own courier has it when it is shipped; a carrier says so when his courier leaves.
_WITH_COURIER = """
select o.id from orders_order o where o.id = any(%s) and (o.status = 'shipped' and o.data->'delivery'->>'method' = 'courier'
  and coalesce(o.data->'delivery'->>'carrier', '') = '')
union
select e.order_id from events_event e where e.order_id = any(%s) and e.kind = 'shipment.with_courier'
"""


class _Answers:
    """See promises/watch.py Answers."""

    def under_way(self, cur: Cursor, promises: Sequence[AtRisk]) -> set[int]:
        """A task that keeps it is in somebody's hands, or the courier has left."""
        columns = db.columns([(p.id, p.enrolment_id, p.task_id, p.kind) for p in promises], 4)
        found = {r[0] for r in cur.execute(_AT_IT, columns)}
        orders = [p.order_id for p in promises if p.kind == "delivery" and p.order_id is not None]
        if orders:
            on_the_way = {r[0] for r in cur.execute(_WITH_COURIER, (orders, orders))}
            found |= {p.id for p in promises if p.kind == "delivery" and p.order_id in on_the_way}
        return found

    def act(self, cur: Cursor, promises: Sequence[AtRisk], now: datetime) -> None:
        """Shop by shop."""
        by_shop: dict[int, list[AtRisk]] = {}
        for promise in promises:
            by_shop.setdefault(promise.shop_id, []).append(promise)
        for shop_id, group in by_shop.items():
            _warn(cur, shop_id, group, now)
            _ask_for_work(cur, shop_id, group, now)


ANSWERS = _Answers()


def watch_once(raw: "psycopg.Connection[Any]") -> int:
    """The watch with what follows from it; how many promises were looked at."""
    return watch.watch_once(raw, ANSWERS)


def _warn(cur: Cursor, shop_id: int, at_risk: Sequence[AtRisk], now: datetime) -> None:
    letters = [
        outbox.NewMessage(
            person_id=p.person_id,
            order_id=p.order_id,
            enrolment_id=p.enrolment_id,
            purpose="service",
            by=new_times.BY,
            content={"template": f"promise-{p.kind}-late", "drop_at": (p.due_at + STILL_TRUE_FOR).isoformat()},
            meant_at=now,
            part="warning",
        )
        for p in at_risk
    ]
    ids = outbox.queue_messages(cur, shop_id, letters, now)
    promises.warning_queued(cur, dict(zip((p.id for p in at_risk), ids, strict=True)))


def _ask_for_work(cur: Cursor, shop_id: int, at_risk: Sequence[AtRisk], now: datetime) -> None:
    teams = shops.team_keys(cur, shop_id)
    own = shops.settings_of(cur, shop_id).promise_team
    others = own if own in teams else next((t.key for t in shops.teams(cur, shop_id)), shops.SHOP_TEAM)
    tasks = [
        desk.NewTask(
            person_id=p.person_id,
            order_id=p.order_id,
            kind=promised.KIND,
            script=_SCRIPTS.get(p.kind),
            team=p.team if p.team in teams else others,
            not_before=now,
            target_at=p.due_at,
            due_at=p.due_at,
            outcomes=list(promised.OUTCOMES.get(p.kind, promised.OUTCOMES["ship"])),
            call_at_needed=[promised.MOVED],
            why_next=promised.KIND,
            promise_id=p.id,
            title=_TITLES.get(p.kind, {}),
        )
        for p in at_risk
    ]
    desk.open_tasks(cur, shop_id, tasks, now)
