"""Facts `promise.*`: when what was promised is due, by kind (`promise.call`, `promise.ship`, `promise.delivery`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.base.facts import Subject

__all__ = ["FIELDS", "load"]

FIELDS = frozenset({"promise.call", "promise.ship", "promise.delivery", "promise.due"})
"""`promise.due` is the time that the letter itself promises; the outbox adds it."""

_NEWEST = """
select distinct on (s.n, p.kind) s.n, p.kind, p.due_at
from unnest(%(people)s::bigint[], %(orders)s::bigint[]) with ordinality as s(person_id, order_id, n)
join promises_promise p on p.shop_id = %(shop)s and p.state in ('intended', 'open', 'warned')
  and case when s.order_id is null then p.person_id = s.person_id and p.order_id is null
      else p.order_id = s.order_id end
order by s.n, p.kind, p.id desc
"""


def load(
    cur: Cursor, shop_id: int, subjects: Sequence[Subject], _names: frozenset[str], _now: datetime
) -> list[dict[str, Any]]:
    """The promises that stand for each subject's order (without an order: for the person), the newest of each kind."""
    out: list[dict[str, Any]] = [{} for _ in subjects]
    rows = cur.execute(
        _NEWEST,
        {"shop": shop_id, "people": [s.person_id for s in subjects], "orders": [s.order_id for s in subjects]},
    )
    for n, kind, due_at in rows:
        out[n - 1][kind] = due_at
    return out
