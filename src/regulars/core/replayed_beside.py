"""What was known of a person beside his card and his orders, as it was without the scheme that is played: tags, fields,
points, codes, what he had done, the schemes that he was in.

Owns these shapes, and what each of them comes to at a moment of the past. Loading is others' matter; nothing here is
changed by a replay (see `replayed_deeds`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regulars.core import past
from regulars.core.effects import IssueCode
from regulars.core.scheme import Scheme

__all__ = ["Beside", "Bought", "Change", "GoodCode", "HappenedBy", "Lot", "OtherRun"]

Change = tuple[datetime, str, Any]
"""(since when, the tag or field, on or off, or the value; None: it was taken away)."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Points earned together. `moves`: (when, how many more, or fewer) are left of them."""

    points: int
    earned_at: datetime
    valid_until: datetime | None
    moves: Sequence[tuple[datetime, int]]
    closed_at: datetime | None = None

    def left(self, at: datetime) -> int:
        """How many could be spent then."""
        if self.closed_at is not None and self.closed_at <= at:
            return 0
        if self.valid_until is not None and self.valid_until < at:
            return 0
        return sum(n for moment, n in self.moves if moment <= at)


@dataclass(frozen=True, slots=True)
class GoodCode:
    """A code of discount; `facts`: as conditions ask for it."""

    issued_at: datetime
    valid_until: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bought:
    """An order. `states`: (since when, total, whether it was cancelled), oldest first."""

    placed_at: datetime
    currency: str
    states: Sequence[tuple[datetime, int, bool]]
    goods: Sequence[past.Goods] = ()

    def at(self, moment: datetime) -> past.Purchase | None:
        """As it counted then; None where it did not."""
        if self.placed_at > moment:
            return None
        state = self.states[0]
        for one in self.states:
            if one[0] <= moment:
                state = one
        return None if state[2] else past.Purchase(self.placed_at, self.currency, state[1], self.goods)


@dataclass(frozen=True, slots=True)
class OtherRun:
    """How he was in another scheme. `by_scheme`: which scheme enrolled him, if one did."""

    scheme: str
    order_id: int | None
    started_at: datetime
    ended_at: datetime | None
    by_scheme: str | None = None


@dataclass(slots=True)
class Beside:
    """All of one person; lists stand in the order of time. `points` and `issued` make facts of what is left of lots
    (points, until when, left) and of a code that the replay issues; `others`: the schemes that take newcomers."""

    tags: Sequence[Change] = ()
    fields: Sequence[Change] = ()
    lots: Sequence[Lot] = ()
    codes: Sequence[GoodCode] = ()
    events: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    orders: Sequence[Bought] = ()
    runs: Sequence[OtherRun] = ()
    setting: past.Setting = field(default_factory=lambda: past.Setting(""))
    others: Mapping[str, Scheme] = field(default_factory=dict)
    winners: Mapping[str, Mapping[str, tuple[datetime, str]]] = field(default_factory=dict)
    points: Callable[[Sequence[tuple[int, datetime | None, int]]], Mapping[str, Any]] = lambda _lots: {}
    issued: Callable[[IssueCode, str], Mapping[str, Any]] = lambda _effect, _code: {}


class HappenedBy(Mapping[str, Sequence[datetime]]):
    """Of what happened, by kind, only what had by then."""

    __slots__ = ("_at", "_known", "_more")

    def __init__(
        self, known: Mapping[str, Sequence[datetime]], more: Mapping[str, Sequence[datetime]], at: datetime
    ) -> None:
        self._known, self._more, self._at = known, more, at

    def __getitem__(self, kind: str) -> Sequence[datetime]:
        at = self._at
        return [m for m in (*self._known.get(kind, ()), *self._more.get(kind, ())) if m <= at]

    def __iter__(self) -> Iterator[str]:
        return iter({*self._known, *self._more})

    def __len__(self) -> int:
        return len({*self._known, *self._more})
