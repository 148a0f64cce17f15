"""Writes of what was offered in talks and what came of it, and of what the shop's orders teach."""

from collections.abc import Sequence
from datetime import datetime

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, lock_mailboxes, record

__all__ = ["ANSWERS", "BECAUSE", "answer", "learned", "take_back"]

ANSWERS = ("accepted", "refused")
BECAUSE = ("listed", "together", "on_offer", "asked")
"""Why something was offered; 'asked': the operator looked it up."""


def answer(
    cur: Cursor, shop_id: int, task_id: int, person_id: int, order_id: int | None, sku: str, because: str, said: str,
    actor: Actor, now: datetime,
) -> bool:  # fmt: skip
    """Note what the buyer said to an offer in this talk; the last word counts. Records offer.answered if it is new."""
    lock_mailboxes(cur, [person_id])
    changed = cur.execute(
        "insert into catalog_offered as o (shop_id, task_id, order_id, sku, because, answer, actor, at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (shop_id, task_id, sku) do update"
        " set answer = excluded.answer, because = excluded.because, actor = excluded.actor, at = excluded.at"
        " where o.answer <> excluded.answer returning id",
        (shop_id, task_id, order_id, sku, because, said, str(actor), now),
    ).fetchone()
    if changed is None:
        return False
    data = {"sku": sku, "because": because, "answer": said, "task_id": str(task_id)}
    record(cur, shop_id, [NewEvent("offer.answered", now, True, person_id, order_id, data, str(actor))], now)
    audit.write(cur, shop_id, actor, "offer.answer", "task", task_id, sku=sku, answer=said)
    return True


def take_back(cur: Cursor, shop_id: int, task_id: int, sku: str, actor: Actor) -> bool:
    """The answer was a slip of the finger: it no longer counts."""
    gone = cur.execute(
        "delete from catalog_offered where shop_id = %s and task_id = %s and sku = %s returning id",
        (shop_id, task_id, sku),
    ).fetchone()
    if gone is not None:
        audit.write(cur, shop_id, actor, "offer.take_back", "task", task_id, sku=sku)
    return gone is not None


def learned(cur: Cursor, shop_id: int, pairs: Sequence[tuple[str, str, int, int]]) -> None:
    """What is bought together, (sku, with, together, orders), in place of what was known."""
    cur.execute("delete from catalog_pair where shop_id = %s", (shop_id,))
    if pairs:
        cur.execute(
            "insert into catalog_pair (shop_id, sku, with_sku, together, orders)"
            " select %s, * from unnest(%s::text[], %s::text[], %s::int[], %s::int[])",
            (shop_id, *db.columns(pairs, 4)),
        )
