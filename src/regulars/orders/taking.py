"""Orders taken in from snapshots: compared with what is known, written with their lines and versions, told as events.

A group is reduced to the newest state of each order first; each statement serves the whole group. Buyers are matched
before; nothing here knows how.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from regulars.base import db
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, record
from regulars.orders import edits, twins
from regulars.orders.compare import is_newer, progress, progress_of
from regulars.orders.marks import mark_tests, test_reason
from regulars.orders.milestones import State, differences, state_of
from regulars.orders.snapshot import LineSnapshot, OrderSnapshot
from regulars.people.actions import become_customers
from regulars.people.reach import canonical
from regulars.shop.queries import settings_of

__all__ = ["TAKEN", "NewState", "ids_of", "owners", "take"]

TAKEN, SAME, OLDER = "taken", "same", "older"


@dataclass(slots=True)
class NewState:
    """A snapshot to be taken in. `live`: None lets the rule judge; `cause`: the delivery, as events name it."""

    source: str
    snapshot: OrderSnapshot
    person_id: int | None
    live: bool | None
    cause: str

    @property
    def key(self) -> tuple[str, str]:
        """Which order it is: source and the shop's own id."""
        return (self.source, self.snapshot.id)


@dataclass(slots=True)
class _Known:
    id: int
    version_at: datetime
    versions: int
    status: str
    payment_status: str | None
    placed_at: datetime
    total: int
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    live: bool
    person_id: int | None
    mark: str | None
    digests: dict[str, str]
    answers: int | None = None
    """Who answers for `person_id`: himself, or whom he was merged into."""

    def state(self) -> State:
        return State(
            version_at=self.version_at,
            placed_at=self.placed_at,
            status=self.status,
            payment_status=self.payment_status,
            total=self.total,
            paid_at=self.paid_at,
            shipped_at=self.shipped_at,
            delivered_at=self.delivered_at,
            cancelled_at=self.cancelled_at,
            lines=self.digests.get("lines", ""),
            terms=self.digests.get("terms", ""),
        )


@dataclass(slots=True)
class _Accepted:
    """A state that will be written: the order's id, its number of versions, and what follows from it."""

    id: int
    n: int
    new: NewState
    known: _Known | None
    live: bool
    digests: dict[str, str]
    body: str
    events: list[NewEvent]


_KNOWN = """
select source, external_id, o.id, version_at, versions, status, payment_status, placed_at, total, paid_at, shipped_at,
  delivered_at, cancelled_at, live, person_id, mark, data->'digests'
from orders_order o join unnest(%s::text[], %s::text[]) as t(s, e) on o.source = t.s and o.external_id = t.e
where o.shop_id = %s
"""
_OWNERS = """
select source, external_id, person_id from orders_order o
join unnest(%s::text[], %s::text[]) as t(s, e) on o.source = t.s and o.external_id = t.e
where o.shop_id = %s and o.person_id is not null
"""
_COLUMNS = (
    "number, person_id, placed_at, placed_offset, version_at, versions, status, payment_status, payment_method, currency,"
    " total, shipping_total, discount_total, paid_total, paid_at, shipped_at, delivered_at, cancelled_at, live, note, data"
)
_TYPES = [
    "text",
    "bigint",
    "timestamptz",
    "smallint",
    "timestamptz",
    "int",
    "text",
    "text",
    "text",
    "text",
    "bigint",
    "bigint",
    "bigint",
    "bigint",
    "timestamptz",
    "timestamptz",
    "timestamptz",
    "timestamptz",
    "bool",
    "text",
    "text",
]
_NAMES = [c.strip() for c in _COLUMNS.split(",")]
_UNNEST = "unnest(%s::bigint[], " + ", ".join(f"%s::{t}[]" for t in _TYPES) + ") as t(id, " + ", ".join(_NAMES) + ")"
_VALUES = ", ".join(f"t.{n}::jsonb" if n == "data" else f"t.{n}" for n in _NAMES)
_INSERT = (
    f"insert into orders_order (shop_id, id, source, external_id, {_COLUMNS})"  # noqa: S608 - our own column names
    f" select %s, t.id, k.source, k.external_id, {_VALUES} from {_UNNEST}"
    " join unnest(%s::bigint[], %s::text[], %s::text[]) as k(id, source, external_id) on k.id = t.id"
)
_SET = ", ".join(f"{n} = t.{n}::jsonb" if n == "data" else f"{n} = t.{n}" for n in _NAMES)
_UPDATE = f"update orders_order o set {_SET} from {_UNNEST} where o.id = t.id"  # noqa: S608 - our own column names
_LINES = """
insert into orders_line (shop_id, order_id, position, sku, name, quantity, price, dropped, data)
select %s, o, p, s, n, q, pr, dr, d::jsonb
from unnest(%s::bigint[], %s::smallint[], %s::text[], %s::text[], %s::numeric[], %s::numeric[], %s::bool[], %s::text[])
  as t(o, p, s, n, q, pr, dr, d)
"""
_VERSIONS = """
insert into orders_version (shop_id, order_id, n, version_at, body)
select %s, o, n, v, b::jsonb from unnest(%s::bigint[], %s::int[], %s::timestamptz[], %s::text[]) as t(o, n, v, b)
"""


