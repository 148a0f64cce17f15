"""Reads of the staff: who works in which shop as what, the views they saved, the files they asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor

__all__ = [
    "Colleague",
    "ExportRow",
    "Member",
    "SavedView",
    "accounts_by_extension",
    "anybody_has_logged_in",
    "colleagues",
    "export",
    "extension_of",
    "first_owner",
    "memberships",
    "names",
    "saved_views",
]


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
    `most_tasks`: how many he may have at once; None: as many as the shop says.
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
    most_tasks: int | None = None
    extension: str = ""


def colleagues(cur: Cursor, shop_id: int) -> list[Colleague]:
    """All who work in the shop, then those who did; by name."""
    rows = cur.execute(
        "select a.id, a.name, a.email, m.role, a.is_active and m.is_active as works, a.password not like '!%%',"
        " a.last_login, a.language, m.teams, exists (select 1 from staff_membership o where o.account_id = a.id"
        " and o.shop_id <> m.shop_id and o.is_active), m.most_tasks, m.extension"
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


def accounts_by_extension(cur: Cursor, shop_id: int, extensions: Iterable[str]) -> dict[str, int]:
    """Whose inner numbers these are: of those who work in the shop."""
    wanted = sorted(set(extensions) - {""})
    if not wanted:
        return {}
    rows = cur.execute(
        "select extension, account_id from staff_membership where shop_id = %s and extension = any(%s) and is_active",
        (shop_id, wanted),
    )
    return dict(rows.fetchall())


def extension_of(cur: Cursor, shop_id: int, account_id: int) -> str:
    """The inner number of somebody who works in the shop; '' when he has none."""
    row = cur.execute(
        "select extension from staff_membership where shop_id = %s and account_id = %s", (shop_id, account_id)
    ).fetchone()
    return str(row[0]) if row else ""


@dataclass(frozen=True, slots=True)
class SavedView:
    """Filters of a list under a name; `query` is the list's query text."""

    id: int
    account_id: int
    name: str
    query: str
    shared: bool


def saved_views(cur: Cursor, shop_id: int, account_id: int, page: str) -> list[SavedView]:
    """An account's own views of a list and those that are shared in the shop, by name."""
    rows = cur.execute(
        "select id, account_id, name, query, shared from staff_saved_view where shop_id = %s and page = %s"
        " and deleted_at is null and (account_id = %s or shared) order by lower(name), id limit 200",
        (shop_id, page, account_id),
    )
    return [SavedView(*r) for r in rows]


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A file asked for. `asked`: the list's filters and what else its maker needs; `is_cut`: it stops at the most rows."""

    id: int
    account_id: int
    page: str
    form: str
    asked: dict[str, Any]
    whole_contacts: bool
    state: str
    done: int
    total: int
    is_cut: bool
    digest: bytes | None
    created_at: datetime


def export(cur: Cursor, shop_id: int, export_id: int) -> ExportRow | None:
    """One of the shop's exports."""
    row = cur.execute(
        "select id, account_id, page, form, asked, whole_contacts, state, done, total, is_cut, digest, created_at"
        " from staff_export where shop_id = %s and id = %s",
        (shop_id, export_id),
    ).fetchone()
    return None if row is None else ExportRow(*row)
