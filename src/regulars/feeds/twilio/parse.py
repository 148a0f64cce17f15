"""Twilio Voice: forms signed together with the public address, and an answer in TwiML where a call comes in.

Settings: `redirect` (an address of TwiML to which the call goes on) or `dial` (numbers that ring); `line`: the shop's own
number, by which a call back is told from a leg to an operator; `answered: flow` where a flow of Twilio's, and no number that
we see, takes the calls.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from xml.sax.saxutils import escape, quoteattr

from regulars.base import forms
from regulars.base.errors import BadItem
from regulars.base.telephony import Said, encode, number, seconds, text
from regulars.intake.feed_registry import Accept, Answer, Delivered, Ignored, Item, Refuse, Request

KEPT_HEADERS = ("content-type", "i-twilio-idempotency-token", "user-agent")
_XML = "text/xml; charset=utf-8"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_EVENTS = "initiated ringing answered completed"
_RINGS = frozenset({"queued", "initiated", "ringing"})
_IN_VAIN = frozenset({"busy", "no-answer", "canceled", "failed"})
_STATUSES = frozenset({*_RINGS, *_IN_VAIN, "in-progress", "completed"})
MOST_NUMBERS = 10


def check(request: Request, secrets: Sequence[str], machine_now: datetime) -> Accept | Answer | Refuse:
    """base64(HMAC-SHA1(public address + names and values by name)) in `X-Twilio-Signature`; no time is signed."""
    given = request.headers.get("x-twilio-signature", "").encode("utf-8", "surrogateescape")
    said = "".join(name + value for name, value in sorted(forms.pairs(request.body)))
    holds = False
    for secret in secrets:
        for url in _spellings(request.url):
            signed = (url + said).encode("utf-8", "surrogateescape")
            expected = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha1).digest())
            holds |= hmac.compare_digest(expected, given)
    return Accept() if holds else Refuse("signature")


def acknowledge() -> Answer:
    """TwiML that says nothing: for what Twilio only tells, and asks nothing of."""
    return _twiml("")


def reply(request: Request, settings: Mapping[str, Any]) -> Answer:
    """Where an incoming call goes on: to the owner's own TwiML, or to the numbers that he named."""
    said = forms.fields(request.body)
    if said.get("CallStatus") != "ringing" or said.get("Direction") != "inbound" or "CallbackSource" in said:
        return acknowledge()
    going_on = text(settings.get("redirect"), 2000)
    if going_on:
        return _twiml(f'<Redirect method="POST">{escape(going_on)}</Redirect>')
    numbers = [n for part in str(settings.get("dial") or "").split(",") if (n := number(part))][:MOST_NUMBERS]
    if not numbers:
        return acknowledge()
    told = f"statusCallback={quoteattr(request.url)} statusCallbackEvent={quoteattr(_EVENTS)}"
    return _twiml("<Dial>" + "".join(f"<Number {told}>{n}</Number>" for n in numbers) + "</Dial>")


def identity(request: Request) -> str | None:
    """None: facts about a call are folded, so that a repeat changes nothing."""
    return None


def parse(delivered: Delivered) -> list[Item | Ignored | BadItem]:
    """One fact about a call, or about a leg of it."""
    said = forms.fields(delivered.body)
    if "MessageSid" in said or "SmsSid" in said:
        return [Ignored("not_a_call")]
    sid, parent = text(said.get("CallSid")), text(said.get("ParentCallSid"))
    if sid is None:
        raise BadItem("missing", "/CallSid", "is required")
    item: Said = {"id": parent or sid}
    recording = text(said.get("RecordingUrl"), 2000)
    if recording and recording.startswith("https://"):
        item["recording"] = recording
    status = said.get("CallStatus")
    if status is None and recording:
        return [Item("calls", encode(item))]
    if status not in _STATUSES:
        raise BadItem("unknown_value", "/CallStatus", f"must be one of {', '.join(sorted(_STATUSES))}")
    item["at"] = _moment(said.get("Timestamp"))
    fact = _leg if parent else _call
    return [Item("calls", encode(item | fact(sid, status, said, delivered.settings, item["at"])))]


def _call(sid: str, status: str, said: Mapping[str, str], settings: Mapping[str, Any], at: str | None) -> Said:
    """The whole call; one that we asked for rings the operator first."""
    if said.get("Direction", "inbound") != "inbound":
        state = "ringing" if status in _RINGS or status == "in-progress" else "ended"
        return {
            "state": state,
            "extension": text(said.get("To"), 60),
            "line": number(said.get("From")),
            "direction": "out",
        }
    fact: Said = {"direction": "in", "number": number(said.get("From")), "line": number(said.get("To"))}
    by_flow = settings.get("answered") == "flow"
    if status == "completed":
        talked = seconds(said.get("CallDuration"))
        return {**fact, "state": "ended", **({"answered": True, "talk_seconds": talked} if by_flow else {})}
    if status in _IN_VAIN:
        return {**fact, "state": "missed"}
    return {**fact, "state": "answered" if by_flow and status == "in-progress" else "ringing"}


def _leg(sid: str, status: str, said: Mapping[str, str], settings: Mapping[str, Any], at: str | None) -> Said:
    """A leg to an operator; or, of a call that we asked for, the one to the buyer, whose number the shop's own one calls."""
    line = number(settings.get("line"))
    talked = seconds(said.get("CallDuration")) if status == "completed" else None
    picked_up = _less(at, talked) if talked else None
    if line is not None and number(said.get("From")) == line:
        fact: Said = {"direction": "out", "number": number(said.get("To")), "line": line}
        if status == "completed":
            return {**fact, "state": "ended", "answered": True, "talk_seconds": talked, "answered_at": picked_up}
        return {
            **fact,
            "state": "answered" if status == "in-progress" else "failed" if status in _IN_VAIN else "ringing",
        }
    state = "answered" if status == "in-progress" else "ringing" if status in _RINGS else "left"
    return {"leg": sid, "extension": text(said.get("To"), 60), "state": state, "answered_at": picked_up}


def _moment(value: str | None) -> str | None:
    try:
        at = parsedate_to_datetime(value) if value else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (
        at.astimezone(UTC).isoformat() if at is not None and at.tzinfo is not None and 1971 <= at.year <= 2200 else None
    )


def _less(at: str | None, by: int) -> str | None:
    return None if at is None else datetime.fromtimestamp(datetime.fromisoformat(at).timestamp() - by, UTC).isoformat()


def _spellings(url: str) -> list[str]:
    """The address with and without its default port: which of them Twilio signs depends on how it was typed."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    if usual is None or parts.hostname is None:
        return [url]
    host = parts.netloc.removesuffix(f":{usual}")
    return [url, urlunsplit(parts._replace(netloc=host)), urlunsplit(parts._replace(netloc=f"{host}:{usual}"))]


def _twiml(inner: str) -> Answer:
    body = f"{_HEAD}<Response>{inner}</Response>" if inner else f"{_HEAD}<Response/>"
    return Answer(200, body.encode(), _XML)
