"""Fetching what buyers write: mailboxes over IMAP, bots that nothing can reach from outside.

Each turn reads one account whose time has come: a lease keeps other processes away while this one lives, the network is
outside of every transaction, and what was fetched is on disk, with how far it was read, before anything is marked as seen.
Where a process dies in between, the same is read again, and the second time changes nothing.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
import structlog
from django.conf import settings as django_settings

from regulars.base import clock, db
from regulars.base.environment import is_this_machine
from regulars.base.failpoints import hit
from regulars.base.secrets import SecretBox, SecretUnreadable, split_keys
from regulars.intake.group_commit import NewDelivery, insert
from regulars.talks import threads_accounts as accounts
from regulars.talks.threads_accounts import AccountRow
from regulars.vendors.imap import Fetched, ImapAccount, ImapTrouble, reading
from regulars.vendors.telegram import Telegram, TelegramError, Unsure

__all__ = ["read_bot", "read_mailbox"]

MAILS_AT_ONCE = 20
BYTES_AT_ONCE = 20 << 20
MAIL_SECONDS = 15.0
"""Between two looks into a mailbox in which nothing was new."""
LOOK_SECONDS = 2.0
BOT_WAIT_SECONDS = 3
UPDATES_AT_ONCE = 50
KINDS = ["message", "my_chat_member"]

log = structlog.get_logger(__name__)


def read_mailbox(raw: "psycopg.Connection[Any]", process_id: int | None = None) -> int:
    """Fetch what is new in one mailbox whose turn it is; how many mails came. 0: none is due, or nothing is new.

    `process_id`: who reads, as talks.threads_accounts.claim has it.
    """
    account, is_playground = _claimed(raw, "email", process_id)
    if account is None:
        return 0
    try:
        server = imap_account(account.settings, _secret(account))
        if is_playground and not server.local:
            raise ImapTrouble("playground", "nothing is fetched from elsewhere")
        return _read(raw, account, server)
    except (ImapTrouble, SecretUnreadable) as trouble:
        code = trouble.code if isinstance(trouble, ImapTrouble) else "secret_unreadable"
        log.info("a mailbox can't be read", account=account.id, trouble=code)
        with db.transaction_on(raw) as cur:
            accounts.failed(cur, account, code)
        return 0


def imap_account(settings: Mapping[str, Any], password: str) -> ImapAccount:
    """Where a mailbox is, from what was set."""
    return ImapAccount(
        settings["host"], int(settings["port"]), settings["security"], settings["user"], password, settings["folder"]
    )


def _read(raw: "psycopg.Connection[Any]", account: AccountRow, server: ImapAccount) -> int:
    with reading(server) as box:
        known = account.state
        if known.get("validity") != box.uid_validity:
            # A new mailbox is read from now on. One whose numbers were dealt anew is read whole: what is known is known.
            last = box.uid_next - 1 if "validity" not in known else 0
        else:
            last = int(known["uid"])
        wanted = box.newer_than(last, MAILS_AT_ONCE)
        mails: list[Fetched] = []
        room = BYTES_AT_ONCE
        for uid in wanted:
            if room <= 0:
                break
            fetched = box.fetch(uid)
            last = uid
            if fetched is not None:
                mails.append(fetched)
                room -= len(fetched.raw)
        hit("polling.fetched")
        more = len(wanted) >= MAILS_AT_ONCE or room <= 0
        state = {"validity": box.uid_validity, "uid": last}
        with db.transaction_on(raw) as cur:
            if not accounts.done(cur, account, state, 0.0 if more else MAIL_SECONDS):
                return 0  # the lease ran out: another has read it
            insert(cur, [_delivery(account, mail) for mail in mails])
        hit("polling.kept")
        box.mark_seen([mail.uid for mail in mails])
    return len(mails)


def _delivery(account: AccountRow, mail: Fetched) -> NewDelivery:
    headers = {"x-uid": str(mail.uid), "x-size": str(mail.size)} | ({"x-cut": "1"} if mail.is_cut else {})
    return NewDelivery(
        shop_id=account.shop_id,
        source="imap",
        kind="vendor",
        body=mail.raw,
        actor=f"feed:{account.feed_id}",
        feed_id=account.feed_id,
        live=True,
        headers=db.dumps(headers),
    )


def read_bot(raw: "psycopg.Connection[Any]", process_id: int | None = None) -> int:
    """Ask Telegram what people wrote to one bot whose turn it is; how many updates came. `process_id`: as above."""
    account, is_playground = _claimed(raw, "telegram", process_id)
    if account is None:
        return 0
    base = django_settings.REGULARS_TELEGRAM_API
    try:
        if is_playground and not is_this_machine(base):
            raise TelegramError(0, "playground")
        with Telegram(_secret(account), base) as bot:
            return _updates(raw, account, bot)
    except (TelegramError, Unsure, SecretUnreadable) as trouble:
        code, wait = _trouble(trouble)
        log.info("a bot can't be asked", account=account.id, trouble=code)
        with db.transaction_on(raw) as cur:
            accounts.failed(cur, account, code, wait)
        return 0


def _updates(raw: "psycopg.Connection[Any]", account: AccountRow, bot: Telegram) -> int:
    offset = int(account.state.get("offset", 0))
    found = bot.call(
        "getUpdates",
        BOT_WAIT_SECONDS,
        offset=offset,
        limit=UPDATES_AT_ONCE,
        timeout=BOT_WAIT_SECONDS,
        allowed_updates=KINDS,
    )
    updates = (
        [u for u in found if isinstance(u, dict) and isinstance(u.get("update_id"), int)]
        if isinstance(found, list)
        else []
    )
    fresh = [u for u in updates if u["update_id"] >= offset]
    if fresh:
        hit("polling.fetched")
    state = {**account.state, "offset": max([offset, *(u["update_id"] + 1 for u in fresh)])}
    with db.transaction_on(raw) as cur:
        if not accounts.done(cur, account, state, LOOK_SECONDS):
            return 0
        insert(cur, [_update(account, u) for u in fresh])
    if fresh:
        hit("polling.kept")
    return len(fresh)


def _update(account: AccountRow, update: dict[str, Any]) -> NewDelivery:
    return NewDelivery(
        shop_id=account.shop_id,
        source="telegram",
        kind="vendor",
        body=db.dumps(update).encode(),
        actor=f"feed:{account.feed_id}",
        feed_id=account.feed_id,
        live=True,
    )


def _trouble(trouble: Exception) -> tuple[str, float]:
    if isinstance(trouble, SecretUnreadable):
        return "secret_unreadable", 0.0
    if isinstance(trouble, TelegramError):
        if trouble.is_login:
            return "login_refused", 0.0
        if trouble.code == 409:
            return "webhook_is_set", 0.0
        return ("playground" if trouble.description == "playground" else "no_connection"), trouble.retry_after
    return "no_connection", 0.0


def _secret(account: AccountRow) -> str:
    return SecretBox(split_keys(django_settings.SECRET_KEY)).decrypt(account.secret.encode())


def _claimed(raw: "psycopg.Connection[Any]", channel: str, process_id: int | None) -> tuple[AccountRow | None, bool]:
    with db.transaction_on(raw) as cur:
        return accounts.claim(cur, channel, process_id), clock.read(cur).playground
