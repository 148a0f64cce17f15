"""Writes of a pause: a scheme stands still, with its unsent letters, and goes on.

Who stands where, and what came meanwhile, is `pausing`'s.
"""

from datetime import datetime

from regulars.base import audit
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.failpoints import hit
from regulars.journeys.pausing import REFUSE, WAIT
from regulars.outbox import held as outbox

__all__ = ["pause", "resume"]


def pause(cur: Cursor, shop_id: int, name: str, newcomers: str, actor: Actor, now: datetime) -> bool:
    """Let the scheme stand still: no timer runs, no letter of it goes. `newcomers`: WAIT or REFUSE. Open tasks stay on the
    desk. False when there is no such scheme, or it is paused already. Raises ValueError for another word."""
    if newcomers not in (WAIT, REFUSE):
        raise ValueError(newcomers)
    row = cur.execute(
        "update journeys_scheme set paused_at = %s, paused_by = %s, newcomers = %s, waking = false, woken = null"
        " where shop_id = %s and name = %s and paused_at is null returning id",
        (now, str(actor), newcomers, shop_id, name),
    ).fetchone()
    if row is None:
        return False
    outbox.hold_versions(cur, shop_id, _versions(cur, row[0]))
    audit.write(cur, shop_id, actor, "scheme.paused", "scheme", row[0], newcomers=newcomers)
    hit("scheme.pause_before_commit")
    return True


def resume(cur: Cursor, shop_id: int, name: str, actor: Actor, now: datetime) -> bool:
    """Let the scheme go on: what ended meanwhile goes on now, what came is taken in its order, and each step's lateness
    rule says what becomes of letters. False when it isn't paused."""
    row = cur.execute(
        "update journeys_scheme set paused_at = null, paused_by = null, newcomers = null, waking = true, woken = null"
        " where shop_id = %s and name = %s and paused_at is not null returning id",
        (shop_id, name),
    ).fetchone()
    if row is None:
        return False
    outbox.release_versions(cur, shop_id, _versions(cur, row[0]), now)
    audit.write(cur, shop_id, actor, "scheme.resumed", "scheme", row[0])
    hit("scheme.resume_before_commit")
    return True


def _versions(cur: Cursor, scheme_id: int) -> list[int]:
    return [r[0] for r in cur.execute("select id from journeys_version where scheme_id = %s", (scheme_id,))]
