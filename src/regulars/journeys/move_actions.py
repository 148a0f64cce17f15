"""Writes that move people: a move by rules begun, or some people moved, let go on or taken out by hand, and put back.

Owns what may be asked for; what becomes of each is the core's (core/moving.py), done as `moving` does it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.core import moving as core
from regulars.core.moving import release
from regulars.events.actions import lock_mailboxes
from regulars.journeys import counts, moving
from regulars.journeys.moving import LEAVE, MOVE, RELEASE, Rule
from regulars.journeys.post import Standing
from regulars.journeys.versions import compiled

__all__ = ["DEEDS", "REASONS", "MoveRefused", "begin", "by_hand", "insert", "keep_rules", "put_back", "stop"]

REASONS = ("ended_by_hand", "asked_not_to", "settled_otherwise", "by_mistake")
"""Why somebody may be taken out by hand."""
GRACE = timedelta(seconds=10)
"""So long whoever was moved or let go on by hand stands before his step, and can be put back."""
DEEDS = (RELEASE, MOVE, LEAVE)
_DONE = {RELEASE: "released", MOVE: "moved", LEAVE: "taken_out"}


class MoveRefused(ValueError):
    """Nothing was moved: a rule names what there is not; `code`: 'version', 'step', 'per', 'reason' or 'deed'."""

    def __init__(self, code: str, what: str = "") -> None:
        super().__init__(f"{code} {what}")
        self.code = code
        self.what = what


def begin(
    cur: Cursor,
    shop_id: int,
    scheme_id: int,
    to_version_id: int,
    rules: Sequence[Rule],
    actor: Actor,
    now: datetime,
    from_version_id: int | None = None,
) -> int | None:
    """Have people moved to a version by these rules; a loop of the engine does it. Whoever no rule names stays as he is.

    Returns the move's id; None when the rules name nobody. Raises MoveRefused.
    """
    if not rules:
        return None
    _check(cur, shop_id, scheme_id, to_version_id, rules)
    waiting = counts.numbers(cur, {r.version_id for r in rules})
    total = sum(waiting[r.version_id].waiting.get(r.step, 0) for r in rules)
    move = insert(cur, shop_id, scheme_id, to_version_id, rules, total, actor, now, from_version_id)
    audit.write(cur, shop_id, actor, "scheme.moving", "scheme", scheme_id, people=total)
    return move


def insert(
    cur: Cursor,
    shop_id: int,
    scheme_id: int,
    to_version_id: int,
    rules: Sequence[Rule],
    total: int,
    actor: Actor,
    now: datetime,
    from_version_id: int | None = None,
) -> int:
    """A move that runs from now on; what it may do has been seen to."""
    row = cur.execute(
        "insert into journeys_move (shop_id, scheme_id, from_version_id, to_version_id, rules, total, started_at, started_by)"
        " values (%s, %s, %s, %s, %s::jsonb, %s, %s, %s) returning id",
        (
            shop_id,
            scheme_id,
            from_version_id,
            to_version_id,
            db.dumps([r.record() for r in rules]),
            total,
            now,
            str(actor),
        ),
    ).fetchone()
    assert row is not None
    return int(row[0])


def _check(cur: Cursor, shop_id: int, scheme_id: int, to_version_id: int, rules: Sequence[Rule]) -> None:
    ids = {to_version_id, *(r.version_id for r in rules)}
    rows = cur.execute(
        "select id from journeys_version where shop_id = %s and scheme_id = %s and id = any(%s)",
        (shop_id, scheme_id, list(ids)),
    )
    if {r[0] for r in rows} != ids:
        raise MoveRefused("version")
    versions = compiled(cur, ids)
    new = versions[to_version_id].scheme
    for rule in rules:
        old = versions[rule.version_id].scheme
        if rule.do not in (MOVE, LEAVE):
            raise MoveRefused("deed", rule.do)
        if rule.do == LEAVE:
            continue
        if old.per != new.per:
            raise MoveRefused("per")
        if rule.to not in new.steps or (rule.version_id == to_version_id and (rule.to == rule.step or len(rules) > 1)):
            raise MoveRefused("step", rule.to)


def stop(cur: Cursor, shop_id: int, move_id: int, actor: Actor, now: datetime) -> bool:
    """No further slice: who was moved stays moved, all others stay where they are. False when it doesn't run."""
    row = cur.execute(
        "update journeys_move set state = 'stopped', finished_at = %s where shop_id = %s and id = %s and state = 'running'"
        " returning scheme_id",
        (now, shop_id, move_id),
    ).fetchone()
    if row is None:
        return False
    audit.write(cur, shop_id, actor, "scheme.move_stopped", "scheme", row[0])
    return True


