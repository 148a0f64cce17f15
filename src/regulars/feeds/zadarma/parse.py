"""Zadarma's PBX: forms of which some fields are signed, in an order of their own for each event.

Duration and disposition are not signed; neither is a time but `call_start`, by the clock of the account.
Setting `time_zone`: that of the account, UTC by default.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qs

from regulars.base import forms
from regulars.base.errors import BadItem
from regulars.base.telephony import encode, local_moment, number, seconds, text
from regulars.intake.feed_registry import Accept, Answer, Delivered, Ignored, Item, Refuse, Request

KEPT_HEADERS = ("content-type", "user-agent")
METHODS = ("POST", "GET")
_IN = ("caller_id", "called_did", "call_start")
_OUT = ("internal", "destination", "call_start")
SIGNED = {
    "NOTIFY_START": _IN,
    "NOTIFY_INTERNAL": _IN,
    "NOTIFY_INTERNAL_END": _IN,
    "NOTIFY_ANSWER": ("caller_id", "destination", "call_start"),
    "NOTIFY_END": _IN,
    "NOTIFY_OUT_START": _OUT,
    "NOTIFY_OUT_END": _OUT,
    "NOTIFY_RECORD": ("pbx_call_id", "call_id_with_rec"),
}
_NOT_OURS = frozenset({"NOTIFY_IVR", "SPEECH_RECOGNITION", "NUMBER_LOOKUP", "CALL_TRACKING", "SMS"})
_STATES = {
    "NOTIFY_START": "ringing", "NOTIFY_INTERNAL": "ringing", "NOTIFY_OUT_START": "ringing", "NOTIFY_ANSWER": "answered",
    "NOTIFY_INTERNAL_END": "left", "NOTIFY_END": "ended", "NOTIFY_OUT_END": "ended",
}  # fmt: skip
_ECHO = re.compile(r"[\w.+/=-]{1,200}", re.ASCII)


def check(request: Request, secrets: Sequence[str], machine_now: datetime) -> Accept | Answer | Refuse:
    """base64(hex(HMAC-SHA1(fields of the event))) in `Signature`; a GET at set-up wants its `zd_echo` back.

    Notifications that say nothing of a call are answered and not kept: they are signed by rules of their own.
    """
    if request.method == "GET":
        echo = next(iter(parse_qs(request.query).get("zd_echo", [])), "")
        return Answer(200, echo.encode()) if _ECHO.fullmatch(echo) else Refuse("echo")
    said = forms.fields(request.body)
    event = said.get("event", "")
    if event in _NOT_OURS:
        return Answer(200)
    names = SIGNED.get(event)
    if names is None:
        return Refuse("event")
    signed = "".join(said.get(name, "") for name in names).encode("utf-8", "surrogateescape")
    given = request.headers.get("signature", "").encode("utf-8", "surrogateescape")
    holds = False
    for secret in secrets:
        digest = hmac.new(secret.encode(), signed, hashlib.sha1).hexdigest()
        holds |= hmac.compare_digest(base64.b64encode(digest.encode()), given)
    return Accept() if holds else Refuse("signature")


def acknowledge() -> Answer:
    """A bare 200: the vendor's own scenario decides where the call goes."""
    return Answer(200)


def identity(request: Request) -> str | None:
    """None: facts about a call are folded, so that a repeat changes nothing."""
    return None


def parse(delivered: Delivered) -> list[Item | Ignored | BadItem]:
    """One fact about a call."""
    said = forms.fields(delivered.body)
    event = said.get("event", "")
    if event not in SIGNED:
        raise BadItem("unknown_value", "/event", f"must be one of {', '.join(SIGNED)}")
    call = text(said.get("pbx_call_id"))
    if call is None:
        raise BadItem("missing", "/pbx_call_id", "is required")
    if event == "NOTIFY_RECORD":
        return [Item("calls", encode({"id": call, "recording": text(said.get("call_id_with_rec"))}))]
    started = local_moment(said.get("call_start"), delivered.settings.get("time_zone"))
    if started is None:
        raise BadItem("not_a_time", "/call_start", "is not a time such as 2026-03-02 10:35:00")
    is_out = call.startswith("out_") if call.startswith(("in_", "out_")) else event.startswith("NOTIFY_OUT")
    is_over = _STATES[event] == "ended"
    was_answered = said.get("disposition", "").strip().lower() == "answered"
    talked = seconds(said.get("duration")) if is_over and was_answered else None
    has_recording = is_over and said.get("is_recorded", "").strip() == "1"
    item = {
        "id": call,
        "state": _STATES[event],
        "direction": "out" if is_out else "in",
        "number": number(said.get("destination" if is_out else "caller_id")),
        "line": number(said.get("caller_id" if is_out else "called_did")),
        "extension": text(said.get("internal"), 60),
        "started_at": started,
        "answered": was_answered if is_over else None,
        "talk_seconds": talked,
        "recording": text(said.get("call_id_with_rec")) if has_recording else None,
    }
    return [Item("calls", encode(item))]
