"""Mailgun's routes: a mail received for the shop, forwarded as a form. Signed over a time and a token, not over the mail."""

from collections.abc import Sequence
from datetime import datetime

from anymail.webhooks.mailgun import MailgunInboundWebhookView
from django.core.exceptions import SuspiciousOperation
from django.http.multipartparser import MultiPartParserError

from regulars.base.errors import BadItem
from regulars.feeds import inbound_mail
from regulars.intake.feed_registry import Accept, Answer, Delivered, Ignored, Item, Refuse, Request

KEPT_HEADERS = ("content-type",)
TOLERANCE_SECONDS = 300
_LONGEST_TOKEN = 100


def _view(secret: str) -> MailgunInboundWebhookView:
    return MailgunInboundWebhookView(webhook_signing_key=secret, webhook_secret=[])


def check(request: Request, secrets: Sequence[str], machine_now: datetime) -> Accept | Answer | Refuse:
    """HMAC-SHA256 of timestamp and token by the account's signing key, the time within five minutes."""
    verdict = inbound_mail.check(request, [s for s in secrets if s.isascii()], _view)
    if isinstance(verdict, Refuse):
        return verdict
    stamp = _field(request, "timestamp")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return Refuse("headers")
    return verdict if abs(machine_now.timestamp() - int(stamp)) <= TOLERANCE_SECONDS else Refuse("stale")


def acknowledge() -> Answer:
    """200; 406 would tell Mailgun to give up, anything else to come again."""
    return Answer(200)


def identity(request: Request) -> str | None:
    """The token: signed, and new for each delivery, so that a replay with other words is seen."""
    return _field(request, "token")[:_LONGEST_TOKEN] or None


def _field(request: Request, name: str) -> str:
    came = inbound_mail.django_request(request.headers.get("content-type", ""), request.body)
    try:
        return str(came.POST.get(name, ""))
    except (SuspiciousOperation, MultiPartParserError, ValueError):
        return ""


def parse(delivered: Delivered) -> list[Item | Ignored | BadItem]:
    """The mail: fully parsed by Mailgun, or its raw MIME."""
    return inbound_mail.items(delivered, _view("-"))
