"""Orders as they stood at a moment of the past, for whole ranges of persons: from their versions, and where only a later
state is known, from the times that it names. Reads only.

Owns what 'as of' means for an order; the facts themselves are facts.py's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from regulars.base.db import Cursor
from regulars.orders import goods, queries
from regulars.orders.facts import order_facts
from regulars.orders.queries import COLUMNS, Line, OrderRow

__all__ = ["OrderPast", "load_between", "products_between"]

_COMMON = {
    "order.payment.status": "payment_status", "order.payment.method": "payment_method", "order.status": "status",
}  # fmt: skip
"""Facts of few values: those who share them share one mapping, which is what makes a million orders quick."""
_ROWS = (
    f"select {COLUMNS} from orders_order where shop_id = %(shop)s and person_id = any(%(persons)s)"  # noqa: S608
    " and placed_at < %(until)s and placed_at >= %(since)s and mark is null"
)
# The same for a run of persons: without the columns that the common facts don't ask for.
_FEW = """
select id, person_id, placed_at, version_at, versions, status, payment_status, payment_method, paid_at, shipped_at,
  delivered_at, cancelled_at
from orders_order where shop_id = %(shop)s and person_id = any(%(persons)s) and placed_at < %(until)s
  and placed_at >= %(since)s and mark is null
"""
_VERSIONS = """
select order_id, version_at, body from orders_version
where shop_id = %(shop)s and order_id = any(%(orders)s) and version_at < %(until)s order by order_id, n
"""
_PAID_LIKE = frozenset({"paid", "part_refunded", "refunded"})
_shared: dict[tuple[str | None, ...], dict[str, Any]] = {}


@dataclass(slots=True)
class _State:
    """A state and since when it stood; `status` and payment are undone where they lie in the future."""

    since: datetime
    status: str
    payment_status: str | None
    payment_method: str | None
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    row: OrderRow | None = None
    lines: Sequence[Line] = ()


@dataclass(slots=True)
class OrderPast:
    """An order's past: `facts` says what was known at a moment."""

    id: int
    person_id: int
    placed_at: datetime
    states: list[_State]
    is_common: bool
    _kept: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)

    def facts(self, at: datetime) -> dict[str, Any]:
        """`order.*` as of `at`. What the shop's first known state already shows is undone where its time lies later."""
        n = len(self.states) - 1
        while n > 0 and self.states[n].since > at:
            n -= 1
        state = self.states[n]
        undone = (
            (state.paid_at is not None and state.paid_at > at)
            + 2 * (state.shipped_at is not None and state.shipped_at > at)
            + 4 * (state.delivered_at is not None and state.delivered_at > at)
            + 8 * (state.cancelled_at is not None and state.cancelled_at > at)
            + 16 * (state.since > at)
        )
        key = (n, undone)
        found = self._kept.get(key)
        if found is None:
            self._kept[key] = found = self._made(state, undone, at)
        return found

    def _made(self, state: _State, undone: int, at: datetime) -> dict[str, Any]:
        status, payment = _status(state, undone), _payment(state, undone)
        if self.is_common or state.row is None:
            shared = (status, payment, state.payment_method)
            found = _shared.get(shared)
            if found is None:
                known = {"status": payment, "method": state.payment_method}
                _shared[shared] = found = {
                    "status": status, "payment": {k: v for k, v in known.items() if v is not None},
                }  # fmt: skip
            return found
        row, is_unpaid = state.row, payment != state.payment_status
        return order_facts(
            replace(
                row,
                status=status,
                payment_status=payment,
                paid_total=None if is_unpaid else row.paid_total,
                paid_at=None if undone & 1 else row.paid_at,
                shipped_at=None if undone & 2 else row.shipped_at,
                delivered_at=None if undone & 4 else row.delivered_at,
                cancelled_at=None if undone & 8 else row.cancelled_at,
            ),
            state.lines,
        )


def _status(state: _State, undone: int) -> str:
    """The status as of then; where a later one is known without its time, it came with the state that shows it."""
    status = state.status
    if not undone & 30:
        return status
    is_early = bool(undone & 16)
    if status == "cancelled" and (undone & 8 or (is_early and state.cancelled_at is None)):
        status = "new"
    elif status in ("delivered", "returned") and (undone & 4 or (is_early and state.delivered_at is None)):
        status = "shipped" if state.shipped_at is not None and not undone & 2 else "new"
    elif status == "shipped":
        status = "new" if undone & 2 or (is_early and state.shipped_at is None) else status
    elif is_early and status in ("processing", "ready"):
        status = "new"
    return status


