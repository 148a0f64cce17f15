"""What people call a scheme and its steps: the titles that its author gave, by the version in question.

A published text is read once a process; what this release can't read any more keeps the names of its record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from regulars.base.db import Cursor
from regulars.core.read import read_scheme
from regulars.core.scheme import Scheme
from regulars.journeys import scheme_queries as queries
from regulars.web import words

__all__ = ["SchemeNames", "read", "scheme_names", "spoken", "title_of"]


@lru_cache(maxsize=128)
def read(text: str) -> Scheme | None:
    """A published text, compiled once a process; None when this release can't read it any more."""
    return read_scheme(text).scheme


def spoken(step: str) -> str:
    """A step's name as words, for one that nobody gave a title: 'ask-again' becomes 'Ask again'."""
    return step.replace("-", " ").replace("_", " ").capitalize()


def title_of(scheme: Scheme | None, step: str, language: str) -> str:
    """What people call a step: its title, or its name as words."""
    given = scheme.titles.get(step) if scheme else None
    return words.in_language(given, language) if given else spoken(step)


@dataclass(frozen=True, slots=True)
class SchemeNames:
    """Titles in one language. `schemes`: by name and number of version."""

    language: str
    schemes: Mapping[tuple[str, int], Scheme | None]

    def scheme(self, name: str, n: int) -> str:
        """The scheme's title; '' for one that has none."""
        found = self.schemes.get((name, n))
        return words.in_language(found.title, self.language) if found else ""

    def step(self, name: str, n: int, step: str | None) -> str:
        """The step's title; '' for one that has none."""
        found = self.schemes.get((name, n))
        given = found.titles.get(step or "") if found else None
        return words.in_language(given, self.language) if given else ""


def scheme_names(cur: Cursor, shop_id: int, language: str, versions: Iterable[tuple[str, int]]) -> SchemeNames:
    """The names of these versions (name, number), by one query."""
    texts = queries.texts(cur, shop_id, set(versions))
    return SchemeNames(language, {version: read(text) for version, text in texts.items()})
