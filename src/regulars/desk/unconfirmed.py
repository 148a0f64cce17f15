"""Changes that a shop has taken and not shown since: the desk's lead is told once, and somebody decides. Writes.

A loop calls `check_once`; `check_at` is each change's due row. It locks changes alone, those that nobody holds, so it waits
for nobody. What the shop shows later is judged as ever (rules/changes.py): nothing here ends a change but a person.
"""

from datetime import datetime
from typing import Any

import psycopg

from regulars.base import audit, clock, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.failpoints import hit
from regulars.desk import write_back
from regulars.events.actions import lock_mailboxes
from regulars.orders import edits
from regulars.orders.edits import ChangeRow, Edit
from regulars.orders.queries import by_id
from regulars.staff import notices, presence
from regulars.staff.notices import NewNotice

__all__ = ["NOTICE", "check_once", "drop", "keep", "next_check", "state", "tell_again"]

NOTICE = "change_unconfirmed"


def check_once(raw: "psycopg.Connection[Any]", limit: int = 200) -> int:
    """Look at the changes that the shop should have shown by now; how many it has not."""
    with db.transaction_on(raw) as cur:
        now = clock.now_from(cur)
        found = edits.mark_unconfirmed(cur, now, limit)
        for shop_id in sorted({shop for shop, _ in found}):
            deeds = {change.deed_id: change for shop, change in found if shop == shop_id}
            leads = presence.leads(cur, shop_id)
            notices.tell(cur, shop_id, [_notice(lead, c) for c in deeds.values() for lead in leads], now)
        hit("unconfirmed.before_commit")
    return len(found)


def _notice(account_id: int, change: ChangeRow) -> NewNotice:
    params = {"person_id": str(change.person_id)} if change.person_id else {}
    key = f"{NOTICE}:{change.deed_id}"
    return NewNotice(account_id, NOTICE, key, f"order:{change.order_id}", params=params)


def tell_again(cur: Cursor, shop_id: int, deed_id: int, actor: Actor, now: datetime) -> int | None:
    """Tell the shop once more of what still waits; the new deed's id, None when nothing does or it is on its way.

    It is a deed of its own: a program that leaves out what it was told before does not leave it out.
    """
    mine = _told(cur, shop_id, deed_id)
    if not mine:
        return None
    order = by_id(cur, shop_id, [mine[0].order_id])[mine[0].order_id]
    again = [Edit(c.field, c.before, c.after, c.label) for c in mine]
    audit.write(cur, shop_id, actor, "order.change_again", "change", deed_id)
    return write_back.ask(cur, shop_id, order, again, actor, now, task_id=mine[0].task_id)


def keep(cur: Cursor, shop_id: int, deed_id: int, actor: Actor) -> bool:
    """Leave it as it is wanted, and remind nobody; False when there is nothing overdue of it."""
    if not edits.keep_waiting(cur, shop_id, deed_id):
        return False
    audit.write(cur, shop_id, actor, "order.change_kept", "change", deed_id)
    return True


def drop(cur: Cursor, shop_id: int, deed_id: int, actor: Actor, now: datetime) -> bool:
    """Want it no more: the order is shown as the shop shows it. False when nothing waits, or it is on its way."""
    mine = _told(cur, shop_id, deed_id)
    edits.close(cur, shop_id, mine, "withdrawn", now, reason="dropped", actor=actor)
    if mine:
        audit.write(cur, shop_id, actor, "order.change_dropped", "change", deed_id)
    return bool(mine)


def _told(cur: Cursor, shop_id: int, deed_id: int) -> list[ChangeRow]:
    """What the shop was told of this deed and has not shown, under its person's lock."""
    mine = edits.waiting(cur, shop_id, deed_id=deed_id)
    lock_mailboxes(cur, sorted({c.person_id for c in mine if c.person_id}))
    return [c for c in edits.waiting(cur, shop_id, deed_id=deed_id) if c.told]


def next_check(cur: Cursor) -> datetime | None:
    """Business time at which the next change should have been shown."""
    return state(cur, clock.now_from(cur))[1]


def state(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether a change is overdue and nobody was told, and when the next will be: for a playground's clock."""
    return edits.checks(cur, now)
