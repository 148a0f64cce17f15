"""Writes of intake: deliveries that must be kept once, feeds and their secrets, and what becomes of the quarantined.

Bodies on the fast road are written by group_commit alone. Nothing here reads what a body says.
"""

import base64
import hashlib
import secrets as chance
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings as django_settings

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.secrets import SecretBox, split_keys
from regulars.intake.group_commit import NewDelivery, insert

__all__ = [
    "MOST_AT_ONCE",
    "Deed",
    "IntakeError",
    "add_secret",
    "close_feed",
    "dismiss",
    "dismiss_group",
    "drop_old_secret",
    "keep_known",
    "keep_once",
    "keep_trial",
    "looked",
    "new_secret",
    "open_feed",
    "remove_feed",
    "reopen",
    "reopen_feed",
    "replay",
    "replay_group",
    "set_feed_settings",
    "set_secrets",
]

MOST_SECRETS = 2
MOST_AT_ONCE = 2000
"""So many of a quarantine are closed by one deed; whoever has more presses again."""
MOST_NOTE = 500


class IntakeError(ValueError):
    """What was asked of intake is not possible; the text says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What one press of a button closed in the quarantine: how many, and the deliveries made of them."""

    id: int
    count: int
    delivery_ids: tuple[int, ...]


def keep_once(
    cur: Cursor, delivery: NewDelivery, key_digest: bytes, body_digest: bytes, told: Callable[[int], bytes]
) -> tuple[int, bytes] | None:
    """Keep a delivery under an Idempotency-Key: its id and the answer `told` makes of it, the same for each repeat.

    None: the key was used for another body. Of two at once the second waits for the first.
    """
    mine = cur.execute(
        "insert into base_idempotency (shop_id, key_digest, body_digest, status) values (%s, %s, %s, 202)"
        " on conflict (shop_id, key_digest) do nothing returning id",
        (delivery.shop_id, key_digest, body_digest),
    ).fetchone()
    if mine is not None:
        [delivery_id] = insert(cur, [delivery])
        answer = told(delivery_id)
        cur.execute("update base_idempotency set answer = %s where id = %s", (answer, mine[0]))
        return delivery_id, answer
    row = cur.execute(
        "select body_digest, answer from base_idempotency where shop_id = %s and key_digest = %s",
        (delivery.shop_id, key_digest),
    ).fetchone()
    if row is None or bytes(row[0]) != body_digest:
        return None
    first = bytes(row[1])
    return int(str(db.loads(first)["delivery"]).rpartition("/")[2]), first


def keep_known(cur: Cursor, delivery: NewDelivery, identity: str, now: datetime) -> int | None:
    """Keep a vendor's delivery that names itself: its id, or None when the very same was kept before.

    The same name with another body is kept and quarantined as 'conflict': a person decides.
    """
    source = f"in:{delivery.feed_id}"
    digest = hashlib.sha256(delivery.body).digest()
    new = cur.execute(
        "insert into intake_seen (shop_id, source, item_key, body_digest) values (%s, %s, %s, %s)"
        " on conflict do nothing returning 1",
        (delivery.shop_id, source, identity, digest),
    ).fetchone()
    if new is None:
        row = cur.execute(
            "select body_digest from intake_seen where shop_id = %s and source = %s and item_key = %s",
            (delivery.shop_id, source, identity),
        ).fetchone()
        if row is not None and bytes(row[0]) == digest:
            return None
    [delivery_id] = insert(cur, [delivery])
    if new is None:
        _set_aside(cur, delivery, delivery_id, identity, now)
    return delivery_id


def keep_trial(cur: Cursor, shop_id: int, source: str, order: Mapping[str, Any], actor: Actor) -> int:
    """Keep an order that staff send to see what becomes of it; the delivery's id. It goes the way of every order."""
    delivery = NewDelivery(
        shop_id, source, "orders", db.dumps(dict(order)).encode(), str(actor), item_key=str(order["id"]), live=True
    )
    [delivery_id] = insert(cur, [delivery])
    audit.write(cur, shop_id, actor, "order.tried", "delivery", delivery_id)
    return delivery_id


