"""Limits on how often: one row a bucket, counted by the database, exact however many processes count at once.

Owns table base_rate_limit and its one statement. It counts by machine time. A hit must be committed at once, whatever
becomes of the request: use a transaction of its own.
"""

from dataclasses import dataclass
from math import ceil

from regulars.base.db import Cursor

__all__ = ["Hit", "forget_old", "hit"]

LONGEST_WINDOW_SECONDS = 86_400

_HIT = """
insert into base_rate_limit as kept (bucket, window_start, hits) values (%(bucket)s, machine_now(), 1)
on conflict (bucket) do update set
  window_start = case when kept.window_start + %(window)s * interval '1 second' <= excluded.window_start
                      then excluded.window_start else kept.window_start end,
  hits = case when kept.window_start + %(window)s * interval '1 second' <= excluded.window_start
              then 1 else least(kept.hits, 1000000000) + 1 end
returning hits, extract(epoch from window_start + %(window)s * interval '1 second' - machine_now())::float8
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """Whether this one is within the limit; how many are `left` in the window; if none, seconds until it ends."""

    allowed: bool
    left: int
    retry_after_seconds: int


def hit(cur: Cursor, shop_id: int, bucket: str, limit: int, window_seconds: int) -> Hit:
    """Counts one more in the bucket ('login:…', 'code:…') of that shop and says whether it is among the first `limit`
    of the window. The window begins with its first hit; further hits don't prolong it. Windows last a day at most.

    Put no address or name into a bucket's name: a digest of it does as well.
    """
    if not 0 < window_seconds <= LONGEST_WINDOW_SECONDS:
        raise ValueError(f"a window lasts 1 to {LONGEST_WINDOW_SECONDS} seconds")
    row = cur.execute(_HIT, {"bucket": f"{shop_id}:{bucket}", "window": window_seconds}).fetchone()
    if row is None:
        raise RuntimeError("insert … returning gave no row")
    hits, rest = row
    allowed = hits <= limit
    return Hit(allowed, max(limit - hits, 0), 0 if allowed else max(ceil(rest), 1))


def forget_old(cur: Cursor) -> int:
    """Deletes buckets whose window must have ended; how many."""
    cur.execute(
        "delete from base_rate_limit where window_start < machine_now() - %s * interval '1 second'",
        (LONGEST_WINDOW_SECONDS,),
    )
    return cur.rowcount
