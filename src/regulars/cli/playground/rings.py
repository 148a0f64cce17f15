"""Who rings at the playground's shop and when: buyers of late, and strangers. A pure function of the seed and the beginning.

Owns what a vendor would tell of each call, fact by fact, in the contract's JSON. What colleagues dial is life.py's.
"""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from regulars.cli.playground.orders import Book

__all__ = ["EXTENSIONS", "LINE", "Rings", "outgoing"]

LINE = "+74950000100"
EXTENSIONS = ("101", "102", "103")
"""The inner numbers of the colleagues, in the order of the office."""
STRANGERS = "+7484200"
"""Numbers of nobody: no exchange of that town gives out any that begin with 0."""
_HOURS = (9, 10, 10, 11, 11, 12, 13, 14, 14, 15, 16, 17, 17, 18, 19, 20, 21)
_OPENS, _CLOSES = 9, 20
LATELY = timedelta(days=6)
"""Who rings has ordered not longer ago."""
# About the beginning: minutes before it (negative: after it), which of the latest orders (None: a stranger), is it answered.
_OWN: tuple[tuple[float, int | None, bool], ...] = (
    (95, 9, True), (62, 14, True), (38, None, True), (21, 11, True), (12, 5, True), (8, 7, False), (3, None, False),
    (-1.5, 4, True), (-6, None, False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ring:
    """An incoming call. `talk` 0: nobody picked up."""

    key: str
    at: datetime
    number: str
    extension: str
    ring: int
    talk: int

    def facts(self) -> list[tuple[datetime, dict[str, Any]]]:
        """What is told of it, each at its time."""
        told: dict[str, Any] = {"id": self.key, "direction": "in", "number": self.number, "line": LINE}
        picked_up = self.at + timedelta(seconds=self.ring)
        facts: list[tuple[datetime, dict[str, Any]]] = [(self.at, told | {"state": "ringing"})]
        if self.talk:
            leg = {"extension": self.extension, "leg": self.extension}
            facts.append((picked_up, told | leg | {"state": "answered"}))
            facts.append((picked_up + timedelta(seconds=self.talk), told | leg | {"state": "ended", "answered": True}))
        else:
            facts.append((picked_up, told | {"state": "missed"}))
        return [(at, fact | {"at": at.isoformat()}) for at, fact in facts]


def outgoing(key: str, ended: datetime, number: str, extension: str, *, answered: bool) -> list[dict[str, Any]]:
    """The facts of a colleague's call that is over at `ended`."""
    told = {"id": key, "direction": "out", "number": number, "line": LINE, "extension": extension, "leg": extension}
    began = ended - timedelta(seconds=160 if answered else 35)
    facts = [told | {"state": "ringing", "at": began.isoformat()}]
    if answered:
        facts.append(told | {"state": "answered", "at": (began + timedelta(seconds=14)).isoformat()})
    return [*facts, told | {"state": "ended" if answered else "failed", "at": ended.isoformat()}]


class Rings:
    """All that ring at one playground."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self.of_day = lru_cache(maxsize=8)(self._of_day)

    def _of_day(self, day: date) -> tuple[Ring, ...]:
        """The calls of a day of the shop's, in their order; about the beginning only the chosen ones."""
        book, chance = self._book, random.Random(f"{self._book.seed} rings {day}")  # noqa: S311 - nothing secret
        made = []
        for n in range(chance.randrange(7, 13)):
            hour, minute, second = chance.choice(_HOURS), chance.randrange(60), chance.randrange(60)
            at = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=book.zone)
            is_answered = _OPENS <= hour < _CLOSES and chance.random() < 0.8
            which = None if chance.random() < 0.2 else chance.randrange(2, 120)
            ring = self._ring(f"in-{day:%Y%m%d}-{n}", at, which, chance, is_answered=is_answered)
            if not -timedelta(minutes=10) < book.began - at < timedelta(minutes=100):
                made.append(ring)
        if day == book.began.astimezone(book.zone).date():
            for n, (minutes, which, is_answered) in enumerate(_OWN):
                at = (book.began - timedelta(minutes=minutes)).replace(microsecond=0)
                made.append(self._ring(f"in-own-{n}", at, which, chance, is_answered=is_answered))
        return tuple(sorted(made, key=lambda r: r.at))

    def _ring(self, key: str, at: datetime, which: int | None, chance: random.Random, *, is_answered: bool) -> Ring:
        """`which` of the latest orders' buyers it is, the newest first; None: a stranger."""
        number = f"{STRANGERS}{chance.randrange(10_000):04}"
        lately = [] if which is None else self._book.between(at - LATELY, at)
        if lately and which is not None:
            number = lately[-1 - which % len(lately)].buyer.phone
        ring = chance.randrange(4, 22) if is_answered else chance.randrange(18, 55)
        talk = chance.randrange(35, 260) if is_answered else 0
        return Ring(key, at, number, chance.choice(EXTENSIONS[:2]), ring, talk)

    def between(self, after: datetime, until: datetime) -> list[dict[str, Any]]:
        """What is told after one moment and up to another, in its order."""
        zone = self._book.zone
        day, last = (after - timedelta(hours=1)).astimezone(zone).date(), until.astimezone(zone).date()
        told: list[tuple[datetime, dict[str, Any]]] = []
        while day <= last:
            told += [f for ring in self.of_day(day) for f in ring.facts() if after < f[0] <= until]
            day += timedelta(days=1)
        return [fact for _, fact in sorted(told, key=lambda f: f[0])]

    def next_after(self, at: datetime) -> datetime:
        """When the next telephone rings, or ceases to; that a talk is over is told with whatever comes next."""
        reach = timedelta(hours=12)
        while not (found := [f for f in self.between(at, at + reach) if f["state"] != "ended"]):
            reach *= 2
        return datetime.fromisoformat(found[0]["at"])
