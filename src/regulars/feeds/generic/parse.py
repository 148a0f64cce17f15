"""Standard Webhooks carrying the contract: `{"kind": "orders", "data": {…} or […]}`.

The signature is computed here over the raw bytes and judged by the time given: the standardwebhooks package reads the
machine's clock and fails on bytes that are no text. Tests sign with that package.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

import msgspec

from regulars.base.errors import BadItem
from regulars.base.strict_json import decode
from regulars.intake.feed_registry import Accept, Answer, Delivered, Ignored, Item, Refuse, Request

KEPT_HEADERS = ("webhook-id", "webhook-timestamp")
TOLERANCE_SECONDS = 300
KINDS = frozenset({"orders", "people", "products", "events", "calls"})
MAX_ITEMS = 1000
_MAX_ID = 200


class _Envelope(msgspec.Struct):
    kind: str
    data: msgspec.Raw


_envelope = msgspec.json.Decoder(_Envelope)
_list = msgspec.json.Decoder(list[msgspec.Raw])


def check(request: Request, secrets: Sequence[str], machine_now: datetime) -> Accept | Answer | Refuse:
    """By `webhook-id`, `webhook-timestamp` (± 5 min) and any `v1` of `webhook-signature`."""
    name = request.headers.get("webhook-id", "")
    stamp = request.headers.get("webhook-timestamp", "")
    given = request.headers.get("webhook-signature", "")
    if not (name and len(name) <= _MAX_ID and given and stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return Refuse("headers")
    signed = f"{name}.{stamp}.".encode() + request.body
    offered = [part[3:] for part in given[:2000].split(" ") if part.startswith("v1,")]
    holds = False
    for secret in secrets:
        expected = base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest())
        for signature in offered:
            holds |= hmac.compare_digest(expected, signature.encode())
    if not holds:
        return Refuse("signature")
    if abs(machine_now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        return Refuse("stale")
    return Accept()


def acknowledge() -> Answer:
    """202, as the API answers."""
    return Answer(202, b'{"accepted":true}', "application/json")


def identity(request: Request) -> str | None:
    """`webhook-id`: the same on each retry."""
    return request.headers.get("webhook-id")


def parse(delivered: Delivered) -> list[Item | Ignored | BadItem]:
    """The items of `data`, each by itself, so that one bad item stops no other."""
    try:
        envelope = _envelope.decode(delivered.body)
        data = bytes(envelope.data).strip()
        pieces = [bytes(piece) for piece in _list.decode(data)] if data[:1] == b"[" else [data]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        decode(delivered.body)  # says what is wrong with the JSON, if it is that
        raise BadItem("wrong_type", "", 'must be {"kind": …, "data": …}') from None
    if envelope.kind not in KINDS:
        raise BadItem("unknown_value", "/kind", f"must be one of {', '.join(sorted(KINDS))}")
    if len(pieces) > MAX_ITEMS:
        raise BadItem("too_many", "/data", f"holds {len(pieces)} items; at most {MAX_ITEMS} are taken at once")
    return [Item(envelope.kind, piece) for piece in pieces]


def _key(secret: str) -> bytes:
    """The secret's bytes: base64, with or without the usual prefix; anything else counts as its own bytes."""
    text = secret.removeprefix("whsec_")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()
