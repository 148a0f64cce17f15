"""What comes from buyers by a channel, read: a message, or news about an address (it bounced, it blocked us).

Owns the shapes and the JSON of items of the kinds `messages` and `addresses`; must not touch the database.
"""

from datetime import datetime
from typing import Annotated, Literal, TypeVar

import msgspec

from regulars.base.errors import BadItem
from regulars.base.strict_json import decode

__all__ = ["AddressNews", "File", "InboundMessage", "decode_address_news", "decode_message", "encode"]

LONGEST_TEXT = 50_000
LONGEST_WHOLE = 200_000
MOST_FILES = 40

T = TypeVar("T")
_Short = Annotated[str, msgspec.Meta(max_length=500)]


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came along. `body` None: it wasn't kept, and `refused` says why: too_big, too_many, too_deep, program."""

    name: _Short
    type: _Short
    size: int
    body: bytes | None = None
    refused: _Short = ""


class InboundMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `key` names it in its channel; `address` is where an answer goes.

    `at`: when it was written, if that is said; `reply_to`: where else an answer is wanted.
    `auto`: '' or why no answer is expected. `start`: what a link that opened the chat carried; `phone`: given by the
    sender as his own, so it is certain. `message_id`, `answers`: for threading, the latter newest first.
    """

    channel: Literal["email", "telegram"]
    key: _Short
    address: _Short
    at: datetime | None = None
    text: Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
    whole: Annotated[str, msgspec.Meta(max_length=LONGEST_WHOLE)] = ""
    name: _Short = ""
    subject: _Short = ""
    language: _Short = ""
    message_id: _Short = ""
    answers: tuple[_Short, ...] = ()
    reply_to: _Short = ""
    auto: _Short = ""
    start: _Short = ""
    phone: _Short = ""
    files: Annotated[tuple[File, ...], msgspec.Meta(max_length=MOST_FILES)] = ()

    @property
    def id(self) -> str:
        """The item's own name, as intake shows it."""
        return self.key


class AddressNews(msgspec.Struct, frozen=True, kw_only=True):
    """`what`: failed (nothing more will reach it by that message), delayed, blocked, unblocked.

    `letter`: Message-ID of the letter that came back; `code`: the server's, such as '5.1.1'.
    """

    channel: Literal["email", "telegram"]
    what: Literal["failed", "delayed", "blocked", "unblocked"]
    address: _Short
    letter: _Short = ""
    code: _Short = ""
    key: _Short = ""

    @property
    def id(self) -> str:
        """The item's own name, as intake shows it."""
        return self.key


_message = msgspec.json.Decoder(InboundMessage)
_news = msgspec.json.Decoder(AddressNews)


def encode(item: InboundMessage | AddressNews) -> bytes:
    """The item as JSON, for a feed to give to intake."""
    return msgspec.json.encode(item)


def decode_message(body: bytes) -> InboundMessage:
    """The message in a JSON body. Raises BadItem."""
    found = _decoded(_message, body)
    if not found.address.strip() or not found.key:
        raise BadItem("missing", "/address", "names no sender")
    return found


def decode_address_news(body: bytes) -> AddressNews:
    """The news in a JSON body. Raises BadItem."""
    return _decoded(_news, body)


def _decoded(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    try:
        found = decoder.decode(body)
    except msgspec.ValidationError as error:
        raise BadItem("wrong_type", "", str(error).partition(" - ")[0]) from None
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        decode(body)  # says what is wrong with the JSON
        raise BadItem("not_json", "", "is no JSON that can be read") from None
    at = getattr(found, "at", None)
    if isinstance(at, datetime) and at.tzinfo is None:
        raise BadItem("no_offset", "/at", "has no offset")
    return found
