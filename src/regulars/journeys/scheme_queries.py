"""Reads of the scheme's page: versions, the numbers on the steps, who stands behind each number, drafts.

Owns that each is bounded: what stands at a step is counted up to MOST, what has passed among the newest WINDOW who
entered the version. A page costs the same with a thousand enrolments and with a million.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from regulars.base.db import Cursor
from regulars.journeys.models import ACTIVE
from regulars.journeys.queries import EnrolmentRow, enrolments_by_id

__all__ = [
    "BEHIND",
    "MOST",
    "WINDOW",
    "Behind",
    "DraftRow",
    "SchemeCard",
    "StepNumbers",
    "VersionRow",
    "cards",
    "draft",
    "drafts",
    "live_texts",
    "newest_n",
    "numbers",
    "texts",
    "version",
    "versions",
    "who",
]

MOST = 10_000
"""A count of those who stand at one step goes no further."""
WINDOW = 5_000
"""So many of the newest who entered a version are looked at for what they have passed."""
MONTH = timedelta(days=30)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A published version of a scheme."""

    id: int
    scheme_id: int
    name: str
    n: int
    text: str
    is_live: bool
    published_at: datetime
    published_by: str


@dataclass(frozen=True, slots=True)
class SchemeCard:
    """A scheme in the list, with its live version (the newest one, when it takes no newcomers).

    `inside`: on their way, of all versions; `entered`: within the last thirty days; both at most MOST + 1 a version."""

    version: VersionRow
    inside: int
    entered: int
    aside: int


@dataclass(frozen=True, slots=True)
class StepNumbers:
    """Numbers of one version. `waiting` are all who stand at a step now, at most MOST + 1 each; the others are of the
    `looked_at` newest who entered it, who are all of them unless `is_cut`. `entered` is of the last seven days."""

    looked_at: int = 0
    is_cut: bool = False
    entered: int = 0
    held_out: int = 0
    goals: int = 0
    stopped: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)

    @property
    def inside(self) -> int:
        """All who stand somewhere in it."""
        return sum(self.waiting.values())


@dataclass(frozen=True, slots=True)
class DraftRow:
    """What an account was writing. `base_n`: the version that it was taken from, 0 for none."""

    name: str
    text: str
    base_n: int
    saved_at: datetime


_VERSION = (
    "select v.id, v.scheme_id, s.name, v.n, v.text, coalesce(v.id = s.live_version_id, false), v.published_at, v.published_by"
    " from journeys_scheme s join journeys_version v on v.scheme_id = s.id where s.shop_id = %(shop)s"
)


def version(cur: Cursor, shop_id: int, name: str, n: int | None = None) -> VersionRow | None:
    """The version asked for; without `n` the live one, else the newest."""
    row = cur.execute(
        _VERSION + " and s.name = %(name)s and (%(n)s::int is null or v.n = %(n)s)"
        " order by (v.id = s.live_version_id) desc nulls last, v.n desc limit 1",
        {"shop": shop_id, "name": name, "n": n},
    ).fetchone()
    return None if row is None else VersionRow(*row)


