"""What a person has done, in memory, and what the functions of the condition language say of it.

Owns the meaning of the functions in Python; `segments.sql` says the same in SQL, and property tests hold the two equal.
It must not load anything: a past is handed in, by the conductor's facts, by the segments or by a backtest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from regulars.core.condition_calls import FUNCTIONS
from regulars.core.condition_predicate import day_start
from regulars.core.condition_tree import PAST, Call
from regulars.core.conditions import parse
from regulars.rules.money import exponent

CLOCKS_APART = timedelta(minutes=10)
"""What is dated so little ahead of us has happened: the shop's clock is fast. What is later has not happened yet."""


@dataclass(frozen=True, slots=True)
class Goods:
    """What one line bought, as the catalogue knows it."""

    sku: str
    category: str | None = None
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order that counts: neither cancelled nor set aside. `total` in minor units; `goods` of lines not dropped."""

    placed_at: datetime
    currency: str
    total: int
    goods: Sequence[Goods] = ()


@dataclass(slots=True)
class Past:
    """One person's, with that of everybody who was merged into him. `events`: kind -> when, in any order."""

    events: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    purchases: Sequence[Purchase] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """What the functions need of the shop: its currency, and its zone, which says where a day begins."""

    currency: str
    zone: str = "UTC"


class Answers(Mapping[str, Any]):
    """The facts `past.*` of one person at a moment, reckoned when they are asked for; a function's text -> its value."""

    def __init__(self, past: Past, setting: Setting, now: datetime) -> None:
        self._past, self._setting, self._now = past, setting, now

    def __getitem__(self, text: str) -> Any:
        call = read_text(text)
        if call is None:
            raise KeyError(text)
        return answer(call, self._past, self._setting, self._now)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@lru_cache(maxsize=4096)
def read_text(text: str) -> Call | None:
    """The call of a canonical text such as `count('order.placed', 90d)`."""
    try:
        found = parse(f"{text} exists").tree
    except ValueError:
        return None
    name = getattr(found, "name", None)
    return name if isinstance(name, Call) else None


def read_path(path: str) -> Call | None:
    """The call of a fact's name, `past.` and its text; None for other names."""
    return read_text(path[len(PAST) :]) if path.startswith(PAST) else None


def since(call: Call, now: datetime, zone: str) -> datetime | None:
    """The first moment of the call's period; None where it has no beginning."""
    match call.period:
        case timedelta():
            return now - call.period
        case datetime():
            return call.period
        case date():
            return day_start(call.period, zone)
        case None:
            return None


def moments(call: Call, past: Past, setting: Setting) -> Iterable[datetime]:
    """When that which the call asks about happened, whatever its period."""
    match call.function:
        case "bought":
            what, value = call.arguments
            return (p.placed_at for p in past.purchases if any(getattr(g, what) == value for g in p.goods))
        case "spent":
            return (p.placed_at for p in past.purchases if p.currency == setting.currency)
        case "orders":
            return (p.placed_at for p in past.purchases)
        case _:
            return past.events.get(call.arguments[0], ())


def answer(call: Call, past: Past, setting: Setting, now: datetime) -> Any:
    """The value of a function: a number, whether, or a moment (None when there is none)."""
    begin, end = since(call, now, setting.zone), now + CLOCKS_APART

    def counts(at: datetime) -> bool:
        return at <= end and (begin is None or at >= begin)

    if call.function == "spent":
        minor = sum(p.total for p in past.purchases if p.currency == setting.currency and counts(p.placed_at))
        return Decimal(minor).scaleb(-exponent(setting.currency))
    found = (at for at in moments(call, past, setting) if counts(at))
    match call.function:
        case "happened" | "bought":
            return any(True for _ in found)
        case "count" | "orders":
            return sum(1 for _ in found)
        case "first":
            return min(found, default=None)
        case _:
            return max(found, default=None)


def answers(calls: Iterable[Call], past: Past, setting: Setting, now: datetime) -> dict[str, Any]:
    """The facts `past.*` of these calls: text -> value."""
    return {call.text: answer(call, past, setting, now) for call in calls}


def asks_goods(calls: Iterable[Call]) -> bool:
    """Whether one of them asks what was bought, so that lines and products are needed."""
    return any(call.function == "bought" for call in calls)


def asks_orders(calls: Iterable[Call]) -> bool:
    """Whether one of them asks about orders that count."""
    return any(FUNCTIONS[call.function].about_orders for call in calls)