def _payment(state: _State, undone: int) -> str | None:
    if state.payment_status in _PAID_LIKE:
        if undone & 1 or (undone & 16 and state.paid_at is None):
            return "unpaid"
        return "paid" if undone & 16 else state.payment_status
    return state.payment_status


def load_between(
    cur: Cursor, shop_id: int, persons: Sequence[int], since: datetime, until: datetime, names: Collection[str]
) -> dict[int, OrderPast]:
    """The orders of these persons placed in [since, until) by id; marked ones are left out, as live."""
    asked = {"shop": shop_id, "persons": list(persons), "since": since, "until": until}
    wanted = [n for n in names if n.startswith("order.")]
    out: dict[int, OrderPast] = {}
    several: list[int] = []
    if all(n in _COMMON for n in wanted):
        for r in cur.execute(_FEW, asked, binary=True).fetchall():
            out[r[0]] = OrderPast(r[0], r[1], r[2], [_State(r[3], *r[5:12])], True)
            if r[4] > 1:
                several.append(r[0])
    else:
        rows = [OrderRow(*r) for r in cur.execute(_ROWS, asked, binary=True).fetchall()]
        lines = queries.lines(cur, shop_id, [o.id for o in rows]) if "order.lines" in wanted else {}
        for o in rows:
            out[o.id] = OrderPast(o.id, o.person_id or 0, o.placed_at, [_of_row(o, lines.get(o.id, ()))], False)
            if o.versions > 1:
                several.append(o.id)
    if several and wanted:
        _with_versions(cur, asked | {"orders": several}, out)
    return out


def _with_versions(cur: Cursor, asked: Mapping[str, Any], orders: Mapping[int, OrderPast]) -> None:
    """Replace the state as it is now by all that were."""
    found: dict[int, list[_State]] = {}
    for order_id, since, body in cur.execute(_VERSIONS, asked, binary=True).fetchall():
        now = orders[order_id].states[-1]
        found.setdefault(order_id, []).append(_of_body(since, body, now))
    for order_id, states in found.items():
        orders[order_id].states = states


def _of_body(since: datetime, body: Mapping[str, Any], now: _State) -> _State:
    payment, delivery = body.get("payment") or {}, body.get("delivery") or {}
    state = _State(
        since, body.get("status") or "new", payment.get("status"), payment.get("method"), _moment(payment.get("paid_at")),
        _moment(delivery.get("shipped_at")), _moment(delivery.get("delivered_at")), _moment(body.get("cancelled_at")),
    )  # fmt: skip
    if now.row is not None:
        state.row = replace(
            now.row,
            payment_method=state.payment_method,
            total=body["total"],
            shipping_total=body.get("shipping_total") or 0,
            discount_total=body.get("discount_total") or 0,
            paid_total=payment.get("paid_total"),
            status=state.status,
            payment_status=state.payment_status,
            paid_at=state.paid_at,
            shipped_at=state.shipped_at,
            delivered_at=state.delivered_at,
            cancelled_at=state.cancelled_at,
            data={**now.row.data, "delivery": delivery, "payment": {"pay_url": payment.get("pay_url")}},
        )
        state.lines = (
            [_line(now.row.id, n, line) for n, line in enumerate(body.get("lines") or ())] if now.lines else ()
        )
    return state


def _line(order_id: int, position: int, line: Mapping[str, Any]) -> Line:
    quantity, price = Decimal(str(line["quantity"])), Decimal(str(line["price"]))
    return Line(order_id, position, line["sku"], line["name"], quantity, price, bool(line.get("dropped")))


def _moment(text: Any) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def products_between(
    cur: Cursor, shop_id: int, order_ids: Sequence[int], names: Collection[str]
) -> dict[int, dict[str, Any]]:
    """`product.*` of these orders, as the goods are now. A shop whose goods have no time until satisfaction costs nothing."""
    wanted = {n for n in names if n.startswith("product.")}
    if not wanted:
        return {}
    if wanted == {"product.satisfaction_days"}:
        row = cur.execute(
            "select exists (select 1 from catalog_product where shop_id = %s and satisfaction_days is not null)",
            (shop_id,),
        ).fetchone()
        if row is None or not row[0]:
            return {}
    return goods.goods_of(cur, shop_id, order_ids, wanted)


def _of_row(r: OrderRow, lines: Sequence[Line]) -> _State:
    return _State(
        r.version_at, r.status, r.payment_status, r.payment_method, r.paid_at, r.shipped_at, r.delivered_at,
        r.cancelled_at, r, lines,
    )  # fmt: skip
