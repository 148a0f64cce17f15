"""How each telephony vendor is asked to call somebody (the operator's telephone rings, then the buyer's), or for a recording.

Owns the requests and the reading of the answers; who asks, how often and with which keys is not its affair. Evidence:
Mango VPBX API 1.9 `commands/callback`, `queries/recording/post`; UIS Call API v4.0 `start.employee_call`; Zadarma
`/v1/request/callback/`, `/v1/pbx/record/request/`; Twilio `Calls.json`.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

import msgspec

__all__ = [
    "APIS", "RECORDERS", "Account", "Asked", "Verdict", "Wanted", "ask", "ask_recording", "can_call", "can_fetch",
    "link_of", "verdict",
]  # fmt: skip

_FORM = {"content-type": "application/x-www-form-urlencoded"}
_json = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Account:
    """The shop's account there; secrets in clear, hence no repr. `url`: the vendor's API, `told_at`: our feed's address."""

    kind: str
    secret: str = field(repr=False)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict)
    told_at: str = ""

    @property
    def url(self) -> str:
        """Where the vendor's API is."""
        return str(self.settings.get("api") or APIS[self.kind]).rstrip("/")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`extension` is the operator's, `number` the buyer's in E.164, `name` what the vendor may call the request."""

    extension: str
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    auth: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kind`: done, denied, refused, busy (later), odd. `text`: the vendor's own words."""

    kind: str
    text: str = ""


APIS: Mapping[str, str] = {
    "mango": "https://app.mango-office.ru",
    "uis": "https://callapi.uiscom.ru",
    "zadarma": "https://api.zadarma.com",
    "twilio": "https://api.twilio.com",
}


def can_call(kind: str, credentials: Mapping[str, Any], settings: Mapping[str, Any]) -> bool:
    """Whether enough is known of the account; of credentials their names are enough."""
    needs = {
        "mango": bool(credentials.get("api_key")),
        "uis": bool(credentials.get("token") and settings.get("line")),
        "zadarma": bool(credentials.get("api_key")),
        "twilio": bool(settings.get("account_sid") and settings.get("line")),
    }
    return needs.get(kind, False)


RECORDERS = ("mango", "zadarma")
"""Those that tell a recording by a name of theirs, and give a link to it for a while."""
LINK_SECONDS = 180
"""How long the link is good; the least that Zadarma knows."""
LONGEST_LINK = 2000


def can_fetch(kind: str, credentials: Mapping[str, Any]) -> bool:
    """Whether the vendor can be asked for a recording; of credentials their names are enough."""
    return kind in RECORDERS and bool(credentials.get("api_key"))


def ask_recording(account: Account, name: str) -> Asked:
    """The request for a link to the recording that the vendor calls so; of those in RECORDERS."""
    if account.kind == "mango":
        return _mango_post(account, "queries/recording/post", {"recording_id": name, "action": "play"})
    said = {"call_id": name, "lifetime": str(LINK_SECONDS), "format": "json"}
    return _zadarma_get(account, "/v1/pbx/record/request/", said)


def link_of(kind: str, status: int, location: str, plain: Any, text: str) -> tuple[str, Verdict]:
    """The link in the vendor's answer, '' with a verdict of why there is none. It is for one listening, and never kept."""
    found: Any = ""
    if kind == "mango" and status in (301, 302, 303, 307):
        found = location
    elif kind == "zadarma" and status == 200 and isinstance(plain, dict) and plain.get("status") == "success":
        links = plain.get("links")
        found = plain.get("link") or (links[0] if isinstance(links, list) and links else "")
    if found:
        is_good = isinstance(found, str) and found.startswith("https://") and len(found) <= LONGEST_LINK
        return (found, Verdict("done")) if is_good and found.isprintable() else ("", Verdict("odd"))
    return "", verdict(kind, status, plain, text)


def ask(account: Account, wanted: Wanted) -> Asked:
    """The request that makes the two telephones ring."""
    return _ASK[account.kind](account, wanted)


def verdict(kind: str, status: int, plain: Any, text: str) -> Verdict:
    """What the vendor's answer means."""
    if status in (401, 403):
        return Verdict("denied", _said(plain) or text)
    if status == 429 or status >= 500:
        return Verdict("busy", _said(plain) or text)
    if not isinstance(plain, dict):
        return Verdict("odd" if status < 400 else "refused", text)
    return _READ[kind](status, plain)


def _digits(number: str) -> str:
    return number.removeprefix("+")


def _mango(account: Account, wanted: Wanted) -> Asked:
    said: dict[str, Any] = {
        "command_id": wanted.name, "from": {"extension": wanted.extension}, "to_number": _digits(wanted.number),
    }  # fmt: skip
    return _mango_post(account, "commands/callback", said)


