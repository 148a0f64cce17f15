"""Facts for a round of `advance` calls: one load for all who need the same names, never a query a person.

Adds to the registered facts those that only the conductor knows: working time, the shop's defaults, the history.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base import facts
from regulars.base.db import Cursor
from regulars.core.enrolment import Enrolment
from regulars.core.needs import listens
from regulars.core.scheme import Scheme
from regulars.shop import queries as shop

__all__ = ["SHOP_FIELDS", "Ask", "facts_for", "shop_facts"]

SHOP_FIELDS = frozenset({"shop.name", "shop.time_zone", "shop.currency", "shop.country", "shop.satisfaction_days"})


_CONDUCTORS = frozenset({"worktime", "shop", "history", "winner", "entry"})
"""Facts that no app registers."""


@dataclass(slots=True)
class Ask:
    """One `advance` call's wish: whose facts, which names. `begins_with`: the event by which he enters just now; his
    history begins with it."""

    state: Enrolment
    scheme: Scheme
    names: frozenset[str]
    begins_with: int = 0


_HISTORY = """
select t.i, e.id, e.kind, e.occurred_at, e.order_id, e.data
from unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[]) as t(i, person, own, since)
join lateral (
  select * from events_event e where t.own is not null and e.order_id = t.own and e.kind = any(%s) and e.live
  union
  select * from events_event e where e.person_id = t.person and e.id >= t.since and e.kind = any(%s) and e.live
) e on true
order by t.i, e.id
"""


def shop_facts(cur: Cursor, shop_id: int) -> dict[str, Any]:
    """`shop.*`, as conditions and letters see it; `day`: from and until when a buyer may be called, by his clock.

    `unknown_zone`: by whose clock, where his isn't known.
    """
    s = shop.settings_of(cur, shop_id)
    return {
        "name": s.name,
        "time_zone": s.time_zone,
        "currency": s.currency,
        "country": s.country,
        "satisfaction_days": s.satisfaction_days,
        "day": s.day,
        "unknown_zone": s.unknown_zone,
    }


def facts_for(cur: Cursor, shop_id: int, asks: Sequence[Ask], now: datetime) -> list[dict[str, Any]]:
    """The facts of each ask, in order."""
    own = shop_facts(cur, shop_id)
    worktime = shop.worktimes(cur, shop_id)
    names = frozenset().union(*(a.names for a in asks)) if asks else frozenset()
    loaded = [n for n in names if n.split(".", 1)[0] not in _CONDUCTORS]
    subjects = [facts.Subject(a.state.person_id or 0, a.state.order_id) for a in asks]
    out = facts.load(cur, shop_id, subjects, loaded, now) if loaded else [{} for _ in asks]
    past = _histories(cur, asks)
    for i, found in enumerate(out):
        found["shop"] = own
        found["worktime"] = worktime
        found["history"] = past.get(i, ())
    return out


def _histories(cur: Cursor, asks: Sequence[Ask]) -> dict[int, list[dict[str, Any]]]:
    wanted = [(i, a) for i, a in enumerate(asks) if "history" in a.names]
    if not wanted:
        return {}
    kinds = sorted(frozenset().union(*(listens(a.scheme) for _, a in wanted)))
    rows = cur.execute(
        _HISTORY,
        (
            [i for i, _ in wanted],
            [a.state.person_id for _, a in wanted],
            [a.state.order_id for _, a in wanted],
            [a.begins_with or _start_id(a.state) for _, a in wanted],
            kinds,
            kinds,
        ),
    ).fetchall()
    out: dict[int, list[dict[str, Any]]] = {}
    for i, id_, kind, at, order, data in rows:
        out.setdefault(i, []).append({"id": id_, "kind": kind, "occurred_at": at, "order_id": order, "data": data})
    return out


def _start_id(state: Enrolment) -> int:
    start = state.data.get("start") or {}
    return int(start.get("id") or start.get("since") or 0)
