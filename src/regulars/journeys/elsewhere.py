"""What a scheme asks of others: the decided winners of its splits, and whether a person may begin another scheme.

Owns these facts and the enrolments that begin by a step of another scheme; each one statement for a whole round.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from regulars.base import db
from regulars.base.db import Cursor
from regulars.core.effects import EnrolPerson
from regulars.core.entry import begin_by_scheme
from regulars.effects.order import EffectOrder
from regulars.journeys import entry
from regulars.journeys.post import Pending, Standing
from regulars.journeys.versions import CompiledVersion

__all__ = ["Asking", "begin", "lay_over"]

_WINNERS = "select scheme_id, step, target from journeys_winner where shop_id = %s and scheme_id = any(%s)"


@dataclass(slots=True)
class Asking:
    """One `advance` call: where it stands, the names that it asks for, and its facts, which are added to."""

    standing: Standing
    names: frozenset[str]
    facts: dict[str, Any]


def lay_over(
    cur: Cursor,
    shop_id: int,
    asking: Iterable[Asking],
    live: Sequence[CompiledVersion],
    others_of: Callable[[Standing], list[Standing]],
    now: datetime,
) -> None:
    """Add `winner.<step>` and `entry.<scheme>` (why he may not begin it) to the facts of those who ask for them.

    `others_of`: all enrolments of the person in memory, of which the database may not know yet.
    """
    asking = [a for a in asking if any(_asked(a.names))]
    if not asking:
        return
    _winners(cur, shop_id, [a for a in asking if _asked(a.names)[0]])
    versions = {v.scheme.name: v for v in live}
    wanted: list[tuple[Asking, str, entry.Candidate]] = []
    for a in asking:
        for name in _asked(a.names)[1]:
            refusal = _at_sight(versions.get(name), a.standing)
            if refusal is None:
                wanted.append((a, name, _candidate(versions[name], a.standing, now)))
            else:
                a.facts.setdefault("entry", {})[name] = refusal
    if wanted:
        unwritten = {a.standing.state.person_id or 0: others_of(a.standing) for a, _, _ in wanted}
        found = entry.refusals(cur, [c for _, _, c in wanted], unwritten, now)
        for (a, name, _), refusal in zip(wanted, found, strict=True):
            if refusal is not None:
                a.facts.setdefault("entry", {})[name] = refusal


@lru_cache(maxsize=4096)
def _asked(names: frozenset[str]) -> tuple[bool, tuple[str, ...]]:
    """Whether a winner is asked for, and which schemes may be begun."""
    schemes = sorted(n.partition(".")[2] for n in names if n.startswith("entry."))
    return any(n.startswith("winner.") for n in names), tuple(schemes)


def _winners(cur: Cursor, shop_id: int, asking: Sequence[Asking]) -> None:
    if not asking:
        return
    rows = cur.execute(_WINNERS, (shop_id, sorted({a.standing.scheme_id for a in asking}))).fetchall()
    by_scheme: dict[int, dict[str, str]] = {}
    for scheme_id, step, target in rows:
        by_scheme.setdefault(scheme_id, {})[step] = target
    for a in asking:
        a.facts["winner"] = by_scheme.get(a.standing.scheme_id, {})


def _at_sight(version: CompiledVersion | None, standing: Standing) -> str | None:
    if version is None:
        return "not_live"
    return "no_order" if version.scheme.per == "order" and standing.state.order_id is None else None


def _candidate(version: CompiledVersion, standing: Standing, at: datetime) -> entry.Candidate:
    person_id = standing.state.person_id or 0
    event = Pending(0, person_id, "enrolment.started", at, standing.state.order_id, {})
    return entry.Candidate(version, event, person_id)


def begin(
    cur: Cursor,
    shop_id: int,
    wanted: Sequence[tuple[Standing, str, EffectOrder]],
    live: Sequence[CompiledVersion],
    others_of: Callable[[Standing], list[Standing]],
    now: datetime,
) -> list[Standing]:
    """The enrolments that these effects begin, by the scheme that does it; each stands before its first step, due now."""
    versions = {v.scheme.name: v for v in live}
    effects: dict[int, tuple[str, EnrolPerson]] = {}
    chosen = []
    for standing, by_scheme, order in wanted:
        assert isinstance(order.effect, EnrolPerson)
        if order.effect.scheme in versions:
            candidate = _candidate(versions[order.effect.scheme], standing, order.effect.at)
            effects[id(candidate)] = (by_scheme, order.effect)
            chosen.append(candidate)
    unwritten = {s.state.person_id or 0: others_of(s) for s, _, _ in wanted}
    out = []
    turned_away: list[entry.Refused] = []  # the effect's own record says why
    for candidate, new in entry.enrol(cur, shop_id, chosen, unwritten, now, turned_away):
        by_scheme, effect = effects[id(candidate)]
        begin_by_scheme(new.state, by_scheme, effect.at, effect.chain, db.ids(cur, 1)[0])
        out.append(new)
    return out
