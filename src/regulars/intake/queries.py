"""Reads of intake: deliveries and what became of them, the quarantine, the feeds. No secret leaves here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor

__all__ = [
    "MOST_COUNTED",
    "Came",
    "DeedResult",
    "Delivery",
    "FeedNews",
    "FeedRow",
    "Group",
    "Quarantined",
    "came",
    "came_back_as",
    "closed",
    "closed_counts",
    "deed_result",
    "delivery",
    "delivery_body",
    "delivery_of",
    "feed_news",
    "feeds",
    "groups",
    "quarantine",
    "quarantined",
    "quarantined_body",
    "quarantined_count",
    "tried_before",
]

EXCERPT_BYTES = 400
MOST_ROWS = 200
MOST_GROUPS = 100
MOST_SEARCHED = 5000
MOST_COUNTED = 10_000
"""Counts for screens stop here: nobody tells ten thousand from eleven, and counting a million takes its time."""


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

    `position`: the item's place in its batch. `place`: the pointer with `*` for numbers. `state`: open, dismissed,
    replayed, mended. `deed_id`: shared by all that one deed closed; `note`: its reason.
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
    place: str
    deed_id: int | None
    note: str


@dataclass(frozen=True, slots=True)
class Group:
    """What is open for one reason at one place; `count` stops at MOST_COUNTED."""

    code: str
    place: str
    count: int
    newest_id: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Came:
    """How a quarantined item's delivery came. `actor`: who sent it; `feed` and `feed_kind`: the feed's name and kind.

    `received_at` is the machine's clock.
    """

    received_at: datetime
    actor: str
    batch: bool
    headers: dict[str, Any]
    feed: str | None
    feed_kind: str | None
    feed_settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeedResult:
    """What became of all that one deed sent in again: still waiting, taken in, back in quarantine."""

    sent: int
    waiting: int
    came_back: int


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed as its owner sees it: without its secrets, only how many there are; of credentials the names."""

    id: int
    slug: str
    kind: str
    source: str
    secrets: int
    settings: dict[str, Any]
    active: bool
    created_at: datetime
    credentials: list[str]


_QUARANTINED = (
    "select id, delivery_id, position, source, kind, item_key, code, pointer, detail, substr(body, 1, %s),"
    " length(body), state, at, closed_at, closed_by, replay_delivery_id, place, deed_id, note from intake_quarantine"
)


def delivery(cur: Cursor, shop_id: int, delivery_id: int) -> Delivery | None:
    """One delivery of this shop."""
    row = cur.execute(
        "select id, source, kind, batch, received_at, taken_at, result from intake_delivery"
        " where shop_id = %s and id = %s",
        (shop_id, delivery_id),
    ).fetchone()
    return None if row is None else Delivery(*row)


def delivery_body(cur: Cursor, shop_id: int, delivery_id: int) -> bytes | None:
    """A delivery's own bytes; None when they were split into items, or their month is gone."""
    row = cur.execute(
        "select body from intake_delivery where shop_id = %s and id = %s", (shop_id, delivery_id)
    ).fetchone()
    return None if row is None or row[0] is None else bytes(row[0])


def delivery_of(cur: Cursor, shop_id: int, item_key: str) -> Delivery | None:
    """The newest delivery of one item by the id that its source gives it."""
    row = cur.execute(
        "select id, source, kind, batch, received_at, taken_at, result from intake_delivery"
        " where shop_id = %s and item_key = %s order by id desc limit 1",
        (shop_id, item_key),
    ).fetchone()
    return None if row is None else Delivery(*row)


def quarantine(
    cur: Cursor,
    shop_id: int,
    *,
    state: str | None = "open",
    group: tuple[str, str] | None = None,
    text: str = "",
    before: int | None = None,
    limit: int = 50,
) -> list[Quarantined]:
    """A page, newest first; the next page is `before` the last one's id. `state` None: all.

    `group`: its code and place. `text` stands in the body, the item's id, its source or its pointer; it is looked for in
    the newest MOST_SEARCHED.
    """
    where: dict[str, list[Any]] = {"shop_id = %s": [shop_id]}
    if state is not None:
        where["state = %s"] = [state]
    if group is not None:
        where["code = %s and place = %s"] = list(group)
    if before is not None:
        where["id < %s"] = [before]
    sql = f"{_QUARANTINED} where {' and '.join(where)} order by id desc limit %s"
    values = [EXCERPT_BYTES, *(v for one in where.values() for v in one)]
    if text:
        sql = (
            f"{_QUARANTINED} where id in (select id from (select id, body, item_key, source, pointer"  # noqa: S608
            f" from intake_quarantine where {' and '.join(where)} order by id desc limit %s) newest"
            " where position(%s in body) > 0 or item_key = %s or source = %s or pointer = %s) order by id desc limit %s"
        )
        values += [MOST_SEARCHED, text.encode(), text, text, text]
    return [_quarantined(row) for row in cur.execute(sql, (*values, min(limit, MOST_ROWS)))]


