"""What lies due in the mailboxes, for a playground's clock."""

from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["state"]


def state(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether somebody is due and not done yet, and the next due moment."""
    row = cur.execute(
        "select exists (select 1 from events_mailbox where due_at <= %s),"
        " (select min(due_at) from events_mailbox where due_at > %s)",
        (now, now),
    ).fetchone()
    return (False, None) if row is None else (row[0], row[1])
