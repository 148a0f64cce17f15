"""Promises: entered in the ledger when a time is (to be) told, void when the scheme has stopped."""

from collections.abc import Mapping
from datetime import datetime

from regulars.base.actor import SYSTEM
from regulars.base.db import Cursor
from regulars.core.effects import PROMISE, MakePromise, VoidPromises
from regulars.desk import promised
from regulars.effects.order import EffectOrder
from regulars.promises import actions as promises
from regulars.promises import queries

__all__ = ["make_promises", "void_promises"]


def make_promises(
    cur: Cursor,
    shop_id: int,
    made: list[tuple[EffectOrder, MakePromise]],
    letters: Mapping[str, int],
    now: datetime,
) -> None:
    """A row a promise: intended until its letter is sent, or open at once when it was told by word of mouth.

    A window that the ledger knows already is promised once: the letter repeats it.
    """
    known = queries.standing_windows(cur, shop_id, [o.order_id for o, e in made if e.kind == "delivery" and o.order_id])
    new = [
        promises.NewPromise(
            key=o.key,
            person_id=o.person_id,
            kind=e.kind,
            due_at=e.due_at,
            intended=e.intended,
            order_id=o.order_id,
            enrolment_id=o.enrolment_id,
            message_id=letters.get(o.key),
            team=e.team,
            begins_at=e.begins,
            window_from=e.window_from,
        )
        for o, e in made
        if not (e.kind == "delivery" and (o.order_id, e.due_at) in known)
    ]
    promises.make(cur, shop_id, new, SYSTEM, now)


def void_promises(cur: Cursor, shop_id: int, stops: list[tuple[EffectOrder, VoidPromises]], now: datetime) -> None:
    """What was promised by stopped enrolments, or by the step that somebody was moved away from, binds no more."""
    if stops:
        whole = [o.enrolment_id for o, e in stops if not e.own]
        keys = [o.part_key(PROMISE) for o, e in stops if e.own]
        promises.void(cur, shop_id, SYSTEM, now, enrolment_ids=whole, keys=keys)
        promised.close_needless(cur, shop_id, [o.person_id for o, _ in stops], now)
