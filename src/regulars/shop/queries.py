"""Reads of the shop: settings, working time by team, keys. Cached for a few seconds, since every loop asks."""

import hashlib
import time as _time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.rules.worktime import WorkTime
from regulars.shop.settings import ShopSettings, read_settings

__all__ = [
    "MAIN",
    "SHOP_TEAM",
    "ApiKeyInfo",
    "CalendarRow",
    "KeyRow",
    "TeamRow",
    "api_key",
    "calendars",
    "forget",
    "key_name",
    "keys",
    "next_morning",
    "own_settings",
    "settings_of",
    "shops",
    "team_keys",
    "team_titles",
    "teams",
    "worktimes",
]

CACHE_SECONDS = 5.0
SHOP_TEAM = "shop"  # the shop's own calendar, for whatever names no team
MAIN = "main"
"""Key of the shop's own calendar; a team's own one has the team's key."""

_COLUMNS = "id, slug, name, time_zone, country, currency, languages, settings, brand"
_settings: dict[int, tuple[float, ShopSettings]] = {}
_worktimes: dict[int, tuple[float, dict[str, WorkTime]]] = {}
_read: dict[str, WorkTime] = {}


def forget() -> None:
    """Drop what is cached: after a change of settings, and in tests."""
    _settings.clear()
    _worktimes.clear()


def shops(cur: Cursor) -> list[ShopSettings]:
    """All shops, oldest first."""
    return [read_settings(r) for r in cur.execute(f"select {_COLUMNS} from shop_shop order by id")]  # noqa: S608


def settings_of(cur: Cursor, shop_id: int) -> ShopSettings:
    """The shop's settings.

    Raises LookupError for a shop that isn't there.
    """
    at = _time.monotonic()
    kept = _settings.get(shop_id)
    if kept is not None and at - kept[0] < CACHE_SECONDS:
        return kept[1]
    settings = own_settings(cur, shop_id)
    _settings[shop_id] = (at, settings)
    return settings


def worktimes(cur: Cursor, shop_id: int) -> dict[str, WorkTime]:
    """Working time by team key, and under 'shop' the shop's own calendar ('main')."""
    at = _time.monotonic()
    kept = _worktimes.get(shop_id)
    if kept is not None and at - kept[0] < CACHE_SECONDS:
        return kept[1]
    rows = cur.execute(
        "select t.key, c.hours::text, c.hours from shop_calendar c"
        " join (select key, calendar_key from shop_team where shop_id = %(shop)s union all select %(own)s, 'main') t"
        " on t.calendar_key = c.key where c.shop_id = %(shop)s",
        {"shop": shop_id, "own": SHOP_TEAM},
    ).fetchall()
    out: dict[str, WorkTime] = {}
    for team, text, hours in rows:
        if text not in _read:  # a WorkTime remembers the days it has worked out, so one serves as long as possible
            _read[text] = WorkTime.from_json(hours)
        out[team] = _read[text]
    _worktimes[shop_id] = (at, out)
    return out


def next_morning(cur: Cursor, shop_id: int, now: datetime) -> datetime:
    """When the shop opens next, after a night.

    Raises NoWorkingTime when its calendar has no hours.
    """
    return worktimes(cur, shop_id)[SHOP_TEAM].next_morning(now)


def team_keys(cur: Cursor, shop_id: int) -> list[str]:
    """The teams that a scheme of this shop may name."""
    return [r[0] for r in cur.execute("select key from shop_team where shop_id = %s order by key", (shop_id,))]


@dataclass(frozen=True, slots=True)
class ApiKeyInfo:
    """Whose key it is and what it may do."""

    id: int
    shop_id: int
    scopes: frozenset[str]

    def allows(self, scope: str) -> bool:
        """Whether the key may do what `scope` names."""
        return "all" in self.scopes or scope in self.scopes


def api_key(cur: Cursor, secret: str) -> ApiKeyInfo | None:
    """The key that this secret opens, unless it was revoked."""
    digest = hashlib.sha256(secret.encode()).digest()
    row = cur.execute(
        "select id, shop_id, scopes from shop_api_key where digest = %s and revoked_at is null", (digest,)
    ).fetchone()
    return None if row is None else ApiKeyInfo(row[0], row[1], frozenset(row[2]))


def key_name(cur: Cursor, shop_id: int, key_id: int) -> str:
    """What its owner calls a key, a revoked one too; '' for one of another shop."""
    row = cur.execute("select name from shop_api_key where shop_id = %s and id = %s", (shop_id, key_id)).fetchone()
    return row[0] if row else ""


def team_titles(cur: Cursor, shop_id: int) -> dict[str, dict[str, str]]:
    """The teams' names by language, by key."""
    return dict(cur.execute("select key, title from shop_team where shop_id = %s order by key", (shop_id,)).fetchall())


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team. `calendar_key`: whose hours run its clocks; 'main' is the shop's."""

    key: str
    title: dict[str, str]
    calendar_key: str


def teams(cur: Cursor, shop_id: int) -> list[TeamRow]:
    """All teams of the shop, oldest first."""
    rows = cur.execute("select key, title, calendar_key from shop_team where shop_id = %s order by id", (shop_id,))
    return [TeamRow(*r) for r in rows]


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A calendar: `hours` as rules.worktime reads them, `version` grows with each change."""

    key: str
    hours: dict[str, Any]
    version: int


def calendars(cur: Cursor, shop_id: int) -> list[CalendarRow]:
    """All calendars of the shop that a team or the shop itself uses, the shop's own first."""
    rows = cur.execute(
        "select c.key, c.hours, c.version from shop_calendar c where c.shop_id = %s and (c.key = 'main' or exists"
        " (select 1 from shop_team t where t.shop_id = c.shop_id and t.calendar_key = c.key))"
        " order by c.key = 'main' desc, c.id",
        (shop_id,),
    )
    return [CalendarRow(*r) for r in rows]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An API key as its owner sees it; `revoked_at` None: it works."""

    id: int
    name: str
    scopes: Sequence[str]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def keys(cur: Cursor, shop_id: int) -> list[KeyRow]:
    """The shop's keys: those that work first, each group newest first."""
    rows = cur.execute(
        "select id, name, scopes, created_at, last_used_at, revoked_at from shop_api_key where shop_id = %s"
        " order by revoked_at is not null, id desc",
        (shop_id,),
    )
    return [KeyRow(*r) for r in rows]


def own_settings(cur: Cursor, shop_id: int) -> ShopSettings:
    """The shop's settings as they stand at this moment, past the cache: for the page on which they are changed.

    Raises LookupError for a shop that isn't there.
    """
    row = cur.execute(f"select {_COLUMNS} from shop_shop where id = %s", (shop_id,)).fetchone()  # noqa: S608
    if row is None:
        raise LookupError(f"there is no shop {shop_id}")
    return read_settings(row)
