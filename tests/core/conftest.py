"""A person on his way: drives `advance` as the conductor does, keeps what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from regulars import core
from regulars.core.advance import advance
from regulars.core.effects import AskQuestion, Effect, MakePromise, OpenTask, SendMessage
from regulars.core.enrolment import Decision, Enrolment, Happening
from regulars.core.entry import begin
from regulars.core.needs import needs
from regulars.core.read import Known, read_scheme
from regulars.core.scheme import Scheme
from regulars.rules.worktime import WorkTime

KHABAROVSK = ZoneInfo("Asia/Vladivostok")
DAY = ((time(9), time(18)),)


def week(zone: str = "Asia/Vladivostok", *, days: range = range(5), spans: Any = DAY) -> WorkTime:
    """Working days of one shape."""
    return WorkTime(zone=zone, hours=dict.fromkeys(days, spans))


def compiled(text: str, known: Known | None = None) -> Scheme:
    """A scheme that must be without errors."""
    reading = read_scheme(text, "test.yaml", known)
    assert reading.scheme is not None, [problem.sentence() for problem in reading.problems]
    return reading.scheme


def cut(facts: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """The part of the facts that these names name."""
    out: dict[str, Any] = {}
    for name in names:
        source: Any = facts
        target = out
        parts = name.split(".") if not name.startswith("worktime.") else ["worktime", name[9:]]
        for part in parts[:-1]:
            source = source.get(part, {}) if isinstance(source, dict) else {}
            target = target.setdefault(part, {})
        if isinstance(source, dict) and parts[-1] in source:
            target[parts[-1]] = source[parts[-1]]
    return out


@dataclass
class Journey:
    """One enrolment, its facts, its clock, and everything that was decided."""

    scheme: Scheme
    now: datetime
    facts: dict[str, Any]
    state: Enrolment
    effects: list[Effect] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    next_event: int = 100

    def take(self, happening: Happening) -> Decision:
        event_kind = happening.event["kind"] if happening.event else None
        names = needs(self.scheme, self.state.step, happening.kind, event_kind)
        before = repr(self.state)
        decision = advance(self.scheme, self.state, cut(self.facts, names), happening, self.now)
        again = advance(self.scheme, self.state, self.facts, happening, self.now)
        assert repr(self.state) == before, "advance must not touch the state it is given"
        assert repr(again) == repr(decision), "the same again, and no fact asked for that `needs` doesn't name"
        json.dumps([reason.record() for reason in decision.reasons])
        assert json.loads(json.dumps(decision.enrolment.data)) == decision.enrolment.data
        self.state = decision.enrolment
        self.effects += decision.effects
        self.decisions.append(decision)
        return decision

    def event(self, kind: str, order_id: int | None = 7, at: datetime | None = None, **data: Any) -> dict[str, Any]:
        self.next_event += 1
        event = {
            "id": self.next_event,
            "kind": kind,
            "occurred_at": at or self.now,
            "order_id": order_id,
            "data": data,
        }
        self.facts["history"].append(event)
        return event

    def starts(self, kind: str = "order.placed", **data: Any) -> Decision:
        event = self.event(kind, **data)
        return self.take(Happening("start", event["occurred_at"], event))

    def gets(self, kind: str, order_id: int | None = 7, at: datetime | None = None, **data: Any) -> Decision:
        event = self.event(kind, order_id, at, **data)
        return self.take(Happening("event", event["occurred_at"], event))

    def wakes(self) -> Decision:
        """The timer, at the moment it is due."""
        assert self.state.due_at is not None, "nothing is due"
        self.now = max(self.now, self.state.due_at)
        return self.take(Happening("due", self.state.due_at))

    def finishes(self, outcome: str, after: timedelta = timedelta(minutes=5), **more: Any) -> Decision:
        """The operator ends the open task, as the desk tells it."""
        self.now += after
        event = self.event(
            "task.finished",
            outcome=outcome,
            enrolment_id=str(self.state.id),
            step=self.state.step,
            visit=self.state.visit,
            attempt=self.state.attempt,
            task_id="1",
            **more,
        )
        return self.take(Happening("outcome", self.now, event))

    def answers(self, answer: str) -> Decision:
        return self.gets(
            "answer.given",
            None,
            answer=answer,
            enrolment_id=str(self.state.id),
            step=self.state.step,
            visit=self.state.visit,
        )

    def local(self, moment: datetime | None = None) -> str:
        """A moment as the clocks in Khabarovsk show it."""
        return (moment or self.now).astimezone(KHABAROVSK).strftime("%Y-%m-%d %H:%M")

    def due(self) -> str:
        assert self.state.due_at is not None
        return self.local(self.state.due_at)

    def letters(self) -> list[str]:
        return [e.template or e.part for e in self.effects if isinstance(e, SendMessage | AskQuestion)]

    def tasks(self) -> list[OpenTask]:
        return [e for e in self.effects if isinstance(e, OpenTask)]

    def promises(self) -> list[MakePromise]:
        return [e for e in self.effects if isinstance(e, MakePromise)]

    def codes(self) -> list[str]:
        return [reason.code for decision in self.decisions for reason in decision.reasons]


Starter = Callable[..., Journey]


@pytest.fixture
def journey() -> Starter:
    """`journey(scheme_or_text, at=..., zone=..., **facts)`: somebody about to begin."""

    def make(
        scheme: Scheme | str, at: str = "2026-03-02 10:15", zone: str = "Asia/Vladivostok", **facts: Any
    ) -> Journey:
        scheme = compiled(scheme) if isinstance(scheme, str) else scheme
        now = datetime.fromisoformat(at).replace(tzinfo=KHABAROVSK).astimezone(UTC)
        known: dict[str, Any] = {
            "history": [],
            "order": {"payment": {"status": "unpaid", "method": "card"}},
            "person": {"time_zone": zone},
            "shop": {"time_zone": "Asia/Vladivostok", "satisfaction_days": 14},
            "product": {},
            "worktime": dict.fromkeys(("shop", "order-desk", "care", "repeat-sales"), week()),
        }
        known.update(facts)
        state = begin(scheme, 1, person_id=5, order_id=7, event_at=now, now=now)
        return Journey(scheme, now, known, state)

    return make


@pytest.fixture(scope="session")
def after_order() -> Scheme:
    """The scheme of design.md, as it is delivered."""
    path = Path(core.__file__).parent.parent / "schemes" / "after-order.yaml"
    return compiled(path.read_text(encoding="utf-8"))
