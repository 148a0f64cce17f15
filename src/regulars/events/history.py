"""Reads of the log: what happened to people or to an order, newest first. Owns no writing: that is actions.py's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor

__all__ = ["Happened", "history"]


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as a history shows it."""

    id: int
    kind: str
    occurred_at: datetime
    live: bool
    person_id: int | None
    order_id: int | None
    data: dict[str, Any]
    cause: str | None


def history(
    cur: Cursor,
    shop_id: int,
    *,
    person_ids: Sequence[int] = (),
    order_id: int | None = None,
    kinds: Sequence[str] = (),
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[Happened]:
    """Events of persons or of an order by the time when they happened (past orders are loaded long after).

    `kinds`: only these, all when empty; `after`: (occurred_at, id) of the last one seen.
    """
    where: dict[str, Any] = {"shop_id = %s": [shop_id]}
    if person_ids:
        where["person_id = any(%s)"] = [list(person_ids)]
    if order_id is not None:
        where["order_id = %s"] = [order_id]
    if kinds:
        where["kind = any(%s)"] = [list(kinds)]
    if after is not None:
        where["(occurred_at, id) < (%s, %s)"] = list(after)
    rows = cur.execute(
        "select id, kind, occurred_at, live, person_id, order_id, data, cause from events_event"  # noqa: S608
        f" where {' and '.join(where)} order by occurred_at desc, id desc limit %s",
        [*(value for values in where.values() for value in values), limit],
    )
    return [Happened(*r) for r in rows]
