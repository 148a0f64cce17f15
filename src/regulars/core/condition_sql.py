"""The condition language as SQL: the same tree, the same truth, as text and parameters.

Owns the translation. Names come only from the caller's allow list, values only as parameters, and business time is one
of them. It must not touch a database; a property test holds it equal to the Python predicate on a real PostgreSQL.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from regulars.core.condition_predicate import day_start
from regulars.core.condition_tree import (
    Ago,
    Among,
    And,
    Call,
    Compare,
    Exists,
    Literal,
    Name,
    Not,
    Operand,
    Or,
    Tree,
    Truth,
    Within,
)

CASTS = {"text": "text", "number": "numeric", "bool": "boolean", "moment": "timestamptz", "day": "date"}
_ORDERS = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
ORDERED = frozenset({"text", "number", "moment", "day"})


@dataclass(frozen=True, slots=True)
class SqlField:
    """What a fact's name stands for in SQL: an expression written by us (never by an owner), and its type: 'text',
    'number' (finite), 'bool', 'moment' (timestamptz), 'day' (date), 'texts' (text[]) or 'any': then `kinds` has an
    expression for each type that a value may have, NULL where it has another. `absent`: the value that NULL
    stands for, where it is not a missing one; a 'bool' that has it is never NULL. `known`: NULL exactly where the fact is
    missing, if that says it at less cost than the expression. `is_whole`: the number is a bigint."""

    expression: str
    kind: str
    absent: str | None = None
    known: str | None = None
    is_whole: bool = False
    kinds: Mapping[str, str] = field(default_factory=dict)

    def of_kind(self, kind: str) -> str | None:
        """The expression of the values of this type, if there may be any."""
        return self.expression if self.kind == kind else self.kinds.get(kind)


class UnknownField(KeyError):
    """The condition names a fact that this query doesn't have."""


@dataclass(frozen=True, slots=True)
class _Term:
    """An operand in SQL, with its type. `raw` is the value itself where it is known now; `absent` as in SqlField."""

    sql: str
    kind: str
    params: tuple[Any, ...] = ()
    raw: Any = field(default=None)
    absent: str | None = None
    is_whole: bool = False

    def whole(self) -> str:
        """The operand with the number that NULL stands for."""
        return self.sql if self.absent is None else f"coalesce({self.sql}, {self.absent})"


def to_sql(tree: Tree, columns: Mapping[str, SqlField], now: datetime, zone: str = "UTC") -> tuple[str, list[Any]]:
    """The condition as an SQL boolean (never NULL) and its parameters, in psycopg's `%s` form.

    `now` is business time; `zone` the shop's zone, which says where a day begins. Raises UnknownField.
    """
    writer = _Writer(columns, now, zone)
    return writer.write(tree), writer.params


