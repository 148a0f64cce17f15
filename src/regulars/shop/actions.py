"""Writes of the shop: opening one, what it is called, its hours, its teams, its keys."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.rules.worktime import WorkTime
from regulars.shop import days, queries

__all__ = [
    "KEY_SCOPES",
    "ShopError",
    "create_key",
    "create_shop",
    "create_team",
    "describe_shop",
    "note_key_used",
    "revoke_key",
    "set_hours",
    "set_settings",
    "set_team",
]

KEY_SCOPES = ("all", "intake", "read", "desk", "loyalty", "admin")
FIRST_TEAMS = {
    "acquisition": {"en": "Acquisition", "ru": "Привлечение"},
    "conversion": {"en": "Conversion", "ru": "Доведение до покупки"},
    "order-desk": {"en": "Order desk", "ru": "Приём заказов"},
    "care": {"en": "Care", "ru": "Забота о покупателях"},
    "repeat-sales": {"en": "Repeat sales", "ru": "Повторные продажи"},
}
FIRST_HOURS = {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


class ShopError(ValueError):
    """What was asked of the shop is not possible; the text says why and how to mend it."""


def create_shop(
    cur: Cursor,
    slug: str,
    name: str,
    actor: Actor,
    *,
    time_zone: str = "UTC",
    country: str = "GB",
    currency: str = "EUR",
    languages: Sequence[str] = ("en", "ru"),
    settings: Mapping[str, Any] | None = None,
    brand: Mapping[str, Any] | None = None,
) -> int:
    """A new shop with a calendar (Monday to Friday, 9 to 18) and the three teams of the ready schemes; its id."""
    row = cur.execute(
        "insert into shop_shop (slug, name, time_zone, country, currency, languages, settings, brand)"
        " values (%s, %s, %s, %s, %s, %s, %s::jsonb, %s::jsonb) returning id",
        (slug, name, time_zone, country, currency, list(languages), db.dumps(settings or {}), db.dumps(brand or {})),
    ).fetchone()
    assert row is not None
    shop_id: int = row[0]
    cur.execute(
        "insert into shop_calendar (shop_id, key, hours) values (%s, 'main', %s::jsonb)",
        (shop_id, db.dumps({"zone": time_zone, "hours": FIRST_HOURS, "days_off": [], "extra": {}})),
    )
    cur.execute(
        "insert into shop_team (shop_id, key, title) select %s, k, t::jsonb from unnest(%s::text[], %s::text[]) u(k, t)",
        (shop_id, list(FIRST_TEAMS), [db.dumps(t) for t in FIRST_TEAMS.values()]),
    )
    audit.write(cur, shop_id, actor, "shop.created", "shop", shop_id)
    return shop_id


def set_hours(cur: Cursor, shop_id: int, key: str, hours: Mapping[str, Any], actor: Actor) -> int:
    """Change a calendar; its new version. Days off and extra days that no other source gives become days by hand.

    Raises WorkTimeError when the hours are not written as they should be, ShopError when there is no such calendar.
    """
    wanted = WorkTime.from_json(dict(hours))
    row = cur.execute(
        "update shop_calendar set hours = %s::jsonb, version = version + 1 where shop_id = %s and key = %s"
        " returning id, version",
        (db.dumps(dict(hours)), shop_id, key),
    ).fetchone()
    if row is None:
        raise ShopError(f"there is no calendar {key!r}; calendars are listed under Settings, Hours")
    days.keep_by_hand(cur, shop_id, key, wanted)
    queries.forget()
    audit.write(cur, shop_id, actor, "calendar.changed", "calendar", row[0], version=row[1])
    return int(row[1])


def describe_shop(
    cur: Cursor,
    shop_id: int,
    actor: Actor,
    *,
    name: str,
    time_zone: str,
    country: str,
    currency: str,
    languages: Sequence[str],
    brand: Mapping[str, Any],
) -> None:
    """What the shop is called, where it is, how it reckons, and what letters say of it (`brand`: the keys given change).

    The calendars keep their zone: change it with `set_hours`.
    """
    cur.execute(
        "update shop_shop set name = %s, time_zone = %s, country = %s, currency = %s, languages = %s,"
        " brand = brand || %s::jsonb where id = %s",
        (name, time_zone, country, currency, list(languages), db.dumps(dict(brand)), shop_id),
    )
    queries.forget()
    audit.write(cur, shop_id, actor, "shop.described", "shop", shop_id)


def create_team(cur: Cursor, shop_id: int, key: str, title: Mapping[str, str], actor: Actor) -> None:
    """A new team that works by the shop's hours. Schemes name it by its key, so that never changes.

    Raises ShopError when there is a team of that key, or the key means the shop itself.
    """
    if key in (queries.MAIN, queries.SHOP_TEAM):
        raise ShopError(f"a team can't be called {key!r}")
    row = cur.execute(
        "insert into shop_team (shop_id, key, title) values (%s, %s, %s::jsonb) on conflict do nothing returning id",
        (shop_id, key, db.dumps(dict(title))),
    ).fetchone()
    if row is None:
        raise ShopError(f"there is a team {key!r} already")
    queries.forget()
    audit.write(cur, shop_id, actor, "team.created", "team", row[0])


def set_team(cur: Cursor, shop_id: int, key: str, title: Mapping[str, str], own_hours: bool, actor: Actor) -> None:
    """What a team is called, and whether it has hours of its own; they begin as a copy of the shop's.

    Raises ShopError when there is no such team.
    """
    calendar = key if own_hours else queries.MAIN
    row = cur.execute(
        "update shop_team set title = %s::jsonb, calendar_key = %s where shop_id = %s and key = %s returning id",
        (db.dumps(dict(title)), calendar, shop_id, key),
    ).fetchone()
    if row is None:
        raise ShopError(f"there is no team {key!r}")
    cur.execute(
        "insert into shop_calendar (shop_id, key, hours) select shop_id, %s, hours from shop_calendar"
        " where shop_id = %s and key = 'main' on conflict do nothing",
        (calendar, shop_id),
    )
    if cur.rowcount:
        days.copy_days(cur, shop_id, queries.MAIN, calendar)
    queries.forget()
    audit.write(cur, shop_id, actor, "team.changed", "team", row[0], calendar=calendar)


def set_settings(cur: Cursor, shop_id: int, changes: Mapping[str, Any], actor: Actor) -> None:
    """Change some of the shop's settings; the others stay."""
    cur.execute(
        "update shop_shop set settings = settings || %s::jsonb where id = %s", (db.dumps(dict(changes)), shop_id)
    )
    queries.forget()
    audit.write(cur, shop_id, actor, "settings.changed", "shop", shop_id, keys=sorted(changes))


