"""Promises on the way: the times that letters tell the buyer, beside a call, a task, or by themselves.

Owns what is promised by when, and by whom it must be kept. It must not know the ledger: a promise goes out as an effect,
and the letter that tells it with it.
"""

from __future__ import annotations

from datetime import datetime

from regulars.core.conditions import lookup
from regulars.core.effects import PROMISE, TELL, MakePromise
from regulars.core.record import parse_moment
from regulars.core.scheme import Letter, Promise, Send
from regulars.core.waits import after_delay
from regulars.core.walk import Walk, message

__all__ = ["ANSWER", "CALL", "promise_of", "tell"]

CALL, ANSWER = "call", "answer"


def tell(walk: Walk, letter: Letter, kind: str, team: str, begins: datetime, due: datetime) -> None:
    """The letter beside a call or a task, and what it promises: that this is done by its limit."""
    state = walk.state
    where = (state.step or "", state.visit, state.attempt)
    walk.effects.append(MakePromise(*where, PROMISE, kind, due, True, team, begins))
    walk.effects.append(message(walk, letter, TELL, PROMISE, due))
    if kind == CALL:
        walk.note("told", until=due, purpose=letter.purpose, template=letter.template)
    else:
        walk.note("promised", promise=kind, until=due, template=letter.template)


def promise_of(walk: Walk, step: Send, promise: Promise) -> bool:
    """Make the promise of a letter, with the letter; False when its time isn't known or is over: then it promises nothing."""
    opens, due = _window(walk) if promise.within is None else (None, _due(walk, promise))
    if due is None or due <= walk.moment:
        walk.note("no_window")
        return False
    state = walk.state
    where = (state.step or "", state.visit, state.attempt)
    walk.effects.append(MakePromise(*where, PROMISE, promise.kind, due, True, promise.team, None, opens))
    walk.effects.append(message(walk, step.letter, promise=PROMISE, drop_at=due))
    walk.note("promised", next_=step.then, promise=promise.kind, until=due, template=step.letter.template)
    return True


def _due(walk: Walk, promise: Promise) -> datetime | None:
    return None if promise.within is None else after_delay(promise.within, walk.moment, walk.facts, promise.team)


def _window(walk: Walk) -> tuple[datetime | None, datetime | None]:
    """The order's own window, once the shop has told one."""
    return parse_moment(lookup(walk.facts, "order.window.from")), parse_moment(lookup(walk.facts, "order.window.to"))
