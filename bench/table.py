"""Figures of several rounds to a summary and a table: medians with their range, and ratios against each rival.

A ratio is the median of the rounds' own ratios, so that a slow minute of the machine, which strikes all stacks of a
round alike, cancels out. It is turned so that more than 1 is always in our favour.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

OURS = "regulars"
# The figure of each test that is compared; the others are told beside it.
CHIEF = {
    "intake": "orders_per_s",
    "batch": "orders_per_s",
    "letter": "letters_per_s",
    "instant": "last_s",
    "kill": "last_s",
    "memory": "waiting_mib",
}


@dataclass(frozen=True, slots=True)
class Run:
    """One test of one stack in one round; `failed` says why there are no figures, `shown` what was switched on."""

    round: int
    stack: str
    test: str
    figures: dict[str, float] = field(default_factory=dict)
    failed: str | None = None
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one stack over all rounds; `ratio` is ours against this rival, where both have it."""

    test: str
    figure: str
    stack: str
    median: float
    low: float
    high: float
    ratio: float | None


def summarise(runs: Sequence[Run]) -> list[Row]:
    """A row for each test, figure and stack, in the order in which they were run."""
    values: dict[tuple[str, str], dict[str, dict[int, float]]] = {}
    for run in runs:
        for figure, value in run.figures.items():
            values.setdefault((run.test, figure), {}).setdefault(run.stack, {})[run.round] = value
    rows = []
    for (test, figure), stacks in values.items():
        ours = stacks.get(OURS, {}) if CHIEF.get(test) == figure else {}
        for stack, by_round in stacks.items():
            got = list(by_round.values())
            ratio = None if stack == OURS else _ratio(figure, ours, by_round)
            rows.append(Row(test, figure, stack, statistics.median(got), min(got), max(got), ratio))
    return rows


def _ratio(figure: str, ours: dict[int, float], theirs: dict[int, float]) -> float | None:
    more_is_better = figure.endswith("_per_s")
    pairs = [(ours[number], theirs[number]) for number in ours.keys() & theirs.keys()]
    ratios = [mine / other if more_is_better else other / mine for mine, other in pairs if mine > 0 and other > 0]
    return statistics.median(ratios) if ratios else None


def render(rows: Sequence[Row], failures: Sequence[Run]) -> str:
    """The table for people."""
    head = ("test", "figure", "stack", "median", "min", "max", "ours to it")
    cells = [head] + [
        (
            row.test,
            row.figure,
            row.stack,
            _number(row.median),
            _number(row.low),
            _number(row.high),
            f"{row.ratio:.2f}" if row.ratio is not None else "",
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = []
    for line in cells:
        text = [cell.ljust(width) for cell, width in zip(line[:3], widths[:3], strict=True)]
        numbers = [cell.rjust(width) for cell, width in zip(line[3:], widths[3:], strict=True)]
        lines.append("  ".join(text + numbers).rstrip())
    lines += [f"FAILED round {run.round} {run.stack} {run.test}: {run.failed}" for run in failures]
    return "\n".join(lines)


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}"
