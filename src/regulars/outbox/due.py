"""Messages and commands whose time has come, for a playground's clock."""

from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["commands", "state"]


def state(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether a message is due or being sent, and when the next may go."""
    row = cur.execute(
        "select exists (select 1 from outbox_message where state = 'queued' and send_after <= %s)"
        " or exists (select 1 from outbox_message where state = 'sending'),"
        " (select min(send_after) from outbox_message where state = 'queued' and send_after > %s)",
        (now, now),
    ).fetchone()
    return (False, None) if row is None else (row[0], row[1])


def commands(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether a command is due for its first attempt or being told, and when the next may go.

    What failed waits by the machine's time, and business time goes on meanwhile.
    """
    row = cur.execute(
        "select exists (select 1 from outbox_command where state = 'queued' and tries = 0 and not_before <= %s)"
        " or exists (select 1 from outbox_command where state = 'sending'),"
        " (select min(not_before) from outbox_command where state = 'queued' and not_before > %s)",
        (now, now),
    ).fetchone()
    return (False, None) if row is None else (row[0], row[1])
