"""Reads of the desk: one task, the queue in the order of calls, what somebody has begun to write, who looks on."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

from regulars.base.db import Cursor

__all__ = [
    "NEAR",
    "NO_LIMIT",
    "WAITING",
    "Done",
    "DraftRow",
    "Queue",
    "TaskRow",
    "counts",
    "done_since",
    "draft",
    "ended",
    "next_ids",
    "onlookers",
    "queue",
    "rank",
    "task",
    "tasks",
    "tasks_by_id",
]

WAITING = ("open", "claimed")
NO_LIMIT = datetime.max.replace(tzinfo=UTC)
"""Where a task without a limit stands in the order of deadlines."""
NEAR = timedelta(minutes=10)
"""A limit nearer than this comes before everything but a call-back that the buyer asked for."""
MOST_COUNTED = 10_000
LOOKING = timedelta(seconds=25)
"""Who was seen with the card open so long ago has it open still; a card says so every ten seconds."""
# The order of calls: a call-back asked for, a limit that is near or past, what is fresh, another try. Each of the three
# kinds is read by its own range of the index desk_task_rank, as far as it is needed.
_RANK = "(case when why_next = 'asked' then 0 when why_next = 'retry' then 2 else 1 end)"
_DUE = "coalesce(due_at, '9999-12-31 23:59:59.999999+00'::timestamptz)"


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as it stands."""

    id: int
    shop_id: int
    person_id: int
    order_id: int | None
    enrolment_id: int | None
    version_id: int | None
    step: str | None
    visit: int | None
    attempt: int
    kind: str
    script: str | None
    title: dict[str, str]
    team: str
    state: str
    outcomes: list[str]
    call_at_needed: list[str]
    why_next: str
    not_before: datetime
    target_at: datetime | None
    due_at: datetime | None
    opened_at: datetime
    claimed_by: str | None
    claimed_at: datetime | None
    outcome: str | None
    note: str
    call_at: datetime | None
    finished_by: str | None
    finished_at: datetime | None
    settles_at: datetime | None
    banner: str | None


@dataclass(frozen=True, slots=True)
class Queue:
    """What an operator sees: his own tasks, outcomes he may still take back, who is next by rank, and who later."""

    mine: list[TaskRow]
    undoable: list[TaskRow]
    ready: list[TaskRow]
    later: list[TaskRow]


@dataclass(frozen=True, slots=True)
class DraftRow:
    """What somebody has begun to write in a card; `call_at` a wall time at the buyer's."""

    outcome: str
    note: str
    call_at: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """How many somebody has finished, and how many of them within their limit."""

    count: int
    in_time: int


_COLUMNS = ", ".join(f.name for f in fields(TaskRow))


def task(cur: Cursor, shop_id: int, task_id: int) -> TaskRow | None:
    """One task of this shop."""
    row = cur.execute(
        f"select {_COLUMNS} from desk_task where shop_id = %s and id = %s",  # noqa: S608 - our own column names
        (shop_id, task_id),
    ).fetchone()
    return None if row is None else TaskRow(*row)


def tasks_by_id(cur: Cursor, shop_id: int, task_ids: Sequence[int]) -> dict[int, TaskRow]:
    """Tasks of this shop by their ids; others are left out."""
    if not task_ids:
        return {}
    rows = cur.execute(
        f"select {_COLUMNS} from desk_task where shop_id = %s and id = any(%s)",  # noqa: S608 - our own column names
        (shop_id, list(task_ids)),
    )
    return {r[0]: TaskRow(*r) for r in rows}


