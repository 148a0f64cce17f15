"""Filters of a list as they stand in its address, and the chips that set and drop them.

Owns the building of those addresses: a chip changes one condition and keeps the others, and begins at the first page.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.http import urlencode

__all__ = ["Choice", "Condition", "Option", "Query", "choice", "text_in"]

LONGEST = 200


def text_in(params: Mapping[str, Any], name: str, known: Iterable[str] | None = None) -> str:
    """A parameter's text, trimmed; '' when it isn't one of the known."""
    text = str(params.get(name, "")).replace("\x00", "").strip()[:LONGEST]
    return text if known is None or text in known else ""


@dataclass(frozen=True, slots=True)
class Query:
    """The conditions in force, by the name of their parameter; empty ones are none."""

    values: Mapping[str, str]

    def having(self, **changes: str) -> str:
        """The query text with some conditions changed; '' drops one."""
        return urlencode({k: v for k, v in {**self.values, **changes}.items() if v})

    def __str__(self) -> str:
        return self.having()

    def __bool__(self) -> bool:
        return any(self.values.values())


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in force, in words; `names`: its parameters; `without`: the query that lacks it."""

    names: Sequence[str]
    text: str
    without: str


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a chip's menu."""

    text: str
    query: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A chip. `chosen`: its value in words, '' when it is open to be chosen; `without`: the query that drops it."""

    name: str
    label: str
    icon: str
    options: Sequence[Option]
    chosen: str
    without: str


def choice(query: Query, name: str, label: str, icon: str, values: Iterable[tuple[str, str]]) -> Choice:
    """A chip whose values are (text in the address, words)."""
    named = dict(values)
    return Choice(
        name=name,
        label=label,
        icon=icon,
        options=[Option(words, query.having(**{name: value})) for value, words in named.items()],
        chosen=named.get(query.values.get(name, ""), ""),
        without=query.having(**{name: ""}),
    )
