"""The list behind a figure of an operator's day as a file: its columns and rows. Who may ask for whose is the page's matter."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from regulars.base import db
from regulars.base.db import Cursor
from regulars.orders import queries as orders
from regulars.people import queries as people
from regulars.reports.operators import reaction
from regulars.rules.money import to_text
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings
from regulars.staff import queries as staff_queries
from regulars.web import words
from regulars.web.exports.sheets import Cell
from regulars.web.filters import Query
from regulars.web.reports import asked as of_work

__all__ = ["count", "heads", "pages", "query_of"]


def heads() -> list[str]:
    """The columns of the file."""
    return [_("Finished"), _("Operator"), _("Task"), _("Outcome"), _("Order"), _("Buyer"), _("Target met"), _("Limit met"),
            _("Reaction, working seconds"), _("Earned for"), _("Amount"), _("Currency")]  # fmt: skip


def query_of(params: QueryDict) -> Query:
    """The query that the file answers."""
    return Query({k: str(params[k]) for k in ("who", "span", "on", "part", "outcome", "earned") if k in params})


def count(cur: Cursor, shop: ShopSettings, params: QueryDict, most: int) -> int:
    """How many rows the file has, up to `most`."""
    return min(len(of_work.listed(cur, shop, of_work.asked(params, of_work.today(cur, shop)))), most)


def pages(shop: ShopSettings, params: QueryDict) -> Iterator[Sequence[Sequence[Cell]]]:
    """The rows of the file, in the order of finishing."""
    with db.transact() as cur:
        found = of_work.listed(cur, shop, of_work.asked(params, of_work.today(cur, shop)))
        numbers = orders.by_id(cur, shop.id, sorted({w.order_id for w, _e in found if w.order_id is not None}))
        cards = people.cards(cur, shop.id, [w.person_id for w, _e in found])
        names = staff_queries.names(cur, shop.id, [w.account for w, _e in found])
        hours = shops.worktimes(cur, shop.id)
    zone = ZoneInfo(shop.time_zone)
    answers = {True: _("yes"), False: _("no"), None: ""}
    made: list[list[Cell]] = []
    for w, entry in found:
        took = reaction(w, hours)
        made.append(
            [
                w.finished_at.astimezone(zone),
                names.get(w.account, w.who),
                words.word(words.KINDS_OF_TASK, w.kind),
                words.word(words.OUTCOMES, w.outcome),
                numbers[w.order_id].number if w.order_id in numbers else "",
                cards[w.person_id].name if w.person_id in cards else "",
                answers[w.in_target],
                answers[w.in_limit],
                None if took is None else round(took.total_seconds()),
                "" if entry is None else of_work.ground(entry.what),
                None if entry is None else Decimal(to_text(entry.minor, entry.currency)),
                "" if entry is None else entry.currency,
            ]
        )
    if made:
        yield made
