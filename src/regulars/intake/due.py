"""What has been delivered and not taken in, for a playground's clock."""

from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["state"]


def state(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether a delivery waits; deliveries fall due when they come, so nothing follows."""
    row = cur.execute("select exists (select 1 from intake_pending)").fetchone()
    return bool(row and row[0]), None
