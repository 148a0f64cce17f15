"""Reads of the desk: tasks, what somebody has begun to write, who looks on. The order of calls is ranking.py's."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

from regulars.base import clock
from regulars.base.db import Cursor

__all__ = [
    "COLUMNS",
    "NO_LIMIT",
    "WAITING",
    "Done",
    "DraftRow",
    "TaskRow",
    "begun",
    "counts",
    "done_since",
    "draft",
    "ended",
    "load",
    "load_of",
    "onlookers",
    "task",
    "tasks",
    "tasks_by_id",
    "waiting_count",
    "with_me",
    "writing",
]

WAITING = ("open", "claimed")
NO_LIMIT = datetime.max.replace(tzinfo=UTC)
"""Where a task without a limit stands in the order of deadlines."""
MOST_COUNTED = 10_000
LOOKING = timedelta(seconds=25)
"""Who was seen with the card open so long ago has it open still; a card says so every ten seconds."""
WRITING = timedelta(seconds=10)
"""Whose words were saved so long ago is writing still: while somebody types, they are saved every second and a half."""
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
    call_id: int | None = None
    thread_id: int | None = None
    promise_id: int | None = None
    pause: str | None = None
    paused_at: datetime | None = None
    left_target: timedelta | None = None
    left_limit: timedelta | None = None
    pause_note: str = ""
    was_not_before: datetime | None = None
    was_target_at: datetime | None = None
    was_due_at: datetime | None = None
    escalate_at: datetime | None = None
    escalated: int = 0
    placed_at: datetime | None = None
    extended: int = 0

    def stands(self, now: datetime) -> bool:
        """Whether its clock stands in a waiting state. That ends by itself, so nothing has to sweep."""
        return self.pause is not None and self.state in WAITING and self.not_before > now


@dataclass(frozen=True, slots=True)
class DraftRow:
    """What somebody has begun to write in a card; `call_at` a wall time at the buyer's."""

    outcome: str
    note: str
    call_at: str
    saved_at: datetime
    undone: int


@dataclass(frozen=True, slots=True)
class Done:
    """How many somebody has finished, and how many of them within their limit."""

    count: int
    in_time: int


COLUMNS = ", ".join(f.name for f in fields(TaskRow))


def task(cur: Cursor, shop_id: int, task_id: int, *, locked: bool = False) -> TaskRow | None:
    """One task of this shop; `locked`: until the end of the transaction."""
    row = cur.execute(
        f"select {COLUMNS} from desk_task where shop_id = %s and id = %s{' for update' if locked else ''}",  # noqa: S608
        (shop_id, task_id),
    ).fetchone()
    return None if row is None else TaskRow(*row)


def tasks_by_id(cur: Cursor, shop_id: int, task_ids: Sequence[int]) -> dict[int, TaskRow]:
    """Tasks of this shop by their ids; others are left out."""
    if not task_ids:
        return {}
    rows = cur.execute(
        f"select {COLUMNS} from desk_task where shop_id = %s and id = any(%s)",  # noqa: S608 - our own column names
        (shop_id, list(task_ids)),
    )
    return {r[0]: TaskRow(*r) for r in rows}


def tasks(
    cur: Cursor,
    shop_id: int,
    *,
    now: datetime,
    team: str | None = None,
    teams: Sequence[str] | None = None,
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
    if teams is not None:
        where.append("team = any(%s)")
        values.append(list(teams))
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
        f"select {COLUMNS} from desk_task where {' and '.join(where)}"  # noqa: S608 - our own column names
        f" order by {_DUE}, id limit %s",
        [*values, limit],
    )
    return [TaskRow(*r) for r in rows]


def with_limits(cur: Cursor, shop_id: int, teams: Sequence[str]) -> list[TaskRow]:
    """All tasks of these teams that wait and have a limit, hidden ones too, by id."""
    rows = cur.execute(
        f"select {COLUMNS} from desk_task where shop_id = %s and team = any(%s) and state in ('open', 'claimed')"  # noqa: S608 - our own column names
        " and due_at is not null order by id",
        (shop_id, list(teams)),
    )
    return [TaskRow(*r) for r in rows]


def counts(cur: Cursor, shop_id: int, now: datetime) -> dict[str, int]:
    """Tasks that wait, by team; they are counted up to ten thousand."""
    rows = cur.execute(
        "select team, count(*) from (select team from desk_task where shop_id = %s and state in ('open', 'claimed')"
        " and not_before <= %s order by not_before limit %s) waiting group by team",
        (shop_id, now, MOST_COUNTED),
    )
    return dict(rows)


