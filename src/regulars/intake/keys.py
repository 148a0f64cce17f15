"""API keys and feed addresses, as the door looks them up: by digest or slug, remembered for at most 5 s.

A revoked key or a closed feed is refused within those 5 s in every process. Owns no table; secrets of feeds are
decrypted here and live in memory only.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.conf import settings

from regulars.base import db
from regulars.base.db import Cursor
from regulars.base.secrets import SecretBox, split_keys
from regulars.shop.actions import note_key_used
from regulars.shop.queries import ApiKeyInfo, api_key

__all__ = ["OpenFeed", "Remembered", "feed_at", "forget", "key_of", "known_feed", "known_key"]

SECONDS = 5.0
MOST_REMEMBERED = 10_000
_FEED = "select id, shop_id, kind, source, secrets, settings from intake_feed where slug = %s and active"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OpenFeed:
    """A feed's address. `secrets` in clear, the newest first; hence no repr."""

    id: int
    shop_id: int
    kind: str
    source: str
    secrets: tuple[str, ...]
    settings: dict[str, Any]

    def __repr__(self) -> str:
        return f"OpenFeed({self.id}, {self.kind})"


class Remembered(Generic[T]):
    """What was looked up in the last 5 s, found or not; bounded, since anybody may ask for anything."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: dict[str, tuple[float, T | None]] = {}

    def known(self, name: str) -> tuple[T | None] | None:
        """What was found, in a tuple; None when the database must be asked."""
        known = self._known.get(name)
        return (known[1],) if known is not None and time.monotonic() - known[0] < SECONDS else None

    def get(self, name: str, look: Callable[[Cursor], T | None]) -> T | None:
        """What `look` finds, or found. Raises the database's error when it must be asked and is away."""
        known = self.known(name)
        if known is not None:
            return known[0]
        now = time.monotonic()
        try:
            with db.transact() as cur:
                found = look(cur)
        finally:
            db.close()
        with self._guard:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[name] = (now, found)
        return found

    def forget(self) -> None:
        """Ask anew from now on."""
        with self._guard:
            self._known.clear()


_keys: Remembered[ApiKeyInfo] = Remembered()
_feeds: Remembered[OpenFeed] = Remembered()


def key_of(secret: str) -> ApiKeyInfo | None:
    """The key with that secret, None when there is none or it was revoked."""
    return _keys.get(_digest(secret), lambda cur: _look_key(cur, secret))


def known_key(secret: str) -> tuple[ApiKeyInfo | None] | None:
    """The same without asking the database: None when it must be asked."""
    return _keys.known(_digest(secret))


def feed_at(slug: str) -> OpenFeed | None:
    """The feed with that address, None when there is none or it was closed."""
    return _feeds.get(slug, lambda cur: _look_feed(cur, slug))


def known_feed(slug: str) -> tuple[OpenFeed | None] | None:
    """The same without asking the database: None when it must be asked."""
    return _feeds.known(slug)


def forget() -> None:
    """Ask anew: after a key or a feed was changed in this process, and in tests."""
    _keys.forget()
    _feeds.forget()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _look_key(cur: Cursor, secret: str) -> ApiKeyInfo | None:
    key = api_key(cur, secret)
    if key is not None:
        note_key_used(cur, key.id)
    return key


def _look_feed(cur: Cursor, slug: str) -> OpenFeed | None:
    row = cur.execute(_FEED, (slug,)).fetchone()
    if row is None:
        return None
    box = SecretBox(split_keys(settings.SECRET_KEY))
    feed_id, shop_id, kind, source, secrets, own = row
    return OpenFeed(feed_id, shop_id, kind, source, tuple(box.decrypt(s.encode()) for s in secrets), own)
