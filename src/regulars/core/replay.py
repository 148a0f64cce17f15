"""A scheme over one person's past: the conductor's way through his happenings, by the very same `advance`.

Owns the order in which events and timers are taken, entries included, and what stands in for people: outcomes and
answers, known or drawn (`chance`). It must not judge messages (an `outbox` is asked), load, count, or know what time it is.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from regulars.core.advance import advance
from regulars.core.chance import Chance, Subject
from regulars.core.condition_calls import kinds_asked
from regulars.core.effects import CHANGES_FACTS, AskQuestion, CancelMessages, EnrolPerson, OpenTask, SendMessage
from regulars.core.enrolment import (
    DUE,
    EVENT,
    FACTS_CHANGED,
    OUTCOME,
    START,
    Decision,
    Enrolment,
    Happening,
    StepFailed,
)
from regulars.core.entry import begin, may_enter, start_needs, starting_trigger
from regulars.core.needs import HISTORY, hears, listens, needs
from regulars.core.past import read_path
from regulars.core.replayed import Event, Past
from regulars.core.replayed_deeds import FOLLOWED, Deeds, asks_beside
from regulars.core.scheme import If, Scheme, Trigger, WaitAfter, WaitFor

__all__ = [
    "ENDLESS", "MOST_TURNS", "Outbox", "Player", "Turn", "asked_for", "has_conditions_on_events", "replay",
]  # fmt: skip

MOST_TURNS = 2_000
"""An enrolment that takes more goes round in a circle; it is given up and counted as failed."""
ENDLESS = "endless"
_COUNT_NEXT = frozenset({*CHANGES_FACTS, EnrolPerson})
"""Effects by which other facts count from the next round on."""

Turn = tuple[Enrolment, Happening, str | None, Decision | None, str]
"""The state after it, what happened, the step before, the decision; without one, the code of what failed."""


class Outbox(Protocol):
    """What becomes of messages in the replay."""

    def send(self, message: SendMessage | AskQuestion, state: Enrolment, at: datetime) -> datetime | None:
        """When the message goes, None when it doesn't."""

    def cancel(self, state: Enrolment, at: datetime) -> None:
        """What has not gone by then goes no more: the enrolment was left."""

    def reactions(self, message: SendMessage | AskQuestion, state: Enrolment, sent: datetime) -> Sequence[Event]:
        """What the reader does about it (opens, follows a link), as events."""


class Player:
    """Plays one version over pasts; what depends on the scheme alone is worked out once."""

    __slots__ = (
        "_about_own",
        "_asks_at_start",
        "_asks_beside",
        "_chance",
        "_listens",
        "_listens_reactions",
        "_scheme",
        "_since",
        "_starts",
        "_tells",
        "_until",
    )

    def __init__(self, scheme: Scheme, chance: Chance, since: datetime, until: datetime, *, tells: bool = True) -> None:
        """`tells`: what the reasons of the decisions say is wanted."""
        self._scheme = scheme
        self._chance = chance
        self._tells = tells
        self._since = since
        self._until = until
        self._starts = frozenset(trigger.event for trigger in scheme.starts)
        self._asks_at_start = any(trigger.where is not None for trigger in scheme.starts)
        self._about_own = scheme.per == "order" and all(t.about == "order" for t in _awaited(scheme))
        names = asked_for(scheme)
        kinds = {t.event for t in (*_awaited(scheme), *scheme.stops, *scheme.starts)}
        kinds |= kinds_asked([call for name in names if (call := read_path(name)) is not None])
        self._listens_reactions = any(kind.startswith("message.") for kind in kinds)
        self._listens = listens(scheme)
        self._asks_beside = asks_beside(scheme, names)

    def play(self, past: Past, outbox: Outbox) -> list[Turn]:
        """All that would have happened to this person, from `since` to `until`, in the order of time."""
        return _Play(self, past, outbox).turns()


def replay(scheme: Scheme, chance: Chance, past: Past, outbox: Outbox, since: datetime, until: datetime) -> list[Turn]:
    """The turns of one person. A person may enter from `since` on; what lies after `until` is not played."""
    return Player(scheme, chance, since, until).play(past, outbox)


def _awaited(scheme: Scheme) -> list[Trigger]:
    found = []
    for step in scheme.steps.values():
        if isinstance(step, WaitFor):
            found.append(step.trigger)
        elif isinstance(step, WaitAfter) and step.after is not None:
            found.append(step.after)
    return found


@lru_cache(maxsize=4096)
def _of_order(names: frozenset[str]) -> bool:
    """Whether anything that the order has to do with is asked; the common facts of a person are quicker to be had."""
    return any(name.split(".", 1)[0] not in ("person", "shop", "worktime", HISTORY) for name in names)


