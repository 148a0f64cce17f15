"""The rules by which an order counts as a test, and the span in which the same one placed twice is pointed out.

Owns changing them, taking that back, and what they would find among the orders of late. What a mark does stands in marks.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.orders import twins
from regulars.orders.marks import reason_of
from regulars.orders.twins import Twin
from regulars.shop import actions as shops
from regulars.shop import queries
from regulars.shop.settings import ShopSettings

__all__ = ["LATELY", "LONGEST_SPAN", "MOST_TRIED", "MarkRules", "Tried", "set_rules", "tried", "undo_rules"]

LATELY = timedelta(days=30)
LONGEST_SPAN = timedelta(days=30)
MOST_TRIED = 5000
"""Rules are tried on no more orders than that, the newest ones."""
_BEFORE = "mark_rules_before"

_LATE = """
with late as (
  select id, person_id, payment_method, total, live, placed_at from orders_order
  where shop_id = %(shop)s and placed_at >= %(since)s order by placed_at desc, id desc limit %(most)s
)
select o.id, o.live, coalesce(p.name, ''), o.payment_method, o.total,
  array(select c.value from people_contact_point c where c.person_id = o.person_id and c.kind = 'email'),
  array(select c.value from people_contact_point c where c.person_id = o.person_id and c.kind = 'phone')
from late o left join people_person p on p.id = o.person_id order by o.placed_at desc, o.id desc
"""


@dataclass(frozen=True, slots=True)
class MarkRules:
    """As ShopSettings has them."""

    names: tuple[str, ...]
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    methods: tuple[str, ...]
    zero: bool
    within: timedelta

    @classmethod
    def of(cls, shop: ShopSettings) -> "MarkRules":
        """Those that hold."""
        return cls(
            shop.test_names, shop.test_emails, shop.test_phones, shop.test_methods, shop.test_zero, shop.double_within
        )

    def on(self, shop: ShopSettings) -> ShopSettings:
        """The shop as it would be."""
        return replace(
            shop, test_names=self.names, test_emails=self.emails, test_phones=self.phones, test_methods=self.methods,
            test_zero=self.zero, double_within=self.within,
        )  # fmt: skip

    def written(self) -> dict[str, Any]:
        """As the shop's settings keep them."""
        return {
            "test_names": list(self.names),
            "test_emails": list(self.emails),
            "test_phones": list(self.phones),
            "test_methods": list(self.methods),
            "test_zero": self.zero,
            "double_minutes": int(self.within / timedelta(minutes=1)),
        }


@dataclass(frozen=True, slots=True)
class Tried:
    """What rules find among the orders of late, the newest first.

    `tests`: order → the rule, and whether those that hold don't find it. `is_cut`: there are more orders than were tried.
    """

    orders: int = 0
    is_cut: bool = False
    tests: Mapping[int, tuple[str, bool]] = field(default_factory=dict)
    twins: Mapping[int, Twin] = field(default_factory=dict)


def set_rules(cur: Cursor, shop_id: int, rules: MarkRules, actor: Actor, now: datetime) -> None:
    """Let these hold: for tests among the orders to come, for doubles among those of late too. The last ones are kept.

    Raises ValueError for a span that is none, or longer than LONGEST_SPAN.
    """
    if not timedelta(minutes=1) <= rules.within <= LONGEST_SPAN:
        raise ValueError("a span is from a minute to 30 days")
    cur.execute("select 1 from shop_shop where id = %s for update", (shop_id,))
    before = MarkRules.of(queries.own_settings(cur, shop_id))
    _write(cur, shop_id, {**rules.written(), _BEFORE: before.written()}, before.within != rules.within, actor, now)


def undo_rules(cur: Cursor, shop_id: int, actor: Actor, now: datetime) -> bool:
    """Those before the last change hold again; False when there are none."""
    row = cur.execute("select settings -> %s from shop_shop where id = %s for update", (_BEFORE, shop_id)).fetchone()
    before: dict[str, Any] | None = row[0] if row else None
    if not before:
        return False
    stands = MarkRules.of(queries.own_settings(cur, shop_id)).written()
    is_other_span = stands["double_minutes"] != before["double_minutes"]
    _write(cur, shop_id, {**before, _BEFORE: stands}, is_other_span, actor, now)
    return True


def _write(
    cur: Cursor, shop_id: int, changes: Mapping[str, Any], is_other_span: bool, actor: Actor, now: datetime
) -> None:
    shops.set_settings(cur, shop_id, changes, actor)
    if is_other_span:
        twins.look_at_all(cur, shop_id, [row[0] for row in _late(cur, shop_id, now) if row[1]])


def _late(cur: Cursor, shop_id: int, now: datetime) -> list[tuple[Any, ...]]:
    return cur.execute(_LATE, {"shop": shop_id, "since": now - LATELY, "most": MOST_TRIED + 1}).fetchall()


def tried(cur: Cursor, shop: ShopSettings, rules: MarkRules, now: datetime) -> Tried:
    """What they would find; a buyer is taken as he is known now, not as he was when he ordered."""
    wanted = rules.on(shop)
    late = _late(cur, shop.id, now)
    tests: dict[int, tuple[str, bool]] = {}
    for order_id, _live, *traits in late[:MOST_TRIED]:
        name, method, total, emails, phones = traits
        reason = reason_of(wanted, name, emails, phones, method, total)
        if reason is not None:
            tests[order_id] = (reason, reason_of(shop, name, emails, phones, method, total) is None)
    ids = [order_id for order_id, is_live, *_rest in late[:MOST_TRIED] if is_live and order_id not in tests]
    found = twins.twins_of(cur, shop.id, ids, rules.within)
    return Tried(min(len(late), MOST_TRIED), len(late) > MOST_TRIED, tests, {i: found[i] for i in ids if i in found})
