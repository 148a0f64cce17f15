"""Reads of the queue: who is next by the shop's order of calls, and the queue as one person sees it.

What the order means is rules/rank.py's; this is the same in SQL, cheap with hundreds of thousands who wait: of each team
and kind of task the index gives the first few in the order of their limits, and only those are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from regulars.base.db import Cursor
from regulars.desk.queries import COLUMNS, NO_LIMIT, TaskRow
from regulars.rules import rank as rules
from regulars.rules.rank import DEFAULT, KINDS
from regulars.shop import queries as shops

__all__ = ["Order", "Own", "Waiting", "next_ids", "order_of", "own", "shown_first", "waiting"]


@dataclass(frozen=True, slots=True)
class Order:
    """A shop's order of calls: its rules, and when a limit is near."""

    rules: Sequence[str] = DEFAULT
    near: timedelta = timedelta(minutes=10)

    def rule(self, task: TaskRow, now: datetime) -> str:
        """The rule by which the task stands where it stands."""
        return rules.rule(self.rules, task.why_next, task.due_at, now, self.near)

    def key(self, task: TaskRow, now: datetime) -> tuple[int, datetime, datetime, int]:
        """By this the queue is sorted."""
        at = rules.place(self.rules, task.why_next, task.due_at, now, self.near)
        return at, task.due_at or NO_LIMIT, task.placed_at or NO_LIMIT, task.id


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who waits, the same for all who work for the same teams: who is next by rank, who later, who stands."""

    ready: list[TaskRow]
    later: list[TaskRow]
    stands: list[TaskRow]


@dataclass(frozen=True, slots=True)
class Own:
    """What is with one person, and the outcomes that he may still take back."""

    mine: list[TaskRow]
    undoable: list[TaskRow]


def order_of(cur: Cursor, shop_id: int) -> Order:
    """The order of calls that the shop has written, or the one that comes with the product."""
    shop = shops.settings_of(cur, shop_id)
    # what an older or newer version has written is not trusted: a call-back never loses its rank
    return Order(DEFAULT if rules.problem(shop.rank) else shop.rank, shop.near)


_WHENS = " ".join(f"when why_next = '{kind}' then {n}" for n, kind in enumerate(KINDS) if kind != "fresh")
_KIND = f"(case {_WHENS} else {KINDS.index('fresh')} end)"
_OPEN = "shop_id = %(shop)s and state = 'open'"
# Of each team and kind of task: a few who may be called now are sorted; of many, the index gives the first by their limits.
# By limits alone it would have to pass by all whose time has not come, such as every call-back agreed for tomorrow.
_FEW = 200
_PLACE = (
    "case when due_at <= %(near)s then least((%(places)s::int[])[kind + 1], %(near_place)s)"
    " else (%(places)s::int[])[kind + 1] end"
)
_READY = f"""
recursive every_team as (
  (select team from desk_task where {_OPEN} and %(teams)s::text[] is null order by team limit 1)
  union all
  select (select o.team from desk_task o where {_OPEN} and o.team > e.team order by o.team limit 1)
  from every_team e where e.team is not null
),
sort as materialized (
  select team, kind from (select unnest(%(teams)s::text[]) as team union all select team from every_team) t,
    generate_series(0, {len(KINDS) - 1}) kind where team is not null
),
come as materialized (
  select s.team, s.kind, c.id, c.due_at, c.placed_at from sort s cross join lateral (
    select id, due_at, placed_at from desk_task where {_OPEN} and team = s.team and {_KIND} = s.kind and not_before <= %(now)s
    order by not_before, id limit {_FEW + 1}
  ) c
),
many as materialized (select team, kind from come group by team, kind having count(*) > {_FEW}),
ready as (
  select id from (
    select id, due_at, placed_at, kind from come where (team, kind) not in (select team, kind from many)
    union all
    select f.id, f.due_at, f.placed_at, m.kind from many m cross join lateral (
      select id, due_at, placed_at from desk_task where {_OPEN} and team = m.team and {_KIND} = m.kind and not_before <= %(now)s
      order by due_at, placed_at, id limit %(limit)s
    ) f
  ) first_of_each order by {_PLACE}, due_at nulls last, placed_at nulls last, id limit %(limit)s
)"""  # noqa: S608 - our own words
_NEXT = f"with {_READY} select id from ready"  # noqa: S608 - our own words
_WAITING = f"""
with {_READY}
select 'ready', {COLUMNS} from desk_task where id in (select id from ready)
union all
(select 'later', {COLUMNS} from desk_task where id in (
  select l.id from sort s cross join lateral (
    select id, not_before from desk_task where {_OPEN} and team = s.team and {_KIND} = s.kind and not_before > %(now)s
    and pause is null order by not_before, id limit %(later)s) l order by l.not_before, l.id limit %(later)s))
