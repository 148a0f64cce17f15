"""How much of a person's contact points somebody sees. The one place that decides; lists show them masked to all.

Owns masking by the shop's rule (rules/visibility.py) and the audit row of every look at a person.
"""

from collections.abc import Iterable

from regulars.base import audit
from regulars.base.db import Cursor
from regulars.people.queries import PersonCard
from regulars.rules.visibility import HELD, HIDDEN, MASKED, SHOWN
from regulars.web.access import Seat
from regulars.web.say import Say, mask_email, mask_phone

__all__ = ["in_files", "look", "phones", "shown", "shows_address"]


def look(cur: Cursor, seat: Seat, person_id: int, page: str, *, whole: bool = False) -> None:
    """Write down that somebody looked at a person; `whole`: with unmasked contact points."""
    audit.write(cur, seat.shop.id, seat.actor, "person.viewed", "person", person_id, page=page, whole=whole)


def phones(say: Say, values: Iterable[str], is_whole: bool) -> list[dict[str, str]]:
    """Telephones for the screen: text and, when whole, what to dial."""
    out = []
    for value in values:
        text = say.phone(value)
        out.append({"text": text, "dial": value} if is_whole else {"text": mask_phone(text), "dial": ""})
    return out


def _level(seat: Seat, name: str, *, asked: bool, holds: bool) -> str:
    """shown, masked or hidden. `asked`: the page is one that may show it whole; else it is masked to all."""
    level = seat.sight.of(name, holds=holds)
    return MASKED if level == SHOWN and not asked else level


def shown(seat: Seat, say: Say, card: PersonCard, asked: bool, *, holds: bool = False) -> dict[str, object]:
    """A person's contact points for the screen. `holds`: he has the card in hand, or has asked to see them.

    `called`: the name, or of somebody nameless what is seen of a contact point. `can_ask`: something that is masked would
    be shown to whoever asks for it, which is written down.
    """
    phone = _level(seat, "phone", asked=asked, holds=holds)
    email = _level(seat, "email", asked=asked, holds=holds)
    numbers = [] if phone == HIDDEN else phones(say, card.phones, phone == SHOWN)
    addresses = [e if email == SHOWN else mask_email(e) for e in card.emails if email != HIDDEN]
    return {
        "called": next((c for c in (card.name, *(n["text"] for n in numbers), *addresses) if c), ""),
        "phones": numbers,
        "emails": addresses,
        "is_whole": SHOWN in (phone, email),
        "is_phone_whole": phone == SHOWN,
        "can_ask": not holds and any(seat.sight.levels[n] == HELD for n in ("phone", "email")),
    }


def shows_address(seat: Seat, *, asked: bool) -> bool:
    """Whether street and house are seen. The city is seen by all, since the hour there depends on it."""
    return asked and seat.sight.shows("address", holds=asked)


def in_files(seat: Seat) -> bool:
    """Whether files that this seat asks for hold contacts whole."""
    return seat.sight.shows("phone") and seat.sight.shows("email")
