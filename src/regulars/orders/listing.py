"""Reads of the list of orders: by state, payment, source and time, and by what somebody types into the search.

Owns what counts as an unpaid order and which orders a text means. Counts and searches are bounded, so that a list costs
the same in a shop of any size.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.orders.models import OPEN, OWING
from regulars.orders.queries import COLUMNS, OrderRow
from regulars.orders.snapshot import STATUSES
from regulars.people import listing as people

__all__ = [
    "MOST_FOUND",
    "Counted",
    "Found",
    "OrderFilter",
    "Where",
    "count",
    "ids",
    "page",
    "search",
    "sources",
    "where",
]

MOST_FOUND = 1000
"""A search looks no further than so many orders, the newest ones …"""
_MOST_BUYERS = 200
"""… and so many persons of a name."""
_NEWEST = "order by o.placed_at desc, o.id desc"
"""Counts have it, too: without an order the planner hopes to meet a rare kind soon, and reads everything."""
_NUMBER = re.compile(r"^[#№\s]+")
_UNPAID = (
    f"o.status in ({', '.join(repr(s) for s in OPEN)}) and o.payment_status in ({', '.join(repr(s) for s in OWING)})"
)


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list shows. '' and None: all. `ids`: only these (of a search, or ticked by hand). `mark`: test or double."""

    status: str = ""
    payment: str = ""
    source: str = ""
    mark: str = ""
    since: datetime | None = None
    until: datetime | None = None
    is_unpaid: bool = False
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Orders that a text may mean; `is_cut`: there may be older ones."""

    ids: tuple[int, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """How many, `is_more` when there are more than were counted; their sum when it is in one currency and complete."""

    n: int
    is_more: bool
    total: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on orders_order o, with its values."""

    sql: str
    values: tuple[Any, ...]

    def also(self, sql: str, *values: Any) -> "Where":
        """Both conditions."""
        return Where(f"{self.sql} and {sql}", (*self.values, *values))


def where(shop_id: int, wanted: OrderFilter) -> Where:
    """The filter as a condition; only what was asked for stands in it, so that each finds its index."""
    found = Where("o.shop_id = %s", (shop_id,))
    for column, value in (
        ("status", wanted.status),
        ("payment_status", wanted.payment),
        ("source", wanted.source),
        ("mark", wanted.mark),
    ):
        if value:
            found = found.also(f"o.{column} = %s", value)
    if wanted.payment and not wanted.status:
        # the index of states begins with the order's own
        found = found.also("o.status = any(%s)", sorted(STATUSES))
    if wanted.since is not None:
        found = found.also("o.placed_at >= %s", wanted.since)
    if wanted.until is not None:
        found = found.also("o.placed_at < %s", wanted.until)
    if wanted.is_unpaid:
        found = found.also(_UNPAID)
    if wanted.ids is not None:
        found = found.also("o.id = any(%s)", list(wanted.ids))
    return found


def page(cur: Cursor, wanted: Where, after: tuple[datetime, int] | None, limit: int) -> list[OrderRow]:
    """A page, newest first; `after`: (placed_at, id) of the last one seen."""
    if after is not None:
        wanted = wanted.also("(o.placed_at, o.id) < (%s, %s)", *after)
    rows = cur.execute(
        f"select {COLUMNS} from orders_order o where {wanted.sql} {_NEWEST} limit %s",  # noqa: S608
        [*wanted.values, limit],
    )
    return [OrderRow(*r) for r in rows]


def ids(cur: Cursor, wanted: Where, limit: int) -> list[int]:
    """The ids, newest first."""
    rows = cur.execute(
        f"select o.id from orders_order o where {wanted.sql} {_NEWEST} limit %s",  # noqa: S608
        [*wanted.values, limit],
    )
    return [r[0] for r in rows]


def count(cur: Cursor, wanted: Where, most: int, *, with_total: bool = False) -> Counted:
    """How many there are, counted up to `most`."""
    if not with_total:
        row = cur.execute(
            f"select count(*) from (select 1 from orders_order o where {wanted.sql} {_NEWEST} limit %s) few",  # noqa: S608
            [*wanted.values, most + 1],
        ).fetchone()
        n = int(row[0]) if row else 0
        return Counted(min(n, most), n > most)
    row = cur.execute(
        "select count(*), sum(total), min(currency), max(currency) from (select o.total, o.currency"  # noqa: S608
        f" from orders_order o where {wanted.sql} {_NEWEST} limit %s) few",
        [*wanted.values, most + 1],
    ).fetchone()
    n, total, first, last = row if row else (0, None, None, None)
    is_whole = n <= most and first == last and total is not None
    return Counted(min(n, most), n > most, int(total) if is_whole else None, first or "")


# One step a source, however many orders each has.
_SOURCES = """
with recursive step as (
  (select source from orders_order where shop_id = %(shop)s order by source limit 1)
  union all
  select (select o.source from orders_order o where o.shop_id = %(shop)s and o.source > step.source order by o.source limit 1)
  from step where step.source is not null
)
select source from step where source is not null limit 50
"""


def sources(cur: Cursor, shop_id: int) -> list[str]:
    """Where the shop's orders came from, by name."""
    return [r[0] for r in cur.execute(_SOURCES, {"shop": shop_id})]


def search(cur: Cursor, shop_id: int, country: str, text: str) -> Found:
    """Orders by number, product code, or their buyer's name, telephone, e-mail or number; the newest ones."""
    text = text.strip()
    numbers = sorted({text, _NUMBER.sub("", text), _NUMBER.sub("", text).upper()})
    by_number = cur.execute(
        "select id from orders_order where shop_id = %(shop)s and external_id = any(%(texts)s)"
        " union select id from orders_order where shop_id = %(shop)s and number = any(%(texts)s) and number <> external_id"
        " limit %(most)s",
        {"shop": shop_id, "texts": numbers, "most": MOST_FOUND},
    ).fetchall()
    by_product = [row for sku in sorted({text, text.upper()}) for row in _with_product(cur, shop_id, sku)]
    # who types a number or a code means that, and no name
    buyers = [] if by_number or by_product else people.search(cur, shop_id, country, text, limit=_MOST_BUYERS)
    by_buyer = cur.execute(
        "select id from orders_order where shop_id = %s and person_id = any(%s) order by placed_at desc limit %s",
        (shop_id, people.with_merged(cur, shop_id, buyers), MOST_FOUND),
    ).fetchall()
    found = {r[0] for r in (*by_number, *by_product, *by_buyer)}
    is_cut = max(len(by_product), len(by_buyer)) >= MOST_FOUND or len(buyers) >= _MOST_BUYERS
    return Found(tuple(sorted(found)), is_cut)


def _with_product(cur: Cursor, shop_id: int, sku: str) -> list[tuple[Any, ...]]:
    """The newest orders of a product; one code at a time, so that the index gives them in their order."""
    return cur.execute(
        "select order_id from orders_line where shop_id = %s and sku = %s order by order_id desc limit %s",
        (shop_id, sku, MOST_FOUND),
    ).fetchall()
