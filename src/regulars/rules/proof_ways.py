"""Which way of several is best? Each against each, corrected for their number, at every look; and who wins.

Owns the comparison of more than two groups. Takes plain sums; that a split test drew them is not its affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from regulars.rules.proof import ALPHA, Comparison, Group, Stratum, compare
from regulars.rules.proof_verdict import LEAST

__all__ = ["Race", "Standing", "race"]

Standing = Literal["won", "equal", "early", "broken"]


@dataclass(frozen=True, slots=True)
class Race:
    """`winner`: the way that is ahead of each other way beyond chance, or None. `leader`: who is ahead so far, may be by chance.
    `pairs`: (one, other) -> one against the other. 'equal': whichever is taken, no more than `least` is lost."""

    standing: Standing
    winner: str | None
    leader: str | None
    pairs: Mapping[tuple[str, str], Comparison]


def race(
    strata: Sequence[Mapping[str, Group]], *, trusted: bool = True, alpha: float = ALPHA, least: float = LEAST
) -> Race:
    """Compare all ways by their outcome a person, more being better. A stratum: people drawn with the same shares.

    Of k ways there are k (k - 1) / 2 pairs, and each gets its part of `alpha` (Bonferroni), so that the chance of ever
    naming a winner that is none stays below `alpha` however many ways there are.
    """
    ways = sorted({way for one in strata for way in one})
    every = list(combinations(ways, 2))
    pairs: dict[tuple[str, str], Comparison] = {}
    for one, other in every:
        both = [Stratum(s.get(one, Group()), s.get(other, Group())) for s in strata]
        found = compare(both, alpha / len(every))
        if found is not None:
            pairs[one, other] = found
    totals = {way: sum((s.get(way, Group()) for s in strata), Group()) for way in ways}
    seen = [way for way in ways if totals[way].n]
    leader = max(seen, key=lambda way: totals[way].mean) if seen else None
    if not trusted:
        return Race("broken", None, leader, pairs)
    winner = next((way for way in ways if _beats_all(way, ways, pairs)), None)
    if winner is not None:
        return Race("won", winner, winner, pairs)
    equal = len(pairs) == len(every) > 0 and all(_is_little(p, least) for p in pairs.values())
    return Race("equal" if equal else "early", None, leader, pairs)


def _beats_all(way: str, ways: Sequence[str], pairs: Mapping[tuple[str, str], Comparison]) -> bool:
    for other in ways:
        if other == way:
            continue
        ahead, behind = pairs.get((way, other)), pairs.get((other, way))
        if not ((ahead and ahead.difference.is_above) or (behind and behind.difference.is_below)):
            return False
    return len(ways) > 1


def _is_little(found: Comparison, least: float) -> bool:
    return found.uplift is not None and -least <= found.uplift.low and found.uplift.high <= least