def take(cur: Cursor, shop_id: int, states: Sequence[NewState], history_after: timedelta, now: datetime) -> list[str]:
    """Take states in, in the order of their arrival; for each 'taken', 'same' or 'older'.

    Live or history: a first-seen order that was placed longer than `history_after` before now is history; a later state
    of a live order is live, of a history order when the change itself is that recent. `NewState.live` overrules both.
    The caller holds the persons' mailboxes.
    """
    known = _known(cur, shop_id, states)
    verdicts, newest = _reduce(states, known)
    accepted = _accept(cur, states, newest, known, history_after, now)
    tests = _tests(cur, shop_id, accepted)
    if accepted:
        _write(cur, shop_id, accepted)
        mark_tests(cur, shop_id, tests, now)
        twins.look_again(cur, shop_id, [a.id for a in accepted if _may_look_otherwise(a)])
        events = [e for a in accepted for e in a.events]
        record(cur, shop_id, _with_new_customers(cur, shop_id, events), now)
    edits.settle(cur, shop_id, _as_seen(states, verdicts, known), now)
    return verdicts


def _may_look_otherwise(a: _Accepted) -> bool:
    """Whether what an order is compared by is new: who buys, what, for how much, and whether it stands."""
    if not a.live or a.known is None:
        return a.live and _person(a) is not None
    known, now = a.known, a.new.snapshot
    return (
        known.digests.get("lines") != a.digests["lines"]
        or known.total != now.total
        or (known.status == "cancelled") != (now.status == "cancelled")
        or known.answers != _person(a)
    )


def ids_of(cur: Cursor, shop_id: int, keys: Iterable[tuple[str, str]]) -> list[int]:
    """Our ids of the known ones of these orders (source, the shop's own id)."""
    wanted = sorted(set(keys))
    rows = cur.execute(
        "select o.id from orders_order o join unnest(%s::text[], %s::text[]) as t(s, e)"
        " on o.source = t.s and o.external_id = t.e where o.shop_id = %s order by o.id",
        ([k[0] for k in wanted], [k[1] for k in wanted], shop_id),
    )
    return [r[0] for r in rows]


def _tests(cur: Cursor, shop_id: int, accepted: Sequence[_Accepted]) -> list[tuple[int, int | None, str]]:
    """The new orders that are tests by the shop's rules, made history: (order, person, the rule that found it)."""
    rules = settings_of(cur, shop_id)
    found = []
    for one in accepted:
        reason = test_reason(rules, one.new.snapshot) if one.known is None else None
        if reason is not None:
            one.live = False
            one.events = [replace(e, live=False) for e in one.events]
            found.append((one.id, _person(one), reason))
    return found


def _as_seen(
    states: Sequence[NewState], verdicts: Sequence[str], known: Mapping[tuple[str, str], _Known]
) -> dict[int, tuple[OrderSnapshot, int | None, str]]:
    """The last state of each known order: a word on a change that was wanted of it. An older state is no word."""
    return {
        known[state.key].id: (state.snapshot, known[state.key].answers, state.cause)
        for state, verdict in zip(states, verdicts, strict=True)
        if verdict != OLDER and state.key in known
    }


