"""Reads of people: how they can be reached, who they are, what happened to them, and finding them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.people.listing import search
from regulars.people.reach import Reach, ReachPoint, Said, canonical, reach

__all__ = [
    "ConsentRow",
    "PersonCard",
    "Reach",
    "ReachPoint",
    "Said",
    "TimelineEvent",
    "canonical",
    "card",
    "cards",
    "consents",
    "id_by_external",
    "ids_of",
    "reach",
    "search",
    "timeline",
    "with_point",
]


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A person as staff see him. `emails` and `phones`: all his contact points, oldest first."""

    id: int
    name: str
    first_name: str
    language: str | None
    time_zone: str | None
    zone_source: str | None
    birthday: date | None
    address: dict[str, Any]
    customer_since: datetime | None
    merged_into: int | None
    erased_at: datetime | None
    created_at: datetime
    emails: list[str]
    phones: list[str]
    external: list[str]


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One word on a consent, with its proof."""

    channel: str
    purpose: str
    given: bool
    at: datetime
    proof: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """An event of a person's life with the shop."""

    id: int
    kind: str
    occurred_at: datetime
    live: bool
    order_id: int | None
    data: dict[str, Any]
    cause: str | None


_CARDS = """
select p.id, p.name, p.first_name, p.language, p.time_zone, p.zone_source, p.birthday, p.address, p.customer_since,
  p.merged_into, p.erased_at, p.created_at,
  coalesce((select array_agg(value order by id) from people_contact_point c where c.person_id = p.id and kind = 'email'), '{}'),
  coalesce((select array_agg(value order by id) from people_contact_point c where c.person_id = p.id and kind = 'phone'), '{}'),
  coalesce((select array_agg(external_id order by id) from people_identity i where i.person_id = p.id), '{}')
from people_person p where p.shop_id = %s and p.id = any(%s)
"""


def cards(cur: Cursor, shop_id: int, person_ids: Sequence[int]) -> dict[int, PersonCard]:
    """The persons by id; strangers to the shop are left out."""
    if not person_ids:
        return {}
    return {r[0]: PersonCard(*r) for r in cur.execute(_CARDS, (shop_id, list(set(person_ids)))).fetchall()}


def card(cur: Cursor, shop_id: int, person_id: int) -> PersonCard | None:
    """One person."""
    return cards(cur, shop_id, [person_id]).get(person_id)


def id_by_external(cur: Cursor, shop_id: int, external_id: str, source: str | None = None) -> int | None:
    """The person whom a source calls so; without a source the shop's own API comes first."""
    row = cur.execute(
        "select person_id from people_identity where shop_id = %s and external_id = %s and (%s::text is null or source = %s)"
        " order by (source = 'api') desc, id limit 1",
        (shop_id, external_id, source, source),
    ).fetchone()
    if row is None:
        return None
    return canonical(cur, shop_id, [row[0]]).get(row[0])


def with_point(cur: Cursor, shop_id: int, kind: str, value: str) -> list[int]:
    """Who is reached by this address: one person for a mailbox or a chat, maybe several for a telephone."""
    rows = cur.execute(
        "select person_id from people_contact_point where shop_id = %s and kind = %s and value = %s order by id",
        (shop_id, kind, value),
    ).fetchall()
    who = canonical(cur, shop_id, [r[0] for r in rows])
    return list(dict.fromkeys(who[r[0]] for r in rows if r[0] in who))


def ids_of(cur: Cursor, shop_id: int, person_id: int) -> list[int]:
    """The person and all who were merged into him."""
    rows = cur.execute(
        "with recursive down as (select id from people_person where shop_id = %s and id = %s"
        " union all select p.id from people_person p join down on p.merged_into = down.id) select id from down",
        (shop_id, person_id),
    )
    return [r[0] for r in rows]


def timeline(
    cur: Cursor, shop_id: int, person_id: int, *, before: int | None = None, limit: int = 100
) -> list[TimelineEvent]:
    """What happened to the person (and to whom he was merged from), newest first; `before`: the last id seen."""
    rows = cur.execute(
        "select id, kind, occurred_at, live, order_id, data, cause from events_event"
        " where shop_id = %s and person_id = any(%s) and (%s::bigint is null or id < %s) order by id desc limit %s",
        (shop_id, ids_of(cur, shop_id, person_id), before, before, limit),
    )
    return [TimelineEvent(*r) for r in rows]


def consents(cur: Cursor, shop_id: int, person_id: int) -> list[ConsentRow]:
    """All words on consents, newest first."""
    rows = cur.execute(
        "select channel, purpose, given, at, proof from people_consent where shop_id = %s and person_id = any(%s)"
        " order by at desc, id desc",
        (shop_id, ids_of(cur, shop_id, person_id)),
    )
    return [ConsentRow(*r) for r in rows]
