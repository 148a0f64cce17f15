"""A condition as a Python predicate over nested facts.

Owns what the words mean: two-valued throughout; a missing fact, and a value of another type, make `==`, `<` and `in`
false, `!=` and `not in` true. `condition_sql` says the same in SQL, and a property test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from regulars.core.condition_tree import (
    PAST,
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
from regulars.rules.localtime import at_local_hour, is_zone
from regulars.rules.money import exponent, is_currency

Predicate = Callable[[Mapping[str, Any], datetime], bool]

SHOP_ZONE = "shop.time_zone"
"""The fact that says where a day begins, when a date is compared with a moment."""


def lookup(facts: Mapping[str, Any], path: str) -> Any:
    """The fact of that dotted name, or None when it isn't known."""
    found: Any = facts
    for part in _parts(path):
        # Facts are dicts nearly always, and asking for that is far cheaper than asking for a Mapping.
        if type(found) is not dict and not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found


@lru_cache(maxsize=8192)
def _parts(path: str) -> tuple[str, ...]:
    # a function's name holds dots of its own
    return (PAST[:-1], path[len(PAST) :]) if path.startswith(PAST) else tuple(path.split("."))


def _type_of(value: Any) -> str | None:
    """The language's type of a Python value; None for what counts as missing."""
    match value:
        case bool():
            return "bool"
        case str():
            return "text"
        case int():
            return "number"
        case Decimal() | float():
            return "number" if Decimal(value).is_finite() else None
        case datetime():
            return "moment" if value.tzinfo is not None else None
        case date():
            return "day"
        case list() | tuple():
            return "texts"
        case {"minor": int(), "currency": str(currency)} if is_currency(currency):
            return "number"
        case _:
            return None


_ORDERED = {"text", "number", "moment", "day"}


def day_start(day: date, zone: Any) -> datetime:
    """The first moment of a day in the shop's zone (UTC where none is known): how a date compares with a moment."""
    return at_local_hour(day, time(0), zone if isinstance(zone, str) and is_zone(zone) else "UTC")


def _matched(left: Any, right: Any, facts: Mapping[str, Any], has_day: bool) -> tuple[Any, Any, str] | None:
    """The two values made comparable, and their type; None when one is missing or the types differ.

    `has_day`: a date is written in the comparison itself, so that a moment may be compared with it.
    """
    kind, other = _type_of(left), _type_of(right)
    if kind is None or other is None:
        return None
    if kind != other:
        if not has_day or {kind, other} != {"day", "moment"}:
            return None
        zone = lookup(facts, SHOP_ZONE)
        left = day_start(left, zone) if kind == "day" else left
        right = day_start(right, zone) if other == "day" else right
        return left, right, "moment"
    if kind == "texts":
        return None
    if kind == "number":
        return _number(left), _number(right), kind
    return left, right, kind


def _number(value: Any) -> Any:
    """A number as it is compared; money in whole units of its currency, as people write it."""
    if isinstance(value, Mapping):
        return Decimal(value["minor"]).scaleb(-exponent(value["currency"]))
    return Decimal(repr(value)) if isinstance(value, float) else value


def _read(operand: Operand) -> Callable[[Mapping[str, Any], datetime], Any]:
    match operand:
        case Literal(value):
            return lambda facts, now: value
        case Ago(span):
            return lambda facts, now: now - span
        case Name() | Call():
            path = operand.path
            return lambda facts, now: lookup(facts, path)


def _is_day(operand: Operand) -> bool:
    return isinstance(operand, Literal) and type(operand.value) is date


def compile_tree(tree: Tree) -> Predicate:
    """The predicate of a tree: `(facts, now) -> bool`; never raises for any facts."""
    match tree:
        case Compare("==", left, right):
            return _equal(left, right)
        case Compare("!=", left, right):
            equal = _equal(left, right)
            return lambda facts, now: not equal(facts, now)
        case Compare(operator, left, right):
            return _ordered(operator, left, right)
        case Among(Name(path), items) if all(isinstance(i, Literal) and type(i.value) is str for i in items):
            words = frozenset(i.value for i in items if isinstance(i, Literal))
            return lambda facts, now: type(found := lookup(facts, path)) is str and found in words
        case Among(left, items):
            tests = tuple(_equal(left, item) for item in items)
            return lambda facts, now: any(test(facts, now) for test in tests)
        case Within(left, Name(path)):
            return _within(left, path)
        case Exists(name):
            known = name.path
            return lambda facts, now: _type_of(lookup(facts, known)) is not None
        case Truth(name):
            path = name.path
            return lambda facts, now: lookup(facts, path) is True
        case Not(item):
            contrary = compile_tree(item)
            return lambda facts, now: not contrary(facts, now)
        case And(items):
            all_of = tuple(compile_tree(item) for item in items)
            if len(all_of) == 2:
                one, other = all_of
                return lambda facts, now: one(facts, now) and other(facts, now)
            return lambda facts, now: all(test(facts, now) for test in all_of)
        case Or(items):
            any_of = tuple(compile_tree(item) for item in items)
            return lambda facts, now: any(test(facts, now) for test in any_of)


def _equal(left: Operand, right: Operand) -> Predicate:
    if isinstance(left, Name) and isinstance(right, Literal) and isinstance(right.value, str):
        # The commonest test by far, and the only one whose types need no matching.
        path, wanted = left.path, right.value
        return lambda facts, now: lookup(facts, path) == wanted
    read_left, read_right = _read(left), _read(right)
    has_day = _is_day(left) or _is_day(right)

    def equal(facts: Mapping[str, Any], now: datetime) -> bool:
        pair = _matched(read_left(facts, now), read_right(facts, now), facts, has_day)
        return pair is not None and bool(pair[0] == pair[1])

    return equal


def _ordered(operator: str, left: Operand, right: Operand) -> Predicate:
    read_left, read_right = _read(left), _read(right)
    has_day = _is_day(left) or _is_day(right)
    holds = _ORDERS[operator]

    def ordered(facts: Mapping[str, Any], now: datetime) -> bool:
        pair = _matched(read_left(facts, now), read_right(facts, now), facts, has_day)
        return pair is not None and pair[2] in _ORDERED and holds(pair[0], pair[1])

    return ordered


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


def _within(left: Operand, path: str) -> Predicate:
    read = _read(left)

    def within(facts: Mapping[str, Any], now: datetime) -> bool:
        value, container = read(facts, now), lookup(facts, path)
        return isinstance(value, str) and isinstance(container, list | tuple) and value in container

    return within
