"""The writes of the ledger of promises; each change of state records its event in the same transaction.

A promise is `intended` until its letter is sent, then `open` and frozen; it is `warned` when the letter has left that
tells the buyer that it may break. It must not know what keeps a promise: whoever does calls `keep`. What follows from
an order's own state is of_orders.py's, what from the passing of time watch.py's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.actor import SYSTEM, Actor
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, record
from regulars.promises.warning import Hours, Timed, hours_of

__all__ = [
    "BACK",
    "DONE_LATE",
    "MOVED",
    "NewPromise",
    "announced",
    "close",
    "give_reason",
    "hold",
    "keep",
    "make",
    "move",
    "move_back",
    "reckon_anew",
    "record_change",
    "told",
    "void",
    "warning_queued",
    "withdraw",
]

DONE_LATE = "done_late"
"""Reason of a broken one that was done after its time."""
MOVED = "moved"
"""Reason of a void one: another time was agreed before it broke."""
STANDING = "('intended', 'open', 'warned')"
BACK = "p.id, p.shop_id, p.person_id, p.order_id, p.enrolment_id, p.kind, p.due_at, p.state, p.reason"
"""What every statement gives back that changes a promise, for `record_change`."""
_CLOSED = {"kept": "promise.kept", "broken": "promise.broken", "void": "promise.voided"}
_KEEP = f"""
update promises_promise p set held = false, closed_at = %(at)s,
  state = case when state = 'intended' then 'void' when due_at < %(at)s then 'broken' else 'kept' end,
  reason = case when state = 'intended' then 'never_told' when due_at < %(at)s then coalesce(reason, '{DONE_LATE}') end
