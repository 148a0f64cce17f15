"""The watch over promises: warned a while before they break, broken when their time has passed.

A loop calls `watch_once`; `next_watch` says when there will be something to do. Set-based, and it leaves persons whom
somebody else holds for the next round.
"""

from datetime import datetime
from typing import Any

import psycopg

from regulars.base import clock, db
from regulars.base.actor import SYSTEM
from regulars.base.db import Cursor
from regulars.base.failpoints import hit
from regulars.promises.actions import record_change

__all__ = ["next_watch", "watch_once"]

_DUE = """
select id, person_id from (
  (select id, person_id, warn_at as at from promises_promise where state = 'open' and not held and warn_at <= %(now)s
   order by warn_at limit %(limit)s)
  union all
  (select id, person_id, due_at as at from promises_promise where state in ('open', 'warned') and not held and due_at < %(now)s
   order by due_at limit %(limit)s)
) due order by at limit %(limit)s
"""
_BREAK = """
update promises_promise p set state = 'broken', closed_at = %(now)s
where id = any(%(ids)s) and state in ('open', 'warned') and not held and due_at < %(now)s
returning p.id, p.shop_id, p.person_id, p.order_id, p.enrolment_id, p.kind, p.due_at, p.state
"""
_WARN = """
update promises_promise p set state = 'warned', warned_at = %(now)s
where id = any(%(ids)s) and state = 'open' and not held and warn_at <= %(now)s and due_at >= %(now)s
returning p.id, p.shop_id, p.person_id, p.order_id, p.enrolment_id, p.kind, p.due_at, p.state
"""


def watch_once(raw: "psycopg.Connection[Any]", limit: int = 500) -> int:
    """Warn of what nears its time and mark what missed it, in one transaction; how many promises changed."""
    with db.transaction_on(raw) as cur:
        now = clock.now_from(cur)
        due = cur.execute(_DUE, {"now": now, "limit": limit}).fetchall()
        if not due:
            return 0
        held = {
            r[0]
            for r in cur.execute(
                "select person_id from events_mailbox where person_id = any(%s) order by person_id"
                " for update skip locked",
                (sorted({person for _, person in due}),),
            )
        }
        ids = sorted({id_ for id_, person in due if person in held})
        hit("promises.claimed")
        broken = cur.execute(_BREAK, {"now": now, "ids": ids}).fetchall()
        warned = cur.execute(_WARN, {"now": now, "ids": ids}).fetchall()
        record_change(cur, "promise.broken", broken, now, str(SYSTEM))
        record_change(cur, "promise.warned", warned, now, str(SYSTEM))
        hit("promises.before_commit")
    hit("promises.after_commit")
    return len(broken) + len(warned)


def next_watch(cur: Cursor) -> datetime | None:
    """Business time at which the next promise needs a look, or None."""
    row = cur.execute(
        "select least((select min(warn_at) from promises_promise where state = 'open' and not held),"
        " (select min(due_at) from promises_promise where state in ('open', 'warned') and not held))"
    ).fetchone()
    return row[0] if row else None