def _set_aside(cur: Cursor, delivery: NewDelivery, delivery_id: int, identity: str, now: datetime) -> None:
    cur.execute("delete from intake_pending where delivery_id = %s", (delivery_id,))
    cur.execute(
        "update intake_delivery set taken_at = %s, result = %s::jsonb where id = %s",
        (now, db.dumps({"quarantined": 1}), delivery_id),
    )
    cur.execute(
        "insert into intake_quarantine (shop_id, delivery_id, source, kind, item_key, code, detail, body, at)"
        " values (%s, %s, %s, %s, %s, 'conflict', %s, %s, %s)",
        (
            delivery.shop_id,
            delivery_id,
            delivery.source,
            delivery.kind,
            identity,
            "came before under the same name with another body",
            delivery.body,
            now,
        ),
    )


_OPEN = (
    "select id, delivery_id, position, source, kind, item_key, body from intake_quarantine"
    " where shop_id = %(shop)s and state = 'open'"
    " and (%(ids)s::bigint[] is null or id = any(%(ids)s)) and (%(code)s::text is null or code = %(code)s)"
    " and (%(place)s::text is null or place = %(place)s) order by id limit %(most)s for update"
)
_DISMISS = f"""
with picked as materialized ({_OPEN})
update intake_quarantine q set state = 'dismissed', closed_at = %(now)s, closed_by = %(by)s, deed_id = %(deed)s,
  note = %(note)s
from picked where q.id = picked.id returning q.id
"""  # noqa: S608 - our own statement
# An item that the feed has put into our own shape goes on as such; a whole delivery goes to the feed again.
_REPLAY = f"""
with picked as materialized ({_OPEN}), again as materialized (
  select next_id() as new_id, p.id, p.source, p.kind, coalesce(%(body)s::bytea, p.body) as body,
    case when p.kind = 'vendor' then d.feed_id end as feed_id, case when p.kind <> 'vendor' then p.item_key end as item_key,
    coalesce(d.batch and p.position is null, false) as batch, d.live, coalesce(d.headers, '{{}}') as headers
  from picked p left join intake_delivery d on d.id = p.delivery_id order by p.id
), kept as (
  insert into intake_delivery (id, shop_id, source, kind, body, actor, feed_id, item_key, batch, live, headers)
  select new_id, %(shop)s, source, kind, body, %(by)s, feed_id, item_key, batch, live, headers from again order by new_id
), pending as (
  insert into intake_pending (delivery_id, shop_id) select new_id, %(shop)s from again
)
update intake_quarantine q set state = %(state)s, closed_at = %(now)s, closed_by = %(by)s, deed_id = %(deed)s,
  replay_delivery_id = a.new_id
from again a where q.id = a.id returning a.new_id
"""  # noqa: S608 - our own statement


def dismiss(
    cur: Cursor, shop_id: int, quarantine_id: int, actor: Actor, now: datetime, *, note: str = ""
) -> int | None:
    """Close a quarantined item without taking it in: the deed, by which it can be reopened.

    None when it was closed already or isn't this shop's.
    """
    deed = _dismiss(cur, shop_id, actor, now, note, {"ids": [quarantine_id], "code": None, "place": None, "most": 1})
    if deed is None:
        return None
    audit.write(cur, shop_id, actor, "quarantine.dismissed", "quarantine", quarantine_id)
    return deed.id


def dismiss_group(
    cur: Cursor, shop_id: int, code: str, place: str, actor: Actor, now: datetime, *, note: str = ""
) -> Deed | None:
    """Close what is open for one reason at one place, at most MOST_AT_ONCE; None when nothing was."""
    which = {"ids": None, "code": code, "place": place, "most": MOST_AT_ONCE}
    deed = _dismiss(cur, shop_id, actor, now, note, which)
    if deed is not None:
        audit.write(
            cur,
            shop_id,
            actor,
            "quarantine.dismissed",
            "quarantine_deed",
            deed.id,
            code=code,
            place=place,
            n=deed.count,
        )
    return deed


def _dismiss(
    cur: Cursor, shop_id: int, actor: Actor, now: datetime, note: str, which: Mapping[str, Any]
) -> Deed | None:
    (deed_id,) = db.ids(cur, 1)
    rows = cur.execute(
        _DISMISS, {**which, "shop": shop_id, "now": now, "by": str(actor), "deed": deed_id, "note": note[:MOST_NOTE]}
    ).fetchall()
    return Deed(deed_id, len(rows), ()) if rows else None


