"""Deciding a split test: from then on everybody new goes the winner's way; who went another way stays on it.

Owns the only write of it. That a way is better is others' to know: the reports', or whoever looks at them.
"""

from datetime import datetime

from regulars.base import audit
from regulars.base.actor import Actor
from regulars.base.db import Cursor

__all__ = ["decide"]


def decide(cur: Cursor, shop_id: int, scheme_id: int, step: str, target: str, actor: Actor, now: datetime) -> bool:
    """The test at this step is decided for `target`; False when it was decided before, which stands."""
    row = cur.execute(
        "insert into journeys_winner (shop_id, scheme_id, step, target, decided_at, decided_by)"
        " values (%s, %s, %s, %s, %s, %s) on conflict do nothing returning 1",
        (shop_id, scheme_id, step, target, now, str(actor)),
    ).fetchone()
    if row is not None:
        audit.write(cur, shop_id, actor, "split.decided", "scheme", scheme_id, step=step, target=target)
    return row is not None
