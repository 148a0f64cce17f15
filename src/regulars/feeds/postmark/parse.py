"""Postmark's inbound stream: a mail received for the shop, as JSON. It signs nothing; name and password stand in the address."""

from collections.abc import Sequence
from datetime import datetime

from anymail.webhooks.postmark import PostmarkInboundWebhookView

from regulars.base.errors import BadItem
from regulars.base.strict_json import decode
from regulars.feeds import inbound_mail
from regulars.intake.feed_registry import Accept, Answer, Delivered, Ignored, Item, Refuse, Request

KEPT_HEADERS = ("content-type",)


def _view(secret: str) -> PostmarkInboundWebhookView:
    return PostmarkInboundWebhookView(webhook_secret=[f"{inbound_mail.USER}:{secret}"])


def check(request: Request, secrets: Sequence[str], machine_now: datetime) -> Accept | Answer | Refuse:
    """Basic authentication: user `regulars`, the secret as password."""
    return inbound_mail.check(request, secrets, _view)


def acknowledge() -> Answer:
    """200; 403 would tell Postmark to give up, anything else to come again."""
    return Answer(200)


def identity(request: Request) -> str | None:
    """None: a thread knows a mail again by its Message-ID."""
    return None


def parse(delivered: Delivered) -> list[Item | Ignored | BadItem]:
    """The mail, from its fields or its raw MIME."""
    if not isinstance(decode(delivered.body), dict):
        raise BadItem("wrong_type", "", "must be an object")
    return inbound_mail.items(delivered, _view("-"))