def reopen(cur: Cursor, shop_id: int, deed_id: int, actor: Actor) -> int:
    """Undo a dismissal: what that deed left aside is open again. How many that were; 0 the second time."""
    cur.execute(
        "update intake_quarantine set state = 'open', closed_at = null, closed_by = null, deed_id = null, note = ''"
        " where shop_id = %s and deed_id = %s and state = 'dismissed'",
        (shop_id, deed_id),
    )
    done = cur.rowcount
    if done:
        audit.write(cur, shop_id, actor, "quarantine.reopened", "quarantine_deed", deed_id, n=done)
    return done


def replay(
    cur: Cursor, shop_id: int, quarantine_id: int, actor: Actor, now: datetime, *, body: bytes | None = None
) -> int | None:
    """Send a quarantined item through once more, as it came or with a mended `body`: the new delivery's id.

    None when it was closed already or isn't this shop's. What fails again is quarantined again, as a new row.
    """
    which = {"ids": [quarantine_id], "code": None, "place": None, "most": 1}
    deed = _replay(cur, shop_id, actor, now, body, which)
    if deed is None:
        return None
    audit.write(cur, shop_id, actor, "quarantine.replayed", "quarantine", quarantine_id, mended=body is not None)
    return deed.delivery_ids[0]


def replay_group(
    cur: Cursor, shop_id: int, actor: Actor, now: datetime, *, code: str | None = None, place: str | None = None
) -> Deed | None:
    """Send what is open through once more, in the order in which it came: of one reason and place, or all of it.

    At most MOST_AT_ONCE; None when nothing was open. What fails again is quarantined again.
    """
    which = {"ids": None, "code": code, "place": place, "most": MOST_AT_ONCE}
    deed = _replay(cur, shop_id, actor, now, None, which)
    if deed is not None:
        audit.write(
            cur, shop_id, actor, "quarantine.replayed", "quarantine_deed", deed.id, code=code, place=place, n=deed.count
        )
    return deed


def _replay(
    cur: Cursor, shop_id: int, actor: Actor, now: datetime, body: bytes | None, which: Mapping[str, Any]
) -> Deed | None:
    (deed_id,) = db.ids(cur, 1)
    rows = cur.execute(
        _REPLAY,
        {
            **which,
            "shop": shop_id,
            "now": now,
            "by": str(actor),
            "deed": deed_id,
            "body": body,
            "state": "replayed" if body is None else "mended",
        },
    ).fetchall()
    return Deed(deed_id, len(rows), tuple(sorted(r[0] for r in rows))) if rows else None


def looked(cur: Cursor, shop_id: int, quarantine_id: int, actor: Actor, page: str) -> None:
    """Write down that somebody read a quarantined body: it may hold anybody's data."""
    audit.write(cur, shop_id, actor, "quarantine.viewed", "quarantine", quarantine_id, page=page)


def new_secret() -> str:
    """A secret for a feed, as Standard Webhooks writes them; for others it is a text like any."""
    return "whsec_" + base64.b64encode(chance.token_bytes(24)).decode()


def open_feed(
    cur: Cursor,
    shop_id: int,
    kind: str,
    actor: Actor,
    *,
    source: str,
    secrets: Sequence[str],
    settings: Mapping[str, Any] | None = None,
    credentials: Mapping[str, str] | None = None,
) -> str:
    """A new address for a vendor's webhooks; the slug, the unguessable last part of `/in/{slug}`.

    Raises IntakeError on more than two secrets.
    """
    # hexadecimal: a slug is also typed as an argument of a command, where a leading "-" would be an option
    slug = chance.token_hex(16)
    row = cur.execute(
        "insert into intake_feed (shop_id, slug, kind, source, secrets, settings, credentials)"
        " values (%s, %s, %s, %s, %s, %s::jsonb, %s::jsonb) returning id",
        (
            shop_id,
            slug,
            kind,
            source,
            _encrypted(secrets),
            db.dumps(dict(settings or {})),
            db.dumps(_encrypted_names(credentials or {})),
        ),
    ).fetchone()
    if row is None:
        raise RuntimeError("insert … returning gave no row")
    audit.write(cur, shop_id, actor, "feed.opened", "feed", row[0], kind=kind)
    return slug


