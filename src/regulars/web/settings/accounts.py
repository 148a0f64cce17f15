"""Where buyers write to: the mailbox that is read and the Telegram bot; connecting them, trying them, taking them away.

Owns the two forms of the channels' page. Servers are talked to outside of every transaction, and only for the one who presses.
"""

import secrets as chance
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.base.environment import is_this_machine
from regulars.base.secrets import SecretBox, SecretUnreadable, split_keys
from regulars.intake import actions as intake
from regulars.intake import keys as door
from regulars.intake import queries as intake_queries
from regulars.intake.polling import KINDS, imap_account
from regulars.outbox import actions as outbox
from regulars.talks import threads_accounts as accounts
from regulars.talks.threads_accounts import AccountRow
from regulars.vendors.imap import ImapAccount, ImapTrouble, reading
from regulars.vendors.telegram import Telegram, TelegramError, Unsure, is_token
from regulars.web import words
from regulars.web.access import OWNER, Seat, staff
from regulars.web.say import Say
from regulars.web.settings import channels
from regulars.web.settings.form import Field, Form, chosen
from regulars.web.settings.page import said

__all__ = ["bot", "bot_remove", "context", "mailbox", "mailbox_remove"]

SECURITIES = (
    ("tls", gettext_lazy("TLS from the first byte (993)")),
    ("starttls", gettext_lazy("STARTTLS (143)")),
    ("plain", gettext_lazy("none, on this machine only")),
)
TROUBLES: words.Words = {
    "login_refused": gettext_lazy("The login is refused: check the name and the password."),
    "no_connection": gettext_lazy("There is no connection: check the server’s name and port."),
    "no_tls": gettext_lazy("There is no safe connection: check the port and the kind of protection."),
    "no_folder": gettext_lazy("There is no such folder in the mailbox."),
    "server_error": gettext_lazy("The server answers with an error."),
    "playground": gettext_lazy("This is a playground: nothing is fetched from other machines."),
    "webhook_is_set": gettext_lazy("Another program takes this bot’s messages by a webhook."),
    "secret_unreadable": gettext_lazy("What was kept can’t be decrypted: type it again."),
}
_KEPT = "········"
"""Stands in a password's field for the one that is kept."""


def context(cur: Cursor, seat: Seat, say: Say, forms: dict[str, Form] | None = None) -> dict[str, Any]:
    """Both forms as they stand, or as they were typed."""
    found = accounts.shown(cur, seat.shop.id)
    fields = {"mailbox": _mailbox_fields(found.get("email")), "bot": _bot_fields(found.get("telegram"))}
    for name, form in (forms or {}).items():
        form.shown(fields[name])
    return {
        "mailbox": _state(found.get("email"), say),
        "mailbox_fields": fields["mailbox"],
        "bot": _state(found.get("telegram"), say),
        "bot_fields": fields["bot"],
    }


def _state(account: AccountRow | None, say: Say) -> dict[str, Any] | None:
    if account is None:
        return None
    return {
        "user": account.settings.get("user") or f"@{account.settings.get('username', '')}",
        "trouble": words.word(TROUBLES, account.trouble),
        "checked": say.when(account.checked_at) if account.checked_at else "",
        "polled": account.polled,
    }


def _mailbox_fields(account: AccountRow | None) -> list[Field]:
    own = account.settings if account else {}
    password_hint = _("An application’s own one, where the provider has such. It is kept encrypted.")
    return [
        Field("host", _("IMAP server"), own.get("host", ""), longest=253),
        Field("port", _("Port"), own.get("port", 993), kind="number", is_short=True, longest=5),
        Field(
            "security",
            _("Protection"),
            kind="select",
            choices=chosen(((key, str(label)) for key, label in SECURITIES), str(own.get("security", "tls"))),
        ),
        Field("user", _("Name"), own.get("user", ""), hint=_("Mostly the address of the mailbox."), longest=320),
        Field("password", _("Password"), _KEPT if account else "", kind="password", hint=password_hint, longest=500),
        Field("folder", _("Folder"), own.get("folder", "INBOX"), is_short=True, longest=200),
    ]


def _bot_fields(account: AccountRow | None) -> list[Field]:
    hint = _("@BotFather gives it when the bot is made. It is kept encrypted.")
    return [Field("token", _("Bot’s token"), _KEPT if account else "", kind="password", hint=hint, longest=200)]


def _box() -> SecretBox:
    return SecretBox(split_keys(settings.SECRET_KEY))


def _kept_secret(cur: Cursor, seat: Seat, channel: str) -> str:
    kept = accounts.secret_of(cur, seat.shop.id, channel)
    try:
        return _box().decrypt(kept.encode()) if kept else ""
    except SecretUnreadable:
        return ""


