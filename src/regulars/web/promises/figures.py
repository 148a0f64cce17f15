"""Promises in figures: kept, warned and broken by week, kind and team, and why they were not kept.

Owns the page; each number on it opens the list that it counts (promises/figures.py knows the condition).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.promises import figures
from regulars.promises.figures import OUTCOMES, Counted, Settled
from regulars.shop import queries as shops
from regulars.web import paging, words
from regulars.web.access import Seat, staff
from regulars.web.page import say_for, show
from regulars.web.promises.asked import asked, day_starts
from regulars.web.say import Say

__all__ = ["page"]

WEEKS = (8, 4, 26, 52)
HEIGHT, BAR, STEP, LEFT = 120, 34, 52, 8
TONES = {"kept": "teal", "warned": "amber", "broken": "red"}


@staff("GET")
def page(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The last weeks; `weeks`, `kind` and `team` narrow it."""
    wanted = asked(request.GET)
    weeks = int(paging.text_of(request, "weeks", [str(n) for n in WEEKS]) or WEEKS[0])
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        span = _Span(say, weeks, wanted.kind, wanted.team)
        which = Settled(
            day_starts(span.first, seat.shop), day_starts(span.until, seat.shop), kind=wanted.kind, team=wanted.team
        )
        found = figures.counted(cur, seat.shop.id, which, seat.shop.time_zone)
        why = figures.reasons(cur, seat.shop.id, which)
        teams = {t.key: t.title.get(say.language) or t.key for t in shops.teams(cur, seat.shop.id)}
    teams[shops.SHOP_TEAM] = _("the shop as a whole")
    context = {
        "total": _line(span, "", found, {}),
        "weeks": [_line(span, _week(say, w), [c for c in found if c.week == w], _days(w)) for w in span.weeks],
        "kinds": _groups(span, found, "kind", words.PROMISE_KINDS),
        "teams": _groups(span, found, "team", teams),
        "reasons": [
            {
                "name": words.word(words.PROMISE_REASONS, reason),
                "n": say.number(n),
                "href": span.href(reason=reason) if reason else "",
            }
            for reason, n in why
        ],
        "chart": _chart(span, found),
        "asked": {"kind": wanted.kind, "team": wanted.team, "weeks": weeks},
        "all_kinds": words.PROMISE_KINDS.items(),
        "all_teams": teams.items(),
        "all_weeks": WEEKS,
    }  # fmt: skip
    return show(request, seat, "promises", "promises_figures", context)


@dataclass(frozen=True, slots=True)
class _Span:
    """The weeks that are looked at, this one being the last, and how its lists are addressed."""

    say: Say
    length: int
    kind: str
    team: str

    @property
    def until(self) -> date:
        today = self.say.here(self.say.now).date()
        return today - timedelta(days=today.weekday()) + timedelta(days=7)

    @property
    def first(self) -> date:
        return self.until - timedelta(weeks=self.length)

    @property
    def weeks(self) -> list[date]:
        """Their Mondays, the newest first."""
        return [self.until - timedelta(weeks=n) for n in range(1, self.length + 1)]

    def href(self, **narrower: str) -> str:
        """The list behind a figure of this span."""
        query = QueryDict(mutable=True)
        own = {"since": self.first.isoformat(), "until": self.until.isoformat(), "kind": self.kind, "team": self.team}
        for name, value in {**own, **narrower}.items():
            if value:
                query[name] = value
        return f"{reverse('web:promises')}?{query.urlencode()}"


def _line(span: _Span, name: str, found: Iterable[Counted], narrower: Mapping[str, str]) -> dict[str, Any]:
    """A line of a table: how many of each outcome, with their lists, and the share that was kept."""
    counts: Counter[str] = Counter()
    for one in found:
        counts[one.outcome] += one.n
    total = sum(counts.values())
    share = "" if not total else _percent(span.say, counts["kept"] * 100 // total)
    cells = [
        {
            "n": span.say.number(counts[o]),
            "is_none": not counts[o],
            "outcome": o,
            "href": span.href(outcome=o, **narrower),
        }
        for o in OUTCOMES
    ]
    return {
        "name": name,
        "cells": cells,
        "all": span.say.number(total),
        "href": span.href(**narrower),
        "share": share,
        "any": total,
    }


def _groups(span: _Span, found: Sequence[Counted], by: str, names: Mapping[str, Any]) -> list[dict[str, Any]]:
    keys = sorted({getattr(c, by) for c in found}, key=lambda k: str(names.get(k, k)))
    return [_line(span, words.word(names, key), [c for c in found if getattr(c, by) == key], {by: key}) for key in keys]


def _week(say: Say, monday: date) -> str:
    sunday = monday + timedelta(days=6)
    if sunday.month == monday.month:
        return f"{monday.day}–{say.day(sunday)}"
    return f"{say.day(monday)} – {say.day(sunday)}"


def _short(say: Say, day: date) -> str:
    """`02.11`, `2 Nov`: for the axis of a chart."""
    return f"{day:%d.%m}" if say.language == "ru" else format_date(day, "d MMM", locale="en")


def _days(monday: date) -> dict[str, str]:
    return {"since": monday.isoformat(), "until": (monday + timedelta(days=7)).isoformat()}


def _percent(say: Say, n: int) -> str:
    return f"{n}\u00a0%" if say.language == "ru" else f"{n}%"


def _chart(span: _Span, found: Sequence[Counted]) -> dict[str, Any] | None:
    """A bar a week, the oldest first, in whole pixels; None when there is nothing to be seen."""
    counts: dict[date, Counter[str]] = {w: Counter() for w in reversed(span.weeks)}
    for one in found:
        if one.week in counts:
            counts[one.week][one.outcome] += one.n
    most = max((sum(c.values()) for c in counts.values()), default=0)
    if not most:
        return None
    bars = []
    every = max(1, len(counts) // 8)
    for at, (monday, parts) in enumerate(counts.items()):
        top, pieces = HEIGHT, []
        for outcome in OUTCOMES:
            height = round(parts[outcome] * HEIGHT / most)
            if parts[outcome]:
                height = max(height, 2)
                top -= height
                pieces.append({"y": top + 16, "height": height, "tone": TONES[outcome]})
        total = sum(parts.values())
        x = LEFT + at * STEP
        bars.append(
            {
                "x": x, "middle": x + BAR // 2, "pieces": pieces, "n": span.say.number(total) if total else "",
                "top": max(top + 11, 11), "label": _short(span.say, monday) if at % every == 0 else "",
                "title": f"{_week(span.say, monday)}: " + ", ".join(
                    f"{words.word(words.PROMISE_OUTCOMES, o)} {parts[o]}" for o in OUTCOMES if parts[o]
                ),
            }
        )  # fmt: skip
    width = LEFT * 2 + len(bars) * STEP
    return {"bars": bars, "width": width, "height": HEIGHT + 38, "base": HEIGHT + 16, "bar": BAR, "axis": HEIGHT + 32}
