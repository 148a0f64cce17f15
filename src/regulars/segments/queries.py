"""Reads of segments for screens and the API: the list, one, its members, and the segments of a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.segments.models import FILLING

__all__ = ["MemberRow", "SegmentRow", "listing", "members", "named", "names", "of_person", "one", "within"]


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


_SELECT = """
select s.id, s.name, s.title, s.condition, s.state, s.filled, s.to_fill, s.members,
       coalesce((select sum(d.entered - d."left") from segments_day d where d.segment_id = s.id and d.day > %(from)s), 0),
       s.changed_at, s.removed_at is not null
from segments_segment s where s.shop_id = %(shop)s
"""


def listing(cur: Cursor, shop_id: int, since: date) -> list[SegmentRow]:
    """The segments that are there, by name; growth since that day."""
    rows = cur.execute(f"{_SELECT} and s.removed_at is null order by s.name", {"shop": shop_id, "from": since})
    return [_row(row) for row in rows.fetchall()]


def one(cur: Cursor, shop_id: int, segment_id: int, since: date) -> SegmentRow | None:
    """A segment, removed or not."""
    row = cur.execute(f"{_SELECT} and s.id = %(id)s", {"shop": shop_id, "id": segment_id, "from": since}).fetchone()
    return None if row is None else _row(row)


def named(cur: Cursor, shop_id: int, name: str, since: date) -> SegmentRow | None:
    """The segment of that name."""
    row = cur.execute(
        f"{_SELECT} and s.name = %(name)s and s.removed_at is null", {"shop": shop_id, "name": name, "from": since}
    ).fetchone()
    return None if row is None else _row(row)


def names(cur: Cursor, shop_id: int) -> list[str]:
    """The names of the segments that are there."""
    rows = cur.execute(
        "select name from segments_segment where shop_id = %s and removed_at is null order by name", (shop_id,)
    )
    return [row[0] for row in rows]


def _row(row: tuple[Any, ...]) -> SegmentRow:
    id_, name, title, condition, state, filled, to_fill, members_, growth, changed, removed = row
    percent = None if state != FILLING else 100 * filled // to_fill if to_fill else 0
    return SegmentRow(id_, name, title, condition, percent, members_, int(growth), changed, removed)


def members(cur: Cursor, segment_id: int, after: tuple[datetime, int] | None, limit: int) -> list[MemberRow]:
    """Who is in, the newest first; `after`: the last one seen. The caller has seen that the segment is the shop's."""
    rows = cur.execute(
        "select person_id, since from segments_member where segment_id = %(segment)s and since is not null"
        " and (%(at)s::timestamptz is null or (since, person_id) < (%(at)s, %(id)s))"
        " order by since desc, person_id desc limit %(limit)s",
        {
            "segment": segment_id,
            "at": None if after is None else after[0],
            "id": 0 if after is None else after[1],
            "limit": limit,
        },
    )
    return [MemberRow(*row) for row in rows.fetchall()]


def within(cur: Cursor, segment_id: int, person_ids: Sequence[int]) -> dict[int, MemberRow]:
    """Those of these persons who are in."""
    rows = cur.execute(
        "select person_id, since from segments_member where segment_id = %s and person_id = any(%s) and since is not null",
        (segment_id, list(person_ids)),
    )
    return {row[0]: MemberRow(*row) for row in rows.fetchall()}


def of_person(cur: Cursor, shop_id: int, person_id: int) -> list[tuple[str, dict[str, str], datetime]]:
    """Name and title of the segments that a person is in, and since when."""
    return cur.execute(
        "select s.name, s.title, m.since from segments_member m join segments_segment s on s.id = m.segment_id"
        " where m.person_id = %s and m.since is not null and s.shop_id = %s and s.removed_at is null order by s.name",
        (person_id, shop_id),
    ).fetchall()
