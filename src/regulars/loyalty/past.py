"""Points and codes as they stood at moments of the past, for whole groups. Reads only.

Owns what 'as of' means for them: lots and transfers have their times; whether a code is still good, its times apart,
counts as it is now.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.core.effects import IssueCode
from regulars.core.replayed_beside import GoodCode, Lot
from regulars.loyalty.facts import code_facts, points_facts
from regulars.loyalty.queries import CodeRow, account_of

__all__ = ["issued", "load_codes", "load_lots", "points"]

_LOTS = """
select id, person_id, points, earned_at, valid_until, closed_at from loyalty_lot
where shop_id = %s and person_id = any(%s) and not coalesce(enrolment_id = any(%s), false) order by earned_at, id
"""
_ENTRIES = """
select e.lot_id, e.at, case when e.target = 'available' then e.points when e.source = 'available' then -e.points else 0 end
from loyalty_entry e where e.lot_id = any(%s) order by e.at, e.id
"""
_CODES = """
select id, person_id, code, gives, percent, amount, currency, state, issued_at, valid_until from loyalty_code
where shop_id = %s and person_id = any(%s) and state = 'issued' and uses_left > 0
  and not coalesce(enrolment_id = any(%s), false) order by issued_at, id
"""


def load_lots(cur: Cursor, shop_id: int, who: Mapping[int, int], without: Sequence[int]) -> dict[int, list[Lot]]:
    """The lots of each, oldest first, but those that these enrolments gave."""
    rows = cur.execute(_LOTS, (shop_id, list(who), list(without))).fetchall()
    moves: dict[int, list[tuple[datetime, int]]] = {}
    for lot, at, points in cur.execute(_ENTRIES, ([row[0] for row in rows],)).fetchall() if rows else ():
        moves.setdefault(lot, []).append((at, points))
    out: dict[int, list[Lot]] = {}
    for id_, person, points, earned_at, valid_until, closed_at in rows:
        out.setdefault(who[person], []).append(Lot(points, earned_at, valid_until, moves.get(id_, ()), closed_at))
    return out


def load_codes(cur: Cursor, shop_id: int, who: Mapping[int, int], without: Sequence[int]) -> dict[int, list[GoodCode]]:
    """The codes of each, oldest first, but those that these enrolments issued."""
    out: dict[int, list[GoodCode]] = {}
    for values in cur.execute(_CODES, (shop_id, list(who), list(without))).fetchall():
        row = CodeRow(*values)
        out.setdefault(who[row.person_id], []).append(GoodCode(row.issued_at, row.valid_until, code_facts(row, None)))
    return out


def points(lots: Sequence[tuple[int, datetime | None, int]]) -> Mapping[str, Any]:
    """`points.*` of lots: (points, until when, how many are left), oldest first."""
    return points_facts(account_of(lots))


def issued(effect: IssueCode, code: str) -> Mapping[str, Any]:
    """`code.*` of a code as it would be issued."""
    terms = (effect.gives, effect.percent, effect.amount, effect.currency, "issued", effect.at, effect.valid_until)
    return code_facts(CodeRow(0, 0, code, *terms), None)
