"""Plays the queue forward for each shop, minute by minute, and tells the leads before somebody is late. Writes.

Owns what is put into the play (who is at work and until when, what waits and comes, how long it takes) and its last
result, `desk_forecast`, which the board shows. A loop calls `forecast_once`; who was told of is told of once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import psycopg

from regulars.base import clock, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.desk.pace import Pace, measured
from regulars.desk.ranking import order_of
from regulars.rules.forecast import Done, Hand, Late, Work, late, play, waiting
from regulars.rules.rank import KINDS
from regulars.rules.worktime import NoWorkingTime
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings
from regulars.staff import notices, presence
from regulars.staff.notices import NewNotice

__all__ = ["EVERY", "HORIZON", "STEP", "Scene", "forecast_once", "latest", "next_forecast", "scene"]

EVERY = timedelta(minutes=1)
HORIZON = timedelta(hours=4)
STEP = timedelta(minutes=10)
STEPS = 8
MOST = 5000
MEASURED_EVERY = timedelta(hours=1)
LEAST_LEFT = 60.0
"""Seconds that a task in hand takes still, however long it has taken."""
MOST_OFFERS = 4
TOLD_FOR = timedelta(hours=2)

_DUE = (
    "select shop_id, seen, pace, pace_at from desk_forecast where next_at <= %s order by next_at limit 1"
    " for update skip locked"
)
_WAITING = """
select id, team, kind, why_next, not_before, due_at, state, claimed_by, claimed_at, placed_at from desk_task
where shop_id = %(shop)s and state in ('open', 'claimed') and pause is null and not_before <= %(until)s
order by coalesce(due_at, '9999-12-31 23:59:59.999999+00'::timestamptz), id limit %(most)s
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """All that the play needs. `held`: tasks in hand, with when they end."""

    works: list[Work]
    held: list[Work]
    held_done: list[Done]
    hands: list[Hand]
    margin: float
    horizon: float

    def late(self, hands: Sequence[Hand] | None = None, works: Sequence[Work] | None = None) -> list[Late]:
        """Who will be late with these people and tasks, or with those there are."""
        tasks = list(self.works if works is None else works)
        done = play(tasks, self.hands if hands is None else hands)
        return late([*tasks, *self.held], [*done, *self.held_done], self.margin, self.horizon)


def forecast_once(raw: "psycopg.Connection[Any]") -> int:
    """Play one shop whose minute is over; 0 when there is none."""
    with db.transaction_on(raw) as cur:
        now = clock.now_from(cur)
        cur.execute(
            "insert into desk_forecast (shop_id, next_at) select id, %s from shop_shop s where not exists"
            " (select 1 from desk_forecast f where f.shop_id = s.id) on conflict do nothing",
            (now,),
        )
        row = cur.execute(_DUE, (now,)).fetchone()
        if row is None:
            return 0
        shop_id, seen, kept, kept_at = row
        shop = shops.settings_of(cur, shop_id)
        if kept is None or kept_at is None or kept_at <= now - MEASURED_EVERY:
            pace, kept_at = measured(cur, shop_id, shop.time_zone, now), now
        else:
            pace = Pace.from_json(kept)
        found = scene(cur, shop, pace, now)
        will_be = found.late()
        told = _tell(cur, shop_id, will_be, set(seen), found, now)
        result = {"at": now.isoformat(), **_result(cur, shop_id, found, will_be, now)}
        cur.execute(
            "update desk_forecast set next_at = %s, seen = %s::jsonb, pace = %s::jsonb, pace_at = %s, result = %s::jsonb"
            " where shop_id = %s",
            (now + EVERY, db.dumps(sorted(told)), db.dumps(pace.to_json()), kept_at, db.dumps(result), shop_id),
        )
    return 1


