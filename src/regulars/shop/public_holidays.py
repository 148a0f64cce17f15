"""The public holidays of a country, or of a region of it, as the `holidays` library knows them.

Owns their names in our languages, moved days off, working Saturdays, and up to which year the library knows what a
government moves. Reads no database; what a shop makes of the days is days.py's.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import holidays

from regulars.rules.special_days import OFF, USUAL, What

__all__ = ["Holiday", "countries", "days", "is_known", "known_to", "regions"]

_ENGLISH = ("en_US", "en_GB", "en")
_AMERICAN = re.compile(r"\b(\d\d)/(\d\d)/(\d{4})\b")
_MOVED_YEARS = 3
"""A country that has moved days by decree in so many of the last years will do so in the next one, too."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day off, or a weekend's day that is worked; `title` by language, '' being the country's own."""

    day: date
    what: What
    title: dict[str, str]


def countries() -> frozenset[str]:
    """ISO codes of the countries that the library knows."""
    return frozenset(holidays.list_supported_countries(include_aliases=False))


def regions(country: str) -> dict[str, str]:
    """Regions of a country with holidays of their own: code → name, by name."""
    if country not in countries():
        return {}
    known = holidays.country_holidays(country)
    names = {code: names[0] if names else code for code, names in known.get_subdivision_aliases().items()}
    return dict(sorted(names.items(), key=lambda item: item[1]))


def is_known(place: str) -> bool:
    """Whether `place` is a country, or a country and its region such as GB-ENG."""
    country, _, region = place.partition("-")
    return country in countries() and (not region or region in regions(country))


@lru_cache(maxsize=256)
def days(place: str, year: int) -> tuple[Holiday, ...]:
    """The holidays of that year, by day; none for a place that isn't known."""
    if not is_known(place):
        return ()
    own = _calendar(place, year, None)
    languages = {"": own.default_language, **_languages(own)}
    named = {language: _calendar(place, year, name) for language, name in languages.items()}
    off = [
        Holiday(day, OFF, {language: _plain_dates(str(known[day])) for language, known in named.items()})
        for day in own
        if day.year == year
    ]
    worked = [Holiday(day, USUAL, {}) for day in getattr(own, "weekend_workdays", ()) if day.year == year]
    return tuple(sorted((*off, *worked), key=lambda h: h.day))


def known_to(place: str) -> int | None:
    """The last year whose moved days are known; None for a country that moves none by decree."""
    if not is_known(place):
        return None
    moved = set(getattr(holidays.country_holidays(place.partition("-")[0]), "special_public_holidays", ()))
    last = max(moved, default=0)
    return last if len(moved & set(range(last - _MOVED_YEARS, last + 1))) >= _MOVED_YEARS else None


def _languages(own: Any) -> dict[str, str]:
    supported = own.supported_languages or ()
    english = next((name for name in _ENGLISH if name in supported), None)
    return {**({"en": english} if english else {}), **({"ru": "ru"} if "ru" in supported else {})}


def _plain_dates(name: str) -> str:
    """American dates, which many read the other way round, as 2027-02-20."""
    return _AMERICAN.sub(r"\3-\1-\2", name)


def _calendar(place: str, year: int, language: str | None) -> Any:
    country, _, region = place.partition("-")
    return holidays.country_holidays(country, subdiv=region or None, years=year, language=language)
