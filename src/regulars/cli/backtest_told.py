"""A backtest's result as text for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["told"]

_DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_REACTIONS = {"message.opened": "letters opened", "message.clicked": "links followed"}
_SHORT = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def told(result: Mapping[str, Any]) -> str:
    """The whole of it: the main thing, versions beside each other, hours of the desk, what was refused, what was supposed."""
    sides = result["sides"]
    lines = [
        f"{result['begun']:,} beginnings of {result['people']:,} people, {result['since'][:10]} to {result['until'][:10]},"
        f" in {result['seconds']} s; nothing was sent",
        "",
        _first(result["first"], sides[-1]["label"]),
        "",
        *_versions(result, sides),
    ]
    for side in sides:
        lines += ["", f"Not sent, by reason ({side['label']}): {sum(side['refused'].values()):,} of {side['meant']:,}"]
        lines += [f"  {reason:<22}{count:>10,}" for reason, count in side["refused"].items()]
    lines += [line for desk in sides[-1]["desks"] for line in _desk(desk)]
    if result["difference"]:
        d = result["difference"]
        lines += [
            "",
            f"By person: {d['more']:,} get more, {d['fewer']:,} fewer, {d['otherwise']:,} as many otherwise,"
            f" {d['same']:,} the same",
        ]
    lines += _drawn(result)
    lines += [_note(note) for side in sides for note in side["notes"]]
    lines.append("This says what would have been sent and asked of the desk. It is no forecast: it foretells no sales.")
    return "\n".join(lines)


def _drawn(result: Mapping[str, Any]) -> list[str]:
    """By which seed was drawn what nobody can know, and from what."""
    measured = result["measured"]
    rates: dict[str, Mapping[str, Any]] = {}
    for side in reversed(result["sides"]):  # the version asked for first, then what only the other one has
        rates |= {step: rate for step, rate in side["rates"].items() if step not in rates}
    lines = [
        "",
        f"What nobody can know was drawn by lot (seed {result['seed']}; another seed draws other luck), from what this shop",
        f"measured from {measured['since'][:10]} to {result['until'][:10]}; where fewer than {measured['least']} were measured,"
        " from a default:",
    ]
    for step, rate in [*rates.items(), *((_REACTIONS[kind], rate) for kind, rate in result["reacts"].items())]:
        total = sum(rate["shares"].values()) or 1
        shares = ", ".join(f"{name or 'nothing'} {100 * share / total:.0f}%" for name, share in rate["shares"].items())
        lines.append(f"  {step} ({_basis(rate)}): {shares}; after {rate['delay'] / 60:.0f} min")
    return lines


def _basis(rate: Mapping[str, Any]) -> str:
    if rate["basis"] == "measured":
        return f"measured, {rate['n']:,}"
    if rate["basis"] == "assumed":
        return "assumed by you"
    return f"supposed by default, only {rate['n']:,} measured" if rate["n"] else "supposed by default, nothing measured"


def _note(note: Mapping[str, str]) -> str:
    """What of the past nobody knows."""
    return {
        "segment_new": "Not known: who entered or left the segment '{segment}' before {at}.",
        "segment_gone": "Not known: who is in the segment '{segment}', which is no more.",
        "silence_follows": "The silence since '{event}' is reckoned from what really came of other schemes.",
        "start_follows": "Not known: whom '{event}' would have begun it for, since that follows from schemes.",
    }[note["code"]].format(**note)


def _first(first: Mapping[str, Any], label: str) -> str:
    code = first["code"]
    if code == "crowded":
        return (
            f"{_DAYS[first['hours_weekday']]} from {first['hours_from']} to {first['hours_until']}, {label} asks team"
            f" {first['team']} for more than it can do: up to {first['hours_most']:g} an hour, {first['hours_possible']:g} are"
            f" possible. {first['late']:,} would have been late in all."
        )
    return {
        "failed": f"{first.get('count', 0):,} could not go on: a step fails for them.",
        "nobody": "Nobody would have entered the scheme in this period.",
        "many": f"Somebody would have got {first.get('count', 0)} messages within a month.",
        "calm": f"{first.get('messages', 0):,} messages and {first.get('calls', 0):,} calls; the desk can do them.",
    }[code]


def _versions(result: Mapping[str, Any], sides: Sequence[Mapping[str, Any]]) -> list[str]:
    rows: list[tuple[str, list[str]]] = [
        ("", [s["label"][-18:] for s in sides]),
        ("Entered", [f"{s['enrolments']:,}" for s in sides]),
        ("Messages sent", [f"{s['messages']:,}" for s in sides]),
        ("  of them advertising", [f"{s['advertising']:,}" for s in sides]),
        ("Calls", [f"{s['calls']:,}" for s in sides]),
        ("Called within the target", [_share(s) for s in sides]),
        ("Promises at risk", [f"{sum(n for _, fate, n in s['promises'] if fate == 'late'):,}" for s in sides]),
    ]
    columns = sorted({kind for s in sides for kind in s["amounts"]})
    rows += [
        (kind.replace("_", " ").capitalize(), [f"{s['amounts'].get(kind, 0):,}" for s in sides]) for kind in columns
    ]
    if any(s["cost"] for s in sides):
        rows.append((f"Cost, {result['currency']}", [s["cost"] or "" for s in sides]))
    months = [sum(s["histogram"]) or 1 for s in sides]
    for n in range(6):
        title = f"Months with {n}{'+' if n == 5 else ''} messages"
        rows.append((title, [f"{100 * s['histogram'][n] / m:.1f}%" for s, m in zip(sides, months, strict=True)]))
    return [f"{title:<28}" + "".join(f"{cell:>20}" for cell in cells) for title, cells in rows]


def _share(side: Mapping[str, Any]) -> str:
    total = sum(d["total"] for d in side["desks"] if d["kind"] == "call")
    done = sum(d["in_target"] for d in side["desks"] if d["kind"] == "call")
    return f"{100 * done / total:.0f}%" if total else "–"


def _desk(desk: Mapping[str, Any]) -> list[str]:
    cells = {(weekday, hour): (mean, can) for weekday, hour, mean, _, can in desk["week"]}
    hours = sorted({hour for _, hour in cells})
    if not hours or not desk["total"]:
        return []
    lines = [
        "",
        f"{desk['kind'].capitalize()}s an hour in a usual week, team {desk['team']}; above what can be done: !",
    ]
    lines.append("     " + "".join(f"{hour:>7}" for hour in hours))
    for weekday, day in enumerate(_SHORT):
        row = [cells.get((weekday, hour)) for hour in hours]
        shown = ["      ·" if c is None else f"{c[0]:>6.1f}" + ("!" if c[0] > c[1] else " ") for c in row]
        lines.append(f"{day:<5}" + "".join(shown))
    return lines
