"""Which orders the playground's shop gets and when: real baskets up to the demo's beginning, a few of our own about it,
and as many as one likes after it. A pure function of the seed and the beginning, so that nothing need be remembered.

Owns the reading of data/orders.json.gz (see data/README.md) and what an order's snapshot looks like.
"""

import gzip
import json
import random
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from regulars.cli.playground.goods import BY_SKU, Article
from regulars.cli.playground.people import OWN, Buyer, buyer

__all__ = ["OWN_CALLS", "Book", "Placed"]

FIRST_NUMBER = 10_001
FIRST_BROUGHT = 14_001
"""Of orders that a letter brought, each beside the one after which the letter was written."""
FIRST_OWN = 19_001
FIRST_LATER = 20_000
A_DAY = 100
"""Numbers kept for each day after the beginning."""
NEW_BUYERS_FROM = 2_000
_HOURS = (1, 1, 0, 0, 0, 0, 1, 3, 6, 9, 10, 10, 9, 8, 8, 8, 8, 7, 7, 7, 7, 6, 4, 2)
"""How orders lie over the hours of a day after the beginning."""

# Own orders: minutes before the beginning (negative: after it), who of OWN, what.
_OWN_ORDERS: tuple[tuple[float, int, tuple[tuple[str, int], ...]], ...] = (
    (190, 1, (("22423", 1), ("22699", 4))),
    (170, 3, (("22720", 1), ("22138", 1))),
    (51, 5, (("22847", 1),)),
    (52, 2, (("22624", 1), ("22993", 2))),
    (44, 7, (("22846", 1), ("22722", 1))),
    (26, 0, (("22139", 1), ("21080", 3))),
    (17, 8, (("23084", 2),)),
    (11, 6, (("82482", 2), ("22457", 1))),
    (6, 4, (("22960", 1), ("22961", 2))),
    (2, 9, (("22727", 1),)),
    (-0.7, 11, (("20685", 1), ("22112", 1))),
    (-3, 10, (("21731", 2), ("85123A", 2))),
)
OWN_CALLS = {0: (180, "not_today", -4), 1: (161, "not_today", 24), 2: (20, "no_answer", None)}
"""Which of them had a call already: minutes before the beginning, outcome, when to call again (minutes after it)."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An order as its buyer placed it. `own`: its place among our own ones, whose calls are left to the visitor."""

    number: str
    at: datetime
    buyer: Buyer
    lines: tuple[tuple[Article, int], ...]
    own: int | None = None

    @property
    def total(self) -> int:
        """In roubles."""
        return sum(article.price * pieces for article, pieces in self.lines)

    @property
    def is_short(self) -> bool:
        """Whether something of it is out of stock."""
        return any(article.stock == 0 for article, _ in self.lines)

    def snapshot(self, updated_at: datetime, status: str, method: str, **state: Any) -> dict[str, Any]:
        """The order in the contract's JSON. `state`: paid_at, shipped_at, delivered_at, cancelled_at, refunded."""
        at = {name: value.isoformat() for name, value in state.items() if isinstance(value, datetime)}
        paid = "refunded" if state.get("refunded") else "paid" if "paid_at" in at else "unpaid"
        pay_url = {} if paid != "unpaid" or method == "cod" else {"pay_url": f"https://pay.test/{self.number}"}
        return {
            "id": self.number,
            "number": self.number,
            "placed_at": self.at.isoformat(),
            "updated_at": updated_at.isoformat(),
            "status": status,
            "currency": "RUB",
            "total": f"{self.total}.00",
            "buyer": self.buyer.told(),
            "lines": [
                {"sku": a.sku, "name": a.name(self.buyer.language), "quantity": n, "price": f"{a.price}.00"}
                for a, n in self.lines
            ],
            "payment": {"method": method, "status": paid, "paid_at": at.get("paid_at"), **pay_url},
            "delivery": {
                "method": "courier",
                "shipped_at": at.get("shipped_at"),
                "delivered_at": at.get("delivered_at"),
            },
            "cancelled_at": at.get("cancelled_at"),
        }


