"""How each vendor signs: what the contract test needs of a feed. A feed without a sender here fails that test."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from standardwebhooks import Webhook

import regulars.feeds
from tests.apps.door_client import ORDER

FIXTURES = Path(regulars.feeds.__file__).parent


@dataclass(frozen=True)
class Sender:
    """`sign(secret, body, at, url)` gives the headers, names in lower case. `order`: a good body, `table` where it leaves a row.

    `pack(secret, body, at)`: the body as it is sent, where the signature stands in it. `read` and `write`: a body's fields
    and back. `poison`: bodies that the vendor could sign and that nobody understands, beside those that every feed gets.
    """

    secret: str
    other_secret: str
    sign: Callable[[str, bytes, datetime, str], dict[str, str]]
    order: bytes
    timed: bool
    """Whether the signature covers a time, so that an old one is refused."""
    covers_all: bool = True
    """Whether each byte of the body is signed."""
    table: str = "orders_order"
    pack: Callable[[str, bytes, datetime], bytes] = lambda secret, body, at: body
    read: Callable[[bytes], Any] = json.loads
    write: Callable[[Any], bytes] = lambda plain: json.dumps(plain).encode()
    takes_any_body: bool = True
    """Whether the vendor's rule of signing fits bodies of every form."""
    is_posted: bool = True
    """Whether somebody posts such bodies; others we fetch."""
    poison: Mapping[str, bytes] = field(default_factory=dict)

    def sent(self, at: datetime, secret: str | None = None) -> bytes:
        """The good body as it is sent at that moment."""
        return self.pack(secret or self.secret, self.order, at)


def _generic(secret: str, body: bytes, at: datetime, url: str) -> dict[str, str]:
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


def _woocommerce(secret: str, body: bytes, at: datetime, url: str) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {
        "x-wc-webhook-topic": "order.updated",
        "x-wc-webhook-signature": base64.b64encode(digest).decode(),
    }


def _telegram(secret: str, body: bytes, at: datetime, url: str) -> dict[str, str]:
    return {"x-telegram-bot-api-secret-token": secret, "content-type": "application/json"}


def _fixture(kind: str, name: str) -> bytes:
    return (FIXTURES / kind / "fixtures" / name).read_bytes()


