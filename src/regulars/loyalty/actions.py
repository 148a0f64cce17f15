"""The only writes of loyalty beside expiry: points are given, codes are issued. Each once for its key.

The caller holds the mailboxes of the persons; each deed records its event in the same transaction.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.base import db
from regulars.base.db import Cursor
from regulars.events.actions import NewEvent, record

__all__ = ["NewCode", "NewPoints", "give_points", "issue_codes"]

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Nothing that is mistaken for another when it is read aloud or copied: no I, L, O, 0, 1."""
LENGTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPoints:
    """Points to be given; `key`: the identity of the deed, `cause`: as events name it."""

    key: str
    person_id: int
    points: int
    earned_at: datetime
    valid_until: datetime | None
    cause: str
    order_id: int | None = None
    enrolment_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCode:
    """A code to be issued. `amount`: minor units of `currency`."""

    key: str
    person_id: int
    gives: str
    percent: int | None
    amount: int | None
    currency: str | None
    issued_at: datetime
    valid_until: datetime
    cause: str
    order_id: int | None = None
    enrolment_id: int | None = None


_LOTS = """
insert into loyalty_lot (shop_id, key, person_id, points, earned_at, valid_until, order_id, enrolment_id)
select %s, k, p, n, e, v, o, en
from unnest(%s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::bigint[])
  as x(k, p, n, e, v, o, en)
on conflict (shop_id, key) do nothing returning key, id
"""
_ENTRIES = """
insert into loyalty_entry (shop_id, person_id, lot_id, source, target, points, key, at, cause)
select %s, p, l, 'shop', 'available', n, k, a, c
from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::text[]) as x(p, l, n, k, a, c)
"""
_CODES = """
insert into loyalty_code (shop_id, key, code, person_id, gives, percent, amount, currency, issued_at, valid_until, order_id,
                          enrolment_id)
select %s, k, co, p, g, pe, a, cu, i, v, o, en
from unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::smallint[], %s::bigint[], %s::text[], %s::timestamptz[],
            %s::timestamptz[], %s::bigint[], %s::bigint[]) as x(k, co, p, g, pe, a, cu, i, v, o, en)
on conflict (shop_id, key) do nothing returning key, id
"""


def give_points(cur: Cursor, shop_id: int, given: Sequence[NewPoints], now: datetime) -> None:
    """Give points: a lot each with its terms, and the transfer that fills it. Records points.earned."""
    if not given:
        return
    rows = [(g.key, g.person_id, g.points, g.earned_at, g.valid_until, g.order_id, g.enrolment_id) for g in given]
    lots: dict[str, int] = dict(cur.execute(_LOTS, (shop_id, *db.columns(rows, 7))).fetchall())
    new = [g for g in given if g.key in lots]
    moves = [(g.person_id, lots[g.key], g.points, f"earn:{g.key}", g.earned_at, g.cause) for g in new]
    cur.execute(_ENTRIES, (shop_id, *db.columns(moves, 6)))
    events = [
        NewEvent(
            "points.earned",
            now,
            True,
            g.person_id,
            g.order_id,
            {"lot_id": str(lots[g.key]), "points": g.points, "valid_until": g.valid_until},
            g.cause,
        )
        for g in new
    ]
    record(cur, shop_id, events, now)


def issue_codes(cur: Cursor, shop_id: int, wanted: Sequence[NewCode], now: datetime) -> None:
    """Issue codes. Records code.issued, which doesn't hold the code itself."""
    if not wanted:
        return
    rows = [
        (
            w.key, _fresh(), w.person_id, w.gives, w.percent, w.amount, w.currency, w.issued_at, w.valid_until,
            w.order_id, w.enrolment_id,
        )
        for w in wanted
    ]  # fmt: skip
    ids: dict[str, int] = dict(cur.execute(_CODES, (shop_id, *db.columns(rows, 11))).fetchall())
    events = [
        NewEvent(
            "code.issued",
            now,
            True,
            w.person_id,
            w.order_id,
            {
                "code_id": str(ids[w.key]),
                "gives": w.gives,
                "percent": w.percent,
                "amount": w.amount,
                "currency": w.currency,
                "valid_until": w.valid_until,
            },
            w.cause,
        )
        for w in wanted
        if w.key in ids
    ]
    record(cur, shop_id, events, now)


def _fresh() -> str:
    """Ten of 31 letters: nobody guesses one of a million codes within a trillion tries, and two never meet."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
