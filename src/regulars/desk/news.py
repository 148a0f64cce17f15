"""What a desk is woken by: a mark of the shop's queue that changes with it, and the address under which one waits for that.

Owns the address and its signature; who waits, and for how long, is worker/news.py's matter.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2s

from regulars.base import clock, tokens
from regulars.base.db import Cursor
from regulars.desk import ranking

__all__ = ["PATH", "PURPOSE", "about_now", "address", "mark"]

PATH = "/tasks/news/"
PURPOSE = "desk-news"
LASTS = timedelta(days=2)
SEEN = 31
"""So many of those who may be called now are on a screen."""


def address(shop_id: int, keys: Sequence[bytes]) -> str:
    """Where the desks of this shop wait for news."""
    return PATH + tokens.sign(PURPOSE, [shop_id], clock.machine_now() + LASTS, 0, keys)


def about_now() -> datetime:
    """The database's time as this process knows it, without asking; the beginning of time before it knows any."""
    known = clock.known()
    return known.machine().astimezone(UTC) if known is not None else datetime.fromtimestamp(0, UTC)


def mark(cur: Cursor, shop_id: int, now: datetime) -> str:
    """Changes when somebody comes to the front, is taken, or is given back."""
    ready = ranking.next_ids(cur, shop_id, now, limit=SEEN)
    rows = cur.execute(
        "select id, claimed_by from desk_task where shop_id = %s and state = 'claimed' order by id", (shop_id,)
    ).fetchall()
    return blake2s(repr((ready, rows)).encode(), digest_size=8).hexdigest()