def keep_rules(cur: Cursor, shop_id: int, account_id: int, name: str, rules: Mapping[str, Any] | None) -> None:
    """Keep what an account has chosen for those inside, beside its draft."""
    cur.execute(
        "update journeys_draft set rules = %s::jsonb where shop_id = %s and account_id = %s and name = %s",
        (None if rules is None else db.dumps(rules), shop_id, account_id, name),
    )


def by_hand(
    cur: Cursor,
    shop_id: int,
    enrolment_ids: Sequence[int],
    do: str,
    actor: Actor,
    now: datetime,
    *,
    to: str = "",
    reason: str = REASONS[0],
) -> list[int]:
    """Let these go on now (RELEASE), move them to a step of their version (MOVE) or take them out (LEAVE with a reason).

    Returns those to whom it was done: who is over, set aside or not waiting is left alone. Raises MoveRefused.
    """
    if do not in DEEDS:
        raise MoveRefused("deed", do)
    if do == LEAVE and reason not in REASONS:
        raise MoveRefused("reason", reason)
    standings = _held(cur, shop_id, enrolment_ids)
    versions = compiled(cur, {s.version_id for s in standings})
    if do == MOVE and any(to not in versions[s.version_id].scheme.steps for s in standings):
        raise MoveRefused("step", to)
    done: list[Standing] = []
    for version_id, version in versions.items():
        mine = [s for s in standings if s.version_id == version_id and not (do == MOVE and s.state.step == to)]
        if do == RELEASE:
            decided = [(s, d) for s in mine if (d := release(version.scheme, s.state, now, GRACE)) is not None]
            moving.write(cur, shop_id, [(s, version_id, d) for s, d in decided], versions, now)
            done += [s for s, _ in decided]
        else:
            rules = [(s, Rule(version_id, s.state.step or "", do, to, reason)) for s in mine]
            moving.apply(cur, shop_id, rules, versions, version_id, now, grace=GRACE)
            done += mine
    for s in done:
        audit.write(cur, shop_id, actor, f"enrolment.{_DONE[do]}", "enrolment", s.state.id)
    return [s.state.id for s in done]


def put_back(cur: Cursor, shop_id: int, enrolment_ids: Sequence[int], actor: Actor, now: datetime) -> list[int]:
    """Undo `by_hand` for those who haven't entered their step yet; returns whom."""
    standings = [s for s in _held(cur, shop_id, enrolment_ids) if s.state.entered_at is None]
    last = moving.last_places(cur, shop_id, [s.state.id for s in standings])
    versions = compiled(cur, {s.version_id for s in standings})
    back = []
    for s in standings:
        _at, place = last.get(s.state.id, (now, None))
        if place:
            back.append((s, s.version_id, core.put_back(s.state, place)))
    moving.write(cur, shop_id, back, versions, now)
    for s, _, _ in back:
        audit.write(cur, shop_id, actor, "enrolment.moved_back", "enrolment", s.state.id)
    return [s.state.id for s, _, _ in back]


def _held(cur: Cursor, shop_id: int, enrolment_ids: Sequence[int]) -> list[Standing]:
    rows = cur.execute(
        "select id, person_id from journeys_enrolment where shop_id = %s and id = any(%s)",
        (shop_id, list(enrolment_ids)),
    ).fetchall()
    lock_mailboxes(cur, {p for _, p in rows})
    return moving.load(cur, [i for i, _ in rows])
