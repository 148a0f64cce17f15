"""Reads of orders: one with its lines and versions, a page of the list, those of a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from regulars.base.db import Cursor

__all__ = [
    "COLUMNS",
    "Bought",
    "Line",
    "OrderRow",
    "Version",
    "bought",
    "by_external",
    "by_id",
    "for_person",
    "lines",
    "newest_open",
    "page",
    "versions",
]


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as it stands; money in minor units of `currency`."""

    id: int
    source: str
    external_id: str
    number: str
    person_id: int | None
    placed_at: datetime
    placed_offset: int
    version_at: datetime
    versions: int
    status: str
    payment_status: str | None
    payment_method: str | None
    currency: str
    total: int
    shipping_total: int
    discount_total: int
    paid_total: int | None
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    live: bool
    note: str
    data: dict[str, Any]
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line; `price` of one piece."""

    order_id: int
    position: int
    sku: str
    name: str
    quantity: Decimal
    price: Decimal
    dropped: bool


@dataclass(frozen=True, slots=True)
class Version:
    """An accepted state of an order, without buyer data."""

    n: int
    version_at: datetime
    recorded_at: datetime
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bought:
    """Orders of one person in one currency that weren't cancelled; `total` in its minor units."""

    currency: str
    count: int
    total: int
    last_at: datetime


COLUMNS = (
    "id, source, external_id, number, person_id, placed_at, placed_offset, version_at, versions, status, payment_status,"
    " payment_method, currency, total, shipping_total, discount_total, paid_total, paid_at, shipped_at, delivered_at,"
    " cancelled_at, live, note, data, mark"
)
"""What an OrderRow is read from, in its order."""
_SELECT = f"select {COLUMNS} from orders_order where shop_id = %s"  # noqa: S608 - our own column names


def newest_open(cur: Cursor, shop_id: int, person_ids: Sequence[int]) -> int | None:
    """The newest order of these persons that is not over."""
    row = cur.execute(
        "select id from orders_order where shop_id = %s and person_id = any(%s)"
        " and status not in ('delivered', 'cancelled', 'returned') order by placed_at desc, id desc limit 1",
        (shop_id, list(person_ids)),
    ).fetchone()
    return None if row is None else int(row[0])


def by_external(cur: Cursor, shop_id: int, external_id: str, source: str | None = None) -> OrderRow | None:
    """The order that a source calls so; without a source the shop's own API comes first."""
    row = cur.execute(
        _SELECT
        + " and external_id = %s and (%s::text is null or source = %s) order by (source = 'api') desc, id limit 1",
        (shop_id, external_id, source, source),
    ).fetchone()
    return None if row is None else OrderRow(*row)


def by_id(cur: Cursor, shop_id: int, order_ids: list[int]) -> dict[int, OrderRow]:
    """Orders by our own ids; strangers to the shop are left out."""
    if not order_ids:
        return {}
    return {r[0]: OrderRow(*r) for r in cur.execute(_SELECT + " and id = any(%s)", (shop_id, order_ids))}


def for_person(cur: Cursor, shop_id: int, person_ids: list[int], limit: int = 50) -> list[OrderRow]:
    """Orders of a person (all his ids), newest first."""
    rows = cur.execute(
        _SELECT + " and person_id = any(%s) order by placed_at desc, id desc limit %s", (shop_id, person_ids, limit)
    )
    return [OrderRow(*r) for r in rows]


def bought(cur: Cursor, shop_id: int, person_ids: list[int], except_order: int | None = None) -> list[Bought]:
    """What a person (all his ids) has ordered besides that order, by currency, the latest first."""
    rows = cur.execute(
        "select currency, count(*), sum(total)::bigint, max(placed_at) from orders_order"
        " where shop_id = %s and person_id = any(%s) and status <> 'cancelled' and mark is null and id is distinct from %s"
        " group by currency order by max(placed_at) desc",
        (shop_id, person_ids, except_order),
    )
    return [Bought(*r) for r in rows]


def page(
    cur: Cursor,
    shop_id: int,
    *,
    text: str = "",
    status: str | None = None,
    payment: str | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[OrderRow]:
    """A page, newest first; `text` is a number or an id; `after`: (placed_at, id) of the last one seen."""
    sql = _SELECT
    values: list[Any] = [shop_id]
    if text:
        # As the indexes have it: a number of its own is kept apart from one that is the id.
        sql += " and (external_id = %s or number = %s and not number = external_id)"
        values += [text, text]
    for column, value in (("status", status), ("payment_status", payment)):
        if value is not None:
            sql += f" and {column} = %s"
            values.append(value)
    if after is not None:
        sql += " and (placed_at, id) < (%s, %s)"
        values += list(after)
    return [OrderRow(*r) for r in cur.execute(sql + " order by placed_at desc, id desc limit %s", [*values, limit])]


def lines(cur: Cursor, shop_id: int, order_ids: list[int]) -> dict[int, list[Line]]:
    """Lines by order, in their order."""
    out: dict[int, list[Line]] = {}
    if not order_ids:
        return out
    for row in cur.execute(
        "select order_id, position, sku, name, quantity, price, dropped from orders_line"
        " where shop_id = %s and order_id = any(%s) order by order_id, position",
        (shop_id, order_ids),
    ):
        out.setdefault(row[0], []).append(Line(*row))
    return out


def versions(cur: Cursor, shop_id: int, order_id: int) -> list[Version]:
    """All accepted states of an order, oldest first."""
    rows = cur.execute(
        "select n, version_at, recorded_at, body from orders_version where shop_id = %s and order_id = %s order by n",
        (shop_id, order_id),
    )
    return [Version(*r) for r in rows]
