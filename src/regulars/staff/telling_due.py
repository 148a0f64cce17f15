"""Notices that are to leave by mail or a service, for a playground's clock."""

from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["state"]


def state(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether one is due and not carried yet, and when the next will be. What rests after a failure holds up nobody."""
    row = cur.execute(
        "select exists (select 1 from staff_telling t join staff_way w on w.id = t.way_id where t.due_at <= %s"
        " and t.state in ('waiting', 'sending') and t.retry_at is null and w.paused_until is null and w.removed_at is null),"
        " (select min(due_at) from staff_telling where state = 'waiting' and due_at > %s)",
        (now, now),
    ).fetchone()
    return (False, None) if row is None else (row[0], row[1])
