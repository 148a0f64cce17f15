"""An event as an outside program tells it (`POST /events`): what has no state, such as a page view or a call.

Owns the reading of that JSON into an `EventItem`; must not touch the database. Kinds are those of the vocabulary that
outsiders may tell, and custom ones beginning with `x.`.
"""

import re
from datetime import datetime
from typing import Any

import msgspec

from regulars.base.errors import BadItem
from regulars.base.reader import MAX_ID, Reader
from regulars.base.strict_json import decode

__all__ = ["TOLD_BY_OUTSIDERS", "EventItem", "decode_event", "read_event"]

# What follows from a snapshot, or from our own doings, cannot be told from outside: it would contradict the records.
TOLD_BY_OUTSIDERS = frozenset(
    {
        "call.incoming",
        "call.outgoing",
        "call.missed",
        "call.answered",
        "call.ended",
        "call.recorded",
        "lead.created",
        "page.viewed",
        "quiz.answered",
        "cart.abandoned",
    }
)
_CUSTOM = re.compile(r"x(\.[a-z0-9_]{1,40}){1,4}")
_MAX_DATA = 16_000


class EventItem(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is unique in the feed. The person is named by his number in the shop, his e-mail or his phone."""

    id: str
    kind: str
    occurred_at: datetime
    person_id: str | None = None
    person_email: str | None = None
    person_phone: str | None = None
    order: str | None = None
    data: dict[str, Any] = {}


def decode_event(body: bytes) -> EventItem:
    """The event in a JSON body. Raises BadItem."""
    return read_event(decode(body))


def read_event(plain: Any) -> EventItem:
    """The event in plain data: `id`, `kind`, `occurred_at`, `person` {id, email, phone}, `order`, `data`.

    Raises BadItem.
    """
    reader = Reader(plain)
    kind = reader.text("kind", required=True, longest=MAX_ID) or ""
    if kind and kind not in TOLD_BY_OUTSIDERS and not _CUSTOM.fullmatch(kind):
        reader.note(
            "unknown_value", "kind", f"must begin with 'x.' or be one of {', '.join(sorted(TOLD_BY_OUTSIDERS))}"
        )
    person = reader.inner("person")
    data = reader.inner("data")
    if data is not None and len(msgspec.json.encode(data.plain)) > _MAX_DATA:
        reader.note("too_long", "data", f"has more than {_MAX_DATA} bytes")
    at = reader.moment("occurred_at", required=True)
    id_ = reader.text("id", required=True, longest=MAX_ID)
    item = (
        None
        if at is None or id_ is None
        else EventItem(
            id=id_,
            kind=kind,
            occurred_at=at,
            person_id=None if person is None else person.text("id", longest=MAX_ID),
            person_email=None if person is None else person.text("email", longest=320),
            person_phone=None if person is None else person.text("phone", longest=MAX_ID),
            order=reader.text("order", longest=MAX_ID),
            data={} if data is None else data.plain,
        )
    )
    reader.finish()
    if item is None:
        raise BadItem("missing", "", "lacks a required field")
    return item
