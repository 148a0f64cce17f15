"""By what a person can be reached, and what forbids it: all that the gate asks of people, in three statements a group.

Read only. Follows merges: who was merged is answered for by the person he became.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor

__all__ = ["Reach", "ReachPoint", "Said", "canonical", "one_with", "reach"]


_Key = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class ReachPoint:
    """An address of kind 'email', 'phone' or 'telegram'.

    `suppressed`: 'bounce', 'complaint' or 'asked' when nothing may go there.
    `unsubscribed_at`: since when no advertising may go there.
    """

    value: str
    suppressed: str | None = None
    suppressed_at: datetime | None = None
    unsubscribed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """The newest word on a consent."""

    given: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Reach:
    """`person_id`: who answers for the person asked about (`merged` when that is another).

    `points`: the address to use by kind; `every`: all of them by (kind, value).
    `consents`: by 'channel.purpose', such as 'email.advertising'. Language and
    zone are None where not known. `epoch` goes into public links.
    """

    person_id: int
    merged: bool
    erased: bool
    name: str
    first_name: str
    language: str | None
    time_zone: str | None
    epoch: int
    points: Mapping[str, ReachPoint] = field(default_factory=dict)
    every: Mapping[tuple[str, str], ReachPoint] = field(default_factory=dict)
    consents: Mapping[str, Said] = field(default_factory=dict)

    def consents_to(self, channel: str, purpose: str = "advertising") -> bool:
        """Whether he said yes, and not no since."""
        said = self.consents.get(f"{channel}.{purpose}")
        return said is not None and said.given


_LINKED = """
select id from people_person where merged_into = any(%(ids)s)
union all select id from people_person where merged_into is not null and id = any(%(ids)s)
"""
_ASKED = "select id, merged_into from people_person where shop_id = %s and id = any(%s)"
# Of merged ones alone, who are few: asked about a whole claim, the planner has all people of the table read.
_CANONICAL = """
with recursive up as (
  select id as start, id, merged_into from people_person where shop_id = %s and id = any(%s)
  union all
  select up.start, p.id, p.merged_into from up join people_person p on p.id = up.merged_into
)
select start, id from up where merged_into is null
"""
# Who was merged into whom of these, at whatever remove; few were, and an index holds only them.
_FAMILY = """
with recursive down as (
  select merged_into as root, id, merged_at from people_person where shop_id = %s and merged_into = any(%s)
  union all
  select down.root, p.id, p.merged_at from down join people_person p on p.merged_into = down.id
)
select root, id, merged_at from down
"""
_PERSONS = """
select id, erased_at is not null, name, first_name, language, time_zone, epoch, data->'primary'
from people_person where shop_id = %s and id = any(%s)
"""
_POINTS = """
select c.person_id, c.kind, c.value, s.scope, s.reason, s.at
from people_contact_point c
left join people_suppression s on s.shop_id = c.shop_id and s.kind = c.kind and s.value = c.value
where c.shop_id = %s and c.person_id = any(%s) order by c.id
"""
_CONSENTS = """
select distinct on (person_id, channel, purpose) person_id, channel, purpose, given, at
from people_consent where shop_id = %s and person_id = any(%s)
order by person_id, channel, purpose, at desc, id desc
"""


def canonical(cur: Cursor, shop_id: int, person_ids: Iterable[int]) -> dict[int, int]:
    """Each person → who answers for him (himself, unless he was merged). Strangers to the shop are left out."""
    wanted = list(set(person_ids))
    if not wanted:
        return {}
    found = cur.execute(_ASKED, (shop_id, wanted)).fetchall()
    merged = [person_id for person_id, into in found if into is not None]
    who = {person_id: person_id for person_id, into in found if into is None}
    return who | dict(cur.execute(_CANONICAL, (shop_id, merged)).fetchall()) if merged else who


def one_with(cur: Cursor, shop_id: int, person_ids: Iterable[int]) -> dict[int, int]:
    """Those of the persons who are one with others by a merge, and these others: each → who answers for all of them."""
    linked = [i for (i,) in cur.execute(_LINKED, {"ids": list(person_ids)})]
    if not linked:
        return {}
    roots = set(canonical(cur, shop_id, linked).values())
    members = cur.execute(_FAMILY, (shop_id, sorted(roots))).fetchall()
    return {root: root for root in roots} | {member: root for root, member, _at in members}


def reach(cur: Cursor, shop_id: int, person_ids: Iterable[int]) -> dict[int, Reach]:
    """How each of the persons stands, by the id asked for. Strangers to the shop are left out."""
    who = canonical(cur, shop_id, person_ids)
    ids = list(set(who.values()))
    if not ids:
        return {}
    persons = {row[0]: row for row in cur.execute(_PERSONS, (shop_id, ids))}
    family = {member: (root, at) for root, member, at in cur.execute(_FAMILY, (shop_id, ids))}
    everybody = [*ids, *family]
    root_of = {i: family.get(i, (i, None))[0] for i in everybody}
    every, own = _every(cur, shop_id, everybody, root_of)
    points = _points(every, own, {i: row[7] or {} for i, row in persons.items()})
    by_person: dict[int, dict[tuple[str, str], ReachPoint]] = {}
    for (owner, kind, value), point in every.items():
        by_person.setdefault(owner, {})[kind, value] = point
    consents = _consents(cur, shop_id, ids, family)
    out: dict[int, Reach] = {}
    for asked, person_id in who.items():
        _, erased, name, first_name, language, zone, epoch, _ = persons[person_id]
        out[asked] = Reach(
            person_id=person_id,
            merged=asked != person_id,
            erased=erased,
            name=name,
            first_name=first_name,
            language=language,
            time_zone=zone,
            epoch=epoch,
            points=points.get(person_id, {}),
            every=by_person.get(person_id, {}),
            consents=consents.get(person_id, {}),
        )
    return out


def _consents(
    cur: Cursor, shop_id: int, ids: list[int], family: Mapping[int, tuple[int, datetime | None]]
) -> dict[int, dict[str, Said]]:
    """The newest word of each. Of persons who were merged the stricter word wins: a no that one of them said stands until
    the person they became says yes after the merge.
    """
    own: dict[int, dict[str, Said]] = {}
    for person_id, channel, purpose, given, at in cur.execute(_CONSENTS, (shop_id, [*ids, *family])):
        own.setdefault(person_id, {})[f"{channel}.{purpose}"] = Said(given, at)
    out = {i: dict(own.get(i, {})) for i in ids}
    for member, (root, merged_at) in family.items():
        for name, theirs in own.get(member, {}).items():
            mine = own.get(root, {}).get(name)
            is_since = mine is not None and mine.given and merged_at is not None and mine.at > max(merged_at, theirs.at)
            known = out[root].get(name)
            if known is None or (not theirs.given and known.given and not is_since):
                out[root][name] = theirs
    return out


def _every(
    cur: Cursor, shop_id: int, ids: list[int], root_of: Mapping[int, int]
) -> tuple[dict[_Key, ReachPoint], set[_Key]]:
    """All points of these persons by (who answers for them, kind, value), the oldest first; and which are his own."""
    found: dict[_Key, ReachPoint] = {}
    own: set[_Key] = set()
    for member, kind, value, scope, reason, at in cur.execute(_POINTS, (shop_id, ids)):
        person_id = root_of[member]
        key = (person_id, kind, value)
        if member == person_id:
            own.add(key)
        before = found.get(key, ReachPoint(value))
        if scope == "all":
            found[key] = ReachPoint(value, reason, at, before.unsubscribed_at)
        elif scope is not None:
            found[key] = ReachPoint(value, before.suppressed, before.suppressed_at, at)
        else:
            found[key] = before
    return found, own


def _points(
    found: Mapping[_Key, ReachPoint], own: AbstractSet[_Key], primary: Mapping[int, Mapping[str, Any]]
) -> dict[int, dict[str, ReachPoint]]:
    """The point to use by person and kind: his primary one unless it is suppressed, else the newest that isn't; those of
    whoever was merged into him serve where he has none that can be used.
    """
    out: dict[int, dict[str, ReachPoint]] = {}
    for (person_id, kind, value), point in found.items():
        best = out.setdefault(person_id, {}).get(kind)
        prime = primary[person_id].get(kind)
        if best is None or _rank(point, prime == value, (person_id, kind, value) in own) >= _rank(
            best, prime == best.value, (person_id, kind, best.value) in own
        ):
            out[person_id][kind] = point
    return out


def _rank(point: ReachPoint, is_primary: bool, is_own: bool) -> tuple[bool, bool, bool]:
    return (point.suppressed is None, is_own, is_primary)
