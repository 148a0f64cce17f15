"""The watch over promises: at risk a while before they break, broken when their time has passed. Writes.

A loop calls `watch_once`; `next_watch` says when there will be something to do. Set-based, and it leaves persons whom
somebody else holds for the next round. What follows for buyer and operator is the `Answers`' matter, in the same
transaction: the ledger lies below them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import psycopg

from regulars.base import clock, db
from regulars.base.actor import SYSTEM
from regulars.base.db import Cursor
from regulars.base.failpoints import hit
from regulars.promises.actions import BACK, record_change
from regulars.staff import presence

__all__ = ["Answers", "AtRisk", "next_watch", "watch_once"]

# A promise whose work somebody is at is looked at again when half of the time that is left has gone, as long as it is more.
_LAST_LOOK = timedelta(minutes=1)
_DUE = """
select id, person_id from (
  (select id, person_id, warn_at as at from promises_promise
   where state = 'open' and risk_at is null and not held and warn_at <= %(now)s order by warn_at limit %(limit)s)
  union all
  (select id, person_id, due_at as at from promises_promise
   where state in ('open', 'warned') and not held and due_at < %(now)s order by due_at limit %(limit)s)
) due order by at limit %(limit)s
"""
_LOST = """
select id, shop_id, kind, team, order_id from promises_promise
where id = any(%(ids)s) and state in ('open', 'warned') and not held and due_at < %(now)s
"""
_BREAK = f"""
update promises_promise p set state = 'broken', closed_at = %s, reason = coalesce(p.reason, n.r)
from unnest(%s::bigint[], %s::text[]) as n(i, r) where p.id = n.i returning {BACK}
"""  # noqa: S608 - our own column names
_RISKY = """
select id, shop_id, person_id, order_id, enrolment_id, task_id, kind, team, due_at, window_from from promises_promise
where id = any(%(ids)s) and state = 'open' and risk_at is null and not held and warn_at <= %(now)s and due_at >= %(now)s
order by id
"""
_AT_RISK = f"update promises_promise p set risk_at = %s where id = any(%s) returning {BACK}"  # noqa: S608 - our own
_PUT_OFF = """
update promises_promise p set warn_at = w from unnest(%s::bigint[], %s::timestamptz[]) as n(i, w) where p.id = n.i
"""


@dataclass(frozen=True, slots=True)
class AtRisk:
    """A promise that nears its end unkept."""

    id: int
    shop_id: int
    person_id: int
    order_id: int | None
    enrolment_id: int | None
    task_id: int | None
    kind: str
    team: str
    due_at: datetime
    window_from: datetime | None


class Answers(Protocol):
    """What lies above the ledger and acts on it."""

    def under_way(self, cur: Cursor, promises: Sequence[AtRisk]) -> set[int]:
        """Of these, those that somebody is keeping at this moment."""

    def act(self, cur: Cursor, promises: Sequence[AtRisk], now: datetime) -> None:
        """These are at risk: tell whom it concerns."""


def watch_once(raw: "psycopg.Connection[Any]", answers: Answers, limit: int = 500) -> int:
    """See what is at risk and mark what missed its time, in one transaction; how many promises were looked at."""
    with db.transaction_on(raw) as cur:
        now = clock.now_from(cur)
        due = cur.execute(_DUE, {"now": now, "limit": limit}).fetchall()
        if not due:
            return 0
        held = {
            r[0]
            for r in cur.execute(
                "select person_id from events_mailbox where person_id = any(%s) order by person_id"
                " for update skip locked",
                (sorted({person for _, person in due}),),
            )
        }
        ids = sorted({id_ for id_, person in due if person in held})
        hit("promises.claimed")
        broken = _break(cur, ids, now)
        seen = _at_risk(cur, ids, answers, now)
        hit("promises.before_commit")
    hit("promises.after_commit")
    return broken + seen


def _break(cur: Cursor, ids: Sequence[int], now: datetime) -> int:
    lost = cur.execute(_LOST, {"ids": list(ids), "now": now}).fetchall()
    if not lost:
        return 0
    reasons = _reasons(cur, lost, now)
    rows = cur.execute(_BREAK, (now, [r[0] for r in lost], reasons)).fetchall()
    record_change(cur, "promise.broken", rows, now, str(SYSTEM))
    return len(rows)


def _reasons(cur: Cursor, lost: Sequence[tuple[Any, ...]], now: datetime) -> list[str]:
    """What can be told without asking anybody: it was on its way, or nobody was there to do it, or it was not done."""
    orders = [order_id for _, _, kind, _, order_id in lost if kind == "delivery" and order_id is not None]
    shipped = {
        r[0]
        for r in cur.execute(
            "select id from orders_order where id = any(%s) and (shipped_at is not null or status = 'shipped')",
            (orders,),
        )
    }
    empty = {
        (shop, team)
        for shop, team in {(shop, team) for _, shop, _, team, _ in lost}
        if not presence.available(cur, shop, None if team == "shop" else team, now)
    }
    return [
        "carrier_late"
        if order_id in shipped and kind == "delivery"
        else "nobody_on_shift"
        if (shop, team) in empty
        else "not_done"
        for _, shop, kind, team, order_id in lost
    ]


def _at_risk(cur: Cursor, ids: Sequence[int], answers: Answers, now: datetime) -> int:
    risky = [AtRisk(*r) for r in cur.execute(_RISKY, {"ids": list(ids), "now": now})]
    if not risky:
        return 0
    at_it = answers.under_way(cur, risky)
    left = [p for p in risky if p.id in at_it]
    cur.execute(_PUT_OFF, ([p.id for p in left], [_look_again(p.due_at, now) for p in left]))
    seen = [p for p in risky if p.id not in at_it]
    if seen:
        rows = cur.execute(_AT_RISK, (now, [p.id for p in seen])).fetchall()
        record_change(cur, "promise.endangered", rows, now, str(SYSTEM))
        answers.act(cur, seen, now)
        hit("promises.acted")
    return len(risky)


def _look_again(due: datetime, now: datetime) -> datetime | None:
    half = (due - now) / 2
    return now + half if half >= _LAST_LOOK else None


def next_watch(cur: Cursor) -> datetime | None:
    """Business time at which the next promise needs a look, or None."""
    row = cur.execute(
        "select least((select min(warn_at) from promises_promise where state = 'open' and risk_at is null and not held),"
        " (select min(due_at) from promises_promise where state in ('open', 'warned') and not held))"
    ).fetchone()
    return row[0] if row else None
