"""Calls in vain become tasks, one a person however often he rang, and are done with when somebody has talked to him.

Writes tasks of the kind 'call' whose `why_next` is 'missed', and closes their further tries. The caller holds the shop's
calls and the persons' mailboxes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.base.actor import SYSTEM
from regulars.base.db import Cursor
from regulars.desk.call_times import call_times
from regulars.desk.following import AGREED, IN_VAIN
from regulars.desk.opening import NewTask, open_tasks
from regulars.desk.routing import Work, route
from regulars.events.actions import NewEvent, record
from regulars.people import queries as people
from regulars.rules.worktime import WorkTime
from regulars.shop.queries import team_keys, worktimes
from regulars.shop.settings import ShopSettings
from regulars.talks import calls_actions, calls_queries
from regulars.talks.calls_taking import Call

__all__ = ["OUTCOMES", "SCRIPT", "WHY", "Place", "call_back", "places", "reached"]

WHY = "missed"
SCRIPT = "incoming"
OUTCOMES = ["helped", "ordered", "talked", AGREED, IN_VAIN, "wrong_number", "no_calls"]
"""What follows two of them is the shop's plan: desk/following.py."""
_OPEN = """
select distinct on (person_id) person_id, id from desk_task
where shop_id = %s and person_id = any(%s) and state in ('open', 'claimed')
  and (why_next = 'missed' or why_next = 'retry' and state = 'claimed' and call_id is not null)
order by person_id, id
"""
_ORDERS = """
select distinct on (person_id) person_id, id from orders_order
where shop_id = %s and person_id = any(%s) and status in ('new', 'processing', 'ready', 'shipped')
order by person_id, placed_at desc, id desc
"""
_ANSWERED = """
with talked as (select p, n, a from unnest(%(persons)s::bigint[], %(numbers)s::text[], %(at)s::timestamptz[]) as x(p, n, a)),
waiting as (
  select t.id, talked.a from talked join desk_task t on t.person_id = talked.p
  where t.shop_id = %(shop)s and t.state in ('open', 'claimed') and t.call_id is not null
    and t.why_next in ('missed', 'retry')
  union
  select t.id, talked.a from talked join talks_call c on c.shop_id = %(shop)s and c.number = talked.n
  join desk_task t on t.id = c.task_id where t.state in ('open', 'claimed') and t.why_next = 'missed'
  union
  select t.id, talked.a from talked join talks_call c on c.shop_id = %(shop)s and c.number = talked.n
  join desk_task t on t.call_id = c.id where t.state in ('open', 'claimed') and t.why_next = 'retry'
)
select distinct w.id from waiting w where not exists (
  select 1 from talks_call m where m.task_id = w.id and m.state = 'missed' and m.started_at > w.a)
"""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a task's times are made of."""

    shop: ShopSettings
    hours: Mapping[str, WorkTime]
    zones: Mapping[int, str | None]
    now: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Whose a call is, and the order that it may be about."""

    team: str
    order_id: int | None


def places(cur: Cursor, shop: ShopSettings, calls: Sequence[Call], now: datetime) -> dict[int, Place]:
    """By call: whom the routing rules name, else its line's own team, else the clock's, else any that there is."""
    teams, own = team_keys(cur, shop.id), shop.clocks["missed_call"].team
    persons = sorted({c.person_id for c in calls if c.person_id})
    orders: dict[int, int] = dict(cur.execute(_ORDERS, (shop.id, persons)).fetchall()) if persons else {}
    cards = people.cards(cur, shop.id, persons)
    out, works = {}, []
    for call in calls:
        wanted = [shop.lines.get(call.facts.line[1] or "", "") if call.facts.line else "", own, *teams]
        team = next((team for team in wanted if team in teams), own)
        order_id = orders.get(call.person_id or 0)
        out[call.id] = Place(team, order_id)
        if call.person_id is not None:
            card = cards.get(call.person_id)
            what = "missed_call" if card and card.customer_since else "lead"
            works.append((call.id, Work(what, call.person_id, team, order_id, "call", SCRIPT)))
    for (call_id, work), team in zip(works, route(cur, shop.id, [w for _, w in works], now), strict=True):
        out[call_id] = Place(team, work.order_id)
    return out


def call_back(cur: Cursor, shop: ShopSettings, missed: Sequence[Call], now: datetime) -> None:
    """A task for everybody who rang in vain and was not talked to since; one that he has already names his last call."""
    calls = sorted((c for c in missed if c.person_id is not None), key=lambda c: (c.started_at or now, c.id))
    persons = sorted({c.person_id for c in calls if c.person_id})
    reached_at = calls_queries.reached_since(cur, shop.id, persons)
    waiting = [c for c in calls if not _was_reached(c, reached_at)]
    if not waiting:
        return
    last = {c.person_id: c for c in waiting if c.person_id}
    have: dict[int, int] = dict(cur.execute(_OPEN, (shop.id, sorted(last))).fetchall())
    again = [(have[p], c.id) for p, c in last.items() if p in have]
    if again:
        cur.execute(
            "update desk_task t set call_id = c from unnest(%s::bigint[], %s::bigint[]) as x(i, c) where t.id = x.i",
            ([i for i, _ in again], [c for _, c in again]),
        )
    fresh = {p: c for p, c in last.items() if p not in have}
    desk = _Desk(
        shop=shop,
        hours=worktimes(cur, shop.id),
        zones={i: card.time_zone for i, card in people.cards(cur, shop.id, list(fresh)).items()},
        now=now,
    )
    whose = places(cur, shop, list(fresh.values()), now)
    new = open_tasks(cur, shop.id, [_task(desk, p, whose[c.id], c) for p, c in fresh.items()], now)
    _drop_tries(cur, shop.id, sorted(fresh), now)
    have |= dict(zip(fresh, new, strict=True))
    calls_actions.put_to_tasks(cur, {c.id: have[c.person_id] for c in waiting if c.person_id})


def _drop_tries(cur: Cursor, shop_id: int, person_ids: Sequence[int], now: datetime) -> None:
    """They have rung again and come first now: no other try of calling them back is waited for."""
    closed = cur.execute(
        "update desk_task set state = 'closed', finished_at = %s, finished_by = %s where shop_id = %s"
        " and person_id = any(%s) and state = 'open' and call_id is not null and why_next = 'retry'"
        " returning id, person_id, order_id",
        (now, str(SYSTEM), shop_id, list(person_ids)),
    ).fetchall()
    _record_closed(cur, shop_id, closed, "rang_again", now)


def _record_closed(
    cur: Cursor, shop_id: int, closed: Sequence[tuple[int, int, int | None]], reason: str, now: datetime
) -> None:
    events = [
        NewEvent("task.closed", now, True, p, o, {"task_id": str(i), "kind": "call", "reason": reason})
        for i, p, o in closed
    ]
    record(cur, shop_id, events, now)


def _was_reached(call: Call, reached_at: Mapping[int, datetime]) -> bool:
    at = reached_at.get(call.person_id or 0)
    return at is not None and call.started_at is not None and at > call.started_at


def _task(desk: _Desk, person_id: int, place: Place, call: Call) -> NewTask:
    shop, now, team = desk.shop, desk.now, place.team
    hoped, most, _team = shop.clocks["missed_call"]
    worktime = desk.hours.get(team) or desk.hours.get("shop")
    begins, target, due = call_times(shop, worktime, desk.zones.get(person_id), now, hoped, most)
    return NewTask(
        person_id=person_id, order_id=place.order_id, kind="call", script=SCRIPT, team=team, not_before=begins,
        target_at=target, due_at=due, outcomes=list(OUTCOMES), call_at_needed=[AGREED], why_next=WHY, call_id=call.id,
    )  # fmt: skip


def reached(cur: Cursor, shop_id: int, answered: Sequence[Call], now: datetime) -> int:
    """Somebody has talked to these: the call-backs that wait for them are not needed. How many were closed.

    One that an operator has in hand stays with him for its outcome, and says what happened.
    """
    asked = {
        "shop": shop_id,
        "persons": [c.person_id for c in answered],
        "numbers": [c.number for c in answered],
        "at": [c.outcome.answered_at if c.outcome else None for c in answered],
    }
    done = sorted(r[0] for r in cur.execute(_ANSWERED, asked).fetchall())
    if not done:
        return 0
    closed = cur.execute(
        "update desk_task set state = 'closed', finished_at = %s, finished_by = %s where id = any(%s) and state = 'open'"
        " returning id, person_id, order_id",
        (now, str(SYSTEM), done),
    ).fetchall()
    cur.execute("update desk_task set banner = 'reached' where id = any(%s) and state = 'claimed'", (done,))
    _record_closed(cur, shop_id, closed, "reached", now)
    return len(closed)
