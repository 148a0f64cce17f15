"""The roll-up behind 'do they work?': who was drawn into which group of a scheme, what became of each, and each day's look.

Owns the tables reports_uplift_*; only this module writes them. Once a day, when the shop's day is over, a few statements for
all of its schemes. A person is counted once, when his window closes, so that what is compared is whole outcomes in the
order in which they were done; what he returns later corrects his day's sums, but no look that was made.

By intention to treat: who was drawn into the scheme counts as with it, whatever reached him.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from regulars.base import db
from regulars.base.db import Cursor
from regulars.core.letters import letters
from regulars.core.scheme import ADVERTISING, Scheme
from regulars.journeys.versions import readable_versions
from regulars.reports import uplift_looks
from regulars.reports import uplift_sql as sql
from regulars.rules.localtime import at_local_hour
from regulars.rules.money import exponent
from regulars.shop.settings import ShopSettings

__all__ = [
    "GIVEN",
    "HELD",
    "LONGEST",
    "WHOLE_SHOP",
    "WINDOW",
    "Drawing",
    "drawings",
    "is_due",
    "roll_up",
    "splits_of",
    "window_of",
]

GIVEN, HELD = "given", "held"
WAITING, COUNTED, CROSSED, SAME = 0, 1, 2, 3
"""States: the window is open; counted; left out, as one with somebody of another group; as one with somebody counted."""
WINDOW, LONGEST = 90, 365
"""Days after the first entry in which what a person does counts: those of the goal, else so many; and at most."""
WHOLE_SHOP = 0
"""Stands for a scheme: the hold-out of the whole shop, which gets no advertising of any."""
_OVERLAP = timedelta(hours=1)
"""What was recorded so long before the last run is read again: ids are drawn before their transaction ends."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a version draws: permille held out, the window in days, whether it advertises, and its split tests with the
    permille of each way."""

    version_id: int
    scheme_id: int
    share: int
    days: int
    advertises: bool
    splits: Mapping[str, Mapping[str, int]]


def window_of(scheme: Scheme) -> int:
    """Days in which what a person does counts for this scheme."""
    within = scheme.goal.within if scheme.goal is not None else None
    return WINDOW if within is None else max(1, min(LONGEST, -(-within // timedelta(days=1))))


def splits_of(scheme: Scheme) -> dict[str, Mapping[str, int]]:
    """The split tests of a scheme: step -> way -> permille."""
    return {name: getattr(step, "ways") for name, step in scheme.steps.items() if step.verb == "split"}  # noqa: B009


def split_code(ways: Mapping[str, int]) -> int:
    """Stands for these shares as a stratum, where a hold-out's has its permille."""
    return crc32(repr(sorted(ways.items())).encode()) % 30_000 + 1


def drawings(cur: Cursor, shop_id: int) -> list[Drawing]:
    """Of all versions there have been; one that this release can't read any more takes no newcomers, and is left out."""
    out = []
    for version in readable_versions(cur, shop_id):
        scheme = version.scheme
        advertises = any(letter.purpose == ADVERTISING for _, letter in letters(scheme))
        splits = splits_of(scheme)
        out.append(Drawing(version.id, version.scheme_id, scheme.hold_out, window_of(scheme), advertises, splits))
    return out


def is_due(cur: Cursor, shop: ShopSettings, now: datetime) -> bool:
    """Whether a day of the shop is over that has not been looked at."""
    row = cur.execute("select day from reports_uplift_mark where shop_id = %s", (shop.id,)).fetchone()
    return row is None or row[0] is None or row[0] < _yesterday(shop, now)


def roll_up(cur: Cursor, shop: ShopSettings, now: datetime) -> bool:
    """Take in all days that are over by now, and look; False when there is nothing to do. Safe to run twice and at once."""
    cur.execute("insert into reports_uplift_mark (shop_id) values (%s) on conflict do nothing", (shop.id,))
    row = cur.execute(
        "select day, seen_at, machine_now() from reports_uplift_mark where shop_id = %s for update", (shop.id,)
    ).fetchone()
    assert row is not None
    last, seen_at, machine = row
    day = _yesterday(shop, now)
    if last is not None and last >= day:
        return False
    made = drawings(cur, shop.id)
    values = _values(shop, made, day, seen_at, machine, last)
    if any(d.share or d.splits for d in made) or values["shop_share"]:
        entered = _enter(cur, values)
        if seen_at is None or entered:
            cur.execute("analyze reports_uplift_person")
        # what has just been made has no statistics, and without them joins are planned for a handful
        for table, statement in (
            ("stirred", sql.STIRRED),
            ("family", sql.FAMILY),
            ("mine", sql.MINE),
            ("touched", sql.OUTCOMES),
        ):
            cur.execute(statement, values)
            cur.execute(f"analyze uplift_{table}")
        cur.execute(sql.EMPTY, values)
        cur.execute(sql.SUM, values)
        cur.execute("drop table uplift_stirred, uplift_family, uplift_mine, uplift_touched")
        uplift_looks.look(cur, shop.id, day)
    cur.execute("update reports_uplift_mark set day = %s, seen_at = %s where shop_id = %s", (day, machine, shop.id))
    return True


def _enter(cur: Cursor, values: dict[str, Any]) -> int:
    """Take in whoever was drawn since the last run; how many rows of days that touched."""
    sources = [(sql.OF_SCHEMES, sql.NOT_OF_SHOP), (sql.OF_SHOP, "")]
    if values["split_versions"]:
        sources.append((sql.OF_SPLITS, ""))
    return sum(cur.execute(sql.ENTER.format(source=s, but=but), values).rowcount for s, but in sources)


def _yesterday(shop: ShopSettings, now: datetime) -> date:
    return now.astimezone(ZoneInfo(shop.time_zone)).date() - timedelta(days=1)


def _values(
    shop: ShopSettings, made: list[Drawing], day: date, seen_at: datetime | None, machine: datetime, last: date | None
) -> dict[str, Any]:
    holding = [d for d in made if d.share]
    versions, shares, windows = db.columns([(d.version_id, d.share, d.days) for d in holding], 3)
    splits = [(d.version_id, step, split_code(ways), d.days) for d in made for step, ways in d.splits.items()]
    split_versions, split_steps, split_codes, split_windows = db.columns(splits, 4)
    first = date(2000, 1, 1) if last is None else last - timedelta(days=1)
    return {
        "shop": shop.id,
        "zone": shop.time_zone,
        "currency": shop.currency,
        "scale": 10 ** exponent(shop.currency),
        "since": datetime(2000, 1, 1, tzinfo=ZoneInfo("UTC")) if seen_at is None else seen_at - _OVERLAP,
        # before the first run nobody has been counted whom a change could concern
        "changed": machine if seen_at is None else seen_at - _OVERLAP,
        "until": at_local_hour(day + timedelta(days=1), time(0), shop.time_zone),
        "versions": versions,
        "shares": shares,
        "windows": windows,
        "split_versions": split_versions,
        "split_steps": split_steps,
        "split_codes": split_codes,
        "split_windows": split_windows,
        "whole_shop": WHOLE_SHOP,
        "shop_share": shop.hold_out,
        "window": WINDOW,
        "since_day": at_local_hour(first, time(0), shop.time_zone),
        "advertising": [d.version_id for d in made if d.advertises],
    }