def _mango_post(account: Account, command: str, said: Mapping[str, Any]) -> Asked:
    """Signed as the vendor says: SHA-256(key + json + salt)."""
    key, text = account.credentials.get("api_key", ""), _json(said)
    sign = hashlib.sha256(key.encode() + text + account.secret.encode()).hexdigest()
    body = urlencode({"vpbx_api_key": key, "sign": sign, "json": text}).encode()
    return Asked("POST", f"{account.url}/vpbx/{command}", _FORM, body)


def _read_mango(status: int, plain: Mapping[str, Any]) -> Verdict:
    """1000: done; 3102 and 3103: the key or its signature is wrong."""
    code = str(plain.get("result", ""))
    if code == "1000":
        return Verdict("done")
    return Verdict("denied" if code in ("3102", "3103", "3104") else "refused", f"{code} {_said(plain)}".strip())


def _uis(account: Account, wanted: Wanted) -> Asked:
    employee = int(wanted.extension) if wanted.extension.isascii() and wanted.extension.isdigit() else wanted.extension
    said = {
        "jsonrpc": "2.0",
        "id": wanted.name,
        "method": "start.employee_call",
        "params": {
            "access_token": account.credentials.get("token", ""),
            "first_call": "employee",
            "switch_at_once": True,
            "virtual_phone_number": _digits(str(account.settings.get("line", ""))),
            "external_id": wanted.name,
            "direction": "out",
            "contact": _digits(wanted.number),
            "employee": {"id": employee},
        },
    }
    return Asked("POST", f"{account.url}/v4.0", {"content-type": "application/json; charset=UTF-8"}, _json(said))


def _read_uis(status: int, plain: Mapping[str, Any]) -> Verdict:
    error = plain.get("error")
    if isinstance(error, dict):
        data = error.get("data")
        mnemonic = str(data.get("mnemonic") or "") if isinstance(data, dict) else ""
        is_locked_out = mnemonic.startswith(("access_token", "auth")) or "oken" in str(error.get("message"))
        return Verdict("denied" if is_locked_out else "refused", str(error.get("message") or mnemonic))
    return Verdict("done") if isinstance(plain.get("result"), dict) else Verdict("odd")


def _zadarma(account: Account, wanted: Wanted) -> Asked:
    said = {"from": wanted.extension, "to": _digits(wanted.number), "format": "json"}
    return _zadarma_get(account, "/v1/request/callback/", said)


def _zadarma_get(account: Account, path: str, said: Mapping[str, str]) -> Asked:
    """Signed as the vendor says: base64(hex(HMAC-SHA1(method + query + md5(query)))), fields by name."""
    query = urlencode(sorted(said.items()))
    digest = hashlib.md5(query.encode(), usedforsecurity=False).hexdigest()
    signed = hmac.new(account.secret.encode(), f"{path}{query}{digest}".encode(), hashlib.sha1).hexdigest()
    key = account.credentials.get("api_key", "")
    sign = base64.b64encode(signed.encode()).decode()
    return Asked("GET", f"{account.url}{path}?{query}", {"authorization": f"{key}:{sign}"})


def _read_zadarma(status: int, plain: Mapping[str, Any]) -> Verdict:
    return Verdict("done") if plain.get("status") == "success" else Verdict("refused", _said(plain))


def _twilio(account: Account, wanted: Wanted) -> Asked:
    line = str(account.settings.get("line", ""))
    told = "initiated ringing answered completed"
    callback = f"statusCallback={quoteattr(account.told_at)} statusCallbackEvent={quoteattr(told)}"
    dial = f"<Dial callerId={quoteattr(line)}><Number {callback}>{escape(wanted.number)}</Number></Dial>"
    said = [
        ("To", wanted.extension), ("From", line), ("Twiml", f"<Response>{dial}</Response>"),
        ("StatusCallback", account.told_at), *(("StatusCallbackEvent", event) for event in told.split()),
    ]  # fmt: skip
    sid = str(account.settings.get("account_sid", ""))
    return Asked(
        "POST", f"{account.url}/2010-04-01/Accounts/{sid}/Calls.json", _FORM, urlencode(said).encode(),
        (sid, account.secret),
    )  # fmt: skip


def _read_twilio(status: int, plain: Mapping[str, Any]) -> Verdict:
    return Verdict("done") if status in (200, 201) and plain.get("sid") else Verdict("refused", _said(plain))


def _said(plain: Any) -> str:
    found = plain.get("message") if isinstance(plain, dict) else None
    return str(found)[:200] if found else ""


_ASK: Mapping[str, Callable[[Account, Wanted], Asked]] = {
    "mango": _mango, "uis": _uis, "zadarma": _zadarma, "twilio": _twilio,
}  # fmt: skip
_READ: Mapping[str, Callable[[int, Mapping[str, Any]], Verdict]] = {
    "mango": _read_mango, "uis": _read_uis, "zadarma": _read_zadarma, "twilio": _read_twilio,
}  # fmt: skip
