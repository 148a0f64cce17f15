"""What a backtest counts: rows folded into figures as they come, so that a million orders need no more room than a few.

Owns the counting, and adding up what several processes counted. It must not judge: words, prices and capacity are
others' matter. Nothing here foretells sales.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from regulars.core.backtest_rows import CANCELLED, FAILED, MESSAGE, PROMISE, QUESTION, SENT, Row

__all__ = ["BUCKET", "DIFFERENT_KEPT", "WORST_KEPT", "Difference", "Figures", "month_of"]

BUCKET = 300
"""Calls are counted by when they begin and are due, in steps of so many seconds."""
WORST_KEPT = 10
DIFFERENT_KEPT = 100
WORK = frozenset({"call", "task", "case"})
_MOST = 5
"""So many messages a month, or more, are one column of the histogram."""

Load = Counter[tuple[str, str, int, int, int]]
"""(kind, team, begins, target, due) in BUCKETs since the epoch → how many."""


def month_of(at: datetime, zone: tzinfo) -> int:
    """The month there, counted from the year 0."""
    there = at.astimezone(zone)
    return there.year * 12 + there.month - 1


@dataclass(slots=True)
class Figures:
    """`months`: messages a person got in a month → in how many months of people. `worst`: (messages, person, month),
    each person's worst month. `effects`: everything, by (kind, fate). `work`: (kind, team, fate)."""

    people: int = 0
    enrolments: int = 0
    turns: int = 0
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    effects: Counter[tuple[str, str]] = field(default_factory=Counter)
    amounts: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    promises: Counter[tuple[str, str]] = field(default_factory=Counter)
    work: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    load: Load = field(default_factory=Counter)
    by_month: Counter[tuple[int, str]] = field(default_factory=Counter)
    months: Counter[int] = field(default_factory=Counter)
    worst: list[tuple[int, int, int]] = field(default_factory=list)

    def take(self, rows: Sequence[Row], zone: tzinfo, last_month: int) -> None:
        """Count what one person would have got; his months run from the first row to `last_month`."""
        if not rows:
            return
        self.people += 1
        messages: dict[int, int] = {}
        first = last_month
        for row in rows:
            what, fate = row.what, row.fate
            self.effects[what, fate] += 1
            if what in (MESSAGE, QUESTION):
                month = month_of(row.at, zone)
                first = month if month < first else first
                if fate == SENT:
                    self.sent[row.purpose, row.detail] += 1
                    messages[month] = messages.get(month, 0) + 1
                else:
                    self.refused[row.reason] += 1
            elif what in WORK:
                self._work(row)
            elif what == PROMISE:
                self.promises[row.detail, fate] += 1
            elif what == FAILED:
                self.failed[row.reason] += 1
            elif row.amount:
                self.amounts[what] += row.amount
        self._months(rows[0].person_id, messages, min(first, *messages) if messages else first, last_month)

    def _work(self, row: Row) -> None:
        self.work[row.what, row.detail, row.fate] += 1
        if row.fate != CANCELLED and row.target_at is not None and row.due_at is not None:
            begins, target, due = (int(t.timestamp()) // BUCKET for t in (row.at, row.target_at, row.due_at))
            self.load[row.what, row.detail, begins, target, due] += 1
        if row.reason:
            self.outcomes[row.step, row.reason] += 1

    def _months(self, person: int, messages: dict[int, int], first: int, last: int) -> None:
        for month, count in messages.items():
            self.months[count] += 1
            self.by_month[month, "messages"] += count
        self.months[0] += max(0, last - first + 1 - len(messages))
        if messages:
            month = max(messages, key=lambda m: (messages[m], -m))
            _keep(self.worst, (messages[month], person, month), WORST_KEPT)

    def add(self, other: Figures) -> None:
        """Add what another process counted, of other people."""
        self.people += other.people
        self.enrolments += other.enrolments
        self.turns += other.turns
        for name in (
            "sent", "refused", "effects", "amounts", "outcomes", "failed", "promises", "work", "load", "by_month",
            "months",
        ):  # fmt: skip
            getattr(self, name).update(getattr(other, name))
        for one in other.worst:
            _keep(self.worst, one, WORST_KEPT)

    @property
    def messages(self) -> int:
        """All that was sent."""
        return sum(self.sent.values())

    @property
    def histogram(self) -> list[int]:
        """Months of people with 0, 1, … and `_MOST` or more messages."""
        columns = [0] * (_MOST + 1)
        for count, months in self.months.items():
            columns[min(count, _MOST)] += months
        return columns

    def work_of(self, kind: str) -> int:
        """How many pieces of work of that kind the desk would have got."""
        return sum(n for (what, _, fate), n in self.work.items() if what == kind and fate != CANCELLED)


@dataclass(slots=True)
class Difference:
    """Two versions, person by person: how many got more, fewer or as many, and those with whom it differs most:
    (difference, person, messages before, messages after, calls before, calls after)."""

    same: int = 0
    more: int = 0
    fewer: int = 0
    otherwise: int = 0
    most: list[tuple[int, int, int, int, int, int]] = field(default_factory=list)

    def take(self, person: int, before: Sequence[Row], after: Sequence[Row]) -> None:
        """Compare what one person would have got."""
        if not before and not after:
            return
        got = [_got(rows) for rows in (before, after)]
        delta = sum(got[1]) - sum(got[0])
        if delta > 0:
            self.more += 1
        elif delta < 0:
            self.fewer += 1
        elif _plain(before) == _plain(after):
            self.same += 1
            return
        else:
            self.otherwise += 1
        size = abs(got[1][0] - got[0][0]) + abs(got[1][1] - got[0][1])
        _keep(self.most, (size, person, got[0][0], got[1][0], got[0][1], got[1][1]), DIFFERENT_KEPT)

    def add(self, other: Difference) -> None:
        """Add what another process compared."""
        self.same += other.same
        self.more += other.more
        self.fewer += other.fewer
        self.otherwise += other.otherwise
        for one in other.most:
            _keep(self.most, one, DIFFERENT_KEPT)


def _got(rows: Sequence[Row]) -> tuple[int, int]:
    """Messages and calls that reached him."""
    messages = sum(1 for r in rows if r.what in (MESSAGE, QUESTION) and r.fate == SENT)
    return messages, sum(1 for r in rows if r.what in WORK and r.fate != CANCELLED)


def _plain(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    return sorted((r.what, r.at, r.detail, r.fate) for r in rows if r.what != PROMISE)


def _keep(heap: list[Any], one: Any, most: int) -> None:
    """Keep the largest; of equal size the older person's."""
    if len(heap) < most:
        heapq.heappush(heap, one)
    elif one > heap[0]:
        heapq.heapreplace(heap, one)
