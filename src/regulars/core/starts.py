"""The head of a scheme: what begins it, who may come again, what goes before what, and what it may spend.

Owns how these are read from the owner's words, with every error at its place. When a clock's moment comes is `clocks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from regulars.core.clocks import DATES, FIELDS, ONE_DAY, ONE_YEAR, Clock, DateClock, SinceClock
from regulars.core.narrowed import narrowed
from regulars.core.problems import WARNING, nearest
from regulars.core.scheme import Again, Budget, Trigger
from regulars.core.source import Path
from regulars.core.values import Values
from regulars.rules.budgets import MOST_COST, ten_thousandths
from regulars.rules.money import CURRENCIES, MoneyError, UnknownCurrency, to_minor

ALWAYS = Again(timedelta(0))
ONCE_A_YEAR = Again(timedelta(weeks=51), yearly=True)
"""A week less than a year: a day that moves with leap years and hours finds him ready."""


@dataclass(slots=True)
class Starts(Values):
    """Reads the head's own values; see Values."""

    def _starts(self, path: Path, data: Any) -> tuple[Trigger, ...]:
        items = data if isinstance(data, list) else [data]
        return tuple(self._start(self._item(path, at), item) for at, item in enumerate(items))

    def _start(self, path: Path, data: Any) -> Trigger:
        if isinstance(data, Mapping) and "date" in data:
            return self._by_clock(path, data, self._date(path, data))
        if isinstance(data, Mapping) and "since" in data:
            return self._by_clock(path, data, self._since(path, data))
        trigger = self._trigger(path, data)
        if self._per == "order" and trigger.about != "order":
            self._add(path, "starts_person", found=trigger.segment or trigger.event)
        return trigger

    def _by_clock(self, path: Path, data: Mapping[str, Any], clock: Clock) -> Trigger:
        """The trigger of the event that tells of this clock's moment."""
        if self._per == "order" and clock.about != "order":
            self._add((*path, "date" if "date" in data else "since"), "clock_per_person")
        if self._per != "order" and clock.about == "order":
            self._add((*path, "date"), "clock_per_order", found=str(data["date"]))
        own = self._condition((*path, "where"), data["where"]) if "where" in data else None
        name = self.source.data.get("scheme")
        where = narrowed(f"event.scheme == '{name}' and event.trigger == '{clock.key}'", own)
        return Trigger(clock.event, "order" if self._per == "order" else "person", where, clock=clock)

    def _date(self, path: Path, data: Mapping[str, Any]) -> DateClock:
        fact = str(data["date"])
        days = [*DATES, *(f for f in self.known.facts or () if f.startswith(FIELDS))]
        is_open = self.known.facts is None and fact.startswith(FIELDS)
        if fact not in days and not is_open:
            self._add((*path, "date"), "date_unknown", found=fact, did_you_mean=nearest(fact, days))
            fact = "person.birthday"
        yearly = data["every"] == "year" if "every" in data else DATES.get(fact, False)
        shift = self._by_how_much(path, data)
        at = self._at(path, data)
        if shift % ONE_DAY and (at is not None or yearly or fact == "person.birthday"):
            self._add((*path, "before" if "before" in data else "after"), "date_days")
        if yearly and abs(shift) >= ONE_YEAR:
            self._add((*path, "before" if "before" in data else "after"), "date_year")
        return DateClock(fact, shift, at, yearly)

    def _by_how_much(self, path: Path, data: Mapping[str, Any]) -> timedelta:
        if "before" in data and "after" in data:
            self._add((*path, "after"), "date_two", at_key=True)
        if "before" in data:
            return -self._span((*path, "before"), data["before"])
        return self._span((*path, "after"), data["after"]) if "after" in data else timedelta(0)

    def _since(self, path: Path, data: Mapping[str, Any]) -> SinceClock:
        kind = self._kind((*path, "since"), str(data["since"]))
        span, at = self._span((*path, "for"), data["for"]), self._at(path, data)
        if span <= timedelta(0):
            self._add((*path, "for"), "since_nothing")
        return SinceClock(kind, span, at)

    def _at(self, path: Path, data: Mapping[str, Any]) -> time | None:
        hour = self._local_hour(path, data)
        return hour.at if hour else None

    def _again(self, data: Any, starts: tuple[Trigger, ...]) -> Again:
        yearly = any(isinstance(t.clock, DateClock) and t.clock.yearly for t in starts)
        if "again" not in data:
            if yearly and self._per == "person":
                # the owner's word for it stands in the trigger: a day of each year
                return ONCE_A_YEAR
            return Again()
        text = " ".join(str(data["again"]).split())
        if self._per == "order":
            self._add(("again",), "again_per_order", at_key=True)
        if text == "never":
            if yearly and self._per == "person":
                self._add(("again",), "again_yearly", severity=WARNING)
            return Again()
        if text == "always":
            return ALWAYS
        if text == "once a year":
            return ONCE_A_YEAR
        if text.startswith("after "):
            return Again(self._span(("again",), text.removeprefix("after ")))
        words = ("never", "always", "once a year", "after 30d")
        self._add(("again",), "again_unknown", found=text, did_you_mean=nearest(text, words))
        return Again()

    def _budget(self, data: Mapping[str, Any]) -> Budget:
        messages = int(data["messages"]) if "messages" in data else None
        if "cost" in data:
            return Budget(messages, str(data["every"]), *self._cost(("budget", "cost"), str(data["cost"])))
        if messages is None:
            self._add(("budget",), "budget_empty", at_key=True)
        return Budget(messages, str(data["every"]))

    def _cost(self, path: Path, text: str) -> tuple[int, str]:
        """`5000 RUB`: ten-thousandths and their currency, which is that of the shop's prices."""
        number, _, currency = " ".join(text.split()).rpartition(" ")
        if not number:
            self._add(path, "cost_currency", found=currency, known=self.known.currency or "RUB")
            return 1, ""
        try:
            is_money = to_minor(number, currency) > 0
        except UnknownCurrency:
            self._add(
                path, "currency_unknown", found=currency, did_you_mean=nearest(currency.upper(), sorted(CURRENCIES))
            )
            return 1, ""
        except MoneyError:
            is_money = False
        if not is_money:
            self._add(path, "amount_unknown", found=number)
            return 1, currency
        if Decimal(number) > MOST_COST:
            self._add(path, "out_of_range", found=number, low="0.01", high=MOST_COST)
            return 1, currency
        if self.known.currency and currency != self.known.currency:
            self._add(path, "cost_other_currency", found=currency, known=self.known.currency)
        return ten_thousandths(Decimal(number)), currency
