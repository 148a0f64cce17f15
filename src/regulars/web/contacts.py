"""How much of a person's contact points somebody sees. The one place that decides; lists show them masked to all.

Owns masking by role and the audit row of every look at a person.
"""

from collections.abc import Iterable

from regulars.base import audit
from regulars.base.db import Cursor
from regulars.people.queries import PersonCard
from regulars.web.access import Seat
from regulars.web.say import Say, mask_email, mask_phone

__all__ = ["look", "phones", "shown"]


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


def shown(say: Say, card: PersonCard, is_whole: bool) -> dict[str, object]:
    """A person's contact points for the screen."""
    return {
        "phones": phones(say, card.phones, is_whole),
        "emails": list(card.emails) if is_whole else [mask_email(e) for e in card.emails],
        "is_whole": is_whole,
    }