union all
(select 'stands', {COLUMNS} from desk_task where shop_id = %(shop)s and state = 'open' and pause is not null
  and not_before > %(now)s
  and (%(teams)s::text[] is null or team = any(%(teams)s)) order by paused_at, id limit %(later)s)
"""  # noqa: S608 - our own column names
_OWN = f"""
select 'mine', {COLUMNS} from desk_task where shop_id = %(shop)s and state = 'claimed' and claimed_by = %(me)s
union all
select 'undoable', {COLUMNS} from desk_task where shop_id = %(shop)s and settles_at > %(now)s and finished_by = %(me)s
"""  # noqa: S608 - our own column names


def _asked(order: Order, shop_id: int, now: datetime, teams: Sequence[str] | None, limit: int) -> dict[str, Any]:
    return {
        "shop": shop_id, "now": now, "near": now + order.near, "limit": limit,
        "teams": None if teams is None else list(teams),
        "places": [list(order.rules).index(kind) for kind in KINDS],
        "near_place": list(order.rules).index("near"),
    }  # fmt: skip


def next_ids(
    cur: Cursor,
    shop_id: int,
    now: datetime,
    teams: Sequence[str] | None = None,
    limit: int = 10,
    order: Order | None = None,
) -> list[int]:
    """The tasks that may be taken now, in the order of calls (of these teams, None: of all)."""
    asked = _asked(order or order_of(cur, shop_id), shop_id, now, teams, limit)
    return [r[0] for r in cur.execute(_NEXT, asked)]


def shown_first(
    cur: Cursor, shop_id: int, now: datetime, order: Order, teams: Sequence[str] | None = None, limit: int = 10
) -> list[TaskRow]:
    """The tasks that would be next under an order of calls."""
    ids = next_ids(cur, shop_id, now, teams, limit, order)
    rows = cur.execute(f"select {COLUMNS} from desk_task where id = any(%s)", (ids,))  # noqa: S608 - our own columns
    return sorted((TaskRow(*r) for r in rows), key=lambda t: ids.index(t.id))


def waiting(
    cur: Cursor,
    shop_id: int,
    now: datetime,
    *,
    order: Order,
    teams: Sequence[str] | None = None,
    limit: int = 30,
    later: int = 10,
) -> Waiting:
    """The first `limit` who may be called now, the first `later` who may not, and as many who stand: of these teams."""
    asked = {**_asked(order, shop_id, now, teams, limit), "later": later}
    parts: dict[str, list[TaskRow]] = {"ready": [], "later": [], "stands": []}
    for part, *row in cur.execute(_WAITING, asked):
        parts[part].append(TaskRow(*row))
    return Waiting(
        ready=sorted(parts["ready"], key=lambda t: order.key(t, now)),
        later=sorted(parts["later"], key=lambda t: (t.not_before, t.id)),
        stands=parts["stands"],
    )


def own(cur: Cursor, shop_id: int, me: str, now: datetime) -> Own:
    """What is with `me` (an actor), and what he may still take back."""
    parts: dict[str, list[TaskRow]] = {"mine": [], "undoable": []}
    for part, *row in cur.execute(_OWN, {"shop": shop_id, "me": me, "now": now}):
        parts[part].append(TaskRow(*row))
    return Own(
        mine=sorted(parts["mine"], key=lambda t: (t.claimed_at or now, t.id)),
        undoable=sorted(parts["undoable"], key=lambda t: (t.finished_at or now, t.id), reverse=True),
    )
