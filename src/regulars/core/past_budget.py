"""A scheme's budget of advertising in a backtest: people are played one after another, the budget is spent by all at once.

Owns how that is brought together: what would have gone without a budget is gathered first, and of each period those stay
that find room one after another, by their moments. Nothing here loads or judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from regulars.core.backtest_rows import MESSAGE, QUESTION, SENT, Row
from regulars.core.scheme import ADVERTISING, Budget
from regulars.rules import gate
from regulars.rules.budgets import period_begin

__all__ = ["Gathered", "PastBudget"]

Place = tuple[datetime, int, int]
"""(moment, person, order or 0): at one moment the lower number goes first."""


@dataclass(frozen=True, slots=True)
class PastBudget:
    """`prices`: of a message, by channel, in ten-thousandths. `ends`: by the first day of a period and by price, with whom
    the room for such a message came to its end; a period, or a price, that isn't there always had some.

    What is spent only grows, so there is one such moment for each price: the dearer, the earlier.
    """

    budget: Budget
    zone: str
    prices: Mapping[str, int]
    ends: Mapping[date, Mapping[int, Place]]

    def at(self, moment: datetime, person_id: int, order_id: int | None, channel: str) -> gate.Budget:
        """What the gate is told of the budget when this message comes."""
        budget, price = self.budget, self.prices.get(channel, 0)
        end = self.ends.get(period_begin(budget.every, moment, self.zone), {}).get(price)
        is_spent = end is not None and (moment, person_id, order_id or 0) > end
        cost = None
        if budget.cost is not None:
            cost = gate.Cost(budget.cost, budget.cost if is_spent else 0, price, budget.currency)
        return gate.Budget(budget.messages, (budget.messages or 0) if is_spent else 0, budget.every, cost)


@dataclass(slots=True)
class Gathered:
    """What a scheme would have advertised, by period, each with its price."""

    budget: Budget
    zone: str
    prices: Mapping[str, int] = field(default_factory=dict)
    places: dict[date, list[tuple[Place, int]]] = field(default_factory=dict)

    def take(self, rows: Iterable[Row]) -> None:
        """Count these rows."""
        for row in rows:
            if row.fate == SENT and row.purpose == ADVERTISING and row.what in (MESSAGE, QUESTION):
                period = period_begin(self.budget.every, row.at, self.zone)
                place = (row.at, row.person_id, row.order_id or 0)
                self.places.setdefault(period, []).append((place, self.prices.get(row.detail, 0)))

    def result(self) -> PastBudget:
        """Where the budget of each period ends."""
        ends = {day: found for day, places in self.places.items() if (found := self._ends(sorted(places)))}
        return PastBudget(self.budget, self.zone, self.prices, ends)

    def _ends(self, places: Sequence[tuple[Place, int]]) -> dict[int, Place]:
        """One after another, as the gate would have let them; by price, after whom there was no room any more."""
        budget, open_prices = self.budget, {0, *self.prices.values()}
        ends: dict[int, Place] = {}
        messages = cost = 0
        for place, price in places:
            if price in ends or (budget.cost is not None and price > budget.cost):
                continue  # one that is dearer than the whole budget never went
            messages, cost = messages + 1, cost + price
            is_full = budget.messages is not None and messages >= budget.messages
            for one in [*open_prices]:
                if is_full or (budget.cost is not None and cost + one > budget.cost):
                    ends[one] = place
                    open_prices.remove(one)
            if not open_prices:
                break
        return ends
