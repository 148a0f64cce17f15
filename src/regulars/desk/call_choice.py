"""Who it was: a call from a number of several persons is given to one of them, and taken back.

Until then somebody stands in for them, and has the call, its task and its events. Choosing merges him into the one who was
meant, so that nothing is rewritten; undoing drops the merge. Writes; takes the shop's calls first, then mailboxes.
"""

from datetime import datetime

from regulars.base import audit
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.events.actions import lock_mailboxes
from regulars.people import actions as people
from regulars.talks import calls_actions, calls_queries
from regulars.talks.calls_queries import CallRow
from regulars.talks.calls_taking import hold_shop

__all__ = ["ChoiceError", "choose", "take_back"]


class ChoiceError(ValueError):
    """It can't be said so; `code`: not_found, settled (already), not_candidate, not_settled."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def choose(cur: Cursor, shop_id: int, call_id: int, person_id: int | None, actor: Actor, now: datetime) -> CallRow:
    """It was this one of the candidates, or (None) somebody new. All calls of the same stand-in go with it.

    Raises ChoiceError: not_found, settled, not_candidate.
    """
    hold_shop(cur, shop_id)
    call = _call(cur, shop_id, call_id)
    if call.certainty != "maybe" or call.stand_in_id is None:
        raise ChoiceError("settled")
    if person_id is not None and person_id not in call.candidates:
        raise ChoiceError("not_candidate")
    stand_in = call.stand_in_id
    lock_mailboxes(cur, [stand_in] if person_id is None else [stand_in, person_id])
    ids = calls_queries.of_stand_in(cur, shop_id, stand_in)
    if person_id is None:
        people.stand_in(cur, shop_id, stand_in, False)
    else:
        people.merge(cur, shop_id, person_id, stand_in, actor, now)
        _give_tasks(cur, shop_id, ids, stand_in, person_id)
    calls_actions.give_person(cur, shop_id, ids, person_id or stand_in, actor, now)
    audit.write(cur, shop_id, actor, "call.settled", "call", call_id, person=str(person_id or stand_in))
    return _call(cur, shop_id, call_id)


def take_back(cur: Cursor, shop_id: int, call_id: int, actor: Actor, now: datetime) -> CallRow:
    """Nobody knows again who it was.

    Raises ChoiceError: not_found, not_settled.
    """
    hold_shop(cur, shop_id)
    call = _call(cur, shop_id, call_id)
    if call.settled_by is None or call.stand_in_id is None or call.person_id is None:
        raise ChoiceError("not_settled")
    stand_in = call.stand_in_id
    lock_mailboxes(cur, {stand_in, call.person_id})
    ids = calls_queries.of_stand_in(cur, shop_id, stand_in)
    if call.person_id == stand_in:
        people.stand_in(cur, shop_id, stand_in, True)
    else:
        people.unmerge(cur, shop_id, stand_in, actor, now)
        _give_tasks(cur, shop_id, ids, call.person_id, stand_in)
    calls_actions.take_back_person(cur, shop_id, ids)
    audit.write(cur, shop_id, actor, "call.unsettled", "call", call_id)
    return _call(cur, shop_id, call_id)


def _call(cur: Cursor, shop_id: int, call_id: int) -> CallRow:
    found = calls_queries.call(cur, shop_id, call_id)
    if found is None:
        raise ChoiceError("not_found")
    return found


def _give_tasks(cur: Cursor, shop_id: int, call_ids: list[int], before: int, after: int) -> None:
    """The tasks of these calls are the other one's: a card shows whose it is."""
    cur.execute(
        "update desk_task set person_id = %s where shop_id = %s and call_id = any(%s) and person_id = %s",
        (after, shop_id, call_ids, before),
    )