def owners(cur: Cursor, shop_id: int, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Who answers for the known ones of these orders (source, the shop's own id): their mailboxes must be held too."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    rows = cur.execute(_OWNERS, ([k[0] for k in wanted], [k[1] for k in wanted], shop_id)).fetchall()
    who = canonical(cur, shop_id, (person for _, _, person in rows))
    return {(source, id_): who[person] for source, id_, person in rows if person in who}


def _with_new_customers(cur: Cursor, shop_id: int, events: Sequence[NewEvent]) -> list[NewEvent]:
    """The events, and after the payment that made somebody a customer, that he became one."""
    paid: dict[int, datetime] = {}
    for event in events:
        if event.kind == "order.paid" and event.person_id is not None:
            paid[event.person_id] = min(event.occurred_at, paid.get(event.person_id, event.occurred_at))
    fresh = become_customers(cur, shop_id, paid)
    out: list[NewEvent] = []
    for event in events:
        out.append(event)
        if event.kind == "order.paid" and event.person_id in fresh and event.occurred_at == paid[event.person_id]:
            fresh.discard(event.person_id)
            out.append(replace(event, kind="person.became_customer", data={}))
    return out


def _known(cur: Cursor, shop_id: int, states: Sequence[NewState]) -> dict[tuple[str, str], _Known]:
    keys = sorted({s.key for s in states})
    rows = cur.execute(_KNOWN, ([k[0] for k in keys], [k[1] for k in keys], shop_id)).fetchall()
    known = {(source, id_): _Known(*[*rest, digests or {}]) for source, id_, *rest, digests in rows}
    who = canonical(cur, shop_id, (o.person_id for o in known.values() if o.person_id is not None))
    for order in known.values():
        order.answers = who.get(order.person_id or 0)
    return known


def _reduce(
    states: Sequence[NewState], known: Mapping[tuple[str, str], _Known]
) -> tuple[list[str], dict[tuple[str, str], int]]:
    """A verdict a state, and for each order that changes the place of its newest state."""
    standing = {
        k: (progress(o.version_at, o.payment_status, o.status), o.digests.get("body")) for k, o in known.items()
    }
    verdicts: list[str] = []
    newest: dict[tuple[str, str], int] = {}
    for i, state in enumerate(states):
        coming, digest = progress_of(state.snapshot), _digest(_body(state.snapshot))
        before = standing.get(state.key)
        if before is not None and before[1] == digest:
            verdicts.append(SAME)
        elif before is not None and not is_newer(coming, before[0]):
            verdicts.append(OLDER)
        else:
            verdicts.append(TAKEN)
            standing[state.key] = (coming, digest)
            newest[state.key] = i
    return verdicts, newest


def _accept(
    cur: Cursor,
    states: Sequence[NewState],
    newest: Mapping[tuple[str, str], int],
    known: Mapping[tuple[str, str], _Known],
    history_after: timedelta,
    now: datetime,
) -> list[_Accepted]:
    fresh = iter(db.ids(cur, sum(k not in known for k in newest)))
    out = []
    for key, i in sorted(newest.items(), key=lambda pair: pair[1]):
        new, before = states[i], known.get(key)
        body = _body(new.snapshot)
        digests = {
            "body": _digest(body),
            "lines": _digest(db.dumps([msgspec.to_builtins(line) for line in new.snapshot.lines])),
            "terms": _digest(db.dumps(_terms(new.snapshot))),
        }
        accepted = _Accepted(
            id=next(fresh) if before is None else before.id,
            n=1 if before is None else before.versions + 1,
            new=new,
            known=before,
            live=_is_live(new, before, history_after, now),
            digests=digests,
            body=body,
            events=[],
        )
        accepted.events = _events(accepted, now)
        out.append(accepted)
    return out


def _is_live(new: NewState, before: _Known | None, history_after: timedelta, now: datetime) -> bool:
    if before is not None and before.mark is not None:
        return False
    if new.live is not None:
        return new.live
    if before is None:
        return new.snapshot.placed_at >= now - history_after
    return before.live or new.snapshot.updated_at >= now - history_after


def _events(a: _Accepted, now: datetime) -> list[NewEvent]:
    state = state_of(a.new.snapshot, a.digests["lines"], a.digests["terms"])
    before = None if a.known is None else a.known.state()
    person = _person(a)
    base = {"n": a.n, "total": a.new.snapshot.total, "currency": a.new.snapshot.currency}
    return [
        NewEvent(h.kind, h.at.astimezone(UTC), a.live, person, a.id, {**base, **h.data}, a.new.cause)
        for h in differences(before, state, now)
    ]


def _person(a: _Accepted) -> int | None:
    """Whose events they are: the buyer's; a state that names none leaves the order with whom it had."""
    if a.new.person_id is not None or a.known is None:
        return a.new.person_id
    return a.known.answers


def _owner(a: _Accepted) -> int | None:
    """Whose the row is. A merge rewrites no row, so that it can be undone."""
    person = _person(a)
    return a.known.person_id if a.known is not None and a.known.answers == person else person


def _terms(s: OrderSnapshot) -> dict[str, Any]:
    d = s.delivery
    return {
        "method": d.method,
        "window": [d.window_from, d.window_to],
        "carrier": d.carrier,
        "tracking": d.tracking,
        "codes": s.codes,
        "points": s.points_spent,
    }


def _body(s: OrderSnapshot) -> str:
    """The state without the buyer and his words, as versions keep it: unknown fields may be personal and stay out."""
    plain: dict[str, Any] = msgspec.to_builtins(s)
    for name in ("buyer", "note", "rest"):
        plain.pop(name, None)
    return db.dumps(plain)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _write(cur: Cursor, shop_id: int, accepted: Sequence[_Accepted]) -> None:
    new = [a for a in accepted if a.known is None]
    old = [a for a in accepted if a.known is not None]
    if new:
        keys = [(a.id, *a.new.key) for a in new]
        cur.execute(_INSERT, (shop_id, *db.columns([_row(a) for a in new], 22), *db.columns(keys, 3)))
    if old:
        cur.execute(_UPDATE, db.columns([_row(a) for a in old], 22))
    relined = [a for a in old if a.known is not None and a.known.digests.get("lines") != a.digests["lines"]]
    if relined:
        cur.execute("delete from orders_line where order_id = any(%s)", ([a.id for a in relined],))
    lines = [_line(a.id, p, line) for a in [*new, *relined] for p, line in enumerate(a.new.snapshot.lines)]
    if lines:
        cur.execute(_LINES, (shop_id, *db.columns(lines, 8)))
    versions = [(a.id, a.n, a.new.snapshot.updated_at, a.body) for a in accepted]
    cur.execute(_VERSIONS, (shop_id, *db.columns(versions, 4)))


def _row(a: _Accepted) -> tuple[Any, ...]:
    s, k = a.new.snapshot, a.known
    offset = s.placed_at.utcoffset() or timedelta(0)
    data = {
        "digests": a.digests,
        "payment": {"pay_url": s.payment.pay_url, **s.payment.rest},
        "delivery": {
            **msgspec.to_builtins(s.delivery),
        },
        "codes": list(s.codes),
        "points_spent": s.points_spent,
        **({"rest": s.rest} if s.rest else {}),
    }
    return (
        a.id,
        s.number,
        _owner(a),
        s.placed_at,
        int(offset.total_seconds() // 60),
        s.updated_at,
        a.n,
        s.status or "new",
        s.payment.status,
        s.payment.method,
        s.currency,
        s.total,
        s.shipping_total,
        s.discount_total,
        s.payment.paid_total,
        s.payment.paid_at,
        s.delivery.shipped_at,
        s.delivery.delivered_at,
        s.cancelled_at,
        a.live if k is None else k.live or a.live,
        s.note,
        db.dumps(data),
    )


def _line(order_id: int, position: int, line: LineSnapshot) -> tuple[Any, ...]:
    rest = db.dumps(line.rest) if line.rest else "{}"
    return (order_id, position, line.sku, line.name, line.quantity, line.price, line.dropped, rest)
