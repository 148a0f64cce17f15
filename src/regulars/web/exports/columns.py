"""The columns of each list as a file, and its rows page by page.

Owns which columns there are and their words. Contacts stand in a file only when its asker may see them whole. Everything
a page needs is loaded together.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.orders import listing as orders
from regulars.orders.listing import OrderFilter
from regulars.orders.queries import OrderRow, lines
from regulars.orders.sums import sums_of
from regulars.orders.twins import pointers
from regulars.people import queries as people
from regulars.people.queries import PersonCard
from regulars.rules.money import exponent
from regulars.segments import queries as segments
from regulars.shop.settings import ShopSettings
from regulars.web import words
from regulars.web.exports import effect, operators, promises
from regulars.web.exports.sheets import Cell
from regulars.web.filters import Query
from regulars.web.orders import asked as of_orders
from regulars.web.orders.listed import delivery
from regulars.web.paging import our_id
from regulars.web.people import asked as of_people

__all__ = ["Table", "table_of"]

BATCH = 1000
_LISTS = {"promises": promises, "team_work": operators, "effect": effect}
"""Lists whose columns stand in a module of their own."""


@dataclass(frozen=True, slots=True)
class Table:
    """A list as columns: the heads, the query that it answers (known parameters only), and its rows in pages."""

    heads: Sequence[str]
    query: Query
    pages: Callable[[], Iterator[Sequence[Sequence[Cell]]]]
    count: Callable[[Cursor, int], int]


def table_of(shop: ShopSettings, page: str, query: str, ids: Sequence[int] | None, whole: bool) -> Table:
    """The list 'orders', 'people', 'segment_members' or one of _LISTS by its query text.

    `ids`: only these; `whole`: with contacts.
    """
    if page in _LISTS:
        params, columns = QueryDict(query), _LISTS[page]
        return Table(
            columns.heads(), columns.query_of(params), lambda: columns.pages(shop, params),
            lambda cur, most: columns.count(cur, shop, params, most),
        )  # fmt: skip
    lists = {"orders": _orders, "people": _people, "segment_members": _members}
    return lists[page](shop, QueryDict(query), ids, whole)


def _orders(shop: ShopSettings, params: QueryDict, ids: Sequence[int] | None, whole: bool) -> Table:
    wanted = of_orders.asked(params)

    def where(cur: Cursor) -> orders.Where:
        if ids is not None:
            return orders.where(shop.id, OrderFilter(ids=tuple(ids)))
        found = of_orders.found_by(cur, shop, wanted)
        return of_orders.condition_on(shop, wanted, found, clock.now_from(cur))

    def pages() -> Iterator[Sequence[Sequence[Cell]]]:
        after: tuple[datetime, int] | None = None
        with db.transact() as cur:
            asked_for = where(cur)
        while True:
            with db.transact() as cur:
                found = orders.page(cur, asked_for, after, BATCH)
                made = _order_rows(cur, shop, found, whole)
            if not found:
                return
            yield made
            after = (found[-1].placed_at, found[-1].id)

    heads = [_("Order"), _("The shop’s id"), _("Source"), _("Placed"), _("State"), _("Payment"), _("Payment method"),
             _("Total"), _("Paid"), _("Currency"), _("Delivery"), _("Buyer"), *_contact_heads(whole), _("City"),
             _("Products"), _("Mark"), _("Looks like order")]  # fmt: skip
    return Table(heads, wanted.query, pages, lambda cur, most: orders.count(cur, where(cur), most).n)


def _order_rows(cur: Cursor, shop: ShopSettings, found: Sequence[OrderRow], whole: bool) -> list[list[Cell]]:
    cards = people.cards(cur, shop.id, [o.person_id for o in found if o.person_id is not None])
    bought = lines(cur, shop.id, [o.id for o in found])
    twice = pointers(cur, shop.id, [o.id for o in found])
    zone = ZoneInfo(shop.time_zone)
    out: list[list[Cell]] = []
    for o in found:
        card = cards.get(o.person_id or 0)
        out.append(
            [
                o.number,
                o.external_id,
                words.word(words.SOURCES, o.source),
                o.placed_at.astimezone(zone),
                words.word(words.ORDER_STATES, o.status),
                words.word(words.PAYMENT_STATES, o.payment_status),
                words.word(words.METHODS, o.payment_method),
                _amount(o.total, o.currency),
                None if o.paid_total is None else _amount(o.paid_total, o.currency),
                o.currency,
                delivery(o),
                card.name if card else "",
                *_contacts(card, whole),
                _city(card),
                "; ".join(f"{line.quantity.normalize():f} × {line.name} ({line.sku})" for line in bought.get(o.id, ())),
                words.word(words.MARKS, o.mark) if o.mark else "",
                twice[o.id].number if o.id in twice else "",
            ]
        )
    return out


def _people(shop: ShopSettings, params: QueryDict, ids: Sequence[int] | None, whole: bool) -> Table:
    wanted = of_people.asked(params)

    def pages() -> Iterator[Sequence[Sequence[Cell]]]:
        before: int | None = None
        while True:
            with db.transact() as cur:
                found = of_people.page(cur, shop, wanted, before, BATCH)
                made = _people_rows(cur, shop, found, whole)
            if not found:
                return
            yield made
            before = found[-1]

    return Table(
        _people_heads(whole), wanted.query, pages, lambda cur, most: of_people.count(cur, shop, wanted, most)[0]
    )


def _people_heads(whole: bool) -> list[str]:
    return [_("Name"), *_contact_heads(whole), _("Customer since"), _("Known since"), _("City"), _("Language"),
            _("Orders"), _("Together"), _("Currency"), _("Last order"), _("The shop’s id")]  # fmt: skip


def _members(shop: ShopSettings, params: QueryDict, ids: Sequence[int] | None, whole: bool) -> Table:
    """Who is in a segment, or those of them who are asked for, the newest first."""
    asked, wanted = str(params.get("segment", "")), of_people.asked(params)
    number = our_id(asked) or 0

    def segment(cur: Cursor) -> segments.SegmentRow | None:
        return segments.one(cur, shop.id, number, clock.now_from(cur).date())

    def among(cur: Cursor) -> segments.Among | None:
        return of_people.where(cur, shop, wanted) if wanted.query else None

    def pages() -> Iterator[Sequence[Sequence[Cell]]]:
        after: tuple[datetime, int] | None = None
        while True:
            with db.transact() as cur:
                found = segments.members(cur, number, after, BATCH, among(cur)) if segment(cur) else []
                made = _people_rows(cur, shop, [m.person_id for m in found], whole)
            if not found:
                return
            yield made
            after = (found[-1].since, found[-1].person_id)

    def count(cur: Cursor, most: int) -> int:
        row, some = segment(cur), among(cur)
        if row is None:
            return 0
        return min(row.members, most) if some is None else segments.count(cur, number, some, most)[0]

    query = Query({"segment": asked if number else "", **wanted.query.values})
    return Table(_people_heads(whole), query, pages, count)


def _people_rows(cur: Cursor, shop: ShopSettings, found: Sequence[int], whole: bool) -> list[list[Cell]]:
    cards = people.cards(cur, shop.id, found)
    sums = sums_of(cur, shop.id, found)
    zone = ZoneInfo(shop.time_zone)
    out: list[list[Cell]] = []
    for card in (cards[i] for i in found if i in cards):
        bought = sums.get(card.id)
        out.append(
            [
                card.name,
                *_contacts(card, whole),
                card.customer_since.astimezone(zone) if card.customer_since else None,
                card.created_at.astimezone(zone),
                _city(card),
                card.language or "",
                bought.orders if bought else 0,
                _amount(bought.total, bought.currency) if bought and bought.total is not None else None,
                bought.currency if bought else "",
                bought.last_at.astimezone(zone) if bought else None,
                ", ".join(card.external),
            ]
        )
    return out


def _contact_heads(whole: bool) -> list[str]:
    return [_("Phone"), _("E-mail")] if whole else []


def _contacts(card: PersonCard | None, whole: bool) -> list[Cell]:
    if not whole:
        return []
    return [", ".join(card.phones), ", ".join(card.emails)] if card else ["", ""]


def _city(card: PersonCard | None) -> str:
    return str(card.address.get("city") or "") if card else ""


def _amount(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-exponent(currency))
