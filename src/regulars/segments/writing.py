"""What verdicts change: the rows of members, what is told of it, and how many are in. Set-based writes.

Owns these writes for the keeping; a filling has its own. The caller holds the persons' mailboxes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from regulars.base import db
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, record
from regulars.segments.asking import Verdict
from regulars.segments.known import Segment

__all__ = ["hold", "store", "tell"]

_BEFORE = """
select m.segment_id, m.person_id, m.since, m.recheck_at, m.round
from unnest(%s::bigint[], %s::bigint[]) as t(s, p) join segments_member m on m.segment_id = t.s and m.person_id = t.p
"""
_KEEP = """
insert into segments_member (segment_id, person_id, since, recheck_at, round)
select * from unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::int[])
on conflict (segment_id, person_id) do update
set since = excluded.since, recheck_at = excluded.recheck_at, round = excluded.round
"""
_DROP = """
delete from segments_member m using unnest(%s::bigint[], %s::bigint[]) as t(s, p)
where m.segment_id = t.s and m.person_id = t.p
"""
_SIZES = """
update segments_segment s set members = members + t.d
from (select * from unnest(%s::bigint[], %s::int[]) as t(s, d)) t where s.id = t.s
"""
_DAYS = """
insert into segments_day as d (segment_id, day, entered, "left")
select s, %s, e, l from unnest(%s::bigint[], %s::int[], %s::int[]) as t(s, e, l)
on conflict (segment_id, day) do update set entered = d.entered + excluded.entered, "left" = d."left" + excluded."left"
"""


def hold(cur: Cursor, segments: Sequence[Segment]) -> None:
    """Let no filling of these go on beside us until our transaction ends; others who keep may."""
    for segment_id in sorted({s.id for s in segments}):
        cur.execute("select pg_advisory_xact_lock_shared(%s)", (segment_id,))


def store(
    cur: Cursor, shop_id: int, verdicts: Sequence[Verdict], live: Mapping[int, bool], now: datetime, zone: str
) -> int:
    """Write what is another than before, and record who entered or left; how many did.

    `live`: by person, whether what brought it about is live. In business time `now`; `zone` says which day it is.
    """
    keys = [(v.segment.id, v.person_id) for v in verdicts]
    before = {row[:2]: row[2:] for row in cur.execute(_BEFORE, db.columns(keys, 2)).fetchall()}
    kept, dropped = [], []
    entered: list[Verdict] = []
    left: list[Verdict] = []
    for v in verdicts:
        key = (v.segment.id, v.person_id)
        was, recheck, round_ = before.get(key, (None, None, None))
        if v.is_in and was is None:
            entered.append(v)
        elif was is not None and not v.is_in:
            left.append(v)
        # While everybody is asked, a row stands for each who was asked here: the filling has seen less than we.
        if v.is_there and (v.is_in or v.recheck_at is not None or v.segment.is_filling):
            row = (was or now if v.is_in else None, v.recheck_at, v.segment.round)
            if row != (was, recheck, round_):
                kept.append((*key, *row))
        elif key in before:
            dropped.append(key)
    if kept:
        cur.execute(_KEEP, db.columns(sorted(kept, key=lambda row: row[:2]), 5))
    if dropped:
        cur.execute(_DROP, db.columns(sorted(dropped), 2))
    _count(cur, entered, left, now.astimezone(ZoneInfo(zone)).date())
    tell(cur, shop_id, "segment.entered", entered, live, now)
    tell(cur, shop_id, "segment.left", [v for v in left if v.is_there], live, now)
    return len(entered) + len(left)


def tell(
    cur: Cursor, shop_id: int, kind: str, verdicts: Sequence[Verdict], live: Mapping[int, bool], now: datetime
) -> None:
    """Record that these entered or left; it wakes whichever scheme waits for it."""
    record(
        cur,
        shop_id,
        [
            NewEvent(
                kind,
                now,
                live.get(v.person_id, True),
                v.person_id,
                data={"segment": v.segment.name},
                cause=f"segment:{v.segment.id}",
            )
            for v in verdicts
        ],
        now,
    )


def _count(cur: Cursor, entered: Sequence[Verdict], left: Sequence[Verdict], day: date) -> None:
    came, went = Counter(v.segment.id for v in entered), Counter(v.segment.id for v in left)
    if not came and not went:
        return
    rows = [(segment, came[segment], went[segment]) for segment in sorted({*came, *went})]
    segments, ins, outs = db.columns(rows, 3)
    # in the order of their ids, so that two who keep never wait in a ring
    cur.execute("select from segments_segment where id = any(%s) order by id for update", (segments,))
    cur.execute(_SIZES, (segments, [i - o for i, o in zip(ins, outs, strict=True)]))
    cur.execute(_DAYS, (day, segments, ins, outs))
