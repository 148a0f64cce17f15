"""`person.*`: what schemes and letters may ask about a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.base.facts import Subject
from regulars.people.reach import canonical

__all__ = ["FIELDS", "card", "load"]

FIELDS = (
    "person.id",
    "person.name",
    "person.first_name",
    "person.language",
    "person.time_zone",
    "person.birthday",
    "person.is_customer",
    "person.customer_since",
    "person.country",
    "person.city",
)


def load(
    cur: Cursor, shop_id: int, subjects: Sequence[Subject], _names: frozenset[str], _now: datetime
) -> list[dict[str, Any] | None]:
    """One mapping a subject; what isn't known is an absent key."""
    who = canonical(cur, shop_id, {s.person_id for s in subjects})
    rows = cur.execute(
        "select id, name, first_name, language, time_zone, birthday, customer_since, address from people_person"
        " where id = any(%s)",
        (sorted(set(who.values())),),
    )
    cards = {r[0]: card(r) for r in rows.fetchall()}
    return [cards.get(who.get(s.person_id, s.person_id)) for s in subjects]


def card(row: tuple[Any, ...]) -> dict[str, Any]:
    """The facts of a row: id, name, first name, language, zone, birthday, since when a customer, address."""
    id_, name, first_name, language, zone, birthday, since, address = row
    known = {
        "id": str(id_),
        "name": name or None,
        "first_name": first_name or None,
        "language": language,
        "time_zone": zone,
        "birthday": birthday,
        "is_customer": since is not None,
        "customer_since": since,
        "country": address.get("country"),
        "city": address.get("city"),
    }
    return {k: v for k, v in known.items() if v is not None}
