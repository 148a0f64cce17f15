"""Writes of segments: making, changing, removing one, and putting it back.

Each is audited with the condition's text, which is its history of versions; who is in is the loops' affair.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.events.actions import subscribe
from regulars.segments import conditions
from regulars.segments.keeping import CONSUMER
from regulars.segments.known import standing

__all__ = ["MOST", "NAME", "SegmentRefused", "change", "make", "put_back", "remove"]

MOST = 200
"""Segments of a shop; each costs something at every event that it depends on."""
NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")

_WANT = """
update segments_segment set condition = %s, title = coalesce(%s::jsonb, title), state = 'filling', round = round + 1,
  tells = %s, filled = 0, to_fill = null, begins_after = pg_current_xact_id()::text::bigint, changed_at = %s,
  removed_at = null
where id = %s
"""


class SegmentRefused(ValueError):
    """The segment can't be kept: `code` is 'name_form', 'name_taken' or 'too_many'."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def make(
    cur: Cursor,
    shop_id: int,
    name: str,
    title: Mapping[str, str],
    condition: str,
    actor: Actor,
    now: datetime,
    *,
    tells: bool = False,
) -> int:
    """A new segment, to be filled by the engine; its id. `tells`: its first members count as having entered.

    Raises SegmentRefused, and ConditionError when the condition can't be read.
    """
    conditions.read(condition)
    if NAME.fullmatch(name) is None:
        raise SegmentRefused("name_form")
    cur.execute("select from shop_shop where id = %s for no key update", (shop_id,))
    rows = cur.execute(
        "select name from segments_segment where shop_id = %s and removed_at is null", (shop_id,)
    ).fetchall()
    if len(rows) >= MOST:
        raise SegmentRefused("too_many")
    if (name,) in rows:
        raise SegmentRefused("name_taken")
    row = cur.execute(
        "insert into segments_segment (shop_id, name, title, condition, tells, begins_after, changed_at)"
        " values (%s, %s, %s, %s, %s, pg_current_xact_id()::text::bigint, %s) returning id",
        (shop_id, name, _json(title), condition, tells, now),
    ).fetchone()
    assert row is not None
    _listen(cur, shop_id)
    audit.write(cur, shop_id, actor, "segment.made", "segment", row[0], name=name, condition=condition, tells=tells)
    return int(row[0])


def change(
    cur: Cursor,
    shop_id: int,
    segment_id: int,
    title: Mapping[str, str],
    condition: str,
    actor: Actor,
    now: datetime,
    *,
    tells: bool = False,
) -> bool:
    """Another title or condition; with another condition everybody is asked anew. False when there is no such segment.

    Raises ConditionError when the condition can't be read.
    """
    conditions.read(condition)
    row = _locked(cur, shop_id, segment_id, is_removed=False)
    if row is None:
        return False
    if row[1] == condition:
        cur.execute("update segments_segment set title = %s where id = %s", (_json(title), segment_id))
    else:
        cur.execute(_WANT, (condition, _json(title), tells, now, segment_id))
        _listen(cur, shop_id)
    audit.write(
        cur, shop_id, actor, "segment.changed", "segment", segment_id,
        name=row[0], condition=condition, before=row[1], tells=tells,
    )  # fmt: skip
    return True


def remove(cur: Cursor, shop_id: int, segment_id: int, actor: Actor, now: datetime) -> bool:
    """It is kept up no longer; nobody is told. The caller has seen that no live scheme waits for it."""
    row = _locked(cur, shop_id, segment_id, is_removed=False)
    if row is None:
        return False
    cur.execute("update segments_segment set removed_at = %s where id = %s", (now, segment_id))
    _listen(cur, shop_id)
    audit.write(cur, shop_id, actor, "segment.removed", "segment", segment_id, name=row[0])
    return True


def put_back(cur: Cursor, shop_id: int, segment_id: int, actor: Actor, now: datetime) -> bool:
    """Undo a removal: everybody is asked anew, nobody is told. False when it isn't removed, or its name is taken."""
    row = _locked(cur, shop_id, segment_id, is_removed=True)
    if row is None:
        return False
    taken = cur.execute(
        "select 1 from segments_segment where shop_id = %s and name = %s and removed_at is null", (shop_id, row[0])
    ).fetchone()
    if taken is not None:
        return False
    cur.execute(_WANT, (row[1], None, False, now, segment_id))
    _listen(cur, shop_id)
    audit.write(cur, shop_id, actor, "segment.put_back", "segment", segment_id, name=row[0])
    return True


def _locked(cur: Cursor, shop_id: int, segment_id: int, *, is_removed: bool) -> tuple[str, str] | None:
    cur.execute("select from shop_shop where id = %s for no key update", (shop_id,))
    return cur.execute(
        "select name, condition from segments_segment where shop_id = %s and id = %s and (removed_at is not null) = %s"
        " for update",
        (shop_id, segment_id, is_removed),
    ).fetchone()


def _listen(cur: Cursor, shop_id: int) -> None:
    """Be told of what may change an answer, and of nothing else."""
    kinds = frozenset().union(*(segment.kinds for segment in standing(cur, [shop_id]).get(shop_id, [])))
    subscribe(cur, shop_id, CONSUMER, kinds, by_mailbox=False)


def _json(title: Mapping[str, str]) -> str:
    return db.dumps(dict(title))
