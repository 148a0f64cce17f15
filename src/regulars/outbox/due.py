"""Messages whose time has come, for a playground's clock."""

from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["state"]


def state(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether a message is due or being sent, and when the next may go."""
    row = cur.execute(
        "select exists (select 1 from outbox_message where state = 'queued' and send_after <= %s)"
        " or exists (select 1 from outbox_message where state = 'sending'),"
        " (select min(send_after) from outbox_message where state = 'queued' and send_after > %s)",
        (now, now),
    ).fetchone()
    return (False, None) if row is None else (row[0], row[1])
