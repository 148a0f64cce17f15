"""The hold-out of the whole shop: who gets no advertising, points and codes of any scheme.

Owns the draw and its keeping: by a hash, once a person, at the first contact while the shop has a hold-out. Who was
merged is answered for by the person he became. What is kept back is others' matter.
"""

from collections.abc import Collection
from datetime import datetime

from regulars.base.db import Cursor
from regulars.core.entry import is_held_by_shop
from regulars.people.reach import canonical

__all__ = ["kept_back"]

_KNOWN = "select person_id, held from people_hold_out where person_id = any(%s)"
# Two who draw at once draw the same; the first is kept, its time too.
_DRAW = """
insert into people_hold_out (person_id, shop_id, held, at)
select p, %s, h, %s from unnest(%s::bigint[], %s::bool[]) as t(p, h) order by p
on conflict (person_id) do update set held = people_hold_out.held
returning person_id, held
"""


def kept_back(cur: Cursor, shop_id: int, person_ids: Collection[int], permille: int, now: datetime) -> set[int]:
    """Those of the persons who belong to it. `permille` 0: the shop has none, nobody is drawn and nobody kept back."""
    if permille <= 0 or not person_ids:
        return set()
    who = canonical(cur, shop_id, person_ids)
    roots = sorted(set(who.values()))
    held: dict[int, bool] = dict(cur.execute(_KNOWN, (roots,)).fetchall())
    new = [p for p in roots if p not in held]
    if new:
        drawn = [is_held_by_shop(p, permille) for p in new]
        held.update(dict(cur.execute(_DRAW, (shop_id, now, new, drawn)).fetchall()))
    return {person for person, root in who.items() if held[root]}
