"""A scheme as data: what the reader made of the owner's text, ready for `advance`.

Owns the shapes only. Everything is frozen and fully resolved: `then`, answers and outcomes name a step of the same
scheme or END, defaults are filled in, conditions are compiled. It must not read files, judge, or know the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from regulars.core.clocks import Clock
from regulars.core.conditions import Condition
from regulars.core.deeds import Deed
from regulars.core.delays import Delay, LocalHour
from regulars.rules.gate import DEFAULT_PRIORITY

END = "end"
"""The target that ends the enrolment. No step may have this name."""

SERVICE = "service"
ADVERTISING = "advertising"

SHOP_TEAM = "shop"
"""The team of whatever names none: its working time is the shop's own calendar (`worktime.shop`)."""

DEFAULT_UP_TO = timedelta(days=60)
"""How long a wait for an event lasts when the scheme doesn't say."""

YEARLY = frozenset({"person.birthday"})
"""Facts that come every year: a wait until one of them means the next."""

EVERY_LANGUAGE = "*"
"""The key of a text that was written once, not per language."""

Texts = Mapping[str, str]
"""Language code -> text; a text written without languages stands under EVERY_LANGUAGE."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """An event that starts, stops or wakes.

    `about` says whose event counts: 'order' = of this enrolment's own order only, 'person' = any of this person's.
    `where` may narrow it; there `event.*` is the event itself. `clock`: it is a moment, told by an event of ours;
    `segment`: it is the entry into that segment, or the exit; `where` asks for these then, too.
    """

    event: str
    about: str
    where: Condition | None = None
    clock: Clock | None = None
    segment: str | None = None


SET_ASIDE = Trigger("order.set_aside", "order")
"""What stops every scheme of an order, whatever it says itself: the order was a test, a joke or a double."""


@dataclass(frozen=True, slots=True)
class Again:
    """Re-entry of `per: person`: `after` counts from the end of the last enrolment, or from its start when it is
    `yearly`; None means never again."""

    after: timedelta | None = None
    yearly: bool = False


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `messages` advertisements of this scheme in each calendar period of the shop ('day', 'week' or 'month'), and
    such as cost at most `cost` ten-thousandths of `currency`; None is no limit, and one of the two is there."""

    messages: int | None
    every: str
    cost: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Goal:
    """What the scheme is for. It only counts: `within` this long after the enrolment's start (None: without limit)."""

    event: str
    about: str
    within: timedelta | None


@dataclass(frozen=True, slots=True)
class Late:
    """The lateness rule, judged at the gate: action is 'drop', 'wait' (for a person's word) or 'send', `after` the
    due time meant."""

    action: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be said: a template by name, or texts written in the scheme itself. Exactly one of them is given."""

    purpose: str
    by: tuple[str, ...]
    template: str | None
    subject: Texts | None
    text: Texts | None
    late: Late | None
    inline: dict[str, dict[str, str]] | None = field(init=False, repr=False, compare=False)
    """`{"subject": {lang: text}, "text": {lang: text}}`, or None when a template is named."""

    def __post_init__(self) -> None:
        own = None if self.text is None else {"subject": dict(self.subject or {}), "text": dict(self.text)}
        object.__setattr__(self, "inline", own)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way a task can end. `again`: the plan of retries, one delay for each time that this outcome comes;
    `call_again`: the operator names the time of the next call; `then`: where it goes when neither applies."""

    name: str
    then: str
    again: tuple[Delay, ...] = ()
    call_again: bool = False


@dataclass(frozen=True, slots=True)
class Promise:
    """A time that a letter tells: `kind` by `within` from now, in the time of `team`; None: the order's own window."""

    kind: str
    within: Delay | None
    team: str


@dataclass(frozen=True, slots=True)
class Send:
    """A message, and the promise that it makes. Goes on at once."""

    name: str
    line: int
    letter: Letter
    then: str
    promise: Promise | None = None
    verb: str = "send"


