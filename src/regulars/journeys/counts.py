"""The numbers of a version: read as they are now, folded in the background, compared with a full count and mended.

Owns their reading and their upkeep. Nobody counts here while a page is drawn: the database adds what each statement changes
(migration 0005), so a number is exact at every moment and costs the same with a thousand people as with a million.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import psycopg

from regulars.base.db import Cursor, transaction_on

__all__ = ["Day", "Difference", "Numbers", "differences", "flow", "fold_once", "inside", "mend", "numbers"]

FOLD = 20_000
"""So many changes are folded in one transaction."""

_SUMS = """
select version_id, what, step, detail, sum(n)::bigint from (
  select version_id, what, step, detail, n from journeys_count where version_id = any(%(versions)s)
  union all
  select version_id, what, step, detail, n from journeys_count_delta where version_id = any(%(versions)s)
) x group by 1, 2, 3, 4 having sum(n) <> 0
"""
_FOLD = """
with gone as (
  delete from journeys_count_delta where id in (
    select id from journeys_count_delta order by id limit %s for update skip locked
  ) returning version_id, what, step, detail, n
), summed as (
  select version_id, what, step, detail, sum(n) as n from gone group by 1, 2, 3, 4 having sum(n) <> 0
  order by 1, 2, 3, 4
), kept as (
  insert into journeys_count (version_id, what, step, detail, n) select * from summed
  on conflict (version_id, what, step, detail) do update set n = journeys_count.n + excluded.n
)
select count(*) from gone
"""
# What the numbers should be, counted whole, against what they are; both in one snapshot, so that no lock is needed.
_DIFFERENCES = """
with counted as (
  select e.version_id, t.what, t.at_step as step, t.detail, count(*)::bigint as n
  from journeys_enrolment e join shop_shop s on s.id = e.shop_id
  cross join lateral journeys_tally(e.status, e.step, e.data->'visits', e.end_reason, e.held_out, e.goal_at, e.started_at,
                                    e.ended_at, s.time_zone) t
  where %(shop)s::bigint is null or e.shop_id = %(shop)s
  group by 1, 2, 3, 4
), kept as (
  select version_id, what, step, detail, sum(n)::bigint as n from (
    select version_id, what, step, detail, n from journeys_count
    union all select version_id, what, step, detail, n from journeys_count_delta
  ) x
  where %(shop)s::bigint is null or version_id in (select id from journeys_version where shop_id = %(shop)s)
  group by 1, 2, 3, 4
)
select version_id, what, step, detail, coalesce(k.n, 0), coalesce(c.n, 0)
from counted c full join kept k using (version_id, what, step, detail) where coalesce(c.n, 0) <> coalesce(k.n, 0)
order by 1, 2, 3, 4
"""
_MEND = f"""
insert into journeys_count_delta (version_id, what, step, detail, n)
select version_id, what, step, detail, c - k from ({_DIFFERENCES}) d (version_id, what, step, detail, k, c)
"""  # noqa: S608 - our own words


@dataclass(slots=True)
class Numbers:
    """The numbers of one version. `ended` leaves out the `stopped`; `ends`: by (step, reason), these too."""

    began: int = 0
    aside: int = 0
    held_out: int = 0
    goals: int = 0
    stopped: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    ends: dict[tuple[str, str], int] = field(default_factory=dict)
    began_on: dict[str, int] = field(default_factory=dict)
    ended_on: dict[str, int] = field(default_factory=dict)
    goal_on: dict[str, int] = field(default_factory=dict)

    @property
    def inside(self) -> int:
        """All who stand somewhere in it."""
        return sum(self.waiting.values())

    def began_since(self, day: date) -> int:
        """How many entered on this day of the shop's calendar or later."""
        return sum(n for on, n in self.began_on.items() if on >= day.isoformat())


_SIMPLE = {"began": "began", "aside": "aside", "held": "held_out", "goal": "goals"}


def numbers(cur: Cursor, version_ids: Collection[int]) -> dict[int, Numbers]:
    """The numbers of these versions, as of now."""
    out = {v: Numbers() for v in version_ids}
    if not out:
        return out
    for version, what, step, detail, n in cur.execute(_SUMS, {"versions": list(out)}).fetchall():
        _put(out[version], what, step, detail, n)
    return out


def _put(found: Numbers, what: str, step: str, detail: str, n: int) -> None:
    if what in _SIMPLE:
        setattr(found, _SIMPLE[what], n)
    elif what == "ended":
        found.ends[step, detail] = n
        if detail == "stopped":
            found.stopped += n
        else:
            found.ended[step] = found.ended.get(step, 0) + n
    elif what in ("waiting", "passed"):
        getattr(found, what)[step] = n
    else:
        getattr(found, what)[detail] = n


_INSIDE = """
select version_id, sum(n)::bigint from (
  select version_id, n from journeys_count where version_id = any(%(versions)s) and what = 'waiting'
  union all
  select version_id, n from journeys_count_delta where version_id = any(%(versions)s) and what = 'waiting'
) x group by 1
"""


def inside(cur: Cursor, version_ids: Sequence[int]) -> dict[int, int]:
    """How many are on their way in each of these versions."""
    return dict(cur.execute(_INSIDE, {"versions": list(version_ids)}).fetchall())


@dataclass(frozen=True, slots=True)
class Day:
    """What flowed through a scheme on one day of the shop's calendar."""

    day: date
    began: int
    ended: int
    goals: int


def flow(found: Collection[Numbers], last: date, days: int) -> list[Day]:
    """Day by day up to `last`, oldest first, all these versions together."""
    began, ended, goals = Counter[str](), Counter[str](), Counter[str]()
    for one in found:
        began.update(one.began_on)
        ended.update(one.ended_on)
        goals.update(one.goal_on)
    out = []
    for back in range(days - 1, -1, -1):
        day = last - timedelta(days=back)
        key = day.isoformat()
        out.append(Day(day, began[key], ended[key], goals[key]))
    return out


def fold_once(raw: "psycopg.Connection[Any]", limit: int = FOLD) -> int:
    """Add what has changed to the sums; how many changes there were."""
    with transaction_on(raw) as cur:
        row = cur.execute(_FOLD, (limit,)).fetchone()
        assert row is not None
        return int(row[0])


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that isn't what a full count gives."""

    version_id: int
    what: str
    step: str
    detail: str
    kept: int
    counted: int


def differences(cur: Cursor, shop_id: int | None = None) -> list[Difference]:
    """The numbers that differ from a full count; of one shop, or of all. Reads every enrolment."""
    cur.execute("set local statement_timeout = 0")
    return [Difference(*r) for r in cur.execute(_DIFFERENCES, {"shop": shop_id}).fetchall()]


def mend(cur: Cursor, shop_id: int | None = None) -> int:
    """Set the numbers right; how many were wrong. Whoever writes meanwhile is not disturbed: the difference is added."""
    cur.execute("set local statement_timeout = 0")
    return cur.execute(_MEND, {"shop": shop_id}).rowcount
