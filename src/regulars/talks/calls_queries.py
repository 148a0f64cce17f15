"""Reads of calls: one, lists by time, those of persons, and how often somebody was missed."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from regulars.base.db import Cursor

__all__ = [
    "CallRow",
    "Missed",
    "by_id",
    "call",
    "lines",
    "listing",
    "missed_of_tasks",
    "next_check",
    "of_stand_in",
    "of_tasks",
    "reached_since",
]


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call as it stands; see talks.models.Call."""

    id: int
    shop_id: int
    source: str
    direction: str
    number: str | None
    line: str | None
    extension: str | None
    account_id: int | None
    state: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: int | None
    talk_seconds: int | None
    recordings: list[str]
    person_id: int | None
    certainty: str
    candidates: list[int]
    stand_in_id: int | None
    settled_by: str | None
    settled_at: datetime | None
    task_id: int | None
    live: bool


@dataclass(frozen=True, slots=True)
class Missed:
    """How often somebody called in vain before he was reached, and when for the last time."""

    count: int
    last_at: datetime


_COLUMNS = ", ".join(f.name for f in fields(CallRow))


def by_id(cur: Cursor, shop_id: int, call_ids: Sequence[int]) -> dict[int, CallRow]:
    """Calls of this shop by their ids; others are left out."""
    if not call_ids:
        return {}
    rows = cur.execute(
        f"select {_COLUMNS} from talks_call where shop_id = %s and id = any(%s)",  # noqa: S608 - our own column names
        (shop_id, list(call_ids)),
    )
    return {r[0]: CallRow(*r) for r in rows}


def call(cur: Cursor, shop_id: int, call_id: int) -> CallRow | None:
    """One call of this shop."""
    return by_id(cur, shop_id, [call_id]).get(call_id)


def listing(
    cur: Cursor,
    shop_id: int,
    *,
    direction: str = "",
    state: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    person_ids: Sequence[int] | None = None,
    account_id: int | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[CallRow]:
    """Calls with people outside, the newest first; `after`: (started_at, id) of the last one seen.

    `account_id`: whose; 0: of those whose operator nobody knows.
    """
    where, values = ["shop_id = %s"], [shop_id]
    for sql, value in (
        ("direction = %s", direction or None),
        ("state = %s", state or None),
        ("started_at >= %s", since),
        ("started_at < %s", until),
        ("coalesce(account_id, 0) = %s", account_id),
        ("person_id = any(%s)", None if person_ids is None else list(person_ids)),
    ):
        if value is not None:
            where.append(sql)
            values.append(value)  # type: ignore[arg-type]
    if not direction:
        where.append("direction in ('in', 'out')")
    if after is not None:
        where.append("(started_at, id) < (%s, %s)")
        values += list(after)  # type: ignore[arg-type]
    rows = cur.execute(
        f"select {_COLUMNS} from talks_call where {' and '.join(where)}"  # noqa: S608 - our own column names
        " order by started_at desc, id desc limit %s",
        [*values, limit],
    )
    return [CallRow(*r) for r in rows]


def missed_of_tasks(cur: Cursor, shop_id: int, task_ids: Sequence[int]) -> dict[int, Missed]:
    """The calls in vain behind each of these tasks."""
    if not task_ids:
        return {}
    rows = cur.execute(
        "select task_id, count(*), max(started_at) from talks_call where shop_id = %s and task_id = any(%s)"
        " and state = 'missed' group by task_id",
        (shop_id, list(task_ids)),
    )
    return {task: Missed(count, last) for task, count, last in rows}


def of_tasks(cur: Cursor, shop_id: int, task_ids: Sequence[int]) -> dict[int, list[CallRow]]:
    """The calls behind each of these tasks, the last one first."""
    if not task_ids:
        return {}
    rows = cur.execute(
        f"select {_COLUMNS} from talks_call where shop_id = %s and task_id = any(%s)"  # noqa: S608 - our own column names
        " order by started_at desc, id desc",
        (shop_id, list(task_ids)),
    )
    found: dict[int, list[CallRow]] = {}
    for row in [CallRow(*r) for r in rows]:
        found.setdefault(row.task_id or 0, []).append(row)
    return found


def of_stand_in(cur: Cursor, shop_id: int, stand_in_id: int) -> list[int]:
    """The calls of somebody who stands in for several, or stood."""
    rows = cur.execute(
        "select id from talks_call where shop_id = %s and stand_in_id = %s order by id", (shop_id, stand_in_id)
    )
    return [r[0] for r in rows]


def lines(cur: Cursor, shop_id: int) -> list[str]:
    """The shop's own numbers, as far as its last thousand calls name them."""
    rows = cur.execute(
        "select distinct line from (select line from talks_call where shop_id = %s order by started_at desc, id desc"
        " limit 1000) last where line is not null order by line",
        (shop_id,),
    )
    return [r[0] for r in rows]


def reached_since(cur: Cursor, shop_id: int, person_ids: Sequence[int]) -> dict[int, datetime]:
    """When each of these persons was talked to last by telephone."""
    if not person_ids:
        return {}
    rows = cur.execute(
        "select person_id, max(answered_at) from talks_call where shop_id = %s and person_id = any(%s)"
        " and answered_at is not null group by person_id",
        (shop_id, list(person_ids)),
    )
    return dict(rows.fetchall())


def next_check(cur: Cursor) -> datetime | None:
    """Business time at which the next silent call counts as over."""
    row = cur.execute("select min(check_at) from talks_call where check_at is not null").fetchone()
    return row[0] if row else None
