"""Facts `promise.*`: when what was promised is due, by kind (`promise.call`, `promise.ship` …)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.base.facts import Subject

__all__ = ["FIELDS", "load"]

FIELDS = frozenset(
    {
        "promise.call",
        "promise.ship",
        "promise.delivery",
        "promise.answer",
        "promise.due",
        "promise.window",
        "promise.broken",
        "promise.reason",
    }
)
"""`promise.due` is the time that the letter itself promises or warns of, `promise.window` its window; `promise.broken`
the time in whose place another has come, `promise.reason` why. The outbox adds them."""

_STANDING = "state in ('intended', 'open', 'warned')"
# each of the two by its index: a condition over both would look at all promises that stand
_NEWEST = f"""
select distinct on (s.n, p.kind) s.n, p.kind, p.due_at
from unnest(%(people)s::bigint[], %(orders)s::bigint[]) with ordinality as s(person_id, order_id, n)
cross join lateral (
  select id, kind, due_at from promises_promise
  where order_id = s.order_id and shop_id = %(shop)s and {_STANDING}
  union all
  select id, kind, due_at from promises_promise
  where s.order_id is null and person_id = s.person_id and order_id is null and shop_id = %(shop)s and {_STANDING}
) p
order by s.n, p.kind, p.id desc
"""  # noqa: S608 - our own words


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
