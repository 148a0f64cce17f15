"""What became of deliveries: their result, the items of batches split off, the quarantine, and the queue emptied.

Bodies of a batch move to its items, so that a person's erasure can reach his own; the batch's own body is emptied.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from regulars.base import db
from regulars.base.db import Cursor
from regulars.base.errors import BadItem
from regulars.intake.feed_registry import Ignored
from regulars.intake.parsing import Claimed, Piece

__all__ = ["quarantine_whole", "write"]

_DONE = """
update intake_delivery d set taken_at = %s, result = r::jsonb, person_id = p, body = case when e then null else body end
from unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bool[]) as t(i, r, p, e) where d.id = t.i
"""
_ITEMS = """
insert into intake_item (shop_id, delivery_id, position, item_key, body, person_id)
select %s, * from unnest(%s::bigint[], %s::int[], %s::text[], %s::bytea[], %s::bigint[])
"""
_QUARANTINE = """
insert into intake_quarantine (shop_id, delivery_id, position, source, kind, item_key, code, pointer, detail, body, at)
select %s, d, po, s, k, ik, c, pt, de, b, %s
from unnest(%s::bigint[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[])
  as t(d, po, s, k, ik, c, pt, de, b)
"""


def write(cur: Cursor, shop_id: int, taken: Sequence[Claimed], now: datetime) -> None:
    """Write the verdicts and take the deliveries out of the queue."""
    items = [
        (d.id, p.position, p.key, p.body, p.person_id)
        for d in taken
        if d.batch
        for p in d.pieces
        if p.position is not None
    ]
    if items:
        cur.execute(_ITEMS, (shop_id, *db.columns(items, 5)))
    bad = [
        (d.id, p.position, d.source, p.kind, p.key, *_reason(p.found), p.body)
        for d in taken
        for p in d.pieces
        if isinstance(p.found, BadItem)
    ]
    if bad:
        cur.execute(_QUARANTINE, (shop_id, now, *db.columns(bad, 9)))
    done = [(d.id, db.dumps(_result(d.pieces)), _person(d), d.batch and _is_split(d)) for d in taken]
    cur.execute(_DONE, (now, *db.columns(done, 4)))
    cur.execute("delete from intake_pending where delivery_id = any(%s)", ([d.id for d in taken],))


def _reason(bad: BadItem) -> tuple[str, str, str]:
    return bad.code, bad.pointer, "; ".join(map(str, bad.problems)) if len(bad.problems) > 1 else bad.detail


def _result(pieces: Sequence[Piece]) -> dict[str, Any]:
    """Counts by verdict; for a single item also its reason."""
    result: dict[str, Any] = dict(Counter(p.verdict for p in pieces))
    if len(pieces) == 1:
        found = pieces[0].found
        if isinstance(found, BadItem):
            result["problem"] = {"code": found.code, "pointer": found.pointer, "detail": found.detail}
        elif isinstance(found, Ignored):
            result["reason"] = found.reason
    return result


def _person(delivery: Claimed) -> int | None:
    return delivery.pieces[0].person_id if len(delivery.pieces) == 1 else None


def _is_split(delivery: Claimed) -> bool:
    return all(p.position is not None for p in delivery.pieces)


def quarantine_whole(cur: Cursor, shop_id: int, delivery: Claimed, error: str, now: datetime) -> None:
    """A delivery over which the product itself stumbled: kept, with the kind of error alone, for a mend and a replay."""
    bad = BadItem("internal", "", f"could not be taken in ({error}); it is kept and can be replayed after a mend")
    delivery.pieces = [Piece(None, delivery.kind, delivery.body, bad, "quarantined")]
    write(cur, shop_id, [delivery], now)
