"""A scheme's budget of advertising in a backtest: people are played one after another, the budget is spent by all at once.

Owns how that is brought together: what would have gone without a budget is gathered first, and of each period the first
so many stay, by their moments. Nothing here loads or judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    """`last`: by the first day of a period, the last that was within its budget; a period without one spent no more than
    that."""

    budget: Budget
    zone: str
    last: Mapping[date, Place]

    def at(self, moment: datetime, person_id: int, order_id: int | None) -> gate.Budget:
        """What the gate is told of the budget when this message comes."""
        last = self.last.get(period_begin(self.budget.every, moment, self.zone))
        is_spent = last is not None and (moment, person_id, order_id or 0) > last
        return gate.Budget(self.budget.messages, self.budget.messages if is_spent else 0, self.budget.every)


@dataclass(slots=True)
class Gathered:
    """What a scheme would have advertised, by period."""

    budget: Budget
    zone: str
    places: dict[date, list[Place]] = field(default_factory=dict)

    def take(self, rows: Iterable[Row]) -> None:
        """Count these rows."""
        for row in rows:
            if row.fate == SENT and row.purpose == ADVERTISING and row.what in (MESSAGE, QUESTION):
                period = period_begin(self.budget.every, row.at, self.zone)
                self.places.setdefault(period, []).append((row.at, row.person_id, row.order_id or 0))

    def result(self) -> PastBudget:
        """Where the budget of each period ends."""
        limit = self.budget.messages
        last = {day: sorted(found)[limit - 1] for day, found in self.places.items() if len(found) > limit}
        return PastBudget(self.budget, self.zone, last)
