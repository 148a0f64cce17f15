"""How a scheme's split tests stand: each way's people and outcomes, whether one has won, and whether the draw can be trusted.

Owns the putting together out of the roll-up; who decides is told by the step (`winner: ask` or `auto`). Reads only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

from regulars.base.db import Cursor
from regulars.core.scheme import Scheme
from regulars.journeys.versions import compiled, readable_versions
from regulars.reports.uplift import split_code, splits_of
from regulars.reports.uplift_sums import Sums, sums_of
from regulars.rules.proof import Group
from regulars.rules.proof_verdict import LEAST, MISMATCH_ODDS, Drawn, evidence
from regulars.rules.proof_ways import Race, race

__all__ = ["SplitTest", "decided", "split_tests"]

WHOLE = 1000


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

    @property
    def is_to_decide(self) -> bool:
        """Whether the figures decide, and have: then everybody new may go the winner's way."""
        return self.decides == "auto" and self.race.standing == "won"


def split_tests(
    cur: Cursor, shop_id: int, scheme_id: int, scheme: Scheme, metric: str = "again", least: float = LEAST
) -> list[SplitTest]:
    """The split tests of this scheme's text, in its order; nobody may have come through one yet."""
    found = splits_of(scheme)
    if not found:
        return []
    drawn = _drawn(cur, shop_id, scheme_id)
    out = []
    for step, ways in found.items():
        sums = sums_of(cur, shop_id, step, scheme_id).get(scheme_id, Sums(scheme_id))
        groups = [
            {way: arms[way].group(metric) if way in arms else Group() for way in drawn.get((step, code), ways)}
            for (code, _days), arms in sums.arms.items()
        ]
        trusted = _odds(sums, step, drawn) <= log(MISMATCH_ODDS)
        stands = race(groups or [dict.fromkeys(ways, Group())], trusted=trusted, least=least)
        decides = str(getattr(scheme.steps[step], "winner", "ask"))
        out.append(SplitTest(scheme_id, scheme.name, step, ways, decides, metric, sums, stands))
    return out


def decided(cur: Cursor, shop_id: int) -> list[SplitTest]:
    """The tests of live schemes in which the figures decide, and have, and nobody has decided yet."""
    done = set(cur.execute("select scheme_id, step from journeys_winner where shop_id = %s", (shop_id,)).fetchall())
    rows = cur.execute(
        "select id, live_version_id from journeys_scheme where shop_id = %s and live_version_id is not null", (shop_id,)
    ).fetchall()
    found = []
    for scheme_id, version_id in rows:
        try:
            scheme = compiled(cur, {version_id})[version_id].scheme
        except ValueError:
            continue
        tests = split_tests(cur, shop_id, scheme_id, scheme)
        found += [t for t in tests if t.is_to_decide and (scheme_id, t.step) not in done]
    return found


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
