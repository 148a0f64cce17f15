"""What flows through a scheme: entered, ended and reached the goal day by day, and where people leave it.

Owns the drawing's places and the words; the numbers are those that `counts` keeps.
"""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from regulars.base import clock, db
from regulars.journeys import counts
from regulars.journeys import scheme_queries as queries
from regulars.journeys.counts import Day, Numbers
from regulars.web import words
from regulars.web.access import Seat, staff
from regulars.web.page import say_for, show
from regulars.web.say import Say
from regulars.web.scheme_names import read, scheme_names, spoken
from regulars.web.schemes.page import views

__all__ = ["chart", "flow"]

DAYS = 90
LEFT, RIGHT, TOP, BOTTOM = 36.0, 772.0, 12.0, 172.0
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000)
MOST_ENDS = 50


@staff("GET")
def flow(request: HttpRequest, seat: Seat, name: str) -> HttpResponse:
    """The last 90 days, all versions together."""
    with db.transact() as cur:
        version = queries.version(cur, seat.shop.id, name)
        if version is None:
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        of = {v.id: v for v, _n in queries.versions(cur, seat.shop.id, name, limit=500)}
        found = counts.numbers(cur, list(of))
        days = counts.flow(list(found.values()), queries.today(cur, seat.shop.id, say.now), DAYS)
        names = scheme_names(cur, seat.shop.id, seat.language, ((name, v.n) for v in of.values()))
    newest = {step: v.n for v in sorted(of.values(), key=lambda v: v.n) for step, _reason in found[v.id].ends}
    titles = {step: names.step(name, n, step) or spoken(step) for step, n in newest.items()}
    scheme = read(version.text)
    return show(
        request,
        seat,
        "schemes",
        "scheme_flow",
        {
            "name": name,
            "title": words.in_language(scheme.title, seat.language) if scheme else name,
            "version": version,
            "view": "flow",
            "views": views(name),
            "chart": chart(days, say),
            "total": {
                "began": say.number(sum(d.began for d in days)),
                "ended": say.number(sum(d.ended for d in days)),
                "goals": say.number(sum(d.goals for d in days)),
            },
            "weeks": _weeks(days, say),
            "ends": _ends(list(found.values()), titles, say),
        },
    )


def chart(days: Sequence[Day], say: Say) -> dict[str, Any]:
    """Lines and the grid with their places in a drawing of 780 × 200."""
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
    marks = [
        {"x": f"{LEFT + n * apart:.1f}", "day": say.day(day.day)}
        for n, day in enumerate(days)
        if n % 30 == len(days) % 30
    ]
    return {
        "began": line([d.began for d in days]),
        "ended": line([d.ended for d in days]),
        "goals": line([d.goals for d in days]),
        "grid": grid,
        "marks": marks,
        "is_empty": most == 0,
    }


def _weeks(days: Sequence[Day], say: Say) -> list[dict[str, str]]:
    """The same as a table: by weeks, the newest first."""
    out = []
    for at in range(len(days), 0, -7):
        week = days[max(at - 7, 0) : at]
        out.append(
            {
                "from": say.day(week[0].day),
                "began": say.number(sum(d.began for d in week)),
                "ended": say.number(sum(d.ended for d in week)),
                "goals": say.number(sum(d.goals for d in week)),
            }
        )
    return out


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