def scene(cur: Cursor, shop: ShopSettings, pace: Pace, now: datetime) -> Scene:
    """What is so now: the queue in the order of calls, and who is at work, or will be."""
    order = order_of(cur, shop.id)
    near_place, near = order.rules.index("near"), order.near.total_seconds()
    works: list[Work] = []
    held: list[Work] = []
    done: list[Done] = []
    ends: dict[int, float] = {}
    rows = cur.execute(_WAITING, {"shop": shop.id, "until": now + HORIZON, "most": MOST}).fetchall()
    for id_, team, kind, why, not_before, due_at, state, by, since, placed_at in rows:
        due = None if due_at is None else (due_at - now).total_seconds()
        begins = max(0.0, (not_before - now).total_seconds())
        length = pace.length(kind, max(not_before, now))
        place = order.rules.index(why if why in KINDS else "fresh")
        near_at = float("inf") if due is None or near_place > place else due - near
        placed = (placed_at - now).total_seconds() if placed_at else 0.0
        work = Work(id_, team, place, length, begins, due, near_at, near_place, placed)
        who = Actor.read(by).id if state == "claimed" and by else None
        if state == "claimed":
            starts = ends.get(who or 0, 0.0)
            left = max(length - (now - since).total_seconds(), LEAST_LEFT) if since else length
            held.append(work)
            done.append(Done(id_, who or 0, starts, starts + left))
            ends[who or 0] = starts + left
        else:
            works.append(work)
    until = _closing(cur, shop.id, now)
    hands = [replace(h, free=max(h.free, ends.get(h.id, 0.0))) for h in _hands(cur, shop.id, now, until)]
    horizon = min(HORIZON.total_seconds(), until) if until > 0 else HORIZON.total_seconds()
    return Scene(works, held, done, hands, shop.forecast_margin.total_seconds(), horizon)


def _closing(cur: Cursor, shop_id: int, now: datetime) -> float:
    """Seconds of working time's present stretch that are left; 0 when the shop is closed."""
    hours = shops.worktimes(cur, shop_id).get(shops.SHOP_TEAM)
    try:
        return (hours.next_end(now) - now).total_seconds() if hours is not None and hours.is_open(now) else 0.0
    except NoWorkingTime:  # it never closes
        return HORIZON.total_seconds()


def _hands(cur: Cursor, shop_id: int, now: datetime, closing: float) -> list[Hand]:
    """Those on shift, till their planned end, and those whose shift begins within the horizon."""
    last = now + HORIZON
    plans: dict[int, tuple[datetime, datetime, Sequence[str]]] = {}
    for account, teams, starts, ends in presence.planned(cur, shop_id, now, last):
        plans.setdefault(account, (starts, ends, teams))
    out = []
    for p in presence.on_shift(cur, shop_id):
        plan = plans.pop(p.account_id, None)
        if p.state == "away":
            continue
        free = max(0.0, (p.break_until - now).total_seconds()) if p.state == "break" and p.break_until else 0.0
        planned_end = (plan[1] - now).total_seconds() if plan and plan[0] <= now else 0.0
        until = planned_end or closing or HORIZON.total_seconds()
        out.append(Hand(p.account_id, frozenset(p.teams), free, until))
    for account, (starts, ends_at, teams) in plans.items():
        if starts > now:
            out.append(Hand(account, frozenset(teams), (starts - now).total_seconds(), (ends_at - now).total_seconds()))
    return sorted(out, key=lambda h: h.id)


def _tell(cur: Cursor, shop_id: int, will_be: Sequence[Late], seen: set[str], found: Scene, now: datetime) -> set[str]:
    """Tell of those of whom nothing was told; who was told of, as long as he waits."""
    ids = {str(x.id) for x in will_be}
    if ids - seen:
        by = now + timedelta(seconds=max(x.due for x in will_be))
        key = f"will_be_late:{min(ids - seen)}:{now:%Y%m%dT%H%M}"
        params = {"count": len(ids), "by": by.isoformat()}
        told = [
            NewNotice(a, "will_be_late", key, "", params=params, lasts=timedelta(hours=2))
            for a in presence.leads(cur, shop_id)
        ]
        notices.tell(cur, shop_id, told, now)
    there = {str(w.id) for w in (*found.works, *found.held)}
    return (seen | ids) & there