where shop_id = %(shop)s and state in {STANDING} and {{which}} returning {BACK}
"""  # noqa: S608 - our own column names


@dataclass(frozen=True, slots=True)
class NewPromise:
    """`key`: the identity of the effect that makes it. `intended`: told by the letter `message_id`, not yet sent.

    `team`: who must keep it; `begins_at`: from when on that is possible; `window_from`: of a window that ends at `due_at`.
    """

    key: str
    person_id: int
    kind: str
    due_at: datetime
    intended: bool
    order_id: int | None = None
    enrolment_id: int | None = None
    message_id: int | None = None
    task_id: int | None = None
    team: str = "shop"
    begins_at: datetime | None = None
    window_from: datetime | None = None
    follows_id: int | None = None

    def timed(self) -> Timed:
        """For the reckoning of when it is at risk."""
        return Timed(self.kind, self.team, self.due_at, self.begins_at, self.window_from)


def make(cur: Cursor, shop_id: int, promises: Sequence[NewPromise], actor: Actor, now: datetime) -> list[int]:
    """Enter promises; their ids, in the order given. One whose key is there already is that one, unchanged."""
    if not promises:
        return []
    hours = hours_of(cur, shop_id) if not all(p.intended for p in promises) else None
    warn = [None if hours is None or p.intended else hours.warn_at(p.timed(), now) for p in promises]
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
        [p.team for p in promises],
        [p.begins_at for p in promises],
        [p.window_from for p in promises],
        [p.follows_id for p in promises],
        warn,
    ]
    made = cur.execute(
        "insert into promises_promise as p (shop_id, key, person_id, order_id, enrolment_id, kind, due_at, state,"  # noqa: S608
        " told_at, warn_at, message_id, task_id, team, begins_at, window_from, follows_id)"
        " select %s, k, pe, o, e, ki, du, case when i then 'intended' else 'open' end,"
        " case when i then null else %s::timestamptz end, w, m, t, te, b, wf, f"
        " from unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::bool[],"
        " %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::timestamptz[])"
        " as n(k, pe, o, e, ki, du, i, m, t, te, b, wf, f, w)"
        f" on conflict (shop_id, key) do nothing returning {BACK}",
        (shop_id, now, *cols),
    ).fetchall()
    record_change(cur, "promise.made", made, now, str(actor))
    found: dict[str, int] = dict(
        cur.execute(
            "select key, id from promises_promise where shop_id = %s and key = any(%s)", (shop_id, cols[0])
        ).fetchall()
    )
    return [found[p.key] for p in promises]


def told(cur: Cursor, message_ids: Sequence[int], now: datetime) -> int:
    """These letters have gone: what they promised is open from now on, and frozen; what they warned of is warned.

    Returns how many promises changed.
    """
    ids = list(message_ids)
    rows = cur.execute(
        "select id, shop_id, kind, team, due_at, begins_at, window_from from promises_promise"
        " where message_id = any(%s) and state = 'intended' order by id for update",
        (ids,),
    ).fetchall()
    hours: dict[int, Hours] = {shop: hours_of(cur, shop) for shop in {r[1] for r in rows}}
    warn = [hours[r[1]].warn_at(Timed(*r[2:]), now) for r in rows]
    opened = cur.execute(
        "update promises_promise p set state = 'open', told_at = %s, warn_at = w"  # noqa: S608
        f" from unnest(%s::bigint[], %s::timestamptz[]) as n(i, w) where p.id = n.i returning {BACK}",
        (now, [r[0] for r in rows], warn),
    ).fetchall()
    record_change(cur, "promise.told", opened, now, str(SYSTEM))
    warned = cur.execute(
        "update promises_promise p set warned_at = %s, state = case when state = 'open' then 'warned' else state end"  # noqa: S608
        f" where warning_id = any(%s) and warned_at is null returning {BACK}",
        (now, ids),
    ).fetchall()
    record_change(cur, "promise.warned", warned, now, str(SYSTEM))
    return len(opened) + len(warned)


def warning_queued(cur: Cursor, letters: Mapping[int, int]) -> None:
    """The letters that are to warn the buyers, by promise; each is warned of when its letter has gone."""
    cur.execute(
        "update promises_promise p set warning_id = m from unnest(%s::bigint[], %s::bigint[]) as n(i, m) where p.id = n.i",
        (list(letters), list(letters.values())),
    )


def announced(cur: Cursor, letters: Mapping[int, int]) -> None:
    """The letters that tell of promises which stand already, by promise."""
    cur.execute(
        "update promises_promise p set message_id = m from unnest(%s::bigint[], %s::bigint[]) as n(i, m) where p.id = n.i",
        (list(letters), list(letters.values())),
    )


def keep(
    cur: Cursor,
    shop_id: int,
    actor: Actor,
    now: datetime,
    *,
    kinds: Sequence[str] = ("call",),
    enrolment_ids: Sequence[int] = (),
    task_ids: Sequence[int] = (),
    promise_ids: Sequence[int] = (),
) -> int:
    """What was promised has been done (the first attempt of the call). Returns how many were kept.

    `now` is when it was done; `kinds` narrows the enrolments' promises only. One that was still intended becomes void,
    for nobody was told; one that was due before then is broken, not kept.
    """
    which = {
        "shop": shop_id,
        "kinds": list(kinds),
        "enrolments": list(enrolment_ids),
        "tasks": list(task_ids),
        "ids": list(promise_ids),
    }
    condition = "(kind = any(%(kinds)s) and enrolment_id = any(%(enrolments)s) or task_id = any(%(tasks)s) or id = any(%(ids)s))"
    cur.execute(
        f"update promises_promise set reason = '{DONE_LATE}' where shop_id = %(shop)s and state = 'broken'"  # noqa: S608
        f" and reason in ('not_done', 'nobody_on_shift') and {condition}",
        which,
    )
    rows = cur.execute(_KEEP.format(which=condition), {**which, "at": now}).fetchall()
    return close(cur, rows, now, actor)


def close(cur: Cursor, rows: Sequence[tuple[Any, ...]], now: datetime, actor: Actor) -> int:
    """Record what became of these promises, as BACK names them; how many were kept."""
    for state, kind in _CLOSED.items():
        record_change(cur, kind, [r for r in rows if r[7] == state], now, str(actor))
    return sum(r[7] == "kept" for r in rows)


def hold(
    cur: Cursor,
    shop_id: int,
    enrolment_id: int | None,
    is_held: bool,
    *,
    kinds: Sequence[str] = ("call",),
    task_ids: Sequence[int] = (),
    promise_ids: Sequence[int] = (),
) -> None:
    """What would keep these promises has been done but may be taken back (or was): the watch looks away."""
    cur.execute(
        "update promises_promise set held = %(held)s where shop_id = %(shop)s and state in ('intended', 'open', 'warned')"
        " and held <> %(held)s and (kind = any(%(kinds)s) and enrolment_id = %(enrolment)s or task_id = any(%(tasks)s)"
        " or id = any(%(ids)s))",
        {
            "held": is_held,
            "shop": shop_id,
            "kinds": list(kinds),
            "enrolment": enrolment_id,
            "tasks": list(task_ids),
            "ids": list(promise_ids),
        },
    )


def void(
    cur: Cursor,
    shop_id: int,
    actor: Actor,
    now: datetime,
    *,
    enrolment_ids: Sequence[int] = (),
    message_ids: Sequence[int] = (),
    keys: Sequence[str] = (),
) -> int:
    """Nothing is owed any more: the enrolments' promises that stand, those that these messages were to make, and those
    that the effects of these keys have made."""
    rows = cur.execute(
        "update promises_promise p set state = 'void', closed_at = %s, held = false,"  # noqa: S608
        " reason = case when state = 'intended' then 'never_told' else 'stopped' end where shop_id = %s"
        f" and ((enrolment_id = any(%s) and state in {STANDING})"
        f" or (message_id = any(%s) and state = 'intended')"
        f" or (key = any(%s) and state in {STANDING})) returning {BACK}",
        (now, shop_id, list(enrolment_ids), list(message_ids), list(keys)),
    ).fetchall()
    record_change(cur, "promise.voided", rows, now, str(actor))
    return len(rows)


def move(
    cur: Cursor, shop_id: int, promise_id: int, due_at: datetime, key: str, actor: Actor, now: datetime
) -> int | None:
    """Another time was agreed, at `now`: the new promise's id, None when there is none of that id.

    The old one is void when it was not yet due, else broken: nobody is spared what has happened already.
    """
    row = cur.execute(
        "select person_id, kind, order_id, enrolment_id, task_id, team from promises_promise"
        " where shop_id = %s and id = %s for update",
        (shop_id, promise_id),
    ).fetchone()
    if row is None:
        return None
    person_id, kind, order_id, enrolment_id, task_id, team = row
    rows = cur.execute(
        "update promises_promise p set held = false, closed_at = %(now)s,"  # noqa: S608
        " state = case when due_at < %(now)s then 'broken' else 'void' end,"
        f" reason = case when due_at < %(now)s then coalesce(reason, 'not_done') else '{MOVED}' end"
        f" where id = %(id)s and state in {STANDING} returning {BACK}",
        {"now": now, "id": promise_id},
    ).fetchall()
    close(cur, rows, now, actor)
    new = NewPromise(
        key, person_id, kind, due_at, False, order_id, enrolment_id, None, task_id, team, follows_id=promise_id
    )
    return make(cur, shop_id, [new], actor, now)[0]


def move_back(cur: Cursor, shop_id: int, promise_id: int, actor: Actor, now: datetime) -> None:
    """The other time was agreed by mistake: it is void, and the promise in whose place it came stands as before.

    One that was broken by then stays broken.
    """
    rows = cur.execute(
        "update promises_promise p set state = 'void', reason = 'withdrawn', closed_at = %s, held = false"  # noqa: S608
        f" where shop_id = %s and id = %s and state in {STANDING} returning {BACK}",
        (now, shop_id, promise_id),
    ).fetchall()
    close(cur, rows, now, actor)
    stands = cur.execute(
        "update promises_promise p set closed_at = null, reason = null,"  # noqa: S608
        " state = case when warned_at is null then 'open' else 'warned' end where state = 'void'"
        f" and reason = '{MOVED}' and id = (select follows_id from promises_promise where id = %s) returning {BACK}",
        (promise_id,),
    ).fetchall()
    record_change(cur, "promise.told", stands, now, str(actor))


def withdraw(cur: Cursor, shop_id: int, promise_id: int, actor: Actor, now: datetime) -> bool:
    """It was made by mistake: void, unless it is settled already or made by a scheme. Whether it was taken back."""
    rows = cur.execute(
        "update promises_promise p set state = 'void', reason = 'withdrawn', closed_at = %s, held = false"  # noqa: S608
        f" where shop_id = %s and id = %s and key like 'hand:%%' and state in {STANDING} returning {BACK}",
        (now, shop_id, promise_id),
    ).fetchall()
    close(cur, rows, now, actor)
    return bool(rows)


def give_reason(cur: Cursor, shop_id: int, promise_id: int, reason: str) -> None:
    """Why it will be broken, or was: an operator's word, which wins over what was derived."""
    cur.execute(
        "update promises_promise set reason = %s, held = false where shop_id = %s and id = %s"
        " and state in ('open', 'warned', 'broken')",
        (reason, shop_id, promise_id),
    )


