"""Reads of the staff: who works in which shop as what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["Colleague", "Member", "anybody_has_logged_in", "colleagues", "first_owner", "memberships", "names"]


@dataclass(frozen=True, slots=True)
class Member:
    """An account's part in a shop."""

    account_id: int
    shop_id: int
    shop_name: str
    role: str


def memberships(cur: Cursor, account_id: int) -> list[Member]:
    """The shops that an active account works in, oldest first."""
    rows = cur.execute(
        "select m.account_id, m.shop_id, s.name, m.role from staff_membership m join shop_shop s on s.id = m.shop_id"
        " join staff_account a on a.id = m.account_id and a.is_active where m.account_id = %s and m.is_active"
        " order by m.shop_id",
        (account_id,),
    )
    return [Member(*r) for r in rows]


def first_owner(cur: Cursor) -> int | None:
    """The oldest owner's account, for the one-time link of the first start."""
    row = cur.execute("select account_id from staff_membership where role = 'owner' order by id limit 1").fetchone()
    return None if row is None else int(row[0])


def anybody_has_logged_in(cur: Cursor) -> bool:
    """Whether any account was ever used: it has a password, a last login, or a spent link."""
    row = cur.execute(
        "select exists (select 1 from staff_account where last_login is not null)"
        " or exists (select 1 from staff_login_link where used_at is not null)"
    ).fetchone()
    return bool(row and row[0])


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works, or has worked, in a shop.

    `has_password` False: only a one-time link lets him in. `teams` empty: all. `elsewhere`: he works in other shops too.
    """

    account_id: int
    name: str
    email: str
    role: str
    is_active: bool
    has_password: bool
    last_login: datetime | None
    language: str
    teams: Sequence[str]
    elsewhere: bool


def colleagues(cur: Cursor, shop_id: int) -> list[Colleague]:
    """All who work in the shop, then those who did; by name."""
    rows = cur.execute(
        "select a.id, a.name, a.email, m.role, a.is_active and m.is_active as works, a.password not like '!%%',"
        " a.last_login, a.language, m.teams, exists (select 1 from staff_membership o where o.account_id = a.id"
        " and o.shop_id <> m.shop_id and o.is_active)"
        " from staff_membership m join staff_account a on a.id = m.account_id where m.shop_id = %s"
        " order by works desc, a.name, a.id",
        (shop_id,),
    )
    return [Colleague(*r) for r in rows]


def names(cur: Cursor, shop_id: int, account_ids: Iterable[int]) -> dict[int, str]:
    """Names of accounts that work in the shop."""
    wanted = sorted(set(account_ids))
    if not wanted:
        return {}
    rows = cur.execute(
        "select a.id, a.name from staff_membership m join staff_account a on a.id = m.account_id"
        " where m.shop_id = %s and a.id = any(%s)",
        (shop_id, wanted),
    )
    return dict(rows.fetchall())
