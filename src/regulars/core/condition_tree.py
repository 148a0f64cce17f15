"""The tree of a condition: what its text says, before anybody asks what it means.

Owns the nodes that the Python predicate and the SQL are both made from. It must not evaluate anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Name:
    """A fact, by its dotted name."""

    path: str
    line: int = field(default=1, compare=False)
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written in the condition: text, Decimal, bool, date or aware datetime."""

    value: str | Decimal | bool | date | datetime


@dataclass(frozen=True, slots=True)
class Ago:
    """The moment so long before now."""

    span: timedelta


@dataclass(frozen=True, slots=True)
class Call:
    """What the person did: a function over his events or his orders, such as `count('order.placed', 90d)`.

    `period`: so long before now, or since that day or moment; None is all the time until now. `kind`: the type of its
    value, 'number', 'bool' or 'moment'.
    """

    function: str
    arguments: tuple[str, ...]
    period: timedelta | datetime | date | None
    kind: str = field(compare=False)
    line: int = field(default=1, compare=False)
    column: int = field(default=1, compare=False)

    @property
    def text(self) -> str:
        """The call as it is named everywhere: one text for one meaning."""
        said = [f'"{text}"' if "'" in text else f"'{text}'" for text in self.arguments]
        match self.period:
            case timedelta():
                said.append(span_text(self.period))
            case datetime():
                said.append(f"since {self.period.isoformat().replace('+00:00', 'Z')}")
            case date():
                said.append(f"since {self.period.isoformat()}")
        return f"{self.function}({', '.join(said)})"

    @property
    def path(self) -> str:
        """The call's name among the facts: `past.` and its text."""
        return PAST + self.text


PAST = "past."
"""Under this root stand the values of functions among the facts."""


def span_text(span: timedelta) -> str:
    """A span in the largest unit that tells it whole: '90d', '36h'."""
    seconds = int(span.total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


Operand = Name | Call | Literal | Ago


@dataclass(frozen=True, slots=True)
class Compare:
    """left operator right."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Among:
    """left is equal to one of the items."""

    left: Operand
    items: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """left is one of the values of a fact that is a list of texts."""

    left: Operand
    container: Name


@dataclass(frozen=True, slots=True)
class Exists:
    """The fact is known; of a function: there is such a moment."""

    name: Name | Call


@dataclass(frozen=True, slots=True)
class Truth:
    """The fact is known and is true."""

    name: Name | Call


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    item: Tree


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    items: tuple[Tree, ...]


Tree = Compare | Among | Within | Exists | Truth | Not | And | Or


def operands(tree: Tree) -> list[Operand]:
    """All operands of a tree, from left to right."""
    match tree:
        case Compare(_, left, right):
            return [left, right]
        case Among(left, items):
            return [left, *items]
        case Within(left, container):
            return [left, container]
        case Exists(name) | Truth(name):
            return [name]
        case Not(item):
            return operands(item)
        case And(items) | Or(items):
            return [operand for item in items for operand in operands(item)]


def calls_of(tree: Tree) -> tuple[Call, ...]:
    """The functions that a tree calls, each once, from left to right."""
    return tuple(dict.fromkeys(operand for operand in operands(tree) if isinstance(operand, Call)))
