"""Tasks that are to go back because of a shift, for a playground's clock."""

from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["state"]


def state(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether somebody's tasks are due to go back and have not gone, and when the next ones will be."""
    row = cur.execute(
        "select exists (select 1 from staff_shift where returns_at <= %s),"
        " (select min(returns_at) from staff_shift where returns_at > %s)",
        (now, now),
    ).fetchone()
    return (False, None) if row is None else (row[0], row[1])