def tasks(
    cur: Cursor,
    shop_id: int,
    *,
    now: datetime,
    team: str | None = None,
    states: Sequence[str] = WAITING,
    order_id: int | None = None,
    person_id: int | None = None,
    person_ids: Sequence[int] | None = None,
    enrolment_id: int | None = None,
    hidden: bool = False,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[TaskRow]:
    """Tasks, the nearest deadline first; `hidden` shows retries whose time has not come, too.

    `after`: (due_at, id) of the last one seen; NO_LIMIT stands for no `due_at`.
    """
    where, values = ["shop_id = %s", "state = any(%s)"], [shop_id, list(states)]
    for column, value in (
        ("team", team),
        ("order_id", order_id),
        ("person_id", person_id),
        ("enrolment_id", enrolment_id),
    ):
        if value is not None:
            where.append(f"{column} = %s")
            values.append(value)
    if person_ids is not None:
        where.append("person_id = any(%s)")
        values.append(list(person_ids))
    if not hidden:
        where.append("not_before <= %s")
        values.append(now)
    if after is not None:
        where.append(f"({_DUE}, id) > (%s, %s)")
        values += [after[0], after[1]]
    rows = cur.execute(
        f"select {_COLUMNS} from desk_task where {' and '.join(where)}"  # noqa: S608 - our own column names
        f" order by {_DUE}, id limit %s",
        [*values, limit],
    )
    return [TaskRow(*r) for r in rows]


def of_schemes(cur: Cursor, shop_id: int, teams: Sequence[str]) -> list[TaskRow]:
    """All tasks of these teams that wait and were opened by a scheme, hidden ones too, by id."""
    rows = cur.execute(
        f"select {_COLUMNS} from desk_task where shop_id = %s and team = any(%s) and state in ('open', 'claimed')"  # noqa: S608 - our own column names
        " and enrolment_id is not null order by id",
        (shop_id, list(teams)),
    )
    return [TaskRow(*r) for r in rows]


def counts(cur: Cursor, shop_id: int, now: datetime) -> dict[str, int]:
    """Tasks that wait, by team; they are counted up to ten thousand, for every page asks."""
    rows = cur.execute(
        "select team, count(*) from (select team from desk_task where shop_id = %s and state in ('open', 'claimed')"
        " and not_before <= %s limit %s) waiting group by team",
        (shop_id, now, MOST_COUNTED),
    )
    return dict(rows)


# Of those who may be called now, a few are sorted; of many, the index gives the first of each kind. It would have to pass by
# all whose time has not come, and by night that is nearly everybody.
_FEW = 2000
_SOME = f"""
due_now as materialized (
  select id, due_at, {_RANK} as kind from desk_task
  where shop_id = %(shop)s and state = 'open' and not_before <= %(now)s and (%(team)s::text is null or team = %(team)s)
  order by not_before, id limit {_FEW + 1}
)"""  # noqa: S608 - our own words
_OF_FEW = f"select id, due_at, kind from due_now where (select count(*) from due_now) <= {_FEW}"  # noqa: S608
_OF_MANY = (
    "(select id, due_at, {kind} as kind from desk_task where shop_id = %(shop)s and state = 'open' and {rank} = {kind}"
    " and not_before <= %(now)s and (%(team)s::text is null or team = %(team)s)"
    " and (select count(*) from due_now) > {few} order by due_at, id limit %(limit)s)"
)
_READY = (
    "select id from ("  # noqa: S608 - nothing but our own words is put in
    + " union all ".join([_OF_FEW, *(_OF_MANY.format(kind=kind, rank=_RANK, few=_FEW) for kind in (0, 1, 2))])
    + ") ready order by case when kind = 0 then 0 when due_at <= %(near)s then 1 else kind + 1 end, due_at, id"
    " limit %(limit)s"
)
_QUEUE = f"""
with {_SOME}, ready as ({_READY})
select 'mine', {_COLUMNS} from desk_task where shop_id = %(shop)s and state = 'claimed' and claimed_by = %(me)s
union all
select 'undoable', {_COLUMNS} from desk_task where shop_id = %(shop)s and settles_at > %(now)s and finished_by = %(me)s
union all
select 'ready', {_COLUMNS} from desk_task where id in (select id from ready)
union all
(select 'later', {_COLUMNS} from desk_task where shop_id = %(shop)s and state = 'open' and not_before > %(now)s
  and (%(team)s::text is null or team = %(team)s) order by not_before, id limit %(later)s)
"""  # noqa: S608 - our own column names


def next_ids(cur: Cursor, shop_id: int, now: datetime, team: str | None = None, limit: int = 10) -> list[int]:
    """The tasks that may be taken now, in the order of calls."""
    asked = {"shop": shop_id, "now": now, "near": now + NEAR, "team": team, "limit": limit}
    return [r[0] for r in cur.execute(f"with {_SOME} {_READY}", asked)]


def rank(row: TaskRow, now: datetime) -> int:
    """Place in the order of calls: 0 asked for, 1 its limit is near or past, 2 fresh, 3 another try."""
    if row.why_next == "asked":
        return 0
    if row.due_at is not None and row.due_at <= now + NEAR:
        return 1
    return 3 if row.why_next == "retry" else 2


def queue(
    cur: Cursor, shop_id: int, me: str, now: datetime, *, team: str | None = None, limit: int = 30, later: int = 10
) -> Queue:
    """The queue as `me` (an actor) sees it: the first `limit` who may be called now, the first `later` who may not."""
    asked = {
        "shop": shop_id, "me": me, "now": now, "near": now + NEAR, "team": team, "limit": limit, "later": later,
    }  # fmt: skip
    parts: dict[str, list[TaskRow]] = {"mine": [], "undoable": [], "ready": [], "later": []}
    for part, *row in cur.execute(_QUEUE, asked):
        parts[part].append(TaskRow(*row))
    return Queue(
        mine=sorted(parts["mine"], key=lambda t: (t.claimed_at or now, t.id)),
        undoable=sorted(parts["undoable"], key=lambda t: (t.finished_at or now, t.id), reverse=True),
        ready=sorted(parts["ready"], key=lambda t: (rank(t, now), t.due_at or NO_LIMIT, t.id)),
        later=sorted(parts["later"], key=lambda t: (t.not_before, t.id)),
    )


def draft(cur: Cursor, shop_id: int, task_id: int, actor: str) -> DraftRow | None:
    """What this person has begun to write in the card."""
    row = cur.execute(
        "select outcome, note, call_at, saved_at from desk_draft where shop_id = %s and task_id = %s and actor = %s",
        (shop_id, task_id, actor),
    ).fetchone()
    return None if row is None else DraftRow(*row)


def onlookers(cur: Cursor, shop_id: int, task_id: int, me: str) -> list[str]:
    """Who else has the card open, as actors."""
    rows = cur.execute(
        "select actor from desk_look where shop_id = %s and task_id = %s and actor <> %s"
        " and seen_at > machine_now() - %s order by actor",
        (shop_id, task_id, me, LOOKING),
    )
    return [r[0] for r in rows]


def ended(
    cur: Cursor,
    shop_id: int,
    *,
    state: str = "finished",
    team: str | None = None,
    person_ids: Sequence[int] | None = None,
    order_id: int | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[TaskRow]:
    """Tasks that are over (`finished` or `closed`), the last one first; `after`: (finished_at, id) of the last one seen."""
    rows = cur.execute(
        f"select {_COLUMNS} from desk_task where shop_id = %(shop)s and state in ('finished', 'closed')"  # noqa: S608
        " and state = %(state)s and (%(team)s::text is null or team = %(team)s)"
        " and (%(persons)s::bigint[] is null or person_id = any(%(persons)s))"
        " and (%(order)s::bigint is null or order_id = %(order)s)"
        " and (%(at)s::timestamptz is null or (finished_at, id) < (%(at)s, %(id)s))"
        " order by finished_at desc, id desc limit %(limit)s",
        {
            "shop": shop_id,
            "state": state,
            "team": team,
            "persons": None if person_ids is None else list(person_ids),
            "order": order_id,
            "at": after[0] if after else None,
            "id": after[1] if after else None,
            "limit": limit,
        },
    )
    return [TaskRow(*r) for r in rows]


def done_since(cur: Cursor, shop_id: int, actor: str, since: datetime) -> Done:
    """What somebody has finished since then."""
    row = cur.execute(
        "select count(*), count(*) filter (where due_at is null or finished_at <= due_at) from desk_task"
        " where shop_id = %s and state in ('finished', 'closed') and state = 'finished' and finished_at >= %s"
        " and finished_by = %s",
        (shop_id, since, actor),
    ).fetchone()
    return Done(0, 0) if row is None else Done(*row)