class _Writer:
    """Writes a tree from left to right, and gathers the parameters in that order."""

    def __init__(self, columns: Mapping[str, SqlField], now: datetime, zone: str) -> None:
        self.columns = columns
        self.now = now
        self.zone = zone
        self.params: list[Any] = []

    def write(self, tree: Tree) -> str:
        """The boolean of a tree."""
        match tree:
            case Compare("==", left, right):
                return self._equal(left, right)
            case Compare("!=", left, right):
                return f"(NOT {self._equal(left, right)})"
            case Compare(sign, left, right):
                return self._compared(sign, left, right)
            case Among(left, items):
                return "(" + " OR ".join(self._equal(left, item) for item in items) + ")"
            case Within(left, container):
                return self._within(left, container)
            case Exists(name):
                known = self._field(name)
                return "TRUE" if known.absent is not None else f"({known.known or known.expression} IS NOT NULL)"
            case Truth(name):
                column = self._field(name)
                is_so = column.of_kind("bool")
                if is_so is None:
                    return "FALSE"
                return is_so if column.absent is not None else f"({is_so} IS TRUE)"
            case Not(item):
                return f"(NOT {self.write(item)})"
            case And(items):
                return "(" + " AND ".join(self.write(item) for item in items) + ")"
            case Or(items):
                return "(" + " OR ".join(self.write(item) for item in items) + ")"

    def _equal(self, left: Operand, right: Operand) -> str:
        return self._any_of("=", left, right, self._pairs(left, right))

    def _compared(self, sign: str, left: Operand, right: Operand) -> str:
        pairs = [pair for pair in self._pairs(left, right) if pair[0].kind in ORDERED]
        return self._any_of(sign, left, right, pairs)

    def _any_of(self, sign: str, left: Operand, right: Operand, pairs: Sequence[tuple[_Term, _Term]]) -> str:
        """Whether it holds for one of the types that both sides may have."""
        said = [self._put(sign, *pair) for pair in pairs]
        holds = f"({' OR '.join(said)})" if len(said) > 1 else "".join(said) or "FALSE"
        # The planner can then leave out whoever has no such value, before it looks what type it is of.
        named = [self._field(one) for one in (left, right) if isinstance(one, Name | Call)]
        there = [f"{column.expression} IS NOT NULL" for column in named if column.kind == "any"]
        return f"({' AND '.join([*there, holds])})" if there else holds

    def _put(self, sign: str, left: _Term, right: _Term) -> str:
        self.params += [*left.params, *right.params]
        # Texts are ordered by code point, as Python orders them; equality needs no collation.
        collate = ' COLLATE "C"' if left.kind == "text" and sign != "=" else ""
        one, other = left.whole(), right.whole()
        if left.is_whole and isinstance(right.raw, Decimal) and right.raw == int(right.raw):
            other = "%s::bigint"  # compares far quicker than numeric
        # Where nothing at all doesn't fulfil it, NULL may stay: the planner can then leave out whoever has no row.
        if (
            left.kind == "number"
            and left.absent
            and right.raw is not None
            and not _ORDERS[sign](Decimal(left.absent), right.raw)
        ):
            one = left.sql
        # IS TRUE makes an unknown a plain false, so that NOT and != turn it into true, as in Python.
        return f"(({one}{collate} {sign} {other}) IS TRUE)"

    def _within(self, left: Operand, container: Name) -> str:
        value, column = next((term for term in self._terms(left) if term.kind == "text"), None), self._field(container)
        if value is None or column.kind != "texts":
            return "FALSE"
        self.params += value.params
        return f"(({value.sql} = ANY({column.expression})) IS TRUE)"

    def _pairs(self, left: Operand, right: Operand) -> list[tuple[_Term, _Term]]:
        """Both sides, made comparable, for each type that they may have; none when they can never be."""
        found = (self._matched(one, other) for one in self._terms(left) for other in self._terms(right))
        return [pair for pair in found if pair is not None]

    def _matched(self, one: _Term, other: _Term) -> tuple[_Term, _Term] | None:
        if one.kind == other.kind:
            return None if one.kind == "texts" else (one, other)
        if {one.kind, other.kind} != {"day", "moment"}:
            return None
        days = one if one.kind == "day" else other
        if days.raw is None:
            return None
        moment = self._value(day_start(days.raw, self.zone))
        return (moment, other) if one.kind == "day" else (one, moment)

    def _terms(self, operand: Operand) -> list[_Term]:
        """The operand; one of any type once for each that it may have."""
        match operand:
            case Name() | Call():
                column = self._field(operand)
                if column.kind == "any":
                    return [_Term(expression, kind) for kind, expression in column.kinds.items()]
                return [_Term(column.expression, column.kind, absent=column.absent, is_whole=column.is_whole)]
            case Ago(span):
                return [self._value(self.now - span)]
            case Literal(value):
                return [self._value(value)]

    def _value(self, value: Any) -> _Term:
        kind = _kind(value)
        return _Term(f"%s::{CASTS[kind]}", kind, (value,), value)

    def _field(self, name: Name | Call) -> SqlField:
        try:
            return self.columns[name.path]
        except KeyError:
            raise UnknownField(name.path) from None


def _kind(value: str | Decimal | bool | date | datetime) -> str:
    match value:
        case bool():
            return "bool"
        case str():
            return "text"
        case Decimal():
            return "number"
        case datetime():
            return "moment"
        case date():
            return "day"
