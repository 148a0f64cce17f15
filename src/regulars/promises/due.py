"""Promises that need a look, for a playground's clock."""

from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["state"]


def state(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether one is at risk or has run out, and when the next will: broken is what is *past* its time."""
    row = cur.execute(
        "select exists (select 1 from promises_promise"
        " where state = 'open' and risk_at is null and not held and warn_at <= %(now)s)"
        " or exists (select 1 from promises_promise where state in ('open', 'warned') and not held and due_at < %(now)s),"
        " least((select min(warn_at) from promises_promise"
        " where state = 'open' and risk_at is null and not held and warn_at > %(now)s),"
        " (select min(due_at) + interval '1 microsecond' from promises_promise"
        " where state in ('open', 'warned') and not held and due_at >= %(now)s))",
        {"now": now},
    ).fetchone()
    return (False, None) if row is None else (row[0], row[1])
