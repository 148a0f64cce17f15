"""A scheme's split tests in words and figures: its ways, how each has done, and what may be said of them."""

from typing import Any

from regulars.core.scheme import END, Scheme
from regulars.reports.uplift_races import SplitTest
from regulars.web import words
from regulars.web.say import Say
from regulars.web.scheme_names import spoken
from regulars.web.schemes.effect_chart import percent, span_of

__all__ = ["shown"]


def shown(test: SplitTest, scheme: Scheme, say: Say) -> dict[str, Any]:
    """All that the card of a split test draws."""
    race = test.race
    others = [way for way in test.ways if way != race.winner]
    return {
        "title": _title(test.step, scheme, say),
        "standing": race.standing,
        "winner": _title(race.winner, scheme, say) if race.winner else "",
        "leader": _title(race.leader, scheme, say) if race.leader else "",
        "decides": test.decides,
        "has_people": bool(test.sums.count("n")),
        "waiting": say.number(test.sums.count("entered") - test.sums.count("n")),
        "ways": [_way(test, way, scheme, say) for way in test.ways],
        "ahead": [_ahead(test, other, scheme, say) for other in others] if race.winner else [],
    }


def _title(step: str, scheme: Scheme, say: Say) -> str:
    given = scheme.titles.get(step)
    return words.in_language(given, say.language) if given else spoken(step) if step != END else step


def _way(test: SplitTest, way: str, scheme: Scheme, say: Say) -> dict[str, Any]:
    n, again = test.sums.count("n", way), test.sums.count("again", way)
    revenue = test.sums.count("revenue", way)
    return {
        "name": _title(way, scheme, say),
        "share": percent(say, test.ways[way] / 1000, 0 if test.ways[way] % 10 == 0 else 1),
        "n": say.number(n),
        "what": say.number(again),
        "each": percent(say, again / n, 1) if n else "—",
        "money": say.money(round(revenue / n), say.currency) if n else "—",
        "is_first": way == test.race.winner,
    }


def _ahead(test: SplitTest, other: str, scheme: Scheme, say: Say) -> dict[str, str]:
    """How far the winner is ahead of another way; '' for an end that isn't known."""
    winner = test.race.winner or ""
    found = test.race.pairs.get((winner, other))
    if found is None or found.uplift is None:
        return {"name": _title(other, scheme, say), "low": "", "high": ""}
    low, high = span_of(say, found.uplift)
    return {"name": _title(other, scheme, say), "low": low, "high": high}
