"""How long it is kept why somebody did not enter a scheme.

Owns the term, and the clearing. Who asks why is told what happened within it; the events themselves stay.
"""

from datetime import timedelta

from regulars.base.db import Cursor

__all__ = ["KEPT_FOR", "forget_old"]

KEPT_FOR = timedelta(days=400)
"""A year and the time in which one asks about it: schemes of a birthday begin once a year."""
AT_ONCE = 5_000

# ids hold the machine's time, so the oldest lie together at the beginning of the primary key
_FORGET = """
with old as (
  select id from journeys_refusal where id < (extract(epoch from machine_now() - %s) * 1000)::bigint << 20 order by id limit %s
)
delete from journeys_refusal r using old where r.id = old.id
"""


def forget_old(cur: Cursor, at_once: int = AT_ONCE) -> int:
    """Drop the oldest of what is past its term, at most so many; how many. Whoever clears asks again until there are fewer."""
    return cur.execute(_FORGET, (KEPT_FOR, at_once)).rowcount