def _result(cur: Cursor, shop_id: int, found: Scene, will_be: Sequence[Late], now: datetime) -> dict[str, Any]:
    done = play(found.works, found.hands)
    now_waiting = sum(w.begins <= 0 for w in found.works)
    at_once = [h for h in found.hands if h.free < STEP.total_seconds()]
    return {
        "waiting": now_waiting,
        "hands": len(at_once),
        "taken": sum(d.starts <= 1800 for d in done),
        "late": [
            {
                "id": str(x.id),
                "due": (now + timedelta(seconds=x.due)).isoformat(),
                "ends": None if x.ends is None else (now + timedelta(seconds=x.ends)).isoformat(),
            }
            for x in will_be
        ],
        "chart": [
            {
                "at": (now + n * STEP).isoformat(),
                "waiting": waiting(found.works, done, n * STEP.total_seconds()) if n else now_waiting,
                "late": sum((n - 1) * STEP.total_seconds() < x.due <= n * STEP.total_seconds() for x in will_be)
                if n
                else 0,
            }
            for n in range(STEPS)
        ],
        "offers": _offers(cur, shop_id, found, len(will_be)) if will_be else [],
    }


def _offers(cur: Cursor, shop_id: int, found: Scene, now_late: int) -> list[dict[str, Any]]:
    """What would help: whom to call in, which team's late tasks another could take. The best of each."""
    rows = cur.execute(
        "select m.account_id, m.teams, s.state from staff_membership m join staff_account a on a.id = m.account_id"
        " and a.is_active left join staff_shift s on s.shop_id = m.shop_id and s.account_id = m.account_id"
        " and s.ended_at is null where m.shop_id = %s and m.is_active and m.role = 'operator' and s.state is distinct from 'on'"
        " order by s.state = 'break' desc nulls last, s.state = 'away' desc nulls last, m.account_id limit %s",
        (shop_id, MOST_OFFERS),
    ).fetchall()
    offers = []
    for account, teams, state in rows:
        others = [h for h in found.hands if h.id != account]
        left = len(found.late(hands=[*others, Hand(account, frozenset(teams), 0.0)]))
        if left < now_late:
            offers.append({"do": "call_in", "account": str(account), "state": state or "", "left": left})
    best = min(offers, key=lambda o: o["left"], default=None)
    moved = _move(found, now_late)
    return [o for o in (best, moved) if o is not None]


def _move(found: Scene, now_late: int) -> dict[str, Any] | None:
    """The late tasks of one team given to another whose people would do them in time."""
    ids = {x.id for x in found.late()}
    sources = sorted({w.team for w in found.works if w.id in ids})
    targets = sorted({t for h in found.hands for t in h.teams} - set(sources))
    best: dict[str, Any] | None = None
    for source in sources[:2]:
        for target in targets[:MOST_OFFERS]:
            works = [replace(w, team=target) if w.id in ids and w.team == source else w for w in found.works]
            left = len(found.late(works=works))
            if left < now_late and (best is None or left < best["left"]):
                moved = [str(w.id) for w in found.works if w.id in ids and w.team == source]
                best = {"do": "move", "from": source, "to": target, "tasks": moved, "left": left}
    return best


def latest(cur: Cursor, shop_id: int) -> dict[str, Any] | None:
    """The last play's result; None before the first."""
    row = cur.execute("select result from desk_forecast where shop_id = %s", (shop_id,)).fetchone()
    return row[0] if row else None


def next_forecast(cur: Cursor) -> datetime | None:
    """Business time at which the next shop's minute is over."""
    row = cur.execute("select min(next_at) from desk_forecast").fetchone()
    return row[0] if row else None
