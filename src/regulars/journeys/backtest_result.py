"""What a run came to, as data: stored with the run, printed by the command, shown on the screen.

Owns the result's shape and the one thing that is to be said first. Words are others' matter. It must not know how the
figures were counted.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from regulars.core.chance import Rate
from regulars.core.figures import BUCKET, Difference, Figures
from regulars.core.read import read_scheme
from regulars.journeys.backtest import Asked, Outcome
from regulars.journeys.backtest_capacity import Capacity, record
from regulars.journeys.backtest_rates import LEAST, MEASURED_FOR
from regulars.rules.desk_load import Cell, Served, play, usual_week

__all__ = ["COSTLY", "result_of"]

COSTLY = ("email", "sms", "telegram", "call")
"""What may have a price: a message by a channel, a call."""


def result_of(
    asked: Asked, outcome: Outcome, capacity: Capacity, prices: Mapping[str, Decimal], currency: str
) -> dict[str, Any]:
    """All of it, as JSON."""
    sides = [
        {**_side(side.label, side.text, side.rates, figures, asked, capacity, prices), "notes": side.notes}
        for side, figures in zip(asked.sides, outcome.figures, strict=True)
    ]
    return {
        "v": 1,
        "since": asked.since.isoformat(),
        "until": asked.until.isoformat(),
        "zone": str(capacity.zone),
        "seed": asked.seed,
        "measured": {"since": (asked.until - MEASURED_FOR).isoformat(), "least": LEAST},
        "reacts": {kind: rate.record() for kind, rate in asked.terms.reacts.items()},
        "currency": currency,
        "begun": outcome.begun,
        "people": outcome.persons,
        "seconds": round(outcome.seconds, 1),
        "processes": outcome.processes,
        "sides": sides,
        "difference": None if outcome.difference is None else _difference(outcome.difference),
        "first": _first(sides[-1]),
    }


def _side(
    label: str,
    text: str,
    rates: Mapping[str, Rate],
    f: Figures,
    asked: Asked,
    capacity: Capacity,
    prices: Mapping[str, Decimal],
) -> dict[str, Any]:
    scheme = read_scheme(text).scheme
    by_channel: Counter[str] = Counter()
    for (_, channel), count in f.sent.items():
        by_channel[channel] += count
    desks = [_desk(kind, team, f, asked, capacity) for kind, team in sorted({(w, t) for w, t, _ in f.work})]
    costs = {c: prices.get(c, Decimal(0)) * n for c, n in {**by_channel, "call": f.work_of("call")}.items()}
    return {
        "label": label,
        "scheme": scheme.name if scheme else "",
        "title": dict(scheme.title) if scheme else {},
        "people": f.people,
        "enrolments": f.enrolments,
        "turns": f.turns,
        "messages": f.messages,
        "advertising": sum(n for (purpose, _), n in f.sent.items() if purpose == "advertising"),
        "by_channel": dict(by_channel),
        "meant": f.messages + sum(f.refused.values()),
        "refused": dict(f.refused.most_common()),
        "histogram": f.histogram,
        "worst": [{"messages": n, "person": str(p), "month": m} for n, p, m in sorted(f.worst, reverse=True)],
        "by_month": [[m, n] for (m, _), n in sorted(f.by_month.items())],
        "calls": f.work_of("call"),
        "work": sorted([kind, team, fate, n] for (kind, team, fate), n in f.work.items()),
        "desks": desks,
        "promises": sorted([kind, fate, n] for (kind, fate), n in f.promises.items()),
        "effects": sorted([kind, fate, n] for (kind, fate), n in f.effects.items()),
        "amounts": dict(f.amounts),
        "outcomes": sorted([step, name, n] for (step, name), n in f.outcomes.items()),
        "failed": dict(f.failed),
        "costs": {c: str(v) for c, v in costs.items() if v},
        "cost": str(sum(costs.values(), Decimal(0))) if prices else None,
        "rates": {step: rate.record() for step, rate in rates.items()},
    }


def _desk(kind: str, team: str, f: Figures, asked: Asked, capacity: Capacity) -> dict[str, Any]:
    work = {(b, t, d): n for (k, of, b, t, d), n in f.load.items() if k == kind and of == team}
    served = play(work, capacity.of(kind, team))
    begun: Counter[int] = Counter()
    for (bucket, _, _), count in work.items():
        begun[bucket] += count
    monday = _monday(asked.until, capacity.zone)
    cells = usual_week(
        begun.items(), BUCKET, capacity.zone, asked.since, asked.until, capacity.in_hour(kind, team, monday)
    )
    return {
        "kind": kind,
        **record(capacity, kind, team, asked.until),
        "total": served.total,
        "in_target": served.total - served.missed,
        "late": served.late,
        "week": [[c.weekday, c.hour, round(c.mean, 1), c.peak, round(c.capacity, 1)] for c in cells],
        "worst": _worst_hours(cells, served, capacity.zone),
    }


def _monday(at: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the last whole week before `at`, there."""
    there = at.astimezone(zone)
    day = there.date() - timedelta(days=there.weekday() + 7)
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _worst_hours(cells: list[Cell], served: Served, zone: ZoneInfo) -> dict[str, Any] | None:
    """The hours in a row of one weekday in which most is asked beyond what can be done; None where nothing is."""
    best: tuple[float, list[Cell]] | None = None
    run: list[Cell] = []
    for cell in [*cells, None]:
        joins = cell is not None and cell.mean > cell.capacity
        if joins and cell is not None and (not run or (run[-1].weekday, run[-1].hour + 1) == (cell.weekday, cell.hour)):
            run.append(cell)
            continue
        if run:
            beyond = sum(c.mean - c.capacity for c in run)
            if best is None or beyond > best[0]:
                best = (beyond, run)
        run = [cell] if joins and cell is not None else []
    if best is None:
        return None
    hours = best[1]
    late = sum(n for bucket, n in served.late_begun.items() if _is_in(bucket, hours, zone))
    return {
        "weekday": hours[0].weekday,
        "from": hours[0].hour,
        "until": hours[-1].hour + 1,
        "most": round(max(c.mean for c in hours), 1),
        "possible": round(max(c.capacity for c in hours), 1),
        "late": late,
    }