def create_key(cur: Cursor, shop_id: int, name: str, scopes: Sequence[str], actor: Actor) -> str:
    """A new API key of the shop; the secret is returned here and kept nowhere.

    Raises ShopError on an unknown scope.
    """
    unknown = sorted(set(scopes) - set(KEY_SCOPES))
    if unknown or not scopes:
        raise ShopError(f"unknown scope {', '.join(unknown) or '(none)'}; scopes are {', '.join(KEY_SCOPES)}")
    secret = "rg_" + secrets.token_urlsafe(32)
    row = cur.execute(
        "insert into shop_api_key (shop_id, name, digest, scopes) values (%s, %s, %s, %s) returning id",
        (shop_id, name, hashlib.sha256(secret.encode()).digest(), list(scopes)),
    ).fetchone()
    assert row is not None
    audit.write(cur, shop_id, actor, "key.created", "api_key", row[0], scopes=list(scopes))
    return secret


def revoke_key(cur: Cursor, shop_id: int, key_id: int, actor: Actor) -> bool:
    """The key opens nothing any more (within 5 s in every process), for good. False when it was revoked before."""
    cur.execute(
        "update shop_api_key set revoked_at = machine_now() where shop_id = %s and id = %s and revoked_at is null",
        (shop_id, key_id),
    )
    if cur.rowcount:
        audit.write(cur, shop_id, actor, "key.revoked", "api_key", key_id)
    return bool(cur.rowcount)


def note_key_used(cur: Cursor, key_id: int) -> None:
    """Keep when the key was last used, to a minute: whoever owns it sees which keys nobody needs."""
    cur.execute(
        "update shop_api_key set last_used_at = machine_now() where id = %s"
        " and (last_used_at is null or last_used_at < machine_now() - interval '1 minute')",
        (key_id,),
    )
