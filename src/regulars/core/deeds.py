"""The steps that do something by themselves and go on: share people out, mark them, begin another scheme.

Owns their shapes, like `scheme`, which makes them part of `Step`. It must not read files, judge, or know the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

WHOLE = 1000
"""All people of a split, in permille."""

ASK_WINNER = "ask"
AUTO_WINNER = "auto"


@dataclass(frozen=True, slots=True)
class Split:
    """People are shared out by a hash of their number: `ways` is target -> permille, in the order of the file.

    `winner` says who decides the test: 'ask' a person, 'auto' the figures. The decision itself is a fact.
    """

    name: str
    line: int
    ways: Mapping[str, int]
    winner: str
    verb: str = "split"


@dataclass(frozen=True, slots=True)
class Tag:
    """Tags put on a person, and taken off."""

    name: str
    line: int
    add: tuple[str, ...]
    remove: tuple[str, ...]
    then: str
    verb: str = "tag"


@dataclass(frozen=True, slots=True)
class FromFact:
    """A value that is whatever this fact is when the step is reached."""

    fact: str


FieldValue = str | bool | Decimal | date
"""What a field of a person's own may hold; a moment is a date too."""


@dataclass(frozen=True, slots=True)
class SetFields:
    """Fields of a person's own, set to a value written here or to a fact."""

    name: str
    line: int
    values: Mapping[str, FieldValue | FromFact]
    then: str
    verb: str = "set"


@dataclass(frozen=True, slots=True)
class Enrol:
    """The person (or this order) begins another scheme, by that scheme's own rules of entry."""

    name: str
    line: int
    scheme: str
    then: str
    verb: str = "enrol"


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with facts in it: 'Order {{ order.number }} is paid'."""

    parts: tuple[str | FromFact, ...]


BodyValue = str | bool | Decimal | FromFact | Filled | None | Mapping[str, "BodyValue"] | tuple["BodyValue", ...]
"""A value of what another system is told, as deep as its owner wrote it."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Another system is told by a POST to `url`; `body` None: what is usual. `secret` names what it is signed with."""

    name: str
    line: int
    url: str
    body: Mapping[str, BodyValue] | None
    secret: str | None
    then: str
    verb: str = "webhook"


PERCENT, AMOUNT, FREE_SHIPPING = "percent", "amount", "free_shipping"
"""What a code gives."""


@dataclass(frozen=True, slots=True)
class Points:
    """Points are given; `valid` None: for good."""

    name: str
    line: int
    give: int
    valid: timedelta | None
    then: str
    verb: str = "points"


@dataclass(frozen=True, slots=True)
class Code:
    """A personal code of discount is issued: so many percent, so much money (minor units), or delivery for nothing."""

    name: str
    line: int
    gives: str
    percent: int | None
    amount: int | None
    currency: str | None
    valid: timedelta
    then: str
    verb: str = "code"


Deed = Split | Tag | SetFields | Enrol | Webhook | Points | Code
