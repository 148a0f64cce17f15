"""A paused scheme: nobody in it moves, what comes for its people is kept, and is taken in its order when it goes on.

Owns what the conductor asks of a pause, and the waking of people after it. A pause costs nothing while it lasts: a person
whose timer runs out is looked at once and then has no due time from this scheme; waking sets it again, in slices.
It isn't over before every transaction is that may still have seen the pause, and keep an event for its end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from regulars.base import clock, db
from regulars.base.db import Cursor, transaction_on
from regulars.base.failpoints import hit
from regulars.core.needs import listens
from regulars.events.actions import lock_mailboxes
from regulars.journeys.entry import Candidate
from regulars.journeys.post import Pending, Standing
from regulars.journeys.versions import CompiledVersion

__all__ = ["REFUSE", "WAIT", "Pauses", "pauses_of", "wake_once"]

WAIT, REFUSE = "wait", "refuse"
"""What newcomers do while a scheme is paused."""
SLICE = 1000

_OF_SHOP = """
select id, newcomers, paused_at is not null from journeys_scheme
where shop_id = %s and (paused_at is not null or waking) order by id
"""
_HAS_KEPT = "select distinct person_id, scheme_id from journeys_kept where person_id = any(%s) and scheme_id = any(%s)"
_GIVEN_BACK = """
select k.person_id, k.scheme_id, e.id, e.kind, e.occurred_at, e.order_id, e.data
from journeys_kept k join events_event e on e.id = k.event_id
where k.person_id = any(%s) and k.scheme_id = any(%s) order by k.person_id, e.id
"""
_KEEP = """
insert into journeys_kept (shop_id, scheme_id, person_id, event_id)
select %s, s, p, e from unnest(%s::bigint[], %s::bigint[], %s::bigint[]) as t(s, p, e) on conflict do nothing
"""
_TAKEN = """
delete from journeys_kept k using unnest(%s::bigint[], %s::bigint[], %s::bigint[]) as t(p, s, e)
where k.person_id = t.p and k.scheme_id = t.s and k.event_id = t.e
"""


@dataclass(slots=True)
class Pauses:
    """The pauses of a shop, as one claim of the conductor needs them. `frozen`: scheme ids; `newcomers`: by scheme;
    `waking`: schemes whose kept events are given back; `turned_away`: candidates that a pause refused."""

    frozen: list[int] = field(default_factory=list)
    newcomers: dict[int, str] = field(default_factory=dict)
    waking: list[int] = field(default_factory=list)
    has_kept: set[tuple[int, int]] = field(default_factory=set)
    kept: list[tuple[int, int, int]] = field(default_factory=list)
    turned_away: list[Candidate] = field(default_factory=list)

    def freeze(self, standings: Mapping[int, list[Standing]]) -> None:
        """Mark whose scheme is paused."""
        if self.frozen:
            for of in standings.values():
                for standing in of:
                    standing.is_frozen = standing.scheme_id in self.frozen

    def keep(self, scheme_id: int, event: Pending) -> None:
        """Keep an event until the scheme goes on."""
        self.kept.append((scheme_id, event.person_id, event.id))
        self.has_kept.add((event.person_id, scheme_id))

    def let_in(self, candidates: list[Candidate], event: Pending, live: Sequence[CompiledVersion]) -> list[Candidate]:
        """Those who may enter now. Who waits for the end of a pause has his events kept, also those that would stop him."""
        if event.only is not None:
            return [c for c in candidates if c.version.scheme_id == event.only]
        if not self.frozen:
            return candidates
        starts = {c.version.scheme_id for c in candidates}
        for version in live:
            id_ = version.scheme_id
            if id_ not in self.frozen or self.newcomers.get(id_) != WAIT:
                continue
            if id_ in starts or ((event.person_id, id_) in self.has_kept and event.kind in listens(version.scheme)):
                self.keep(id_, event)
        self.turned_away += [c for c in candidates if self.newcomers.get(c.version.scheme_id) == REFUSE]
        return [c for c in candidates if c.version.scheme_id not in self.frozen]

    def given_back(self, cur: Cursor, persons: Sequence[int]) -> dict[int, list[Pending]]:
        """By person, the events that were kept for schemes that go on."""
        out: dict[int, list[Pending]] = {}
        if self.waking:
            for person, scheme, id_, kind, at, order, data in cur.execute(_GIVEN_BACK, (list(persons), self.waking)):
                out.setdefault(person, []).append(Pending(id_, person, kind, at, order, data, only=scheme))
        return out

    def store(self, cur: Cursor, shop_id: int, taken: Sequence[Pending]) -> None:
        """Write what was kept, and forget what has been given back and taken."""
        if self.kept:
            cur.execute(_KEEP, (shop_id, *db.columns(sorted(set(self.kept)), 3)))
        done = [(e.person_id, e.only, e.id) for e in taken if e.only is not None]
        if done:
            cur.execute(_TAKEN, db.columns(done, 3))


def pauses_of(cur: Cursor, shop_id: int, persons: Sequence[int]) -> Pauses:
    """The pauses of this shop, for a claim of these persons."""
    out = Pauses()
    for id_, newcomers, is_paused in cur.execute(_OF_SHOP, (shop_id,)).fetchall():
        if is_paused:
            out.frozen.append(id_)
            out.newcomers[id_] = newcomers or WAIT
        else:
            out.waking.append(id_)
    if out.frozen:
        out.has_kept = set(cur.execute(_HAS_KEPT, (list(persons), out.frozen)).fetchall())
    return out


# waking


_NEXT = """
select id, coalesce(woken, '{}') from journeys_scheme where waking and paused_at is null order by id limit 1
for update skip locked
"""
_SLEEPERS = """
select step, id, person_id, due_at from journeys_enrolment
where version_id = %(version)s and status = 1 and (step, id) > (%(step)s, %(id)s) order by step, id limit %(limit)s
"""
_WAKE = """
update events_mailbox m set due_at = t.due
from (select p, min(d) as due from unnest(%s::bigint[], %s::timestamptz[]) as u(p, d) group by p) t
where m.person_id = t.p and (m.due_at is null or m.due_at > t.due)
"""
_WITH_KEPT = """
select distinct person_id from journeys_kept where scheme_id = %s and person_id > %s order by person_id limit %s
"""


def wake_once(raw: "psycopg.Connection[Any]", limit: int = SLICE) -> int:
    """Give the next people of a scheme that goes on their due times again; 0 when there are none to wake now."""
    with transaction_on(raw) as cur:
        row = cur.execute(_NEXT).fetchone()
        if row is None:
            return 0
        scheme_id, at = row
        versions = [
            r[0] for r in cur.execute("select id from journeys_version where scheme_id = %s order by id", (scheme_id,))
        ]
        following = _wake(cur, scheme_id, versions, at, limit)
        cur.execute(
            "update journeys_scheme set woken = %s::jsonb, waking = %s where id = %s",
            (db.dumps(following) if following else None, following is not None, scheme_id),
        )
        hit("wake.before_commit")
    hit("wake.after_commit")
    # All have been told; whoever hasn't taken what was kept yet, or may still keep something, is looked for in a while.
    is_round_over = following is not None and following["stage"] == len(versions) and "id" not in following
    return 0 if is_round_over and at.get("stage") == len(versions) else 1


def _wake(
    cur: Cursor, scheme_id: int, versions: Sequence[int], at: Mapping[str, Any], limit: int
) -> dict[str, Any] | None:
    """One slice; where the next one begins, None when all are awake."""
    now = clock.now_from(cur)
    stage = int(at.get("stage", 0))
    walk = {"since": at["since"] if "since" in at else _this_transaction(cur)}
    if stage < len(versions):
        where = {"version": versions[stage], "step": at.get("step", ""), "id": at.get("id", 0), "limit": limit}
        found = cur.execute(_SLEEPERS, where).fetchall()
        _due(cur, [(p, due) for _, _, p, due in found if due is not None])
        if len(found) < limit:
            return {**walk, "stage": stage + 1}
        return {**walk, "stage": stage, "step": found[-1][0], "id": found[-1][1]}
    is_last = _are_older_over(cur, walk["since"])  # asked before the look: what they kept is seen by it
    persons = [r[0] for r in cur.execute(_WITH_KEPT, (scheme_id, int(at.get("id", 0)), limit))]
    _due(cur, [(p, now) for p in persons])
    if persons:
        return {**walk, "stage": stage, "id": persons[-1]}
    # once more for those whose events came in while this went on
    return {**walk, "stage": stage} if at.get("id") or not is_last else None


def _this_transaction(cur: Cursor) -> int:
    row = cur.execute("select pg_current_xact_id()::text::bigint").fetchone()
    assert row is not None
    return int(row[0])


def _are_older_over(cur: Cursor, transaction: int) -> bool:
    """Whether all that wrote anything, or locked anybody, before this transaction did have ended."""
    row = cur.execute("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= %s", (transaction,)).fetchone()
    return bool(row and row[0])


def _due(cur: Cursor, due: Sequence[tuple[int, datetime]]) -> None:
    if due:
        lock_mailboxes(cur, [p for p, _ in due])
        cur.execute(_WAKE, db.columns(due, 2))
