"""Who enters a scheme: which live versions an event starts, re-entry, and the hold-out.

The rules are core's (core/entry.py); here they are asked of the database, and the hold-outs are kept at the first entry.
"""

from dataclasses import dataclass
from datetime import datetime

from regulars.base import db
from regulars.base.db import Cursor
from regulars.core.enrolment import Enrolment, Facts
from regulars.core.entry import begin, is_held_out, may_enter, starting_trigger
from regulars.journeys.post import Pending, Standing
from regulars.journeys.versions import CompiledVersion
from regulars.people import hold_out
from regulars.shop.queries import settings_of

__all__ = ["Candidate", "candidates", "enrol", "nobody", "refusals", "starts"]


@dataclass(slots=True)
class Candidate:
    """A person (or his order) whom an event may bring into a version."""

    version: CompiledVersion
    event: Pending
    person_id: int


_HELD = """
insert into journeys_hold_out (shop_id, scheme_id, person_id, held)
select %s, s, p, h from unnest(%s::bigint[], %s::bigint[], %s::bool[]) as t(s, p, h)
on conflict (shop_id, scheme_id, person_id) do update set held = journeys_hold_out.held
returning scheme_id, person_id, held
"""
# Two halves, each on its own unique index; one join with a choice in it would read the whole table.
_BEFORE = """
with t as (select * from unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[]) as t(i, scheme, person, own)),
found as (
  select t.i, e.ended_at, e.status, e.started_at from t join journeys_enrolment e on e.scheme_id = t.scheme and e.order_id = t.own
  union all
  select t.i, e.ended_at, e.status, e.started_at from t
  join journeys_enrolment e on e.person_id = t.person and e.scheme_id = t.scheme and e.order_id is null
  where t.own is null
)
select i, max(ended_at), bool_or(status <> 2), max(started_at) from found group by i
"""


def candidates(live: list[CompiledVersion], event: Pending) -> list[Candidate]:
    """The versions that this kind of event may start, before their conditions are asked."""
    out = []
    for version in live:
        scheme = version.scheme
        if scheme.per == "order" and event.order_id is None:
            continue
        if any(t.event == event.kind for t in scheme.starts):
            out.append(Candidate(version, event, event.person_id))
    return out


def nobody(candidate: Candidate) -> Enrolment:
    """The enrolment that would begin, to load facts for it."""
    order_id = candidate.event.order_id if candidate.version.scheme.per == "order" else None
    return Enrolment(0, candidate.event.occurred_at, candidate.person_id, order_id)


def starts(candidate: Candidate, facts: Facts, now: datetime) -> bool:
    """Whether the event is one that the version starts with, its condition included."""
    return starting_trigger(candidate.version.scheme, candidate.event.happening(), facts, now) is not None


def enrol(
    cur: Cursor, shop_id: int, wanted: list[Candidate], unwritten: dict[int, list[Standing]], now: datetime
) -> list[tuple[Candidate, Standing]]:
    """New enrolments of those who may enter now: once an order, ever; one at a time a person, again by `again`.

    `unwritten`: by person, the enrolments in memory, of which the database may not know yet.
    """
    chosen = [
        c for c in _allowed(cur, wanted, now) if _refused_in_memory(c, unwritten.get(c.person_id, []), now) is None
    ]
    if not chosen:
        return []
    held = _draw(cur, shop_id, chosen)
    share = settings_of(cur, shop_id).hold_out
    kept_back = hold_out.kept_back(cur, shop_id, {c.person_id for c in chosen}, share, now)
    out = []
    for candidate, id_ in zip(chosen, db.ids(cur, len(chosen)), strict=True):
        version = candidate.version
        state = begin(
            version.scheme,
            id_,
            person_id=candidate.person_id,
            order_id=candidate.event.order_id,
            event_at=candidate.event.occurred_at,
            now=now,
            held_out=held[version.scheme_id, candidate.person_id],
            held_by_shop=candidate.person_id in kept_back,
        )
        out.append((candidate, Standing(state, shop_id, version.scheme_id, version.id, isnew=True)))
    return out


def refusals(
    cur: Cursor, wanted: list[Candidate], unwritten: dict[int, list[Standing]], now: datetime
) -> list[str | None]:
    """Why each of them may not enter now (see `may_enter`), None where he may."""
    before = _earlier(cur, wanted)
    return [
        (_refusal(c, *before[i], now) if i in before else None)
        or _refused_in_memory(c, unwritten.get(c.person_id, []), now)
        for i, c in enumerate(wanted)
    ]


def _draw(cur: Cursor, shop_id: int, chosen: list[Candidate]) -> dict[tuple[int, int], bool]:
    """Held out or not, by (scheme, person): as it was stored at the first entry, else drawn and stored now."""
    drawn = {
        (c.version.scheme_id, c.person_id): is_held_out(c.version.scheme.name, c.person_id, c.version.scheme.hold_out)
        for c in chosen
    }
    rows = [(s, p, h) for (s, p), h in sorted(drawn.items())]
    return {(s, p): h for s, p, h in cur.execute(_HELD, (shop_id, *db.columns(rows, 3))).fetchall()}


def _allowed(cur: Cursor, wanted: list[Candidate], now: datetime) -> list[Candidate]:
    seen: set[tuple[int, int, int | None]] = set()
    asked: list[Candidate] = []
    for c in wanted:
        own = c.event.order_id if c.version.scheme.per == "order" else None
        key = (c.version.scheme_id, 0 if own else c.person_id, own)
        if key not in seen:
            seen.add(key)
            asked.append(c)
    if not asked:
        return []
    before = _earlier(cur, asked)
    return [c for i, c in enumerate(asked) if i not in before or _refusal(c, *before[i], now) is None]


def _earlier(cur: Cursor, asked: list[Candidate]) -> dict[int, tuple[datetime | None, bool, datetime | None]]:
    """By place in the list: when the last enrolment ended, whether one is active, and when the last began; only of those
    who have any."""
    rows = cur.execute(
        _BEFORE,
        (
            list(range(len(asked))),
            [c.version.scheme_id for c in asked],
            [c.person_id for c in asked],
            [c.event.order_id if c.version.scheme.per == "order" else None for c in asked],
        ),
    ).fetchall()
    return {i: (ended, active, started) for i, ended, active, started in rows}


def _refused_in_memory(candidate: Candidate, standings: list[Standing], now: datetime) -> str | None:
    """Why an enrolment in memory keeps the candidate out: one of this very claim, or of whom he is one with."""
    own = candidate.event.order_id if candidate.version.scheme.per == "order" else None
    for standing in standings:
        if standing.scheme_id != candidate.version.scheme_id or standing.state.order_id != own:
            continue
        active = standing.state.ended_at is None
        refusal = _refusal(candidate, standing.state.ended_at, active, standing.state.started_at, now)
        if refusal is not None:
            return refusal
    return None


def _refusal(
    candidate: Candidate, ended: datetime | None, active: bool, started: datetime | None, now: datetime
) -> str | None:
    at = max(candidate.event.occurred_at, now)
    scheme = candidate.version.scheme
    return may_enter(scheme, is_active=active, last_ended_at=ended, last_started_at=started, now=at)
