"""What a feed is to intake, and which feeds there are.

A feed turns one vendor's deliveries into items of our own contract; it neither reads nor writes the database. The
folders under feeds/ register themselves here through the composition root, so this file knows none of them by name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from regulars.base.errors import BadItem

__all__ = [
    "Accept",
    "Answer",
    "Delivered",
    "Feed",
    "Ignored",
    "Item",
    "Refuse",
    "Request",
    "acknowledged",
    "feed",
    "kinds",
    "methods",
    "parse",
    "register",
    "takes_below",
]


@dataclass(frozen=True, slots=True)
class Request:
    """A delivery at the door. Header names are lower case; `body` is what came, byte for byte.

    `below`: what the vendor appended to the address, '' when it is the address itself; `url`: the whole public address.
    """

    method: str
    headers: Mapping[str, str]
    query: str
    body: bytes
    below: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Accept:
    """The signature holds: keep the body, then answer as the feed acknowledges."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer in the vendor's own manner. As the result of `check`: answered at once, nothing is kept."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Refuse:
    """Not from the vendor, or too old; answered 401. `code` goes to the log, never to the sender."""

    code: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """A kept delivery as `parse` gets it: the headers that the feed asked to keep, and the body."""

    headers: Mapping[str, str]
    body: bytes
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of the contract: `kind` is 'orders', 'people', 'products', 'events' or 'calls'; `body` its JSON."""

    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Ignored:
    """Understood, and nothing to do; `reason` is a short code that the delivery's result shows."""

    reason: str


class Feed(Protocol):
    """A module `parse.py` in a folder of its own satisfies this.

    It may also have `METHODS` (else a POST is taken), `TAKES_BELOW = True` (the vendor appends to the address), and
    `reply(request, settings)`: an acknowledgement that depends on what came.
    """

    KEPT_HEADERS: Sequence[str]
    """Lower-case names of the headers that `parse` or a person will want; no secret among them."""

    def check(self, request: Request, secrets: Sequence[str], machine_now: datetime) -> Accept | Answer | Refuse:
        """Judge the raw bytes in constant time against each of the live secrets (at most two)."""

    def acknowledge(self) -> Answer:
        """What the vendor wants to hear once the body is on disk."""

    def identity(self, request: Request) -> str | None:
        """What is the same when the vendor sends the same delivery again; None when nothing is."""

    def parse(self, delivered: Delivered) -> list[Item | Ignored | BadItem]:
        """The delivery's items. What cannot be understood is a BadItem in the list (or raised), never another error."""


_feeds: dict[str, Feed] = {}
_BELOW = re.compile(r"[a-z0-9_-]{1,40}(/[a-z0-9_-]{1,40}){0,3}")


def register(kind: str, found: Feed) -> None:
    """Make a feed known by its folder's name. The same name twice with another feed is an error of the installation."""
    if _feeds.setdefault(kind, found) is not found:
        raise ValueError(f"two feeds are called {kind!r}: remove one of them")


def feed(kind: str) -> Feed | None:
    """The feed of a kind, None when this installation has none of that name."""
    return _feeds.get(kind)


def kinds() -> list[str]:
    """The names of all feeds."""
    return sorted(_feeds)


def methods(found: Feed) -> Sequence[str]:
    """The methods of HTTP that a feed's vendor uses."""
    named: Sequence[str] = getattr(found, "METHODS", ("POST",))
    return named


def takes_below(found: Feed, below: str) -> bool:
    """Whether the feed takes what comes below its address: nothing appended, or a few plain words where it asks for that."""
    return not below or (getattr(found, "TAKES_BELOW", False) and _BELOW.fullmatch(below) is not None)


def acknowledged(found: Feed, request: Request, settings: Mapping[str, Any]) -> Answer:
    """What the vendor is told once the body is on disk."""
    reply = getattr(found, "reply", None)
    answer: Answer = found.acknowledge() if reply is None else reply(request, settings)
    return answer


def parse(kind: str, delivered: Delivered) -> list[Item | Ignored | BadItem]:
    """A kept delivery's items, by the feed of its kind."""
    found = _feeds.get(kind)
    if found is None:
        return [BadItem("unknown_feed", "", f"no feed is called {kind}")]
    try:
        return found.parse(delivered)
    except BadItem as bad:
        return [bad]
