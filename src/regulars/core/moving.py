"""Moving somebody within a scheme or from one version to another by a rule or by hand, as a pure decision.

Owns what becomes of the place where he stands: who is moved to the same-named step keeps visit, entry and task, and only
his wait is reckoned anew from that entry; who is moved elsewhere stands before the step, and its entry is the next
thing that happens to him. It must not enter a step: that is `advance`'s, so what a moved person gets is what everybody gets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from regulars.core import history
from regulars.core.changes import CHANGED, RENAMED, changes
from regulars.core.delays import Delay, LocalHour, NextMorning
from regulars.core.effects import CancelMessages, Effect, StopTasks, VoidPromises
from regulars.core.enrolment import FACTS_CHANGED, Decision, Enrolment, Facts, Happening, Reason
from regulars.core.needs import HISTORY, needs
from regulars.core.record import moment_text, parse_moment
from regulars.core.scheme import END, Ask, Call, Scheme, Step, Task, Wait, WaitAfter, WaitFor
from regulars.core.tasks import offers
from regulars.core.waits import after_delay, days_after
from regulars.core.walk import Walk

__all__ = [
    "GONE",
    "MOVED",
    "Difference",
    "Move",
    "differences",
    "is_kept",
    "leave",
    "lost_outcomes",
    "move",
    "move_needs",
    "put_back",
    "release",
    "release_target",
]

MOVED = "moved"
"""The happening: a move by a rule or by hand."""
SAME, GONE = "same", "gone"


@dataclass(frozen=True, slots=True)
class Move:
    """From one version to another (or the same): where to, and how the decision record names the versions. `grace`: so
    long it stands before a step that it is to enter, and can be put back."""

    old: Scheme
    new: Scheme
    to: str
    old_n: int
    new_n: int
    by_hand: bool = False
    grace: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of a step: `kind` is SAME, CHANGED, RENAMED or GONE; `to`: the step of the new version that is meant
    by it, None when it has none."""

    kind: str
    to: str | None


def differences(old: Scheme, new: Scheme) -> dict[str, Difference]:
    """By step of the old version, in its order, what became of it in the new one."""
    found = changes(old, new)
    renamed = {c.before: c.step for c in found if c.kind == RENAMED}
    touched = {c.step for c in found if c.kind == CHANGED}
    out: dict[str, Difference] = {}
    for name in old.steps:
        if name in renamed:
            out[name] = Difference(RENAMED, renamed[name])
        elif name not in new.steps:
            out[name] = Difference(GONE, None)
        else:
            out[name] = Difference(CHANGED if name in touched else SAME, name)
    return out


@lru_cache(maxsize=20_000)
def is_kept(old: Scheme, new: Scheme, at: str, to: str) -> bool:
    """Whether who stands at `at` stands at `to` without entering it: the same step by name (or renamed), of the same kind."""
    before, after = old.steps.get(at), new.steps.get(to)
    if before is None or after is None or type(before) is not type(after):
        return False
    if at != to and differences(old, new)[at] != Difference(RENAMED, to):
        return False
    # a task and a question know the name of their step: what comes of them would not find it under another
    return at == to or not isinstance(before, Call | Task | Ask)


def lost_outcomes(old: Scheme, new: Scheme, at: str, to: str) -> tuple[str, ...]:
    """What a task that is open at `at` may end with and step `to` doesn't know: whose task ends so is set aside."""
    before, after = old.steps.get(at), new.steps.get(to)
    if not isinstance(before, Call | Task) or not isinstance(after, Call | Task) or not is_kept(old, new, at, to):
        return ()
    known = {offer.name for offer in offers(after)}
    return tuple(offer.name for offer in offers(before) if offer.name not in known)


@lru_cache(maxsize=20_000)
def _waits_alike(old: Scheme, new: Scheme, at: str, to: str) -> bool:
    """Whether the wait itself is word for word the same; only what follows it may differ."""
    before, after = old.steps[at], new.steps[to]
    return bool(_wait_of(before) == _wait_of(after))


def _wait_of(step: Step) -> Any:
    match step:
        case Wait():
            return (step.delay, step.team)
        case WaitAfter():
            return (step.days, _trigger(step.after), step.at, step.up_to, step.team)
        case WaitFor():
            return (_trigger(step.trigger), step.since, step.up_to, step.team)
        case Ask():
            return (step.up_to, step.team)
        case _:
            return None


def _trigger(trigger: Any) -> Any:
    return trigger and (trigger.event, trigger.about, trigger.where and trigger.where.text)


def move_needs(found: Move, at: str | None) -> frozenset[str]:
    """The facts that `move` asks for; none where the wait stays as it is."""
    if (
        at is None
        or not is_kept(found.old, found.new, at, found.to)
        or _waits_alike(found.old, found.new, at, found.to)
    ):
        return frozenset()
    names = needs(found.new, found.to, FACTS_CHANGED)
    return names | {HISTORY} if isinstance(found.new.steps[found.to], WaitFor) else names


def move(found: Move, state: Enrolment, facts: Facts, now: datetime) -> Decision:
    """Where the enrolment stands after the move. Raises StepFailed when the new wait can't be reckoned."""
    walk = Walk(found.new, state, facts, Happening(MOVED, now), now)
    at = state.step
    if at is not None and is_kept(found.old, found.new, at, found.to):
        if at != found.to:
            _rename(walk, at, found.to)
        if state.entered_at is not None and not _waits_alike(found.old, found.new, at, found.to):
            _reckon(walk, found.new.steps[found.to])
        _noted(walk, found, at)
        return Decision(walk.state, (), tuple(walk.reasons))
    effects = _put_down(found.old, state)
    place = place_of(state) if found.by_hand and not effects else None
    _noted(walk, found, at, reenters=True, place=place)
    _stand_before(walk.state, found.to, now + found.grace)
    return Decision(walk.state, effects, tuple(walk.reasons))


