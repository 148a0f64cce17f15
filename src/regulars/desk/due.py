"""Outcomes that are about to settle, for a playground's clock."""

from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["state"]


def state(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether one is due and not settled yet, and when the next will be."""
    row = cur.execute(
        "select exists (select 1 from desk_task where settles_at <= %s),"
        " (select min(settles_at) from desk_task where settles_at > %s)",
        (now, now),
    ).fetchone()
    return (False, None) if row is None else (row[0], row[1])
