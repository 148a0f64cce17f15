"""Mails that a mail provider receives for the shop and posts to us: checked and read by django-anymail's own classes.

What the feeds of such providers share: the request as Django has it, and a mail as an item of our contract. Owns no provider.
"""

import warnings
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from anymail.exceptions import AnymailError, AnymailNotSupportedWarning, AnymailWebhookValidationFailure
from anymail.inbound import AnymailInboundMessage
from anymail.webhooks.base import AnymailCoreWebhookView
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from regulars.base.errors import BadItem
from regulars.intake.feed_registry import Accept, Delivered, Ignored, Item, Refuse, Request
from regulars.talks.threads_incoming import InboundMessage, encode
from regulars.talks.threads_mail import Silent, read_mail

__all__ = ["USER", "as_item", "check", "django_request", "items"]

USER = "regulars"
"""The user name where a provider proves itself by name and password in the address: the secret is the password."""
warnings.filterwarnings("ignore", category=AnymailNotSupportedWarning)


def as_item(raw: bytes, *, is_cut: bool = False) -> Item | Ignored | BadItem:
    """A mail as an item of our own contract."""
    try:
        found = read_mail(raw, is_cut=is_cut)
    except Silent as silent:
        return Ignored(str(silent))
    except BadItem as bad:
        return bad
    return Item("messages" if isinstance(found, InboundMessage) else "addresses", encode(found))


def django_request(content_type: str, body: bytes, authorization: str = "") -> HttpRequest:
    """The request as a view of Django gets it."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "SERVER_NAME": "in.invalid",
        "SERVER_PORT": "443",
        "wsgi.input": BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": content_type,
    }
    if authorization:
        environ["HTTP_AUTHORIZATION"] = authorization
    return WSGIRequest(environ)


def check(request: Request, secrets: Sequence[str], view: Callable[[str], AnymailCoreWebhookView]) -> Accept | Refuse:
    """Whether the provider's own check holds for one of the secrets; `view` makes its class with a secret."""
    content_type = request.headers.get("content-type", "")
    holds = False
    for secret in secrets:
        came = django_request(content_type, request.body, request.headers.get("authorization", ""))
        try:
            view(secret).run_validators(came)
        except (AnymailWebhookValidationFailure, SuspiciousOperation, MultiPartParserError):
            continue
        except (ValueError, TypeError, KeyError, AttributeError, LookupError, RecursionError):
            continue  # bytes that are no such request at all
        holds = True
    return Accept() if holds else Refuse("signature")


def items(delivered: Delivered, view: AnymailCoreWebhookView) -> list[Item | Ignored | BadItem]:
    """The mails of a kept delivery."""
    came = django_request(delivered.headers.get("content-type", ""), delivered.body)
    try:
        events = view.parse_events(came)
        return [as_item(_bytes(event.message)) for event in events]
    except RecursionError:
        raise BadItem("too_deep", "", "is nested deeper than can be read") from None
    except SuspiciousOperation:
        raise BadItem(
            "too_big", "", "holds fields larger than are taken; let the provider send attachments as files"
        ) from None
    except (AnymailError, MultiPartParserError, ValueError, TypeError, KeyError, AttributeError, LookupError) as error:
        raise BadItem("not_this_provider", "", f"is not what this provider sends ({type(error).__name__})") from None


def _bytes(message: AnymailInboundMessage) -> bytes:
    sender = getattr(message, "envelope_sender", None)
    if sender == "" and "Return-Path" not in message:
        message["Return-Path"] = "<>"
    return bytes(message.as_bytes())
