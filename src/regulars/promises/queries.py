"""Reads of the ledger of promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["Made", "PromiseRow", "counts_of_people", "listing", "of_enrolment", "of_messages"]

_COLUMNS = (
    "id, person_id, order_id, enrolment_id, kind, state, due_at, told_at, warned_at, closed_at, message_id, task_id"
)


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A promise as screens and the API show it."""

    id: int
    person_id: int
    order_id: int | None
    enrolment_id: int | None
    kind: str
    state: str
    due_at: datetime
    told_at: datetime | None
    warned_at: datetime | None
    closed_at: datetime | None
    message_id: int | None
    task_id: int | None


@dataclass(frozen=True, slots=True)
class Made:
    """What a letter promises."""

    kind: str
    state: str
    due_at: datetime


def listing(
    cur: Cursor,
    shop_id: int,
    *,
    states: Sequence[str] = (),
    order_id: int | None = None,
    person_id: int | None = None,
    person_ids: Sequence[int] | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[PromiseRow]:
    """Promises of the shop, newest first; `before`: the last id of the page before.

    `person_ids`: of one whom others were merged into.
    """
    rows = cur.execute(
        f"select {_COLUMNS} from promises_promise where shop_id = %(shop)s"  # noqa: S608
        " and (%(states)s::text[] is null or state = any(%(states)s))"
        " and (%(order)s::bigint is null or order_id = %(order)s)"
        " and (%(person)s::bigint is null or person_id = %(person)s)"
        " and (%(people)s::bigint[] is null or person_id = any(%(people)s))"
        " and (%(before)s::bigint is null or id < %(before)s) order by id desc limit %(limit)s",
        {
            "shop": shop_id,
            "states": list(states) or None,
            "order": order_id,
            "person": person_id,
            "people": None if person_ids is None else list(person_ids),
            "before": before,
            "limit": limit,
        },
    )
    return [PromiseRow(*r) for r in rows]


def counts_of_people(cur: Cursor, shop_id: int, person_ids: Sequence[int]) -> dict[str, int]:
    """How many promises were made to these people, by state."""
    rows = cur.execute(
        "select state, count(*) from promises_promise where shop_id = %s and person_id = any(%s) group by state",
        (shop_id, list(person_ids)),
    )
    return dict(rows.fetchall())


def of_messages(cur: Cursor, message_ids: Sequence[int]) -> dict[int, list[Made]]:
    """What each of these messages promises, by message; those that promise nothing are absent."""
    out: dict[int, list[Made]] = {}
    for message_id, kind, state, due_at in cur.execute(
        "select message_id, kind, state, due_at from promises_promise where message_id = any(%s) order by id",
        (list(message_ids),),
    ):
        out.setdefault(message_id, []).append(Made(kind, state, due_at))
    return out


def of_enrolment(cur: Cursor, shop_id: int, enrolment_id: int) -> list[PromiseRow]:
    """The promises of one enrolment, oldest first."""
    rows = cur.execute(
        f"select {_COLUMNS} from promises_promise where shop_id = %s and enrolment_id = %s order by id",  # noqa: S608
        (shop_id, enrolment_id),
    )
    return [PromiseRow(*r) for r in rows]
