"""On what terms a scheme's letter goes to the gate: the scheme's budget, and who of a higher priority is due soon.

Owns reading them off the scheme and off what else the person is in. Judging is the gate's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from regulars.core.ahead import may_advertise
from regulars.core.effects import AskQuestion, SendMessage
from regulars.core.scheme import ADVERTISING, Budget, Scheme
from regulars.journeys.post import Standing
from regulars.journeys.versions import CompiledVersion
from regulars.rules.gate import DEFAULT_LATE

__all__ = ["terms_of"]


def terms_of(
    scheme: Scheme, effect: Any, beside: Sequence[Standing], versions: Mapping[int, CompiledVersion]
) -> dict[str, Any] | None:
    """The terms of an advertisement, None of anything else; see NewMessage of the outbox."""
    if not isinstance(effect, SendMessage | AskQuestion) or effect.purpose != ADVERTISING:
        return None
    out: dict[str, Any] = {}
    if scheme.budget is not None:
        out["budget"] = _budget(scheme.budget)
    ahead = _ahead(scheme, effect, beside, versions)
    if ahead:
        out["ahead"] = ahead
    return out or None


def _budget(budget: Budget) -> dict[str, Any]:
    """Its limits, those that it has; money in ten-thousandths."""
    messages = {} if budget.messages is None else {"messages": budget.messages}
    cost = {} if budget.cost is None else {"cost": budget.cost, "currency": budget.currency}
    return {**messages, **cost, "every": budget.every}


def _ahead(
    scheme: Scheme,
    effect: SendMessage | AskQuestion,
    beside: Sequence[Standing],
    versions: Mapping[int, CompiledVersion],
) -> list[dict[str, str]]:
    """Whose timers run out while this letter may still wait for them, and may advertise then."""
    until = effect.due_at + (effect.late.after if effect.late else DEFAULT_LATE[ADVERTISING])
    found = []
    for standing in beside:
        state, version = standing.state, versions.get(standing.version_id)
        if (
            version is None
            or version.scheme.priority <= scheme.priority
            or state.held_out
            or standing.problem is not None
        ):
            continue
        if state.due_at is None or not effect.due_at < state.due_at < until:
            continue
        if may_advertise(version.scheme, state.step):
            found.append({"scheme": version.scheme.name, "at": state.due_at.isoformat()})
    return sorted(found, key=lambda a: (a["at"], a["scheme"]))
