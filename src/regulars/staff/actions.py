"""Writes of the staff: accounts, their roles, and the link that logs in once."""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.hashers import make_password

from regulars.base import audit
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.staff.models import ROLES

__all__ = [
    "LINK_LIFE",
    "StaffError",
    "create_account",
    "login_link",
    "set_language",
    "set_password",
    "use_login_link",
]

LINK_LIFE = timedelta(hours=24)


class StaffError(ValueError):
    """What was asked of an account is not possible; the text says why."""


def create_account(
    cur: Cursor, shop_id: int, email: str, name: str, role: str, actor: Actor, *, language: str = "en"
) -> int:
    """An account with a role in the shop, without a password; its id. A known e-mail gets the role added.

    Raises StaffError on an unknown role.
    """
    if role not in ROLES:
        raise StaffError(f"unknown role {role!r}; roles are {', '.join(ROLES)}")
    row = cur.execute(
        "insert into staff_account (email, name, language, password, is_active) values (%s, %s, %s, %s, true)"
        " on conflict (email) do update set email = excluded.email returning id",
        (email.strip().lower(), name, language, make_password(None)),
    ).fetchone()
    assert row is not None
    account_id: int = row[0]
    cur.execute(
        "insert into staff_membership (shop_id, account_id, role) values (%s, %s, %s)"
        " on conflict (shop_id, account_id) do update set role = excluded.role",
        (shop_id, account_id, role),
    )
    audit.write(cur, shop_id, actor, "account.created", "account", account_id, role=role)
    return account_id


def set_password(cur: Cursor, account_id: int, password: str, actor: Actor) -> None:
    """Set the password; all sessions of the account end, since their hash no longer fits."""
    cur.execute("update staff_account set password = %s where id = %s", (make_password(password), account_id))
    audit.write(cur, None, actor, "account.password_set", "account", account_id)


def login_link(cur: Cursor, account_id: int) -> str:
    """The secret of a link that logs this account in once within a day."""
    secret = secrets.token_urlsafe(24)
    cur.execute(
        "insert into staff_login_link (account_id, digest, expires_at) values (%s, %s, machine_now() + %s)",
        (account_id, hashlib.sha256(secret.encode()).digest(), LINK_LIFE),
    )
    return secret


def use_login_link(cur: Cursor, secret: str) -> int | None:
    """The account that the link logs in, if it is unused and not too old; the link is spent by that."""
    row = cur.execute(
        "update staff_login_link l set used_at = machine_now() from staff_account a"
        " where a.id = l.account_id and a.is_active and l.digest = %s and l.used_at is null"
        " and l.expires_at > machine_now() returning l.account_id",
        (hashlib.sha256(secret.encode()).digest(),),
    ).fetchone()
    return None if row is None else int(row[0])


def set_language(cur: Cursor, account_id: int, language: str) -> None:
    """The language of an account's screens: 'en' or 'ru'."""
    cur.execute("update staff_account set language = %s where id = %s", (language, account_id))
