"""Reads of the scheme's page: versions, the numbers on the steps, who stands behind each number, drafts.

Owns that each is bounded: numbers are those that `counts` keeps, exact; whom a list shows is looked for among the newest
WINDOW who entered the version. A page costs the same with a thousand enrolments and with a million.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from regulars.base.db import Cursor
from regulars.journeys import counts
from regulars.journeys.queries import EnrolmentRow, enrolments_by_id
from regulars.shop import queries as shops

__all__ = [
    "BEHIND",
    "WINDOW",
    "Behind",
    "DraftRow",
    "Pause",
    "SchemeCard",
    "StepNumbers",
    "VersionRow",
    "cards",
    "draft",
    "drafts",
    "live_texts",
    "newest_n",
    "numbers",
    "of_scheme",
    "pause",
    "paused_names",
    "texts",
    "today",
    "version",
    "versions",
    "who",
]

WINDOW = 5_000
"""So many of the newest who entered a version are looked at for what they have passed."""
MONTH_DAYS, WEEK_DAYS = 30, 7


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

    `inside`: on their way, of all versions; `entered`: within the last thirty days."""

    version: VersionRow
    inside: int
    entered: int
    aside: int


@dataclass(frozen=True, slots=True)
class StepNumbers:
    """Numbers of one version, of all `looked_at` who ever entered it. `entered` is of the last seven days."""

    looked_at: int = 0
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
    """Versions of a scheme, newest first, each with how many are on their way in it."""
    rows = cur.execute(
        _VERSION
        + " and s.name = %(name)s and (%(before)s::int is null or v.n < %(before)s) order by v.n desc limit %(limit)s",
        {"shop": shop_id, "name": name, "before": before, "limit": limit},
    ).fetchall()
    found = [VersionRow(*r) for r in rows]
    inside = counts.inside(cur, [v.id for v in found])
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
    ids = cur.execute("select id, scheme_id from journeys_version where shop_id = %s", (shop_id,)).fetchall()
    counted = counts.numbers(cur, [i for i, _ in ids])
    since = today(cur, shop_id, now) - timedelta(days=MONTH_DAYS - 1)
    inside: dict[int, int] = {}
    entered: dict[int, int] = {}
    for id_, scheme_id in ids:
        inside[scheme_id] = inside.get(scheme_id, 0) + counted[id_].inside
        entered[scheme_id] = entered.get(scheme_id, 0) + counted[id_].began_since(since)
    aside: dict[int, int] = dict(
        cur.execute(
            "select scheme_id, count(*) from journeys_enrolment where shop_id = %s and status = 3 group by scheme_id",
            (shop_id,),
        ).fetchall()
    )
    return [
        SchemeCard(v, inside.get(v.scheme_id, 0), entered.get(v.scheme_id, 0), aside.get(v.scheme_id, 0)) for v in found
    ]


def today(cur: Cursor, shop_id: int, now: datetime) -> date:
    """The day of the shop's calendar."""
    return now.astimezone(ZoneInfo(shops.settings_of(cur, shop_id).time_zone)).date()


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when a scheme is paused, by whom, what newcomers do, and its versions."""

    since: datetime
    by: str
    newcomers: str
    version_ids: list[int]


def pause(cur: Cursor, shop_id: int, name: str) -> Pause | None:
    """The pause of this scheme; None while it runs."""
    row = cur.execute(
        "select paused_at, paused_by, newcomers, array(select id from journeys_version v where v.scheme_id = s.id)"
        " from journeys_scheme s where shop_id = %s and name = %s and paused_at is not null",
        (shop_id, name),
    ).fetchone()
    return None if row is None else Pause(*row)


def paused_names(cur: Cursor, shop_id: int) -> set[str]:
    """The schemes of the shop that stand still."""
    rows = cur.execute("select name from journeys_scheme where shop_id = %s and paused_at is not null", (shop_id,))
    return {r[0] for r in rows}


def of_scheme(cur: Cursor, scheme_id: int, enrolment_ids: Collection[int]) -> list[int]:
    """Those of these enrolments that are of this scheme."""
    rows = cur.execute(
        "select id from journeys_enrolment where scheme_id = %s and id = any(%s) order by id",
        (scheme_id, list(enrolment_ids)),
    )
    return [r[0] for r in rows]


_WINDOW = """
with w as materialized (
  select id, started_at, step, status, end_reason, held_out, goal_at, data->'visits' as visits from journeys_enrolment
  where version_id = %(version)s order by started_at desc, id desc limit %(window)s
)
"""
_LEFT = "not (status <> 2 and step = {step})"  # entered, and neither standing there nor set aside there
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
    """The numbers on these steps of a version, and the version's own."""
    found = counts.numbers(cur, [version_id])[version_id]
    row = cur.execute("select shop_id from journeys_version where id = %s", (version_id,)).fetchone()
    assert row is not None

    def at(numbers: dict[str, int]) -> dict[str, int]:
        return {s: n for s, n in numbers.items() if s in steps}

    return StepNumbers(
        looked_at=found.began,
        entered=found.began_since(today(cur, row[0], now) - timedelta(days=WEEK_DAYS - 1)),
        held_out=found.held_out,
        goals=found.goals,
        stopped=found.stopped,
        waiting=at(found.waiting),
        passed=at(found.passed),
        ended=at(found.ended),
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
