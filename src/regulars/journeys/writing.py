"""What a claim leaves behind: enrolments, decision records, effects, and the mailboxes with their next due time.

Owns these writes; each is one statement for the whole claim.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from regulars.base import db
from regulars.base.db import Cursor
from regulars.core.enrolment import Decision, Happening
from regulars.core.record import jsonable
from regulars.effects import carry_out as effects
from regulars.effects.order import EffectOrder
from regulars.journeys.models import ACTIVE, ENDED, SET_ASIDE
from regulars.journeys.post import Pending, Standing
from regulars.journeys.versions import compiled

__all__ = ["carry_out", "close_mailboxes", "count_goals", "set_aside", "set_person_aside", "store"]

_FIELDS = (
    "unnest(%s::bigint[], %s::smallint[], %s::text[], %s::int[], %s::int[], %s::timestamptz[], %s::timestamptz[],"
    " %s::timestamptz[], %s::text[], %s::text[], %s::text[]"
)
_UPDATE = f"""
update journeys_enrolment e
set status = t.st, step = t.step, visit = t.v, attempt = t.a, entered_at = t.en, due_at = t.du, ended_at = t.ed,
    end_reason = t.er, data = t.d::jsonb, problem = t.pr::jsonb
from {_FIELDS}) as t(i, st, step, v, a, en, du, ed, er, d, pr)
where e.id = t.i
"""  # noqa: S608 - our own column names
_INSERT = f"""
insert into journeys_enrolment (id, status, step, visit, attempt, entered_at, due_at, ended_at, end_reason, data, problem,
                                shop_id, person_id, order_id, scheme_id, version_id, started_at, held_out,
                                held_by_shop)
select i, st, step, v, a, en, du, ed, er, d::jsonb, pr::jsonb, sh, p, o, s, ve, sa, h, hs
from {_FIELDS}, %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::bool[],
      %s::bool[])
  as t(i, st, step, v, a, en, du, ed, er, d, pr, sh, p, o, s, ve, sa, h, hs)
"""  # noqa: S608 - our own column names
_DECISIONS = """
insert into journeys_decision (shop_id, enrolment_id, person_id, version_id, at, happening, event_id, from_step, to_step,
                               reasons, effects)
select %s, e, p, v, a, h, ev, f, t, r::jsonb, ef::jsonb
from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[], %s::bigint[], %s::text[], %s::text[],
            %s::text[], %s::text[]) as x(e, p, v, a, h, ev, f, t, r, ef)
"""
_CLOSE = """
update events_mailbox m
set due_at = case
  when exists (select 1 from events_pending q where q.consumer = 'journeys' and q.person_id = m.person_id) then %s
  else (select min(e.due_at) from journeys_enrolment e where e.person_id = m.person_id and e.status = 1) end
