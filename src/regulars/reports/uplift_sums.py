"""Reads of the roll-up: sums of a scheme's groups by stratum, their alarms, and the looks that were made. Writes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import inf, log

from regulars.base.db import Cursor
from regulars.rules.proof import Comparison, Group, Interval, Stratum
from regulars.rules.proof_verdict import MISMATCH_ODDS, Drawn, differ, evidence

__all__ = ["METRICS", "Alarms", "Look", "Sums", "days_of", "looks_of", "marked_day", "sums_of"]

METRICS = ("again", "orders", "revenue", "goal")
"""What is compared of a person: whether he ordered, how often, for how much, whether the scheme's goal was reached."""
HOLD_OUT = ""
"""The part of a scheme that its hold-out is; a split test's part is its step."""
_ROWS = """
select scheme_id, day, share, days, arm, entered, n, again, orders, orders2, revenue, revenue2, goals, others, crossed, same,
  corrected
from reports_uplift_day where shop_id = %s and part = %s and (%s::bigint is null or scheme_id = %s) order by scheme_id, day
"""


@dataclass(slots=True)
class _Arm:
    entered: int = 0
    n: int = 0
    again: int = 0
    orders: int = 0
    orders2: int = 0
    revenue: int = 0
    revenue2: int = 0
    goals: int = 0
    others: int = 0
    crossed: int = 0
    same: int = 0
    corrected: int = 0

    def group(self, metric: str) -> Group:
        total, squares = {
            "again": (self.again, self.again),
            "orders": (self.orders, self.orders2),
            "revenue": (self.revenue, self.revenue2),
            "goal": (self.goals, self.goals),
        }[metric]
        return Group(self.n, total, squares)


@dataclass(frozen=True, slots=True)
class Alarms:
    """Why the comparison may not be trusted. `sizes`: the groups are not of the sizes that were to be drawn; `others`: another
    scheme that advertises reached one group more than the other."""

    sizes: bool = False
    others: bool = False

    def __bool__(self) -> bool:
        return self.sizes or self.others


@dataclass(slots=True)
class Sums:
    """A scheme's groups, day after day added up: by stratum (permille held out, days of the window) and arm."""

    scheme_id: int
    arms: dict[tuple[int, int], dict[str, _Arm]] = field(default_factory=dict)

    def add(self, share: int, days: int, arm: str, values: Sequence[int]) -> None:
        """One row of the roll-up."""
        own = self.arms.setdefault((share, days), {}).setdefault(arm, _Arm())
        for name, value in zip(_Arm.__slots__, values, strict=True):
            setattr(own, name, getattr(own, name) + int(value))

    def strata(self, metric: str) -> list[Stratum]:
        """The two groups, ready to be compared."""
        return [
            Stratum(arms.get("given", _Arm()).group(metric), arms.get("held", _Arm()).group(metric))
            for arms in self.arms.values()
        ]

    def count(self, what: str, arm: str | None = None) -> int:
        """Of all strata together: entered, n, again, orders, revenue, goals, others, crossed, same or corrected."""
        return sum(
            getattr(found, what) for arms in self.arms.values() for name, found in arms.items() if arm in (None, name)
        )

    def alarms(self) -> Alarms:
        """What speaks against trusting them."""
        drawn: dict[int, list[int]] = {}
        for (share, _days), arms in self.arms.items():
            own = drawn.setdefault(share, [0, 0])
            for i, name in enumerate(("given", "held")):
                own[i] += arms.get(name, _Arm()).entered
        pairs = []
        for arms in self.arms.values():
            given, held = arms.get("given", _Arm()), arms.get("held", _Arm())
            pairs.append(((given.n, given.others), (held.n, held.others)))
        odds = evidence(Drawn(share / 1000, *found) for share, found in drawn.items())
        return Alarms(odds > log(MISMATCH_ODDS), differ(pairs))


def days_of(
    cur: Cursor, shop_id: int, part: str = HOLD_OUT, scheme_id: int | None = None
) -> Iterable[tuple[int, date, int, int, str, Sequence[int]]]:
    """Rows of the roll-up (scheme, day, share, days, arm, values), by scheme and day."""
    for scheme, day, share, days, arm, *values in cur.execute(_ROWS, (shop_id, part, scheme_id, scheme_id)).fetchall():
        yield scheme, day, share, days, arm, values


def sums_of(cur: Cursor, shop_id: int, part: str = HOLD_OUT, scheme_id: int | None = None) -> dict[int, Sums]:
    """All days together, by scheme; a scheme nobody was drawn into is absent."""
    out: dict[int, Sums] = {}
    for scheme, _day, share, days, arm, values in days_of(cur, shop_id, part, scheme_id):
        out.setdefault(scheme, Sums(scheme)).add(share, days, arm, values)
    return out


@dataclass(frozen=True, slots=True)
class Look:
    """What a day's look showed. `trusted`: no alarm rang; `afterwards`: it was worked out later than on its day."""

    day: date
    n_given: int
    n_held: int
    found: Comparison
    trusted: bool
    afterwards: bool


def looks_of(
    cur: Cursor, shop_id: int, metric: str, part: str = HOLD_OUT, scheme_id: int | None = None
) -> dict[int, list[Look]]:
    """The looks that were made, by scheme, in their order."""
    out: dict[int, list[Look]] = {}
    rows = cur.execute(
        "select scheme_id, day, n_given, n_held, given, held, low, high, uplift, uplift_low, uplift_high, effective, variance,"
        " trusted, afterwards from reports_uplift_look where shop_id = %s and metric = %s and part = %s"
        " and (%s::bigint is null or scheme_id = %s) order by scheme_id, day",
        (shop_id, metric, part, scheme_id, scheme_id),
    )
    for scheme, day, n1, n0, given, held, low, high, at, at_low, at_high, effective, variance, trusted, after in rows:
        uplift = None if at is None else Interval(at, at_low, inf if at_high is None else at_high)
        found = Comparison(given, held, Interval(given - held, low, high), uplift, effective, variance)
        out.setdefault(scheme, []).append(Look(day, n1, n0, found, trusted, after))
    return out


def marked_day(cur: Cursor, shop_id: int) -> date | None:
    """The last day that has been looked at; None before the first."""
    row = cur.execute("select day from reports_uplift_mark where shop_id = %s", (shop_id,)).fetchone()
    return None if row is None else row[0]
