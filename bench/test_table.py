"""Summary and table: ratios are the rounds' own, turned so that more than 1 is in our favour."""

import pytest

from bench.table import Run, render, summarise


def test_the_ratio_is_the_median_of_the_rounds_own_ratios_so_a_slow_round_cancels_out() -> None:
    rates = {"regulars": (4000, 400, 4400), "bullmq": (2000, 200, 2000)}
    runs = [
        Run(number, stack, "intake", {"orders_per_s": rate})
        for stack, by_round in rates.items()
        for number, rate in enumerate(by_round, 1)
    ]
    row = next(row for row in summarise(runs) if row.stack == "bullmq")
    assert row.ratio == pytest.approx(2.0)
    assert (row.median, row.low, row.high) == (2000, 200, 2000)


def test_for_times_and_memory_less_is_better() -> None:
    runs = [Run(1, "regulars", "instant", {"last_s": 4.0}), Run(1, "celery", "instant", {"last_s": 12.0})]
    assert next(row.ratio for row in summarise(runs) if row.stack == "celery") == pytest.approx(3.0)


def test_without_our_own_figure_there_is_no_ratio_and_a_failure_is_told() -> None:
    failed = Run(1, "regulars", "kill", failed="NotReady: nothing was killed")
    rows = summarise([Run(1, "celery", "kill", {"last_s": 9.0, "missing": 16}), failed])
    assert all(row.ratio is None for row in rows)
    assert "FAILED round 1 regulars kill: NotReady" in render(rows, [failed])