def _fields(kind: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(_fixture(kind, "inbound.json"))
    return found


def _basic(secret: str, content_type: str) -> dict[str, str]:
    given = base64.b64encode(f"regulars:{secret}".encode()).decode()
    return {"authorization": f"Basic {given}", "content-type": content_type}


def _postmark(secret: str, body: bytes, at: datetime, url: str) -> dict[str, str]:
    return _basic(secret, "application/json")


FORM = "application/x-www-form-urlencoded"


def _sendgrid(secret: str, body: bytes, at: datetime, url: str) -> dict[str, str]:
    return _basic(secret, FORM)


def _mailgun(secret: str, body: bytes, at: datetime, url: str) -> dict[str, str]:
    return {"content-type": FORM}


def _mailgun_form(secret: str, body: bytes, at: datetime) -> bytes:
    """Mailgun's signature stands among the fields, over a time and a token."""
    stamp, token = str(int(at.timestamp())), hashlib.sha256(body + str(at).encode()).hexdigest()[:50]
    signature = hmac.new(secret.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return body + b"&" + urlencode({"timestamp": stamp, "token": token, "signature": signature}).encode()


def _lines(mail: bytes) -> dict[str, str]:
    return {str(n): line for n, line in enumerate(mail.decode("latin-1").split("\r\n"))}


def _mail(lines: Any) -> bytes:
    """A mail again: what a test put into a line stands there as text."""
    said = [line if isinstance(line, str) else json.dumps(line) for line in lines.values()]
    return "\r\n".join(said).encode("utf-8", "surrogatepass")


def documented(kind: str, story: str) -> list[Any]:
    """A vendor's deliveries of one call, written to the documented shape: bodies of forms as text, JSON as it is."""
    text = (FIXTURES / kind / "fixtures" / "documented.json").read_text(encoding="utf-8")
    found: list[Any] = json.loads(text)["stories"][story]
    return found


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1"))


def _encoded(plain: Any) -> bytes:
    """A form again: what a test put into a field stands there as text."""
    fields = plain.items() if isinstance(plain, dict) else []
    return urlencode(
        [(str(k), v if isinstance(v, str) else json.dumps(v)) for k, v in fields], errors="replace"
    ).encode()


def _unsigned(secret: str, body: bytes, at: datetime, url: str) -> dict[str, str]:
    return {}


def _mango_form(secret: str, json_text: bytes, at: datetime) -> bytes:
    """The vendor's documented rule: hex(SHA-256(key + json + salt)), the JSON as it stands in the form."""
    sign = hashlib.sha256(b"key1" + json_text + secret.encode()).hexdigest()
    return urlencode({"vpbx_api_key": "key1", "sign": sign, "json": json_text}).encode()


def _uis(secret: str, body: bytes, at: datetime, url: str) -> dict[str, str]:
    return {"x-regulars-secret": secret}


_ZADARMA = {"NOTIFY_ANSWER": "caller_id destination call_start", "NOTIFY_RECORD": "pbx_call_id call_id_with_rec"}


def _zadarma(secret: str, body: bytes, at: datetime, url: str) -> dict[str, str]:
    """As the vendor's own examples do: the hexadecimal text of the HMAC, and that in base64."""
    said = _form(body)
    event = said.get("event", "")
    usual = "internal destination call_start" if "OUT" in event else "caller_id called_did call_start"
    joined = "".join(said.get(name, "") for name in _ZADARMA.get(event, usual).split())
    digest = hmac.new(secret.encode(), joined.encode("latin-1"), hashlib.sha1).hexdigest()
    return {"signature": base64.b64encode(digest.encode()).decode()}


def _twilio(secret: str, body: bytes, at: datetime, url: str) -> dict[str, str]:
    """The public address, then each name with its value, in the order of names."""
    pairs = sorted(parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1"))
    signed = url.encode() + "".join(name + value for name, value in pairs).encode("latin-1")
    return {"x-twilio-signature": base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha1).digest()).decode()}


_START = documented("zadarma", "answered")[0]
_RINGS = documented("twilio", "missed")[0]
SENDERS = {
    "imap": Sender(
        secret="-",
        other_secret="--",
        sign=_unsigned,
        order=_fixture("imap", "reply.eml"),
        timed=False,
        table="talks_message",
        read=_lines,
        write=_mail,
        is_posted=False,
    ),
    "telegram": Sender(
        secret="s3cret",
        other_secret="another",
        sign=_telegram,
        order=_fixture("telegram", "message.json"),
        timed=False,
        covers_all=False,
        table="talks_message",
    ),
    "postmark": Sender(
        secret="s3cret",
        other_secret="another",
        sign=_postmark,
        order=_fixture("postmark", "inbound.json"),
        timed=False,
        covers_all=False,
        table="talks_message",
    ),
    "sendgrid": Sender(
        secret="s3cret",
        other_secret="another",
        sign=_sendgrid,
        order=urlencode(_fields("sendgrid")).encode(),
        timed=False,
        covers_all=False,
        table="talks_message",
        read=_form,
        write=_encoded,
    ),
    "mailgun": Sender(
        secret="s3cret",
        other_secret="another",
        sign=_mailgun,
        order=urlencode(_fields("mailgun")).encode(),
        timed=True,
        covers_all=False,
        table="talks_message",
        pack=_mailgun_form,
        read=_form,
        write=_encoded,
    ),
    "mango": Sender(
        secret="salt-1",
        other_secret="salt-2",
        sign=_unsigned,
        order=json.dumps(documented("mango", "answered")[0]).encode(),
        timed=False,
        table="talks_call",
        pack=_mango_form,
    ),
    "uis": Sender(
        secret="a-long-secret",
        other_secret="another-secret",
        sign=_uis,
        order=json.dumps(documented("uis", "answered")[0]).encode(),
        timed=False,
        covers_all=False,
        table="talks_call",
    ),
    "zadarma": Sender(
        secret="zd-secret",
        other_secret="zd-other",
        sign=_zadarma,
        order=_START.encode(),
        timed=False,
        covers_all=False,
        table="talks_call",
        read=_form,
        write=_encoded,
        takes_any_body=False,
        poison={
            "no time": _START.replace("2026-03-02+15%3A00%3A00", "yesterday").encode(),
            "nul": _START.replace("2026-03-02+15%3A00%3A00", "%00").encode(),
            "cp1251": _START.replace("in_5d3e0001", "%C7%E2%EE%ED%EE%EA").replace("2026-03-02", "%C7").encode(),
            "no call": _START.replace("pbx_call_id=in_5d3e0001", "pbx_call_id=").encode(),
            "endless": _START.replace("in_5d3e0001", "9" * 5000).encode(),
        },
    ),
    "twilio": Sender(
        secret="auth-token-1",
        other_secret="auth-token-2",
        sign=_twilio,
        order=_RINGS.encode(),
        timed=False,
        table="talks_call",
        read=_form,
        write=_encoded,
        poison={
            "no call": _RINGS.replace("CallSid=CA0001&", "").encode(),
            "strange status": _RINGS.replace("CallStatus=ringing", "CallStatus=%F0%9F%92%A9").encode(),
            "half a character": _RINGS.replace("CallSid=CA0001", "CallSid=%ED%A0%80").replace("=ringing", "=").encode(),
        },
    ),
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
