"""What schemes ask of the past beside cards and orders, for a batch of persons: tags, fields, points, codes, what people had
done, decided splits, other schemes. Reads only; a scheme that asks for none of it costs nothing.

Owns which reads are needed, and what of the past is left out: whatever the schemes that are played did themselves, for the
replay does it anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.base.db import Cursor
from regulars.core.clocks import FIELDS
from regulars.core.condition_tree import Call
from regulars.core.deeds import Enrol
from regulars.core.past import Setting, read_path
from regulars.core.replayed_beside import Beside, OtherRun
from regulars.core.replayed_deeds import asks_beside
from regulars.core.scheme import Scheme
from regulars.journeys.versions import live_versions
from regulars.loyalty import past as loyalty_past
from regulars.people import past as people_past
from regulars.segments import as_of
from regulars.segments.pasts import setting_of

__all__ = ["Around", "load", "own_runs", "read_around"]

_WINNERS = """
select s.name, w.step, w.target, w.decided_at from journeys_winner w join journeys_scheme s on s.id = w.scheme_id
where w.shop_id = %s and s.name = any(%s)
"""
_OWN = """
select n.id from journeys_scheme s join journeys_enrolment n on n.scheme_id = s.id
where s.shop_id = %s and s.name = any(%s) and n.person_id = any(%s)
"""
_RUNS = """
select n.person_id, s.name, n.order_id, n.started_at, n.ended_at, n.data #>> '{start,by_scheme}'
from journeys_scheme s join journeys_enrolment n on n.scheme_id = s.id
where s.shop_id = %s and s.name = any(%s) and n.person_id = any(%s) and n.started_at < %s order by n.started_at, n.id
"""


@dataclass(slots=True)
class Around:
    """What is asked, and what is so for everybody. `names`: of the facts; `period`: of the moments that are played."""

    shop_id: int
    names: frozenset[str]
    own: list[str]
    period: tuple[datetime, datetime]
    calls: list[Call]
    setting: Setting
    others: Mapping[str, Scheme]
    winners: Mapping[str, Mapping[str, tuple[datetime, str]]]

    def asks(self, *roots: str) -> bool:
        """Whether a fact of these roots (or groups) is asked for."""
        return any(name == root or name.startswith(root + ".") for name in self.names for root in roots)


def read_around(
    cur: Cursor, shop_id: int, schemes: Sequence[Scheme], names: frozenset[str], period: tuple[datetime, datetime]
) -> Around | None:
    """Read it once; None where none of these schemes asks for anything of it."""
    if not any(asks_beside(scheme, names) for scheme in schemes):
        return None
    own = [scheme.name for scheme in schemes]
    winners: dict[str, dict[str, tuple[datetime, str]]] = {}
    for name, step, target, at in cur.execute(_WINNERS, (shop_id, own)).fetchall():
        winners.setdefault(name, {})[step] = (at, target)
    enrols = any(isinstance(step, Enrol) for scheme in schemes for step in scheme.steps.values())
    return Around(
        shop_id=shop_id,
        names=names,
        own=own,
        period=period,
        calls=[call for name in sorted(names) if (call := read_path(name)) is not None],
        setting=setting_of(cur, shop_id),
        others={v.scheme.name: v.scheme for v in live_versions(cur, shop_id)} if enrols else {},
        winners=winners,
    )


def own_runs(cur: Cursor, shop_id: int, schemes: Sequence[str], persons: Sequence[int]) -> list[int]:
    """The enrolments of these persons in these schemes: what came of them is not taken from the past."""
    return [id_ for (id_,) in cur.execute(_OWN, (shop_id, schemes, list(persons))).fetchall()]


def load(cur: Cursor, around: Around, who: Mapping[int, int], without: Sequence[int]) -> dict[int, Beside]:
    """By whoever answers for himself. `who`: everybody → who answers for him; `without`: see `own_runs`."""
    shop_id = around.shop_id
    causes = [f"enrolment:{id_}" for id_ in without]
    tags = people_past.load_tags(cur, shop_id, who, causes) if around.asks("person.tags") else {}
    asks_fields = around.asks(FIELDS.removesuffix("."))
    fields = people_past.load_values(cur, shop_id, who, causes) if asks_fields else {}
    lots = loyalty_past.load_lots(cur, shop_id, who, without) if around.asks("points") else {}
    codes = loyalty_past.load_codes(cur, shop_id, who, without) if around.asks("code") else {}
    events = as_of.load_events(cur, shop_id, who, around.calls, around.setting, around.period, without)
    orders = as_of.load_orders(cur, shop_id, who, around.calls, around.setting, around.period)
    runs = _runs(cur, around, who) if around.asks("entry") else {}
    return {
        root: Beside(
            tags=tags.get(root, ()),
            fields=fields.get(root, ()),
            lots=lots.get(root, ()),
            codes=codes.get(root, ()),
            events=events.get(root, {}),
            orders=orders.get(root, ()),
            runs=runs.get(root, ()),
            setting=around.setting,
            others=around.others,
            winners=around.winners,
            points=loyalty_past.points,
            issued=loyalty_past.issued,
        )
        for root in set(who.values())
    }


def _runs(cur: Cursor, around: Around, who: Mapping[int, int]) -> dict[int, list[OtherRun]]:
    names = sorted(name.partition(".")[2] for name in around.names if name.startswith("entry."))
    out: dict[int, list[OtherRun]] = {}
    rows = cur.execute(_RUNS, (around.shop_id, names, list(who), around.period[1])).fetchall()
    for person, *run in rows:
        out.setdefault(who[person], []).append(OtherRun(*run))
    return out
