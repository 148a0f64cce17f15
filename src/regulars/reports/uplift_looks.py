"""Each day's look at every scheme with a hold-out, written down as it was and never rewritten.

Owns the writing of reports_uplift_look. A day on which nobody looked (the installation was down, or the roll-up is new) is
worked out afterwards and marked so.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from regulars.base import db
from regulars.base.db import Cursor
from regulars.reports.uplift_sums import HOLD_OUT, METRICS, Sums, days_of
from regulars.rules.proof import Comparison, compare

__all__ = ["look"]

_KEEP = """
insert into reports_uplift_look (shop_id, scheme_id, part, metric, day, n_given, n_held, given, held, low, high, uplift,
                                 uplift_low, uplift_high, effective, variance, trusted, afterwards)
select %s, s, '', m, d, n1, n0, g, h, lo, hi, u, ul, uh, e, v, t, a
from unnest(%s::bigint[], %s::text[], %s::date[], %s::int[], %s::int[], %s::float8[], %s::float8[], %s::float8[], %s::float8[],
            %s::float8[], %s::float8[], %s::float8[], %s::float8[], %s::float8[], %s::bool[], %s::bool[])
  as x(s, m, d, n1, n0, g, h, lo, hi, u, ul, uh, e, v, t, a)
on conflict do nothing
"""


def look(cur: Cursor, shop_id: int, until: date) -> None:
    """Look at every scheme as of each day up to `until` that has no look yet."""
    last: dict[int, date] = dict(
        cur.execute(
            "select scheme_id, max(day) from reports_uplift_look where shop_id = %s and part = %s group by scheme_id",
            (shop_id, HOLD_OUT),
        ).fetchall()
    )
    rows: list[tuple[Any, ...]] = []
    for scheme_id, of_scheme in groupby(days_of(cur, shop_id), key=lambda row: row[0]):
        by_day = [(day, [row[2:] for row in found]) for day, found in groupby(of_scheme, key=lambda row: row[1])]
        rows += _looks(scheme_id, by_day, last.get(scheme_id), until)
    if rows:
        cur.execute(_KEEP, (shop_id, *db.columns(rows, 16)))


def _looks(scheme_id: int, by_day: list[Any], last: date | None, until: date) -> Iterator[tuple[Any, ...]]:
    sums = Sums(scheme_id)
    at, end = 0, by_day[0][0]
    while end <= until:
        while at < len(by_day) and by_day[at][0] <= end:
            for share, days, arm, values in by_day[at][1]:
                sums.add(share, days, arm, values)
            at += 1
        if last is None or end > last:
            yield from _of_day(sums, end, until)
        end += timedelta(days=1)


def _of_day(sums: Sums, day: date, until: date) -> Iterator[tuple[Any, ...]]:
    trusted = None
    for metric in METRICS:
        found = compare(sums.strata(metric))
        if found is None:
            return
        if trusted is None:
            trusted = not sums.alarms()
        n = sums.count("n", "given"), sums.count("n", "held")
        yield sums.scheme_id, metric, day, *n, *_figures(found), trusted, day < until


def _figures(found: Comparison) -> tuple[float | None, ...]:
    uplift = found.uplift
    ends = (None, None, None) if uplift is None else (uplift.at, uplift.low, _end(uplift.high))
    return found.given, found.held, found.difference.low, found.difference.high, *ends, found.effective, found.variance


def _end(value: float) -> float | None:
    return None if value == float("inf") else value
