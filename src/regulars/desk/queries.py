"""Reads of the desk: one task, and the queue of a team."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from regulars.base.db import Cursor

__all__ = ["NO_LIMIT", "WAITING", "TaskRow", "counts", "task", "tasks", "tasks_by_id"]

WAITING = ("open", "claimed")
NO_LIMIT = datetime.max.replace(tzinfo=UTC)
"""Where a task without a limit stands in the order of deadlines."""
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
    banner: str | None


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
    """Tasks that wait, by team."""
    rows = cur.execute(
        "select team, count(*) from desk_task where shop_id = %s and state in ('open', 'claimed') and not_before <= %s"
        " group by team",
        (shop_id, now),
    )
    return dict(rows)
