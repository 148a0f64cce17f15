"""The ledger of promises as a file: its columns and its rows page by page. No contacts stand in it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from regulars.base import db
from regulars.base.db import Cursor
from regulars.orders import queries as orders
from regulars.people import queries as people
from regulars.promises.queries import AT_RISK, PromiseRow
from regulars.shop.settings import ShopSettings
from regulars.web import words
from regulars.web.exports.sheets import Cell
from regulars.web.filters import Query
from regulars.web.promises import asked as of_promises

__all__ = ["count", "heads", "pages", "query_of"]

BATCH = 1000


def heads() -> list[str]:
    """The names of the columns."""
    return [_("Promise"), _("State"), _("From"), _("By when"), _("Told"), _("Warned"), _("Settled"), _("Reason"),
            _("Team"), _("Order"), _("Buyer")]  # fmt: skip


def query_of(params: QueryDict) -> Query:
    """The query that the file answers."""
    return of_promises.asked(params).query


def pages(shop: ShopSettings, params: QueryDict) -> Iterator[Sequence[Sequence[Cell]]]:
    """The rows in the order of the list."""
    wanted = of_promises.asked(params)
    after: tuple[datetime | None, int] | None = None
    with db.transact() as cur:
        found = of_promises.found_by(cur, shop, wanted)
    while True:
        with db.transact() as cur:
            page = of_promises.page(cur, shop, wanted, found, after, BATCH)
            made = _rows(cur, shop, page.rows)
        if made:
            yield made
        if page.following is None:
            return
        after = page.following


def count(cur: Cursor, shop: ShopSettings, params: QueryDict, most: int) -> int:
    """How many rows there are, counted up to `most`."""
    wanted = of_promises.asked(params)
    found = of_promises.found_by(cur, shop, wanted)
    n, after = 0, None
    while n < most:
        page = of_promises.page(cur, shop, wanted, found, after, BATCH)
        n += len(page.rows)
        after = page.following
        if after is None:
            break
    return n


def _rows(cur: Cursor, shop: ShopSettings, found: Sequence[PromiseRow]) -> list[list[Cell]]:
    cards = people.cards(cur, shop.id, [p.person_id for p in found])
    numbers = orders.by_id(cur, shop.id, sorted({p.order_id for p in found if p.order_id is not None}))
    zone = ZoneInfo(shop.time_zone)

    def at(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment.astimezone(zone)

    return [
        [
            words.word(words.PROMISE_KINDS, p.kind),
            words.word(words.PROMISE_STANDS, AT_RISK if p.is_at_risk else p.state),
            at(p.window_from),
            at(p.due_at),
            at(p.told_at),
            at(p.warned_at),
            at(p.closed_at),
            words.word(words.PROMISE_REASONS, p.reason) if p.reason else "",
            p.team,
            numbers[p.order_id].number if p.order_id in numbers else "",
            cards[p.person_id].name if p.person_id in cards else "",
        ]
        for p in found
    ]
