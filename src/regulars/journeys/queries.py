"""Reads of journeys: schemes and versions, who stands where, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.journeys.models import SET_ASIDE

__all__ = [
    "DecisionRow",
    "EnrolmentRow",
    "SchemeRow",
    "decisions",
    "enrolment",
    "enrolments",
    "enrolments_by_id",
    "names_of_versions",
    "scheme_text",
    "schemes",
    "set_aside",
    "standing_numbers",
]


@dataclass(frozen=True, slots=True)
class SchemeRow:
    """A scheme in the list. `inside`: enrolments on their way; `aside`: set aside."""

    id: int
    name: str
    live_version_id: int | None
    n: int | None
    published_at: datetime | None
    inside: int
    aside: int


@dataclass(frozen=True, slots=True)
class EnrolmentRow:
    """Where somebody stands."""

    id: int
    person_id: int
    order_id: int | None
    scheme: str
    n: int
    status: int
    step: str | None
    visit: int
    attempt: int
    started_at: datetime
    entered_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    held_out: bool
    goal_at: datetime | None
    problem: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision record, as 'why' reads it."""

    id: int
    enrolment_id: int
    scheme: str
    n: int
    at: datetime
    happening: str
    event_id: int | None
    from_step: str | None
    to_step: str | None
    reasons: list[dict[str, Any]]
    effects: list[dict[str, Any]]


def schemes(cur: Cursor, shop_id: int) -> list[SchemeRow]:
    """All schemes of the shop, by name."""
    rows = cur.execute(
        "select s.id, s.name, s.live_version_id, v.n, v.published_at,"
        " (select count(*) from journeys_enrolment e where e.scheme_id = s.id and e.status = 1),"
        " (select count(*) from journeys_enrolment e where e.scheme_id = s.id and e.status = 3)"
        " from journeys_scheme s left join journeys_version v on v.id = s.live_version_id"
        " where s.shop_id = %s order by s.name",
        (shop_id,),
    )
    return [SchemeRow(*r) for r in rows]


def scheme_text(cur: Cursor, shop_id: int, name: str, n: int | None = None) -> tuple[str, int] | None:
    """(text, version number) of a scheme: the version asked for, else the live one, else the newest."""
    row = cur.execute(
        "select v.text, v.n from journeys_scheme s join journeys_version v on v.scheme_id = s.id"
        " where s.shop_id = %(shop)s and s.name = %(name)s and (%(n)s::int is null or v.n = %(n)s)"
        " order by (v.id = s.live_version_id) desc nulls last, v.n desc limit 1",
        {"shop": shop_id, "name": name, "n": n},
    ).fetchone()
    return None if row is None else (row[0], row[1])


_ENROLMENTS = """
select e.id, e.person_id, e.order_id, s.name, v.n, e.status, e.step, e.visit, e.attempt, e.started_at, e.entered_at, e.due_at,
       e.ended_at, e.end_reason, e.held_out or e.held_by_shop, e.goal_at, e.problem
from journeys_enrolment e join journeys_scheme s on s.id = e.scheme_id join journeys_version v on v.id = e.version_id
where e.shop_id = %s
"""


def enrolments(
    cur: Cursor,
    shop_id: int,
    *,
    scheme: str | None = None,
    person_id: int | None = None,
    person_ids: Sequence[int] | None = None,
    order_id: int | None = None,
    step: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[EnrolmentRow]:
    """Enrolments, newest first; `before`: the id of the last one seen. `person_ids`: of one who others were merged into."""
    sql = _ENROLMENTS
    values: list[Any] = [shop_id]
    for column, value in (("s.name", scheme), ("e.person_id", person_id), ("e.order_id", order_id), ("e.step", step)):
        if value is not None:
            sql += f" and {column} = %s"
            values.append(value)
    if person_ids is not None:
        sql += " and e.person_id = any(%s)"
        values.append(list(person_ids))
    if before is not None:
        sql += " and e.id < %s"
        values.append(before)
    return [EnrolmentRow(*r) for r in cur.execute(sql + " order by e.id desc limit %s", [*values, limit])]


def enrolments_by_id(cur: Cursor, shop_id: int, ids: Sequence[int]) -> dict[int, EnrolmentRow]:
    """Those of these that are of this shop, by id."""
    if not ids:
        return {}
    rows = cur.execute(_ENROLMENTS + " and e.id = any(%s)", (shop_id, list(ids)))
    return {r[0]: EnrolmentRow(*r) for r in rows}


def set_aside(cur: Cursor, shop_id: int, limit: int = 100, before: int | None = None) -> list[EnrolmentRow]:
    """Enrolments that wait for a person's mend, newest first; `before`: the id of the last one seen."""
    rows = cur.execute(
        _ENROLMENTS + " and e.status = %s and (%s::bigint is null or e.id < %s) order by e.id desc limit %s",
        (shop_id, SET_ASIDE, before, before, limit),
    )
    return [EnrolmentRow(*r) for r in rows]


def decisions(
    cur: Cursor, shop_id: int, *, enrolment_ids: list[int] | None = None, person_id: int | None = None, limit: int = 200
) -> list[DecisionRow]:
    """Decision records of enrolments (or of all of a person's), oldest first."""
    if enrolment_ids is None:
        rows = cur.execute(
            "select id from journeys_enrolment where shop_id = %s and person_id = %s", (shop_id, person_id)
        )
        enrolment_ids = [r[0] for r in rows]
    found = cur.execute(
        f"select {', '.join('d.' + f.name for f in fields(DecisionRow) if f.name not in ('scheme', 'n'))}, s.name, v.n"  # noqa: S608
        " from journeys_decision d join journeys_version v on v.id = d.version_id join journeys_scheme s"
        " on s.id = v.scheme_id where d.shop_id = %s and d.enrolment_id = any(%s) order by d.id limit %s",
        (shop_id, enrolment_ids, limit),
    )
    return [DecisionRow(r[0], r[1], r[9], r[10], *r[2:9]) for r in found]


def standing_numbers(cur: Cursor, shop_id: int, name: str) -> dict[str, int]:
    """How many wait at each step of a scheme, all versions together."""
    rows = cur.execute(
        "select e.step, count(*) from journeys_enrolment e join journeys_scheme s on s.id = e.scheme_id"
        " where s.shop_id = %s and s.name = %s and e.status = 1 and e.step is not null group by e.step",
        (shop_id, name),
    )
    return dict(rows)


def enrolment(cur: Cursor, shop_id: int, enrolment_id: int) -> EnrolmentRow | None:
    """One enrolment of this shop."""
    row = cur.execute(_ENROLMENTS + " and e.id = %s", (shop_id, enrolment_id)).fetchone()
    return None if row is None else EnrolmentRow(*row)


def names_of_versions(cur: Cursor, shop_id: int, version_ids: set[int]) -> dict[int, tuple[str, int]]:
    """The scheme's name and the number of the version, by its id."""
    if not version_ids:
        return {}
    rows = cur.execute(
        "select v.id, s.name, v.n from journeys_version v join journeys_scheme s on s.id = v.scheme_id"
        " where v.shop_id = %s and v.id = any(%s)",
        (shop_id, list(version_ids)),
    )
    return {id_: (name, n) for id_, name, n in rows}
