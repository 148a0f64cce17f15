"""Reads of the supervisor's board: the queue by team, what is late, what each did today and has in hand."""

from dataclasses import dataclass
from datetime import datetime

from regulars.base.db import Cursor
from regulars.desk.queries import TaskRow, tasks_by_id

__all__ = [
    "Figures", "InHand", "Missed", "Of", "TeamQueue", "done_by", "figures", "in_hand", "late_now", "missed_calls", "team_queues",
]  # fmt: skip

MOST_LATE = 8
_DONE = """
from desk_task where shop_id = %(shop)s and state in ('finished', 'closed') and state = 'finished'
  and finished_at >= %(since)s and finished_at < %(until)s and (%(team)s::text is null or team = %(team)s)
"""
_REACTION = "extract(epoch from claimed_at - greatest(opened_at, not_before))"


@dataclass(frozen=True, slots=True)
class Figures:
    """What was done in a time. `met` within their target; reactions in seconds, of first attempts; None where none."""

    done: int
    targeted: int
    met: int
    p50: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Of:
    """What one person has done: how many, of them with a limit and within it, median and p90 of his reaction in seconds."""

    actor: str
    done: int
    limited: int
    in_time: int
    p50: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class TeamQueue:
    """Those of a team who may be called now. `oldest`: since when the longest waits."""

    team: str
    waiting: int
    late: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class InHand:
    """A task somebody has in hand, since when."""

    actor: str
    task_id: int
    order_id: int | None
    person_id: int
    kind: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Missed:
    """Incoming calls that nobody answered, how many of them were called back, and after how many seconds the slowest was."""

    missed: int
    called_back: int
    slowest: float | None


# Called back: we rang him, or he was talked to, or the task that the call asks for was finished; whichever came first.
_MISSED = """
select count(*), count(b.at), max(extract(epoch from b.at - m.started_at))
from talks_call m left join desk_task t on t.id = m.task_id and t.state = 'finished'
cross join lateral (select least(t.finished_at, (
  select min(case when c.direction = 'out' then c.started_at else c.answered_at end) from talks_call c
  where c.person_id = m.person_id and c.started_at > m.started_at and c.shop_id = m.shop_id
    and (c.direction = 'out' or c.answered_at is not null))) as at) b
where m.shop_id = %s and m.state = 'missed' and m.direction = 'in' and m.started_at >= %s and m.started_at < %s
"""


def missed_calls(cur: Cursor, shop_id: int, since: datetime, until: datetime) -> Missed:
    """Of the calls that came in that time; all teams."""
    row = cur.execute(_MISSED, (shop_id, since, until)).fetchone()
    assert row is not None
    return Missed(row[0], row[1], None if row[2] is None else float(row[2]))


def figures(cur: Cursor, shop_id: int, since: datetime, until: datetime, team: str | None) -> Figures:
    """Of all who finished something in that time."""
    row = cur.execute(
        "select count(*), count(target_at), count(*) filter (where claimed_at <= target_at),"
        f" percentile_cont(0.5) within group (order by {_REACTION}) filter (where why_next = 'fresh'),"
        f" percentile_cont(0.9) within group (order by {_REACTION}) filter (where why_next = 'fresh') {_DONE}",
        {"shop": shop_id, "since": since, "until": until, "team": team},
    ).fetchone()
    assert row is not None
    return Figures(*row)


def done_by(cur: Cursor, shop_id: int, since: datetime, until: datetime, team: str | None) -> dict[str, Of]:
    """By who finished it."""
    rows = cur.execute(
        "select finished_by, count(*), count(due_at), count(*) filter (where finished_at <= due_at),"
        f" percentile_cont(0.5) within group (order by {_REACTION}) filter (where why_next = 'fresh'),"
        f" percentile_cont(0.9) within group (order by {_REACTION}) filter (where why_next = 'fresh') {_DONE}"
        " group by finished_by",
        {"shop": shop_id, "since": since, "until": until, "team": team},
    )
    return {r[0]: Of(*r) for r in rows}


def team_queues(cur: Cursor, shop_id: int, now: datetime) -> list[TeamQueue]:
    """Each team's queue of now, of at most ten thousand tasks."""
    rows = cur.execute(
        "select team, count(*), count(*) filter (where due_at < %(now)s), min(greatest(opened_at, not_before)) from"
        " (select team, due_at, opened_at, not_before from desk_task where shop_id = %(shop)s"
        " and state in ('open', 'claimed') and pause is null and not_before <= %(now)s limit 10000) waiting"
        " group by team order by team",
        {"shop": shop_id, "now": now},
    )
    return [TeamQueue(*r) for r in rows]


def late_now(cur: Cursor, shop_id: int, now: datetime, team: str | None) -> list[TaskRow]:
    """Those whose limit is past, the longest first."""
    rows = cur.execute(
        "select id from desk_task where shop_id = %s and state in ('open', 'claimed') and pause is null"
        " and coalesce(due_at, '9999-12-31 23:59:59.999999+00'::timestamptz) < %s and not_before <= %s"
        " and (%s::text is null or team = %s)"
        " order by coalesce(due_at, '9999-12-31 23:59:59.999999+00'::timestamptz), id limit %s",
        (shop_id, now, now, team, team, MOST_LATE),
    ).fetchall()
    found = tasks_by_id(cur, shop_id, [r[0] for r in rows])
    return [found[r[0]] for r in rows if r[0] in found]


def in_hand(cur: Cursor, shop_id: int) -> dict[str, list[InHand]]:
    """What each has in hand, the last taken first."""
    rows = cur.execute(
        "select claimed_by, id, order_id, person_id, kind, claimed_at from desk_task where shop_id = %s"
        " and state = 'claimed' and pause is null order by claimed_at desc, id limit 500",
        (shop_id,),
    )
    out: dict[str, list[InHand]] = {}
    for row in rows:
        out.setdefault(row[0], []).append(InHand(*row))
    return out
