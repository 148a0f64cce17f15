"""Reads of the shop: settings, working time by team, keys. Cached for a few seconds, since every loop asks."""

import hashlib
import time as _time
from dataclasses import dataclass
from datetime import datetime

from regulars.base.db import Cursor
from regulars.rules.worktime import WorkTime
from regulars.shop.settings import ShopSettings, read_settings

__all__ = [
    "ApiKeyInfo",
    "api_key",
    "forget",
    "next_morning",
    "settings_of",
    "shops",
    "team_keys",
    "team_titles",
    "worktimes",
]

CACHE_SECONDS = 5.0
SHOP_TEAM = "shop"  # the shop's own calendar, for whatever names no team

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
    row = cur.execute(f"select {_COLUMNS} from shop_shop where id = %s", (shop_id,)).fetchone()  # noqa: S608
    if row is None:
        raise LookupError(f"there is no shop {shop_id}")
    settings = read_settings(row)
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


def team_titles(cur: Cursor, shop_id: int) -> dict[str, dict[str, str]]:
    """The teams' names by language, by key."""
    return dict(cur.execute("select key, title from shop_team where shop_id = %s order by key", (shop_id,)).fetchall())
