"""When the passing of time alone may turn a condition's answer over: what is due to be asked again, and nothing else.

Owns the reckoning of that moment for one person. Events that change the answer are not its affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from regulars.core.condition_predicate import SHOP_ZONE, day_start, lookup
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
)
from regulars.core.conditions import Condition
from regulars.core.past import CLOCKS_APART, Answers, Past, Setting, moments

INSTANT = timedelta(microseconds=1)
"""The finest step of time: what still holds at a moment has ceased to hold an instant later."""

MOST_LOOKS = 200
"""So many moments are tried; whose answer holds through all of them is asked again at the last."""


def next_turn(
    condition: Condition, facts: Mapping[str, Any], past: Past, setting: Setting, now: datetime
) -> datetime | None:
    """The earliest moment after `now` at which the answer is another, if nothing happens till then; None for never."""
    shop = {"time_zone": setting.zone, "currency": setting.currency}

    def holds(at: datetime) -> bool:
        return condition.holds({**facts, "shop": shop, "past": Answers(past, setting, at)}, at)

    moments_ = sorted({at for at in _turns(condition.tree, {**facts, "shop": shop}, past, setting, now) if at > now})
    answer = holds(now)
    for at in moments_[:MOST_LOOKS]:
        if holds(at) is not answer:
            return at
    return moments_[MOST_LOOKS - 1] if len(moments_) > MOST_LOOKS else None


def pairs_with_ago(tree: Tree) -> Iterator[tuple[timedelta, Operand]]:
    """Where something is compared with a moment so long before now: that span, and what is compared."""
    match tree:
        case Compare(_, left, right):
            yield from _with_ago(left, right)
        case Among(left, items):
            for item in items:
                yield from _with_ago(left, item)
        case Not(item):
            yield from pairs_with_ago(item)
        case And(parts) | Or(parts):
            for part in parts:
                yield from pairs_with_ago(part)
        case Exists() | Truth() | Within():
            return


def _with_ago(left: Operand, right: Operand) -> Iterator[tuple[timedelta, Operand]]:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Ago):
            yield one.span, other


def _turns(tree: Tree, facts: Mapping[str, Any], past: Past, setting: Setting, now: datetime) -> Iterator[datetime]:
    """A moment comes to lie so long before now; and what the functions count comes and goes."""
    for span, other in pairs_with_ago(tree):
        for at in _moments_of(other, facts, past, setting):
            yield at + span
            yield at + span + INSTANT
    for call in calls_of(tree):
        for at in moments(call, past, setting):
            if at > now + CLOCKS_APART:
                yield at - CLOCKS_APART
            if isinstance(call.period, timedelta):
                yield at + call.period + INSTANT


def _moments_of(operand: Operand, facts: Mapping[str, Any], past: Past, setting: Setting) -> Iterator[datetime]:
    match operand:
        case Call() if operand.kind == "moment":
            yield from moments(operand, past, setting)
        case Literal(value) if isinstance(value, datetime):
            yield value
        case Literal(value) if isinstance(value, date):
            yield day_start(value, lookup(facts, SHOP_ZONE))
        case Name(path):
            value = lookup(facts, path)
            if isinstance(value, datetime) and value.tzinfo is not None:
                yield value
