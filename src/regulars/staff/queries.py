"""Reads of the staff: who works in which shop as what."""

from dataclasses import dataclass

from regulars.base.db import Cursor

__all__ = ["Member", "anybody_has_logged_in", "first_owner", "memberships"]


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
        " join staff_account a on a.id = m.account_id and a.is_active where m.account_id = %s order by m.shop_id",
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
