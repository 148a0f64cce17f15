"""Moving people between versions, or all at a step by hand: a row says who goes where, a loop works it off in slices.

Owns that each person is moved in one transaction under his mailbox's lock, with a decision record, and that a kill
costs nothing: what a slice did stands with how far it came. A slice enters no step; that is the conductor's. While the
conductor has arrears, slices are small, so that nobody else waits for a move.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import psycopg

from regulars.base import clock, db
from regulars.base.db import Cursor, transaction_on
from regulars.base.failpoints import hit
from regulars.core.enrolment import Decision, Happening, StepFailed
from regulars.core.moving import MOVED, Move, leave, move, move_needs, put_back, release
from regulars.effects.order import EffectOrder
from regulars.journeys import post, writing
from regulars.journeys.fact_loading import Ask, facts_for
from regulars.journeys.models import ACTIVE, ENDED
from regulars.journeys.post import Standing
from regulars.journeys.versions import CompiledVersion, compiled

__all__ = ["BACK", "LEAVE", "MOVE", "RELEASE", "Done", "Rule", "apply", "last_places", "load", "work_once", "write"]

SLICE = 500
GENTLE = 50
"""A slice while the conductor is behind by more than BEHIND."""
BEHIND = timedelta(milliseconds=300)
PAUSE_SECONDS = 0.1
MOVE, LEAVE = "move", "leave"
RELEASE, BACK = "release", "back"
"""Only by hand, within a version."""
GRACE_OF_ALL = timedelta(minutes=1)
"""So long everybody whom a deed by hand has let go on or moved stands before his step, and can be put back."""
NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of those who stand at `step` of a version: MOVE to step `to`, LEAVE with `reason`, RELEASE; or BACK to
    step `to`, for those whom the move `undoes` has brought here and who haven't begun this step."""

    version_id: int
    step: str
    do: str
    to: str = ""
    reason: str = ""
    undoes: int | None = None

    def record(self) -> dict[str, Any]:
        """As it is stored."""
        said = {"version": str(self.version_id), "step": self.step, "do": self.do, "to": self.to, "reason": self.reason}
        return said if self.undoes is None else {**said, "undoes": str(self.undoes)}

    @staticmethod
    def of(data: Mapping[str, Any]) -> "Rule":
        """As it was stored."""
        undoes = int(data["undoes"]) if "undoes" in data else None
        return Rule(int(data["version"]), data["step"], data["do"], data.get("to", ""), data.get("reason", ""), undoes)


@dataclass(slots=True)
class Done:
    """What became of the people of a slice. `kept`: whom it could not be reckoned for; they stay where they are."""

    moved: int = 0
    gone: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class _Job:
    id: int
    shop_id: int
    to_version_id: int
    rules: Sequence[Rule]
    at_rule: int
    after_id: int
    found: bool
    started_at: datetime


_NEXT = """
select id, shop_id, to_version_id, rules, at_rule, after_id, found, started_at from journeys_move
where state = 'running' order by id limit 1 for update skip locked
"""
_THERE = """
select id, person_id from journeys_enrolment
where version_id = %s and step = %s and status = 1 and id > %s order by id limit %s
"""
_HOLD = "select person_id from events_mailbox where person_id = any(%s) order by person_id for update skip locked"
# Whoever has come to his step since it was pressed is treated as was said of the step where he stood then.
_STOOD = """
select distinct on (enrolment_id) enrolment_id, from_step from journeys_decision
where enrolment_id = any(%s) and at > %s order by enrolment_id, id
"""
_PLACES = """
select distinct on (enrolment_id) enrolment_id, at, reasons from journeys_decision
where shop_id = %s and enrolment_id = any(%s) order by enrolment_id, id desc
"""
_STORE = """
update journeys_enrolment e
set version_id = t.ve, status = t.st, step = t.step, visit = t.v, attempt = t.a, entered_at = t.en, due_at = t.du,
    ended_at = t.ed, end_reason = t.er, data = t.d::jsonb
from unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::text[], %s::int[], %s::int[], %s::timestamptz[],
            %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[])
  as t(i, ve, st, step, v, a, en, du, ed, er, d)
where e.id = t.i
"""


