"""Writes of journeys: publishing a scheme, and mending what was set aside.

A version never changes once written; those inside finish theirs.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base import audit, clock
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.failpoints import hit
from regulars.core.needs import listens
from regulars.core.problems import Problem
from regulars.core.scheme import Scheme
from regulars.desk import actions as desk
from regulars.events.actions import NewEvent, lock_mailboxes, record, subscribe
from regulars.journeys import clocks
from regulars.journeys.checking import read_for_shop
from regulars.journeys.hours import Moves, changed_teams, moves_between, waiting_persons
from regulars.journeys.models import ACTIVE, ENDED, SET_ASIDE
from regulars.journeys.post import CONSUMER
from regulars.journeys.versions import compiled
from regulars.promises import actions as promises
from regulars.promises import queries as promise_queries
from regulars.rules.worktime import WorkTime
from regulars.shop import queries as shops

__all__ = [
    "Published",
    "SchemeMoved",
    "SchemeRefused",
    "drop_draft",
    "end",
    "hours_changed",
    "publish",
    "retire",
    "retry",
    "save_draft",
]


class SchemeRefused(ValueError):
    """The scheme has errors and was not published; `problems` holds them, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(p.sentence() for p in problems))
        self.problems = tuple(problems)


class SchemeMoved(ValueError):
    """Another version was published meanwhile: `n` it is, not the one that the text was taken from."""

    def __init__(self, name: str, n: int) -> None:
        super().__init__(f"version {n} of {name} was published meanwhile")
        self.name = name
        self.n = n


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did. `isnew` is False when the same text was live already."""

    scheme_id: int
    version_id: int
    name: str
    n: int
    isnew: bool
    warnings: tuple[Problem, ...]


def publish(
    cur: Cursor,
    shop_id: int,
    text: str,
    actor: Actor,
    now: datetime,
    file: str = "scheme.yaml",
    base_n: int | None = None,
) -> Published:
    """Make this text the live version of the scheme that it names. The live text again changes nothing.

    `base_n`: the version that the text was taken from, 0 for a new scheme; None doesn't ask. Raises SchemeRefused when
    the text has errors, SchemeMoved when the newest version is another than `base_n`: nothing goes live then.
    """
    reading = read_for_shop(cur, shop_id, text, file)
    if reading.scheme is None:
        raise SchemeRefused(reading.errors)
    scheme = reading.scheme
    digest = hashlib.sha256(text.encode()).digest()
    scheme_id, live = _scheme_row(cur, shop_id, scheme.name)
    if live is not None:
        row = cur.execute("select n, digest from journeys_version where id = %s", (live,)).fetchone()
        if row is not None and bytes(row[1]) == digest:
            return Published(scheme_id, live, scheme.name, row[0], False, reading.problems)
    if base_n is not None:
        newest = cur.execute(
            "select coalesce(max(n), 0) from journeys_version where scheme_id = %s", (scheme_id,)
        ).fetchone()
        if newest is not None and newest[0] != base_n:
            raise SchemeMoved(scheme.name, newest[0])
    row = cur.execute(
        "insert into journeys_version (shop_id, scheme_id, n, text, digest, goal_kind, published_at, published_by)"
        " select %s, %s, coalesce(max(n), 0) + 1, %s, %s, %s, %s, %s from journeys_version where scheme_id = %s"
        " returning id, n",
        (shop_id, scheme_id, text, digest, scheme.goal.event if scheme.goal else None, now, str(actor), scheme_id),
    ).fetchone()
    assert row is not None
    version_id, n = row
    cur.execute("update journeys_scheme set live_version_id = %s where id = %s", (version_id, scheme_id))
    _listen(cur, shop_id)
    clocks.sync(cur, shop_id, now)
    audit.write(cur, shop_id, actor, "scheme.published", "scheme", scheme_id, version=n)
    hit("scheme.publish_before_commit")
    return Published(scheme_id, version_id, scheme.name, n, True, reading.problems)


def _scheme_row(cur: Cursor, shop_id: int, name: str) -> tuple[int, int | None]:
    cur.execute("insert into journeys_scheme (shop_id, name) values (%s, %s) on conflict do nothing", (shop_id, name))
    row = cur.execute(
        "select id, live_version_id from journeys_scheme where shop_id = %s and name = %s for update", (shop_id, name)
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def save_draft(cur: Cursor, shop_id: int, account_id: int, name: str, text: str, base_n: int, now: datetime) -> None:
    """Keep what an account is writing for a scheme ('' for a new one). It is nobody else's and changes nothing, so it
    leaves no record."""
    cur.execute(
        "insert into journeys_draft (shop_id, account_id, name, text, base_n, saved_at) values (%s, %s, %s, %s, %s, %s)"
        " on conflict (shop_id, account_id, name) do update"
        " set text = excluded.text, base_n = excluded.base_n, saved_at = excluded.saved_at",
        (shop_id, account_id, name, text, base_n, now),
    )


def drop_draft(cur: Cursor, shop_id: int, account_id: int, name: str) -> bool:
    """Forget what the account was writing. False when there was nothing."""
    return (
        cur.execute(
            "delete from journeys_draft where shop_id = %s and account_id = %s and name = %s",
            (shop_id, account_id, name),
        ).rowcount
        > 0
    )


def retire(cur: Cursor, shop_id: int, name: str, actor: Actor) -> bool:
    """The scheme takes no newcomers any more; those inside go on. False when there is no such live scheme."""
    row = cur.execute(
        "update journeys_scheme set live_version_id = null where shop_id = %s and name = %s"
        " and live_version_id is not null returning id",
        (shop_id, name),
    ).fetchone()
    if row is None:
        return False
    _listen(cur, shop_id)
    clocks.sync(cur, shop_id, clock.now_from(cur))
    audit.write(cur, shop_id, actor, "scheme.retired", "scheme", row[0])
    return True


def _listen(cur: Cursor, shop_id: int) -> None:
    """Subscribe to what the live versions, and those with people inside, listen to."""
    ids = {
        r[0]
        for r in cur.execute(
            "select live_version_id from journeys_scheme where shop_id = %(shop)s and live_version_id is not null"
            " union select v.id from journeys_version v where v.shop_id = %(shop)s and exists (select 1"
            " from journeys_enrolment e where e.version_id = v.id and e.status <> %(ended)s)",
            {"shop": shop_id, "ended": ENDED},
        )
    }
    schemes: list[Scheme] = [v.scheme for v in compiled(cur, ids).values()]
    goals = {
        r[0]
        for r in cur.execute(
            "select distinct goal_kind from journeys_version where shop_id = %s and goal_kind is not null", (shop_id,)
        )
    }
    kinds = frozenset().union(*(listens(s) for s in schemes)) if schemes else frozenset()
    subscribe(cur, shop_id, CONSUMER, {*kinds, *goals, "calendar.changed"})


def hours_changed(cur: Cursor, shop_id: int, before: Mapping[str, WorkTime], actor: Actor, now: datetime) -> Moves:
    """After the working hours by team were changed from `before`: waits are reckoned anew, and open tasks get new limits.

    Whoever waits is told by an event, and the conductor reckons. What a buyer was promised stays as it was told; only
    when it is at risk is reckoned anew.
    """
    cur.execute("set local statement_timeout = 0")  # a whole shop may be waiting
    after = shops.worktimes(cur, shop_id)
    teams = changed_teams(before, after)
    persons = waiting_persons(cur, shop_id, teams)
    tasks = moves_between(cur, shop_id, before, after, now).tasks
    promised = promise_queries.watched(cur, shop_id, teams)
    lock_mailboxes(cur, [*persons, *promised, *(m.task.person_id for m in tasks)])
    moves = moves_between(cur, shop_id, before, after, now)  # once more, now that nobody else moves them
    record(cur, shop_id, [NewEvent("calendar.changed", now, True, p, cause=str(actor)) for p in persons], now)
    desk.set_limits(
        cur,
        shop_id,
        [desk.NewLimits(m.task.id, m.limits.not_before, m.limits.target_at, m.limits.due_at) for m in moves.tasks],
        actor,
    )
    promises.reckon_anew(cur, shop_id, promised)
    return moves


def retry(cur: Cursor, shop_id: int, enrolment_id: int, actor: Actor, now: datetime) -> bool:
    """Take an enrolment that was set aside back in: what failed is taken again. False when it isn't set aside."""
    row = _aside(cur, shop_id, enrolment_id)
    if row is None:
        return False
    person_id, problem, due_at = row
    events = [problem["event_id"]] if problem.get("event_id") else problem.get("events", [])
    cur.execute(
        "insert into events_pending (consumer, person_id, event_id) select %s, %s, e from unnest(%s::bigint[]) e"
        " on conflict do nothing",
        (CONSUMER, person_id, [int(e) for e in events]),
    )
    cur.execute("update journeys_enrolment set status = %s, problem = null where id = %s", (ACTIVE, enrolment_id))
    cur.execute(
        "update events_mailbox set due_at = least(coalesce(due_at, %s), %s) where person_id = %s",
        (now if events else due_at, now if events else due_at or now, person_id),
    )
    audit.write(cur, shop_id, actor, "enrolment.retried", "enrolment", enrolment_id)
    return True


def end(cur: Cursor, shop_id: int, enrolment_id: int, actor: Actor, now: datetime) -> bool:
    """End an enrolment that was set aside. False when it isn't set aside."""
    if _aside(cur, shop_id, enrolment_id) is None:
        return False
    cur.execute(
        "update journeys_enrolment set status = %s, ended_at = %s, end_reason = 'ended_by_staff', due_at = null"
        " where id = %s",
        (ENDED, now, enrolment_id),
    )
    audit.write(cur, shop_id, actor, "enrolment.ended", "enrolment", enrolment_id)
    return True


def _aside(cur: Cursor, shop_id: int, enrolment_id: int) -> tuple[int, dict[str, Any], datetime | None] | None:
    row = cur.execute(
        "select person_id from journeys_enrolment where shop_id = %s and id = %s", (shop_id, enrolment_id)
    ).fetchone()
    if row is None:
        return None
    lock_mailboxes(cur, [row[0]])
    return cur.execute(
        "select person_id, problem, due_at from journeys_enrolment where id = %s and status = %s for update",
        (enrolment_id, SET_ASIDE),
    ).fetchone()
