"""A scheme's split tests in words and figures: its ways, how each has done, and what may be said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regulars.core.scheme import END, Scheme
from regulars.reports.uplift_races import JUDGED_BY, SplitTest
from regulars.web import words
from regulars.web.say import Say
from regulars.web.scheme_names import spoken
from regulars.web.schemes.effect_chart import percent, span_of

__all__ = ["Told", "shown", "title_of"]


@dataclass(frozen=True, slots=True)
class Told:
    """What has been decided of it. `decided`: which way, since when and by whom; `is_gone`: the version that runs has no such
    way, so that the lot draws. `back`: the same of a decision that was taken back, so that the figures don't decide."""

    decided: Mapping[str, Any] | None
    back: Mapping[str, Any] | None
    history: Sequence[Mapping[str, Any]]


def shown(test: SplitTest, scheme: Scheme, say: Say, told: Told) -> dict[str, Any]:
    """All that the card of a split test draws."""
    race = test.race
    stands = told.decided["to"] if told.decided is not None and not told.decided["is_gone"] else None
    return {
        "step": test.step,
        "told": told,
        "stands": stands is not None,
        "against": race.winner is not None and stands not in (None, race.winner),
        "title": title_of(test.step, scheme, say),
        "standing": race.standing,
        "winner": title_of(race.winner, scheme, say) if race.winner else "",
        "leader": title_of(race.leader, scheme, say) if race.leader else "",
        "ahead": [_ahead(test, way, scheme, say) for way in test.ways if way != race.winner] if race.winner else [],
        "decides": test.decides,
        "judged_by": JUDGED_BY,
        "ways": [_way(test, way, scheme, say) | {"stands": way == stands} for way in test.ways],
    }


def title_of(step: str, scheme: Scheme, say: Say) -> str:
    """What a step is called."""
    given = scheme.titles.get(step)
    return words.in_language(given, say.language) if given else spoken(step) if step != END else step


def _way(test: SplitTest, way: str, scheme: Scheme, say: Say) -> dict[str, Any]:
    is_orders = test.metric == "orders"
    n, what = test.sums.count("n", way), test.sums.count("orders" if is_orders else "again", way)
    revenue = test.sums.count("revenue", way)
    return {
        "way": way,
        "name": title_of(way, scheme, say),
        "share": percent(say, test.ways[way] / 1000, 0 if test.ways[way] % 10 == 0 else 1),
        "n": say.number(n),
        "what": say.number(what),
        "each": "—" if not n else say.number(round(what / n, 2)) if is_orders else percent(say, what / n, 1),
        "money": say.money(round(revenue / n), say.currency) if n else "—",
        "is_first": way == test.race.winner,
    }


def _ahead(test: SplitTest, other: str, scheme: Scheme, say: Say) -> dict[str, str]:
    """How far the winner is ahead of another way; '' for an end that isn't known."""
    winner = test.race.winner or ""
    found = test.race.pairs.get((winner, other))
    if found is None or found.uplift is None:
        return {"name": title_of(other, scheme, say), "low": "", "high": ""}
    low, high = span_of(say, found.uplift)
    return {"name": title_of(other, scheme, say), "low": low, "high": high}