# -- the mailbox -------------------------------------------------------------------------------------------------------
@staff("POST", roles=OWNER)
def mailbox(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Try the mailbox as it was typed; `do=save` keeps it when it can be read."""
    form = Form(request.POST)
    typed = {
        "host": form.text("host", longest=253),
        "port": form.number("port", 1, 65535),
        "security": form.one_of("security", [key for key, _label in SECURITIES]),
        "user": form.text("user", longest=320),
        "folder": form.text("folder", longest=200),
    }
    password = request.POST.get("password", "").replace("\x00", "")[:500]
    with db.transact() as cur:
        playground = clock.read(cur).playground
        if password == _KEPT:
            password = _kept_secret(cur, seat, "email")
    if not password:
        form.refuse("password", _("This can’t be left empty."))
    if not form.is_good:
        return channels.show_channels(request, seat, {"mailbox": form}, 422)
    account = imap_account(typed, password)
    try:
        if playground and not account.local:
            raise ImapTrouble("playground", "")
        state = _look(account)
    except ImapTrouble as trouble:
        form.refuse("host", words.word(TROUBLES, trouble.code))
        return channels.show_channels(request, seat, {"mailbox": form}, 422)
    if request.POST.get("do") != "save":
        messages.success(request, _("The mailbox can be read. Save it, and new mails are fetched from then on."))
        return channels.show_channels(request, seat, {"mailbox": form})
    with db.transact() as cur:
        known = accounts.shown(cur, seat.shop.id).get("email")
        same = known is not None and all(known.settings.get(k) == typed[k] for k in ("host", "user", "folder"))
        feed_id = known.feed_id if known else _feed(cur, seat, "imap", [])
        secret = _box().encrypt(password).decode()
        kept = known.state if same and known else state
        accounts.connect(cur, seat.shop.id, "email", feed_id, typed, secret, seat.actor, state=kept)
    said(request, _("The mailbox is connected: new mails are fetched from now on."))
    return redirect("web:settings_channels")


def _look(account: ImapAccount) -> dict[str, int]:
    """Where reading begins: behind what lies there already. Raises ImapTrouble."""
    with reading(account) as box:
        return {"validity": box.uid_validity, "uid": box.uid_next - 1}


@staff("POST", roles=OWNER)
def mailbox_remove(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The mailbox is read no more; what came stays."""
    _remove(seat, "email")
    said(request, _("The mailbox is read no more. What came by it stays."))
    return redirect("web:settings_channels")


def _feed(cur: Cursor, seat: Seat, kind: str, secrets: list[str]) -> int:
    slug = intake.open_feed(cur, seat.shop.id, kind, seat.actor, source=kind, secrets=secrets)
    return next(f.id for f in intake_queries.feeds(cur, seat.shop.id) if f.slug == slug)


def _remove(seat: Seat, channel: str) -> None:
    with db.transact() as cur:
        known = accounts.shown(cur, seat.shop.id).get(channel)
        if known is not None:
            accounts.remove(cur, seat.shop.id, channel, seat.actor)
            intake.remove_feed(cur, seat.shop.id, known.feed_id, seat.actor)
    door.forget()


# -- the bot -----------------------------------------------------------------------------------------------------------
@staff("POST", roles=OWNER)
def bot(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Connect the bot: by webhook where Telegram can reach us, else it is asked every few seconds."""
    form = Form(request.POST)
    token = form.raw("token", 200)
    with db.transact() as cur:
        playground = clock.read(cur).playground
        if token == _KEPT:
            token = _kept_secret(cur, seat, "telegram")
    base = settings.REGULARS_TELEGRAM_API
    if not is_token(token):
        form.refuse("token", _("This is not a bot’s token. It looks like 123456789:AbCdEf…"))
    elif playground and not is_this_machine(base):
        form.refuse("token", _("This is a playground: nothing leaves this machine, so no bot can be connected."))
    if not form.is_good:
        return channels.show_channels(request, seat, {"bot": form}, 422)
    secret = chance.token_urlsafe(32)
    by_webhook = (settings.REGULARS_PUBLIC_URL or "").startswith("https://")
    try:
        with Telegram(token, base) as telegram:
            username = str(telegram.call("getMe").get("username", ""))[:64]
            with db.transact() as cur:
                known = accounts.shown(cur, seat.shop.id).get("telegram")
                if known is not None:
                    intake.remove_feed(cur, seat.shop.id, known.feed_id, seat.actor)
                feed_id = _feed(cur, seat, "telegram", [secret])
                slug = next(f.slug for f in intake_queries.feeds(cur, seat.shop.id) if f.id == feed_id)
                accounts.connect(
                    cur, seat.shop.id, "telegram", feed_id, {"username": username}, _box().encrypt(token).decode(),
                    seat.actor, polled=not by_webhook,
                )  # fmt: skip
                outbox.release_channel(cur, seat.shop.id, "telegram", seat.actor, clock.now_from(cur))
            door.forget()
            if by_webhook:
                telegram.call(
                    "setWebhook",
                    url=f"{settings.REGULARS_PUBLIC_URL}/in/{slug}",
                    secret_token=secret,
                    allowed_updates=KINDS,
                )
            else:
                telegram.call("deleteWebhook")
    except (TelegramError, Unsure, AttributeError) as error:
        is_login = isinstance(error, TelegramError) and error.is_login
        form.refuse("token", words.word(TROUBLES, "login_refused" if is_login else "no_connection"))
        return channels.show_channels(request, seat, {"bot": form}, 422)
    said(request, _("The bot is connected: @%(name)s.") % {"name": username})
    return redirect("web:settings_channels")


@staff("POST", roles=OWNER)
def bot_remove(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The bot is no longer ours to hear or to speak by; the talks stay."""
    _remove(seat, "telegram")
    said(request, _("The bot is disconnected. The talks stay."))
    return redirect("web:settings_channels")
