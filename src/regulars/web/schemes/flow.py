"""What flows through a scheme: entered, ended and reached the goal day by day, where people leave it, version by version.

Owns the drawing's places, the period that is looked at, and the words; the numbers are those that `counts` keeps.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base import clock, db
from regulars.journeys import counts, move_queries
from regulars.journeys import scheme_queries as queries
from regulars.journeys.counts import Day, Numbers
from regulars.journeys.scheme_queries import VersionRow
from regulars.web import paging, words
from regulars.web.access import Seat, staff
from regulars.web.page import say_for, show
from regulars.web.say import Say
from regulars.web.scheme_names import scheme_names, spoken
from regulars.web.schemes.head import shared_head

__all__ = ["chart", "flow"]

PERIODS = ("30", "90", "365")
LIVE = "live"
"""Since the version that runs was published."""
LONGEST = 3653
LEFT, RIGHT, TOP, BOTTOM = 36.0, 772.0, 12.0, 172.0
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000)
APART = (1, 2, 7, 14, 30, 90, 180, 365, 730)
"""So many days between two that are named below the drawing, of which there are six at most."""
MOST_ENDS = 50


@staff("GET")
def flow(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """The period asked for, all versions together."""
    with db.transact() as cur:
        version = queries.version(cur, seat.shop.id, name)
        if version is None:
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        period = paging.text_of(request, "period", (*PERIODS, LIVE)) or PERIODS[1]
        today = queries.today(cur, seat.shop.id, say.now)
        length = int(period) if period != LIVE else _days_since(say.here(version.published_at).date(), today)
        of = {v.id: v for v, _n in queries.versions(cur, seat.shop.id, name, limit=500)}
        found = counts.numbers(cur, list(of))
        days = counts.flow(list(found.values()), today, length)
        names = scheme_names(cur, seat.shop.id, seat.language, ((name, v.n) for v in of.values()))
        moved = move_queries.moved_to(cur, version.scheme_id)
        head = shared_head(cur, seat, say, version, "flow")
    newest = {step: v.n for v in sorted(of.values(), key=lambda v: v.n) for step, _reason in found[v.id].ends}
    titles = {step: names.step(name, n, step) or spoken(step) for step, n in newest.items()}
    context = {
        **head,
        "period": period,
        "periods": _periods(version),
        "period_title": _title(period, version, say),
        "chart": chart(days, say),
        "total": _sums(days, say),
        "weeks": _weeks(days, say),
        "by_version": _by_version(of, found, moved, say) if len(of) > 1 else [],
        "ends": _ends(list(found.values()), titles, say),
    }
    return show(request, seat, "schemes", "scheme_flow", context)


def _days_since(day: date, today: date) -> int:
    return min(max((today - day).days + 1, 1), LONGEST)


def _periods(version: VersionRow) -> list[tuple[str, str]]:
    """What may be chosen, with its words."""
    days = [(p, ngettext("%(n)s day", "%(n)s days", int(p)) % {"n": p}) for p in PERIODS[:2]]
    return [*days, (PERIODS[2], _("12 months")), (LIVE, _("since version %(n)s") % {"n": version.n})]


def _title(period: str, version: VersionRow, say: Say) -> str:
    """What the drawing is of."""
    if period == LIVE:
        told = {"n": version.n, "day": say.day(version.published_at)}
        return _("Since version %(n)s was published (%(day)s), all versions together") % told
    if period == PERIODS[2]:
        return _("The last 12 months, all versions together")
    return _("The last %(n)s days, all versions together") % {"n": period}


def chart(days: Sequence[Day], say: Say) -> dict[str, Any]:
    """Lines and the grid with their places in a drawing of 780 × 200."""
    if len(days) == 1:
        days = [*days, *days]  # a line needs two ends
    most = max((max(d.began, d.ended, d.goals) for d in days), default=0)
    step = next(s for s in STEPS if s * 4 >= most or s == STEPS[-1])
    top = max(step * -(-most // step), step)
    apart = (RIGHT - LEFT) / max(len(days) - 1, 1)

    def line(values: Sequence[int]) -> str:
        return " ".join(
            f"{LEFT + n * apart:.1f},{BOTTOM - value * (BOTTOM - TOP) / top:.1f}" for n, value in enumerate(values)
        )

    grid = [
        {"y": f"{BOTTOM - value * (BOTTOM - TOP) / top:.1f}", "value": say.number(value)}
        for value in range(0, top + 1, step)
    ]
    return {
        "began": line([d.began for d in days]),
        "ended": line([d.ended for d in days]),
        "goals": line([d.goals for d in days]),
        "grid": grid,
        "marks": _marks(days, apart, say),
        "is_empty": most == 0,
    }


def _marks(days: Sequence[Day], apart: float, say: Say) -> list[dict[str, str]]:
    """The days named below, counted back from the last; at the edges their words stay within the drawing."""
    every = next(n for n in APART if len(days) <= 6 * n or n == APART[-1])
    found = []
    for n in range(len(days) - 1, -1, -every):
        x = LEFT + n * apart
        anchor = "end" if x > RIGHT - 30 else "start" if x < LEFT + 30 else "middle"
        found.append({"x": f"{x:.1f}", "day": say.day(days[n].day), "anchor": anchor})
    return found[::-1]


def _sums(days: Sequence[Day], say: Say) -> dict[str, str]:
    return {what: say.number(sum(getattr(d, what) for d in days)) for what in ("began", "ended", "goals")}


def _weeks(days: Sequence[Day], say: Say) -> list[dict[str, str]]:
    """The same as a table: by weeks, the newest first."""
    out = []
    for at in range(len(days), 0, -7):
        week = days[max(at - 7, 0) : at]
        out.append({"from": say.day(week[0].day), **_sums(week, say)})
    return out


def _by_version(
    of: Mapping[int, VersionRow], found: Mapping[int, Numbers], moved: Mapping[int, int], say: Say
) -> list[dict[str, Any]]:
    """How many each version counts, newest first, without those that count nobody any more: whoever was moved counts where
    he is now."""
    return [
        {
            "n": v.n,
            "is_live": v.is_live,
            "people": say.number(found[v.id].began),
            "moved": say.number(moved[v.id]) if moved.get(v.id) else "",
            "inside": say.number(found[v.id].inside) if found[v.id].inside else "",
            "goals": say.number(found[v.id].goals) if found[v.id].goals else "",
        }
        for v in sorted(of.values(), key=lambda v: -v.n)
        if found[v.id].began or v.is_live
    ]


def _ends(found: Sequence[Numbers], titles: dict[str, str], say: Say) -> list[dict[str, Any]]:
    """Where people leave, and why, the most first."""
    summed: dict[tuple[str, str], int] = {}
    for numbers in found:
        for key, n in numbers.ends.items():
            summed[key] = summed.get(key, 0) + n
    most = max(summed.values(), default=0)
    ordered = sorted(summed.items(), key=lambda one: -one[1])[:MOST_ENDS]
    return [
        {
            "step": titles.get(step, step),
            "reason": words.word(words.END_REASONS, reason),
            "n": say.number(n),
            "share": round(100 * n / most),
        }
        for (step, reason), n in ordered
        if n > 0
    ]
