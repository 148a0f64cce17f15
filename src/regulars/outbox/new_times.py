"""A promise has got a later time: the buyer is told it by a letter, once. Writes.

Whoever moves a promise calls `tell` in the same transaction. What the buyer himself has chosen in a talk is not told as the
shop's delay, nor is a time that is earlier. The letter is bound to the new promise: it goes as long as that one stands.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from regulars.base.db import Cursor
from regulars.outbox.actions import NewMessage, queue_messages
from regulars.promises import actions as promises

__all__ = ["BY", "LETTERS", "PART", "REASONS", "tell"]

BY = ("telegram", "email", "sms")
"""What concerns a promise goes by the first of these that reaches the buyer."""
PART = "new_time"
LETTERS = {
    "delivery": "running-late", "call": "promise-call-moved", "ship": "promise-ship-moved", "answer": "promise-answer-moved",
}  # fmt: skip
REASONS: Mapping[str, Mapping[str, str]] = {
    "no_hands": {"en": "we have too few hands just now", "ru": "нам сейчас не хватает рук"},
    "no_goods": {"en": "the goods have not reached us in time", "ru": "товар к нам ещё не пришёл"},
    "carrier_late": {"en": "the carrier is late", "ru": "опаздывает служба доставки"},
    "not_known": {"en": "we don't know the answer yet", "ru": "пока выясняем, что вам ответить"},
}
"""Why a time is moved, as the buyer reads it. Who gives none gives none."""
_MOVED = """
select n.id, n.person_id, n.order_id, n.enrolment_id, n.kind, n.due_at, p.due_at
from promises_promise n join promises_promise p on p.id = n.follows_id left join orders_order o on o.id = n.order_id
where n.shop_id = %s and n.id = any(%s) and n.state = 'open' and n.message_id is null and p.told_at is not null
  and n.due_at > p.due_at and o.mark is null and not exists (
    select 1 from orders_change c where c.order_id = n.order_id and c.field = 'window' and c.state in ('waiting', 'written')
      and (c.after->>0)::timestamptz = n.window_from and (c.after->>1)::timestamptz = n.due_at)
order by n.id
"""


def tell(
    cur: Cursor,
    shop_id: int,
    promise_ids: Sequence[int],
    now: datetime,
    *,
    reason: str | None = None,
    after: timedelta = timedelta(0),
) -> list[int]:
    """Queue the letters about these promises, which have taken the place of earlier ones; their ids.

    `reason`: one of REASONS. `after`: so long it may be taken back.
    """
    moved = cur.execute(_MOVED, (shop_id, list(promise_ids))).fetchall()
    letters = [
        NewMessage(
            person_id=person_id,
            order_id=order_id,
            enrolment_id=enrolment_id,
            purpose="service",
            by=BY,
            content={
                "template": LETTERS[kind],
                "drop_at": due_at.isoformat(),
                "vars": {"promise": {"broken": before.isoformat(), **({"reason": reason} if reason else {})}},
            },
            meant_at=now + after,
            part=PART,
        )
        for _id, person_id, order_id, enrolment_id, kind, due_at, before in moved
    ]
    ids = queue_messages(cur, shop_id, letters, now)
    promises.announced(cur, dict(zip((m[0] for m in moved), ids, strict=True)))
    return ids
