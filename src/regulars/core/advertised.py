"""When a scheme advertises, reckoned from what begins it or what it waited for: only on roads whose times are certain.

Owns that reckoning. Each answer is a life that a person can certainly live through: where the time depends on others (a
call, working hours, an answer) nothing is claimed until the next event that is waited for. What two schemes make of it
is `check_beside`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import time, timedelta
from functools import lru_cache

from regulars.core.clocks import DEFAULT_HOUR, ONE_DAY, DateClock, SinceClock
from regulars.core.condition_tree import And, Name, Not, Or, Tree, operands
from regulars.core.conditions import Condition
from regulars.core.delays import Delay, Elapsed, LocalHour, Working, WorkingDays
from regulars.core.roads import resume_targets
from regulars.core.scheme import (
    ADVERTISING,
    YEARLY,
    Ask,
    Call,
    If,
    Scheme,
    Send,
    Step,
    Task,
    Trigger,
    Wait,
    WaitAfter,
    WaitFor,
    WaitUntil,
)

__all__ = ["Advertisement", "Anchor", "Said", "advertisements"]

Anchor = tuple[str, ...]
"""What a time is counted from: an event and whose, a day, a fact. Equal anchors are one moment in a person's life."""
Said = tuple[Tree, bool]
"""A condition that holds on the way (or doesn't: False)."""
Times = tuple[timedelta, ...]

_HOURS = tuple(timedelta(hours=hours) for hours in (3.5, 10, 14.5, 20.5))
"""At such hours of the buyer's the anchor may lie; each is followed by itself."""
_MOST_STEPS = 600
_SOON, _LONG, _MOST_ANCHORS = timedelta(days=3), timedelta(days=10), 3
"""So soon after the last a wait for an event must begin, so long it must last, and so many follow one another: then each
may come three days after the one before, whatever another scheme waits for meanwhile."""
_SPARE = timedelta(days=3)
"""A weekend."""
_OWN = ("answer.", "outcome.", "event.")
"""Facts of which one scheme's own past is the source: nothing is claimed where a branch asks for them."""