def texts(cur: Cursor, shop_id: int, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The texts of these versions, by name and number."""
    if not wanted:
        return {}
    names, numbers = zip(*wanted, strict=True)
    rows = cur.execute(
        "select s.name, v.n, v.text from journeys_scheme s join journeys_version v on v.scheme_id = s.id"
        " join unnest(%s::text[], %s::int[]) w (name, n) on w.name = s.name and w.n = v.n where s.shop_id = %s",
        (list(names), list(numbers), shop_id),
    )
    return {(name, n): text for name, n, text in rows}


def live_texts(cur: Cursor, shop_id: int) -> dict[str, str]:
    """The texts of the versions that take newcomers, by the scheme's name."""
    rows = cur.execute(
        "select s.name, v.text from journeys_scheme s join journeys_version v on v.id = s.live_version_id"
        " where s.shop_id = %s order by s.name",
        (shop_id,),
    )
    return dict(rows.fetchall())


def newest_n(cur: Cursor, shop_id: int, name: str) -> int:
    """The number of the newest version, live or not; 0 for none."""
    row = cur.execute(
        "select max(v.n) from journeys_scheme s join journeys_version v on v.scheme_id = s.id"
        " where s.shop_id = %s and s.name = %s",
        (shop_id, name),
    ).fetchone()
    return (row[0] if row else None) or 0


def versions(
    cur: Cursor, shop_id: int, name: str, before: int | None = None, limit: int = 50
) -> list[tuple[VersionRow, int]]:
    """Versions of a scheme, newest first, each with how many are on their way in it (at most MOST + 1)."""
    rows = cur.execute(
        _VERSION
        + " and s.name = %(name)s and (%(before)s::int is null or v.n < %(before)s) order by v.n desc limit %(limit)s",
        {"shop": shop_id, "name": name, "before": before, "limit": limit},
    ).fetchall()
    found = [VersionRow(*r) for r in rows]
    inside = _inside(cur, [v.id for v in found])
    return [(v, inside.get(v.id, 0)) for v in found]


def cards(cur: Cursor, shop_id: int, now: datetime) -> list[SchemeCard]:
    """All schemes of the shop, by name."""
    rows = cur.execute(
        _VERSION  # noqa: S608 - our own words
        + " and v.id = coalesce(s.live_version_id, (select w.id from journeys_version w where w.scheme_id = s.id"
        " order by w.n desc limit 1)) order by s.name",
        {"shop": shop_id},
    ).fetchall()
    found = [VersionRow(*r) for r in rows]
    counted = cur.execute(
        "select v.scheme_id,"
        " sum((select count(*) from (select 1 from journeys_enrolment e where e.version_id = v.id and e.status = %(active)s"
        "  limit %(most)s) x)),"
        " sum((select count(*) from (select 1 from journeys_enrolment e where e.version_id = v.id"
        "  and e.started_at >= %(since)s limit %(most)s) x))"
        " from journeys_version v where v.shop_id = %(shop)s group by v.scheme_id",
        {"shop": shop_id, "active": ACTIVE, "most": MOST + 1, "since": now - MONTH},
    )
    numbers_of = {scheme: (int(inside), int(entered)) for scheme, inside, entered in counted.fetchall()}
    aside: dict[int, int] = dict(
        cur.execute(
            "select scheme_id, count(*) from journeys_enrolment where shop_id = %s and status = 3 group by scheme_id",
            (shop_id,),
        ).fetchall()
    )
    return [SchemeCard(v, *numbers_of.get(v.scheme_id, (0, 0)), aside.get(v.scheme_id, 0)) for v in found]


def _inside(cur: Cursor, version_ids: list[int]) -> dict[int, int]:
    rows = cur.execute(
        "select v, (select count(*) from (select 1 from journeys_enrolment e where e.version_id = v and e.status = %s"
        " limit %s) x) from unnest(%s::bigint[]) v",
        (ACTIVE, MOST + 1, version_ids),
    )
    return dict(rows.fetchall())


_WINDOW = """
with w as materialized (
  select id, started_at, step, status, end_reason, held_out, goal_at, data->'visits' as visits from journeys_enrolment
  where version_id = %(version)s order by started_at desc, id desc limit %(window)s
)
"""
_LEFT = "not (status <> 2 and step = {step})"  # entered, and neither standing there nor set aside there
_COUNTS = f"""{_WINDOW}
select 'passed', k, count(*) from w, jsonb_object_keys(visits) k where {_LEFT.format(step="k")} group by k
union all select 'ended', step, count(*) from w where status = 2 and end_reason is distinct from 'stopped' group by step
union all select 'all', null, count(*) from w
union all select 'stopped', null, count(*) from w where end_reason = 'stopped'
union all select 'held', null, count(*) from w where held_out
union all select 'goal', null, count(*) from w where goal_at is not null
"""  # noqa: S608 - our own words
_BEHIND = {
    "passed": "visits ? %(step)s and " + _LEFT.format(step="%(step)s"),
    "ended": "status = 2 and step = %(step)s and end_reason is distinct from 'stopped'",
    "stopped": "end_reason = 'stopped'",
    "held": "held_out",
    "goal": "goal_at is not null",
}
BEHIND = frozenset({"waiting", *_BEHIND})
"""The numbers behind which one may look."""


def numbers(cur: Cursor, version_id: int, steps: Collection[str], now: datetime) -> StepNumbers:
    """The numbers on the steps of a version."""
    values = {"version": version_id, "window": WINDOW + 1, "most": MOST + 1}
    found: dict[str, dict[str | None, int]] = {}
    for what, step, count in cur.execute(_COUNTS, {**values, "window": WINDOW}).fetchall():
        found.setdefault(what, {})[step] = count
    standing = cur.execute(
        "select s, (select count(*) from (select 1 from journeys_enrolment e where e.version_id = %(version)s and e.step = s"
        " and e.status = 1 limit %(most)s) x) from unnest(%(steps)s::text[]) s",
        {**values, "steps": list(steps)},
    ).fetchall()
    row = cur.execute(
        "select (select count(*) from (select 1 from journeys_enrolment where version_id = %(version)s limit %(window)s) x),"
        " (select count(*) from (select 1 from journeys_enrolment where version_id = %(version)s and started_at >= %(since)s"
        " limit %(most)s) y)",
        {**values, "since": now - WEEK},
    ).fetchone()
    assert row is not None
    return StepNumbers(
        looked_at=found["all"][None],
        is_cut=row[0] > WINDOW,
        entered=row[1],
        held_out=found["held"][None],
        goals=found["goal"][None],
        stopped=found["stopped"][None],
        waiting={s: n for s, n in standing if n},
        passed={s: n for s, n in found.get("passed", {}).items() if s is not None},
        ended={s: n for s, n in found.get("ended", {}).items() if s is not None},
    )


@dataclass(frozen=True, slots=True)
class Behind:
    """One behind a number; `at`: when the step was left (passed) or entered (waiting), the goal reached (goal), or else
    when it ended: None for whoever is still on the way."""

    enrolment: EnrolmentRow
    at: datetime | None


def who(
    cur: Cursor,
    shop_id: int,
    version_id: int,
    what: str,
    step: str,
    after: tuple[datetime, int] | None = None,
    limit: int = 51,
) -> list[Behind]:
    """Those behind a number of `numbers`, who began last first; `after`: where the page before ended."""
    values = {
        "version": version_id,
        "step": step,
        "window": WINDOW,
        "limit": limit,
        "at": after[0] if after else None,
        "id": after[1] if after else None,
    }
    beyond = "(%(id)s::bigint is null or (started_at, id) < (%(at)s::timestamptz, %(id)s))"
    if what == "waiting":
        # by id alone: the index has it, and ids grow as enrolments begin
        sql = (
            "select id, started_at from journeys_enrolment where version_id = %(version)s and step = %(step)s and status = 1"
            " and (%(id)s::bigint is null or id < %(id)s) order by id desc limit %(limit)s"
        )
    else:
        sql = (
            _WINDOW + f"select id, started_at from w where {_BEHIND[what]} and {beyond}"  # noqa: S608 - our own words
            " order by started_at desc, id desc limit %(limit)s"
        )
    ids = [r[0] for r in cur.execute(sql, values).fetchall()]
    rows = enrolments_by_id(cur, shop_id, ids)
    left = _left_at(cur, shop_id, ids, step) if what == "passed" else {}
    return [Behind(rows[i], _at(what, rows[i], left)) for i in ids if i in rows]


def _at(what: str, row: EnrolmentRow, left: dict[int, datetime]) -> datetime | None:
    if what == "passed":
        return left.get(row.id)
    return {"waiting": row.entered_at, "goal": row.goal_at}.get(what, row.ended_at)


def _left_at(cur: Cursor, shop_id: int, ids: list[int], step: str) -> dict[int, datetime]:
    """When each left the step, the last time; those whose decision records are gone are left out."""
    rows = cur.execute(
        "select d.enrolment_id, max(d.at) from journeys_decision d where d.shop_id = %s and d.enrolment_id = any(%s)"
        " and exists (select 1 from jsonb_array_elements(d.reasons) r where r->>'step' = %s and r->>'next' is not null)"
        " group by d.enrolment_id",
        (shop_id, ids, step),
    )
    return dict(rows.fetchall())


def draft(cur: Cursor, shop_id: int, account_id: int, name: str) -> DraftRow | None:
    """What the account was writing for this scheme."""
    row = cur.execute(
        "select name, text, base_n, saved_at from journeys_draft where shop_id = %s and account_id = %s and name = %s",
        (shop_id, account_id, name),
    ).fetchone()
    return None if row is None else DraftRow(*row)


def drafts(cur: Cursor, shop_id: int, account_id: int) -> list[DraftRow]:
    """All that the account was writing, by name."""
    rows = cur.execute(
        "select name, text, base_n, saved_at from journeys_draft where shop_id = %s and account_id = %s order by name",
        (shop_id, account_id),
    )
    return [DraftRow(*r) for r in rows]