def set_feed_settings(
    cur: Cursor,
    shop_id: int,
    feed_id: int,
    settings: Mapping[str, Any],
    credentials: Mapping[str, str],
    actor: Actor,
) -> bool:
    """Change what the feed is told of the vendor's account; a credential that isn't given stays what it was."""
    cur.execute(
        "update intake_feed set settings = %s::jsonb, credentials = credentials || %s::jsonb"
        " where shop_id = %s and id = %s and removed_at is null",
        (db.dumps(dict(settings)), db.dumps(_encrypted_names(credentials)), shop_id, feed_id),
    )
    if cur.rowcount:
        audit.write(cur, shop_id, actor, "feed.settings_changed", "feed", feed_id, credentials=sorted(credentials))
    return bool(cur.rowcount)


def set_secrets(cur: Cursor, shop_id: int, feed_id: int, secrets: Sequence[str], actor: Actor) -> bool:
    """Change a feed's secrets: two are live while the vendor is moved from the old one to the new.

    Raises IntakeError on more than two.
    """
    cur.execute(
        "update intake_feed set secrets = %s where shop_id = %s and id = %s and removed_at is null",
        (_encrypted(secrets), shop_id, feed_id),
    )
    if cur.rowcount:
        audit.write(cur, shop_id, actor, "feed.secrets_changed", "feed", feed_id)
    return bool(cur.rowcount)


def add_secret(cur: Cursor, shop_id: int, feed_id: int, actor: Actor, secret: str | None = None) -> str | None:
    """A new secret for the feed, returned here and shown nowhere again; the newest one before it stays good for now.

    `secret`: the vendor's own; else one is made up. None when there is no such feed.
    """
    secret = secret or new_secret()
    cur.execute(
        "update intake_feed set secrets = %s || secrets[1:%s] where shop_id = %s and id = %s and removed_at is null",
        (_encrypted([secret]), MOST_SECRETS - 1, shop_id, feed_id),
    )
    if not cur.rowcount:
        return None
    audit.write(cur, shop_id, actor, "feed.secret_added", "feed", feed_id)
    return secret


def drop_old_secret(cur: Cursor, shop_id: int, feed_id: int, actor: Actor) -> bool:
    """Only the newest secret is good from now on (within 5 s); False when there was no other."""
    cur.execute(
        "update intake_feed set secrets = secrets[1:1] where shop_id = %s and id = %s and cardinality(secrets) > 1",
        (shop_id, feed_id),
    )
    if cur.rowcount:
        audit.write(cur, shop_id, actor, "feed.secret_dropped", "feed", feed_id)
    return bool(cur.rowcount)


def close_feed(cur: Cursor, shop_id: int, feed_id: int, actor: Actor) -> bool:
    """From now on (within 5 s) the address is unknown, until it is opened again."""
    cur.execute("update intake_feed set active = false where shop_id = %s and id = %s and active", (shop_id, feed_id))
    if cur.rowcount:
        audit.write(cur, shop_id, actor, "feed.closed", "feed", feed_id)
    return bool(cur.rowcount)


def reopen_feed(cur: Cursor, shop_id: int, feed_id: int, actor: Actor) -> bool:
    """The address takes deliveries again, with the secrets that it had; False when it is open, or was removed."""
    cur.execute(
        "update intake_feed set active = true where shop_id = %s and id = %s and not active and removed_at is null",
        (shop_id, feed_id),
    )
    if cur.rowcount:
        audit.write(cur, shop_id, actor, "feed.reopened", "feed", feed_id)
    return bool(cur.rowcount)


def remove_feed(cur: Cursor, shop_id: int, feed_id: int, actor: Actor) -> bool:
    """The address is gone for ever, and its secrets are deleted; what came by it stays. False when it was removed."""
    cur.execute(
        "update intake_feed set active = false, secrets = '{}', credentials = '{}', removed_at = machine_now()"
        " where shop_id = %s and id = %s and removed_at is null",
        (shop_id, feed_id),
    )
    if cur.rowcount:
        audit.write(cur, shop_id, actor, "feed.removed", "feed", feed_id)
    return bool(cur.rowcount)


def _encrypted(secrets: Sequence[str]) -> list[str]:
    if len(secrets) > MOST_SECRETS:
        raise IntakeError("a feed has at most two secrets at a time: the new one and the one it replaces")
    box = SecretBox(split_keys(django_settings.SECRET_KEY))
    return [box.encrypt(secret).decode() for secret in secrets]


def _encrypted_names(credentials: Mapping[str, str]) -> dict[str, str]:
    box = SecretBox(split_keys(django_settings.SECRET_KEY))
    return {name: box.encrypt(value).decode() for name, value in credentials.items() if value}