@dataclass(frozen=True, slots=True)
class Advertisement:
    """One advertisement on one road. `begun`: what began the scheme, `before` how: a kind of event that lies before that;
    `times`: after the midnight before the anchor, one for each hour at which that may lie. `needed`: kinds of events that
    must come on the way, `silent` those that must not; `said`: what must hold."""

    step: str
    begun: Anchor
    before: str
    anchor: Anchor
    times: Times
    needed: frozenset[str]
    silent: frozenset[str]
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Somebody before a step. `times` None: it is soon, but when depends on others; `spent`: the most time since the
    anchor; `passed` the anchors before, `seen` the steps before."""

    at: str
    road: Advertisement
    times: Times | None
    spent: timedelta = timedelta(0)
    passed: frozenset[Anchor] = frozenset()
    seen: frozenset[str] = frozenset()

    def on(self, to: str, times: Times | None, spent: timedelta = timedelta(0), **road: object) -> _Place:
        """The place before the next step."""
        changed = replace(self.road, **road) if road else self.road  # type: ignore[arg-type]
        return _Place(to, changed, times, self.spent + spent, self.passed, self.seen | {self.at})

    def anchored(self, to: str, anchor: Anchor, times: Times, needed: frozenset[str] = frozenset()) -> _Place:
        """The place before the next step, its time counted from something else from now on."""
        road = replace(self.road, anchor=anchor, needed=self.road.needed | needed)
        return _Place(to, road, times, timedelta(0), self.passed | {self.road.anchor}, self.seen | {self.at})


@lru_cache(maxsize=128)
def advertisements(scheme: Scheme) -> tuple[Advertisement, ...]:
    """Every advertisement on every such road, the shortest roads first; of a scheme with very many roads, some."""
    found: dict[Advertisement, None] = {}
    edge = deque(place for trigger in scheme.starts if (place := _start(scheme, trigger)) is not None)
    for _ in range(_MOST_STEPS):
        if not edge:
            break
        place = edge.popleft()
        step = scheme.steps.get(place.at)
        if step is None or place.at in place.seen:
            continue
        if isinstance(step, Send | Ask) and step.letter.purpose == ADVERTISING and place.times is not None:
            found[replace(place.road, step=place.at, times=place.times)] = None
        edge.extend(_onward(step, place))
    return tuple(found)


def _start(scheme: Scheme, trigger: Trigger) -> _Place | None:
    clock, before, silent = trigger.clock, "", frozenset[str]()
    said = tuple(_flat(trigger.where.tree, True)) if trigger.where else ()
    if isinstance(clock, SinceClock):
        begun: Anchor = ("since", clock.kind)
        anchor: Anchor = (clock.kind, "person")
        before, silent = clock.kind, frozenset({clock.kind})
        times = tuple(_next_hour(hour + clock.span, clock.at) for hour in _HOURS)
    elif isinstance(clock, DateClock):
        begun = anchor = ("date", clock.fact, "yearly" if clock.yearly else "once")
        hours = (_after_midnight(DEFAULT_HOUR),) * len(_HOURS) if clock.fact in YEARLY else _HOURS
        times = tuple((_after_midnight(clock.at) if clock.at else hour) + clock.shift for hour in hours)
    else:
        begun = anchor = _anchor(trigger)
        times = _HOURS
    if clock is not None:
        said = said[2:]  # which clock of which scheme it is: our own words, the same moment all the same
    road = Advertisement("", begun, before, anchor, times, frozenset(), silent, said)
    return _Place(scheme.first, road, times)


def _anchor(trigger: Trigger) -> Anchor:
    return (trigger.event, trigger.about, *([trigger.segment] if trigger.segment else []))


def _onward(step: Step, place: _Place) -> Iterator[_Place]:
    """Where somebody comes from a step, and when."""
    match step:
        case If(condition=condition, yes=yes, no=no):
            if not _asks_own(condition):
                yield place.on(yes, place.times, said=(*place.road.said, *_flat(condition.tree, True)))
                yield place.on(no, place.times, said=(*place.road.said, *_flat(condition.tree, False)))
        case Wait() | WaitAfter() | WaitUntil() | WaitFor():
            yield from _waited(step, place)
        case Ask():
            for to in dict.fromkeys((*step.answers.values(), *(() if step.answers else (step.then,)))):
                yield place.on(to, None, needed=place.road.needed | {"answer.given"})
            yield _timeout(place, step.on_timeout, step.up_to, "answer.given")
        case _:
            # how a call ends is known when it has ended; everything else takes no time
            times = None if isinstance(step, Call | Task) else place.times
            for to in dict.fromkeys(resume_targets(step)):
                yield place.on(to, times)


def _waited(step: Wait | WaitAfter | WaitUntil | WaitFor, place: _Place) -> Iterator[_Place]:
    match step:
        case Wait():
            yield place.on(step.then, _later(place.times, step.delay), _most_of(step.delay))
        case WaitAfter(after=None):
            yield (
                _days(step, place, place.road.anchor)
                if isinstance(step.days, int)
                else place.on(step.then, None, _LONG)
            )
        case WaitAfter():
            yield from _after_event(step, place)
        case WaitUntil():
            yield _until(step, place)
        case WaitFor():
            yield from _event(step, place)


def _event(step: WaitFor, place: _Place) -> Iterator[_Place]:
    trigger = step.trigger
    if step.since == "start" and _has_come(place, trigger):
        if trigger.where is None:
            yield place.on(step.then, place.times)
        return
    if trigger.where is None and _may_come(place, trigger, step.up_to):
        yield place.anchored(step.then, _anchor(trigger), _HOURS, frozenset({trigger.event}))
    yield _timeout(place, step.on_timeout, step.up_to, trigger.event)


def _after_event(step: WaitAfter, place: _Place) -> Iterator[_Place]:
    assert step.after is not None
    anchor = _anchor(step.after)
    if _has_come(place, step.after):
        if step.after.where is None:
            yield _days(step, place, anchor) if anchor == place.road.anchor else place.on(step.then, None, _LONG)
        return
    if step.after.where is None and _may_come(place, step.after, step.up_to):
        come = place.anchored(step.then, anchor, _HOURS, frozenset({step.after.event}))
        yield _days(step, replace(come, at=place.at), anchor)
    if step.on_timeout is not None:
        yield _timeout(place, step.on_timeout, step.up_to, step.after.event)


def _days(step: WaitAfter, place: _Place, anchor: Anchor) -> _Place:
    """So many days after the anchor, or (without an event) after the entry; days that a fact gives are the same for all."""
    if place.times is None:
        return place.on(step.then, None, _LONG)
    hour = _after_midnight(step.at.at) if step.at else None
    if step.after is None or isinstance(step.days, int):
        assert isinstance(step.days, int)
        begins = _HOURS if step.after is not None else place.times
        whole = [(begin // ONE_DAY + step.days) * ONE_DAY for begin in begins]
        due = [day + (begin % ONE_DAY if hour is None else hour) for day, begin in zip(whole, begins, strict=True)]
        times = [max(pair) for pair in zip(due, place.times, strict=True)]
        if step.at is not None:
            times = [_next_hour(moment, step.at.at) for moment in times]
        return place.on(step.then, tuple(times), (step.days + 1) * ONE_DAY)
    times = [_next_hour(begin, step.at.at) if step.at else begin for begin in _HOURS]
    return place.anchored(step.then, (*anchor, step.days), tuple(times))


def _until(step: WaitUntil, place: _Place) -> _Place:
    hours = (timedelta(0),) * len(_HOURS) if not isinstance(step.until, str) or step.until in YEARLY else _HOURS
    begins = [_after_midnight(step.at.at) if step.at else hour for hour in hours]
    return place.anchored(step.then, ("until", str(step.until)), tuple(begin + step.shift for begin in begins))


def _timeout(place: _Place, to: str, up_to: Delay, kind: str) -> _Place:
    return place.on(to, _later(place.times, up_to), _most_of(up_to), silent=place.road.silent | {kind})


def _has_come(place: _Place, trigger: Trigger) -> bool:
    """Whether such an event has begun the scheme, or has come on the way."""
    anchor = _anchor(trigger)
    return anchor in place.passed or (anchor == place.road.anchor and not place.road.before)


def _may_come(place: _Place, trigger: Trigger, up_to: Delay) -> bool:
    """Whether the event may well come only now, however soon or late it comes in another scheme: the wait for it begins
    soon, and lasts."""
    anchor = _anchor(trigger)
    is_new = anchor != place.road.anchor and anchor not in place.passed and len(place.passed) < _MOST_ANCHORS
    return is_new and place.spent <= _SOON and isinstance(up_to, Elapsed) and up_to.span >= _LONG


def _most_of(delay: Delay) -> timedelta:
    match delay:
        case Elapsed(span):
            return span
        case Working(span):
            return 3 * span + _SPARE
        case WorkingDays(days):
            return 2 * days * ONE_DAY + _SPARE
        case LocalHour():
            return ONE_DAY
        case _:
            return _SPARE


def _later(times: Times | None, delay: Delay) -> Times | None:
    if times is None:
        return None
    match delay:
        case Elapsed(span):
            return tuple(moment + span for moment in times)
        case LocalHour(at):
            return tuple(_next_hour(moment, at) for moment in times)
        case _:
            return None


def _next_hour(moment: timedelta, at: time | None) -> timedelta:
    """The first such hour that isn't earlier."""
    if at is None:
        return moment
    hour = _after_midnight(at)
    return hour + math.ceil((moment - hour) / ONE_DAY) * ONE_DAY


def _after_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)


def _flat(tree: Tree, holds: bool) -> Iterator[Said]:
    """The parts that must each hold, or not."""
    match tree:
        case Not(item):
            yield from _flat(item, not holds)
        case And(items) if holds:
            for item in items:
                yield from _flat(item, True)
        case Or(items) if not holds:
            for item in items:
                yield from _flat(item, False)
        case _:
            yield tree, holds


def _asks_own(condition: Condition) -> bool:
    return any(isinstance(o, Name) and o.path.startswith(_OWN) for o in operands(condition.tree))
