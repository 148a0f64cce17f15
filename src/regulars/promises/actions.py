"""The only writes of the ledger of promises; each change of state records its event in the same transaction.

A promise is `intended` until its letter is sent, then `open` and frozen; the watch warns before it breaks. It must not
know what keeps a promise: whoever does calls `keep`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.actor import SYSTEM, Actor
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, record

__all__ = ["WARN_LEAST_SECONDS", "WARN_SHARE", "NewPromise", "hold", "keep", "make", "record_change", "told", "void"]

WARN_SHARE = 0.2
"""A promise is warned of when this share of the time from telling to due is left …"""
WARN_LEAST_SECONDS = 180
"""… and at least so many seconds before it is due."""

# `told` is when the time before due began to run.
_WARN_AT = (
    "greatest({told}, due_at - greatest((due_at - {told}) * " + str(WARN_SHARE) + ","
    " make_interval(secs => " + str(WARN_LEAST_SECONDS) + ")))"
)
_CLOSED = {"kept": "promise.kept", "broken": "promise.broken", "void": "promise.voided"}
_BACK = "p.id, p.shop_id, p.person_id, p.order_id, p.enrolment_id, p.kind, p.due_at, p.state"


@dataclass(frozen=True, slots=True)
class NewPromise:
    """`key`: the identity of the effect that makes it. `intended`: told by the letter `message_id`, not yet sent."""

    key: str
    person_id: int
    kind: str
    due_at: datetime
    intended: bool
    order_id: int | None = None
    enrolment_id: int | None = None
    message_id: int | None = None
    task_id: int | None = None


def make(cur: Cursor, shop_id: int, promises: Sequence[NewPromise], actor: Actor, now: datetime) -> list[int]:
    """Enter promises; their ids, in the order given. One whose key is there already is that one, unchanged."""
    if not promises:
        return []
    cols = [
        [p.key for p in promises],
        [p.person_id for p in promises],
        [p.order_id for p in promises],
        [p.enrolment_id for p in promises],
        [p.kind for p in promises],
        [p.due_at for p in promises],
        [p.intended for p in promises],
        [p.message_id for p in promises],
        [p.task_id for p in promises],
    ]
    made = cur.execute(
        "insert into promises_promise as p (shop_id, key, person_id, order_id, enrolment_id, kind, due_at, state,"  # noqa: S608
        " told_at, warn_at, message_id, task_id)"
        " select %s, k, pe, o, e, ki, due_at, case when i then 'intended' else 'open' end,"
        f" case when i then null else %s end, case when i then null else {_WARN_AT.format(told='%s')} end, m, t"
        " from unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::bool[],"
        " %s::bigint[], %s::bigint[]) as n(k, pe, o, e, ki, due_at, i, m, t)"
        f" on conflict (shop_id, key) do nothing returning {_BACK}",
        (shop_id, now, now, now, *cols),
    ).fetchall()
    record_change(cur, "promise.made", made, now, str(actor))
    found: dict[str, int] = dict(
        cur.execute(
            "select key, id from promises_promise where shop_id = %s and key = any(%s)", (shop_id, cols[0])
        ).fetchall()
    )
    return [found[p.key] for p in promises]


def told(cur: Cursor, message_ids: Sequence[int], now: datetime) -> int:
    """The letters have gone: what they promised is open from now on, and frozen. Returns how many."""
    rows = cur.execute(
        "update promises_promise p set state = 'open', told_at = %s,"  # noqa: S608
        f" warn_at = {_WARN_AT.format(told='%s')}"
        f" where message_id = any(%s) and state = 'intended' returning {_BACK}",
        (now, now, now, list(message_ids)),
    ).fetchall()
    record_change(cur, "promise.told", rows, now, str(SYSTEM))
    return len(rows)


def keep(
    cur: Cursor,
    shop_id: int,
    actor: Actor,
    now: datetime,
    *,
    kinds: Sequence[str] = ("call",),
    enrolment_ids: Sequence[int] = (),
    task_ids: Sequence[int] = (),
) -> int:
    """What was promised has been done (the first attempt of the call). Returns how many were kept.

    `now` is when it was done. One that was still intended becomes void, for nobody was told; one that was due before
    then is broken, not kept.
    """
    rows = cur.execute(
        "update promises_promise p set held = false, closed_at = %s, state = case when state = 'intended' then 'void'"  # noqa: S608
        " when due_at < %s then 'broken' else 'kept' end"
        " where shop_id = %s and state in ('intended', 'open', 'warned') and kind = any(%s)"
        f" and (enrolment_id = any(%s) or task_id = any(%s)) returning {_BACK}",
        (now, now, shop_id, list(kinds), list(enrolment_ids), list(task_ids)),
    ).fetchall()
    for state, kind in _CLOSED.items():
        record_change(cur, kind, [r for r in rows if r[7] == state], now, str(actor))
    return sum(r[7] == "kept" for r in rows)


def hold(cur: Cursor, shop_id: int, enrolment_id: int, is_held: bool, *, kinds: Sequence[str] = ("call",)) -> None:
    """What would keep the enrolment's promises has been done but may be taken back (or was): the watch looks away."""
    cur.execute(
        "update promises_promise set held = %s where shop_id = %s and enrolment_id = %s and kind = any(%s)"
        " and state in ('intended', 'open', 'warned') and held <> %s",
        (is_held, shop_id, enrolment_id, list(kinds), is_held),
    )


def void(
    cur: Cursor,
    shop_id: int,
    actor: Actor,
    now: datetime,
    *,
    enrolment_ids: Sequence[int] = (),
    message_ids: Sequence[int] = (),
) -> int:
    """Nothing is owed any more: the enrolments' promises that stand, and those that these messages were to make."""
    rows = cur.execute(
        "update promises_promise p set state = 'void', closed_at = %s where shop_id = %s"  # noqa: S608
        " and ((enrolment_id = any(%s) and state in ('intended', 'open', 'warned'))"
        f" or (message_id = any(%s) and state = 'intended')) returning {_BACK}",
        (now, shop_id, list(enrolment_ids), list(message_ids)),
    ).fetchall()
    record_change(cur, "promise.voided", rows, now, str(actor))
    return len(rows)


def record_change(cur: Cursor, kind: str, rows: Sequence[tuple[Any, ...]], now: datetime, cause: str) -> None:
    """One event a promise; `rows` as this module's statements return them."""
    shops: dict[int, list[NewEvent]] = {}
    for id_, shop_id, person_id, order_id, enrolment_id, what, due_at, _state in sorted(rows):
        data = {"promise_id": str(id_), "promise": what, "due_at": due_at.isoformat()}
        if enrolment_id is not None:
            data["enrolment_id"] = str(enrolment_id)
        shops.setdefault(shop_id, []).append(NewEvent(kind, now, True, person_id, order_id, data, cause))
    for shop_id, events in shops.items():
        record(cur, shop_id, events, now)
