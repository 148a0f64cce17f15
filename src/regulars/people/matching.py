"""Whose order is it? A group of buyers matched to persons at once: by number in the shop, by address, by telephone.

Owns the rule: the shop's own number wins; else the e-mail address; a telephone counts only when nothing else is known,
exactly one person has it, and the names may be one person's. Reads only; new persons are for `actions.take`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from regulars.base.db import Cursor
from regulars.people.points import email_address, phone_number
from regulars.people.reach import canonical
from regulars.people.snapshot import PersonSnapshot
from regulars.rules.names import compatible

__all__ = ["Buyer", "Matched", "match"]


@dataclass(slots=True)
class Buyer:
    """A person as a delivery describes him. `at`: the version of what it says; `cause`: where it came from.

    `live`: whether what follows from it may wake schemes; `lead`: he is told by himself and not by an order of his.
    """

    source: str
    snapshot: PersonSnapshot
    at: datetime
    cause: str
    live: bool = True
    lead: bool = False
    email: str | None = None
    phone: str | None = None


@dataclass(slots=True)
class Matched:
    """What `match` found. `person[i]` is the person of buyer i: an id, or a negative number for a new one.

    `new`: for each negative number, the buyers who are that one person.
    """

    person: list[int]
    new: dict[int, list[int]] = field(default_factory=dict)

    def existing(self) -> set[int]:
        """The persons who are in the database already."""
        return {p for p in self.person if p > 0}


_IDENTITIES = """
select i.source, i.external_id, i.person_id from people_identity i
join unnest(%s::text[], %s::text[]) as t(s, e) on i.source = t.s and i.external_id = t.e where i.shop_id = %s
"""
_POINTS = """
select c.kind, c.value, c.person_id, p.name from people_contact_point c join people_person p on p.id = c.person_id
where c.shop_id = %s and c.kind = %s and c.value = any(%s)
"""


def match(cur: Cursor, shop_id: int, country: str, buyers: Sequence[Buyer]) -> Matched:
    """Each buyer's person. Fills in the buyers' normalised addresses on the way."""
    for buyer in buyers:
        said = buyer.snapshot
        buyer.email = email_address(said.email) if said.email else None
        buyer.phone = phone_number(said.phone, (said.address or {}).get("country") or country) if said.phone else None
    by_number, by_email, by_phone = _known(cur, shop_id, buyers)
    out = Matched([])
    for i, buyer in enumerate(buyers):
        person = _find(buyer, by_number, by_email, by_phone)
        if person is None:
            person = -1 - len(out.new)
            out.new[person] = []
        if person < 0:
            out.new[person].append(i)
        out.person.append(person)
        _learn(buyer, person, by_number, by_email, by_phone)
    return out


Numbers = dict[tuple[str, str], int]
Emails = dict[str, int]
Phones = dict[str, dict[int, str]]


def _known(cur: Cursor, shop_id: int, buyers: Sequence[Buyer]) -> tuple[Numbers, Emails, Phones]:
    numbers = sorted({(b.source, b.snapshot.id) for b in buyers if b.snapshot.id})
    emails = sorted({b.email for b in buyers if b.email})
    phones = sorted({b.phone for b in buyers if b.phone and not b.email and not b.snapshot.id})
    identities: list[tuple[str, str, int]] = (
        cur.execute(_IDENTITIES, ([n[0] for n in numbers], [n[1] for n in numbers], shop_id)).fetchall()
        if numbers
        else []
    )
    mail: list[tuple[str, str, int, str]] = (
        cur.execute(_POINTS, (shop_id, "email", emails)).fetchall() if emails else []
    )
    calls: list[tuple[str, str, int, str]] = (
        cur.execute(_POINTS, (shop_id, "phone", phones)).fetchall() if phones else []
    )
    who = canonical(cur, shop_id, {int(r[2]) for r in (*identities, *mail, *calls)})
    by_phone: Phones = {}
    for _, value, person, name in calls:
        by_phone.setdefault(value, {})[who.get(person, person)] = name
    return (
        {(s, e): who.get(p, p) for s, e, p in identities},
        {value: who.get(p, p) for _, value, p, _ in mail},
        by_phone,
    )


def _find(buyer: Buyer, by_number: Numbers, by_email: Emails, by_phone: Phones) -> int | None:
    if buyer.snapshot.id:
        found = by_number.get((buyer.source, buyer.snapshot.id))
        if found is not None:
            return found
    if buyer.email:
        return by_email.get(buyer.email)
    if buyer.snapshot.id or not buyer.phone:
        return None
    having = by_phone.get(buyer.phone, {})
    if len(having) == 1:
        ((person, name),) = having.items()
        if compatible(name, buyer.snapshot.name or ""):
            return person
    return None


def _learn(buyer: Buyer, person: int, by_number: Numbers, by_email: Emails, by_phone: Phones) -> None:
    if buyer.snapshot.id:
        by_number.setdefault((buyer.source, buyer.snapshot.id), person)
    if buyer.email:
        by_email.setdefault(buyer.email, person)
    if buyer.phone:
        by_phone.setdefault(buyer.phone, {}).setdefault(person, buyer.snapshot.name or "")