def reckon_anew(cur: Cursor, shop_id: int, person_ids: Sequence[int]) -> int:
    """After a change of hours or of the shop's rules: when what nobody has been warned of is at risk.

    What was told stays as it was told. How many moved. `person_ids`: queries.watched, whose mailboxes the caller holds.
    """
    rows = cur.execute(
        "select id, warn_at, told_at, kind, team, due_at, begins_at, window_from from promises_promise"
        " where shop_id = %s and person_id = any(%s) and state = 'open' and risk_at is null",
        (shop_id, list(person_ids)),
    ).fetchall()
    hours = hours_of(cur, shop_id)
    anew = [(r[0], hours.warn_at(Timed(*r[3:]), r[2]), r[1]) for r in rows]
    moved = [(id_, at) for id_, at, before in anew if at != before]
    cur.execute(
        "update promises_promise p set warn_at = w from unnest(%s::bigint[], %s::timestamptz[]) as n(i, w) where p.id = n.i",
        ([m[0] for m in moved], [m[1] for m in moved]),
    )
    return len(moved)


def record_change(cur: Cursor, kind: str, rows: Sequence[tuple[Any, ...]], now: datetime, cause: str) -> None:
    """One event a promise; `rows` as BACK names them."""
    shops: dict[int, list[NewEvent]] = {}
    for id_, shop_id, person_id, order_id, enrolment_id, what, due_at, _state, reason in sorted(
        rows, key=lambda r: r[0]
    ):
        data = {"promise_id": str(id_), "promise": what, "due_at": due_at.isoformat()}
        if enrolment_id is not None:
            data["enrolment_id"] = str(enrolment_id)
        if reason is not None:
            data["reason"] = reason
        shops.setdefault(shop_id, []).append(NewEvent(kind, now, True, person_id, order_id, data, cause))
    for shop_id, events in shops.items():
        record(cur, shop_id, events, now)
