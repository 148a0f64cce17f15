"""The segments of a shop, read and compiled: what the loops ask. Read only."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from regulars.base.db import Cursor
from regulars.core.conditions import Condition
from regulars.segments import conditions
from regulars.segments.models import FILLING

__all__ = ["Segment", "standing", "waiting_to_fill"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment that is kept up. `kinds`: the events after which somebody's answer may be another."""

    id: int
    shop_id: int
    name: str
    condition: Condition
    kinds: frozenset[str]
    round: int
    is_filling: bool
    tells: bool


_COLUMNS = "id, shop_id, name, condition, round, state, tells"
_STANDING = f"""
select {_COLUMNS} from segments_segment where shop_id = any(%s) and removed_at is null order by id
"""  # noqa: S608 - our own column names
_FILLING = f"""
select {_COLUMNS} from segments_segment where state = 'filling' and removed_at is null
and begins_after < pg_snapshot_xmin(pg_current_snapshot())::text::bigint order by id
"""  # noqa: S608 - our own column names


def standing(cur: Cursor, shop_ids: Iterable[int]) -> dict[int, list[Segment]]:
    """By shop, the segments that are there; one whose text an older release can't read is left as it is."""
    out: dict[int, list[Segment]] = {}
    for row in cur.execute(_STANDING, (sorted(set(shop_ids)),)).fetchall():
        if (segment := _segment(row)) is not None:
            out.setdefault(segment.shop_id, []).append(segment)
    return out


def waiting_to_fill(cur: Cursor) -> list[Segment]:
    """The segments to be filled for which nothing that went on when they were wanted goes on still.

    What was recorded by then stands in the log for all to see; what came later is queued for us.
    """
    rows = cur.execute(_FILLING).fetchall()
    return [segment for row in rows if (segment := _segment(row)) is not None]


def _segment(row: tuple[int, int, str, str, int, str, bool]) -> Segment | None:
    id_, shop, name, text, round_, state, tells = row
    read = _compiled(text)
    if read is None:
        return None
    return Segment(id_, shop, name, *read, round_, state == FILLING, tells)


@lru_cache(maxsize=1024)
def _compiled(text: str) -> tuple[Condition, frozenset[str]] | None:
    try:
        condition = conditions.read(text)
    except ValueError:
        return None
    return condition, conditions.kinds_of(condition)
