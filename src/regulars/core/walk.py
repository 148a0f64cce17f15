"""One stretch in the making: the copy of the state, the moment, the facts with what happened laid over them.

Owns the bookkeeping of `advance`: entering, noting, ending, and the messages of a step. It must not choose the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from regulars.core.conditions import lookup
from regulars.core.effects import LETTER, QUESTION, AskQuestion, Effect, SendMessage
from regulars.core.enrolment import DUE, UNTOLD, Enrolment, Facts, Happening, Reason
from regulars.core.scheme import ADVERTISING, END, Ask, Letter, Scheme, Step, Trigger


class Walk:
    """The state of a stretch. `state` is a copy: the enrolment given is never touched. `tells`: whether reasons are read."""

    __slots__ = ("effects", "event", "facts", "given", "kind", "moment", "now", "reasons", "scheme", "state", "tells")

    def __init__(
        self,
        scheme: Scheme,
        enrolment: Enrolment,
        facts: Facts,
        happening: Happening,
        now: datetime,
        tells: bool = True,
    ) -> None:
        self.scheme = scheme
        self.tells = tells
        self.state = _copy(enrolment)
        self.now = now
        self.kind = happening.kind
        self.event = happening.event
        self.moment = _moment(enrolment, happening, now)
        self.effects: list[Effect] = []
        self.reasons: list[Reason] = []
        self.given = facts
        self.facts: dict[str, Any] = {
            **facts,
            "answer": self.state.data.get("answers", {}),
            "outcome": self.state.data.get("outcomes", {}),
        }
        if happening.event is not None:
            self.show_event(happening.event)

    @property
    def event_data(self) -> Mapping[str, Any]:
        """What the event that happened carries."""
        data = self.event.get("data") if self.event is not None else None
        return data if type(data) is dict or isinstance(data, Mapping) else {}

    @property
    def is_due(self) -> bool:
        """Whether this is the timer of the step, and its time has come."""
        return self.kind == DUE and self.state.due_at is not None and self.state.due_at <= self.now

    @property
    def entered(self) -> datetime:
        """When the step was entered."""
        return self.state.entered_at or self.state.started_at

    def matches(self, trigger: Trigger, event: Mapping[str, Any] | None) -> bool:
        """Whether this is the event that the trigger means."""
        if event is None or event["kind"] != trigger.event:
            return False
        if trigger.about == "order" and not self.is_own_order(event):
            return False
        if trigger.where is None:
            return True
        return trigger.where.holds({**self.facts, "event": _event_facts(event)}, self.now)

    def is_own_order(self, event: Mapping[str, Any]) -> bool:
        """Whether the event is about the order of this enrolment."""
        order_id, theirs = self.state.order_id, event.get("order_id")
        return order_id is not None and (theirs == order_id or str(theirs) == str(order_id))

    def is_own_effect(self, event: Mapping[str, Any]) -> bool:
        """Whether the event came of an effect of this very visit to the step."""
        data = event.get("data")
        if type(data) is not dict and not isinstance(data, Mapping):
            return False
        state = self.state
        if data.get("step") != state.step:
            return False
        whose, visit = data.get("enrolment_id"), data.get("visit")
        return (whose == state.id or str(whose) == str(state.id)) and (
            visit == state.visit or str(visit) == str(state.visit)
        )

    def show_event(self, event: Mapping[str, Any]) -> None:
        """From here on `event.*` is this event."""
        self.facts["event"] = _event_facts(event)

    def enter(self, step: Step) -> None:
        """Stand at the beginning of the step."""
        state, name = self.state, step.name
        data = state.data
        visits = dict(data["visits"]) if "visits" in data else {}
        visits[name] = state.visit = visits.get(name, 0) + 1
        data["visits"] = visits
        if "tries" in data:
            del data["tries"]
        if "wait" in data:
            del data["wait"]
        state.step = name
        state.attempt = 1
        state.entered_at = self.moment
        state.due_at = None

    def hold_before(self, target: str, *, noted: bool = True) -> None:
        """The stretch ends: stand before the step, to enter it in the next one, at the same moment."""
        state = self.state
        if noted:
            self.note("goes_on", next_=target)
        state.step = target
        state.visit = state.attempt = 0
        state.entered_at = None
        state.due_at = self.moment

    def end(self, reason: str, *, noted: bool = False) -> None:
        """The enrolment is over."""
        state = self.state
        state.ended_at = self.moment
        state.end_reason = reason
        state.due_at = None
        if not noted and reason != "stopped":
            self.note("ended", next_=END, reason=reason)

    def note(self, code: str, next_: str | None = None, names: Iterable[str] = (), **params: Any) -> None:
        """A line of the decision record about the step where it stands; `names`: the facts that it was decided by."""
        if not self.tells:
            self.reasons.append(UNTOLD)
            return
        name = self.state.step
        step = self.scheme.steps.get(name or "")
        self.reasons.append(Reason(name, step.verb if step else None, code, params, self._used(names), next_))

    def _used(self, names: Iterable[str]) -> dict[str, Any]:
        """The facts of these names; unknown ones are left out."""
        found = {name: lookup(self.facts, name) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def remember(self, shelf: str, key: str, value: str) -> None:
        """Keep what was answered or how a task ended, also as a fact for the conditions to come."""
        self.state.data[shelf] = {**self.state.data.get(shelf, {}), key: value}
        self.facts[shelf.removesuffix("s")] = self.state.data[shelf]

    @property
    def held_code(self) -> str:
        """The reason of what is kept back: the scheme's own hold-out, or the shop's."""
        return "held_out_shop" if self.state.held_by_shop else "held_out"

    def keeps_back(self, letter: Letter) -> bool:
        """Whether the hold-out keeps this letter back."""
        return self.state.held_out and letter.purpose == ADVERTISING


def message(
    walk: Walk, letter: Letter, part: str = LETTER, promise: str | None = None, drop_at: datetime | None = None
) -> SendMessage:
    """The letter of the step where the walk stands."""
    state = walk.state
    return SendMessage(
        step=state.step or "",
        visit=state.visit,
        attempt=state.attempt,
        part=part,
        purpose=letter.purpose,
        by=letter.by,
        template=letter.template,
        inline=letter.inline,
        late=letter.late,
        due_at=walk.moment,
        promise=promise,
        drop_at=drop_at,
    )


def question(walk: Walk, step: Ask, until: datetime) -> AskQuestion:
    """The question of the step where the walk stands."""
    state, letter = walk.state, step.letter
    return AskQuestion(
        step=step.name,
        visit=state.visit,
        attempt=state.attempt,
        part=QUESTION,
        purpose=letter.purpose,
        by=letter.by,
        template=letter.template,
        inline=letter.inline,
        late=letter.late,
        due_at=walk.moment,
        question=step.question,
        answers=tuple(step.answers),
        until=until,
    )


def _copy(state: Enrolment) -> Enrolment:
    return Enrolment(
        state.id,
        state.started_at,
        state.person_id,
        state.order_id,
        state.step,
        state.visit,
        state.attempt,
        state.entered_at,
        state.due_at,
        state.ended_at,
        state.end_reason,
        state.held_out,
        dict(state.data),
        state.held_by_shop,
    )


def _moment(state: Enrolment, happening: Happening, now: datetime) -> datetime:
    """When that which moves the stretch happened; not before the entry of the step, not after now."""
    at = state.due_at if happening.kind == DUE and state.due_at is not None else happening.at
    floor = state.entered_at or state.due_at or state.started_at
    return max(floor, min(at, now))


def _event_facts(event: Mapping[str, Any]) -> dict[str, Any]:
    data = event.get("data")
    own = data if type(data) is dict or isinstance(data, Mapping) else {}
    return {**own, "kind": event["kind"], "occurred_at": event["occurred_at"]}
