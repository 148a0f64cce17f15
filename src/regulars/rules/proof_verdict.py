"""What a comparison says: works, works against, little or nothing, or too early; how many people more; may it be trusted.

Owns the words' meaning and the alarms. The words themselves are the screens' matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, inf, lgamma, log, log1p, sqrt
from typing import Literal

from regulars.rules.proof import Comparison, Group, Stratum, boundary, compare

__all__ = [
    "ADVISED_LEAST",
    "FURTHEST_DAYS",
    "LEAST",
    "MISMATCH_ODDS",
    "Drawn",
    "Verdict",
    "best_share",
    "differ",
    "enough_on",
    "evidence",
    "more_people",
    "needed",
    "verdict",
]

Verdict = Literal["works", "against", "little", "early", "broken"]

LEAST = 0.2
"""The smallest uplift worth knowing, unless the reader says another: less, up or down, is 'little or nothing'."""
MISMATCH_ODDS = 1000.0
"""Alarm when the groups' sizes are so many times likelier under another share than under the one that was to be drawn.
By Ville's inequality a false alarm comes in at most one of so many schemes, ever, at whatever looks."""
ADVISED_LEAST = 0.02
"""The hold-out that is advised when the effect is clear: it goes on being watched, and costs little."""
_CONCENTRATION = 100.0
_POWER = 0.8416
"""Standard errors beyond the boundary at which four of five such effects are found."""
_FURTHEST = 1e9
FURTHEST_DAYS = 730
"""What takes longer than so many days more is not waited for."""
CONTAMINATION_ALPHA = 0.01
"""How often, at most, the alarm about other schemes may ever be false."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """How many were drawn into either group with this share (0 < share < 1) of being held out."""

    share: float
    given: int
    held: int


def verdict(found: Comparison | None, *, trusted: bool = True, least: float = LEAST) -> Verdict:
    """In one word. 'broken': the groups are not what was drawn, so nothing follows from them."""
    if not trusted:
        return "broken"
    if found is None:
        return "early"
    if found.difference.is_above:
        return "works"
    if found.difference.is_below:
        return "against"
    if found.uplift is not None and -least <= found.uplift.low and found.uplift.high <= least:
        return "little"
    return "early"


def evidence(drawn: Iterable[Drawn]) -> float:
    """Sample-ratio mismatch: log of the odds against the shares that were to be drawn, valid at every look.

    The Bayes factor of Lindon and Malek, 'Anytime-valid inference for multinomial count data' (2022): binomial against a
    beta mixture around the share; of several shares the odds multiply. Alarm above log(MISMATCH_ODDS).
    """
    return sum(_odds(one) for one in drawn if 0 < one.share < 1)


def _odds(one: Drawn) -> float:
    a, b = _CONCENTRATION * one.share, _CONCENTRATION * (1 - one.share)
    mixed = _log_beta(a + one.held, b + one.given) - _log_beta(a, b)
    return mixed - one.held * log(one.share) - one.given * log1p(-one.share)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def needed(found: Comparison, least: float = LEAST) -> float | None:
    """So many effective people (rules/proof.py) show an uplift of `least` in four cases of five, if it is there.

    From the variance seen so far; None while nothing happened without the scheme, or beyond a thousand million.
    """
    target = least * found.held
    if target <= 0 or _reach(_FURTHEST, found.variance) > target:
        return None
    low, high = 1.0, _FURTHEST
    while high > low * 1.0001:
        middle = sqrt(low * high)
        low, high = (low, middle) if _reach(middle, found.variance) <= target else (middle, high)
    return high


def _reach(effective: float, variance: float) -> float:
    return (boundary(effective) + _POWER) * sqrt(variance / effective)


def more_people(found: Comparison, share: float, least: float = LEAST) -> int | None:
    """How many more must come, of whom `share` is held out, until `needed` is there; 0 when it is."""
    wanted = needed(found, least)
    if wanted is None or not 0 < share < 1:
        return None
    return max(0, ceil((wanted - found.effective) / (share * (1 - share))))


def best_share(found: Comparison, people_per_day: float, days: int, least: float = LEAST) -> float | None:
    """The smallest usual hold-out by which it would be known within so many days from now; None where none would."""
    for share in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5):
        wanted = more_people(found, share, least)
        if wanted is not None and wanted <= people_per_day * days:
            return share
    return None


def enough_on(came: Sequence[tuple[date, int]], need: int, pace: float, window: int, today: date) -> date | None:
    """The day on which the windows of `need` people are over; None beyond FURTHEST_DAYS.

    `came`: how many entered on which day, in order; `pace`: how many more enter a day; `window`: days.
    """
    seen = 0
    for day, n in came:
        seen += n
        if seen >= need:
            return max(today, day + timedelta(days=window + 1))
    days = (need - seen) / pace if pace > 0 else inf
    if days > FURTHEST_DAYS:
        return None
    return today + timedelta(days=ceil(days) + window + 1)


def differ(strata: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> bool:
    """Whether a trait is commoner in one group than chance allows: pairs (people, of whom have it), given and held."""
    found = compare(
        [Stratum(Group(n1, x1, x1), Group(n0, x0, x0)) for (n1, x1), (n0, x0) in strata], CONTAMINATION_ALPHA
    )
    return found is not None and (found.difference.is_above or found.difference.is_below)
