"""How each vendor signs: what the contract test needs of a feed. A feed without a sender here fails that test."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook

import regulars.feeds
from tests.apps.door_client import ORDER

FIXTURES = Path(regulars.feeds.__file__).parent


@dataclass(frozen=True)
class Sender:
    """`sign(secret, body, at)` gives the headers, names in lower case. `order`: a good body."""

    secret: str
    other_secret: str
    sign: Callable[[str, bytes, datetime], dict[str, str]]
    order: bytes
    timed: bool
    """Whether the signature covers a time, so that an old one is refused."""


def _generic(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    name = "msg_" + hashlib.sha256(body).hexdigest()[:12]
    try:
        signature = Webhook(secret).sign(name, at, body.decode())
    except UnicodeDecodeError:  # the vendors' own package signs text only
        signed = f"{name}.{int(at.timestamp())}.".encode() + body
        key = base64.b64decode(secret)
        signature = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": name, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


def captured() -> list[dict[str, Any]]:
    """WooCommerce's deliveries as they came over the wire."""
    text = (FIXTURES / "woocommerce" / "fixtures" / "woocommerce-6.6.0.ndjson").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def _woocommerce(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {
        "x-wc-webhook-topic": "order.updated",
        "x-wc-webhook-signature": base64.b64encode(digest).decode(),
    }


SENDERS = {
    "generic": Sender(
        secret=base64.b64encode(b"a" * 24).decode(),
        other_secret=base64.b64encode(b"b" * 24).decode(),
        sign=_generic,
        order=json.dumps({"kind": "orders", "data": [ORDER]}).encode(),
        timed=True,
    ),
    "woocommerce": Sender(
        secret="s3cr&t",
        other_secret="another",
        sign=_woocommerce,
        order=captured()[7]["body"].encode(),
        timed=False,
    ),
}
