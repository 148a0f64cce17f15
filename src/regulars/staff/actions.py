"""Writes of the staff: accounts, their roles and teams, who is let in, and the link that logs in once."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.contrib.auth.hashers import make_password

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.staff.models import ROLES

__all__ = [
    "LINK_LIFE",
    "StaffError",
    "close_account",
    "create_account",
    "end_sessions",
    "login_link",
    "reopen_account",
    "set_extension",
    "set_language",
    "set_most_tasks",
    "set_password",
    "set_profile",
    "set_role",
    "use_login_link",
]

LINK_LIFE = timedelta(hours=24)


class StaffError(ValueError):
    """What was asked of an account is not possible; the text says why, `code` is stable.

    Codes: unknown_role, works_here (already), last_owner, not_here, email_taken, extension_taken.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def create_account(
    cur: Cursor,
    shop_id: int,
    email: str,
    name: str,
    role: str,
    actor: Actor,
    *,
    language: str = "en",
    teams: Sequence[str] = (),
    only_new: bool = False,
) -> int:
    """An account with a role in the shop, without a password; its id. A known e-mail gets the role added.

    Raises StaffError on an unknown role, and with `only_new` for somebody who works in this shop already.
    """
    if role not in ROLES:
        raise StaffError("unknown_role", f"unknown role {role!r}; roles are {', '.join(ROLES)}")
    row = cur.execute(
        "insert into staff_account (email, name, language, password, is_active) values (%s, %s, %s, %s, true)"
        " on conflict (email) do update set email = excluded.email returning id",
        (email.strip().lower(), name, language, make_password(None)),
    ).fetchone()
    assert row is not None
    account_id: int = row[0]
    known = cur.execute(
        "select 1 from staff_membership where shop_id = %s and account_id = %s", (shop_id, account_id)
    ).fetchone()
    if known and only_new:
        raise StaffError("works_here", "somebody with this address works in the shop already")
    cur.execute(
        "insert into staff_membership (shop_id, account_id, role, teams) values (%s, %s, %s, %s::jsonb)"
        " on conflict (shop_id, account_id) do update set role = excluded.role, teams = excluded.teams",
        (shop_id, account_id, role, db.dumps(list(teams))),
    )
    audit.write(cur, shop_id, actor, "account.created", "account", account_id, role=role)
    return account_id


def set_role(cur: Cursor, shop_id: int, account_id: int, role: str, teams: Sequence[str], actor: Actor) -> None:
    """Change what somebody is in the shop, and for which teams; no teams means all.

    Raises StaffError: unknown_role, not_here, last_owner.
    """
    if role not in ROLES:
        raise StaffError("unknown_role", f"unknown role {role!r}; roles are {', '.join(ROLES)}")
    _check_owner_stays(cur, shop_id, account_id, stays=role == "owner")
    cur.execute(
        "update staff_membership set role = %s, teams = %s::jsonb where shop_id = %s and account_id = %s",
        (role, db.dumps(list(teams)), shop_id, account_id),
    )
    audit.write(cur, shop_id, actor, "account.role_set", "account", account_id, role=role, teams=list(teams))


def set_most_tasks(cur: Cursor, shop_id: int, account_id: int, most: int | None, actor: Actor) -> None:
    """How many tasks somebody may have at once; None: as many as the shop says."""
    changed = cur.execute(
        "update staff_membership set most_tasks = %s where shop_id = %s and account_id = %s"
        " and most_tasks is distinct from %s",
        (most, shop_id, account_id, most),
    ).rowcount
    if changed:
        audit.write(cur, shop_id, actor, "account.most_tasks_set", "account", account_id, most=most)