# One look into the index a group, however many deliveries it holds.
_GROUPS = """
with recursive g(code, place, n) as (
  (select code, place, 1 from intake_quarantine where shop_id = %(shop)s and state = 'open' order by code, place limit 1)
  union all
  select following.code, following.place, g.n + 1 from g cross join lateral (
    select q.code, q.place from intake_quarantine q
    where q.shop_id = %(shop)s and q.state = 'open' and (q.code, q.place) > (g.code, g.place)
    order by q.code, q.place limit 1) following
  where g.n < %(groups)s
)
select g.code, g.place,
  (select count(*) from (select 1 from intake_quarantine q where q.shop_id = %(shop)s and q.state = 'open'
    and q.code = g.code and q.place = g.place limit %(most)s) counted),
  newest.id, oldest.at, newest.at
from g
cross join lateral (select q.id, q.at from intake_quarantine q where q.shop_id = %(shop)s and q.state = 'open'
  and q.code = g.code and q.place = g.place order by q.id desc limit 1) newest
cross join lateral (select q.at from intake_quarantine q where q.shop_id = %(shop)s and q.state = 'open'
  and q.code = g.code and q.place = g.place order by q.id limit 1) oldest
order by 3 desc, newest.id desc
"""


def groups(cur: Cursor, shop_id: int) -> list[Group]:
    """What is open, by reason and place; the largest group first."""
    rows = cur.execute(_GROUPS, {"shop": shop_id, "groups": MOST_GROUPS, "most": MOST_COUNTED})
    return [Group(*row) for row in rows]


def closed(
    cur: Cursor, shop_id: int, state: str, *, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[Quarantined]:
    """A page of what was closed in this way, the last deed first; `after`: (closed_at, id) of the last one seen."""
    more, values = ("", []) if after is None else (" and (closed_at, id) < (%s, %s)", list(after))
    rows = cur.execute(
        _QUARANTINED + f" where shop_id = %s and state = %s and state <> 'open'{more}"
        " order by closed_at desc, id desc limit %s",
        (EXCERPT_BYTES, shop_id, state, *values, min(limit, MOST_ROWS)),
    )
    return [_quarantined(row) for row in rows]


def closed_counts(cur: Cursor, shop_id: int) -> dict[str, int]:
    """How many were closed in each way, up to MOST_COUNTED."""
    rows = cur.execute(
        "select s, (select count(*) from (select 1 from intake_quarantine where shop_id = %s and state = s"
        " and state <> 'open' limit %s) counted) from unnest(array['replayed', 'mended', 'dismissed']) s",
        (shop_id, MOST_COUNTED),
    )
    return dict(rows.fetchall())


def came(cur: Cursor, shop_id: int, delivery_id: int) -> Came | None:
    """How a delivery came; None when its month has been dropped."""
    row = cur.execute(
        "select d.received_at, d.actor, d.batch, d.headers, f.source, f.kind, coalesce(f.settings, '{}')"
        " from intake_delivery d left join intake_feed f on f.id = d.feed_id where d.shop_id = %s and d.id = %s",
        (shop_id, delivery_id),
    ).fetchone()
    return None if row is None else Came(*row)


def came_back_as(cur: Cursor, shop_id: int, delivery_id: int) -> list[Quarantined]:
    """What of a delivery stands in the quarantine; empty when all of it was taken in, or it is still waiting."""
    rows = cur.execute(
        _QUARANTINED + " where shop_id = %s and delivery_id = %s order by id limit %s",
        (EXCERPT_BYTES, shop_id, delivery_id, MOST_ROWS),
    )
    return [_quarantined(row) for row in rows]


def tried_before(cur: Cursor, shop_id: int, delivery_id: int) -> Quarantined | None:
    """The quarantined item whose replay this delivery is, if it is one."""
    row = cur.execute(
        _QUARANTINED + " where shop_id = %s and replay_delivery_id = %s", (EXCERPT_BYTES, shop_id, delivery_id)
    ).fetchone()
    return None if row is None else _quarantined(row)


def deed_result(cur: Cursor, shop_id: int, deed_id: int) -> DeedResult | None:
    """What became of what this deed sent in again; None when it sent nothing, or isn't this shop's."""
    row = cur.execute(
        "select count(*), count(*) filter (where p.delivery_id is not null), count(*) filter (where exists"
        " (select 1 from intake_quarantine again where again.delivery_id = q.replay_delivery_id))"
        " from intake_quarantine q left join intake_pending p on p.delivery_id = q.replay_delivery_id"
        " where q.shop_id = %s and q.deed_id = %s and q.replay_delivery_id is not null",
        (shop_id, deed_id),
    ).fetchone()
    return DeedResult(*row) if row and row[0] else None


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
    """How many are open, up to MOST_COUNTED."""
    row = cur.execute(
        "select count(*) from (select 1 from intake_quarantine where shop_id = %s and state = 'open' limit %s) counted",
        (shop_id, MOST_COUNTED),
    ).fetchone()
    return 0 if row is None else int(row[0])


def feeds(cur: Cursor, shop_id: int) -> list[FeedRow]:
    """All feeds of the shop but the removed ones, the closed ones too, oldest first."""
    rows = cur.execute(
        "select id, slug, kind, source, cardinality(secrets), settings, active, created_at,"
        " array(select jsonb_object_keys(credentials) order by 1) from intake_feed"
        " where shop_id = %s and removed_at is null order by id",
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
