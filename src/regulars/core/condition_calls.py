"""The functions of the condition language: what a person has done, in a period.

Owns their names, their arguments and the errors of both. What they mean is `past` in Python and `segments.sql` in SQL;
property tests hold the two equal. It must not load anything.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lark import Token

from regulars.core.condition_errors import ConditionError
from regulars.core.condition_tree import Call, Literal
from regulars.core.vocabulary import EVENT_KINDS, is_known, suggest

MAX_CALLS = 12
"""So many functions in one condition, at most."""

GOODS = ("sku", "category", "brand")
"""By what `bought` knows a product."""

PERIOD = "90d"
"""What a period looks like, for whoever wrote another thing."""


@dataclass(frozen=True, slots=True)
class Function:
    """How a function is written: the texts that it takes, whether a period may follow, and the type of its value:
    'number', 'bool' or 'moment'. `example` says it as an owner would write it; the meaning in both languages."""

    name: str
    texts: tuple[str, ...]
    has_period: bool
    kind: str
    example: str
    en: str
    ru: str

    @property
    def about_orders(self) -> bool:
        """Whether it asks the orders that count, and not the log of events."""
        return self.texts != ("event",)


FUNCTIONS = {
    function.name: function
    for function in (
        Function("happened", ("event",), True, "bool", "happened('message.opened', 60d)",
                 "such an event has happened to the person", "с человеком происходило такое событие"),
        Function("count", ("event",), True, "number", "count('order.placed', 90d) >= 3",
                 "how many such events have happened", "сколько было таких событий"),
        Function("first", ("event",), False, "moment", "first('order.placed') < 365d ago",
                 "when such an event first happened", "когда такое событие произошло впервые"),
        Function("last", ("event",), False, "moment", "last('order.placed') < 90d ago",
                 "when such an event last happened", "когда такое событие произошло в последний раз"),
        Function("bought", ("goods", "value"), True, "bool", "bought('category', 'Tea', 90d)",
                 "an order that counts has such a product", "в учитываемом заказе был такой товар"),
        Function("orders", (), True, "number", "orders(365d) >= 3",
                 "how many orders that count", "сколько было учитываемых заказов"),
        Function("spent", (), True, "number", "spent(365d) >= 10000",
                 "what orders that count in the shop's currency come to",
                 "сумма учитываемых заказов в валюте магазина"),
    )
}  # fmt: skip
"""Function name -> what it is, in the order of the documentation. An order counts from the moment it was placed, unless
it was cancelled or set aside as a test or a double; a line that was dropped was not bought. Periods include both ends."""


def read_call(word: Token, arguments: Sequence[Token | Literal | timedelta]) -> Call:
    """The call that stands there. Tokens are texts, a Literal is the day or moment after `since`. Raises ConditionError."""
    name = str(word)
    function = FUNCTIONS.get(name)
    if function is None:
        near = difflib.get_close_matches(name, FUNCTIONS, n=1, cutoff=0.5)
        raise _wrong("condition_function", word, name, near[0] if near else None)
    texts = [argument for argument in arguments if isinstance(argument, Token)]
    rest = [argument for argument in arguments if not isinstance(argument, Token)]
    if len(texts) != len(function.texts) or list(arguments) != [*texts, *rest]:
        raise _wrong("condition_arguments", word, name, function.example)
    if len(rest) > (1 if function.has_period else 0):
        raise _wrong("condition_period", word, name, function.example)
    for wanted, text in zip(function.texts, texts, strict=True):
        _check_text(wanted, text)
    values = tuple(_text(text) for text in texts)
    return Call(name, values, _period(word, rest), function.kind, word.line or 1, word.column or 1)


def _check_text(wanted: str, token: Token) -> None:
    value = _text(token)
    if wanted == "event" and not is_known(value):
        raise _wrong("condition_event", token, value, suggest(value))
    if wanted == "goods" and value not in GOODS:
        near = difflib.get_close_matches(value, GOODS, n=1, cutoff=0.5)
        raise _wrong("condition_goods", token, value, near[0] if near else None)
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise _wrong("condition_value", token, str(token), None)


def _period(word: Token, rest: Sequence[Token | Literal | timedelta]) -> timedelta | datetime | date | None:
    if not rest:
        return None
    period = rest[0]
    if isinstance(period, timedelta):
        if period <= timedelta(0):
            raise _wrong("condition_period", word, str(word), PERIOD)
        return period
    assert isinstance(period, Literal) and isinstance(period.value, date)  # a moment is a date too
    return period.value


def _text(token: Token) -> str:
    return str(token)[1:-1]


def _wrong(code: str, token: Token, found: str, meant: str | None) -> ConditionError:
    return ConditionError(code, token.line or 1, token.column or 1, found, meant)


def kinds_asked(calls: Sequence[Call]) -> frozenset[str]:
    """The kinds of events that these calls read."""
    return frozenset(call.arguments[0] for call in calls if not FUNCTIONS[call.function].about_orders)


ORDER_KINDS = frozenset(kind for kind in EVENT_KINDS if kind.startswith("order."))
"""What may change which orders count, what was bought and what was spent."""
