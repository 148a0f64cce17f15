"""Reads of segments for screens and the API: the list, one, its members, and the segments of a person."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.segments.models import FILLING

__all__ = [
    "Among",
    "InSegment",
    "MemberRow",
    "SegmentRow",
    "count",
    "listing",
    "members",
    "named",
    "names",
    "of_person",
    "of_persons",
    "one",
]


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """`percent`: how far its filling is, None when it is ready. `growth`: who entered less who left in the days asked for."""

    id: int
    name: str
    title: dict[str, str]
    condition: str
    percent: int | None
    members: int
    growth: int
    changed_at: datetime
    is_removed: bool


@dataclass(frozen=True, slots=True)
class MemberRow:
    """Who is in, and since when; who was in when the segment was made is in since then."""

    person_id: int
    since: datetime


@dataclass(frozen=True, slots=True)
class InSegment:
    """A segment that a person is in `since`, or has left (`left_at`, and then `since` is None)."""

    id: int
    name: str
    title: dict[str, str]
    since: datetime | None
    left_at: datetime | None


_SELECT = """
select s.id, s.name, s.title, s.condition, s.state, s.filled, s.to_fill, s.members,
       coalesce((select sum(d.entered - d."left") from segments_day d where d.segment_id = s.id and d.day > %(from)s), 0),
       s.changed_at, s.removed_at is not null
from segments_segment s where s.shop_id = %(shop)s
"""


_OF_PERSON = """
with here as (
  select segment_id, min(since) as since from segments_member
  where person_id = any(%(ids)s) and since is not null group by segment_id
), gone as (
  select cause, max(occurred_at) as at from events_event
  where person_id = any(%(ids)s) and shop_id = %(shop)s and kind = 'segment.left' and occurred_at >= %(since)s group by cause
)
select s.id, s.name, s.title, h.since, case when h.since is null then g.at end
from segments_segment s
left join here h on h.segment_id = s.id left join gone g on g.cause = 'segment:' || s.id
where s.shop_id = %(shop)s and s.removed_at is null and (h.since is not null or g.at is not null)
order by h.since is null, case when h.since is null then g.at end desc, s.name
"""


def listing(cur: Cursor, shop_id: int, since: date) -> list[SegmentRow]:
    """The segments that are there, by name; growth since that day."""
    rows = cur.execute(f"{_SELECT} and s.removed_at is null order by s.name", {"shop": shop_id, "from": since})
    return [_row(row) for row in rows.fetchall()]


def one(cur: Cursor, shop_id: int, segment_id: int, since: date) -> SegmentRow | None:
    """A segment, removed or not."""
    row = cur.execute(f"{_SELECT} and s.id = %(id)s", {"shop": shop_id, "id": segment_id, "from": since}).fetchone()
    return None if row is None else _row(row)


def names(cur: Cursor, shop_id: int) -> list[str]:
    """The names of the segments that are there, in order."""
    rows = cur.execute(
        "select name from segments_segment where shop_id = %s and removed_at is null order by name", (shop_id,)
    )
    return [name for (name,) in rows.fetchall()]


def named(cur: Cursor, shop_id: int, name: str, since: date) -> SegmentRow | None:
    """The segment of that name."""
    row = cur.execute(
        f"{_SELECT} and s.name = %(name)s and s.removed_at is null", {"shop": shop_id, "name": name, "from": since}
    ).fetchone()
    return None if row is None else _row(row)


def _row(row: tuple[Any, ...]) -> SegmentRow:
    id_, name, title, condition, state, filled, to_fill, members_, growth, changed, removed = row
    percent = None if state != FILLING else 100 * filled // to_fill if to_fill else 0
    return SegmentRow(id_, name, title, condition, percent, members_, int(growth), changed, removed)


Among = tuple[str, Sequence[Any]]
"""A condition over `people_person p`, with its values."""


def members(
    cur: Cursor, segment_id: int, after: tuple[datetime, int] | None, limit: int, among: Among | None = None
) -> list[MemberRow]:
    """Who is in, the newest first, or those of them who are `among` some people; `after`: the last one seen. The caller
    has seen that the segment is the shop's."""
    source, values = _members(segment_id, among)
    if after is not None:
        source += " and (m.since, m.person_id) < (%s, %s)"
        values += after
    rows = cur.execute(
        f"select m.person_id, m.since {source} order by m.since desc, m.person_id desc limit %s",
        [*values, limit],
    )
    return [MemberRow(*row) for row in rows.fetchall()]


def count(cur: Cursor, segment_id: int, among: Among, most: int) -> tuple[int, bool]:
    """How many of these people are in, counted up to `most`, and whether there are more."""
    source, values = _members(segment_id, among)
    row = cur.execute(
        f"select count(*) from (select 1 {source} limit %s) few",  # noqa: S608 - our own words
        [*values, most + 1],
    ).fetchone()
    n = int(row[0]) if row else 0
    return min(n, most), n > most


def _members(segment_id: int, among: Among | None) -> tuple[str, list[Any]]:
    if among is None:
        return "from segments_member m where m.segment_id = %s and m.since is not null", [segment_id]
    condition, values = among
    source = "from segments_member m join people_person p on p.id = m.person_id"
    return f"{source} where m.segment_id = %s and m.since is not null and {condition}", [segment_id, *values]


def of_person(cur: Cursor, shop_id: int, person_ids: Sequence[int], left_since: datetime) -> list[InSegment]:
    """The segments that a person is in, by name, and then those that he left since that moment, the last one first.

    `person_ids`: all records that are this person. A filling that tells nobody leaves no trace of whom it took out.
    """
    rows = cur.execute(_OF_PERSON, {"shop": shop_id, "ids": list(person_ids), "since": left_since}).fetchall()
    return [InSegment(*row) for row in rows]


def of_persons(cur: Cursor, shop_id: int, person_ids: Sequence[int]) -> dict[int, list[InSegment]]:
    """By person, the segments that he is in now."""
    out: dict[int, list[InSegment]] = defaultdict(list)
    rows = cur.execute(
        "select m.person_id, s.id, s.name, s.title, m.since from segments_member m"
        " join segments_segment s on s.id = m.segment_id"
        " where m.person_id = any(%s) and m.since is not null and s.shop_id = %s and s.removed_at is null order by s.name",
        (list(person_ids), shop_id),
    )
    for person_id, id_, name, title, since in rows.fetchall():
        out[person_id].append(InSegment(id_, name, title, since, None))
    return out