class _Play:
    """One person's play."""

    __slots__ = (
        "_active", "_before", "_by_order", "_coming", "_counter", "_deeds", "_events", "_outbox", "_past", "_player",
        "_seen", "_stuck", "_turns",
    )  # fmt: skip

    def __init__(self, player: Player, past: Past, outbox: Outbox) -> None:
        self._player = player
        self._past = past
        self._outbox = outbox
        self._events = past.events
        self._active: list[list[Any]] = []  # [state, turns taken, whose luck it has]
        self._before: dict[int | None, tuple[datetime, datetime, int]] = {}  # ended, began, how many so far
        self._stuck: set[int | None] = set()
        is_asked = player._asks_beside and past.beside is not None
        self._deeds = Deeds(player._scheme, past.beside) if is_asked and past.beside is not None else None
        self._coming: list[tuple[datetime, int, Event]] = []
        self._counter = 0
        self._seen: list[Event] = []
        self._by_order: dict[int | None, list[Event]] = {}
        self._turns: list[Turn] = []

    def turns(self) -> list[Turn]:
        until, coming, active = self._player._until, self._coming, self._active
        place, events, last = 0, self._events, len(self._events)
        while True:
            at = events[place][0] if place < last else None
            is_drawn = bool(coming) and (at is None or coming[0][0] < at)
            if is_drawn:
                at = coming[0][0]
            due: datetime | None = None
            for one in active:
                moment = one[0].due_at
                if moment is not None and (due is None or moment < due):
                    due = moment
            # What a deed has led to is told once all that is due at its moment has moved: the conductor reads it then.
            if at is not None and (
                due is None or at < due or (at == due and not (is_drawn and coming[0][2]["kind"] in FOLLOWED))
            ):
                if at > until:
                    break
                if is_drawn:
                    event = heapq.heappop(coming)[2]
                else:
                    event = events[place][1]
                    place += 1
                    if not active and not coming and event["kind"] not in self._player._starts:
                        self._remember(event)
                        continue
                self._take(event, at, is_drawn)
            elif due is not None and due <= until:
                self._run_out(due)
            else:
                break
        return self._turns

    def _run_out(self, due: datetime) -> None:
        for one in [one for one in self._active if one[0].due_at == due]:
            self._turn(one, Happening(DUE, due), due)
        if self._deeds is not None:
            self._settle(self._deeds, due)

    def _remember(self, event: Event) -> None:
        if not self._player._about_own:
            self._seen.append(event)
        own = self._by_order.get(event["order_id"])
        if own is None:
            self._by_order[event["order_id"]] = [event]
        else:
            own.append(event)

    def _take(self, event: Event, at: datetime, is_drawn: bool) -> None:
        kind, scheme, deeds = event["kind"], self._player._scheme, self._deeds
        if not is_drawn or deeds is None:
            self._remember(event)
        elif kind not in FOLLOWED:  # of its own deeds it knows since they were done
            self._remember(event)
            deeds.happened(kind, at)
        # Who may enter is judged before anybody is moved: whom this very event brings to the end is still in.
        enters = kind in self._player._starts and at >= self._player._since and self._may_enter(event, at)
        order_id, data = event["order_id"], event["data"]
        for one in tuple(self._active):
            state = one[0]
            if hears(scheme, state, kind, order_id, data):
                own = kind == "task.finished" and str(data.get("enrolment_id")) == str(state.id)
                self._turn(one, Happening(OUTCOME if own else EVENT, at, event), at)
        if enters:
            self._enter(event, at)
        if deeds is not None:
            self._settle(deeds, at)

    def _may_enter(self, event: Event, at: datetime) -> bool:
        scheme, past = self._player._scheme, self._past
        order_id = event["order_id"]
        if scheme.per == "order" and order_id is None:
            return False
        own = order_id if scheme.per == "order" else None
        if self._player._asks_at_start:
            facts = past.facts(order_id, at)
            if self._deeds is not None:
                nobody = Enrolment(0, at, past.person_id, own)
                facts = self._deeds.facts(nobody, start_needs(scheme, event["kind"]), facts, at)
            if starting_trigger(scheme, event, facts, at) is None:
                return False
        is_active = own in self._stuck or any(one[0].order_id == own for one in self._active)
        ended, began, _ = self._before.get(own, (None, None, 0))
        return may_enter(scheme, is_active=is_active, last_ended_at=ended, last_started_at=began, now=at) is None

    def _enter(self, event: Event, at: datetime) -> None:
        scheme, past = self._player._scheme, self._past
        order_id = event["order_id"]
        own = order_id if scheme.per == "order" else None
        person_id = event.get("person_id", past.person_id)
        self._counter += 1
        state = begin(
            scheme,
            own or self._counter,
            person_id=person_id,
            order_id=order_id,
            event_at=at,
            now=at,
            held_out=past.held_out.get((scheme.name, person_id)) if past.held_out else None,
            held_by_shop=past.held_by_shop,
        )
        times = self._before[own][2] if own in self._before else 0
        # Whoever comes again has other luck than the first time.
        subject = state.order_id or state.person_id or 0
        one = [state, 0, (subject, times + 1) if times else subject]
        self._active.append(one)
        self._turn(one, Happening(START, at, event), at)

    def _settle(self, deeds: Deeds, at: datetime) -> None:
        for told in deeds.settle(at):
            if told["kind"] in self._player._listens:
                self._remember(self._push(told))

    def _left(self, one: list[Any], ended: datetime) -> None:
        state = one[0]
        self._active.remove(one)
        times = self._before[state.order_id][2] if state.order_id in self._before else 0
        self._before[state.order_id] = (ended, state.started_at, times + 1)

    def _turn(self, one: list[Any], happening: Happening, at: datetime) -> None:
        state: Enrolment = one[0]
        one[1] += 1
        scheme, before, event = self._player._scheme, state.step, happening.event
        facts = self._facts(state, needs(scheme, before, happening.kind, event["kind"] if event else None), at)
        try:
            if one[1] > MOST_TURNS:
                raise StepFailed(before, ENDLESS)
            decision = advance(scheme, state, facts, happening, at, tells=self._player._tells)
        except StepFailed as failed:
            self._left(one, at)
            self._stuck.add(state.order_id)  # it waits for a person to mend it, and so for nobody here
            self._turns.append((state, happening, before, None, failed.code))
            return
        after = decision.enrolment
        if not decision.reasons and after == state:
            return
        one[0] = after
        self._turns.append((after, happening, before, decision, ""))
        if after.ended_at is not None:
            self._left(one, after.ended_at)
        if decision.effects:
            self._effects(decision, one[2], at)

    def _facts(self, state: Enrolment, names: frozenset[str], at: datetime) -> dict[str, Any]:
        if not names:
            return {}
        facts = self._past.facts(state.order_id if _of_order(names) else None, at)
        if self._deeds is not None:
            facts = self._deeds.facts(state, names, facts, at)
        if HISTORY in names:
            return {**facts, HISTORY: self._history(state)}
        return facts

    def _history(self, state: Enrolment) -> Sequence[Event]:
        """His events since the enrolment's start, and those of its order whenever they were."""
        own = self._by_order.get(state.order_id, ()) if state.order_id is not None else ()
        if self._player._about_own:
            return own
        since = state.started_at
        return [e for e in self._seen if e["occurred_at"] >= since or e["order_id"] == state.order_id is not None]

    def _effects(self, decision: Decision, subject: Subject, at: datetime) -> None:
        state, chance, deeds = decision.enrolment, self._player._chance, self._deeds
        for effect in decision.effects:
            kind = type(effect)
            if kind is OpenTask:
                self._come("task.finished", state, chance.outcome(subject, effect, at))  # type: ignore[arg-type]
            elif kind is SendMessage or kind is AskQuestion:
                sent = self._outbox.send(effect, state, at)  # type: ignore[arg-type]
                if sent is None:
                    continue
                if kind is AskQuestion:
                    self._come("answer.given", state, chance.answer(subject, effect, sent))  # type: ignore[arg-type]
                if self._player._listens_reactions:
                    for event in self._outbox.reactions(effect, state, sent):  # type: ignore[arg-type]
                        self._push(event)
            elif kind is CancelMessages:
                self._outbox.cancel(state, at)
            elif deeds is not None and kind in _COUNT_NEXT:
                deeds.take(state, effect)  # type: ignore[arg-type]

    def _come(self, kind: str, state: Enrolment, drawn: tuple[datetime, dict[str, Any]] | None) -> None:
        if drawn is None:
            return
        at, data = drawn
        data["enrolment_id"] = state.id
        self._push({"kind": kind, "occurred_at": at, "order_id": state.order_id, "data": data})

    def _push(self, drawn: Event) -> Event:
        self._counter += 1
        event = {**drawn, "id": f"drawn-{self._counter}"}
        heapq.heappush(self._coming, (event["occurred_at"], self._counter, event))
        return event


@lru_cache(maxsize=64)
def asked_for(scheme: Scheme) -> frozenset[str]:
    """All facts that the scheme may ask for anywhere on its way, its entry included."""
    kinds = [(EVENT, k) for k in listens(scheme)] + [(k, None) for k in (START, DUE, FACTS_CHANGED)]
    kinds += [(OUTCOME, "task.finished")]
    names = {n for step in (None, *scheme.steps) for kind, event in kinds for n in needs(scheme, step, kind, event)}
    return frozenset(names.union(*(start_needs(scheme, trigger.event) for trigger in scheme.starts)))


def has_conditions_on_events(scheme: Scheme) -> bool:
    """Whether what an event carries matters anywhere in the scheme."""
    asked = [t.where for t in (*scheme.starts, *scheme.stops, *_awaited(scheme)) if t.where is not None]
    asked += [step.condition for step in scheme.steps.values() if isinstance(step, If)]
    return any(name.startswith("event.") for condition in asked for name in condition.names)
