"""Reads of the ledger of promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.base.db import Cursor

__all__ = [
    "AT_RISK",
    "COLUMNS",
    "MOST_COUNTED",
    "Kept",
    "Made",
    "PromisePage",
    "PromiseRow",
    "by_key",
    "counts",
    "counts_of_people",
    "kept_since",
    "listing",
    "of_enrolment",
    "of_messages",
    "one",
    "owed_by",
    "page",
    "standing_windows",
    "warned_by",
    "watched",
]

MOST_COUNTED = 1000
AT_RISK = "risk"
"""Of the open ones, those that the watch has seen in danger: listed and counted like a state."""
SCANNED = 20_000
"""So many promises are looked through for one page of a kind; whoever wants more goes on from there."""

COLUMNS = (
    "id, person_id, order_id, enrolment_id, kind, state, due_at, told_at, warned_at, closed_at, message_id, task_id,"
    " team, window_from, warn_at, risk_at, warning_id, reason, follows_id"
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
    team: str
    window_from: datetime | None
    warn_at: datetime | None
    risk_at: datetime | None
    warning_id: int | None
    reason: str | None
    follows_id: int | None

    @property
    def is_at_risk(self) -> bool:
        """Whether it stands, the watch has seen it in danger, and the buyer has not been warned yet."""
        return self.state == "open" and self.risk_at is not None


@dataclass(frozen=True, slots=True)
class PromisePage:
    """Promises with the mark behind which the next page begins, None at the end.

    `is_cut`: SCANNED were looked through, and there are more.
    """

    rows: Sequence[PromiseRow]
    following: tuple[datetime | None, int] | None
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Made:
    """What a letter promises, or warns of."""

    kind: str
    state: str
    due_at: datetime
    window_from: datetime | None = None
    held: bool = False


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
        f"select {COLUMNS} from promises_promise where shop_id = %(shop)s"  # noqa: S608
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


# By which moment a state is listed and which way: what stands, the next due first; what is closed, the last first.
_ORDERS = {
    "intended": ("due_at", "asc"),
    "open": ("due_at", "asc"),
    AT_RISK: ("due_at", "asc"),
    "warned": ("due_at", "asc"),
    "kept": ("closed_at", "desc"),
    "broken": ("closed_at", "desc"),
    "void": ("closed_at", "desc"),
}


def page(
    cur: Cursor,
    shop_id: int,
    *,
    state: str = "",
    kind: str = "",
    team: str = "",
    order_id: int | None = None,
    person_ids: Sequence[int] = (),
    after: tuple[datetime | None, int] | None = None,
    limit: int = 50,
) -> PromisePage:
    """A page of the ledger; without a state the newest first. `after`: (the moment it is listed by, id) of the last one.

    Raises ValueError for an unknown state.
    """
    if state and state not in _ORDERS:
        raise ValueError(f"there is no state {state!r}")
    is_narrow = bool(person_ids) or order_id is not None
    column, way = ("id", "desc") if is_narrow or not state else _ORDERS[state]
    key, marks = ("id", "%s") if column == "id" else (f"({column}, id)", "(%s, %s)")
    order = f"id {way}" if column == "id" else f"{column} {way}, id {way}"
    where = ["shop_id = %s"]
    values: list[object] = [shop_id]
    if state:  # stands in the statement, so that its partial index serves
        where.append("state = 'open' and risk_at is not null" if state == AT_RISK else f"state = '{state}'")
    narrowing = {"kind": kind, "team": team}
    if order_id is not None:
        where.append("order_id = %s")
        values.append(order_id)
    if person_ids:
        where.append("person_id = any(%s)")
        values.append(list(person_ids))
    if after is not None:
        where.append(f"{key} {'<' if way == 'desc' else '>'} {marks}")
        values += [after[1]] if column == "id" else list(after)
    bound = None
    if any(narrowing.values()) and not is_narrow:
        bound = cur.execute(
            f"select {column}, id from promises_promise where {' and '.join(where)} order by {order} offset %s limit 1",  # noqa: S608
            (*values, SCANNED - 1),
        ).fetchone()
        if bound is not None:
            where.append(f"{key} {'>=' if way == 'desc' else '<='} {marks}")
            values += [bound[1]] if column == "id" else list(bound)
    for name, wanted in narrowing.items():
        if wanted:
            where.append(f"{name} = %s")
            values.append(wanted)
    rows = cur.execute(
        f"select {COLUMNS} from promises_promise where {' and '.join(where)} order by {order} limit %s",  # noqa: S608
        (*values, limit + 1),
    ).fetchall()
    found = [PromiseRow(*r) for r in rows[:limit]]
    if len(rows) > limit:
        return PromisePage(found, (None if column == "id" else getattr(found[-1], column), found[-1].id), False)
    if bound is not None:
        return PromisePage(found, (None if column == "id" else bound[0], bound[1]), True)
    return PromisePage(found, None, False)


def counts(cur: Cursor, shop_id: int) -> dict[str, int]:
    """How many are in each state, up to MOST_COUNTED."""
    rows = cur.execute(
        "select 'risk', (select count(*) from (select 1 from promises_promise p where p.shop_id = %(shop)s"
        " and p.state = 'open' and p.risk_at is not null limit %(most)s) r) union all"
        " select s, case when s in ('kept', 'broken', 'void') then"
        " (select count(*) from (select 1 from promises_promise p where p.shop_id = %(shop)s and p.state = s"
        " and p.state in ('kept', 'broken', 'void') limit %(most)s) a) else"
        " (select count(*) from (select 1 from promises_promise p where p.shop_id = %(shop)s and p.state = s"
        " and p.state in ('intended', 'open', 'warned') limit %(most)s) b) end from unnest(%(states)s::text[]) s",
        {"shop": shop_id, "most": MOST_COUNTED, "states": [s for s in _ORDERS if s != AT_RISK]},
    )
    return dict(rows.fetchall())


@dataclass(frozen=True, slots=True)
class Kept:
    """Of the promises that came due in a span: how many were kept, and how many broken."""

    kept: int
    broken: int


def kept_since(cur: Cursor, shop_id: int, since: datetime) -> Kept:
    """What was kept and what was broken since then; what became void counts for neither."""
    row = cur.execute(
        "select count(*) filter (where state = 'kept'), count(*) filter (where state = 'broken') from promises_promise"
        " where shop_id = %s and state in ('kept', 'broken') and closed_at >= %s",
        (shop_id, since),
    ).fetchone()
    return Kept(*row) if row else Kept(0, 0)


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
    for message_id, kind, state, due_at, window_from in cur.execute(
        "select message_id, kind, state, due_at, window_from from promises_promise where message_id = any(%s) order by id",
        (list(message_ids),),
    ):
        out.setdefault(message_id, []).append(Made(kind, state, due_at, window_from))
    return out


def warned_by(cur: Cursor, message_ids: Sequence[int]) -> dict[int, Made]:
    """The promise that each of these messages warns of, by message; those that warn of none are absent."""
    rows = cur.execute(
        "select warning_id, kind, state, due_at, window_from, held from promises_promise where warning_id = any(%s)",
        (list(message_ids),),
    )
    return {message_id: Made(*made) for message_id, *made in rows}


def by_key(cur: Cursor, shop_id: int, key: str) -> int | None:
    """The promise that was made under this identity."""
    row = cur.execute("select id from promises_promise where shop_id = %s and key = %s", (shop_id, key)).fetchone()
    return row[0] if row else None


def one(cur: Cursor, shop_id: int, promise_id: int) -> PromiseRow | None:
    """A promise of this shop."""
    row = cur.execute(
        f"select {COLUMNS} from promises_promise where shop_id = %s and id = %s",  # noqa: S608
        (shop_id, promise_id),
    ).fetchone()
    return None if row is None else PromiseRow(*row)


def owed_by(cur: Cursor, shop_id: int, kind: str, enrolment_id: int | None, task_id: int) -> PromiseRow | None:
    """The promise that this task is to keep, or that it broke and nothing has followed yet."""
    row = cur.execute(
        f"select {COLUMNS} from promises_promise p where shop_id = %s"  # noqa: S608 - our own column names
        " and (kind = %s and enrolment_id = %s or task_id = %s) and (state in ('open', 'warned') or state = 'broken'"
        " and reason is distinct from 'done_late'"
        " and not exists (select 1 from promises_promise f where f.follows_id = p.id and f.reason is distinct from 'withdrawn'"
        " and f.person_id = p.person_id)) order by id desc limit 1",
        (shop_id, kind, enrolment_id, task_id),
    ).fetchone()
    return None if row is None else PromiseRow(*row)


def standing_windows(cur: Cursor, shop_id: int, order_ids: Sequence[int]) -> set[tuple[int | None, datetime]]:
    """What of these orders is promised to be delivered by when, told already: (order, due)."""
    if not order_ids:
        return set()
    rows = cur.execute(
        "select order_id, due_at from promises_promise where shop_id = %s and order_id = any(%s) and kind = 'delivery'"
        " and state in ('open', 'warned')",
        (shop_id, list(order_ids)),
    )
    return {(order_id, due_at) for order_id, due_at in rows}


def watched(cur: Cursor, shop_id: int, teams: Sequence[str] | None = None) -> list[int]:
    """Persons, by id, with a promise that the watch has yet to see in danger: of these teams, or of all."""
    rows = cur.execute(
        "select distinct person_id from promises_promise where shop_id = %(shop)s and state = 'open' and risk_at is null"
        " and (%(teams)s::text[] is null or team = any(%(teams)s)) order by 1",
        {"shop": shop_id, "teams": None if teams is None else list(teams)},
    )
    return [r[0] for r in rows]


def of_enrolment(cur: Cursor, shop_id: int, enrolment_id: int) -> list[PromiseRow]:
    """The promises of one enrolment, oldest first."""
    rows = cur.execute(
        f"select {COLUMNS} from promises_promise where shop_id = %s and enrolment_id = %s order by id",  # noqa: S608
        (shop_id, enrolment_id),
    )
    return [PromiseRow(*r) for r in rows]
