"""What schemes have advertised in each period, counted in the transaction that marks a message as being sent.

Owns outbox_budget. Whoever judges holds the rows that he counts on, so that two at once never overshoot; a message is
counted once, however often it is tried, at the price of that moment. Prices are others' knowledge: project/registry.py
hands them in (`price_by`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from regulars.base import db
from regulars.base.db import Cursor
from regulars.rules.budgets import period_begin, ten_thousandths

__all__ = ["Counted", "Period", "Used", "count", "held", "period_of", "price_by", "prices", "spent", "used"]

Period = tuple[str, str, date]
"""(scheme, every, first day)"""
Counted = tuple[Period, int]
"""A message that goes: the period that it counts in, and what it costs."""
Prices = Callable[[Cursor, int], Mapping[str, Decimal]]
_prices: list[Prices] = []

_OPEN = """
insert into outbox_budget (shop_id, scheme, every, begins)
select %s, s, e, b from unnest(%s::text[], %s::text[], %s::date[]) as t(s, e, b) order by 1, 2, 3, 4 on conflict do nothing
"""
_HOLD = """
select b.scheme, b.every, b.begins, b.used, case when b.currency = %s then b.cost else 0 end from outbox_budget b
join unnest(%s::text[], %s::text[], %s::date[]) as t(s, e, f) on b.scheme = t.s and b.every = t.e and b.begins = t.f
where b.shop_id = %s order by b.scheme, b.every, b.begins for update of b
"""
# Money of another currency, which the shop had before, is not reckoned with: it begins anew.
_COUNT = """
update outbox_budget b set used = b.used + t.n, cost = t.c + case when b.currency = %s then b.cost else 0 end, currency = %s
from unnest(%s::text[], %s::text[], %s::date[], %s::bigint[], %s::bigint[]) as t(s, e, f, n, c)
where b.shop_id = %s and b.scheme = t.s and b.every = t.e and b.begins = t.f
"""
_ONE = "from outbox_budget where shop_id = %s and scheme = %s and every = %s and begins = %s"


@dataclass(frozen=True, slots=True)
class Used:
    """How much of a period went: so many messages, for so many ten-thousandths of the shop's currency."""

    messages: int = 0
    cost: int = 0

    def and_one(self, price: int) -> "Used":
        """With one message more."""
        return Used(self.messages + 1, self.cost + price)


def price_by(prices_of: Prices) -> None:
    """Says what a message costs (shop → channel → price); called once, at the root."""
    _prices[:] = [prices_of]


def prices(cur: Cursor, shop_id: int) -> dict[str, int]:
    """What a message costs now, by channel, in ten-thousandths; what isn't there costs nothing."""
    return {channel: ten_thousandths(price) for of in _prices for channel, price in of(cur, shop_id).items()}


def period_of(scheme: str | None, terms: Mapping[str, Any] | None, now: datetime, zone: str) -> Period | None:
    """The period that a message of these terms is counted in; None when its scheme has no budget."""
    budget = (terms or {}).get("budget")
    if not scheme or not budget:
        return None
    return scheme, budget["every"], period_begin(budget["every"], now, zone)


def held(cur: Cursor, shop_id: int, periods: Iterable[Period], currency: str) -> dict[Period, Used]:
    """How much is used, by period; nobody else counts on these before this transaction ends."""
    wanted = db.columns(sorted(set(periods)), 3)
    if not wanted[0]:
        return {}
    cur.execute(_OPEN, (shop_id, *wanted))
    rows = cur.execute(_HOLD, (currency, *wanted, shop_id)).fetchall()
    return {(scheme, every, begins): Used(n, cost) for scheme, every, begins, n, cost in rows}


def count(cur: Cursor, shop_id: int, going: Sequence[Counted], currency: str) -> None:
    """One more for each of these, whose periods the caller holds."""
    more: dict[Period, Used] = {}
    for period, price in going:
        more[period] = more.get(period, Used()).and_one(price)
    if more:
        rows = sorted((*period, one.messages, one.cost) for period, one in more.items())
        cur.execute(_COUNT, (currency, currency, *db.columns(rows, 5), shop_id))


def used(cur: Cursor, shop_id: int, scheme: str, every: str, begins: date) -> int:
    """How many messages of a period are used."""
    row = cur.execute("select used " + _ONE, (shop_id, scheme, every, begins)).fetchone()
    return 0 if row is None else int(row[0])


def spent(cur: Cursor, shop_id: int, scheme: str, every: str, begins: date, currency: str) -> int:
    """How much money of a period is spent, in ten-thousandths."""
    row = cur.execute(
        "select cost " + _ONE + " and currency = %s", (shop_id, scheme, every, begins, currency)
    ).fetchone()
    return 0 if row is None else int(row[0])
