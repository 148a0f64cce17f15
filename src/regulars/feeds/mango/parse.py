"""Mango Office's virtual PBX: a form that holds JSON, signed with the account's salt.

The vendor appends what happened to the address, which is not signed, so the JSON's own shape decides.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from regulars.base import forms
from regulars.base.errors import BadItem
from regulars.base.strict_json import decode
from regulars.base.telephony import Said, encode, number, text, unix_moment
from regulars.intake.feed_registry import Accept, Answer, Delivered, Ignored, Item, Refuse, Request

KEPT_HEADERS = ("content-type", "user-agent")
TAKES_BELOW = True
_SIGNED = {"vpbx_api_key", "sign", "json"}
_DIRECTIONS = {"0": "internal", "1": "in", "2": "out"}


def check(request: Request, secrets: Sequence[str], machine_now: datetime) -> Accept | Answer | Refuse:
    """hex(SHA-256(key + json + salt)), the secret being the salt. A test of the address wants 200.

    The form holds these three fields and no other, so that nothing of it is unsigned. No time is signed.
    """
    if request.below == "ping":
        return Answer(200)
    found = forms.pairs(request.body)
    said = dict(found)
    if set(said) != _SIGNED or len(found) != len(_SIGNED):
        return Refuse("fields")
    given = said["sign"].encode("utf-8", "surrogateescape")
    signed = (said["vpbx_api_key"] + said["json"]).encode("utf-8", "surrogateescape")
    holds = False
    for secret in secrets:
        expected = hashlib.sha256(signed + secret.encode()).hexdigest().encode()
        holds |= hmac.compare_digest(expected, given)
    return Accept() if holds else Refuse("signature")


def acknowledge() -> Answer:
    """A bare 200."""
    return Answer(200)


def identity(request: Request) -> str | None:
    """None: facts about a call are folded, so that a repeat changes nothing."""
    return None


def parse(delivered: Delivered) -> list[Item | Ignored | BadItem]:
    """One fact about a call, by the shape of the JSON: its summary, its recording, or a leg's change."""
    said = forms.fields(delivered.body).get("json")
    if said is None:
        raise BadItem("missing", "/json", "is required")
    plain = decode(said.encode("utf-8", "surrogateescape"))
    if not isinstance(plain, dict):
        raise BadItem("wrong_type", "", "must be an object")
    if "call_state" in plain:
        return [_leg(plain)]
    if "recording_id" in plain:
        return [_recording(plain)]
    if "end_time" in plain or "entry_result" in plain:
        return [_summary(plain)]
    if "dtmf" in plain or "message_id" in plain or "result" in plain or "sms_id" in plain or not plain:
        return [Ignored("not_a_call")]
    raise BadItem("unknown_topic", "", "is of a topic that this feed does not know")


def _leg(plain: Said) -> Item | Ignored | BadItem:
    state, location = text(plain.get("call_state")), text(plain.get("location"))
    caller, called = _within(plain, "from"), _within(plain, "to")
    states = {
        "Appeared": "ringing",
        "Connected": "answered" if location == "abonent" else "ringing",
        "Disconnected": "left",
    }
    if state == "OnHold":
        return Ignored("on_hold")
    if state not in states:
        return BadItem("unknown_value", "/call_state", f"must be one of {', '.join(states)} or OnHold")
    direction = _direction(caller, called)
    is_out = direction == "out"
    return _item(
        plain,
        at=unix_moment(plain.get("timestamp")),
        state=states[state],
        direction=direction,
        number=number((called if is_out else caller).get("number")) if direction else None,
        line=number(called.get("line_number")),
        leg=text(plain.get("call_id")),
        extension=text((caller if is_out else called).get("extension"), 60),
        command=text(plain.get("command_id")),
    )


def _direction(caller: Said, called: Said) -> str | None:
    """As far as one leg shows it: a call that was passed on says nothing of who called whom first."""
    if not caller.get("extension"):
        return "in" if caller.get("number") else None
    return None if called.get("extension") or caller.get("taken_from_call_id") else "out"


def _summary(plain: Said) -> Item:
    direction = _DIRECTIONS.get(text(plain.get("call_direction")) or "")
    caller, called = _within(plain, "from"), _within(plain, "to")
    outside, inside = (called, caller) if direction == "out" else (caller, called)
    ended = unix_moment(plain.get("end_time"))
    picked_up = unix_moment(plain.get("talk_time"))
    return _item(
        plain,
        at=ended,
        state="ended",
        answered=picked_up is not None,
        direction=direction,
        number=number(outside.get("number")),
        line=number(plain.get("line_number")),
        extension=text(inside.get("extension"), 60),
        started_at=unix_moment(plain.get("create_time")),
        answered_at=picked_up,
        ended_at=ended,
        command=text(plain.get("command_id")),
    )


def _recording(plain: Said) -> Item | Ignored:
    if text(plain.get("recording_state")) == "Started":
        return Ignored("recording_goes_on")
    return _item(plain, recording=text(plain.get("recording_id")))


def _item(plain: Said, **said: Any) -> Item:
    entry = text(plain.get("entry_id"))
    if entry is None:
        raise BadItem("missing", "/entry_id", "is required")
    return Item("calls", encode({"id": entry, **said}))


def _within(plain: Said, name: str) -> Said:
    value = plain.get(name)
    return value if isinstance(value, dict) else {}
