"""People as they stood at moments of the past, for whole groups: what schemes ask of them, how they could be reached, what
they had agreed to. Reads only.

Owns what 'as of' means for a person: consents, suppressions and being a customer have their times; name, language, zone
and addresses count as they are now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.people.facts import card

__all__ = ["PersonPast", "PointPast", "load_past"]

_PERSONS = """
select id, name, first_name, language, time_zone, birthday, customer_since, address, erased_at
from people_person where shop_id = %s and id = any(%s)
"""
_ZONES = "select id, time_zone, erased_at from people_person where shop_id = %s and id = any(%s)"
_POINTS = """
select c.person_id, c.kind, min(s.at) filter (where s.scope = 'all'), min(s.reason) filter (where s.scope = 'all'),
  min(s.at) filter (where s.scope = 'advertising')
from people_contact_point c
left join people_suppression s on s.shop_id = c.shop_id and s.kind = c.kind and s.value = c.value
where c.shop_id = %s and c.person_id = any(%s) group by c.person_id, c.kind, c.value
"""
_CONSENTS = """
select person_id, channel, at, given from people_consent
where shop_id = %s and person_id = any(%s) and purpose = 'advertising' order by person_id, at, id
"""


@dataclass(frozen=True, slots=True)
class PointPast:
    """An address of a kind: since when nothing may go there, why, and since when no advertising."""

    kind: str
    suppressed_at: datetime | None
    suppressed: str | None
    unsubscribed_at: datetime | None


@dataclass(slots=True)
class PersonPast:
    """`card`: the facts, without being a customer; `consents`: (channel, since, given), oldest first."""

    id: int
    time_zone: str | None
    card: Mapping[str, Any]
    customer_since: datetime | None = None
    erased_at: datetime | None = None
    points: list[PointPast] = field(default_factory=list)
    consents: list[tuple[str, datetime, bool]] = field(default_factory=list)

    def facts(self, at: datetime) -> Mapping[str, Any]:
        """`person.*` as of `at`."""
        if self.customer_since is None or self.customer_since <= at:
            return self.card
        return {**{k: v for k, v in self.card.items() if k != "customer_since"}, "is_customer": False}


def load_past(
    cur: Cursor, shop_id: int, who: Mapping[int, int], *, with_card: bool, with_consents: bool
) -> dict[int, PersonPast]:
    """The persons by id. `who`: everybody wanted and those who were merged into them → who answers for him."""
    roots = sorted(set(who.values()))
    out: dict[int, PersonPast] = {}
    if with_card:
        for row in cur.execute(_PERSONS, (shop_id, roots), binary=True):
            out[row[0]] = PersonPast(row[0], row[4], card(row[:8]), row[6], row[8])
    else:
        cards: dict[str | None, Mapping[str, Any]] = {}
        for id_, zone, erased_at in cur.execute(_ZONES, (shop_id, roots), binary=True):
            shown = cards.get(zone)
            if shown is None:
                cards[zone] = shown = {} if zone is None else {"time_zone": zone}
            out[id_] = PersonPast(id_, zone, shown, None, erased_at)
    everybody = list(who)
    for person, kind, at, reason, no_more in cur.execute(_POINTS, (shop_id, everybody), binary=True):
        if (one := out.get(who[person])) is not None:
            one.points.append(PointPast(kind, at, reason, no_more))
    if with_consents:
        _consents(cur, shop_id, everybody, who, out)
    return out


def _consents(
    cur: Cursor, shop_id: int, everybody: Sequence[int], who: Mapping[int, int], out: Mapping[int, PersonPast]
) -> None:
    for person, channel, at, given in cur.execute(_CONSENTS, (shop_id, everybody), binary=True):
        if (one := out.get(who[person])) is not None:
            one.consents.append((channel, at, given))
    for one in out.values():
        one.consents.sort(key=lambda c: c[1])
