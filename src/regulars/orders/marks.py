"""Orders that aren't meant: tests and jokes by the shop's rules or by hand, doubles. Marked and restored. Writes.

A marked order is history: its schemes stop by `order.set_aside`, none begins, and no figure counts it. The order itself stays
as the shop has it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from regulars.base import audit
from regulars.base.actor import SYSTEM, Actor
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, lock_mailboxes, record
from regulars.orders import twins
from regulars.orders.queries import OrderRow, by_id
from regulars.orders.snapshot import OrderSnapshot
from regulars.people.reach import canonical
from regulars.rules.names import sort_key, tokens
from regulars.shop.settings import ShopSettings

__all__ = ["mark", "mark_tests", "reason_of", "restore", "test_reason"]


def test_reason(rules: ShopSettings, order: OrderSnapshot) -> str | None:
    """By which of the shop's rules an order is a test: name, email, phone, method, zero; None: it is meant."""
    buyer = order.buyer
    return reason_of(
        rules,
        (buyer and buyer.name) or "",
        [buyer.email] if buyer and buyer.email else [],
        [buyer.phone] if buyer and buyer.phone else [],
        order.payment.method,
        order.total,
    )


def reason_of(
    rules: ShopSettings,
    name: str,
    emails: Iterable[str],
    phones: Iterable[str],
    method: str | None,
    total: int,
) -> str | None:
    """The same for an order that is known by these; `total` in minor units."""
    if rules.test_names and set(tokens(name)) & {sort_key(word) for word in rules.test_names}:
        return "name"
    addresses = [e.strip().lower() for e in emails] if rules.test_emails else []
    if any(a == rule or a.endswith("@" + rule.lstrip("@")) for a in addresses for rule in rules.test_emails):
        return "email"
    if rules.test_phones and {_digits(p) for p in phones} & {_digits(phone) for phone in rules.test_phones}:
        return "phone"
    if (method or "").lower() in rules.test_methods:
        return "method"
    return "zero" if rules.test_zero and total == 0 else None


def _digits(phone: str) -> str:
    return "".join(c for c in phone if c.isdigit())[-10:]


def mark_tests(cur: Cursor, shop_id: int, found: Sequence[tuple[int, int | None, str]], now: datetime) -> None:
    """Orders that have just come and are tests by a rule: (order, person, rule). The caller holds the persons."""
    for order_id, person_id, reason in found:
        cur.execute("update orders_order set mark = 'test', mark_reason = %s where id = %s", (reason, order_id))
        data = {"reason": "test", "rule": reason}
        record(cur, shop_id, [NewEvent("order.set_aside", now, False, person_id, order_id, data, str(SYSTEM))], now)


def mark(cur: Cursor, shop_id: int, order_id: int, kind: str, actor: Actor, now: datetime) -> bool:
    """An order is a 'test' or a 'double': its schemes stop; False when it is marked already. Records order.set_aside."""
    order = _held(cur, shop_id, order_id)
    if order is None or order[0].mark is not None:
        return False
    cur.execute("update orders_order set mark = %s, mark_reason = 'hand' where id = %s", (kind, order_id))
    twins.look_again(cur, shop_id, [order_id])
    _tell(cur, shop_id, order, "order.set_aside", {"reason": kind}, actor, now)
    audit.write(cur, shop_id, actor, "order.marked", "order", order_id, mark=kind)
    return True


def restore(cur: Cursor, shop_id: int, order_id: int, actor: Actor, now: datetime) -> bool:
    """The order is meant, after all; False when it isn't marked. One that began no scheme begins it now."""
    order = _held(cur, shop_id, order_id)
    if order is None or order[0].mark is None:
        return False
    cur.execute("update orders_order set mark = null, mark_reason = null, live = true where id = %s", (order_id,))
    twins.look_again(cur, shop_id, [order_id])
    _tell(cur, shop_id, order, "order.restored", {"was": order[0].mark}, actor, now)
    if not order[0].live:
        row = order[0]
        _tell(
            cur,
            shop_id,
            order,
            "order.placed",
            {"n": row.versions, "total": row.total, "currency": row.currency},
            actor,
            now,
        )
    audit.write(cur, shop_id, actor, "order.restored", "order", order_id)
    return True


def _held(cur: Cursor, shop_id: int, order_id: int) -> tuple[OrderRow, int | None] | None:
    """The order under its person's lock, and who answers for him."""
    order = by_id(cur, shop_id, [order_id]).get(order_id)
    if order is None:
        return None
    person = canonical(cur, shop_id, [order.person_id]).get(order.person_id) if order.person_id else None
    lock_mailboxes(cur, {p for p in (person, order.person_id) if p is not None})
    return by_id(cur, shop_id, [order_id])[order_id], order.person_id


def _tell(
    cur: Cursor, shop_id: int, order: tuple[OrderRow, int | None], kind: str, data: dict[str, Any], actor: Actor, now: datetime
) -> None:  # fmt: skip
    row, person = order
    record(cur, shop_id, [NewEvent(kind, now, True, person, row.id, data, str(actor))], now)
