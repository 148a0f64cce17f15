"""The address of a service, as somebody types it (apprise's own form): which are taken, and what may be shown of one.

Owns the list of what is allowed. Schemes that name any address, file or program of ours (json, xml, form, file, syslog …)
are not on it. Where the address names a host, that host is judged once more at each connection (child.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

__all__ = ["HOSTED", "KNOWN", "Service", "ServiceRefused", "read"]

KNOWN = frozenset({
    "46elks", "atalk", "bale", "betterstack", "bluesky", "brevo", "bulksms", "bulkvs", "burstsms", "clickatell",
    "clicksend", "cm", "d7sms", "dingtalk", "discord", "eight00com", "exotel", "feishu", "flock", "gchat", "groupme",
    "guilded", "gupshup", "httpsms", "infobip", "join", "kakao", "kavenegar", "lark", "line", "msg91", "msgbird",
    "nexmo", "octopush", "onesignal", "opsgenie", "pagerduty", "pbul", "plivo", "pover", "prowl", "psafers", "push",
    "pushed", "pushme", "pushover", "pushy", "qq", "revolt", "ringc", "ryver", "schan", "seven", "signl4",
    "simplepush", "sinch", "slack", "smsc", "smsmanager", "spike", "spush", "squadcast", "tgram", "telesign",
    "telnyx", "threema", "twilio", "twist", "viber", "voipms", "vonage", "webex", "wecombot", "whatsapp", "whapi",
    "wxpusher", "wxteams", "zoom", "zulip"
})  # fmt: skip
"""Services whose host apprise knows itself."""
HOSTED = frozenset(["barks", "gotifys", "matrixs", "mmosts", "nctalks", "ntfys", "rockets", "signals", "synologys"])
"""Services on a host of one's own, reached by TLS."""
_PLAIN = frozenset(name[:-1] for name in HOSTED)
_SCHEME = re.compile(r"[a-z0-9]{2,20}")
_LONGEST = 500


class ServiceRefused(ValueError):
    """The address is not taken.

    `code` is stable: form, scheme, plain (without TLS), host, verify (it asks not to check certificates).
    """

    def __init__(self, code: str, scheme: str = "") -> None:
        super().__init__(code)
        self.code, self.scheme = code, scheme


@dataclass(frozen=True, slots=True)
class Service:
    """A service that may be told. `host`: of one's own, else ''. `label`: what may be shown: no token of it."""

    url: str
    scheme: str
    host: str
    label: str


def read(url: str, *, machine: bool) -> Service:
    """Check an address. `machine`: a playground, on which this machine itself may be named, without TLS.

    Raises ServiceRefused.
    """
    text = url.strip()
    scheme, colon, _rest = text.partition("://")
    scheme = scheme.lower()
    if not colon or not _SCHEME.fullmatch(scheme) or len(text) > _LONGEST or any(c.isspace() for c in text):
        raise ServiceRefused("form")
    if scheme in _PLAIN and not machine:
        raise ServiceRefused("plain", scheme)
    if scheme not in KNOWN and scheme not in HOSTED and scheme not in _PLAIN:
        raise ServiceRefused("scheme", scheme)
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        asked = {name.lower() for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    except ValueError:
        raise ServiceRefused("form") from None
    if asked & {"verify", "redirect"}:
        raise ServiceRefused("verify")
    if scheme in KNOWN:
        return Service(text, scheme, "", f"{scheme}://…{text[-4:]}")
    if not host:
        raise ServiceRefused("host")
    return Service(text, scheme, host, f"{scheme}://{host}/…")
