"""What buyers write, taken in: whose it is, which order it is about, the thread, the task that will answer it.

Owns the joining. `prepare` comes before the persons are held: it knows or makes them. `take` comes after. What a machine wrote
to us opens no task, and from a stranger makes nothing at all.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.conf import settings as django_settings

from regulars.base.actor import SYSTEM, Actor
from regulars.base.db import Cursor
from regulars.base.secrets import split_keys
from regulars.base.tokens import TokenExpired, TokenInvalid, read
from regulars.desk import message_tasks
from regulars.intake.feed_registry import Ignored
from regulars.intake.greeting import greet
from regulars.intake.parsing import Claimed, Piece
from regulars.orders import queries as orders
from regulars.outbox import actions as outbox
from regulars.outbox.channels.email.outcome import from_reply
from regulars.outbox.links import CHAT
from regulars.people import actions as people
from regulars.people import queries as persons
from regulars.people.points import phone_number
from regulars.shop.settings import ShopSettings
from regulars.talks import threads_accounts as accounts
from regulars.talks import threads_actions as threads
from regulars.talks import threads_queries as talks
from regulars.talks.threads_actions import Origin
from regulars.talks.threads_incoming import AddressNews, InboundMessage

__all__ = ["is_talk", "prepare", "take"]

START = "start"
"""The `auto` of a chat's opening: no words, nothing to answer."""
CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class _Letter:
    """A message of ours that somebody speaks of."""

    id: int
    person_id: int
    order_id: int | None
    address: str | None
    state: str


def is_talk(piece: Piece) -> bool:
    """Whether the piece is one of ours."""
    return isinstance(piece.found, InboundMessage | AddressNews)


def prepare(cur: Cursor, settings: ShopSettings, claimed: Iterable[Claimed], now: datetime) -> None:
    """Give each message its person, a new lead where nobody is known; what makes nothing is ignored from here on."""
    pieces = [(d, p) for d in claimed for p in d.pieces if is_talk(p)]
    if not pieces:
        return
    own = accounts.own_addresses(cur, settings.id) | ({settings.email.lower()} if settings.email else set())
    for delivery, piece in pieces:
        if isinstance(piece.found, InboundMessage):
            _prepare_message(cur, settings, delivery, piece, piece.found, own, now)
        elif isinstance(piece.found, AddressNews):
            piece.person_id = _person_of_news(cur, settings, piece.found)


def _prepare_message(
    cur: Cursor,
    settings: ShopSettings,
    delivery: Claimed,
    piece: Piece,
    said: InboundMessage,
    own: set[str],
    now: datetime,
) -> None:
    if said.address in own:
        if not said.reply_to or said.reply_to in own:
            piece.found = Ignored("own_address")
            return
        # a form of the shop's site writes in a buyer's name
        said = msgspec.structs.replace(said, address=said.reply_to, name=said.name)
        piece.found = said
    person_id = _known(cur, settings, said, now)
    if person_id is None and said.auto not in ("", START, CONTACT):
        piece.found = Ignored(said.auto)
        return
    actor = Actor.read(delivery.cause)
    if person_id is None:
        person_id = people.lead_by_point(
            cur, settings.id, said.channel, said.address, said.name, said.language, actor, now
        )
    piece.person_id = person_id


def _known(cur: Cursor, settings: ShopSettings, said: InboundMessage, now: datetime) -> int | None:
    """Who it is: by the link that he followed, by the thread, by his address, by the telephone that he gave."""
    shop_id = settings.id
    found = persons.with_point(cur, shop_id, said.channel, said.address)
    thread = talks.at_address(cur, shop_id, said.channel, said.address)
    known = found[0] if found else None
    if known is None and thread is not None:
        known = persons.canonical(cur, shop_id, [thread.person_id]).get(thread.person_id)
    linked, _ = _link(cur, shop_id, said)
    if linked is None and said.phone:
        number = phone_number(said.phone, settings.country)
        having = persons.with_point(cur, shop_id, "phone", number) if number else []
        linked = having[0] if len(having) == 1 else None
    if linked is None or linked == known:
        return known
    if known is None:
        return linked
    return _joined(cur, shop_id, known, linked, now)


def _joined(cur: Cursor, shop_id: int, known: int, linked: int, now: datetime) -> int:
    """A chat began as a stranger's, and now it is certain whose it is: the stranger was him.

    Only a lead who is known by nothing but his chat is merged so: everybody else stays who he is.
    """
    card = persons.card(cur, shop_id, known)
    bare = card is not None and not (card.emails or card.phones or card.external or card.customer_since)
    if not bare:
        return known
    people.merge(cur, shop_id, linked, known, SYSTEM, now)
    return linked


def _link(cur: Cursor, shop_id: int, said: InboundMessage) -> tuple[int | None, int | None]:
    """Person and order of the signed link by which the chat was opened; nothing where it isn't ours, or no longer holds."""
    if not said.start.startswith("o-"):
        return None, None
    row = cur.execute("select machine_now()").fetchone()
    assert row is not None
    try:
        subject = read(said.start[2:], CHAT, row[0], split_keys(django_settings.SECRET_KEY))
    except (TokenInvalid, TokenExpired):
        return None, None
    who = persons.reach(cur, shop_id, subject.ids[:1]).get(subject.ids[0])
    if who is None or who.erased or who.epoch != subject.epoch:
        return None, None
    order = orders.by_id(cur, shop_id, [subject.ids[1]]).get(subject.ids[1]) if len(subject.ids) > 1 else None
    return who.person_id, None if order is None else order.id


