"""Days that are not like their weekday, of several sources, laid over the week.

Owns which source wins: by hand over a calendar file over holidays over the week; within one source a day off wins. A day
that is switched off is no day here. Reckoning in the hours that come of it is worktime.py's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from regulars.rules.worktime import Spans, WorkTime

__all__ = [
    "FEED",
    "HAND",
    "HOLIDAYS",
    "OFF",
    "OPEN",
    "SOURCES",
    "USUAL",
    "Special",
    "What",
    "deciding",
    "effect",
    "layered",
]

HOLIDAYS: Final = "holidays"
FEED: Final = "feed"
HAND: Final = "hand"
SOURCES: Final = (HAND, FEED, HOLIDAYS)
"""The first that says something of a day decides."""
OFF: Final = "off"
USUAL: Final = "usual"
OPEN: Final = "open"
What = Literal["off", "usual", "open"]
_PLACE: Final = {OFF: 0, OPEN: 1, USUAL: 2}


@dataclass(frozen=True, slots=True)
class Special:
    """What one source says of a day. `what`: off, open (in `spans`), usual (worked like an ordinary working day)."""

    day: date
    source: str
    what: What
    spans: Spans = ()


def layered(zone: str, week: Mapping[int, Spans], specials: Iterable[Special]) -> WorkTime:
    """The working time that the week and these days make."""
    off: set[date] = set()
    extra: dict[date, Spans] = {}
    for one in deciding(specials).values():
        spans = effect(one, week)
        if spans is None:
            continue
        if spans:
            extra[one.day] = spans
        else:
            off.add(one.day)
    return WorkTime(zone, week, frozenset(off), extra)


def effect(special: Special, week: Mapping[int, Spans]) -> Spans | None:
    """The hours that it gives its day, () for none; None where the week stays as it is."""
    if special.what == OFF:
        return ()
    if special.what == OPEN:
        return special.spans
    if week.get(special.day.weekday()):
        return None
    return _like_the_day_before(special.day, week)


def _like_the_day_before(day: date, week: Mapping[int, Spans]) -> Spans:
    """The hours of the nearest weekday before that is worked: a Saturday's are Friday's."""
    for back in range(1, 7):
        spans = week.get((day.weekday() - back) % 7, ())
        if spans:
            return spans
    return ()


def deciding(specials: Iterable[Special]) -> dict[date, Special]:
    """Of each day the one that counts."""
    found: dict[date, Special] = {}
    for one in sorted(specials, key=lambda s: (SOURCES.index(s.source), _PLACE[s.what])):
        found.setdefault(one.day, one)
    return found
