"""What persons have done, read for a group at once: two or three statements, whatever their number.

Owns these reads, and the facts `past.*` that schemes ask for. Read only. Who was merged counts for whom he became.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.base.facts import Subject
from regulars.core.condition_calls import kinds_asked
from regulars.core.condition_tree import Call
from regulars.core.past import Goods, Past, Purchase, Setting, answers, asks_goods, asks_orders, read_path, since
from regulars.people.reach import canonical, one_with
from regulars.shop import queries as shops

__all__ = ["load", "pasts_of", "setting_of"]

_EVENTS = """
select t.root, e.kind, e.occurred_at from unnest(%s::bigint[], %s::bigint[]) as t(member, root)
join events_event e on e.person_id = t.member
where e.shop_id = %s and e.kind = any(%s) and (%s::timestamptz is null or e.occurred_at >= %s)
"""
_ORDERS = """
select t.root, o.id, o.placed_at, o.currency, o.total from unnest(%s::bigint[], %s::bigint[]) as t(member, root)
join orders_order o on o.person_id = t.member
where o.shop_id = %s and o.mark is null and o.status <> 'cancelled' and (%s::timestamptz is null or o.placed_at >= %s)
"""
_GOODS = """
select l.order_id, l.sku, g.category, g.brand from orders_line l
left join catalog_product g on g.shop_id = l.shop_id and g.sku = l.sku
where l.shop_id = %s and l.order_id = any(%s) and not l.dropped
"""


def setting_of(cur: Cursor, shop_id: int) -> Setting:
    """What the functions need to know of the shop."""
    known = shops.settings_of(cur, shop_id)
    return Setting(known.currency, known.time_zone)


def load(
    cur: Cursor, shop_id: int, subjects: Sequence[Subject], names: frozenset[str], now: datetime
) -> list[dict[str, Any] | None]:
    """The values of the functions of these names (`past.` and the call) for each subject."""
    calls = [call for name in sorted(names) if (call := read_path(name)) is not None]
    who = canonical(cur, shop_id, {s.person_id for s in subjects})
    setting = setting_of(cur, shop_id)
    found = pasts_of(cur, shop_id, set(who.values()), calls, now, setting)
    known = {root: answers(calls, past, setting, now) for root, past in found.items()}
    return [known.get(who.get(s.person_id, 0)) for s in subjects]


def pasts_of(
    cur: Cursor, shop_id: int, roots: Iterable[int], calls: Sequence[Call], now: datetime, setting: Setting
) -> dict[int, Past]:
    """As much of the pasts of these persons as the calls ask for. `roots` answer for themselves: none of them is merged."""
    wanted = sorted(set(roots))
    if not wanted:
        return {}
    family = one_with(cur, shop_id, wanted) | {root: root for root in wanted}
    kin = (list(family), list(family.values()))
    begins = [since(call, now, setting.zone) for call in calls]
    begin = None if None in begins else min((b for b in begins if b is not None), default=None)
    events: dict[int, dict[str, list[datetime]]] = {root: {} for root in wanted}
    if kinds := sorted(kinds_asked(calls)):
        for root, kind, at in cur.execute(_EVENTS, (*kin, shop_id, kinds, begin, begin)):
            events[root].setdefault(kind, []).append(at)
    purchases = _purchases(cur, shop_id, kin, calls, begin) if asks_orders(calls) else {}
    return {root: Past(events[root], purchases.get(root, ())) for root in wanted}


def _purchases(
    cur: Cursor, shop_id: int, kin: tuple[list[int], list[int]], calls: Sequence[Call], begin: datetime | None
) -> dict[int, list[Purchase]]:
    orders = cur.execute(_ORDERS, (*kin, shop_id, begin, begin)).fetchall()
    goods: dict[int, list[Goods]] = {}
    if orders and asks_goods(calls):
        for order, sku, category, brand in cur.execute(_GOODS, (shop_id, [row[1] for row in orders])):
            goods.setdefault(order, []).append(Goods(sku, category, brand))
    out: dict[int, list[Purchase]] = {}
    for root, order, at, currency, total in orders:
        out.setdefault(root, []).append(Purchase(at, currency, total, goods.get(order, ())))
    return out
