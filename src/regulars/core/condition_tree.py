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


Operand = Name | Literal | Ago


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
    """The fact is known."""

    name: Name


@dataclass(frozen=True, slots=True)
class Truth:
    """The fact is known and is true."""

    name: Name


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
