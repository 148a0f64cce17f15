"""Changes that the desk wants of an order: asked for, taken back, and settled when the shop's order is seen again. Writes.

The order itself is the shop's: nothing of it is altered here. How the shop is told is desk/write_back.py's matter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from regulars.base import db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, record
from regulars.orders.fields import LINE, kind_of, of_snapshot
from regulars.orders.queries import OrderRow
from regulars.orders.snapshot import OrderSnapshot
from regulars.rules.changes import UNSAID, Wanted, judge, same

__all__ = [
    "ChangeRow",
    "Edit",
    "End",
    "checks",
    "close",
    "decided",
    "keep_waiting",
    "mark_told",
    "mark_unconfirmed",
    "of_orders",
    "one",
    "settle",
    "some",
    "to_be_decided",
    "undecided",
    "waiting",
    "want",
]

End = Literal["written", "refused", "conflict", "withdrawn", "replaced"]
"""How a change ends; a conflict that a person has decided is 'decided'."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A field as somebody wants it. `before`: what he saw. `label`: what people call it (a product's name)."""

    field: str
    before: Any
    after: Any
    label: str = ""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A wanted change; see orders.models.Change."""

    id: int
    order_id: int
    person_id: int | None
    task_id: int | None
    deed_id: int
    field: str
    label: str
    before: Any
    after: Any
    known: list[Any]
    shop_value: Any
    state: str
    reason: str | None
    told: bool
    check_at: datetime | None
    unconfirmed_at: datetime | None
    actor: str
    asked_at: datetime
    closed_at: datetime | None

    @property
    def is_kept(self) -> bool:
        """Whether it waits for the shop without anybody being reminded of it."""
        return self.told and self.check_at is None and self.unconfirmed_at is None

    @property
    def wanted(self) -> Wanted:
        """The change as the rule judges it."""
        return Wanted(self.field, self.before, self.after, tuple(self.known))


_COLUMNS = (
    "id, order_id, person_id, task_id, deed_id, field, label, before, after, known, shop_value, state, reason, told,"
    " check_at, unconfirmed_at, actor, asked_at, closed_at"
)
_SELECT = f"select {_COLUMNS} from orders_change where shop_id = %s"  # noqa: S608 - our own column names
_INSERT = """
insert into orders_change (shop_id, id, order_id, person_id, task_id, deed_id, field, label, before, after, known, actor,
                           asked_at)