def _person_of_news(cur: Cursor, settings: ShopSettings, news: AddressNews) -> int | None:
    if news.letter:
        letter = next(iter(_letters(cur, settings, [news.letter])), None)
        return None if letter is None else letter.person_id
    found = persons.with_point(cur, settings.id, news.channel, news.address)
    return found[0] if found else None


def _letters(cur: Cursor, settings: ShopSettings, ids: Sequence[str]) -> list[_Letter]:
    """Messages of this shop by their Message-IDs, in the order given."""
    form = re.compile(rf"<([0-9]{{10,19}})\.{re.escape(settings.slug)}@[^\s<>]+>")
    numbers = [int(m[1]) for one in ids if (m := form.fullmatch(one)) and int(m[1]) < 1 << 63]
    if not numbers:
        return []
    rows = cur.execute(
        "select id, person_id, order_id, address, state from outbox_message where shop_id = %s and id = any(%s)",
        (settings.id, numbers),
    ).fetchall()
    found = {r[0]: _Letter(*r) for r in rows}
    return [found[n] for n in numbers if n in found]


# -- taking in ---------------------------------------------------------------------------------------------------------
def take(cur: Cursor, settings: ShopSettings, pieces: Sequence[tuple[Claimed, Piece]], now: datetime) -> None:
    """Write what was said, and set each piece's verdict. The persons' mailboxes are held."""
    if not pieces:
        return
    for delivery, piece in pieces:
        if isinstance(piece.found, InboundMessage):
            piece.verdict = _take_message(cur, settings, delivery, piece, piece.found, now)
        elif isinstance(piece.found, AddressNews):
            _take_news(cur, settings, piece, piece.found, now)


def _take_message(
    cur: Cursor, settings: ShopSettings, delivery: Claimed, piece: Piece, said: InboundMessage, now: datetime
) -> str:
    person_id = piece.person_id
    assert person_id is not None  # prepared
    shop_id = settings.id
    ids = persons.ids_of(cur, shop_id, person_id)
    letters = _letters(cur, settings, said.answers)
    his = next((letter for letter in letters if letter.person_id in ids), None)
    linked, linked_order = _link(cur, shop_id, said)
    spoken_of = (linked_order if linked in ids else None) or (his.order_id if his else None)
    order_id = spoken_of or orders.newest_open(cur, shop_id, ids)
    team = message_tasks.team_of(cur, settings, person_id, order_id, now)
    origin = Origin(person_id, order_id, letters[0].id if letters else None, delivery.id, team, delivery.cause)
    kept = threads.receive(cur, shop_id, said, origin, now)
    if kept.message_id is None:
        return "same"
    if said.channel != "email":
        people.add_point(cur, shop_id, person_id, said.channel, said.address)
    if said.phone and (number := phone_number(said.phone, settings.country)):
        people.add_point(cur, shop_id, person_id, "phone", number)
    if said.auto in ("", START, CONTACT):
        people.lift_bounce(cur, shop_id, said.channel, said.address)
    if not said.auto:
        task_id = message_tasks.wait_for_answer(cur, settings, kept.thread_id, person_id, order_id, team, now)
        message_tasks.tell(cur, shop_id, task_id, kept.message_id, now)
    elif said.auto in (START, CONTACT):
        greet(cur, settings, kept.thread_id, said, is_known=len(ids) > 1 or order_id is not None, now=now)
    return "taken"


def _take_news(cur: Cursor, settings: ShopSettings, piece: Piece, news: AddressNews, now: datetime) -> None:
    """A letter that came back counts only if we sent it to that very address; a delay says nothing of the address."""
    shop_id = settings.id
    piece.verdict = "taken"
    if news.what == "unblocked":
        people.lift_bounce(cur, shop_id, news.channel, news.address)
    elif news.what == "blocked":
        if persons.with_point(cur, shop_id, news.channel, news.address):
            people.suppress(cur, shop_id, news.channel, [news.address], "bounce", SYSTEM, now, detail="blocked")
        else:
            piece.found, piece.verdict = Ignored("unknown_chat"), "ignored"
    elif news.what == "delayed":
        piece.found, piece.verdict = Ignored("delayed"), "ignored"
    else:
        letter = next(iter(_letters(cur, settings, [news.letter])), None)
        if letter is None or letter.address != news.address or letter.state not in ("sent", "sending", "failed"):
            piece.found, piece.verdict = Ignored("not_our_letter"), "ignored"
            return
        outbox.bounced(cur, shop_id, letter.id, news.code, now)
        judged = from_reply("rcpt", 550, f"{news.code} " if news.code else "5.0.0 ")
        if judged.suppress:
            people.suppress(cur, shop_id, "email", [news.address], "bounce", SYSTEM, now, detail=news.code)
