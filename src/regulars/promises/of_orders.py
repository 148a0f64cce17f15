"""What an order's own state does to its promises: kept when shipped or delivered, void when cancelled, windows told. Writes.

Called by whoever has just taken orders in, in the same transaction; set-based. It must not know where orders come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.people.reach import canonical
from regulars.promises.actions import BACK, DONE_LATE, MOVED, NewPromise, close, make

__all__ = ["follow"]

SHIPPED = ("shipped", "delivered", "returned")
DELIVERED = ("delivered", "returned")
GONE = ("cancelled", "returned")
_STATES = """
select id, person_id, live, status, shipped_at, delivered_at, cancelled_at, version_at,
  (data->'delivery'->>'window_from')::timestamptz, (data->'delivery'->>'window_to')::timestamptz
from orders_order where shop_id = %s and id = any(%s) order by id
"""
# What was done in time is kept, though the news of it came late and the watch had given it up.
_KEEP = f"""
update promises_promise p set held = false, closed_at = n.at,
  state = case when p.state = 'intended' then 'void' when p.due_at < n.at then 'broken' else 'kept' end,
  reason = case when p.state = 'intended' then 'never_told' when p.due_at < n.at
    then case when p.reason is null or p.reason in ('not_done', 'nobody_on_shift') then '{DONE_LATE}' else p.reason end end
from unnest(%s::bigint[], %s::text[], %s::timestamptz[]) as n(o, k, at)
where p.shop_id = %s and p.order_id = n.o and p.kind = n.k and (p.state in ('intended', 'open', 'warned')
  or p.state = 'broken' and (p.due_at >= n.at or p.reason in ('not_done', 'nobody_on_shift')))
returning {BACK}
"""  # noqa: S608 - our own column names
_VOID = f"""
update promises_promise p set state = 'void', reason = 'cancelled', closed_at = %s, held = false
where shop_id = %s and order_id = any(%s) and kind in ('ship', 'delivery') and state in ('intended', 'open', 'warned')
returning {BACK}
"""  # noqa: S608 - our own column names
_REPLACED = """
select distinct on (order_id) order_id, id from promises_promise where shop_id = %s and order_id = any(%s)
  and kind = 'delivery' and (state in ('open', 'warned', 'broken') or reason = 'moved') order by order_id, id desc
"""
_LAST_WINDOWS = """
select distinct on (order_id) order_id, id, window_from, due_at from promises_promise
where shop_id = %s and order_id = any(%s) and kind = 'delivery' and key like 'window:%%' order by order_id, id desc
"""
_MOVED = f"""
update promises_promise p set state = 'void', reason = '{MOVED}', closed_at = %s, held = false
where shop_id = %s and order_id = any(%s) and kind = 'delivery' and state in ('intended', 'open', 'warned') and due_at >= %s
  and id <> all(%s) returning {BACK}
"""  # noqa: S608 - our own column names


@dataclass(frozen=True, slots=True)
class _Order:
    id: int
    person_id: int | None
    live: bool
    status: str
    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    version_at: datetime
    window_from: datetime | None
    window_to: datetime | None


def follow(
    cur: Cursor, shop_id: int, order_ids: Sequence[int], has_windows: bool, actor: Actor, now: datetime
) -> tuple[list[int], list[int]]:
    """Bring the promises of these orders in line with their state; the persons concerned, and the promises made.

    `has_windows`: a window of delivery that stands in a live order was told to the buyer, so it is a promise; another
    one later moves it. The caller holds the persons' mailboxes.
    """
    orders = [_Order(*r) for r in cur.execute(_STATES, (shop_id, list(order_ids)))]
    rows = _keep(cur, shop_id, orders, now)
    gone = [o.id for o in orders if o.cancelled_at is not None or o.status in GONE]
    if gone:
        rows += cur.execute(_VOID, (now, shop_id, gone)).fetchall()
    close(cur, rows, now, actor)
    made: list[int] = []
    if has_windows:
        moved, made = _windows(cur, shop_id, [o for o in orders if _tells_a_window(o, now)], actor, now)
        rows += moved
    return sorted({r[2] for r in rows}), made


def _keep(cur: Cursor, shop_id: int, orders: Sequence[_Order], now: datetime) -> list[tuple[Any, ...]]:
    done: list[tuple[int, str, datetime]] = []
    for o in orders:
        if o.shipped_at is not None or o.status in SHIPPED:
            done.append((o.id, "ship", min(now, o.shipped_at or o.version_at)))
        if o.delivered_at is not None or o.status in DELIVERED:
            done.append((o.id, "delivery", min(now, o.delivered_at or o.version_at)))
    if not done:
        return []
    ids, kinds, moments = ([d[i] for d in done] for i in range(3))
    return cur.execute(_KEEP, (ids, kinds, moments, shop_id)).fetchall()


def _tells_a_window(o: _Order, now: datetime) -> bool:
    is_over = o.status in (*DELIVERED, *GONE) or o.delivered_at is not None or o.cancelled_at is not None
    return o.live and o.person_id is not None and not is_over and o.window_to is not None and o.window_to > now


def _windows(
    cur: Cursor, shop_id: int, orders: Sequence[_Order], actor: Actor, now: datetime
) -> tuple[list[tuple[Any, ...]], list[int]]:
    """A window that the shop had not told before becomes a promise, and takes the place of what was promised.

    What it has taken the place of, and the promises made.
    """
    if not orders:
        return [], []
    told = {r[0]: r[1:] for r in cur.execute(_LAST_WINDOWS, (shop_id, [o.id for o in orders]))}
    fresh = [o for o in orders if o.id not in told or told[o.id][1:] != (o.window_from, o.window_to)]
    if not fresh:
        return [], []
    replaced: dict[int, int] = dict(cur.execute(_REPLACED, (shop_id, [o.id for o in fresh])).fetchall())
    who = canonical(cur, shop_id, [o.person_id for o in fresh if o.person_id is not None])
    new = [
        NewPromise(
            key=f"window:{o.id}:{told[o.id][0] if o.id in told else 0}",
            person_id=who.get(o.person_id or 0, o.person_id or 0),
            kind="delivery",
            due_at=o.window_to or now,
            intended=False,
            order_id=o.id,
            window_from=o.window_from,
            follows_id=replaced.get(o.id),
        )
        for o in fresh
    ]
    made = make(cur, shop_id, new, actor, now)
    rows = cur.execute(_MOVED, (now, shop_id, [o.id for o in fresh], now, made)).fetchall()
    close(cur, rows, now, actor)
    return rows, made
