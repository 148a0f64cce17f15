"""What an operator earns under a shop's motivation rule: exact, one entry a deed, by the rule that held on its day.

Owns the rule and the entries; a sum is the sum of entries of one currency, and nothing else. Pure: deeds and rules are
arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

__all__ = ["CONFIRMED", "REVENUE", "TASK", "Deed", "Entry", "Rule", "earned", "rule_on", "sums"]

CONFIRMED, REVENUE, TASK = "confirmed", "revenue", "task"
HUNDREDTHS = 10_000
"""A share is in hundredths of a per cent: 150 is 1.5 %."""


@dataclass(frozen=True, slots=True)
class Rule:
    """From a day on: so much (minor units of `currency`) for a confirmed order and for each finished task by kind, and a share
    of the revenue of paid orders, in the orders' own currency."""

    effective_from: date
    currency: str
    per_confirmed: int = 0
    revenue_share: int = 0
    per_task: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deed:
    """A finished task. `confirms`: it was the first to confirm its order; then `paid`: what that order has brought, if paid."""

    task_id: int
    kind: str
    day: date
    order_id: int | None = None
    confirms: bool = False
    paid: int | None = None
    paid_currency: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One earning: for what, by which deed, in minor units of a currency."""

    what: str
    task_id: int
    order_id: int | None
    day: date
    minor: int
    currency: str


def rule_on(rules: Sequence[Rule], day: date) -> Rule | None:
    """The rule that holds on a day: of those in force the latest; of two from one day the one written down last."""
    found: Rule | None = None
    for rule in rules:
        if rule.effective_from <= day and (found is None or rule.effective_from >= found.effective_from):
            found = rule
    return found


def earned(rules: Sequence[Rule], deeds: Iterable[Deed]) -> list[Entry]:
    """The entries of these deeds, in their order; what is worth nothing makes none."""
    entries: list[Entry] = []
    for deed in deeds:
        rule = rule_on(rules, deed.day)
        if rule is not None:
            entries += [e for e in _entries(rule, deed) if e.minor]
    return entries


def _entries(rule: Rule, deed: Deed) -> Iterable[Entry]:
    if deed.confirms:
        yield Entry(CONFIRMED, deed.task_id, deed.order_id, deed.day, rule.per_confirmed, rule.currency)
        if deed.paid is not None:
            share = (deed.paid * rule.revenue_share + HUNDREDTHS // 2) // HUNDREDTHS  # half a unit counts as one
            yield Entry(REVENUE, deed.task_id, deed.order_id, deed.day, share, deed.paid_currency)
    yield Entry(TASK, deed.task_id, deed.order_id, deed.day, rule.per_task.get(deed.kind, 0), rule.currency)


def sums(entries: Iterable[Entry]) -> dict[str, int]:
    """Together, by currency; never across currencies."""
    out: dict[str, int] = {}
    for entry in entries:
        out[entry.currency] = out.get(entry.currency, 0) + entry.minor
    return dict(sorted(out.items()))