select %s, i, %s, %s, %s, %s, f, l, b::jsonb, a::jsonb, k::jsonb, %s, %s
from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) as t(i, f, l, b, a, k)
"""
_CLOSE = """
update orders_change set state = %s, reason = %s, closed_at = %s, shop_value = s.v::jsonb, person_id = s.p
from unnest(%s::bigint[], %s::text[], %s::bigint[]) as s(i, v, p)
where id = s.i and shop_id = %s and state = 'waiting'
"""
_UNCONFIRMED = f"""
update orders_change set unconfirmed_at = %s, check_at = null where id in (
  select id from orders_change where state = 'waiting' and check_at <= %s
  order by check_at, id limit %s for update skip locked
) returning shop_id, {_COLUMNS}
"""  # noqa: S608 - our own column names


def want(
    cur: Cursor,
    shop_id: int,
    order: OrderRow,
    edits: Sequence[Edit],
    actor: Actor,
    now: datetime,
    *,
    person_id: int | None,
    task_id: int | None = None,
) -> int | None:
    """Ask for these changes together; their deed's id, None when nothing differs. Records order.change_wanted.

    A change that still waits for the same field is replaced. The caller holds the person's mailbox.
    """
    real = [e for e in edits if not same(e.before, e.after)]
    if not real:
        return None
    cur.execute("select 1 from orders_order where id = %s and shop_id = %s for update", (order.id, shop_id))
    earlier = {c.field: c for c in waiting(cur, shop_id, [order.id])}
    new = db.ids(cur, len(real))
    known = [_known(earlier.get(e.field)) for e in real]
    replaced = [earlier[e.field] for e in real if e.field in earlier]
    close(cur, shop_id, replaced, "replaced", now)
    cur.execute(
        _INSERT,
        (
            shop_id, order.id, person_id, task_id, new[0], str(actor), now, new,
            [e.field for e in real], [e.label for e in real], [db.dumps(e.before) for e in real],
            [db.dumps(e.after) for e in real], [db.dumps(k) for k in known],
        ),
    )  # fmt: skip
    _tell(cur, shop_id, "order.change_wanted", order.id, person_id, new[0], [e.field for e in real], str(actor), now)
    return new[0]


def _known(earlier: ChangeRow | None) -> list[Any]:
    return [] if earlier is None else [*earlier.known, earlier.before, earlier.after]


def of_orders(cur: Cursor, shop_id: int, order_ids: Sequence[int], limit: int = 50) -> list[ChangeRow]:
    """Changes of these orders, newest first."""
    rows = cur.execute(_SELECT + " and order_id = any(%s) order by id desc limit %s", (shop_id, list(order_ids), limit))
    return [ChangeRow(*r) for r in rows]


def waiting(cur: Cursor, shop_id: int, order_ids: Sequence[int] = (), deed_id: int | None = None) -> list[ChangeRow]:
    """Changes of these orders, or of that deed, whose end isn't known yet; oldest first."""
    where = " and order_id = any(%s)" if deed_id is None else " and deed_id = %s"
    value: Any = list(order_ids) if deed_id is None else deed_id
    return [
        ChangeRow(*r) for r in cur.execute(_SELECT + where + " and state = 'waiting' order by id", (shop_id, value))
    ]


def one(cur: Cursor, shop_id: int, change_id: int) -> ChangeRow | None:
    """One change."""
    row = cur.execute(_SELECT + " and id = %s", (shop_id, change_id)).fetchone()
    return None if row is None else ChangeRow(*row)


def some(cur: Cursor, shop_id: int, change_ids: Sequence[int]) -> list[ChangeRow]:
    """These changes, oldest first, whatever became of them."""
    rows = cur.execute(_SELECT + " and id = any(%s) order by id", (shop_id, list(change_ids)))
    return [ChangeRow(*r) for r in rows]


def undecided(cur: Cursor, shop_id: int, person_ids: Iterable[int]) -> list[ChangeRow]:
    """Conflicts about orders of these persons that nobody was asked to decide yet, oldest first."""
    rows = cur.execute(
        _SELECT + " and state = 'conflict' and decision_task_id is null and person_id = any(%s) order by id",
        (shop_id, list(person_ids)),
    )
    return [ChangeRow(*r) for r in rows]


def to_be_decided(cur: Cursor, shop_id: int, change_ids: Sequence[int], task_id: int) -> None:
    """In this task somebody decides them."""
    cur.execute(
        "update orders_change set decision_task_id = %s where shop_id = %s and id = any(%s)",
        (task_id, shop_id, list(change_ids)),
    )


def decided(cur: Cursor, shop_id: int, change_id: int, reason: str, now: datetime) -> bool:
    """A person has decided a conflict; False when it was decided already."""
    row = cur.execute(
        "update orders_change set state = 'decided', reason = %s, closed_at = %s"
        " where shop_id = %s and id = %s and state = 'conflict' returning id",
        (reason, now, shop_id, change_id),
    ).fetchone()
    return row is not None


