"""When a playground's outside world acts next: its orders and people come by business time, and the clock waits for them.

Whoever plays it says so while he lives (by machine time); where nobody does, nothing is waited for.
"""

from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["state", "tell"]

LIVES_SECONDS = 5.0


def tell(cur: Cursor, next_at: datetime) -> None:
    """Nothing comes from outside before `next_at`; to be said again within seconds."""
    cur.execute(
        "insert into base_outside (id, next_business, until_machine)"
        " values (1, %s, machine_now() + make_interval(secs => %s))"
        " on conflict (id) do update set next_business = excluded.next_business, until_machine = excluded.until_machine",
        (next_at, LIVES_SECONDS),
    )


def state(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether something is to come by now and has not, and when the next will."""
    row = cur.execute("select next_business from base_outside where until_machine > machine_now()").fetchone()
    if row is None:
        return False, None
    return (True, None) if row[0] <= now else (False, row[0])
