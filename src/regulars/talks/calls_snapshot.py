"""A fact about a telephone call, in the contract's JSON: what a vendor tells of it at one moment, and no more.

Owns the reading of that JSON into a `CallItem`, and what the item adds to what is known (`facts_of`). An item names the
conversation by `id`; all else may be absent, and comes in any order.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from regulars.base.errors import BadItem, Problem
from regulars.base.reader import MAX_ID, Reader
from regulars.base.strict_json import decode
from regulars.events.item import EventItem
from regulars.people.points import phone_number
from regulars.people.snapshot import PersonSnapshot
from regulars.rules.calls import DIRECTIONS, CallFacts, Leg

__all__ = ["STATES", "CallItem", "call_of", "decode_call", "facts_of", "is_call_event", "read_call"]

STATES = frozenset({"ringing", "answered", "left", "ended", "missed", "failed"})
"""`left`: one leg is over, the call may go on; `ended`: all of it is over, answered or not."""
MOST_SECONDS = 24 * 3600
MAX_URL = 2000
HEARD_WITHIN = timedelta(minutes=10)
"""A fact without a time of its own, heard so soon after the call began, is timed by when it was heard."""


class CallItem(msgspec.Struct, frozen=True, kw_only=True):
    """`at`: when it happened. `number` is the one outside, `line` the shop's. `leg` and `extension`: whose telephone.

    `answered`: with 'ended', whether anybody did. `person`: who it is where the sender knows.
    """

    id: str
    at: datetime | None = None
    state: str | None = None
    direction: str | None = None
    number: str | None = None
    line: str | None = None
    leg: str | None = None
    extension: str | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    answered: bool | None = None
    ring_seconds: int | None = None
    talk_seconds: int | None = None
    recording: str | None = None
    command: str | None = None
    person: PersonSnapshot | None = None


def decode_call(body: bytes) -> CallItem:
    """The fact in a JSON body. Raises BadItem."""
    return read_call(decode(body))


def read_call(plain: Any) -> CallItem:
    """The fact in plain data; `id` is required. Raises BadItem."""
    reader = Reader(plain)
    person = reader.inner("person")
    recording = reader.text("recording", longest=MAX_URL)
    if recording and "://" in recording and not recording.startswith(("https://", "http://")):
        reader.note("unknown_value", "recording", "must be a web address or the vendor's own name of the recording")
    item = CallItem(
        id=reader.text("id", required=True, longest=MAX_ID) or "",
        at=reader.moment("at"),
        state=reader.choice("state", STATES),
        direction=reader.choice("direction", frozenset(DIRECTIONS)),
        number=reader.text("number", longest=MAX_ID),
        line=reader.text("line", longest=MAX_ID),
        leg=reader.text("leg", longest=MAX_ID),
        extension=reader.text("extension", longest=60),
        started_at=reader.moment("started_at"),
        answered_at=reader.moment("answered_at"),
        ended_at=reader.moment("ended_at"),
        answered=reader.truth("answered"),
        ring_seconds=reader.integer("ring_seconds", 0, MOST_SECONDS),
        talk_seconds=reader.integer("talk_seconds", 0, MOST_SECONDS),
        recording=recording,
        command=reader.text("command", longest=MAX_ID),
        person=None
        if person is None
        else PersonSnapshot(id=person.text("id", longest=MAX_ID), email=person.text("email", longest=320)),
    )
    reader.finish()
    return item


def facts_of(item: CallItem, country: str, heard_at: datetime) -> CallFacts:
    """What the item adds to the call. `heard_at` times what has no time of its own, as long as it can be true."""
    began = _utc(item.started_at)
    at = _utc(item.at)
    if at is None and item.state is not None and (began is None or heard_at - HEARD_WITHIN <= began <= heard_at):
        at = heard_at
    told = [m for m in (began, _utc(item.answered_at), _utc(item.ended_at), at) if m is not None]
    begins = began or (at if item.state == "ringing" else None)
    number = phone_number(item.number, country) if item.number else None
    line = (phone_number(item.line, country) or item.line[:60]) if item.line else None
    is_over = item.state in ("ended", "missed", "failed")
    has_leg = bool(item.leg or item.extension)
    is_answered = item.state == "answered"
    ranked = DIRECTIONS.index(item.direction) if item.direction else len(DIRECTIONS)
    return CallFacts(
        direction=item.direction or "",
        party=None if number is None else (ranked, begins or at or heard_at, number),
        line=None if line is None else (begins or at or heard_at, line),
        started_at=begins,
        answered_at=_utc(item.answered_at) or (at if is_answered and not has_leg else None),
        ended_at=_utc(item.ended_at) or (at if is_over else None),
        verdict=_verdict(item),
        is_over=is_over,
        ring_seconds=item.ring_seconds,
        talk_seconds=item.talk_seconds,
        legs={item.leg or f"ext {item.extension}": _leg(item, at, is_answered=is_answered)} if has_leg else {},
        recordings=(item.recording,) if item.recording else (),
        command=item.command or "",
        last_at=max(told, default=None),
    )


def _leg(item: CallItem, at: datetime | None, *, is_answered: bool) -> Leg:
    return Leg(
        extension=item.extension or "",
        rang_at=at if item.state == "ringing" else None,
        answered_at=(_utc(item.answered_at) or at) if is_answered else None,
        ended_at=at if item.state == "left" else None,
    )


def _verdict(item: CallItem) -> str:
    if item.state in ("missed", "failed"):
        return item.state
    if item.state == "ended" and item.answered is not None:
        return "answered" if item.answered else "missed"
    return ""


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


_KIND_STATES = {
    "call.incoming": "ringing",
    "call.outgoing": "ringing",
    "call.answered": "answered",
    "call.missed": "missed",
    "call.ended": "ended",
    "call.recorded": None,
}
_SAID = (
    "line",
    "leg",
    "extension",
    "started_at",
    "answered_at",
    "ended_at",
    "answered",
    "ring_seconds",
    "talk_seconds",
)


def is_call_event(kind: str) -> bool:
    """Whether an event that an outsider tells is a fact about a call."""
    return kind in _KIND_STATES


def call_of(event: EventItem) -> CallItem:
    """The same as a fact about a call: `data.call` names the conversation, or the event stands for one of its own.

    Raises BadItem.
    """
    said = event.data
    at = event.occurred_at.isoformat()
    plain = {
        "id": said.get("call") or event.id,
        "at": at,
        "state": _KIND_STATES[event.kind],
        "direction": said.get("direction") or ("out" if event.kind == "call.outgoing" else "in"),
        "number": event.person_phone,
        "recording": said.get("recording"),
        **{name: said[name] for name in _SAID if name in said},
    }
    try:
        item = read_call({name: value for name, value in plain.items() if value is not None})
    except BadItem as bad:
        raise BadItem.of([Problem(p.code, f"/data{p.pointer}", p.detail) for p in bad.problems]) from None
    return msgspec.structs.replace(item, person=PersonSnapshot(id=event.person_id, email=event.person_email))
