"""The condition language: text -> tree. The tree becomes a Python predicate and, in `condition_sql`, SQL.

Owns the grammar, its limits and its errors. What the words mean is `condition_predicate`. It must not load facts or
know the time: both are arguments.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedEOF, UnexpectedToken
from lark.exceptions import VisitError

from regulars.core.condition_calls import MAX_CALLS, read_call
from regulars.core.condition_errors import ConditionError
from regulars.core.condition_predicate import SHOP_ZONE, Predicate, compile_tree, lookup
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
    calls_of,
    operands,
)
from regulars.core.delays import DelayError, parse_span

MAX_LENGTH = 2000
MAX_DEPTH = 24
MAX_LIST = 200

GRAMMAR = r"""
start: either
either: both ("or" both)*
both: opposite ("and" opposite)*
opposite: "not" opposite -> negated
        | test
test: value OPERATOR value -> compare
    | value "in" row -> among
    | value "not" "in" row -> not_among
    | value "in" NAME -> within
    | value "not" "in" NAME -> not_within
    | fact "exists" -> exists
    | fact "missing" -> missing
    | fact -> truth
    | "(" either ")" -> group
row: "[" value ("," value)* "]"
fact: NAME -> name
    | call
call: FUNCTION "(" [argument ("," argument)*] ")"
argument: TEXT -> given
        | SPAN -> span
        | "since" DATE -> day
        | "since" MOMENT -> moment
value: fact
     | TEXT -> text
     | NUMBER -> number
     | TRUE -> true
     | FALSE -> false
     | MOMENT -> moment
     | DATE -> day
     | SPAN "ago" -> ago
     | "now" -> now

OPERATOR: "==" | "!=" | "<=" | ">=" | "<" | ">"
TRUE: "true"
FALSE: "false"
FUNCTION: /(?!(?:and|or|not|in|now|ago|is|true|false|exists|missing)\b)[a-z_]+(?=[ \t\n]*\()/
NAME: /[a-z_][a-z0-9_]*(-[a-z0-9_]+)*(\.[a-z_0-9][a-z0-9_]*(-[a-z0-9_]+)*)+/
TEXT: /'[^'\n]*'/ | /"[^"\n]*"/
MOMENT.4: /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})/
DATE.3: /[0-9]{4}-[0-9]{2}-[0-9]{2}/
SPAN.2: /[0-9]{1,6}(s|m|h|d|w)/
NUMBER.1: /-?[0-9]{1,18}(\.[0-9]{1,6})?/

%ignore /[ \t\n]+/
"""


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A condition, read and compiled: `holds(facts, now)`. `names` are the facts it asks for, in order; a function's value
    stands among them as `past.` and the call itself."""

    text: str
    tree: Tree
    names: tuple[str, ...]
    holds: Predicate = field(repr=False)


def parse(text: str, known: Collection[str] | None = None, open_prefixes: Sequence[str] = ()) -> Condition:
    """Read a condition. With `known`, a fact that is neither in it nor under an open prefix ('event.') is an error.

    Raises ConditionError for the first thing that is wrong.
    """
    condition = _parse(text)
    if known is not None:
        for name in _names(condition.tree):
            if name.path not in known and not name.path.startswith(tuple(open_prefixes)):
                near = difflib.get_close_matches(name.path, (n for n in known if "*" not in n), n=1, cutoff=0.6)
                raise ConditionError("condition_fact", name.line, name.column, name.path, near[0] if near else None)
    return condition


@lru_cache(maxsize=4096)
def _parse(text: str) -> Condition:
    if len(text) > MAX_LENGTH:
        raise ConditionError("condition_too_long", 1, 1, str(len(text)))
    try:
        # With LALR the tree is built from below while reading, so depth costs no recursion and is judged at once.
        parsed: Any = _PARSER.parse(text)
    except UnexpectedCharacters as error:
        raise _stumbled(text, error.line, error.column) from None
    except UnexpectedToken as error:
        if error.token.type == "$END":
            raise ConditionError("condition_syntax", *_end_of(text), "") from None
        raise _stumbled(text, error.line, error.column) from None
    except UnexpectedEOF:
        raise ConditionError("condition_syntax", *_end_of(text), "") from None
    except VisitError as error:
        raise error.orig_exc from None
    tree: Tree = parsed[0]
    if len(calls_of(tree)) > MAX_CALLS:
        raise ConditionError("condition_too_many", 1, 1, str(MAX_CALLS))
    names = tuple(dict.fromkeys(o.path for o in operands(tree) if isinstance(o, Name | Call)))
    if _asks_for_days(tree) and SHOP_ZONE not in names:
        names += (SHOP_ZONE,)
    return Condition(text=text, tree=tree, names=names, holds=compile_tree(tree))


_WORDS = re.compile(r"[^\s()\[\],]+")


def _stumbled(text: str, line: int, column: int) -> ConditionError:
    """What the reader fell over, as the word that stands there."""
    rest = text.split("\n")[line - 1][column - 1 :]
    word = _WORDS.match(rest)
    found = word[0] if word else rest[:1]
    before = "\n".join(text.split("\n")[:line])[: -len(rest) or None]
    if _IN_CALL.search(before) and (meant := _argument_for(found)):
        return ConditionError("condition_argument", line, column, found, meant)
    if found.startswith("=") and not found.startswith("=="):
        return ConditionError("condition_assignment", line, column, "=", "==")
    if re.fullmatch(r"[A-Za-z_][\w-]*", found):
        return ConditionError("condition_word", line, column, found, _NEAR_WORDS.get(found.lower(), f"'{found}'"))
    return ConditionError("condition_syntax", line, column, found, _NEAR_WORDS.get(found))


