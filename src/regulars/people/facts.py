"""`person.*`: what schemes and letters may ask about a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.base.facts import Subject
from regulars.people import marks
from regulars.people.reach import canonical

__all__ = ["FIELDS", "OWN_FIELDS", "card", "load"]

OWN_FIELDS = "person.fields."
"""Under this stand the fields of a person's own, by their names."""

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
    "person.tags",
)


def load(
    cur: Cursor, shop_id: int, subjects: Sequence[Subject], names: frozenset[str], _now: datetime
) -> list[dict[str, Any] | None]:
    """One mapping a subject; what isn't known is an absent key. `person.fields.<name>`: fields of the person's own."""
    who = canonical(cur, shop_id, {s.person_id for s in subjects})
    rows = cur.execute(
        "select id, name, first_name, language, time_zone, birthday, customer_since, address from people_person"
        " where id = any(%s)",
        (sorted(set(who.values())),),
    )
    cards = {r[0]: card(r) for r in rows.fetchall()}
    asked = {s.person_id for s in subjects if who.get(s.person_id) in cards}
    tags = marks.tags_of(cur, shop_id, asked) if _asks(names, "person.tags") else {}
    fields = marks.fields_of(cur, shop_id, asked) if _asks(names, "person.fields") else {}
    return [_whole(cards.get(who.get(s.person_id, s.person_id)), s.person_id, tags, fields) for s in subjects]


def _asks(names: frozenset[str], group: str) -> bool:
    return any(n in ("person", group) or n.startswith(group + ".") for n in names)


def _whole(
    known: dict[str, Any] | None, person_id: int, tags: dict[int, list[str]], fields: dict[int, dict[str, Any]]
) -> dict[str, Any] | None:
    if known is None:
        return None
    more: dict[str, Any] = {"tags": tags[person_id]} if person_id in tags else {}
    return {**known, **more, **({"fields": fields[person_id]} if person_id in fields else {})}


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
