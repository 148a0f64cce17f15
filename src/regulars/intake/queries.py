"""Reads of intake: deliveries and what became of them, the quarantine, the feeds. No secret leaves here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor

__all__ = [
    "Delivery",
    "FeedNews",
    "FeedRow",
    "Quarantined",
    "delivery",
    "delivery_of",
    "feed_news",
    "feeds",
    "quarantine",
    "quarantined",
    "quarantined_body",
    "quarantined_count",
]

EXCERPT_BYTES = 400
MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Delivery:
    """`result`: the normaliser's verdict, None until `taken_at`."""

    id: int
    source: str
    kind: str
    batch: bool
    received_at: datetime
    taken_at: datetime | None
    result: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """What could not be taken in: `pointer` where, `detail` why, `excerpt` the first 400 bytes of what came.

    `position`: the item's place in its batch. `state`: open, dismissed, replayed, mended.
    """

    id: int
    delivery_id: int
    position: int | None
    source: str
    kind: str
    item_key: str | None
    code: str
    pointer: str
    detail: str
    excerpt: str
    size: int
    state: str
    at: datetime
    closed_at: datetime | None
    closed_by: str | None
    replay_delivery_id: int | None


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed as its owner sees it: without its secrets, only how many there are."""

    id: int
    slug: str
    kind: str
    source: str
    secrets: int
    settings: dict[str, Any]
    active: bool
    created_at: datetime


_QUARANTINED = (
    "select id, delivery_id, position, source, kind, item_key, code, pointer, detail, substr(body, 1, %s),"
    " length(body), state, at, closed_at, closed_by, replay_delivery_id from intake_quarantine"
)


def delivery(cur: Cursor, shop_id: int, delivery_id: int) -> Delivery | None:
    """One delivery of this shop."""
    row = cur.execute(
        "select id, source, kind, batch, received_at, taken_at, result from intake_delivery"
        " where shop_id = %s and id = %s",
        (shop_id, delivery_id),
    ).fetchone()
    return None if row is None else Delivery(*row)


def delivery_of(cur: Cursor, shop_id: int, item_key: str) -> Delivery | None:
    """The newest delivery of one item by the id that its source gives it."""
    row = cur.execute(
        "select id, source, kind, batch, received_at, taken_at, result from intake_delivery"
        " where shop_id = %s and item_key = %s order by id desc limit 1",
        (shop_id, item_key),
    ).fetchone()
    return None if row is None else Delivery(*row)


def quarantine(
    cur: Cursor, shop_id: int, *, state: str | None = "open", before: int | None = None, limit: int = 50
) -> list[Quarantined]:
    """A page, newest first; the next page is `before` the last one's id. `state` None: all."""
    rows = cur.execute(
        _QUARANTINED + " where shop_id = %s and (%s::text is null or state = %s) and (%s::bigint is null or id < %s)"
        " order by id desc limit %s",
        (EXCERPT_BYTES, shop_id, state, state, before, before, min(limit, MOST_ROWS)),
    )
    return [_quarantined(row) for row in rows]


def quarantined(cur: Cursor, shop_id: int, quarantine_id: int) -> Quarantined | None:
    """One of them."""
    row = cur.execute(
        _QUARANTINED + " where shop_id = %s and id = %s", (EXCERPT_BYTES, shop_id, quarantine_id)
    ).fetchone()
    return None if row is None else _quarantined(row)


def quarantined_body(cur: Cursor, shop_id: int, quarantine_id: int) -> bytes | None:
    """The whole of what came, for mending."""
    row = cur.execute(
        "select body from intake_quarantine where shop_id = %s and id = %s", (shop_id, quarantine_id)
    ).fetchone()
    return None if row is None else bytes(row[0])


def quarantined_count(cur: Cursor, shop_id: int) -> int:
    """How many are open."""
    row = cur.execute(
        "select count(*) from intake_quarantine where shop_id = %s and state = 'open'", (shop_id,)
    ).fetchone()
    return 0 if row is None else int(row[0])


def feeds(cur: Cursor, shop_id: int) -> list[FeedRow]:
    """All feeds of the shop but the removed ones, the closed ones too, oldest first."""
    rows = cur.execute(
        "select id, slug, kind, source, cardinality(secrets), settings, active, created_at"
        " from intake_feed where shop_id = %s and removed_at is null order by id",
        (shop_id,),
    )
    return [FeedRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class FeedNews:
    """What a feed has brought: when last, what came of that (None: not looked at yet), how many are in quarantine."""

    last_at: datetime | None
    result: dict[str, Any] | None
    quarantined: int


def feed_news(cur: Cursor, shop_id: int) -> dict[int, FeedNews]:
    """What each feed of the shop has brought, by the feed's id."""
    rows = cur.execute(
        "select f.id, d.received_at, d.result, coalesce(q.n, 0) from intake_feed f"
        " left join lateral (select received_at, result from intake_delivery where feed_id = f.id"
        " order by id desc limit 1) d on true"
        " left join (select d.feed_id, count(*) as n from intake_quarantine q join intake_delivery d on d.id = q.delivery_id"
        " where q.shop_id = %(shop)s and q.state = 'open' group by 1) q on q.feed_id = f.id"
        " where f.shop_id = %(shop)s and f.removed_at is null",
        {"shop": shop_id},
    )
    return {r[0]: FeedNews(*r[1:]) for r in rows}


def _quarantined(row: tuple[Any, ...]) -> Quarantined:
    before, excerpt, after = row[:9], bytes(row[9]).decode(errors="replace"), row[10:]
    return Quarantined(*(*before, excerpt, *after))
