"""Facts about calls on their way in: folded with what is known, the caller looked up, new callers made leads.

Set-based, as the other takers. What follows from a call at the desk is desk/phoned.py's matter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from regulars.base.db import Cursor
from regulars.desk import phoned as desk
from regulars.intake.parsing import Claimed, Piece
from regulars.people.matching import Buyer, Matched
from regulars.people.snapshot import PersonSnapshot
from regulars.rules.calls import merge
from regulars.shop.settings import ShopSettings
from regulars.talks import calls_taking
from regulars.talks.calls_snapshot import CallItem, facts_of
from regulars.talks.calls_taking import STAND_IN, Call, Key

__all__ = ["Calls", "buyer_of", "known_of", "look", "take"]


@dataclass(slots=True)
class Calls:
    """The calls that a group of deliveries speaks of. `makes`: the one piece by which each new caller is made."""

    by_key: dict[Key, Call] = field(default_factory=dict)
    makes: dict[int, Call] = field(default_factory=dict)
    alike: dict[int, list[Call]] = field(default_factory=dict)
    """By the piece that makes their person: other calls from the same new number."""

    def persons(self) -> set[int]:
        """Whom the calls are known to be of."""
        return {call.person_id for call in self.by_key.values() if call.person_id is not None}

    def person_at(self, source: str, piece: Piece) -> int | None:
        """Whose call the piece speaks of, as far as it is known."""
        call = self.by_key.get((source, piece.key or "")) if isinstance(piece.found, CallItem) else None
        return None if call is None else call.person_id


def look(cur: Cursor, shop: ShopSettings, claimed: Sequence[Claimed], now: datetime) -> Calls:
    """Fold what the deliveries say into what is known of their calls, and recognise who they are of. Reads only."""
    told = [(d, p, p.found) for d in claimed for p in d.pieces if isinstance(p.found, CallItem)]
    out = Calls()
    if not told:
        return out
    out.by_key = calls_taking.load(cur, shop.id, {(d.source, item.id) for d, _, item in told})
    for delivery, _, item in told:
        call = out.by_key.setdefault((delivery.source, item.id), Call(delivery.source, item.id, live=False))
        facts = facts_of(item, shop.country, now)
        call.facts = merge(call.facts, facts)
        call.cause = delivery.cause
        at = facts.started_at or facts.last_at
        call.live |= delivery.live if delivery.live is not None else at is None or at >= now - shop.history_after
    strange = [c for c in out.by_key.values() if c.person_id is None and not c.is_settled]
    calls_taking.recognise(strange, calls_taking.having(cur, shop.id, {c.number for c in strange if c.number}))
    _share(out, told)
    return out


def _share(out: Calls, told: Iterable[tuple[Claimed, Piece, CallItem]]) -> None:
    """One new person a number: the first piece makes him, all calls from that number are his."""
    first: dict[str, int] = {}
    seen: set[Key] = set()
    for delivery, piece, item in told:
        call = out.by_key[delivery.source, item.id]
        if _names_somebody(item) and call.certainty != "certain":
            out.makes[id(piece)] = call
        elif call.needs and call.number and call.key not in seen:
            maker = first.setdefault(call.number, id(piece))
            if maker == id(piece):
                out.makes[maker] = call
            else:
                out.alike.setdefault(maker, []).append(call)
            seen.add(call.key)


def _names_somebody(item: CallItem) -> bool:
    return item.person is not None and item.person.known_by_something


def buyer_of(calls: Calls, delivery: Claimed, piece: Piece, now: datetime) -> Buyer | None:
    """The person whom the piece makes known, for the people's own taking."""
    call = calls.makes.get(id(piece))
    if call is None or not isinstance(piece.found, CallItem):
        return None
    if _names_somebody(piece.found):
        said = piece.found.person
        assert said is not None
        snapshot = PersonSnapshot(id=said.id, email=said.email, phone=call.number)
    else:
        snapshot = PersonSnapshot(phone=call.number, rest={STAND_IN: True} if call.needs == STAND_IN else {})
    at = call.facts.started_at or call.facts.last_at or now
    return Buyer(delivery.source, snapshot, at, delivery.cause, live=call.live, lead=True)


def take(
    cur: Cursor,
    shop: ShopSettings,
    pieces: Sequence[tuple[Claimed, Piece]],
    calls: Calls,
    known: Mapping[int, bool],
    now: datetime,
) -> None:
    """Write the calls and what follows, and set each piece's verdict. `known`: by piece, whether its person was no new lead."""
    told = [(d, p) for d, p in pieces if isinstance(p.found, CallItem)]
    if not told:
        return
    for _, piece in told:
        call = calls.makes.get(id(piece))
        if call is not None and piece.person_id is not None and isinstance(piece.found, CallItem):
            is_known = _names_somebody(piece.found) or known.get(id(piece), False)
            for one in (call, *calls.alike.get(id(piece), ())):
                _is(one, piece.person_id, is_known=is_known)
    changed = [c for c in calls.by_key.values() if c.facts != c.before]
    same = {c.key for c in calls.by_key.values()} - {c.key for c in changed}
    desk.take(cur, shop, changed, now)
    for delivery, piece in told:
        key = (delivery.source, piece.key or "")
        piece.person_id = calls.by_key[key].person_id
        piece.verdict = "same" if key in same else "taken"


def _is(call: Call, person_id: int, *, is_known: bool) -> None:
    call.person_id = person_id
    if call.needs == STAND_IN:
        call.stand_in_id = person_id
    elif is_known:
        call.certainty = "certain"
    call.needs = ""


def known_of(places: Sequence[Piece], buyers: Sequence[Buyer], matched: Matched) -> dict[int, bool]:
    """By piece: whether its person was known before, or an order speaks of him, too."""
    new = {n: all(buyers[i].lead for i in who) for n, who in matched.new.items()}
    return {id(piece): not new.get(person, False) for piece, person in zip(places, matched.person, strict=True)}