def close(
    cur: Cursor,
    shop_id: int,
    changes: Sequence[ChangeRow],
    state: End,
    now: datetime,
    *,
    reason: str | None = None,
    shop_values: Mapping[str, Any] | None = None,
    actor: Actor | None = None,
    cause: str | None = None,
) -> None:
    """End these changes; records order.change_written or order.change_refused (not for what another replaced)."""
    if not changes:
        return
    values = [db.dumps((shop_values or {}).get(c.field)) for c in changes]
    cur.execute(_CLOSE, (state, reason, now, [c.id for c in changes], values, [c.person_id for c in changes], shop_id))
    if state == "replaced":
        return
    kind = "order.change_written" if state == "written" else "order.change_refused"
    by_deed: dict[int, list[ChangeRow]] = {}
    for change in changes:
        by_deed.setdefault(change.deed_id, []).append(change)
    for deed_id, group in by_deed.items():
        first = group[0]
        told = cause or (str(actor) if actor else None)
        why = None if state == "written" else reason or state
        _tell(cur, shop_id, kind, first.order_id, first.person_id, deed_id, [c.field for c in group], told, now, why)


def mark_told(cur: Cursor, shop_id: int, deed_id: int, check_at: datetime) -> None:
    """The shop's program has taken what still waits of this deed; by `check_at` it should show it."""
    cur.execute(
        "update orders_change set told = true, check_at = %s, unconfirmed_at = null"
        " where shop_id = %s and deed_id = %s and state = 'waiting'",
        (check_at, shop_id, deed_id),
    )


def mark_unconfirmed(cur: Cursor, now: datetime, limit: int) -> list[tuple[int, ChangeRow]]:
    """Those that the shop has not shown in time, with their shops; they are marked, and found no more."""
    return [(shop_id, ChangeRow(*row)) for shop_id, *row in cur.execute(_UNCONFIRMED, (now, now, limit))]


def keep_waiting(cur: Cursor, shop_id: int, deed_id: int) -> bool:
    """Wait for the shop without a reminder; False when nothing of this deed was overdue."""
    cur.execute(
        "update orders_change set unconfirmed_at = null"
        " where shop_id = %s and deed_id = %s and state = 'waiting' and unconfirmed_at is not null",
        (shop_id, deed_id),
    )
    return bool(cur.rowcount)


def checks(cur: Cursor, now: datetime) -> tuple[bool, datetime | None]:
    """Whether one is to be looked at and was not yet, and when the next will be."""
    row = cur.execute(
        "select exists (select 1 from orders_change where state = 'waiting' and check_at <= %s),"
        " (select min(check_at) from orders_change where state = 'waiting' and check_at > %s)",
        (now, now),
    ).fetchone()
    return (False, None) if row is None else (row[0], row[1])


def settle(cur: Cursor, shop_id: int, seen: Mapping[int, tuple[OrderSnapshot, int | None, str]], now: datetime) -> None:
    """Judge what waits by orders as the shop shows them: by order's id its snapshot, who answers for it, and the cause."""
    open_ = waiting(cur, shop_id, list(seen)) if seen else []
    for order_id in dict.fromkeys(c.order_id for c in open_):
        snapshot, person_id, cause = seen[order_id]
        fields = of_snapshot(snapshot)
        mine = [replace(c, person_id=person_id) for c in open_ if c.order_id == order_id]
        verdicts = {c.id: judge(c.wanted, _seen(fields, c.field)) for c in mine}
        written = [c for c in mine if verdicts[c.id] == "written"]
        against = [c for c in mine if verdicts[c.id] == "conflict"]
        close(cur, shop_id, written, "written", now, cause=cause)
        values = {c.field: _seen(fields, c.field) for c in against}
        close(cur, shop_id, against, "conflict", now, shop_values=values, cause=cause)


def _seen(fields: Mapping[str, Any], field: str) -> Any:
    """A line that isn't there is a value too: none of it."""
    return fields.get(field, None if field.startswith(LINE) else UNSAID)


def _tell(
    cur: Cursor,
    shop_id: int,
    kind: str,
    order_id: int,
    person_id: int | None,
    deed_id: int,
    fields: Sequence[str],
    cause: str | None,
    now: datetime,
    reason: str | None = None,
) -> None:
    data: dict[str, Any] = {"change_id": str(deed_id), "fields": sorted({kind_of(f) for f in fields})}
    if reason is not None:
        data["reason"] = reason
    record(cur, shop_id, [NewEvent(kind, now, True, person_id, order_id, data, cause)], now)
