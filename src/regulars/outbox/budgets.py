"""What schemes have advertised in each period, counted in the transaction that marks a message as being sent.

Owns outbox_budget. Whoever judges holds the rows that he counts on, so that two at once never overshoot; a message is
counted once, however often it is tried.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from regulars.base import db
from regulars.base.db import Cursor
from regulars.rules.budgets import period_begin

__all__ = ["Period", "count", "held", "period_of", "used"]

Period = tuple[str, str, date]
"""(scheme, every, first day)"""

_OPEN = """
insert into outbox_budget (shop_id, scheme, every, begins)
select %s, s, e, b from unnest(%s::text[], %s::text[], %s::date[]) as t(s, e, b) order by 1, 2, 3, 4 on conflict do nothing
"""
_HOLD = """
select b.scheme, b.every, b.begins, b.used from outbox_budget b
join unnest(%s::text[], %s::text[], %s::date[]) as t(s, e, f) on b.scheme = t.s and b.every = t.e and b.begins = t.f
where b.shop_id = %s order by b.scheme, b.every, b.begins for update of b
"""
_COUNT = """
update outbox_budget b set used = b.used + t.n
from unnest(%s::text[], %s::text[], %s::date[], %s::bigint[]) as t(s, e, f, n)
where b.shop_id = %s and b.scheme = t.s and b.every = t.e and b.begins = t.f
"""


def period_of(scheme: str | None, terms: Mapping[str, Any] | None, now: datetime, zone: str) -> Period | None:
    """The period that a message of these terms is counted in; None when its scheme has no budget."""
    budget = (terms or {}).get("budget")
    if not scheme or not budget:
        return None
    return scheme, budget["every"], period_begin(budget["every"], now, zone)


def held(cur: Cursor, shop_id: int, periods: Iterable[Period]) -> dict[Period, int]:
    """How much is used, by period; nobody else counts on these before this transaction ends."""
    wanted = db.columns(sorted(set(periods)), 3)
    if not wanted[0]:
        return {}
    cur.execute(_OPEN, (shop_id, *wanted))
    rows = cur.execute(_HOLD, (*wanted, shop_id)).fetchall()
    return {(scheme, every, begins): n for scheme, every, begins, n in rows}


def count(cur: Cursor, shop_id: int, going: Sequence[Period]) -> None:
    """One more for each of these, which the caller holds."""
    if going:
        rows = sorted((*p, going.count(p)) for p in set(going))
        cur.execute(_COUNT, (*db.columns(rows, 4), shop_id))


def used(cur: Cursor, shop_id: int, scheme: str, every: str, begins: date) -> int:
    """How much of a period is used."""
    row = cur.execute(
        "select used from outbox_budget where shop_id = %s and scheme = %s and every = %s and begins = %s",
        (shop_id, scheme, every, begins),
    ).fetchone()
    return 0 if row is None else int(row[0])
