"""Reads of notices: what somebody has not seen, the page of them, the ways to him and what is on its way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base import clock
from regulars.base.db import Cursor

__all__ = [
    "NoticeRow",
    "TellingPage",
    "TellingRow",
    "Unseen",
    "WayRow",
    "is_on_its_way",
    "listing",
    "one",
    "tellings",
    "unseen",
    "unseen_state",
    "way",
    "ways",
]

MOST_COUNTED = 100
SHOWN = 6
LOOKED_AT = 5000


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice of one account."""

    id: int
    kind: str
    subject: str
    params: dict[str, Any]
    is_urgent: bool
    told_at: datetime
    expires_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unseen:
    """How many wait (up to a hundred), and the newest of them."""

    count: int
    newest: int

    @property
    def version(self) -> str:
        """Names what a screen shows of them."""
        return f"{self.count}-{self.newest}"


@dataclass(frozen=True, slots=True)
class WayRow:
    """A way to somebody; `secret` is a service's encrypted address."""

    id: int
    account_id: int
    kind: str
    label: str
    secret: bytes | None
    failures: int
    paused_until: datetime | None
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class TellingRow:
    """A notice on its way, or what became of it."""

    id: int
    account_id: int
    way: str
    label: str
    kind: str
    subject: str
    params: dict[str, Any]
    state: str
    reason: str
    tries: int
    due_at: datetime
    closed_at: datetime | None


_COLUMNS = "id, kind, subject, params, is_urgent, told_at, expires_at, seen_at"


def unseen_state(cur: Cursor, shop_id: int, account_id: int, now: datetime) -> Unseen:
    """What a poll compares: one short range of an index."""
    row = cur.execute(
        "select count(*), coalesce(max(id), 0) from (select id from staff_notice where account_id = %s and shop_id = %s"
        " and seen_at is null and expires_at > %s order by id desc limit %s) waiting",
        (account_id, shop_id, now, MOST_COUNTED),
    ).fetchone()
    return Unseen(*row) if row else Unseen(0, 0)


def unseen(cur: Cursor, shop_id: int, account_id: int, now: datetime) -> list[NoticeRow]:
    """The newest that wait, the newest first."""
    rows = cur.execute(
        f"select {_COLUMNS} from staff_notice where account_id = %s and shop_id = %s and seen_at is null"  # noqa: S608
        " and expires_at > %s order by id desc limit %s",
        (account_id, shop_id, now, SHOWN),
    )
    return [NoticeRow(*r) for r in rows]


def listing(
    cur: Cursor,
    shop_id: int,
    account_id: int,
    *,
    kind: str | None = None,
    only_unseen: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> list[NoticeRow]:
    """A page of somebody's notices, the newest first; `before`: the last id seen."""
    rows = cur.execute(
        f"select {_COLUMNS} from staff_notice where account_id = %s and shop_id = %s and kind <> 'trial'"  # noqa: S608
        " and (%s::text is null or kind = %s) and (not %s or seen_at is null) and (%s::bigint is null or id < %s)"
        " order by id desc limit %s",
        (account_id, shop_id, kind, kind, only_unseen, before, before, limit),
    )
    return [NoticeRow(*r) for r in rows]


def one(cur: Cursor, shop_id: int, account_id: int, notice_id: int) -> NoticeRow | None:
    """One notice of somebody's own."""
    row = cur.execute(
        f"select {_COLUMNS} from staff_notice where shop_id = %s and account_id = %s and id = %s",  # noqa: S608
        (shop_id, account_id, notice_id),
    ).fetchone()
    return None if row is None else NoticeRow(*row)


_WAY = "id, account_id, kind, label, secret, failures, paused_until, answer, answered_at"


def ways(cur: Cursor, account_id: int) -> list[WayRow]:
    """The ways to somebody, his e-mail first."""
    rows = cur.execute(
        f"select {_WAY} from staff_way where account_id = %s and removed_at is null order by kind, id",  # noqa: S608
        (account_id,),
    )
    return [WayRow(*r) for r in rows]


def way(cur: Cursor, account_id: int, way_id: int) -> WayRow | None:
    """One way of somebody's own."""
    row = cur.execute(
        f"select {_WAY} from staff_way where account_id = %s and id = %s and removed_at is null",  # noqa: S608
        (account_id, way_id),
    ).fetchone()
    return None if row is None else WayRow(*row)


@dataclass(frozen=True, slots=True)
class TellingPage:
    """A page of what was told outside the product; `following`: the id to go on below, None at the end.

    `is_cut`: LOOKED_AT were looked through, and fewer matched than fit on a page.
    """

    rows: list[TellingRow]
    following: int | None
    is_cut: bool


# A filter may match hardly anything, so no more than LOOKED_AT are looked through at once.
_TELLINGS = """
with looked as (
  select id, account_id, way_id, notice_id, state, reason, tries, due_at, closed_at from staff_telling
  where shop_id = %(shop)s and (%(before)s::bigint is null or id < %(before)s) order by id desc limit %(most)s
)
select t.id, t.account_id, w.kind, w.label, n.kind, n.subject, n.params, t.state, t.reason, t.tries, t.due_at, t.closed_at
from looked t join staff_way w on w.id = t.way_id join staff_notice n on n.id = t.notice_id
where (%(states)s::text[] is null or t.state = any(%(states)s)) and (%(way)s::text is null or w.kind = %(way)s)
  and (%(account)s::bigint is null or t.account_id = %(account)s)
order by t.id desc limit %(limit)s
"""
_LAST_LOOKED_AT = """
select id from staff_telling where shop_id = %(shop)s and (%(before)s::bigint is null or id < %(before)s)
order by id desc offset %(most)s - 1 limit 1
"""


def tellings(
    cur: Cursor,
    shop_id: int,
    *,
    account_id: int | None = None,
    way: str | None = None,
    states: Sequence[str] = (),
    before: int | None = None,
    limit: int = 50,
) -> TellingPage:
    """What went, or is to go, to the shop's staff outside the product; the newest first."""
    asked = {
        "shop": shop_id,
        "account": account_id,
        "way": way,
        "states": list(states) or None,
        "before": before,
        "most": LOOKED_AT,
        "limit": limit + 1,
    }
    rows = [TellingRow(*r) for r in cur.execute(_TELLINGS, asked)]
    if len(rows) > limit:
        return TellingPage(rows[:limit], rows[limit - 1].id, False)
    last = cur.execute(_LAST_LOOKED_AT, asked).fetchone()
    return TellingPage(rows, last[0] if last else None, last is not None)


def is_on_its_way(cur: Cursor, account_id: int) -> bool:
    """Whether a trial of his has not been answered yet."""
    row = cur.execute(
        "select exists (select 1 from staff_telling t join staff_notice n on n.id = t.notice_id where n.account_id = %s"
        " and n.kind = 'trial' and t.state in ('waiting', 'sending') and t.tries = 0 and t.expires_at > %s)",
        (account_id, clock.now_from(cur)),
    ).fetchone()
    return bool(row and row[0])