def work_once(raw: "psycopg.Connection[Any]", limit: int = SLICE) -> int:
    """One slice of the oldest move that runs; 0 when none does."""
    with transaction_on(raw) as cur:
        row = cur.execute(_NEXT).fetchone()
        if row is None:
            return 0
        now = clock.now_from(cur)
        job = _Job(row[0], row[1], row[2], [Rule.of(r) for r in row[3]], *row[4:])
        is_behind = _is_behind(cur, now)
        _slice(cur, job, min(limit, GENTLE) if is_behind else limit, now)
        hit("move.before_commit")
    hit("move.after_commit")
    if is_behind:
        time.sleep(PAUSE_SECONDS)
    return 1


def _is_behind(cur: Cursor, now: datetime) -> bool:
    row = cur.execute("select min(due_at) from events_mailbox where due_at is not null").fetchone()
    return bool(row and row[0] is not None and row[0] < now - BEHIND)


def _slice(cur: Cursor, job: _Job, limit: int, now: datetime) -> None:
    if job.at_rule >= len(job.rules):
        _end_of_walk(cur, job, now)
        return
    rule = job.rules[job.at_rule]
    there = cur.execute(_THERE, (rule.version_id, rule.step, job.after_id, limit)).fetchall()
    if not there:
        cur.execute("update journeys_move set at_rule = at_rule + 1, after_id = 0 where id = %s", (job.id,))
        return
    held = {r[0] for r in cur.execute(_HOLD, (sorted({p for _, p in there}),))}
    ids = [i for i, p in there if p in held]
    standings = [s for s in load(cur, ids) if s.version_id == rule.version_id and s.state.step == rule.step]
    versions = compiled(cur, {rule.version_id, job.to_version_id})
    if rule.do == BACK:
        done = _back(cur, job, rule, standings, versions, now)
    else:
        standings = _not_promised_to_stay(cur, job, rule, standings)
        # within a version it is by hand
        grace = GRACE_OF_ALL if rule.version_id == job.to_version_id else None
        done = apply(cur, job.shop_id, [(s, rule) for s in standings], versions, job.to_version_id, now, grace=grace)
    cur.execute(
        "update journeys_move set after_id = %s, found = found or %s, moved = moved + %s, gone = gone + %s,"
        " kept = kept + %s where id = %s",
        (
            there[-1][0],
            bool(done.moved or done.gone or len(ids) < len(there)),
            done.moved,
            done.gone,
            done.kept,
            job.id,
        ),
    )


def _end_of_walk(cur: Cursor, job: _Job, now: datetime) -> None:
    """Once more from the beginning if anybody was met, for those who were busy or have gone on; else it is over."""
    if job.found:
        cur.execute(
            "update journeys_move set at_rule = 0, after_id = 0, found = false, kept = 0 where id = %s", (job.id,)
        )
    else:
        cur.execute("update journeys_move set state = 'done', finished_at = %s where id = %s", (now, job.id))


def _not_promised_to_stay(cur: Cursor, job: _Job, rule: Rule, standings: Sequence[Standing]) -> list[Standing]:
    came = [s.state.id for s in standings if (s.state.entered_at or job.started_at) > job.started_at]
    if not came:
        return list(standings)
    if rule.version_id == job.to_version_id:  # within a version: whoever has come back is not moved again
        return [s for s in standings if s.state.id not in set(came)]
    stood: dict[int, str | None] = dict(cur.execute(_STOOD, (came, job.started_at)).fetchall())
    ruled = {r.step for r in job.rules if r.version_id == rule.version_id}
    stay = {i for i, step in stood.items() if step is not None and step not in ruled}
    return [s for s in standings if s.state.id not in stay]


def _back(
    cur: Cursor,
    job: _Job,
    rule: Rule,
    standings: Sequence[Standing],
    versions: Mapping[int, CompiledVersion],
    now: datetime,
) -> Done:
    """Those whom the other move was the last to touch stand where they stood; who has begun his step stays."""
    row = cur.execute("select started_at from journeys_move where id = %s", (rule.undoes,)).fetchone()
    waiting = [s for s in standings if s.state.entered_at is None]
    found = last_places(cur, job.shop_id, [s.state.id for s in waiting])
    decided = []
    for s in waiting:
        at, place = found.get(s.state.id, (now, None))
        if row is not None and at >= row[0] and place and place["step"] == rule.to:
            decided.append((s, s.version_id, put_back(s.state, place)))
    write(cur, job.shop_id, decided, versions, now)
    return Done(moved=len(decided))


