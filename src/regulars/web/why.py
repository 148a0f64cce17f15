"""'Why?' of a message: the gate's checks and the scheme's reasons, from the records alone.

Owns putting the two together for the screen; the words are words.py's and core.explain's. What has no record any more
is said to be unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.base.db import Cursor
from regulars.core.explain import explain
from regulars.journeys import queries as journeys
from regulars.journeys.queries import DecisionRow
from regulars.outbox.queries import MessageRow
from regulars.web import words
from regulars.web.access import Seat
from regulars.web.say import Say

__all__ = ["Check", "Why", "why"]


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the gate; `result`: 'passed', 'decided', 'not_asked'."""

    name: str
    result: str


@dataclass(frozen=True, slots=True)
class Why:
    """`verdict`: the one that counts. `steps`: the scheme's reasons until then. `is_known`: whether there are records."""

    state: str
    verdict: str
    checks: Sequence[Check]
    scheme: str
    steps: Sequence[tuple[str, str]]
    is_known: bool


def why(cur: Cursor, seat: Seat, say: Say, rows: Sequence[MessageRow]) -> dict[int, Why]:
    """The reasons of each message, by its id."""
    of = sorted({r.enrolment_id for r in rows if r.enrolment_id is not None})
    decisions: dict[int, list[DecisionRow]] = {}
    if of:
        for d in journeys.decisions(cur, seat.shop.id, enrolment_ids=of, limit=2000):
            decisions.setdefault(d.enrolment_id, []).append(d)
    return {r.id: _one(r, decisions.get(r.enrolment_id or 0, []), say) for r in rows}


def _one(row: MessageRow, decisions: Sequence[DecisionRow], say: Say) -> Why:
    checks = row.why.get("checks", [])
    code = row.reason or ("clear" if row.state == "sent" else None)
    until = [d for d in decisions if d.at <= row.meant_at]
    steps = [(say.when(d.at), sentence) for d in until for sentence in explain(d.reasons, say.language, say.zone)]
    return Why(
        state=words.word(words.MESSAGE_STATES, row.state),
        verdict=words.reason(code, row.why.get("params", {}), say),
        checks=[Check(words.word(words.CHECKS, name), result) for name, result, _ in checks],
        scheme=f"{until[-1].scheme} {until[-1].n}" if until else "",
        steps=steps,
        is_known=bool(checks or steps),
    )