@dataclass
class Book:
    """All orders of one playground. `began`: the moment at which the visitor comes in."""

    seed: int
    began: datetime
    zone: ZoneInfo
    _days: dict[date, tuple[Placed, ...]] = field(default_factory=dict)

    @cached_property
    def _data(self) -> Any:
        packed = resources.files(__package__).joinpath("data/orders.json.gz").read_bytes()
        return json.loads(gzip.decompress(packed))

    @cached_property
    def past(self) -> tuple[Placed, ...]:
        """The data set's orders up to the beginning, oldest first, moved by whole weeks to end there."""
        own = [o for o in self._own if o.at <= self.began]
        # By the wall clock: a shop's hours stay what they are when summer time comes.
        today = self.began.astimezone(self.zone).date()
        end = datetime.fromisoformat(self._data["end"]).date()
        weeks = -((end - today - timedelta(days=1)).days // 7)
        midnight = datetime.combine(end + timedelta(weeks=weeks), time.min)
        rows: list[Placed] = []
        for n, (minutes, customer, _) in enumerate(self._data["orders"]):
            wall = midnight - timedelta(minutes=minutes)
            # An order's seconds: nobody orders on the minute.
            at = wall.replace(second=n * 37 % 60, tzinfo=self.zone)
            if at < self.began - timedelta(minutes=56):
                rows.append(Placed(str(FIRST_NUMBER + n), at, buyer(customer, self.seed), self._basket(n)))
        return tuple(sorted([*rows, *own], key=lambda o: o.at))

    @cached_property
    def _own(self) -> tuple[Placed, ...]:
        return tuple(
            Placed(
                str(FIRST_OWN + n),
                (self.began - timedelta(minutes=minutes)).replace(microsecond=0),
                OWN[who],
                tuple((BY_SKU[sku], pieces) for sku, pieces in lines),
                n,
            )
            for n, (minutes, who, lines) in enumerate(_OWN_ORDERS)
        )

    def _basket(self, n: int) -> tuple[tuple[Article, int], ...]:
        articles = self._data["articles"]
        return tuple((BY_SKU[articles[a]], pieces) for a, pieces in self._data["orders"][n][2])

    def brought(self, number: str, at: datetime) -> Placed | None:
        """The order by which a buyer comes back at `at` who was written to after the one with this number; None where that
        one was brought by a letter itself, or is not of the data set."""
        after = self._by_number.get(number)
        if after is None or not FIRST_NUMBER <= int(number) < FIRST_BROUGHT:
            return None
        n = int(number) - FIRST_NUMBER
        basket = self._basket((n * 7 + 13) % len(self._data["orders"]))
        return Placed(str(FIRST_BROUGHT + n), at, after.buyer, basket)

    def of_day(self, day: date) -> tuple[Placed, ...]:
        """What is ordered on a day, after the beginning."""
        if day not in self._days:
            self._days[day] = tuple(self._made(day))
        return self._days[day]

    def _made(self, day: date) -> list[Placed]:
        began = self.began.astimezone(self.zone)
        passed = (day - began.date()).days
        chance = random.Random(f"{self.seed} day {passed}")  # noqa: S311 - nothing secret
        orders = self._data["orders"]
        made = []
        moments = sorted(
            (chance.choices(range(24), _HOURS)[0], chance.randrange(60), chance.randrange(60))
            for _ in range(chance.randrange(26, 38))
        )
        for k, (hour, minute, second) in enumerate(moments):
            n = chance.randrange(len(orders))
            is_new = chance.random() < 0.35
            who = NEW_BUYERS_FROM + max(passed, 0) * A_DAY + k if is_new else orders[n][1]
            at = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=self.zone)
            if at > began:
                number = str(FIRST_LATER + passed * A_DAY + k)
                made.append(Placed(number, at, buyer(who, self.seed), self._basket(n)))
        if passed == 0:
            made += [o for o in self._own if o.at > self.began]
        return sorted(made, key=lambda o: o.at)

    def between(self, after: datetime, until: datetime) -> list[Placed]:
        """What is placed after one moment and up to another, oldest first."""
        found: list[Placed] = []
        if after < self.began:
            first = bisect_left(self.past, after, key=lambda o: o.at)
            for order in self.past[first:]:
                if order.at > until:
                    return found
                if order.at > after:
                    found.append(order)
        day = max(after, self.began).astimezone(self.zone).date()
        while day <= until.astimezone(self.zone).date():
            found += [o for o in self.of_day(day) if after < o.at <= until]
            day += timedelta(days=1)
        return found

    def next_after(self, at: datetime) -> datetime:
        """When the next order is placed."""
        reach = timedelta(hours=6)
        while not (found := self.between(at, at + reach)):
            reach *= 2
        return found[0].at

    def get(self, number: str) -> Placed | None:
        """The order with this number, if it is one of ours."""
        if not number.isdecimal() or len(number) > 9:
            return None
        n = int(number)
        if n >= FIRST_LATER:
            day = self.began.astimezone(self.zone).date() + timedelta(days=(n - FIRST_LATER) // A_DAY)
            return next((o for o in self.of_day(day) if o.number == number), None)
        if n >= FIRST_OWN:
            return self._own[n - FIRST_OWN] if n - FIRST_OWN < len(self._own) else None
        return self._by_number.get(number)

    @cached_property
    def _by_number(self) -> dict[str, Placed]:
        return {o.number: o for o in self.past}
