"""Entering the steps that give: points and codes, with their terms; the hold-out gets neither.

Owns until when they are good. It must not know a balance or make a code: the effect does, and the next stretch sees it.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from regulars.core.deeds import FREE_SHIPPING, PERCENT, Code, Points
from regulars.core.effects import GivePoints, IssueCode
from regulars.core.waits import buyer_zone
from regulars.core.walk import Walk
from regulars.rules.localtime import at_local_hour, local
from regulars.rules.money import to_text

_LAST = time(23, 59, 59)


def points(walk: Walk, step: Points) -> str:
    """Give points, good until the last second of a day of the buyer's, so that the day a letter names is whole."""
    state = walk.state
    if state.held_out:
        walk.note("held_out_gift", next_=step.then)
        return step.then
    until = None if step.valid is None else _until(walk, step.valid)
    walk.effects.append(GivePoints(step.name, state.visit, state.attempt, step.give, walk.moment, until))
    if until is None:
        walk.note("points_for_good", next_=step.then, points=step.give)
    else:
        walk.note("points", next_=step.then, points=step.give, until=until)
    return step.then


def code(walk: Walk, step: Code) -> str:
    """Issue a code; what it is called is known from the next step on."""
    state = walk.state
    if state.held_out:
        walk.note("held_out_gift", next_=step.then)
        return step.then
    until = _until(walk, step.valid)
    walk.effects.append(
        IssueCode(
            step.name,
            state.visit,
            state.attempt,
            step.gives,
            step.percent,
            step.amount,
            step.currency,
            walk.moment,
            until,
        )
    )
    walk.note("code", next_=step.then, gives=gives_text(step), until=until)
    return step.then


def gives_text(step: Code) -> str:
    """'10%', '500.00 RUB', 'free_shipping'."""
    if step.gives == PERCENT:
        return f"{step.percent}%"
    if step.gives == FREE_SHIPPING:
        return FREE_SHIPPING
    return f"{to_text(step.amount or 0, step.currency or '')} {step.currency}"


def _until(walk: Walk, valid: timedelta) -> datetime:
    zone = buyer_zone(walk.facts)
    return at_local_hour(local(walk.moment + valid, zone).date(), _LAST, zone)