def waiting_count(cur: Cursor, shop_id: int, now: datetime, most: int) -> int:
    """How many tasks wait, counted up to `most`: every page asks."""
    row = cur.execute(
        "select count(*) from (select 1 from desk_task where shop_id = %s and state in ('open', 'claimed')"
        " and not_before <= %s order by not_before limit %s) waiting",
        (shop_id, now, most),
    ).fetchone()
    return int(row[0]) if row else 0


def draft(cur: Cursor, shop_id: int, task_id: int, actor: str) -> DraftRow | None:
    """What this person has begun to write in the card."""
    row = cur.execute(
        "select outcome, note, call_at, saved_at, undone from desk_draft where shop_id = %s and task_id = %s and actor = %s",
        (shop_id, task_id, actor),
    ).fetchone()
    return None if row is None else DraftRow(*row)


def begun(cur: Cursor, shop_id: int, task_id: int, me: str) -> list[tuple[str, DraftRow]]:
    """What others had begun to write when the task left them, the newest first, each with his name as an actor."""
    rows = cur.execute(
        "select actor, outcome, note, call_at, saved_at, undone from desk_draft where shop_id = %s and task_id = %s"
        " and actor <> %s and left_at is not null order by left_at desc, id desc",
        (shop_id, task_id, me),
    )
    return [(r[0], DraftRow(*r[1:])) for r in rows]


def load(cur: Cursor, shop_id: int) -> dict[int, int]:
    """How many tasks each account has, by account; those whose clock stands don't count."""
    rows = cur.execute(
        "select claimed_by, count(*) from desk_task where shop_id = %s and state = 'claimed'"
        " and (pause is null or not_before <= %s) and claimed_by like 'staff:%%' group by claimed_by",
        (shop_id, clock.now_from(cur)),
    )
    return {int(actor[6:]): n for actor, n in rows}


def with_me(cur: Cursor, shop_id: int, actor: str, now: datetime) -> list[int]:
    """The tasks that somebody has in hand, the one he took last at the end; one whose clock stands is not among them."""
    rows = cur.execute(
        "select id from desk_task where shop_id = %s and state = 'claimed' and claimed_by = %s"
        " and (pause is null or not_before <= %s) order by claimed_at, id",
        (shop_id, actor, now),
    )
    return [r[0] for r in rows]


def load_of(cur: Cursor, shop_id: int, actor: str, now: datetime) -> int:
    """How many tasks somebody has; those whose clock stands don't count."""
    row = cur.execute(
        "select count(*) from desk_task where shop_id = %s and state = 'claimed' and claimed_by = %s"
        " and (pause is null or not_before <= %s)",
        (shop_id, actor, now),
    ).fetchone()
    return 0 if row is None else int(row[0])


def onlookers(cur: Cursor, shop_id: int, task_id: int, me: str) -> list[str]:
    """Who else has the card open, as actors."""
    rows = cur.execute(
        "select actor from desk_look where shop_id = %s and task_id = %s and actor <> %s"
        " and seen_at > machine_now() - %s order by actor",
        (shop_id, task_id, me, LOOKING),
    )
    return [r[0] for r in rows]


def writing(cur: Cursor, shop_id: int, task_id: int, me: str, now: datetime) -> list[str]:
    """Who else is writing in the card just now, as actors."""
    rows = cur.execute(
        "select actor from desk_draft where shop_id = %s and task_id = %s and actor <> %s and saved_at > %s and note <> ''"
        " order by actor",
        (shop_id, task_id, me, now - WRITING),
    )
    return [r[0] for r in rows]


def ended(
    cur: Cursor,
    shop_id: int,
    *,
    state: str = "finished",
    teams: Sequence[str] | None = None,
    person_ids: Sequence[int] | None = None,
    order_id: int | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[TaskRow]:
    """Tasks that are over (`finished` or `closed`), the last one first; `after`: (finished_at, id) of the last one seen."""
    rows = cur.execute(
        f"select {COLUMNS} from desk_task where shop_id = %(shop)s and state in ('finished', 'closed')"  # noqa: S608
        " and state = %(state)s and (%(teams)s::text[] is null or team = any(%(teams)s))"
        " and (%(persons)s::bigint[] is null or person_id = any(%(persons)s))"
        " and (%(order)s::bigint is null or order_id = %(order)s)"
        " and (%(at)s::timestamptz is null or (finished_at, id) < (%(at)s, %(id)s))"
        " order by finished_at desc, id desc limit %(limit)s",
        {
            "shop": shop_id,
            "state": state,
            "teams": None if teams is None else list(teams),
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
