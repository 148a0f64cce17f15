"""What lies in the mailboxes that were claimed: pending events, and the enrolments whose owners they are.

Owns the reads of a claim. It decides nothing and writes nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.core.enrolment import Enrolment
from regulars.people.reach import one_with

__all__ = ["CONSUMER", "Pending", "Standing", "claim", "claim_one", "due_in", "enrolments", "pending_events", "whole"]

CONSUMER = "journeys"


@dataclass(slots=True)
class Pending:
    """An event that waits for us. `key` is its place in time among the person's happenings."""

    id: int
    person_id: int
    kind: str
    occurred_at: datetime
    order_id: int | None
    data: dict[str, Any]

    def happening(self) -> dict[str, Any]:
        """The event as `advance` reads it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "occurred_at": self.occurred_at,
            "order_id": self.order_id,
            "data": self.data,
        }


@dataclass(slots=True)
class Standing:
    """An enrolment in memory, with what `advance` doesn't know of it. `isnew`: not in the database yet."""

    state: Enrolment
    shop_id: int
    scheme_id: int
    version_id: int
    isnew: bool = False
    changed: bool = False
    problem: dict[str, Any] | None = None
    log: list[dict[str, Any]] = field(default_factory=list)


_CLAIM = """
select person_id, shop_id from events_mailbox
where due_at <= %s order by due_at limit %s for update skip locked
"""
_HOLD = "select person_id from events_mailbox where person_id = any(%s) order by person_id for update skip locked"
_PENDING = """
select e.id, p.person_id, e.kind, e.occurred_at, e.order_id, e.data
from events_pending p join events_event e on e.id = p.event_id
where p.consumer = 'journeys' and p.person_id = any(%s) order by p.person_id, e.id
"""
_ENROLMENTS = """
select id, shop_id, person_id, order_id, scheme_id, version_id, step, visit, attempt, started_at, entered_at, due_at,
       held_out or held_by_shop, data, held_by_shop
from journeys_enrolment where person_id = any(%s) and status = 1 order by id
"""
_NEXT = "select min(due_at) from events_mailbox where due_at is not null"


def claim(cur: Cursor, now: datetime, limit: int) -> dict[int, dict[int, int]]:
    """Lock up to `limit` persons whose time has come and whom nobody holds; by shop: each person → who answers for him.

    Whoever is one with others by a merge comes with all of them, or not at all while somebody else holds one.
    """
    out: dict[int, list[int]] = {}
    for person_id, shop_id in cur.execute(_CLAIM, (now, limit)).fetchall():
        out.setdefault(shop_id, []).append(person_id)
    claimed = {shop_id: whole(cur, shop_id, persons) for shop_id, persons in out.items()}
    return {shop_id: who for shop_id, who in claimed.items() if who}


def claim_one(cur: Cursor, shop_id: int, person_id: int, now: datetime) -> dict[int, int]:
    """The same for this one person, if he is still due and nobody holds him."""
    row = cur.execute(
        "select 1 from events_mailbox where person_id = %s and due_at <= %s for update skip locked", (person_id, now)
    ).fetchone()
    return {} if row is None else whole(cur, shop_id, [person_id])


def whole(cur: Cursor, shop_id: int, held: list[int]) -> dict[int, int]:
    """The held persons, and those who are one with them, each → who answers for him; without those who aren't all held."""
    who = one_with(cur, shop_id, held)
    others = sorted(set(who) - set(held))
    got = {i for (i,) in cur.execute(_HOLD, (others,))} if others else set()
    partly = {who[i] for i in others if i not in got}
    alone = {i: i for i in held if i not in who}
    return alone | {i: root for i, root in who.items() if root not in partly}


def due_in(cur: Cursor) -> datetime | None:
    """The next moment at which somebody is due."""
    row = cur.execute(_NEXT).fetchone()
    return None if row is None else row[0]


def pending_events(cur: Cursor, person_ids: list[int]) -> dict[int, list[Pending]]:
    """Pending events by person, in the order in which they were recorded."""
    out: dict[int, list[Pending]] = {}
    for row in cur.execute(_PENDING, (person_ids,)).fetchall():
        out.setdefault(row[1], []).append(Pending(*row))
    return out


def enrolments(cur: Cursor, person_ids: list[int]) -> dict[int, list[Standing]]:
    """Active enrolments by person, oldest first."""
    out: dict[int, list[Standing]] = {}
    for row in cur.execute(_ENROLMENTS, (person_ids,)).fetchall():
        id_, shop, person, order, scheme, version, step, visit, attempt, started, entered, due, held, data, by_shop = (
            row
        )
        state = Enrolment(
            id=id_,
            started_at=started,
            person_id=person,
            order_id=order,
            step=step,
            visit=visit,
            attempt=attempt,
            entered_at=entered,
            due_at=due,
            held_out=held,
            data=data,
            held_by_shop=by_shop,
        )
        out.setdefault(person, []).append(Standing(state, shop, scheme, version))
    return out
