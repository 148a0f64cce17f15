"""What each scheme with a hold-out has shown so far: its groups, its looks, the verdict, and what is still needed.

Owns the putting together; the words and pictures are the screens'. Reads the roll-up alone, so a page costs the same with a
thousand people and with a million.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from regulars.base.db import Cursor
from regulars.core.letters import keeps_back
from regulars.core.scheme import Scheme
from regulars.journeys.versions import compiled, readable_versions
from regulars.reports.uplift import WHOLE_SHOP, WINDOW, window_of
from regulars.reports.uplift_sums import Alarms, Look, Sums, days_of, looks_of, marked_day
from regulars.rules.proof_verdict import LEAST, Verdict, best_share, enough_on, more_people, verdict

__all__ = ["BEHIND", "Effect", "Listed", "effects", "people_behind"]

PACE_DAYS = 28
"""The pace at which people come is that of so many days."""
ADVISED_WITHIN = 180
"""Days in which another hold-out should decide, for it to be advised."""
_SCHEMES = """
select s.id, s.name, v.id, s.live_version_id is not null from journeys_scheme s
cross join lateral (select id from journeys_version v where v.scheme_id = s.id and v.id = coalesce(s.live_version_id, v.id)
                    order by v.n desc limit 1) v
where s.shop_id = %s and (%s::text is null or s.name = %s) order by s.id
"""


@dataclass(frozen=True, slots=True)
class Effect:
    """One scheme by one metric, or the whole shop (WHOLE_SHOP, without name and scheme). `share`: permille held out now;
    `days`: the window.

    `more`: people still needed for an uplift of `least`, `ready`: by when they are through; None where that can't be said.
    `advised`: the hold-out that would decide soon, if it isn't the present one. `is_idle`: no version of the scheme keeps
    anything back, so that both groups get the same and no difference is its doing.
    """

    scheme_id: int
    name: str
    scheme: Scheme | None
    is_live: bool
    share: int
    days: int
    metric: str
    least: float
    sums: Sums
    looks: Sequence[Look] = field(default_factory=list)
    alarms: Alarms = field(default_factory=Alarms)
    verdict: Verdict = "early"
    more: int | None = None
    ready: date | None = None
    advised: float | None = None
    first_ready: date | None = None
    is_idle: bool = False

    @property
    def last(self) -> Look | None:
        """The latest look."""
        return self.looks[-1] if self.looks else None

    @property
    def people(self) -> int:
        """Counted so far, of both groups."""
        return self.sums.count("n")

    @property
    def waiting(self) -> int:
        """Whose window is open yet."""
        closed = self.people + self.sums.count("crossed") + self.sums.count("same")
        return max(0, self.sums.count("entered") - closed)

    @property
    def clear_since(self) -> date | None:
        """From which look on it has been clear that it works, or works against."""
        since = None
        for look in reversed(self.looks):
            if not (look.found.difference.is_above or look.found.difference.is_below):
                break
            since = look.day
        return since


def effects(
    cur: Cursor,
    shop_id: int,
    metric: str = "again",
    least: float = LEAST,
    name: str | None = None,
    shop_share: int = 0,
) -> list[Effect]:
    """Every scheme that holds out, or has held out; with `name` that one alone, '' the whole shop. `shop_share`: permille
    that the shop itself holds out."""
    rows = cur.execute(_SCHEMES, (shop_id, name, name)).fetchall()
    only = WHOLE_SHOP if name == "" else rows[0][0] if name is not None and rows else None
    came: dict[int, list[tuple[date, int]]] = {}
    sums: dict[int, Sums] = {}
    for scheme_id, day, share, days, arm, values in days_of(cur, shop_id, scheme_id=only):
        sums.setdefault(scheme_id, Sums(scheme_id)).add(share, days, arm, values)
        if values[0]:
            came.setdefault(scheme_id, []).append((day, values[0]))
    looks = looks_of(cur, shop_id, metric, scheme_id=only)
    marked = marked_day(cur, shop_id)
    out = []
    if name in (None, "") and (WHOLE_SHOP in sums or shop_share):
        own = sums.get(WHOLE_SHOP, Sums(WHOLE_SHOP))
        of_shop = looks.get(WHOLE_SHOP, [])
        bare = Effect(WHOLE_SHOP, "", None, bool(shop_share), shop_share, WINDOW, metric, least, own, of_shop)
        out.append(_judged(bare, came.get(WHOLE_SHOP, []), marked))
    for scheme_id, scheme_name, version_id, is_live in rows:
        try:
            scheme = compiled(cur, {version_id})[version_id].scheme
        except ValueError:  # a text that this release can't read any more holds nobody out
            continue
        if scheme.hold_out or scheme_id in sums:
            own = sums.get(scheme_id, Sums(scheme_id))
            bare = Effect(
                scheme_id, scheme_name, scheme, is_live, scheme.hold_out, window_of(scheme), metric, least, own,
                looks.get(scheme_id, []),
            )  # fmt: skip
            judged = _judged(bare, came.get(scheme_id, []), marked)
            out.append(replace(judged, is_idle=not keeps_back(scheme) and not _kept_back(cur, shop_id, scheme_id)))
    return sorted(out, key=lambda e: -e.people)


def _kept_back(cur: Cursor, shop_id: int, scheme_id: int) -> bool:
    """Whether any version that held people out kept something back from them."""
    versions = readable_versions(cur, shop_id, scheme_id)
    return any(version.scheme.hold_out and keeps_back(version.scheme) for version in versions)


def _judged(bare: Effect, came: Sequence[tuple[date, int]], marked: date | None) -> Effect:
    """With its verdict, and what is still needed."""
    alarms = bare.sums.alarms()
    found = bare.last.found if bare.last else None
    said = verdict(found, trusted=not alarms, least=bare.least)
    more = ready = advised = None
    first = min((day for day, _n in came), default=None)
    if found is not None and marked is not None:
        pace = sum(n for day, n in came if day > marked - timedelta(days=PACE_DAYS)) / PACE_DAYS
        if said == "early":
            more = more_people(found, bare.share / 1000, bare.least) if bare.share else None
            ready = None if more is None else enough_on(came, _entered_by(bare, more), pace, bare.days, marked)
            advised = best_share(found, pace, ADVISED_WITHIN, bare.least) if pace and bare.is_live else None
            if advised is not None and advised * 1000 <= bare.share:
                advised = None
    return Effect(
        bare.scheme_id, bare.name, bare.scheme, bare.is_live, bare.share, bare.days, bare.metric, bare.least, bare.sums,
        bare.looks, alarms, said, more, ready, advised, None if first is None else first + timedelta(days=bare.days),
    )  # fmt: skip


def _entered_by(bare: Effect, more: int) -> int:
    """How many must have entered for so many more to be counted: those left out come on top."""
    return bare.people + more + bare.sums.count("crossed") + bare.sums.count("same")


@dataclass(frozen=True, slots=True)
class Listed:
    """One of the people behind a figure. `revenue`: minor units of the shop's currency."""

    person_id: int
    arm: str
    entered: date
    day: date
    orders: int
    revenue: int
    other: bool
    corrected: bool


_BEHIND = {
    "entered": "true",
    "n": "state = 1",
    "again": "state = 1 and orders > 0",
    "goal": "state = 1 and goal",
    "others": "state = 1 and other",
    "crossed": "state = 2",
    "corrected": "corrected",
    "waiting": "state = 0",
}
BEHIND = tuple(_BEHIND)
"""The figures behind which one may look."""


def people_behind(
    cur: Cursor, shop_id: int, scheme_id: int, what: str, arm: str, after: tuple[date, int] | None, limit: int
) -> list[Listed]:
    """The people that a figure counts, whose window ended last first; `arm` '' for both groups."""
    rows = cur.execute(
        "select person_id, arm, (entered_at)::date, day, orders, revenue, other, corrected from reports_uplift_person"  # noqa: S608 - our own words
        f" where shop_id = %s and scheme_id = %s and part = '' and {_BEHIND[what]} and (%s = '' or arm = %s)"
        " and (%s::date is null or (day, person_id) < (%s, %s)) order by day desc, person_id desc limit %s",
        (shop_id, scheme_id, arm, arm, after[0] if after else None, *(after or (None, None)), limit),
    )
    return [Listed(*r) for r in rows]
