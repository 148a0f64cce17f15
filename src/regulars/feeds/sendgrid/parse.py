"""SendGrid's Inbound Parse: a mail received for the shop, as a form. Name and password stand in the address."""

from collections.abc import Sequence
from datetime import datetime

from anymail.webhooks.sendgrid import SendGridInboundWebhookView

from regulars.base.errors import BadItem
from regulars.feeds import inbound_mail
from regulars.intake.feed_registry import Accept, Answer, Delivered, Ignored, Item, Refuse, Request

KEPT_HEADERS = ("content-type",)


def _view(secret: str) -> SendGridInboundWebhookView:
    return SendGridInboundWebhookView(webhook_secret=[f"{inbound_mail.USER}:{secret}"])


def check(request: Request, secrets: Sequence[str], machine_now: datetime) -> Accept | Answer | Refuse:
    """Basic authentication: user `regulars`, the secret as password."""
    return inbound_mail.check(request, secrets, _view)


def acknowledge() -> Answer:
    """200; a 5xx would have it sent again for three days."""
    return Answer(200)


def identity(request: Request) -> str | None:
    """None: a thread knows a mail again by its Message-ID."""
    return None


def parse(delivered: Delivered) -> list[Item | Ignored | BadItem]:
    """The mail, from its fields or its raw MIME."""
    return inbound_mail.items(delivered, _view("-"))
