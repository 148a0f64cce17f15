"""Does it work? Two groups drawn by lot are compared, and the interval stays valid however often one looks.

Owns the arithmetic of one comparison: sums in, differences and uplifts with their intervals out. Must not know where the
sums come from, nor decide what is done about them (proof_verdict.py).

The interval is the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, 'Time-uniform
central limit theory and asymptotic confidence sequences' (2021, Annals of Statistics 2024), theorem 2.2, with the normal
mixture of Robbins (1970): at *every* look the truth lies within it with 95 %, not only at one that was fixed beforehand.
For the difference it is theirs of a randomised experiment (section 3) with the groups' own means as the regression.
For the uplift (one mean by the other) it is turned round as Fieller (1954) did with the t interval: the uplifts u for
which the sequence of `with - (1 + u) * without` has nought within it. For the true u that is one sequence, valid at all
looks, so the set holds it at all looks; and nought is out of the one interval exactly when it is out of the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf, log, sqrt

__all__ = ["ALPHA", "FEWEST", "PLANNED", "Comparison", "Group", "Interval", "Stratum", "boundary", "compare", "pooled"]

ALPHA = 0.05
"""How often, at most, an interval may ever miss the truth."""
PLANNED = 1000.0
"""Effective people (n1 * n0 / (n1 + n0)) at which the interval is made narrowest; far from it it is only a little wider.
Fixed beforehand: chosen from the data it would cost validity. With few people it makes the interval very wide, which is
what keeps a chance handful from counting."""
FEWEST = 10
"""People of either group before anything is said at all: two who did and two who didn't have no variance to go by."""


@dataclass(frozen=True, slots=True)
class Group:
    """So many people, the sum of their outcomes and of the squares of these (people; units; units squared)."""

    n: int = 0
    total: float = 0
    squares: float = 0

    def __add__(self, other: Group) -> Group:
        return Group(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        """Of a person; 0 of nobody."""
        return self.total / self.n if self.n else 0.0

    @property
    def spread(self) -> float:
        """Sum of squared distances from the mean."""
        return max(self.squares - self.total * self.total / self.n, 0.0) if self.n else 0.0


@dataclass(frozen=True, slots=True)
class Stratum:
    """People who were drawn with the same share: those with the scheme, and those without it."""

    given: Group
    held: Group

    @property
    def n(self) -> int:
        """Both groups."""
        return self.given.n + self.held.n


@dataclass(frozen=True, slots=True)
class Interval:
    """`low` to `high` with the best guess; the ends may be infinite: everything is possible yet."""

    at: float
    low: float
    high: float

    @property
    def is_above(self) -> bool:
        """All of it above nought."""
        return self.low > 0

    @property
    def is_below(self) -> bool:
        """All of it below nought."""
        return self.high < 0

    @property
    def is_bounded(self) -> bool:
        """Whether both ends are known."""
        return self.low > -inf and self.high < inf


@dataclass(frozen=True, slots=True)
class Comparison:
    """`given` and `held`: means a person, weighed over the strata. `difference`: of them. `uplift`: share of `held`, None
    while nothing happened without the scheme. `effective`: people (see PLANNED); `variance`: of one of them, so that the
    difference has the standard error sqrt(variance / effective)."""

    given: float
    held: float
    difference: Interval
    uplift: Interval | None
    effective: float
    variance: float


def boundary(effective: float, alpha: float = ALPHA, planned: float = PLANNED) -> float:
    """So many standard errors the interval reaches to each side, after so many effective people.

    1.96 of one look becomes about 3 where it was planned for; that is the price of looking every day.
    """
    best = -2 * log(alpha) + log(-2 * log(alpha) + 1)
    tau = effective * best / planned
    return sqrt((1 + 1 / tau) * (log(1 + tau) - 2 * log(alpha)))


def compare(strata: Iterable[Stratum], alpha: float = ALPHA) -> Comparison | None:
    """The two groups against each other; None while no stratum has FEWEST people of each.

    A share that was changed is a stratum of its own: means are made within each and weighed by its people, otherwise the
    groups would differ by *when* their people came.
    """
    seen = [s for s in strata if s.given.n >= FEWEST and s.held.n >= FEWEST]
    if not seen:
        return None
    people = sum(s.n for s in seen)
    given, held, given_var, held_var, inverse = 0.0, 0.0, 0.0, 0.0, 0.0
    for one in seen:
        weight = one.n / people
        own_given, own_held = _variances(one)
        given += weight * one.given.mean
        held += weight * one.held.mean
        given_var += weight * weight * own_given / one.given.n
        held_var += weight * weight * own_held / one.held.n
        inverse += weight * weight * (1 / one.given.n + 1 / one.held.n)
    effective = 1 / inverse
    reach = boundary(effective, alpha)
    half = reach * sqrt(given_var + held_var)
    difference = Interval(given - held, given - held - half, given - held + half)
    uplift = _uplift(given, held, given_var, held_var, reach)
    return Comparison(given, held, difference, uplift, effective, (given_var + held_var) * effective)


def _variances(one: Stratum) -> tuple[float, float]:
    """Of one person's outcome in either group; never below that of both together.

    A small group that happens to hold no large buyer looks steadier than it is: its own mean and its own variance are
    too small at once, and that alone would raise false alarms.
    """
    pooled = (one.given.spread + one.held.spread) / (one.n - 2)
    return max(one.given.spread / (one.given.n - 1), pooled), max(one.held.spread / (one.held.n - 1), pooled)


def _uplift(given: float, held: float, given_var: float, held_var: float, reach: float) -> Interval | None:
    """The ratios r with (given - r * held)^2 <= reach^2 * (given_var + r^2 * held_var), less one; outcomes are not below 0."""
    if held <= 0:
        return None
    a = held * held - reach * reach * held_var
    b = given * held
    c = given * given - reach * reach * given_var
    at = given / held - 1
    if a <= 0:
        # the mean without the scheme may be nought itself: no upper end, and a lower one only where 0 is out of the set
        low = c / (b + sqrt(b * b - a * c)) if c > 0 else 0.0
        return Interval(at, low - 1, inf)
    root = sqrt(max(b * b - a * c, 0.0))
    return Interval(at, max((b - root) / a, 0.0) - 1, (b + root) / a - 1)


def pooled(strata: Sequence[Stratum]) -> Stratum:
    """All strata together, as plain counts."""
    return Stratum(sum((s.given for s in strata), Group()), sum((s.held for s in strata), Group()))