def _noted(walk: Walk, found: Move, was: str | None, *, reenters: bool = False, place: Any = None) -> None:
    next_ = found.to if reenters else None
    said: dict[str, Any] = {"from": found.old_n, "to": found.new_n, "was": was, "reenters": reenters}
    if found.by_hand:
        walk.note("moved_by_hand", next_, **said, place=place)
    else:
        walk.note("moved", next_, **said)


def leave(scheme: Scheme, state: Enrolment, reason: str, now: datetime) -> Decision:
    """Out of the scheme: open tasks, unsent letters and promises are called off."""
    walk = Walk(scheme, state, {}, Happening(MOVED, now), now)
    where = (state.step or "", state.visit, state.attempt)
    walk.note("left", next_=END, reason=reason)
    walk.end(reason, noted=True)
    return Decision(walk.state, (StopTasks(*where), CancelMessages(*where), VoidPromises(*where)), tuple(walk.reasons))


def release_target(step: Step | None) -> str | None:
    """Where somebody goes who need not wait any longer; None where he doesn't wait for time or an event."""
    match step:
        case Wait():
            return step.then
        case WaitAfter():
            return step.then
        case WaitFor() | Ask():
            return step.on_timeout
        case _:
            return None


def release(scheme: Scheme, state: Enrolment, now: datetime, grace: timedelta = timedelta(0)) -> Decision | None:
    """Go on now (after `grace`), as if the time had run out; None where there is nothing to be released from."""
    target = release_target(scheme.steps.get(state.step or ""))
    if target is None or state.entered_at is None:
        return None
    walk = Walk(scheme, state, {}, Happening(MOVED, now), now)
    if target == END:
        walk.note("released", next_=target, until=state.due_at)
        walk.end("finished")
    else:
        walk.note("released", next_=target, until=state.due_at, place=place_of(state))
        _stand_before(walk.state, target, now + grace)
    return Decision(walk.state, (), tuple(walk.reasons))


def place_of(state: Enrolment) -> dict[str, Any]:
    """Where the enrolment stands, for the record."""
    return {
        "step": state.step,
        "visit": state.visit,
        "attempt": state.attempt,
        "entered_at": state.entered_at,
        "due_at": state.due_at,
        "kept": {key: state.data[key] for key in ("wait", "tries") if key in state.data},
    }


def put_back(state: Enrolment, place: Mapping[str, Any]) -> Decision:
    """Back to where a record says that it stood."""
    back = replace(
        state,
        step=place["step"],
        visit=place["visit"],
        attempt=place["attempt"],
        entered_at=parse_moment(place["entered_at"]),
        due_at=parse_moment(place["due_at"]),
        data={**state.data, **place["kept"]},
    )
    return Decision(back, (), (Reason(None, None, "moved_back"),))


def _stand_before(state: Enrolment, target: str, now: datetime) -> None:
    state.data.pop("wait", None)
    state.data.pop("tries", None)
    state.step = target
    state.visit = state.attempt = 0
    state.entered_at = None
    state.due_at = now


def _rename(walk: Walk, at: str, to: str) -> None:
    """The same visit under the step's new name."""
    state = walk.state
    visits = dict(state.data.get("visits", ()))
    if at in visits:
        visits[to] = max(visits.get(to, 0), state.visit)
        state.data["visits"] = visits
    state.step = to


def _put_down(old: Scheme, state: Enrolment) -> tuple[Effect, ...]:
    """The task of the step that he leaves is needed no longer, nor is the promise that he will be called."""
    if state.entered_at is None or not isinstance(old.steps.get(state.step or ""), Call | Task):
        return ()
    where = (state.step or "", state.visit, state.attempt)
    return (StopTasks(*where), VoidPromises(*where, own=True))


def _reckon(walk: Walk, step: Step) -> None:
    """The wait as the new version has it, from the entry; one that is over by that ends now."""
    state = walk.state
    match step:
        case Wait():
            state.due_at = _until(walk, step.delay, step.team)
        case WaitFor():
            came = history.looked_back(walk, step)
            state.due_at = walk.now if came is not None else _until(walk, step.up_to, step.team)
        case Ask():
            state.due_at = _until(walk, step.up_to, step.team)
        case WaitAfter():
            _reckon_days(walk, step)
        case _:
            pass


def _reckon_days(walk: Walk, step: WaitAfter) -> None:
    state = walk.state
    state.data.pop("wait", None)
    event = history.latest(walk, step.after) if step.after is not None else None
    if step.after is not None and event is None:
        state.due_at = _until(walk, step.up_to, step.team)
        return
    since = event["occurred_at"] if event is not None else walk.entered
    state.data["wait"] = {"event_at": moment_text(since)}
    state.due_at = days_after(step, since, walk.now, walk.facts)


def _until(walk: Walk, delay: Delay, team: str) -> datetime:
    due = after_delay(delay, walk.entered, walk.facts, team)
    if due >= walk.now:
        return due
    # an hour of the day that has gone by means the next one
    return after_delay(delay, walk.now, walk.facts, team) if isinstance(delay, LocalHour | NextMorning) else walk.now