where m.person_id = any(%s)
"""
_KEYS = """
insert into journeys_effect_key (enrolment_id, step, visit, attempt, part)
select * from unnest(%s::bigint[], %s::text[], %s::int[], %s::int[], %s::text[]) on conflict do nothing
returning enrolment_id, step, visit, attempt, part
"""
_DONE = """
delete from events_pending where consumer = 'journeys' and person_id = any(%s) and event_id = any(%s)
"""


def _fields(standings: Sequence[Standing]) -> list[list[Any]]:
    rows = [
        (
            s.state.id,
            SET_ASIDE if s.problem is not None else ENDED if s.state.ended_at is not None else ACTIVE,
            s.state.step,
            s.state.visit,
            s.state.attempt,
            s.state.entered_at,
            s.state.due_at,
            s.state.ended_at,
            s.state.end_reason,
            db.dumps(s.state.data),
            None if s.problem is None else db.dumps(s.problem),
        )
        for s in standings
    ]
    return db.columns(rows, 11)


def store(
    cur: Cursor,
    shop_id: int,
    standings: Sequence[Standing],
    decisions: Sequence[tuple[Standing, Happening, str | None, Decision]],
    now: datetime,
) -> None:
    """Write the enrolments that changed, and a record for each decision."""
    new = [s for s in standings if s.isnew]
    old = [s for s in standings if s.changed and not s.isnew]
    if old:
        cur.execute(_UPDATE, _fields(old))
    if new:
        more = [
            (
                s.shop_id,
                s.state.person_id,
                s.state.order_id,
                s.scheme_id,
                s.version_id,
                s.state.started_at,
                s.state.held_out and not s.state.held_by_shop,
                s.state.held_by_shop,
            )
            for s in new
        ]
        cur.execute(_INSERT, [*_fields(new), *db.columns(more, 8)])
    rows = [_record(*d, now) for d in decisions]
    rows += [_aside_record(s, now) for s in standings if s.problem is not None]
    if rows:
        cur.execute(_DECISIONS, [shop_id, *db.columns(rows, 10)])


def _record(
    standing: Standing, happening: Happening, before: str | None, decision: Decision, now: datetime
) -> tuple[Any, ...]:
    state = decision.enrolment
    event_id = happening.event.get("id") if happening.event is not None else None
    effects = [
        {"kind": type(e).__name__, "step": e.step, "visit": e.visit, "attempt": e.attempt, "part": e.part}
        for e in decision.effects
    ]
    reasons = [r.record() for r in decision.reasons]
    return (
        state.id,
        state.person_id,
        standing.version_id,
        now,
        happening.kind,
        event_id,
        before,
        state.step,
        db.dumps(reasons),
        db.dumps(effects),
    )


def _aside_record(standing: Standing, now: datetime) -> tuple[Any, ...]:
    problem = standing.problem or {}
    reason = {
        "step": problem.get("step"),
        "verb": None,
        "code": "set_aside",
        "params": {"problem": problem.get("code"), **problem.get("params", {})},
        "facts": {},
        "next": None,
    }
    state = standing.state
    return (
        state.id,
        state.person_id,
        standing.version_id,
        now,
        problem.get("happening", ""),
        problem.get("event_id"),
        state.step,
        state.step,
        db.dumps([reason]),
        "[]",
    )


def set_aside(standing: Standing, step: str | None, code: str, params: dict[str, Any], happening: Happening) -> None:
    """This enrolment stays where it is until somebody mends it; the happening is kept so that it can be taken again."""
    event_id = happening.event.get("id") if happening.event is not None else None
    standing.problem = {
        "step": step,
        "code": code,
        "params": jsonable(params),
        "happening": happening.kind,
        "event_id": event_id,
    }
    standing.changed = True


def set_person_aside(cur: Cursor, shop_id: int, person_id: int, error: str, now: datetime) -> None:
    """All that this person is in is set aside, and his events are kept in the reason; nobody else waits."""
    cur.execute("select 1 from events_mailbox where person_id = %s for update", (person_id,))
    events = [
        r[0]
        for r in cur.execute(
            "delete from events_pending where consumer = 'journeys' and person_id = %s returning event_id", (person_id,)
        )
    ]
    problem = db.dumps({"code": "internal", "params": {"error": error}, "events": [str(e) for e in events]})
    cur.execute(
        "update journeys_enrolment set status = %s, problem = %s::jsonb where person_id = %s and status = %s"
        " and shop_id = %s",
        (SET_ASIDE, problem, person_id, ACTIVE, shop_id),
    )
    cur.execute("update events_mailbox set due_at = null where person_id = %s", (person_id,))


def carry_out(cur: Cursor, shop_id: int, orders: Sequence[EffectOrder], now: datetime) -> None:
    """Carry out the effects whose identity is new; an effect done before is a no-op."""
    if not orders:
        return
    keys = [(o.enrolment_id, o.effect.step, o.effect.visit, o.effect.attempt, o.effect.part) for o in orders]
    fresh = set(cur.execute(_KEYS, db.columns(keys, 5)).fetchall())
    effects.carry_out(cur, shop_id, [o for o, k in zip(orders, keys, strict=True) if k in fresh], now)


def count_goals(cur: Cursor, shop_id: int, events: Sequence[Pending], who: Mapping[int, int], now: datetime) -> None:
    """Mark the goal of enrolments, ended ones too, that these events fulfil in time; it moves nobody.

    `who`: each person → who answers for him; what one does fulfils the goals of all who are one with him.
    """
    kinds = {e.kind for e in events}
    if not kinds:
        return
    kin: dict[int, list[int]] = {}
    for person, root in who.items():
        kin.setdefault(root, []).append(person)
    versions = cur.execute(
        "select id from journeys_version v where v.shop_id = %s and v.goal_kind = any(%s)", (shop_id, sorted(kinds))
    ).fetchall()
    for version in compiled(cur, {v[0] for v in versions}).values():
        goal = version.scheme.goal
        if goal is None:
            continue
        mine = [e for e in events if e.kind == goal.event]
        rows = [
            (person, e.order_id if goal.about == "order" else None, e.occurred_at, str(e.id))
            for e in mine
            for person in kin[who[e.person_id]]
        ]
        cur.execute(
            "update journeys_enrolment e set goal_at = t.at"
            " from unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[]) as t(p, o, at, start)"
            " where e.version_id = %s and e.person_id = t.p and e.goal_at is null and e.started_at <= t.at"
            " and (t.o is null or e.order_id = t.o) and e.data #>> '{start,id}' is distinct from t.start"
            " and (%s::interval is null or t.at <= e.started_at + %s)",
            (*db.columns(rows, 4), version.id, goal.within, goal.within),
        )


def close_mailboxes(cur: Cursor, taken: Sequence[Pending], persons: Sequence[int], now: datetime) -> None:
    """The events are done; each person's next due time is now (something has come meanwhile) or his next timer."""
    if taken:
        cur.execute(_DONE, ([e.person_id for e in taken], [e.id for e in taken]))
    cur.execute(_CLOSE, (now, list(persons)))
