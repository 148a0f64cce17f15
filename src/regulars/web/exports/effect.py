"""What every day's look at the schemes with a hold-out has shown, as a file: its columns and rows."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from decimal import Decimal
from math import inf

from django.http import QueryDict
from django.utils.translation import gettext as _

from regulars.base import db
from regulars.base.db import Cursor
from regulars.reports.uplift_cards import effects
from regulars.reports.uplift_sums import Look
from regulars.rules.money import exponent
from regulars.shop.settings import ShopSettings
from regulars.web.exports.sheets import Cell
from regulars.web.filters import Query

__all__ = ["count", "heads", "pages", "query_of"]


def heads() -> list[str]:
    """The columns of the file."""
    return [_("Scheme"), _("Day"), _("What is compared"), _("People with the scheme"), _("People held out"),
            _("A person, with the scheme"), _("A person, held out"), _("Uplift, %"), _("Uplift from, %"), _("Uplift to, %"),
            _("May be trusted"), _("Worked out afterwards")]  # fmt: skip


def query_of(params: QueryDict) -> Query:
    """The query that the file answers: all of it."""
    return Query({})


def count(cur: Cursor, shop: ShopSettings, params: QueryDict, most: int) -> int:
    """How many rows the file has, up to `most`."""
    return min(sum(len(e.looks) for metric in _metrics() for e in effects(cur, shop.id, metric)), most)


def _metrics() -> dict[str, str]:
    return {
        "again": _("share that ordered"),
        "orders": _("orders"),
        "revenue": _("revenue"),
        "goal": _("share that reached the goal"),
    }


def pages(shop: ShopSettings, params: QueryDict) -> Iterator[Sequence[Sequence[Cell]]]:
    """The rows by scheme, by what is compared, by day."""
    with db.transact() as cur:
        found = [(name, effects(cur, shop.id, metric)) for metric, name in _metrics().items()]
    for name, of_metric in found:
        for effect in of_metric:
            rows = [_row(effect.name, name, look, _scale(shop, effect.metric)) for look in effect.looks]
            if rows:
                yield rows


def _scale(shop: ShopSettings, metric: str) -> int:
    return 10 ** exponent(shop.currency) if metric == "revenue" else 1


def _row(scheme: str, name: str, look: Look, scale: int) -> list[Cell]:
    uplift, answers = look.found.uplift, {True: _("yes"), False: _("no")}
    ends: list[Cell] = [None, None, None]
    if uplift is not None:
        ends = [_percent(uplift.at), _percent(uplift.low), None if uplift.high == inf else _percent(uplift.high)]
    return [
        scheme,
        datetime.combine(look.day, time(0)),
        name,
        look.n_given,
        look.n_held,
        Decimal(f"{look.found.given / scale:.4f}"),
        Decimal(f"{look.found.held / scale:.4f}"),
        *ends,
        answers[look.trusted],
        answers[look.afterwards],
    ]


def _percent(value: float) -> Decimal:
    return Decimal(f"{value * 100:.1f}")