def last_places(cur: Cursor, shop_id: int, ids: Sequence[int]) -> dict[int, tuple[datetime, Any]]:
    """When each was last decided about, and where he stood before that; None if that can't be taken back."""
    rows = cur.execute(_PLACES, (shop_id, list(ids))).fetchall()
    return {i: (at, next((r["params"].get("place") for r in reasons), None)) for i, at, reasons in rows}


def load(cur: Cursor, ids: Sequence[int]) -> list[Standing]:
    """Those of these enrolments that are on their way; the caller holds their owners' mailboxes."""
    persons = [r[0] for r in cur.execute("select person_id from journeys_enrolment where id = any(%s)", (list(ids),))]
    wanted = set(ids)
    found = post.enrolments(cur, sorted(set(persons)))
    return sorted((s for of in found.values() for s in of if s.state.id in wanted), key=lambda s: s.state.id)


def apply(
    cur: Cursor,
    shop_id: int,
    ruled: Sequence[tuple[Standing, Rule]],
    versions: Mapping[int, CompiledVersion],
    to_version_id: int,
    now: datetime,
    *,
    grace: timedelta | None = None,
) -> Done:
    """Do to each what his rule says; the caller holds the mailboxes. `grace`: by hand, and for so long it can be put back."""
    numbers: dict[int, int] = dict(
        cur.execute("select id, n from journeys_version where id = any(%s)", (list(versions),)).fetchall()
    )
    new, done = versions[to_version_id], Done()
    asks, moves = [], []
    for standing, rule in ruled:
        old = versions[standing.version_id]
        found = Move(
            old.scheme, new.scheme, rule.to, numbers[old.id], numbers[new.id], grace is not None, grace or NONE
        )
        moves.append(found)
        names = move_needs(found, standing.state.step) if rule.do == MOVE else frozenset()
        asks.append(Ask(standing.state, new.scheme, names))
    facts = facts_for(cur, shop_id, asks, now) if any(a.names for a in asks) else [{} for _ in asks]
    decided = []
    for (standing, rule), found, known in zip(ruled, moves, facts, strict=True):
        try:
            if rule.do == LEAVE:
                decided.append((standing, standing.version_id, leave(found.old, standing.state, rule.reason, now)))
                done.gone += 1
            elif rule.do == RELEASE:
                if (let_go := release(found.old, standing.state, now, found.grace)) is not None:
                    decided.append((standing, standing.version_id, let_go))
                    done.moved += 1
            else:
                decided.append((standing, to_version_id, move(found, standing.state, known, now)))
                done.moved += 1
        except StepFailed:
            done.kept += 1
    write(cur, shop_id, decided, versions, now)
    return done


def write(
    cur: Cursor,
    shop_id: int,
    decided: Sequence[tuple[Standing, int, Decision]],
    versions: Mapping[int, CompiledVersion],
    now: datetime,
) -> None:
    """Store where each stands now (with the version), the records, the effects, and the next due times."""
    if not decided:
        return
    happening = Happening(MOVED, now)
    rows = [
        (
            d.enrolment.id,
            version_id,
            ENDED if d.enrolment.ended_at is not None else ACTIVE,
            d.enrolment.step,
            d.enrolment.visit,
            d.enrolment.attempt,
            d.enrolment.entered_at,
            d.enrolment.due_at,
            d.enrolment.ended_at,
            d.enrolment.end_reason,
            db.dumps(d.enrolment.data),
        )
        for _, version_id, d in decided
    ]
    cur.execute(_STORE, db.columns(rows, 11))
    records = [(replace(s, version_id=v, state=d.enrolment), happening, s.state.step, d) for s, v, d in decided]
    writing.record_decisions(cur, shop_id, records, now)
    orders = [
        EffectOrder(
            effect=effect,
            shop_id=shop_id,
            person_id=s.state.person_id or 0,
            order_id=s.state.order_id,
            enrolment_id=s.state.id,
            version_id=s.version_id,
            held_out=s.state.held_out,
            why="moved",
            templates=versions[s.version_id].templates,
        )
        for s, _, d in decided
        for effect in d.effects
    ]
    writing.carry_out(cur, shop_id, orders, now)
    writing.close_mailboxes(cur, [], sorted({s.state.person_id or 0 for s, _, _ in decided}), now)
