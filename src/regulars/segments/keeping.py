"""Keeps segments up: after an event only its person is asked anew, and only by segments that such an event may change;
as time goes by, only those whose moment has come.

Owns the claim, in one transaction with all that follows from it: the queue of the consumer 'segments', and the rows that
are due. Any number may run. Must not decide what a condition means.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from regulars.base import clock
from regulars.base.db import Cursor, transaction_on
from regulars.base.failpoints import hit
from regulars.people.reach import canonical
from regulars.segments.asking import ask
from regulars.segments.known import Segment, standing
from regulars.segments.pasts import setting_of
from regulars.segments.writing import hold, store

__all__ = ["BATCH", "CONSUMER", "keep_once", "next_recheck", "state"]

CONSUMER = "segments"
BATCH = 500
HELD_SECONDS = 0.05

_QUEUED = """
select distinct person_id from (
  select person_id from events_pending where consumer = 'segments' order by person_id, event_id limit %s
) q
"""
_DUE = """
select segment_id, person_id from segments_member where recheck_at <= %s order by recheck_at limit %s
"""
_PENDING = """
select p.person_id, p.event_id, e.kind, e.live, e.data->>'other' from events_pending p
left join events_event e on e.id = p.event_id where p.consumer = 'segments' and p.person_id = any(%s)
"""
_HOLD = """
select person_id, shop_id from events_mailbox where person_id = any(%s) order by person_id for update skip locked
"""
_DONE = "delete from events_pending where consumer = 'segments' and person_id = any(%s) and event_id = any(%s)"
_NOBODY = """
delete from events_pending p where p.consumer = 'segments' and p.person_id = any(%s)
and not exists (select 1 from events_mailbox m where m.person_id = p.person_id)
"""
_STILL_DUE = """
select m.segment_id, m.person_id from segments_member m
join unnest(%s::bigint[], %s::bigint[]) as t(s, p) on m.segment_id = t.s and m.person_id = t.p where m.recheck_at <= %s
"""


@dataclass(slots=True)
class _Claim:
    """Persons of one shop whom we hold, and why each is asked: the kinds that happened, the segments that are due."""

    kinds: dict[int, set[str]] = field(default_factory=dict)
    due: dict[int, set[int]] = field(default_factory=dict)
    live: dict[int, bool] = field(default_factory=dict)
    done: list[tuple[int, int]] = field(default_factory=list)


def keep_once(raw: "psycopg.Connection[Any]", limit: int = BATCH) -> int:
    """Ask a group of persons anew; how many were asked."""
    with transaction_on(raw) as cur:
        now = clock.now_from(cur)
        queued = [row[0] for row in cur.execute(_QUEUED, (4 * limit,)).fetchmany(limit)]
        due = cur.execute(_DUE, (now, limit)).fetchall()
        if not queued and not due:
            return 0
        claims = _claim(cur, queued, due, now)
        for shop_id, claim in claims.items():
            _keep(cur, shop_id, claim, now)
        if not claims:
            cur.execute(_NOBODY, (queued,))
        hit("segments.before_commit")
    if not claims:  # somebody else holds them all
        time.sleep(HELD_SECONDS)
    return max(1, sum(len(claim.kinds.keys() | claim.due.keys()) for claim in claims.values()))


def _claim(cur: Cursor, queued: list[int], due: list[tuple[int, int]], now: datetime) -> dict[int, _Claim]:
    """Hold those who answer for these persons, by shop; whom somebody else holds is left for the next turn."""
    pending = cur.execute(_PENDING, (queued,)).fetchall()
    asked = {*queued, *(int(other) for *_, other in pending if other), *(person for _, person in due)}
    who = _answering(cur, asked)
    held: dict[int, int] = dict(cur.execute(_HOLD, (sorted({*who.values(), *asked}),)).fetchall())
    out: dict[int, _Claim] = {}
    # read anew: what we hold now, nobody else has taken meanwhile
    for person, event, kind, live, other in cur.execute(_PENDING, (queued,)).fetchall():
        targets = {person, who.get(person, person)} | ({int(other)} if other else set())
        if not targets <= held.keys():
            continue
        claim = out.setdefault(held[person], _Claim())
        claim.done.append((person, event))
        for target in targets:
            claim.kinds.setdefault(target, set()).add(kind or "")
            claim.live[target] = claim.live.get(target, False) or bool(live)
    for segment, person in cur.execute(_STILL_DUE, (*_columns(due), now)).fetchall():
        if person in held:
            claim = out.setdefault(held[person], _Claim())
            claim.due.setdefault(person, set()).add(segment)
            claim.live[person] = True
    return out


def _answering(cur: Cursor, persons: Iterable[int]) -> dict[int, int]:
    rows = cur.execute(
        "select distinct shop_id from events_mailbox where person_id = any(%s)", (list(persons),)
    ).fetchall()
    return {one: root for (shop,) in rows for one, root in canonical(cur, shop, persons).items()}


def _columns(due: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [segment for segment, _ in due], [person for _, person in due]


def _keep(cur: Cursor, shop_id: int, claim: _Claim, now: datetime) -> None:
    segments = standing(cur, [shop_id]).get(shop_id, [])
    wanted: dict[int, list[Segment]] = {}
    for person in claim.kinds.keys() | claim.due.keys():
        kinds, due = claim.kinds.get(person, set()), claim.due.get(person, set())
        if chosen := [s for s in segments if s.id in due or kinds & s.kinds]:
            wanted[person] = chosen
    hold(cur, [segment for chosen in wanted.values() for segment in chosen])
    segments = standing(cur, [shop_id]).get(shop_id, [])  # as they are now that no filling goes on beside us
    newest = {segment.id: segment for segment in segments}
    wanted = {p: [newest[s.id] for s in chosen if s.id in newest] for p, chosen in wanted.items()}
    verdicts = ask(cur, shop_id, wanted, now)
    hit("segments.asked")
    store(cur, shop_id, verdicts, claim.live, now, setting_of(cur, shop_id).zone)
    _forget_due(cur, claim, newest)
    if claim.done:
        cur.execute(_DONE, ([person for person, _ in claim.done], [event for _, event in claim.done]))


def _forget_due(cur: Cursor, claim: _Claim, known: dict[int, Segment]) -> None:
    """Rows of segments that are no more, or can't be read here, are not asked again and again."""
    lost = [(s, p) for p, due in claim.due.items() for s in due if s not in known]
    if lost:
        cur.execute(
            "update segments_member m set recheck_at = null from unnest(%s::bigint[], %s::bigint[]) as t(s, p)"
            " where m.segment_id = t.s and m.person_id = t.p",
            _columns(lost),
        )


def next_recheck(cur: Cursor) -> datetime | None:
    """The next moment at which time alone may change who is in a segment."""
    row = cur.execute("select min(recheck_at) from segments_member where recheck_at is not null").fetchone()
    return None if row is None else row[0]


def state(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """For a playground's clock: whether somebody is to be asked and was not yet, and the next moment."""
    row = cur.execute(
        "select exists (select 1 from events_pending where consumer = 'segments')"
        " or exists (select 1 from segments_member where recheck_at <= %s),"
        " (select min(recheck_at) from segments_member where recheck_at > %s)",
        (now, now),
    ).fetchone()
    return (False, None) if row is None else (row[0], row[1])
