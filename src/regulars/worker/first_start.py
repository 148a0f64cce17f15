"""What an installation needs beside its tables: month partitions, the key's fingerprint, a first shop and its owner.

Run after the migrations by `up` and `migrate`; safe to run again, from several machines at once.
"""

import os
from datetime import UTC

from django.conf import settings

from regulars.base import clock, db, partitions
from regulars.base.actor import SYSTEM
from regulars.base.db import Cursor
from regulars.base.secrets import check_fingerprint, fingerprint, split_keys
from regulars.shop import actions as shops
from regulars.staff import actions as staff
from regulars.staff import queries as members

__all__ = ["check_key", "login_link", "make_room", "prepare"]

LOCK = 0x5265_6776
FIRST_OWNER = "owner@localhost"


def make_room() -> None:
    """Partitions alone: for whatever fills the tables before the first shop is asked for."""
    with db.transact() as cur:
        _make_partitions(cur)


def prepare() -> None:
    """Partitions, fingerprint, and (when there is no shop at all) the first shop with its owner.

    Raises SecretMismatch when the database knows another key.
    """
    with db.transact() as cur:
        _make_partitions(cur)
        check_key(cur)
        if cur.execute("select 1 from shop_shop limit 1").fetchone() is None:
            _first_shop(cur)


def _make_partitions(cur: Cursor) -> None:
    cur.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
    cur.execute("set local statement_timeout = 0")
    partitions.ensure(cur, clock.read(cur).machine().astimezone(UTC))


def check_key(cur: Cursor) -> None:
    """Compare the secret key with the fingerprint in the database; the first start writes it.

    Raises SecretMismatch.
    """
    keys = split_keys(settings.SECRET_KEY)
    row = cur.execute("select secret_fingerprint from base_installation where id = 1").fetchone()
    if row is None:
        cur.execute(
            "insert into base_installation (id, secret_fingerprint) values (1, %s) on conflict do nothing",
            (fingerprint(keys[0]),),
        )
        return
    check_fingerprint(row[0], keys)


def _first_shop(cur: Cursor) -> None:
    russian = os.environ.get("LANG", "").startswith("ru")
    shop_id = shops.create_shop(
        cur,
        "shop",
        "Мой магазин" if russian else "My shop",
        SYSTEM,
        time_zone="Europe/Moscow" if russian else "UTC",
        country="RU" if russian else "GB",
        currency="RUB" if russian else "GBP",
        languages=("ru", "en") if russian else ("en", "ru"),
        settings={"first_steps": "shop"},
    )
    staff.create_account(cur, shop_id, FIRST_OWNER, "", "owner", SYSTEM, language="ru" if russian else "en")


def login_link() -> str | None:
    """A link that logs the first owner in once, as long as nobody has logged in yet; else None."""
    with db.transact() as cur:
        if members.anybody_has_logged_in(cur):
            return None
        owner = members.first_owner(cur)
        if owner is None:
            return None
        return f"{settings.REGULARS_PUBLIC_URL or ''}/login/link/{staff.login_link(cur, owner)}"
