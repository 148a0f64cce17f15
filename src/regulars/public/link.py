"""Opens a buyer's link: whose it is, in which shop, until when, and in which language he reads.

Owns the reading of tokens for the pages; outbox/links.py makes them. A link that is forged, too old, or revoked by the
person's epoch is all the same: none.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from regulars.base import clock
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.base.secrets import split_keys
from regulars.base.tokens import TokenExpired, TokenInvalid, read
from regulars.feedback import queries as feedback
from regulars.feedback.queries import Question
from regulars.outbox.links import ANSWER, PREFERENCES, Links
from regulars.people import queries as people
from regulars.people.queries import Reach
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings

__all__ = ["LANGUAGES", "Opened", "open_link", "preferences_path"]

LANGUAGES = ("en", "ru")


@dataclass(frozen=True, slots=True)
class Opened:
    """What a good link opens. `question` for an answer's link only, `message_id` for all but the preferences'."""

    shop: ShopSettings
    reader: Reach
    expires_at: datetime
    message_id: int | None = None
    question: Question | None = None

    @property
    def actor(self) -> Actor:
        """The reader, as actions know him."""
        return Actor("buyer", self.reader.person_id)

    def language(self, asked: str | None) -> str:
        """The page's language: the one he pressed, else his own, else the shop's."""
        for one in (asked, self.reader.language, self.shop.language):
            base = (one or "").partition("-")[0].lower()
            if base in LANGUAGES:
                return base
        return LANGUAGES[0]


def open_link(cur: Cursor, token: str, purpose: str) -> Opened | None:
    """What the token opens; None when it opens nothing, for whatever reason."""
    try:
        subject = read(token, purpose, clock.machine_now(), split_keys(settings.SECRET_KEY))
    except (TokenInvalid, TokenExpired):
        return None
    shop_id, about, *rest = subject.ids
    message_id = rest[0] if rest else None
    question = feedback.question(cur, shop_id, about) if purpose == ANSWER else None
    if purpose == ANSWER and question is None:
        return None
    person_id = question.person_id if question is not None else about
    reader = people.reach(cur, shop_id, [person_id]).get(person_id)
    if reader is None or reader.epoch != subject.epoch:
        return None
    return Opened(shops.settings_of(cur, shop_id), reader, subject.expires_at, message_id, question)


def preferences_path(opened: Opened) -> str:
    """The path of the reader's page of preferences."""
    links = Links("", split_keys(settings.SECRET_KEY), clock.machine_now())
    reader = opened.reader
    wanted = frozenset({f"link.{PREFERENCES}"})
    found = links.facts(wanted, opened.shop.id, reader.person_id, 0, reader.epoch, None, None)
    return str(found["preferences"])
