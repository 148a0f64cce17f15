"""Who of a group of persons is in which segments now, and when time alone may change it. Read only; set-based."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base.db import Cursor
from regulars.base.facts import Subject
from regulars.core.condition_tree import calls_of
from regulars.core.past import Answers
from regulars.core.turning import next_turn
from regulars.loyalty import facts as loyalty
from regulars.people import facts as person_facts
from regulars.segments.conditions import asks_points
from regulars.segments.known import Segment
from regulars.segments.pasts import pasts_of, setting_of

__all__ = ["Verdict", "ask"]

_THERE = """
select id from people_person where shop_id = %s and id = any(%s) and merged_into is null and erased_at is null
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a person is in a segment. `is_there`: False for somebody who was erased, or merged into another."""

    segment: Segment
    person_id: int
    is_in: bool
    recheck_at: datetime | None
    is_there: bool = True


def ask(cur: Cursor, shop_id: int, wanted: Mapping[int, Sequence[Segment]], now: datetime) -> list[Verdict]:
    """A verdict for each person and each of his segments. The caller holds the persons' mailboxes."""
    there = sorted(row[0] for row in cur.execute(_THERE, (shop_id, list(wanted))))
    gone = [
        Verdict(segment, person, False, None, is_there=False)
        for person in wanted.keys() - set(there)
        for segment in wanted[person]
    ]
    segments = {segment.id: segment for person in there for segment in wanted[person]}
    calls = tuple(dict.fromkeys(call for s in segments.values() for call in calls_of(s.condition.tree)))
    setting = setting_of(cur, shop_id)
    pasts = pasts_of(cur, shop_id, there, calls, now, setting)
    names = frozenset(name for s in segments.values() for name in s.condition.names)
    cards: Sequence[Any] = [None] * len(there)
    if any(name.startswith("person.") for name in names):
        cards = person_facts.load(cur, shop_id, [Subject(person, None) for person in there], names, now)
    shop = {"time_zone": setting.zone, "currency": setting.currency}
    points: Sequence[Any] = [None] * len(there)
    if any(asks_points(s.condition) for s in segments.values()):
        points = loyalty.load_points(cur, shop_id, [Subject(person, None) for person in there], names, now)
    out = []
    for person, card, account in zip(there, cards, points, strict=True):
        past, facts = pasts[person], {"person": card or {}, "shop": shop, "points": account or {}}
        for segment in wanted[person]:
            is_in = segment.condition.holds({**facts, "past": Answers(past, setting, now)}, now)
            turn = next_turn(segment.condition, facts, past, setting, now)
            out.append(Verdict(segment, person, is_in, turn))
    return [*out, *gone]
