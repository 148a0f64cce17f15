"""What each outcome of a task would lead to, told before it is chosen: the same `advance`, of which nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.base.db import Cursor
from regulars.core.advance import advance
from regulars.core.effects import AskQuestion, OpenTask, SendMessage
from regulars.core.enrolment import OUTCOME, Happening, StepFailed
from regulars.core.needs import needs
from regulars.journeys import post
from regulars.journeys.fact_loading import Ask, facts_for
from regulars.journeys.versions import compiled

__all__ = ["Foretold", "outcomes"]


@dataclass(frozen=True, slots=True)
class Foretold:
    """`again_at`: the same is tried again then. `writes`: a message goes out. `ends`: it is the scheme's end."""

    again_at: datetime | None
    writes: bool
    ends: bool


def outcomes(
    cur: Cursor, shop_id: int, person_id: int, enrolment_id: int, attempt: int, names: Sequence[str], now: datetime
) -> dict[str, Foretold]:
    """What these outcomes of the step that the enrolment stands at would lead to; those that can't be told are absent."""
    standing = next(
        (s for s in post.enrolments(cur, [person_id]).get(person_id, []) if s.state.id == enrolment_id), None
    )
    version = compiled(cur, {standing.version_id}).get(standing.version_id) if standing else None
    if standing is None or version is None:
        return {}
    state, scheme = standing.state, version.scheme
    asked = Ask(state, scheme, needs(scheme, state.step, OUTCOME, "task.finished"))
    (facts,) = facts_for(cur, shop_id, [asked], now)
    told: dict[str, Foretold] = {}
    for name in names:
        data = {
            "enrolment_id": enrolment_id, "step": state.step, "visit": state.visit, "attempt": attempt, "outcome": name,
        }  # fmt: skip
        event = {"id": 0, "kind": "task.finished", "occurred_at": now, "order_id": state.order_id, "data": data}
        try:
            decision = advance(scheme, state, facts, Happening(OUTCOME, now, event), now)
        except StepFailed:
            continue
        again = [e.not_before for e in decision.effects if isinstance(e, OpenTask) and e.step == state.step]
        told[name] = Foretold(
            again_at=again[0] if again else None,
            writes=any(isinstance(e, SendMessage | AskQuestion) for e in decision.effects),
            ends=decision.enrolment.ended_at is not None,
        )
    return told
