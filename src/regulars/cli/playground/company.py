"""The people about a playground's shop while it runs: a loop beside the roles, woken by the clock.

Owns what is kept between two turns. The clock waits for it (base/outside.py), so that at any speed things happen when
they are meant to; it is started with the demo and with nothing else.
"""

from datetime import datetime
from typing import Any

import psycopg

from regulars.base import clock, db, outside
from regulars.base.db import Cursor
from regulars.base.wake import Notifier
from regulars.cli.playground import seen
from regulars.cli.playground.fill import opened
from regulars.cli.playground.life import Life

__all__ = ["next_due", "turn"]

_life: Life | None = None
_until: datetime | None = None
"""Orders up to then are placed."""
_coming: datetime | None = None
_notifier = Notifier()


def turn(raw: "psycopg.Connection[Any]") -> int:
    """Do what is due; 0 when that was nothing."""
    global _life, _until, _coming
    with db.transaction_on(raw) as cur:
        clock.forget()
        now = clock.now_from(cur)
        if _life is None:
            here = opened(cur)
            if here is None or not here.filled:
                return 0
            _life = Life(here.book, here.office, leisurely=True)
    if _until is None:
        _until = seen.last_placed(raw, _life.office.shop_id) or _life.book.began
    done, _coming = _life.turn(raw, _until, now, lambda: None)
    _until = max(_until, now)
    with db.transaction_on(raw) as cur:
        outside.tell(cur, _coming)
    if done:
        _notifier.ping()
    return done


def next_due(cur: Cursor) -> datetime | None:
    """When something comes next, as it looked at the last turn."""
    return _coming
