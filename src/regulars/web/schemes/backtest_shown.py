"""A backtest's result as the page shows it: the histogram and the week as drawings, the versions as a table.

Owns how figures become words, bars and cells. Whatever a drawing shows stands in a table too.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_skeleton
from django.utils.translation import gettext as _

from regulars.base.db import Cursor
from regulars.core.scheme import Scheme
from regulars.shop import queries as shops
from regulars.web import rows, words
from regulars.web.access import Seat
from regulars.web.say import Say
from regulars.web.schemes import backtest_words as said
from regulars.web.schemes.backtest_drawn import drawn

__all__ = ["shown"]

_HEIGHT, _LEFT, _BASE, _COLUMN = 222, 40, 178, 97
_BAR = 32


def shown(cur: Cursor, seat: Seat, say: Say, result: Mapping[str, Any], scheme: Scheme | None = None) -> dict[str, Any]:
    """All that the page needs. `scheme`: that of the last side, for what its steps are called."""
    sides: Sequence[Mapping[str, Any]] = result["sides"]
    sides = [{**s, "label": said.label(s["label"])} for s in sides]
    last = sides[-1]
    teams = shops.team_titles(cur, seat.shop.id)
    by_weight = sorted(last["desks"], key=lambda d: (d["kind"] != "call", -d["late"], -d["total"]))
    desks = [_desk(d, teams, seat.language, say) for d in by_weight if d["total"]]
    team = _team(teams, result["first"].get("team", ""), seat.language)
    return {
        "first": said.first(result["first"], last["label"], team, say),
        "head": _("%(begun)s orders or other beginnings, %(people)s people, ran in %(seconds)s s; nothing was sent")
        % {
            "begun": say.number(result["begun"]),
            "people": say.number(result["people"]),
            "seconds": say.number(result["seconds"]),
        },
        "is_crowded": result["first"]["code"] == "crowded",
        "labels": [s["label"] for s in sides],
        "histogram": _histogram(sides, say),
        "first_desk": desks[0] if desks else None,
        "more_desks": desks[1:],
        "versions": _versions(result, sides, say),
        "refused": _refused(last, say),
        "refused_of": [say.number(sum(last["refused"].values())), say.number(last["meant"])],
        "worst": _worst(cur, seat, say, last),
        "difference": _difference(cur, seat, say, result["difference"]),
        "drawn": drawn(result, say, scheme),
        "notes": list(dict.fromkeys(said.note(n, say) for s in sides for n in s.get("notes", ()))),
        "last": last["label"],
        "side": len(sides) - 1,
    }


def _team(teams: Mapping[str, Mapping[str, str]], key: str, language: str) -> str:
    return words.in_language(teams[key], language) if key in teams else key


def _histogram(sides: Sequence[Mapping[str, Any]], say: Say) -> dict[str, Any]:
    """Bars of each version beside each other: in how many months of people so many messages came."""
    totals = [sum(s["histogram"]) or 1 for s in sides]
    shares = [[100 * n / total for n in s["histogram"]] for s, total in zip(sides, totals, strict=True)]
    top = max(10.0, *(x for row in shares for x in row))
    bars, columns = [], []
    width = _BAR if len(sides) > 1 else 2 * _BAR
    for n in range(len(shares[0])):
        label = f"{n}+" if n == len(shares[0]) - 1 else str(n)
        x = _LEFT + n * _COLUMN + (_COLUMN - 2 * _BAR) // 2
        for place, row in enumerate(shares):
            tall = round(row[n] / top * (_BASE - 30))  # whole: a fraction would be written with a comma
            bars.append(
                {
                    "x": x + place * (_BAR + 2), "width": width, "y": _BASE - tall, "height": tall,
                    "tone": "teal" if place == len(shares) - 1 else "blue", "value": say.number(round(row[n], 1)),
                    "middle": x + place * (_BAR + 2) + width // 2, "top": _BASE - tall - 6,
                }
            )  # fmt: skip
        columns.append({"label": label, "x": x + _BAR, "values": [say.share(round(row[n], 1)) for row in shares]})
    return {"bars": bars, "columns": columns, "base": _BASE, "width": _LEFT + len(columns) * _COLUMN, "height": _HEIGHT}


def _desk(desk: Mapping[str, Any], teams: Mapping[str, Mapping[str, str]], language: str, say: Say) -> dict[str, Any]:
    """The usual week of a team: hours by weekdays, with what can be done."""
    cells = {(c[0], c[1]): c for c in desk["week"]}
    hours = sorted({c[1] for c in desk["week"] if c[2] >= 0.05 or c[4] >= 0.05})
    days = []
    for weekday, name in enumerate(said.DAYS):
        line = [_cell(cells.get((weekday, hour)), say) for hour in hours]
        days.append({"name": name, "cells": line})
    most = max((c[4] for c in desk["week"]), default=0)
    return {
        "kind": said.whats(desk["kind"]),
        "team": _team(teams, desk["team"], language),
        "hours": [f"{h}:00" for h in hours],
        "days": days,
        "capacity": say.number(round(most)),
        "basis": said.basis_of(desk["basis"]),
        "pace": say.number(round(desk["pace"] / 60, 1)),
        "is_measured": desk["measured"],
        "late": say.number(desk["late"]),
        "total": say.number(desk["total"]),
    }


def _cell(cell: Sequence[Any] | None, say: Say) -> dict[str, Any]:
    if cell is None or (cell[2] < 0.05 and cell[4] < 0.05):
        return {"tone": "none", "value": "", "title": ""}
    _day, _hour, mean, peak, capacity = cell
    ratio = mean / capacity if capacity else 9.0
    if mean - capacity < 0.5:  # so little beyond is no crowd, as a call on a free day now and then
        ratio = min(ratio, 1.0 if capacity else 0.0)
    steps = ((1.25, "over2"), (1.0, "over"), (0.85, "t4"), (0.6, "t3"), (0.3, "t2"))
    tone = next((name for least, name in steps if ratio > least), "t1")
    beyond = round(mean - capacity) if ratio > 1 else 0
    return {
        "tone": tone,
        "value": say.number(round(mean) if mean >= 10 else round(mean, 1)) + (f" +{beyond}" if beyond else ""),
        "title": _("on average %(mean)s, in the fullest week %(peak)s, possible %(capacity)s")
        % {"mean": say.number(mean), "peak": say.number(peak), "capacity": say.number(capacity)},
    }


def _versions(result: Mapping[str, Any], sides: Sequence[Mapping[str, Any]], say: Say) -> list[dict[str, Any]]:
    """The table of the versions, with the difference where there are two."""
    lines = [
        _line(_("Entered"), [s["enrolments"] for s in sides], say),
        _line(_("Messages sent"), [s["messages"] for s in sides], say),
        _line(_("of them advertising"), [s["advertising"] for s in sides], say),
        _line(_("Calls for the desk"), [s["calls"] for s in sides], say),
        _line(_("Done within the target"), [_share(s) for s in sides], say, is_share=True),
        _line(_("Promises at risk"), [sum(n for _k, f, n in s["promises"] if f == "late") for s in sides], say),
    ]
    for kind in sorted({k for s in sides for k in s["amounts"]}):
        lines.append(_line(said.what(kind), [s["amounts"].get(kind, 0) for s in sides], say))
    known = {"message", "question", "promise", "failed", "call", "task", "case"}
    for kind in sorted({k for s in sides for k, _f, _n in s["effects"]} - known):
        lines.append(_line(said.what(kind), [sum(n for k, _f, n in s["effects"] if k == kind) for s in sides], say))
    if any(s["cost"] is not None for s in sides):
        costs = [Decimal(s["cost"] or 0) for s in sides]
        lines.append(
            {
                "name": _("Cost of messages and calls"), "cells": [say.price(c, result["currency"]) for c in costs],
                "difference": _signed(say.price(costs[-1] - costs[0], result["currency"]), costs[-1] - costs[0])
                if len(costs) > 1 else "",
            }
        )  # fmt: skip
    return lines


def _share(side: Mapping[str, Any]) -> float | None:
    total = sum(d["total"] for d in side["desks"])
    return 100 * sum(d["in_target"] for d in side["desks"]) / total if total else None


def _line(name: str, values: Sequence[float | None], say: Say, *, is_share: bool = False) -> dict[str, Any]:
    cells = ["–" if v is None else (say.share if is_share else say.number)(round(v)) for v in values]
    before, after = values[0], values[-1]
    difference = ""
    if len(values) > 1 and before is not None and after is not None:
        if is_share:
            points = round(after) - round(before)
            difference = _signed(_("%(n)s points") % {"n": say.number(points)}, points)
        elif before:
            percent = round(100 * (after - before) / before)
            # a change of less than a percent is one all the same
            difference = (
                _signed(say.share(percent), percent) if percent else _signed(say.number(after - before), after - before)
            )
        else:
            difference = _signed(say.number(after), after)
    return {"name": name, "cells": cells, "difference": difference}


def _signed(text: str, value: float | Decimal) -> str:
    return f"+{text}" if value > 0 else text if value < 0 else "0"


def _refused(side: Mapping[str, Any], say: Say) -> list[dict[str, Any]]:
    most = max(side["refused"].values(), default=1)
    return [
        {"code": code, "name": said.reason(code), "n": say.number(n), "share": round(100 * n / most)}
        for code, n in side["refused"].items()
    ]


def _worst(cur: Cursor, seat: Seat, say: Say, side: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The ten who would have got most within a month."""
    names = rows.names_of(cur, seat, [int(w["person"]) for w in side["worst"]], [])
    return [
        {
            "person_id": int(w["person"]),
            "person": names.called(int(w["person"]), say),
            "n": say.number(w["messages"]),
            "month": format_skeleton("yMMMM", date(w["month"] // 12, w["month"] % 12 + 1, 1), locale=say.language),
        }
        for w in side["worst"]
    ]


def _difference(cur: Cursor, seat: Seat, say: Say, found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Person by person: how many get more or fewer, and those with whom it differs most."""
    if found is None:
        return None
    most = found["most"][:20]
    names = rows.names_of(cur, seat, [int(m["person"]) for m in most], [])
    return {
        "more": say.number(found["more"]),
        "fewer": say.number(found["fewer"]),
        "otherwise": say.number(found["otherwise"]),
        "same": say.number(found["same"]),
        "most": [
            {
                "person_id": int(m["person"]),
                "person": names.called(int(m["person"]), say),
                "messages": " → ".join(say.number(n) for n in m["messages"]),
                "calls": " → ".join(say.number(n) for n in m["calls"]),
            }
            for m in most
        ],
    }
