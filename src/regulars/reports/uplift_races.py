"""How a scheme's split tests stand: each way's people and outcomes, whether one has won, and whether the draw can be trusted.

Owns the putting together out of the roll-up; who decides is told by the step (`winner: ask` or `auto`). Reads only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

import structlog

from regulars.base.db import Cursor
from regulars.core.scheme import Scheme
from regulars.journeys import winners
from regulars.journeys.versions import compiled, readable_versions
from regulars.reports.uplift import split_code, splits_of
from regulars.reports.uplift_sums import Sums, sums_of
from regulars.rules.proof import Group
from regulars.rules.proof_verdict import LEAST, MISMATCH_ODDS, Drawn, evidence
from regulars.rules.proof_ways import Race, race

__all__ = ["JUDGED_BY", "SplitTest", "decided", "split_tests"]

WHOLE = 1000
JUDGED_BY = "again"
"""The metric by which the figures decide: the share of people who ordered. A person may look at any, and decide by it."""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SplitTest:
    """One split test of a scheme, by its name and step. `ways`: way -> permille now; `decides`: 'ask' or 'auto'."""

    scheme_id: int
    name: str
    step: str
    ways: Mapping[str, int]
    decides: str
    metric: str
    sums: Sums
    race: Race

    def figures_on(self, way: str) -> winners.Figures:
        """What the figures say of deciding for this way."""
        if self.race.standing == "won":
            return "with" if self.race.winner == way else "against"
        return "before" if self.race.standing == "early" else self.race.standing

    @property
    def is_to_decide(self) -> bool:
        """Whether the figures decide, and have: then everybody new may go the winner's way."""
        return self.decides == "auto" and self.race.standing == "won"


def split_tests(
    cur: Cursor, shop_id: int, scheme_id: int, scheme: Scheme, metric: str = JUDGED_BY, least: float = LEAST
) -> list[SplitTest]:
    """The split tests of this scheme's text, in its order; nobody may have come through one yet. Only ways that the text
    still has are compared: one that was taken out can neither win nor stand in another's way."""
    found = splits_of(scheme)
    if not found:
        return []
    drawn = _drawn(cur, shop_id, scheme_id)
    out = []
    for step, ways in found.items():
        sums = sums_of(cur, shop_id, step, scheme_id).get(scheme_id, Sums(scheme_id))
        groups = [
            {way: arms[way].group(metric) if way in arms else Group() for way in ways} for arms in sums.arms.values()
        ]
        trusted = _odds(sums, step, drawn) <= log(MISMATCH_ODDS)
        stands = race(groups or [dict.fromkeys(ways, Group())], trusted=trusted, least=least)
        decides = str(getattr(scheme.steps[step], "winner", "ask"))
        out.append(SplitTest(scheme_id, scheme.name, step, ways, decides, metric, sums, stands))
    return out


def decided(cur: Cursor, shop_id: int) -> list[SplitTest]:
    """The tests of live schemes in which the figures decide, and have; without those that are decided, or in which a person
    took back what was. A scheme that can't be judged is told in the log, and hinders no other."""
    rows = cur.execute(
        "select id, live_version_id from journeys_scheme where shop_id = %s and live_version_id is not null order by id",
        (shop_id,),
    ).fetchall()
    found: list[SplitTest] = []
    for scheme_id, version_id in rows:
        try:
            with cur.connection.transaction():
                found += _decided_of(cur, shop_id, scheme_id, version_id)
        except Exception:
            logger.exception("split.judging_failed", shop=shop_id, scheme=scheme_id)
    return found


def _decided_of(cur: Cursor, shop_id: int, scheme_id: int, version_id: int) -> list[SplitTest]:
    try:
        scheme = compiled(cur, {version_id})[version_id].scheme
    except ValueError:  # a text that this release can't read any more takes nobody in
        return []
    tests = [t for t in split_tests(cur, shop_id, scheme_id, scheme) if t.is_to_decide]
    if not tests:
        return []
    standing, back = winners.standing(cur, shop_id, scheme_id), winners.taken_back(cur, shop_id, scheme_id)
    return [t for t in tests if not _stands(standing.get(t.step), t) and not winners.is_held(back.get(t.step), t.ways)]


def _stands(found: winners.Decided | None, test: SplitTest) -> bool:
    """A decision for a way that the live version hasn't is none: the lot draws."""
    return found is not None and found.target in test.ways


def _drawn(cur: Cursor, shop_id: int, scheme_id: int) -> dict[tuple[str, int], Mapping[str, int]]:
    """By step and stratum, the shares by which the versions of the scheme have drawn."""
    out: dict[tuple[str, int], Mapping[str, int]] = {}
    for version in readable_versions(cur, shop_id, scheme_id):
        out |= {(step, split_code(ways)): ways for step, ways in splits_of(version.scheme).items()}
    return out


def _odds(sums: Sums, step: str, drawn: Mapping[tuple[str, int], Mapping[str, int]]) -> float:
    """The alarm about sizes for several ways: the worst of each way against all others, each asked for its part."""
    worst = 0.0
    ways = {way for (own, _code), shares in drawn.items() if own == step for way in shares}
    for way in ways:
        pairs: dict[int, list[int]] = {}
        for (code, _days), arms in sums.arms.items():
            pair = pairs.setdefault(code, [0, 0])
            for name, arm in arms.items():
                pair[name == way] += arm.entered
        odds = evidence(
            Drawn(drawn[step, code].get(way, 0) / WHOLE, others, own)
            for code, (others, own) in pairs.items()
            if (step, code) in drawn
        )
        worst = max(worst, odds - log(len(ways)))
    return worst
