"""What persons had done by moments of the past, for a backtest: `pasts`, with the times at which orders came to count.

Owns these reads. An order's total and whether it was cancelled are known by its versions; its lines, the catalogue and
whether it is set aside count as they are now.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from regulars.base.db import Cursor
from regulars.core.condition_calls import kinds_asked
from regulars.core.condition_tree import Call
from regulars.core.past import Goods, Setting, asks_goods, asks_orders, since
from regulars.core.replayed_beside import Bought

__all__ = ["load_events", "load_orders"]

_EVENTS = """
select person_id, kind, occurred_at from events_event
where shop_id = %(shop)s and person_id = any(%(persons)s) and kind = any(%(kinds)s) and occurred_at < %(until)s
  and (%(begin)s::timestamptz is null or occurred_at >= %(begin)s)
  and not coalesce(cause = any(%(causes)s), false) and not coalesce(data ->> 'enrolment_id' = any(%(without)s), false)
"""
_ORDERS = """
select person_id, id, placed_at, currency, total, status = 'cancelled', coalesce(cancelled_at, version_at), versions
from orders_order where shop_id = %(shop)s and person_id = any(%(persons)s) and mark is null
  and placed_at < %(until)s and (%(begin)s::timestamptz is null or placed_at >= %(begin)s)
"""
_VERSIONS = """
select order_id, version_at, (body ->> 'total')::bigint, body ->> 'status' is not distinct from 'cancelled'
from orders_version where shop_id = %s and order_id = any(%s) and version_at < %s order by order_id, n
"""
_GOODS = """
select l.order_id, l.sku, g.category, g.brand from orders_line l
left join catalog_product g on g.shop_id = l.shop_id and g.sku = l.sku
where l.shop_id = %s and l.order_id = any(%s) and not l.dropped
"""


def _begin(calls: Sequence[Call], first: datetime, zone: str) -> datetime | None:
    begins = [since(call, first, zone) for call in calls]
    return None if None in begins else min((b for b in begins if b is not None), default=None)


def load_events(
    cur: Cursor, shop_id: int, who: Mapping[int, int], calls: Sequence[Call], setting: Setting,
    period: tuple[datetime, datetime], without: Sequence[int],
) -> dict[int, dict[str, list[datetime]]]:  # fmt: skip
    """By person and kind, when what the calls ask about happened, but what came of these enrolments. `period`: of the
    moments at which it is asked."""
    kinds = sorted(kinds_asked(calls))
    if not kinds:
        return {}
    asked = {
        "shop": shop_id, "persons": list(who), "kinds": kinds, "until": period[1],
        "begin": _begin(calls, period[0], setting.zone), "causes": [f"enrolment:{id_}" for id_ in without],
        "without": [str(id_) for id_ in without],
    }  # fmt: skip
    out: dict[int, dict[str, list[datetime]]] = {}
    for person, kind, at in cur.execute(_EVENTS, asked).fetchall():
        out.setdefault(who[person], {}).setdefault(kind, []).append(at)
    return out


def load_orders(
    cur: Cursor, shop_id: int, who: Mapping[int, int], calls: Sequence[Call], setting: Setting,
    period: tuple[datetime, datetime],
) -> dict[int, list[Bought]]:  # fmt: skip
    """The orders of each that the calls may count. `period`: of the moments at which it is asked."""
    if not asks_orders(calls):
        return {}
    asked = {
        "shop": shop_id, "persons": list(who), "until": period[1], "begin": _begin(calls, period[0], setting.zone),
    }  # fmt: skip
    rows = cur.execute(_ORDERS, asked).fetchall()
    several = [row[1] for row in rows if row[7] > 1]
    states: dict[int, list[tuple[datetime, int, bool]]] = {}
    for order, at, total, is_cancelled in (
        cur.execute(_VERSIONS, (shop_id, several, period[1])).fetchall() if several else ()
    ):
        states.setdefault(order, []).append((at, total, is_cancelled))
    goods: dict[int, list[Goods]] = {}
    if rows and asks_goods(calls):
        for order, *line in cur.execute(_GOODS, (shop_id, [row[1] for row in rows])).fetchall():
            goods.setdefault(order, []).append(Goods(*line))
    out: dict[int, list[Bought]] = {}
    for person, order, placed_at, currency, total, is_cancelled, cancelled_at, _ in rows:
        known = states.get(order)
        if known is None:
            known = [(placed_at, total, False), *([(cancelled_at, total, True)] if is_cancelled else [])]
        out.setdefault(who[person], []).append(Bought(placed_at, currency, known, goods.get(order, ())))
    return out
