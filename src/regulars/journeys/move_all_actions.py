"""Writes that let everybody at a step go on, move them or take them out by hand, and put them back.

Owns what may be asked for and its one row of the audit; who is met, and what becomes of him, is `moving`'s, in slices.
"""

from datetime import datetime

from regulars.base import audit
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.core.moving import release_target
from regulars.core.scheme import END, Scheme
from regulars.journeys import counts
from regulars.journeys.move_actions import DEEDS, REASONS, MoveRefused, insert
from regulars.journeys.moving import BACK, GRACE_OF_ALL, LEAVE, MOVE, RELEASE, Rule
from regulars.journeys.versions import compiled

__all__ = ["begin_all", "can_be_put_back", "put_all_back", "put_back_until"]

_RULE = """
select m.to_version_id, m.rules->0, m.moved from journeys_move m
where m.shop_id = %s and m.scheme_id = %s and m.id = %s and jsonb_array_length(m.rules) = 1 for update
"""
_BACK_ALREADY = "select 1 from journeys_move where scheme_id = %s and id > %s and rules->0->>'undoes' = %s"
_STOP = "update journeys_move set state = 'stopped', finished_at = %s where id = %s and state = 'running'"


def begin_all(
    cur: Cursor,
    shop_id: int,
    scheme_id: int,
    version_id: int,
    step: str,
    do: str,
    actor: Actor,
    now: datetime,
    *,
    to: str = "",
    reason: str = REASONS[0],
) -> int:
    """Have everybody who stands at the step now go on (RELEASE), moved to step `to` (MOVE) or taken out (LEAVE).

    Returns the move's id; whoever comes to the step later stays. Raises MoveRefused, with the code 'busy' while another
    deed on all at this step runs.
    """
    cur.execute("select from journeys_scheme where shop_id = %s and id = %s for update", (shop_id, scheme_id))
    row = cur.execute(
        "select n from journeys_version where shop_id = %s and scheme_id = %s and id = %s",
        (shop_id, scheme_id, version_id),
    ).fetchone()
    if row is None:
        raise MoveRefused("version")
    rule = _rule(compiled(cur, {version_id})[version_id].scheme, version_id, step, do, to, reason)
    busy = cur.execute(
        "select 1 from journeys_move where scheme_id = %s and state = 'running' and to_version_id = %s"
        " and rules->0->>'version' = %s and rules->0->>'step' = %s",
        (scheme_id, version_id, str(version_id), step),
    ).fetchone()
    if busy is not None:
        raise MoveRefused("busy", step)
    people = counts.numbers(cur, {version_id})[version_id].waiting.get(step, 0)
    move = insert(cur, shop_id, scheme_id, version_id, [rule], people, actor, now)
    audit.write(
        cur, shop_id, actor, "scheme.all_at_step", "scheme", scheme_id,
        do=do, step=step, version=row[0], people=people, **{k: v for k, v in (("to", rule.to), ("reason", rule.reason)) if v},
    )  # fmt: skip
    return move


def _rule(scheme: Scheme, version_id: int, step: str, do: str, to: str, reason: str) -> Rule:
    if do not in DEEDS:
        raise MoveRefused("deed", do)
    if step not in scheme.steps:
        raise MoveRefused("step", step)
    if do == RELEASE:
        if release_target(scheme.steps[step]) is None:
            raise MoveRefused("deed", do)
        return Rule(version_id, step, RELEASE)
    if do == LEAVE:
        if reason not in REASONS:
            raise MoveRefused("reason", reason)
        return Rule(version_id, step, LEAVE, reason=reason)
    if to not in scheme.steps or to == step:
        raise MoveRefused("step", to)
    return Rule(version_id, step, MOVE, to)


def _back_of(scheme: Scheme, rule: Rule) -> str | None:
    """The step before which those stand whom the rule has met, if they can be put back from there."""
    target = release_target(scheme.steps.get(rule.step))
    if rule.do not in (RELEASE, MOVE) or target is None:  # a task that was put down is not taken up again
        return None
    at = target if rule.do == RELEASE else rule.to
    return None if at == END else at


def can_be_put_back(scheme: Scheme, rule: Rule) -> bool:
    """Whether those whom a deed on all has met can be put back, as long as they haven't begun the step."""
    return _back_of(scheme, rule) is not None


def put_back_until(finished_at: datetime) -> datetime:
    """Nobody whom such a deed has met waits any longer before his step."""
    return finished_at + GRACE_OF_ALL


def put_all_back(cur: Cursor, shop_id: int, scheme_id: int, move_id: int, actor: Actor, now: datetime) -> int | None:
    """Stop a deed on all and put back whoever hasn't begun his step yet: a move of its own, whose id is returned.

    None when there is no such deed, it was taken back already, or it can't be.
    """
    row = cur.execute(_RULE, (shop_id, scheme_id, move_id)).fetchone()
    if row is None:
        return None
    version_id, rule = row[0], Rule.of(row[1])
    if rule.version_id != version_id:  # a move between versions: the way back is the version before
        return None
    at = _back_of(compiled(cur, {version_id})[version_id].scheme, rule)
    if at is None or cur.execute(_BACK_ALREADY, (scheme_id, move_id, str(move_id))).fetchone() is not None:
        return None
    cur.execute(_STOP, (now, move_id))
    people = row[2]
    back = Rule(version_id, at, BACK, rule.step, undoes=move_id)
    move = insert(cur, shop_id, scheme_id, version_id, [back], people, actor, now)
    audit.write(cur, shop_id, actor, "scheme.all_put_back", "scheme", scheme_id, step=rule.step, people=people)
    return move