def _is_in(bucket: int, hours: list[Cell], zone: ZoneInfo) -> bool:
    there = datetime.fromtimestamp(bucket * BUCKET, zone)
    return there.weekday() == hours[0].weekday and hours[0].hour <= there.hour <= hours[-1].hour


def _difference(d: Difference) -> dict[str, Any]:
    return {
        "same": d.same,
        "more": d.more,
        "fewer": d.fewer,
        "otherwise": d.otherwise,
        "most": [
            {"person": str(p), "messages": [a, b], "calls": [c, e]} for _, p, a, b, c, e in sorted(d.most, reverse=True)
        ],
    }


def _first(side: Mapping[str, Any]) -> dict[str, Any]:
    """The main thing: what somebody must know before he presses 'publish'. The gravest comes first."""
    if side["failed"]:
        return {"code": "failed", "count": sum(side["failed"].values())}
    crowded = [d for d in side["desks"] if d["worst"] and d["late"]]
    if crowded:
        desk = max(crowded, key=lambda d: d["late"])
        return {
            "code": "crowded",
            "kind": desk["kind"],
            "team": desk["team"],
            "people": desk["people"],
            "late": desk["late"],
            **{f"hours_{k}": v for k, v in desk["worst"].items()},
        }
    if not side["enrolments"]:
        return {"code": "nobody"}
    if side["worst"] and side["worst"][0]["messages"] > 8:
        return {"code": "many", "count": side["worst"][0]["messages"]}
    return {"code": "calm", "messages": side["messages"], "calls": side["calls"]}