@dataclass(frozen=True, slots=True)
class Call:
    """A call by a person of `team`; left only by an outcome. `tell` makes the promise of when he will be called."""

    name: str
    line: int
    script: str | None
    team: str
    target: Delay | None
    within: Delay
    outcomes: Mapping[str, Outcome]
    then: str
    tell: Letter | None = None
    verb: str = "call"


@dataclass(frozen=True, slots=True)
class Task:
    """Work for a person of `team`, of the kind 'task' or 'case'; left only by an outcome. `tell` promises an answer."""

    name: str
    line: int
    kind: str
    script: str | None
    title: Texts | None
    team: str
    target: Delay | None
    within: Delay
    outcomes: Mapping[str, Outcome]
    then: str
    tell: Letter | None = None
    verb: str = "task"


@dataclass(frozen=True, slots=True)
class Wait:
    """Time passes: `delay`, measured from the entry in the working time of `team` where it is working time."""

    name: str
    line: int
    delay: Delay
    team: str
    then: str
    verb: str = "wait"


@dataclass(frozen=True, slots=True)
class WaitAfter:
    """Days after an event (or, without one, after the entry), by the buyer's calendar.

    `days` is a number or the name of a fact; `at` the local hour. Until the event has come, `up_to`; then `on_timeout`,
    or (None) the end with its reason.
    """

    name: str
    line: int
    days: int | str
    after: Trigger | None
    at: LocalHour | None
    up_to: Delay
    team: str
    then: str
    on_timeout: str | None
    verb: str = "wait"


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Until a day, or a fact that is a day or a moment, moved by `shift` (negative: before it); `at` the local hour.

    Where the fact isn't known, or the time has passed, it goes on at once: by `on_timeout`, or (None) by `then`.
    """

    name: str
    line: int
    until: date | str
    shift: timedelta
    at: LocalHour | None
    then: str
    on_timeout: str | None
    verb: str = "wait"


@dataclass(frozen=True, slots=True)
class WaitFor:
    """An event or a time-out, whichever is first; at one instant: the event. `since` is 'start' or 'step'."""

    name: str
    line: int
    trigger: Trigger
    since: str
    up_to: Delay
    team: str
    then: str
    on_timeout: str
    verb: str = "wait_for"


@dataclass(frozen=True, slots=True)
class If:
    """A branch on facts."""

    name: str
    line: int
    condition: Condition
    yes: str
    no: str
    verb: str = "if"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to the buyer, by letter with an answer link. An answer that isn't named goes on by `then`."""

    name: str
    line: int
    question: str
    letter: Letter
    answers: Mapping[str, str]
    up_to: Delay
    team: str
    then: str
    on_timeout: str
    verb: str = "ask"


@dataclass(frozen=True, slots=True)
class End:
    """The end, with a reason of the owner's own where he gave one."""

    name: str
    line: int
    reason: str | None
    verb: str = "end"


Step = Send | Call | Task | Wait | WaitAfter | WaitUntil | WaitFor | If | Ask | End | Deed


@dataclass(frozen=True, slots=True, eq=False)
class Scheme:
    """One version of a scheme. `steps` stand in the order of the file; the first is where everybody enters.

    `per` is 'order' or 'person'; `hold_out` is permille of people; of two schemes that would advertise to one person the
    higher `priority`, 1 to 9, goes first. `titles`: step -> what people call it, for those that
    have a title. Compared by identity: compile a version once and keep it.
    """

    name: str
    title: Texts
    per: str
    starts: tuple[Trigger, ...]
    stops: tuple[Trigger, ...]
    again: Again
    goal: Goal | None
    hold_out: int
    team: str
    steps: Mapping[str, Step]
    titles: Mapping[str, Texts] = field(default_factory=dict)
    text: str = field(repr=False, default="")
    priority: int = DEFAULT_PRIORITY
    budget: Budget | None = None

    @property
    def clocks(self) -> tuple[Clock, ...]:
        """What of its starts goes by the clock, each once."""
        return tuple({t.clock.key: t.clock for t in self.starts if t.clock is not None}.values())

    @property
    def first(self) -> str:
        """The step of entry."""
        return next(iter(self.steps))
