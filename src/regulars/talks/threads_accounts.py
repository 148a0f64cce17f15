"""Accounts by which buyers write: a mailbox that is read, a bot. One of each a shop; what is secret is encrypted.

Writes and reads both, all small: connecting and removing, who may read an account now (a lease), how far it was read.
Machine time only. Must not talk to a server.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.process import GONE

__all__ = [
    "AccountRow",
    "bots",
    "check_now",
    "claim",
    "connect",
    "done",
    "failed",
    "own_addresses",
    "remove",
    "secret_of",
    "shown",
]

LEASE_SECONDS = 180
LEFT_SECONDS = 15
"""What a process of one reader holds so long, and yet asks for more, was left by a turn that failed."""
_BACK_OFF = (30, 60, 300, 900)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account; `secret` as it lies in the database. `lease`: by which a reader proves that it is his turn."""

    id: int
    shop_id: int
    channel: str
    feed_id: int
    settings: Mapping[str, Any]
    secret: str = field(repr=False)
    polled: bool = True
    state: Mapping[str, Any] = field(default_factory=dict)
    checked_at: datetime | None = None
    trouble: str = ""
    failures: int = 0
    lease: int | None = None


_COLUMNS = "id, shop_id, channel, feed_id, settings, secret, polled, state, checked_at, trouble, failures, lease"


def connect(
    cur: Cursor,
    shop_id: int,
    channel: str,
    feed_id: int,
    settings: Mapping[str, Any],
    secret: str,
    actor: Actor,
    *,
    polled: bool = True,
    state: Mapping[str, Any] | None = None,
) -> int:
    """The shop's account of this channel from now on; what was there before is replaced. Its id."""
    cur.execute(
        "update talks_account set removed_at = machine_now(), secret = '', lease = null"
        " where shop_id = %s and channel = %s and removed_at is null",
        (shop_id, channel),
    )
    row = cur.execute(
        "insert into talks_account (shop_id, channel, feed_id, settings, secret, polled, state)"
        " values (%s, %s, %s, %s::jsonb, %s, %s, %s::jsonb) returning id",
        (shop_id, channel, feed_id, db.dumps(dict(settings)), secret, polled, db.dumps(dict(state or {}))),
    ).fetchone()
    assert row is not None
    audit.write(cur, shop_id, actor, "account.connected", "account", row[0], channel=channel)
    return int(row[0])


def remove(cur: Cursor, shop_id: int, channel: str, actor: Actor) -> bool:
    """Nothing is read by it any more; its secret is gone."""
    row = cur.execute(
        "update talks_account set removed_at = machine_now(), secret = '', lease = null"
        " where shop_id = %s and channel = %s and removed_at is null returning id",
        (shop_id, channel),
    ).fetchone()
    if row is not None:
        audit.write(cur, shop_id, actor, "account.removed", "account", row[0], channel=channel)
    return row is not None


def shown(cur: Cursor, shop_id: int) -> dict[str, AccountRow]:
    """The shop's accounts by channel."""
    rows = cur.execute(
        f"select {_COLUMNS} from talks_account where shop_id = %s and removed_at is null",  # noqa: S608 - our own names
        (shop_id,),
    )
    return {r[2]: AccountRow(*r) for r in rows}


def bots(cur: Cursor) -> dict[int, str]:
    """The name of each shop's bot."""
    return dict(
        cur.execute(
            "select shop_id, coalesce(settings->>'username', '') from talks_account"
            " where channel = 'telegram' and removed_at is null"
        ).fetchall()
    )


def secret_of(cur: Cursor, shop_id: int, channel: str) -> str:
    """What is kept of a password or token, encrypted; '' when there is no such account."""
    row = cur.execute(
        "select secret from talks_account where shop_id = %s and channel = %s and removed_at is null",
        (shop_id, channel),
    ).fetchone()
    return row[0] if row else ""


def own_addresses(cur: Cursor, shop_id: int) -> set[str]:
    """The addresses of the mailboxes that are read: who writes from one of them is no buyer."""
    rows = cur.execute(
        "select lower(settings->>'user') from talks_account where shop_id = %s and channel = 'email'"
        " and removed_at is null",
        (shop_id,),
    )
    return {r[0] for r in rows if r[0]}


_CLAIM = f"""
update talks_account set lease = next_id(), lease_until = machine_now() + make_interval(secs => %(whole)s),
  process_id = %(process)s
where id = (
  select a.id from talks_account a where a.channel = %(channel)s and a.polled and a.removed_at is null
  and a.check_at <= machine_now() and (
    a.lease_until is null or a.lease_until < machine_now()
    or (a.process_id = %(process)s and a.lease_until < machine_now() + make_interval(secs => %(whole)s - %(left)s))
    or ({GONE.format("a.process_id")})
  ) order by a.check_at limit 1 for update skip locked
) returning {_COLUMNS}
"""  # noqa: S608 - our own names


def claim(cur: Cursor, channel: str, process_id: int | None = None) -> AccountRow | None:
    """An account whose turn it is, for this reader alone while the lease runs and his process is there; None: none is due.

    `process_id`: the process that reads, one account of a channel at a time; None: the lease's time alone counts.
    """
    row = cur.execute(
        _CLAIM, {"channel": channel, "process": process_id, "whole": LEASE_SECONDS, "left": LEFT_SECONDS}
    ).fetchone()
    return None if row is None else AccountRow(*row)


def done(cur: Cursor, account: AccountRow, state: Mapping[str, Any], again_in: float) -> bool:
    """It was read so far; False when the lease ran out meanwhile, so that whatever was read does not count."""
    return (
        cur.execute(
            "update talks_account set state = %s::jsonb, checked_at = machine_now(), trouble = '', failures = 0,"
            " lease_until = null, lease = null, process_id = null, check_at = machine_now() + make_interval(secs => %s)"
            " where id = %s and lease = %s and removed_at is null",
            (db.dumps(dict(state)), again_in, account.id, account.lease),
        ).rowcount
        == 1
    )


def failed(cur: Cursor, account: AccountRow, trouble: str, at_least: float = 0.0) -> None:
    """It could not be read: tried again after a while that grows."""
    wait = max(at_least, _BACK_OFF[min(account.failures, len(_BACK_OFF) - 1)])
    cur.execute(
        "update talks_account set trouble = %s, failures = failures + 1, checked_at = machine_now(), lease_until = null,"
        " lease = null, process_id = null, check_at = machine_now() + make_interval(secs => %s) where id = %s and lease = %s",
        (trouble, wait, account.id, account.lease),
    )


def check_now(cur: Cursor, shop_id: int, channel: str) -> bool:
    """Have it read at once."""
    return (
        cur.execute(
            "update talks_account set check_at = machine_now() where shop_id = %s and channel = %s and removed_at is null",
            (shop_id, channel),
        ).rowcount
        > 0
    )
