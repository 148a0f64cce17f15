"""Persons who may be one: looked for when one arrives or changes, shown to people, merged or told apart for good. Writes.

Candidates come out of an index of folded traits, never by comparing all with all. Nothing is merged by itself.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from regulars.base import audit, clock, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.events.actions import lock_mailboxes
from regulars.people.actions import MergeRefused, merge, unmerge
from regulars.people.queries import PersonCard, cards
from regulars.people.reach import canonical
from regulars.rules.doubles import SHOWN, Traits, keys, score

__all__ = [
    "DoubleRow",
    "look_once",
    "merge_pair",
    "of_persons",
    "one",
    "open_count",
    "page",
    "state",
    "tell_apart",
    "undo",
]

BATCH = 200
MOST_SHARING = 20
"""A trait that more persons share is nobody's own: a shop's number typed in for those who gave none."""

_TAKE = """
delete from people_recheck where person_id in (
  select person_id from people_recheck order by person_id limit %s for update skip locked
) returning shop_id, person_id
"""
_KEYS = """
insert into people_match_key (shop_id, person_id, kind, digest)
select %s, p, k, d from unnest(%s::bigint[], %s::text[], %s::bytea[]) as t(p, k, d)
"""
_NEAR = """
select k.person_id, o.person_id from people_match_key k
cross join lateral (
  select person_id from people_match_key where shop_id = k.shop_id and kind = k.kind and digest = k.digest limit %s
) o
where k.person_id = any(%s) and o.person_id <> k.person_id
and (select count(*) from (select 1 from people_match_key where shop_id = k.shop_id and kind = k.kind
     and digest = k.digest limit %s) c) <= %s
"""
_FOUND = """
insert into people_double (shop_id, one_id, other_id, score, reasons, found_at)
select %s, o, t, s, r::jsonb, %s from unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::text[]) as x(o, t, s, r)
on conflict (shop_id, one_id, other_id) do update set score = excluded.score, reasons = excluded.reasons
where people_double.state = 'open'
"""
_GONE = """
delete from people_double where shop_id = %s and state = 'open' and (one_id = any(%s) or other_id = any(%s))
and not (one_id, other_id) in (select * from unnest(%s::bigint[], %s::bigint[]))
"""
_COLUMNS = "id, one_id, other_id, score, reasons, state, moved_id, decided_by, decided_at, found_at"
_SELECT = f"select {_COLUMNS} from people_double where shop_id = %s"  # noqa: S608 - our own column names


@dataclass(frozen=True, slots=True)
class DoubleRow:
    """Two persons who may be one."""

    id: int
    one_id: int
    other_id: int
    score: int
    reasons: list[str]
    state: str
    moved_id: int | None
    decided_by: str | None
    decided_at: datetime | None
    found_at: datetime


def look_once(raw: "psycopg.Connection[Any]", limit: int = BATCH) -> int:
    """Look for the doubles of some persons who are new or were described anew; how many persons."""
    with db.transaction_on(raw) as cur:
        taken = cur.execute(_TAKE, (limit,)).fetchall()
        by_shop: dict[int, list[int]] = {}
        for shop_id, person_id in taken:
            by_shop.setdefault(shop_id, []).append(person_id)
        for shop_id, persons in by_shop.items():
            _look(cur, shop_id, persons, clock.now_from(cur))
    return len(taken)


def state(cur: Cursor, _now: datetime) -> tuple[bool, datetime | None]:
    """Whether somebody's doubles were not looked for yet; nobody's fall due later. For a playground's clock."""
    row = cur.execute("select exists (select 1 from people_recheck)").fetchone()
    return (bool(row and row[0]), None)


def _look(cur: Cursor, shop_id: int, persons: Sequence[int], now: datetime) -> None:
    known = cards(cur, shop_id, persons)
    rows = [
        (card.id, kind, hashlib.sha256(value.encode()).digest()[:16])
        for card in known.values()
        if card.erased_at is None
        for kind, value in sorted(keys(_traits(card)))
    ]
    cur.execute("delete from people_match_key where person_id = any(%s)", (list(persons),))
    if rows:
        cur.execute(_KEYS, (shop_id, *db.columns(rows, 3)))
    near = cur.execute(_NEAR, (MOST_SHARING + 1, list(known), MOST_SHARING + 1, MOST_SHARING)).fetchall()
    pairs = sorted({(min(a, b), max(a, b)) for a, b in near})
    found = _scored(cur, shop_id, pairs)
    ids = [[f[0] for f in found], [f[1] for f in found]]
    cur.execute(_GONE, (shop_id, list(persons), list(persons), *ids))
    if found:
        cur.execute(_FOUND, (shop_id, now, *ids, [f[2] for f in found], [db.dumps(f[3]) for f in found]))


