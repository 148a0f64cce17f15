"""Secrets by which what we tell other systems is signed (Standard Webhooks), by name; encrypted at rest.

Must not call anybody. A secret is shown in the one answer that makes it; afterwards only its name is.
"""

import base64
import secrets as chance

from django.conf import settings

from regulars.base import audit
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.secrets import SecretBox, split_keys

__all__ = ["drop_secret", "make_secret", "names", "secret_of"]


def make_secret(cur: Cursor, shop_id: int, name: str, actor: Actor) -> str:
    """A new secret of that name, in place of the one before; returned here, and never again."""
    secret = "whsec_" + base64.b64encode(chance.token_bytes(24)).decode()
    box = SecretBox(split_keys(settings.SECRET_KEY))
    cur.execute(
        "insert into shop_signing_secret (shop_id, name, secret) values (%s, %s, %s) on conflict (shop_id, name)"
        " do update set secret = excluded.secret, created_at = machine_now()",
        (shop_id, name, box.encrypt(secret).decode()),
    )
    audit.write(cur, shop_id, actor, "signing_secret.made", "signing_secret", None, name=name)
    return secret


def drop_secret(cur: Cursor, shop_id: int, name: str, actor: Actor) -> bool:
    """Delete it: what names it is told no more. False when there is none of that name."""
    gone = cur.execute("delete from shop_signing_secret where shop_id = %s and name = %s", (shop_id, name)).rowcount
    if gone:
        audit.write(cur, shop_id, actor, "signing_secret.dropped", "signing_secret", None, name=name)
    return gone > 0


def names(cur: Cursor, shop_id: int) -> list[str]:
    """The names of the shop's secrets."""
    rows = cur.execute("select name from shop_signing_secret where shop_id = %s order by name", (shop_id,))
    return [r[0] for r in rows]


def secret_of(cur: Cursor, shop_id: int, name: str) -> str | None:
    """The secret in clear; None when there is none of that name."""
    row = cur.execute(
        "select secret from shop_signing_secret where shop_id = %s and name = %s", (shop_id, name)
    ).fetchone()
    return None if row is None else SecretBox(split_keys(settings.SECRET_KEY)).decrypt(row[0].encode())
