"""Mails as bytes, from the mailbox that intake reads by IMAP. No address takes them: nobody can post one here.

What a mail says is read by talks; here stands only that it came whole, or cut.
"""

from collections.abc import Sequence
from datetime import datetime

from regulars.base.errors import BadItem
from regulars.feeds.inbound_mail import as_item
from regulars.intake.feed_registry import Accept, Answer, Delivered, Ignored, Item, Refuse, Request

KEPT_HEADERS = ("x-uid", "x-size", "x-cut")


def check(request: Request, secrets: Sequence[str], machine_now: datetime) -> Accept | Answer | Refuse:
    """Never: mails are fetched, not sent here."""
    return Refuse("fetched_only")


def acknowledge() -> Answer:
    """Nobody hears it."""
    return Answer(200)


def identity(request: Request) -> str | None:
    """None: the reader goes by UIDs, and a thread knows a mail again by its Message-ID."""
    return None


def parse(delivered: Delivered) -> list[Item | Ignored | BadItem]:
    """The message, or what a mail server says of an address."""
    return [as_item(delivered.body, is_cut=delivered.headers.get("x-cut") == "1")]
