"""People as they stood at moments of the past, for whole groups: what schemes ask of them, how they could be reached, what
they had agreed to, their tags and fields. Reads only.

Owns what 'as of' means for a person: consents, suppressions, tags and being a customer have their times; name, language,
zone and addresses count as they are now, and a field's last value since the field was first set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.core.replayed_beside import Change
from regulars.people.facts import card
from regulars.people.marks import read_value

__all__ = ["PersonPast", "PointPast", "load_past", "load_tags", "load_values"]

_ALWAYS = datetime.min.replace(tzinfo=UTC)

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
        for row in cur.execute(_PERSONS, (shop_id, roots), binary=True).fetchall():
            out[row[0]] = PersonPast(row[0], row[4], card(row[:8]), row[6], row[8])
    else:
        cards: dict[str | None, Mapping[str, Any]] = {}
        for id_, zone, erased_at in cur.execute(_ZONES, (shop_id, roots), binary=True).fetchall():
            shown = cards.get(zone)
            if shown is None:
                cards[zone] = shown = {} if zone is None else {"time_zone": zone}
            out[id_] = PersonPast(id_, zone, shown, None, erased_at)
    everybody = list(who)
    for person, kind, at, reason, no_more in cur.execute(_POINTS, (shop_id, everybody), binary=True).fetchall():
        if (one := out.get(who[person])) is not None:
            one.points.append(PointPast(kind, at, reason, no_more))
    if with_consents:
        _consents(cur, shop_id, everybody, who, out)
    return out


def _consents(
    cur: Cursor, shop_id: int, everybody: Sequence[int], who: Mapping[int, int], out: Mapping[int, PersonPast]
) -> None:
    for person, channel, at, given in cur.execute(_CONSENTS, (shop_id, everybody), binary=True).fetchall():
        if (one := out.get(who[person])) is not None:
            one.consents.append((channel, at, given))
    for one in out.values():
        one.consents.sort(key=lambda c: c[1])


_TAGS = "select person_id, tag from people_tag where shop_id = %s and person_id = any(%s)"
_TAGGED = """
select person_id, kind = 'person.tagged', data ->> 'tag', occurred_at, coalesce(cause = any(%(without)s), false)
from events_event where shop_id = %(shop)s and person_id = any(%(persons)s)
  and kind in ('person.tagged', 'person.untagged') order by id
"""
_VALUES = """
select person_id, name, value, at, by = any(%s) from people_field where shop_id = %s and person_id = any(%s) order by at, id
"""
_SET = """
select person_id, data ->> 'field', min(occurred_at) from events_event
where shop_id = %(shop)s and person_id = any(%(persons)s) and kind = 'person.field_set'
  and not coalesce(cause = any(%(without)s), false) group by 1, 2
"""


def load_tags(cur: Cursor, shop_id: int, who: Mapping[int, int], without: Sequence[str]) -> dict[int, list[Change]]:
    """How the tags of each came and went, oldest first; as though what these causes did had not been done."""
    begin: dict[int, set[str]] = {}
    for person, tag in cur.execute(_TAGS, (shop_id, list(who))).fetchall():
        begin.setdefault(who[person], set()).add(tag)
    asked = {"shop": shop_id, "persons": list(who), "without": list(without)}
    told = cur.execute(_TAGGED, asked).fetchall()
    for person, is_on, tag, _, _ in reversed(told):  # back to before anything that the log knows
        tags = begin.setdefault(who[person], set())
        tags.discard(tag) if is_on else tags.add(tag)
    out: dict[int, list[Change]] = {
        root: [(_ALWAYS, tag, True) for tag in sorted(tags)] for root, tags in begin.items()
    }
    for person, is_on, tag, at, is_left_out in told:
        if not is_left_out:
            out.setdefault(who[person], []).append((at, tag, is_on))
    return out


def load_values(cur: Cursor, shop_id: int, who: Mapping[int, int], without: Sequence[str]) -> dict[int, list[Change]]:
    """The fields of each, since when they were first set; what a field was before its last value nobody keeps, so of one
    that one of these causes has set last nothing is known."""
    last: dict[tuple[int, str], tuple[Any, datetime, bool]] = {}
    for person, name, value, at, is_left_out in cur.execute(_VALUES, (list(without), shop_id, list(who))).fetchall():
        last[who[person], name] = (read_value(value), at, is_left_out)
    if not last:
        return {}
    asked = {"shop": shop_id, "persons": list(who), "without": list(without)}
    first: dict[tuple[int, str], datetime] = {}
    for person, name, at in cur.execute(_SET, asked).fetchall():
        key = (who[person], name)
        first[key] = min(at, first.get(key, at))
    out: dict[int, list[Change]] = {}
    for (root, name), (value, at, is_left_out) in last.items():
        if not is_left_out:
            out.setdefault(root, []).append((min(at, first.get((root, name), at)), name, value))
    for changes in out.values():
        changes.sort(key=lambda change: change[0])
    return out
