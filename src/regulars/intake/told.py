"""Events that outsiders tell (`POST /events`): each once by its id in the source, the rest is the log's.

The same id with another body is a contradiction that a person settles: it is quarantined.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from regulars.base.db import Cursor
from regulars.base.errors import BadItem
from regulars.events.actions import NewEvent, record
from regulars.events.item import EventItem
from regulars.intake.parsing import Claimed, Piece
from regulars.shop.settings import ShopSettings

__all__ = ["take"]

_SEEN = """
insert into intake_seen (shop_id, source, item_key, body_digest)
select %s, s, k, d from unnest(%s::text[], %s::text[], %s::bytea[]) as t(s, k, d) on conflict do nothing
returning source, item_key
"""
_BEFORE = """
select i.source, i.item_key, i.body_digest from intake_seen i
join unnest(%s::text[], %s::text[]) as t(s, k) on i.source = t.s and i.item_key = t.k where i.shop_id = %s
"""
_ORDERS = """
select o.source, o.external_id, o.id from orders_order o
join unnest(%s::text[], %s::text[]) as t(s, e) on o.source = t.s and o.external_id = t.e where o.shop_id = %s
"""


def take(cur: Cursor, settings: ShopSettings, pieces: Sequence[tuple[Claimed, Piece]], now: datetime) -> None:
    """Record what is new, and set each piece's verdict."""
    if not pieces:
        return
    first: dict[tuple[str, str], Piece] = {}
    for delivery, piece in pieces:
        key = (delivery.source, f"event {piece.key}")
        if first.setdefault(key, piece) is not piece:
            same = hashlib.sha256(first[key].body).digest() == hashlib.sha256(piece.body).digest()
            _settle(piece, same=same)
    keys = list(first)
    digests = [hashlib.sha256(p.body).digest() for p in first.values()]
    columns = ([k[0] for k in keys], [k[1] for k in keys])
    fresh = set(cur.execute(_SEEN, (settings.id, *columns, digests)).fetchall())
    if len(fresh) < len(keys):
        before = {(s, k): bytes(d) for s, k, d in cur.execute(_BEFORE, (*columns, settings.id)).fetchall()}
        for key, digest in zip(keys, digests, strict=True):
            if key not in fresh:
                _settle(first[key], same=before[key] == digest)
    orders = _orders(cur, settings.id, pieces)
    events = []
    for delivery, piece in pieces:
        if piece.verdict or not isinstance(piece.found, EventItem):
            continue
        item = piece.found
        piece.verdict = "taken"
        live = delivery.live if delivery.live is not None else item.occurred_at >= now - settings.history_after
        order_id = orders.get((delivery.source, item.order or ""))
        at = item.occurred_at.astimezone(UTC)
        events.append(NewEvent(item.kind, at, live, piece.person_id, order_id, item.data, delivery.cause))
    record(cur, settings.id, events, now)


def _settle(piece: Piece, *, same: bool) -> None:
    piece.verdict = "same" if same else "quarantined"
    if not same:
        piece.found = BadItem("conflict", "/id", "came before under the same id with another body")


def _orders(cur: Cursor, shop_id: int, pieces: Sequence[tuple[Claimed, Piece]]) -> dict[tuple[str, str], int]:
    named = sorted({(d.source, p.found.order) for d, p in pieces if isinstance(p.found, EventItem) and p.found.order})
    if not named:
        return {}
    rows = cur.execute(_ORDERS, ([n[0] for n in named], [n[1] for n in named], shop_id))
    return {(s, e): i for s, e, i in rows.fetchall()}
