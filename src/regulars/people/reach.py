"""By what a person can be reached, and what forbids it: all that the gate asks of people, in three statements a group.

Read only. Follows merges: who was merged is answered for by the person he became.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor

__all__ = ["Reach", "ReachPoint", "Said", "canonical", "reach"]


@dataclass(frozen=True, slots=True)
class ReachPoint:
    """An address of kind 'email' or 'phone'. `suppressed`: 'bounce', 'complaint' or 'asked' when nothing may go there.

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

    `points`: the address to use by kind; `consents`: by 'channel.purpose', such as 'email.advertising'. Language and
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
    consents: Mapping[str, Said] = field(default_factory=dict)

    def consents_to(self, channel: str, purpose: str = "advertising") -> bool:
        """Whether he said yes, and not no since."""
        said = self.consents.get(f"{channel}.{purpose}")
        return said is not None and said.given


_CANONICAL = """
with recursive up as (
  select id as start, id, merged_into from people_person where shop_id = %s and id = any(%s)
  union all
  select up.start, p.id, p.merged_into from up join people_person p on p.id = up.merged_into
)
select start, id from up where merged_into is null
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
    return dict(cur.execute(_CANONICAL, (shop_id, wanted)).fetchall())


def reach(cur: Cursor, shop_id: int, person_ids: Iterable[int]) -> dict[int, Reach]:
    """How each of the persons stands, by the id asked for. Strangers to the shop are left out."""
    who = canonical(cur, shop_id, person_ids)
    ids = list(set(who.values()))
    if not ids:
        return {}
    persons = {row[0]: row for row in cur.execute(_PERSONS, (shop_id, ids))}
    points = _points(cur, shop_id, ids, {i: row[7] or {} for i, row in persons.items()})
    consents: dict[int, dict[str, Said]] = {}
    for person_id, channel, purpose, given, at in cur.execute(_CONSENTS, (shop_id, ids)):
        consents.setdefault(person_id, {})[f"{channel}.{purpose}"] = Said(given, at)
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
            consents=consents.get(person_id, {}),
        )
    return out


def _points(
    cur: Cursor, shop_id: int, ids: list[int], primary: Mapping[int, Mapping[str, Any]]
) -> dict[int, dict[str, ReachPoint]]:
    """The point to use by person and kind: his primary one unless it is suppressed, else the newest that isn't."""
    found: dict[tuple[int, str, str], ReachPoint] = {}
    for person_id, kind, value, scope, reason, at in cur.execute(_POINTS, (shop_id, ids)):
        key = (person_id, kind, value)
        before = found.get(key, ReachPoint(value))
        if scope == "all":
            found[key] = ReachPoint(value, reason, at, before.unsubscribed_at)
        elif scope is not None:
            found[key] = ReachPoint(value, before.suppressed, before.suppressed_at, at)
        else:
            found[key] = before
    out: dict[int, dict[str, ReachPoint]] = {}
    for (person_id, kind, value), point in found.items():
        best = out.setdefault(person_id, {}).get(kind)
        if best is None or _rank(point, primary[person_id].get(kind) == value) >= _rank(
            best, primary[person_id].get(kind) == best.value
        ):
            out[person_id][kind] = point
    return out


def _rank(point: ReachPoint, is_primary: bool) -> tuple[bool, bool]:
    return (point.suppressed is None, is_primary)
