"""WooCommerce's webhooks: signature, ping, topics. What an order, product or customer becomes stands in records.py.

The topic stands in a header that is not signed, so the body's own shape decides wherever it can.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from regulars.base.errors import BadItem
from regulars.base.strict_json import decode
from regulars.feeds.woocommerce.records import customer, order, product
from regulars.intake.feed_registry import Accept, Answer, Delivered, Ignored, Item, Refuse, Request

KEPT_HEADERS = (
    "x-wc-webhook-topic",
    "x-wc-webhook-source",
    "x-wc-webhook-id",
    "x-wc-webhook-delivery-id",
    "content-type",
    "user-agent",
)
_PING = re.compile(rb"webhook_id=[0-9]{1,20}")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_CODES = {38: "&", 60: "<", 62: ">", 34: '"', 39: "'"}
_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#0*(38|60|62|34|39)|#x0*(26|3c|3e|22|27));", re.IGNORECASE)
_TAKEN = {"order": order, "product": product, "customer": customer}


def check(request: Request, secrets: Sequence[str], machine_now: datetime) -> Accept | Answer | Refuse:
    """base64(HMAC-SHA256(raw body)); the unsigned ping, sent when a webhook is saved, wants exactly 200.

    WooCommerce signs neither a time nor its delivery number, so `machine_now` judges nothing.
    """
    given = request.headers.get("x-wc-webhook-signature", "")
    if not given:
        return Answer(200) if _PING.fullmatch(request.body) else Refuse("unsigned")
    holds = False
    for secret in secrets:
        # The owner copies the secret as he sees it or as it is stored; the plugin signs with the decoded one.
        for key in (secret, _decoded(secret)):
            expected = base64.b64encode(hmac.new(key.encode(), request.body, hashlib.sha256).digest())
            holds |= hmac.compare_digest(expected, given.encode())
    return Accept() if holds else Refuse("signature")


def acknowledge() -> Answer:
    """200; at the seventh answer above 302 in a row the plugin switches the webhook off."""
    return Answer(200)


def identity(request: Request) -> str | None:
    """None: the plugin makes `Delivery-ID` of the webhook's number and the second, so two orders of one second share it."""
    return None


def parse(delivered: Delivered) -> list[Item | Ignored | BadItem]:
    """One order, product or customer; or why there is nothing to do."""
    plain = decode(delivered.body)
    if not isinstance(plain, dict):
        raise BadItem("wrong_type", "", "must be an object")
    resource, _, event = delivered.headers.get("x-wc-webhook-topic", "").partition(".")
    nothing = _nothing_to_do(plain, resource, event)
    if nothing is not None:
        return [Ignored(nothing)]
    if not resource:
        resource = "order" if "line_items" in plain else "product" if "sku" in plain else ""
    taken = _TAKEN.get(resource)
    if taken is None:
        raise BadItem("unknown_topic", "", "is of a topic that this feed does not know")
    return [taken(plain, delivered.settings)]


def _nothing_to_do(plain: dict[str, Any], resource: str, event: str) -> str | None:
    if str(plain.get("code", "")).startswith("woocommerce_rest_") and "message" in plain:
        return "gone_meanwhile"  # deleted before WooCommerce's queue came to it; correctly signed
    if resource == "action" or (set(plain) == {"action", "arg"}):
        return "custom_action"
    if resource == "coupon":
        return "not_needed"
    if event == "deleted" or set(plain) == {"id"}:
        # An order thrown away says nothing of what was agreed: a delivered one stays delivered.
        return "deleted"
    if plain.get("status") == "checkout-draft" and "line_items" in plain:
        return "not_placed_yet"
    return None


def _decoded(secret: str) -> str:
    def one(found: re.Match[str]) -> str:
        name, number, hexadecimal = found.groups()
        return _ENTITIES[name.lower()] if name else _CODES[int(number) if number else int(hexadecimal, 16)]

    return _ENTITY.sub(one, secret)
