"""Reads of points and codes; whoever was merged is one with the person that he became."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.base.db import Cursor
from regulars.people.reach import one_with

__all__ = ["Account", "CodeRow", "account_of", "accounts", "codes", "newest_codes"]


@dataclass(frozen=True, slots=True)
class Account:
    """The points of one person: `earned` is the last lot's, `expiring` those that go first, at `expires_at`."""

    balance: int = 0
    earned: int = 0
    expiring: int = 0
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code as it was issued."""

    id: int
    person_id: int
    code: str
    gives: str
    percent: int | None
    amount: int | None
    currency: str | None
    state: str
    issued_at: datetime
    valid_until: datetime


# What is past its day is no balance any more, though the transfer that says so may come a moment later.
_LEFT = """
select l.person_id, l.id, l.points, l.valid_until,
  case when l.closed_at is not null or l.valid_until < %(now)s then 0 else coalesce((
    select sum(case when e.target = 'available' then e.points when e.source = 'available' then -e.points else 0 end)
    from loyalty_entry e where e.lot_id = l.id), 0) end::bigint
from loyalty_lot l where l.shop_id = %(shop)s and l.person_id = any(%(ids)s) order by l.earned_at, l.id
"""
_CODES = """
select id, person_id, code, gives, percent, amount, currency, state, issued_at, valid_until
from loyalty_code where shop_id = %s and person_id = any(%s) order by issued_at desc, id desc limit %s
"""
_NEWEST = """
select distinct on (root) c.id, root, c.code, c.gives, c.percent, c.amount, c.currency, c.state, c.issued_at, c.valid_until
from unnest(%s::bigint[], %s::bigint[]) as t(member, root)
join loyalty_code c on c.person_id = t.member
where c.shop_id = %s and c.state = 'issued' and c.uses_left > 0 and c.valid_until >= %s
order by root, c.issued_at desc, c.id desc
"""


def accounts(cur: Cursor, shop_id: int, person_ids: Iterable[int], now: datetime) -> dict[int, Account]:
    """The account of each person; an empty one for whoever never had points."""
    owner = _owners(cur, shop_id, person_ids)
    lots: dict[int, list[tuple[int, datetime | None, int]]] = {}
    for person, _, points, until, left in cur.execute(_LEFT, {"shop": shop_id, "ids": list(owner), "now": now}):
        lots.setdefault(owner[person], []).append((points, until, left))
    known = {root: account_of(found) for root, found in lots.items()}
    return {person: known.get(root, Account()) for person, root in owner.items()}


def account_of(lots: Sequence[tuple[int, datetime | None, int]]) -> Account:
    """What lots (points, until when, how many are left), oldest first, come to."""
    soonest = min((until for _, until, left in lots if left and until is not None), default=None)
    return Account(
        balance=sum(left for _, _, left in lots),
        earned=lots[-1][0] if lots else 0,
        expiring=sum(left for _, until, left in lots if soonest is not None and until == soonest),
        expires_at=soonest,
    )


def newest_codes(cur: Cursor, shop_id: int, person_ids: Iterable[int], now: datetime) -> dict[int, CodeRow]:
    """The newest code of each person that is still good; who has none is left out."""
    owner = _owners(cur, shop_id, person_ids)
    rows = cur.execute(_NEWEST, (list(owner), list(owner.values()), shop_id, now)).fetchall()
    found = {row[1]: CodeRow(*row) for row in rows}
    return {person: found[root] for person, root in owner.items() if root in found}


def codes(cur: Cursor, shop_id: int, person_ids: Collection[int], limit: int) -> list[CodeRow]:
    """The last codes of these persons, newest first."""
    return [CodeRow(*row) for row in cur.execute(_CODES, (shop_id, list(person_ids), limit))]


def _owners(cur: Cursor, shop_id: int, person_ids: Iterable[int]) -> dict[int, int]:
    ids = set(person_ids)
    return {i: i for i in ids} | one_with(cur, shop_id, ids)
