"""Where one person (or one order) stands in a scheme, what happens to him, and what was decided.

Owns the state that is stored between two happenings and the shape of the decision record. It must not decide: that is
`advance`. Nothing here holds a name, an address or free text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regulars.core.effects import Effect
from regulars.core.record import jsonable
from regulars.core.value import value

Facts = Mapping[str, Any]
"""Nested: `facts["order"]["payment"]["status"]`. What isn't known is an absent key."""

START = "start"
EVENT = "event"
DUE = "due"
OUTCOME = "outcome"
FACTS_CHANGED = "facts_changed"


@dataclass(slots=True)
class Enrolment:
    """The state of one enrolment; every field is JSON-able once its times are written as text.

    `step` None: not yet begun (or, with `ended_at`, over). `entered_at` None: the step is still to be entered, at
    `due_at`. `visit` counts entries of this step from 1, `attempt` the attempts within the visit from 1.
    `data` keys, all optional: `visits` {step: n}, `tries` {outcome: n} of this visit, `start` (the event that began it:
    id, kind, at), `woke` (id of the event last taken), `wait` {"event_at": text} of this step, `answers`
    {question: answer}, `outcomes` {step: outcome}, `splits` {step: target}, `chain` (the how manyth of schemes that began
    one another at one moment). `held_out`: advertising, points and codes are kept back; `held_by_shop`: by the hold-out of
    the whole shop, whatever the scheme's own says.
    """

    id: int
    started_at: datetime
    person_id: int | None = None
    order_id: int | None = None
    step: str | None = None
    visit: int = 0
    attempt: int = 0
    entered_at: datetime | None = None
    due_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    held_out: bool = False
    data: dict[str, Any] = field(default_factory=dict)
    held_by_shop: bool = False


@value
class Happening:
    """What came: 'start' (with the event that starts), 'event', 'due' (the timer), 'outcome' (of this enrolment's own
    task, as the event `task.finished`), 'facts_changed' (order or calendar changed: waits are computed anew).

    `event`: {"id", "kind", "occurred_at" (datetime, aware), "order_id", "data"}. Own answers and outcomes are known by
    data {"enrolment_id", "step", "visit"} (ids compared as text), with "answer", or with "outcome", "attempt" and
    "call_at" (datetime or RFC 3339 text).
    """

    kind: str
    at: datetime
    event: Mapping[str, Any] | None = None


@value
class Reason:
    """One line of the decision record: at `step` of `verb` this happened (`code`), with these parameters and facts.

    Both hold plain values; `record` makes JSON of them, which the backtest never needs.
    `next` is the step it went on to ('end' at the end), or None when it stays. Codes: see `explain`.
    """

    step: str | None
    verb: str | None
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    next: str | None = None

    def record(self) -> dict[str, Any]:
        """The JSON-able form that is stored; `explain` reads it."""
        return {
            "step": self.step,
            "verb": self.verb,
            "code": self.code,
            "params": jsonable(self.params),
            "facts": jsonable(self.facts),
            "next": self.next,
        }


UNTOLD = Reason(step=None, verb=None, code="untold")
"""Stands for every line of a record that nobody wants to read: that there is one says that something was decided."""


@value
class Decision:
    """What `advance` says: the new state, what is to happen, and why."""

    enrolment: Enrolment
    effects: tuple[Effect, ...]
    reasons: tuple[Reason, ...]


class StepFailed(Exception):
    """This enrolment can't go on by itself; it is set aside with the reason, and nobody else waits.

    `code` is one of 'step_gone', 'outcome_unknown', 'call_at_missing', 'no_working_time', 'team_unknown',
    'days_unknown', 'zone_unknown'.
    """

    def __init__(self, step: str | None, code: str, **params: Any) -> None:
        super().__init__(f"step {step!r}: {code} {params}")
        self.step = step
        self.code = code
        self.params = params