def _scored(cur: Cursor, shop_id: int, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int, int, list[str]]]:
    everybody = {i for pair in pairs for i in pair}
    who = canonical(cur, shop_id, everybody)
    traits = {i: _traits(card) for i, card in cards(cur, shop_id, list(everybody)).items() if card.erased_at is None}
    out = []
    for one_id, other_id in pairs:
        if one_id in traits and other_id in traits and who.get(one_id) != who.get(other_id):
            points, reasons = score(traits[one_id], traits[other_id])
            if points >= SHOWN:
                out.append((one_id, other_id, points, reasons))
    return out


def _traits(card: PersonCard) -> Traits:
    place = f"{card.address.get('city') or ''} {card.address.get('street') or ''}" if card.address.get("street") else ""
    return Traits(card.name, tuple(card.emails), tuple(card.phones), place, card.birthday)


def page(cur: Cursor, shop_id: int, *, after: tuple[int, int] | None = None, limit: int = 50) -> list[DoubleRow]:
    """Pairs that nobody has decided, the likeliest first; `after`: (score, id) of the last one seen."""
    more = " and (score, id) < (%s, %s)" if after is not None else ""
    values = [shop_id, *(after or ()), limit]
    rows = cur.execute(_SELECT + " and state = 'open'" + more + " order by score desc, id desc limit %s", values)
    return [DoubleRow(*r) for r in rows]


def open_count(cur: Cursor, shop_id: int, most: int = 100) -> int:
    """How many wait; counted up to `most`."""
    row = cur.execute(
        "select count(*) from (select 1 from people_double where shop_id = %s and state = 'open' limit %s) t",
        (shop_id, most),
    ).fetchone()
    return row[0] if row else 0


def of_persons(cur: Cursor, shop_id: int, person_ids: Iterable[int], state: str = "open") -> list[DoubleRow]:
    """Pairs of these persons (all ids of one), the likeliest first."""
    ids = list(person_ids)
    rows = cur.execute(
        _SELECT + " and state = %s and (one_id = any(%s) or other_id = any(%s)) order by score desc, id limit 20",
        (shop_id, state, ids, ids),
    )
    return [DoubleRow(*r) for r in rows]


def one(cur: Cursor, shop_id: int, double_id: int) -> DoubleRow | None:
    """One pair."""
    row = cur.execute(_SELECT + " and id = %s", (shop_id, double_id)).fetchone()
    return None if row is None else DoubleRow(*row)


def _decide(
    cur: Cursor,
    shop_id: int,
    double_id: int,
    was: str,
    state: str,
    actor: Actor | None,
    now: datetime,
    moved_id: int | None = None,
) -> bool:
    row = cur.execute(
        "update people_double set state = %s, decided_by = %s, decided_at = %s, moved_id = %s"
        " where shop_id = %s and id = %s and state = %s returning id",
        (state, str(actor) if actor else None, now if actor else None, moved_id, shop_id, double_id, was),
    ).fetchone()
    return row is not None


def merge_pair(cur: Cursor, shop_id: int, double_id: int, keep: int, actor: Actor, now: datetime) -> None:
    """The two are one: `keep` stays, and whoever answers for the other answers no longer.

    Raises LookupError for a pair that isn't open, MergeRefused when they are one already.
    """
    pair = one(cur, shop_id, double_id)
    if pair is None or pair.state != "open" or keep not in (pair.one_id, pair.other_id):
        raise LookupError(double_id)
    other = pair.other_id if keep == pair.one_id else pair.one_id
    lock_mailboxes(cur, [keep, other])
    moved = canonical(cur, shop_id, [other]).get(other)
    if moved is None:
        raise MergeRefused("one of the two is not a person of this shop")
    merge(cur, shop_id, keep, moved, actor, now)
    if not _decide(cur, shop_id, double_id, "open", "merged", actor, now, moved):
        raise LookupError(double_id)


def tell_apart(cur: Cursor, shop_id: int, double_id: int, actor: Actor, now: datetime) -> bool:
    """The two are not one, and are never asked about again; False when the pair isn't open."""
    is_done = _decide(cur, shop_id, double_id, "open", "different", actor, now)
    if is_done:
        audit.write(cur, shop_id, actor, "person.told_apart", "double", double_id)
    return is_done


def undo(cur: Cursor, shop_id: int, double_id: int, actor: Actor, now: datetime) -> bool:
    """Take a decision back: merged persons are two again, and the pair is asked about once more."""
    pair = one(cur, shop_id, double_id)
    if pair is None or pair.state not in ("merged", "different"):
        return False
    if pair.state == "merged" and not unmerge(cur, shop_id, pair.moved_id or 0, actor, now):
        return False
    return _decide(cur, shop_id, double_id, pair.state, "open", None, now)