def set_extension(cur: Cursor, shop_id: int, account_id: int, extension: str, actor: Actor) -> None:
    """By which inner number the shop's telephony reaches somebody; '' for none.

    Raises StaffError: extension_taken.
    """
    taken = cur.execute(
        "select 1 from staff_membership where shop_id = %s and extension = %s and extension <> '' and account_id <> %s",
        (shop_id, extension, account_id),
    ).fetchone()
    if taken:
        raise StaffError("extension_taken", "somebody else has this extension")
    changed = cur.execute(
        "update staff_membership set extension = %s where shop_id = %s and account_id = %s and extension <> %s",
        (extension, shop_id, account_id, extension),
    ).rowcount
    if changed:
        audit.write(cur, shop_id, actor, "account.extension_set", "account", account_id)


def close_account(cur: Cursor, shop_id: int, account_id: int, actor: Actor) -> None:
    """Somebody works in this shop no longer. Who works in no other shop can't log in any more, and his sessions end.

    Raises StaffError: not_here, last_owner.
    """
    _check_owner_stays(cur, shop_id, account_id, stays=False)
    cur.execute(
        "update staff_membership set is_active = false where shop_id = %s and account_id = %s", (shop_id, account_id)
    )
    cur.execute(
        "update staff_account set epoch = epoch + 1, is_active = false where id = %s and not exists"
        " (select 1 from staff_membership m where m.account_id = staff_account.id and m.is_active)",
        (account_id,),
    )
    audit.write(cur, shop_id, actor, "account.closed", "account", account_id)


def reopen_account(cur: Cursor, shop_id: int, account_id: int, actor: Actor) -> None:
    """Somebody works here again, as what he was.

    Raises StaffError: not_here.
    """
    cur.execute(
        "update staff_membership set is_active = true where shop_id = %s and account_id = %s", (shop_id, account_id)
    )
    if not cur.rowcount:
        raise StaffError("not_here", "nobody with this account has worked in the shop")
    cur.execute("update staff_account set is_active = true where id = %s", (account_id,))
    audit.write(cur, shop_id, actor, "account.reopened", "account", account_id)


def end_sessions(cur: Cursor, shop_id: int, account_id: int, actor: Actor) -> None:
    """Log the account out everywhere; it may log in again. Links not used yet are spent by that, too."""
    cur.execute("update staff_account set epoch = epoch + 1 where id = %s", (account_id,))
    cur.execute(
        "update staff_login_link set expires_at = machine_now() where account_id = %s and used_at is null"
        " and expires_at > machine_now()",
        (account_id,),
    )
    audit.write(cur, shop_id, actor, "account.sessions_ended", "account", account_id)


def _check_owner_stays(cur: Cursor, shop_id: int, account_id: int, *, stays: bool) -> None:
    """Lock the shop's owners, so that two can't remove each other at once.

    Raises StaffError: not_here, last_owner.
    """
    rows = cur.execute(
        "select m.account_id, m.role = 'owner' and m.is_active and a.is_active from staff_membership m"
        " join staff_account a on a.id = m.account_id where m.shop_id = %s and (m.role = 'owner' or m.account_id = %s)"
        " order by m.id for update of m",
        (shop_id, account_id),
    ).fetchall()
    if account_id not in {r[0] for r in rows}:
        raise StaffError("not_here", "nobody with this account works in the shop")
    owners = {r[0] for r in rows if r[1]}
    if owners == {account_id} and not stays:
        raise StaffError("last_owner", "this is the shop's only owner: make somebody else an owner first")


def set_profile(cur: Cursor, account_id: int, name: str, email: str, language: str, actor: Actor) -> None:
    """Somebody's own name, the e-mail that he logs in with, and the language of his screens.

    Raises StaffError when another account has this e-mail.
    """
    email = email.strip().lower()
    if cur.execute("select 1 from staff_account where email = %s and id <> %s", (email, account_id)).fetchone():
        raise StaffError("email_taken", "another account has this address")
    cur.execute(
        "update staff_account set name = %s, email = %s, language = %s where id = %s",
        (name, email, language, account_id),
    )
    audit.write(cur, None, actor, "account.profile_set", "account", account_id)


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