_IN_CALL = re.compile(r"\b(?!(?:and|or|not|in)\b)[a-z_]+\s*\([^()]*$")


def _argument_for(found: str) -> str | None:
    """What was probably meant within the brackets of a function."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*", found):
        return f"since {found}"
    if re.fullmatch(r"[0-9]{1,6}", found):
        return f"{found}d"
    return f"'{found}'" if re.fullmatch(r"[\w.-]*[A-Za-zА-я][\w.-]*", found) else None


_NEAR_WORDS = {"&&": "and", "||": "or", "!": "not", "<>": "!=", "is": "==", "null": "missing", "none": "missing",
               "and": "and", "or": "or", "not": "not", "in": "in", "exists": "exists", "missing": "missing",
               "true": "true", "false": "false", "yes": "true", "no": "false"}  # fmt: skip


def _end_of(text: str) -> tuple[int, int]:
    lines = text.split("\n")
    return len(lines), len(lines[-1]) + 1


class _Build(Transformer[Token, Any]):
    """Grammar rules to nodes; a rule's result is (node, depth), an operand's just the operand."""

    def start(self, items: list[Any]) -> Any:
        return items[0]

    def either(self, items: list[Any]) -> Any:
        return self._join(Or, items)

    def both(self, items: list[Any]) -> Any:
        return self._join(And, items)

    def _join(self, kind: type[And] | type[Or], items: list[Any]) -> Any:
        if len(items) == 1:
            return items[0]
        return kind(tuple(node for node, _ in items)), _deeper(max(depth for _, depth in items))

    def negated(self, items: list[Any]) -> Any:
        node, depth = items[0]
        return Not(node), _deeper(depth)

    def opposite(self, items: list[Any]) -> Any:
        return items[0]

    def group(self, items: list[Any]) -> Any:
        node, depth = items[0]
        return node, _deeper(depth)

    def compare(self, items: list[Any]) -> Any:
        left, operator, right = items
        return Compare(str(operator), left, right), 1

    def among(self, items: list[Any]) -> Any:
        return Among(items[0], items[1]), 1

    def not_among(self, items: list[Any]) -> Any:
        return Not(Among(items[0], items[1])), 2

    def within(self, items: list[Any]) -> Any:
        return Within(items[0], _name(items[1])), 1

    def not_within(self, items: list[Any]) -> Any:
        return Not(Within(items[0], _name(items[1]))), 2

    def exists(self, items: list[Any]) -> Any:
        return Exists(items[0]), 1

    def missing(self, items: list[Any]) -> Any:
        return Not(Exists(items[0])), 2

    def truth(self, items: list[Any]) -> Any:
        return Truth(items[0]), 1

    def fact(self, items: list[Any]) -> Any:
        return items[0]

    def value(self, items: list[Any]) -> Any:
        return items[0]

    def call(self, items: list[Any]) -> Call:
        return read_call(items[0], [argument for argument in items[1:] if argument is not None])

    def given(self, items: list[Any]) -> Token:
        token: Token = items[0]
        return token

    def span(self, items: list[Any]) -> timedelta:
        return self.ago(items).span

    def row(self, items: list[Any]) -> tuple[Operand, ...]:
        if len(items) > MAX_LIST:
            raise ConditionError("condition_too_long", 1, 1, str(len(items)))
        return tuple(items)

    def name(self, items: list[Any]) -> Name:
        return _name(items[0])

    def text(self, items: list[Any]) -> Literal:
        token: Token = items[0]
        value = str(token)[1:-1]
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise _bad_value(token)
        return Literal(value)

    def number(self, items: list[Any]) -> Literal:
        return Literal(Decimal(str(items[0])))

    def true(self, _items: list[Any]) -> Literal:
        return Literal(True)

    def false(self, _items: list[Any]) -> Literal:
        return Literal(False)

    def moment(self, items: list[Any]) -> Literal:
        try:
            return Literal(datetime.fromisoformat(str(items[0])).astimezone(UTC))
        except (ValueError, OverflowError):
            raise _bad_value(items[0]) from None

    def day(self, items: list[Any]) -> Literal:
        try:
            day = date.fromisoformat(str(items[0]))
        except ValueError:
            raise _bad_value(items[0]) from None
        if not 1900 <= day.year <= 2200:
            raise _bad_value(items[0])
        return Literal(day)

    def ago(self, items: list[Any]) -> Ago:
        try:
            return Ago(parse_span(str(items[0])))
        except DelayError:
            raise _bad_value(items[0]) from None

    def now(self, _items: list[Any]) -> Ago:
        return Ago(timedelta(0))


def _name(token: Token) -> Name:
    return Name(str(token), token.line or 1, token.column or 1)


def _bad_value(token: Token) -> ConditionError:
    return ConditionError("condition_value", token.line or 1, token.column or 1, str(token))


def _deeper(depth: int) -> int:
    if depth >= MAX_DEPTH:
        raise ConditionError("condition_too_deep", 1, 1, str(MAX_DEPTH))
    return depth + 1


_PARSER = Lark(GRAMMAR, parser="lalr", transformer=_Build())


def _names(tree: Tree) -> list[Name]:
    return [operand for operand in operands(tree) if isinstance(operand, Name)]


def _asks_for_days(tree: Tree) -> bool:
    return any(
        (isinstance(operand, Literal) and type(operand.value) is date)
        or (isinstance(operand, Call) and type(operand.period) is date)
        for operand in operands(tree)
    )


__all__ = ["Condition", "ConditionError", "Tree", "lookup", "parse"]
