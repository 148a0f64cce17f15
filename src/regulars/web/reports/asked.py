"""Whose work of which days is asked for, and which part of it: the parameters of the pages and of the file alike.

Owns their names, and which pieces of work each figure is made of, so that a figure and its list can't differ.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from regulars.base import clock
from regulars.base.db import Cursor
from regulars.reports import operators, telephone
from regulars.reports.operators import Work
from regulars.reports.telephone import Talked
from regulars.rules.earnings import CONFIRMED, REVENUE, TASK, Entry, earned
from regulars.rules.localtime import at_local_hour
from regulars.shop.settings import ShopSettings
from regulars.web import paging
from regulars.web.filters import text_in

__all__ = [
    "EARNED",
    "PARTS",
    "SPANS",
    "Asked",
    "asked",
    "entries",
    "ground",
    "listed",
    "part",
    "talked",
    "today",
    "work",
]

SPANS = ("day", "week", "month")
PARTS: Mapping[str, Callable[[Work], bool]] = {
    "done": lambda w: True,
    "first": lambda w: w.attempt == 1 and w.claimed_at is not None,
    "target": lambda w: w.in_target is True,
    "target_missed": lambda w: w.in_target is False,
    "limit": lambda w: w.in_limit is True,
    "limit_missed": lambda w: w.in_limit is False,
    "calls": lambda w: w.kind == "call",
    "reached": lambda w: w.is_reached,
    "confirmed": lambda w: w.is_confirmed,
}
"""The pieces of work that a figure counts."""
EARNED = ("all", "confirmed", "revenue", "task")
"""The entries that a sum is made of."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`who`: an account, 0 for all. `first` to `until`, which is not within: days of the shop's clock.

    `part`, or `outcome`, or `earned`: what a list shows.
    """

    who: int
    span: str
    on: date
    first: date
    until: date
    part: str = "done"
    outcome: str = ""
    earned: str = ""

    def query(self, **changes: str) -> dict[str, str]:
        """The parameters again, with some changed."""
        own = {"who": str(self.who or ""), "span": self.span, "on": self.on.isoformat()}
        return {k: v for k, v in {**own, **changes}.items() if v}


def asked(params: Mapping[str, Any], today: date) -> Asked:
    """What a query asks for; without a day, today."""
    span = text_in(params, "span", SPANS) or "day"
    try:
        on = date.fromisoformat(text_in(params, "on"))
    except ValueError:
        on = today
    on = on if 2000 <= on.year < 2200 else today
    first, until = _span(span, on)
    return Asked(
        paging.our_id(text_in(params, "who")) or 0, span, on, first, until,
        text_in(params, "part", PARTS) or "done", text_in(params, "outcome")[:63], text_in(params, "earned", EARNED),
    )  # fmt: skip


def _span(span: str, on: date) -> tuple[date, date]:
    if span == "week":
        monday = on - timedelta(days=on.weekday())
        return monday, monday + timedelta(days=7)
    if span == "month":
        first = on.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1)
    return on, on + timedelta(days=1)


def work(cur: Cursor, shop: ShopSettings, wanted: Asked) -> list[Work]:
    """All work of the span, of one or of all."""
    return operators.work(
        cur,
        shop.id,
        _midnight(wanted.first, shop),
        _midnight(wanted.until, shop),
        f"staff:{wanted.who}" if wanted.who else None,
    )


def talked(cur: Cursor, shop: ShopSettings, wanted: Asked) -> dict[int, Talked]:
    """Telephone calls of the span by account: one's own, or all with those of nobody known."""
    found = telephone.talked(cur, shop.id, _midnight(wanted.first, shop), _midnight(wanted.until, shop))
    return {a: t for a, t in found.items() if not wanted.who or a == wanted.who}


def _midnight(day: date, shop: ShopSettings) -> datetime:
    return at_local_hour(day, time(0), shop.time_zone)


def part(found: Sequence[Work], wanted: Asked) -> list[Work]:
    """Of these, what the figure counts that was opened."""
    if wanted.outcome:
        return [w for w in found if w.outcome == wanted.outcome]
    return [w for w in found if PARTS[wanted.part](w)]


def entries(cur: Cursor, shop: ShopSettings, found: Sequence[Work], which: str = "all") -> list[Entry]:
    """What this work has earned, by the versions of the shop's rule; `which`: all, or one ground."""
    made = earned(operators.rules_of(cur, shop.id), operators.deeds(found, shop.time_zone))
    return [e for e in made if which in ("all", e.what)]


def listed(cur: Cursor, shop: ShopSettings, wanted: Asked) -> list[tuple[Work, Entry | None]]:
    """The list behind a figure, in the order of finishing: tasks, or tasks each with the entry that it earned."""
    found = work(cur, shop, wanted)
    if not wanted.earned:
        return [(w, None) for w in part(found, wanted)]
    by_id = {w.id: w for w in found}
    return [(by_id[e.task_id], e) for e in entries(cur, shop, found, wanted.earned)]


def ground(what: str) -> str:
    """For what an entry was earned."""
    return {CONFIRMED: _("confirmed order"), REVENUE: _("share of revenue"), TASK: _("task")}[what]


def today(cur: Cursor, shop: ShopSettings) -> date:
    """The day by the shop's clock."""
    return clock.now_from(cur).astimezone(ZoneInfo(shop.time_zone)).date()
