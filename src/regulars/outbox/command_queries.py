"""Reads of commands: what waits, what failed, what an order's shop was told, which target is paused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor

__all__ = ["OPEN", "STATES", "STUCK", "CommandRow", "TargetRow", "by_keys", "listing", "stuck_count", "targets"]

STATES = ("queued", "sending", "failed", "unknown", "done", "kept", "withdrawn", "given_up")
OPEN = ("queued", "sending", "failed", "unknown")
STUCK = ("failed", "unknown")
"""Those that wait for a person."""
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command as people see it; `retry_at` and the target's pause are machine time."""

    id: int
    kind: str
    key: str
    target: str
    person_id: int | None
    order_id: int | None
    task_id: int | None
    actor: str
    state: str
    tries: int
    maybe_taken: bool
    not_before: datetime
    retry_at: datetime | None
    answer: dict[str, Any]
    asked_at: datetime
    closed_at: datetime | None
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TargetRow:
    """Whom commands go to, while it fails."""

    target: str
    failures: int
    paused_until: datetime | None
    trouble: str
    since: datetime


_COLUMNS = (
    "id, kind, key, target, person_id, order_id, task_id, actor, state, tries, maybe_taken, not_before, retry_at,"
    " coalesce(answer, '{}'), asked_at, closed_at, payload"
)
_SELECT = f"select {_COLUMNS} from outbox_command where shop_id = %s"  # noqa: S608 - our own column names


def listing(
    cur: Cursor,
    shop_id: int,
    *,
    states: Sequence[str] | None = None,
    kind: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[CommandRow]:
    """A page, newest first; `before`: the last id seen."""
    sql, values = _SELECT, [shop_id]
    if states is not None:
        sql += " and state = any(%s)"
        values.append(list(states))  # type: ignore[arg-type]
    if kind is not None:
        sql += " and kind = %s"
        values.append(kind)  # type: ignore[arg-type]
    if before is not None:
        sql += " and id < %s"
        values.append(before)
    return [CommandRow(*r) for r in cur.execute(sql + " order by id desc limit %s", [*values, limit])]


def by_keys(cur: Cursor, shop_id: int, keys: Sequence[str]) -> dict[str, CommandRow]:
    """Commands by the keys under which they were asked for."""
    if not keys:
        return {}
    rows = cur.execute(_SELECT + " and key = any(%s)", (shop_id, list(keys)))
    return {row[2]: CommandRow(*row) for row in rows}


def stuck_count(cur: Cursor, shop_id: int) -> int:
    """How many wait for a person; counted up to a hundred."""
    row = cur.execute(
        "select count(*) from (select 1 from outbox_command where shop_id = %s and state in ('failed', 'unknown')"
        " limit %s) t",
        (shop_id, MOST_COUNTED),
    ).fetchone()
    return row[0] if row else 0


def targets(cur: Cursor, shop_id: int) -> list[TargetRow]:
    """Those that fail just now."""
    rows = cur.execute(
        "select target, failures, paused_until, trouble, since from outbox_target where shop_id = %s order by since",
        (shop_id,),
    )
    return [TargetRow(*r) for r in rows]
