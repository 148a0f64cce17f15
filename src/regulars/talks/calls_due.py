"""Calls that fell silent, for a playground's clock."""

from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["state"]


def state(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether one counts as over and was not looked at yet, and when the next will."""
    row = cur.execute(
        "select exists (select 1 from talks_call where check_at <= %s),"
        " (select min(check_at) from talks_call where check_at > %s)",
        (now, now),
    ).fetchone()
    return (False, None) if row is None else (row[0], row[1])
