"""Tags of people and fields of their own: put on, taken off, set, and read. Each is one statement for many persons.

Whoever was merged is marked under his own number, and what any of those who are one has counts for all of them; so a
merge rewrites nothing, and undoing it takes nothing away. The caller holds the mailboxes.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.core.record import moment_text, parse_moment
from regulars.events.actions import NewEvent, lock_mailboxes, record
from regulars.people.reach import one_with

__all__ = [
    "TAG",
    "FieldSet",
    "TagChange",
    "change_tags",
    "fields_of",
    "read_value",
    "set_fields",
    "tag_by_hand",
    "tags_of",
]

TAG = re.compile(r"[a-z][a-z0-9_-]{0,62}")
"""What a tag looks like: as names in schemes do."""


@dataclass(frozen=True, slots=True)
class TagChange:
    """One tag of one person, put on or taken off. `cause`: as events name it."""

    person_id: int
    tag: str
    is_on: bool
    cause: str


@dataclass(frozen=True, slots=True)
class FieldSet:
    """One field of one person and its new value: a text, a number, true or false, a day or a moment."""

    person_id: int
    name: str
    value: Any
    cause: str


_PUT = """
insert into people_tag (shop_id, person_id, tag, at, by)
select %s, p, t, %s, c from unnest(%s::bigint[], %s::text[], %s::text[]) as x(p, t, c)
on conflict (shop_id, tag, person_id) do nothing
"""
_TAKE = """
delete from people_tag g using unnest(%s::bigint[], %s::text[]) as x(p, t)
where g.shop_id = %s and g.person_id = x.p and g.tag = x.t
"""
_SET = """
insert into people_field (shop_id, person_id, name, value, at, by)
select %s, p, n, v::jsonb, %s, c from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) as x(p, n, v, c)
on conflict (shop_id, name, person_id) do update set value = excluded.value, at = excluded.at, by = excluded.by
"""


def change_tags(cur: Cursor, shop_id: int, changes: Sequence[TagChange], now: datetime) -> None:
    """Put tags on and take others off; of several words on one tag the last counts.

    Records person.tagged and person.untagged for what really changed.
    """
    if not changes:
        return
    last = {(c.person_id, c.tag): c for c in changes}
    owner = _owners(cur, shop_id, {p for p, _ in last})
    had = _tags(cur, shop_id, owner)
    new = [c for c in last.values() if c.is_on != (c.tag in had.get(owner[c.person_id], ()))]
    put, take = [c for c in new if c.is_on], [c for c in new if not c.is_on]
    if put:
        cur.execute(_PUT, (shop_id, now, *db.columns([(c.person_id, c.tag, c.cause) for c in put], 3)))
    if take:
        rows = [(member, c.tag) for c in take for member, root in owner.items() if root == owner[c.person_id]]
        cur.execute(_TAKE, (*db.columns(rows, 2), shop_id))
    events = [
        NewEvent(
            "person.tagged" if c.is_on else "person.untagged", now, True, c.person_id, None, {"tag": c.tag}, c.cause
        )
        for c in new
    ]
    record(cur, shop_id, events, now)


def set_fields(cur: Cursor, shop_id: int, values: Sequence[FieldSet], now: datetime) -> None:
    """Set fields; of several words on one field the last counts. Records person.field_set where the value is new."""
    if not values:
        return
    last = {(v.person_id, v.name): v for v in values}
    before = fields_of(cur, shop_id, {v.person_id for v in values})
    rows = [(v.person_id, v.name, db.dumps(_stored(v.value)), v.cause) for v in last.values()]
    cur.execute(_SET, (shop_id, now, *db.columns(rows, 4)))
    events = [
        NewEvent("person.field_set", now, True, v.person_id, None, {"field": v.name}, v.cause)
        for v in last.values()
        if v.name not in before[v.person_id] or before[v.person_id][v.name] != v.value
    ]
    record(cur, shop_id, events, now)


def tag_by_hand(cur: Cursor, shop_id: int, person_id: int, tag: str, is_on: bool, actor: Actor, now: datetime) -> None:
    """A tag that the staff put on or take off. Raises ValueError for what can't be a tag."""
    if is_on and not TAG.fullmatch(tag):
        raise ValueError(tag)
    lock_mailboxes(cur, [person_id])
    change_tags(cur, shop_id, [TagChange(person_id, tag, is_on, str(actor))], now)
    audit.write(cur, shop_id, actor, "person.tagged" if is_on else "person.untagged", "person", person_id, tag=tag)


def tags_of(cur: Cursor, shop_id: int, person_ids: Iterable[int]) -> dict[int, list[str]]:
    """The tags of each person, by the alphabet."""
    owner = _owners(cur, shop_id, person_ids)
    found = _tags(cur, shop_id, owner)
    return {person: sorted(found.get(root, ())) for person, root in owner.items()}


def fields_of(cur: Cursor, shop_id: int, person_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The fields of each person by name; of several values of those who are one the newest."""
    owner = _owners(cur, shop_id, person_ids)
    by_root: dict[int, dict[str, Any]] = {}
    for person, name, value in cur.execute(
        "select person_id, name, value from people_field where shop_id = %s and person_id = any(%s) order by at, id",
        (shop_id, list(owner)),
    ):
        by_root.setdefault(owner[person], {})[name] = read_value(value)
    return {person: dict(sorted(by_root.get(root, {}).items())) for person, root in owner.items()}


def _owners(cur: Cursor, shop_id: int, person_ids: Iterable[int]) -> dict[int, int]:
    """The persons, and all who are one with any of them: each → who answers for him."""
    ids = set(person_ids)
    return {i: i for i in ids} | one_with(cur, shop_id, ids)


def _tags(cur: Cursor, shop_id: int, owner: dict[int, int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for person, tag in cur.execute(
        "select person_id, tag from people_tag where shop_id = %s and person_id = any(%s)", (shop_id, list(owner))
    ):
        found.setdefault(owner[person], set()).add(tag)
    return found


def _stored(value: Any) -> Any:
    match value:
        case datetime():
            return {"moment": moment_text(value)}
        case date():
            return {"day": value.isoformat()}
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case _:
            return value


def read_value(value: Any) -> Any:
    """A field's value as it was given, from what is stored."""
    if isinstance(value, dict):
        return parse_moment(value["moment"]) if "moment" in value else date.fromisoformat(value["day"])
    return Decimal(repr(value)) if isinstance(value, float) else value
