"""UIS and CoMagic: notifications whose body the owner pastes from our template, so its shape is ours.

Nothing is signed; the secret comes in a header, or in the address, and is compared in constant time.
Setting `time_zone`: that of the account, Europe/Moscow by default.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from regulars.base.errors import BadItem
from regulars.base.strict_json import decode
from regulars.base.telephony import Said, encode, local_moment, number, seconds, text
from regulars.intake.feed_registry import Accept, Answer, Delivered, Ignored, Item, Refuse, Request

KEPT_HEADERS = ("content-type", "user-agent")
HEADER = "x-regulars-secret"
ZONE = "Europe/Moscow"
EVENTS = ("incoming", "waiting", "answered", "talk_ended", "ended", "lost", "recording", "outgoing")
"""The word that each notification's template says of itself."""
TEMPLATE = Path(__file__).with_name("template.json").read_text(encoding="utf-8")
"""What the owner pastes as the body."""
_STATES = {
    "incoming": "ringing", "waiting": "ringing", "outgoing": "ringing", "answered": "answered", "talk_ended": "left",
    "ended": "ended", "lost": "missed",
}  # fmt: skip
_WORDS = {"lost_call": "lost"}
"""What the vendor calls it, where a template says nothing itself."""


def check(request: Request, secrets: Sequence[str], machine_now: datetime) -> Accept | Answer | Refuse:
    """By the secret in `X-Regulars-Secret`, or as `secret` in the address."""
    given = request.headers.get(HEADER) or next(iter(parse_qs(request.query).get("secret", [])), "")
    holds = False
    for secret in secrets:
        holds |= hmac.compare_digest(secret.encode(), given.encode("utf-8", "surrogateescape"))
    return Accept() if holds and given else Refuse("secret")


def acknowledge() -> Answer:
    """A bare 200."""
    return Answer(200)


def identity(request: Request) -> str | None:
    """None: facts about a call are folded, so that a repeat changes nothing."""
    return None


def parse(delivered: Delivered) -> list[Item | Ignored | BadItem]:
    """One fact about a call."""
    plain = decode(delivered.body)
    if not isinstance(plain, dict):
        raise BadItem("wrong_type", "", "must be an object")
    mnemonic = text(plain.get("notification_mnemonic")) or ""
    event = text(plain.get("event")) or _WORDS.get(mnemonic, mnemonic)
    if event not in EVENTS:
        raise BadItem("unknown_value", "/event", f"must be one of {', '.join(EVENTS)}")
    session = text(plain.get("call_session_id"))
    if session is None:
        raise BadItem("missing", "/call_session_id", "is required")
    zone = delivered.settings.get("time_zone") or ZONE
    if event == "recording":
        return [Item("calls", encode({"id": session, "recording": text(plain.get("file_link"), 2000)}))]
    return [Item("calls", encode({"id": session, **_fact(event, plain, zone)}))]


def _fact(event: str, plain: Said, zone: Any) -> Said:
    at = plain.get("notification_time")
    waited, talked = seconds(plain.get("wait_time_duration")), seconds(plain.get("talk_time_duration"))
    whole = seconds(plain.get("total_time_duration"))
    is_over = event in ("ended", "lost")
    lasted = (waited if event == "lost" else whole) if is_over else None
    started = local_moment(plain.get("start_time"), zone)
    if started is None and lasted is not None:
        started = local_moment(at, zone, less=lasted)
    return {
        "at": local_moment(at, zone),
        "state": _STATES[event],
        "direction": _direction(event, plain),
        "number": number(plain.get("contact_phone_number")),
        "line": number(plain.get("virtual_phone_number")),
        "extension": text(plain.get("employee_id"), 60),
        "started_at": started,
        "ended_at": local_moment(at, zone) if is_over else None,
        "answered": bool(talked) if event == "ended" and talked is not None else None,
        "ring_seconds": waited if is_over else None,
        "talk_seconds": talked if event == "ended" and talked else None,
        "command": text(plain.get("external_id")),
    }


def _direction(event: str, plain: Said) -> str | None:
    if plain.get("is_internal") is True:
        return "internal"
    said = text(plain.get("direction"))
    if said in ("in", "out"):
        return said
    return {"incoming": "in", "lost": "in", "outgoing": "out"}.get(event)
