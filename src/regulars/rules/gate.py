"""The gate: may this message go now? Sent, held until a moment, or refused, with the reason and every check asked.

Owns the order of the checks and what each means; the outbox asks it in the transaction that marks the message as being
sent, the backtest asks it too. Pure: facts and `now` are arguments, words are others' matter (it gives codes and
parameters). Whatever goes wrong inside means: not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from regulars.rules.budgets import amount_text
from regulars.rules.localtime import utc
from regulars.rules.quiet import QUIET, Window, awake_between, quiet_until

SERVICE: Final = "service"
ADVERTISING: Final = "advertising"

SEND: Final = "send"
WAIT: Final = "wait"
REFUSE: Final = "refuse"
Action = Literal["send", "wait", "refuse"]

CLEAR = "clear"  # it may go
LEFT_SCHEME = "left_scheme"  # the enrolment ended or was stopped
STOPPED_BY = "stopped_by"  # a member of staff stopped it; params: who (an account's id)
DOUBLE = "double"  # the same has been said by another message
LATE = "late"  # its time has passed; params: hours (the rule), since
LATE_HELD = "late_held"  # its time has passed and the rule says: a person decides; params as LATE
PROMISE_PASSED = "promise_passed"  # the time that it was to tell has passed; params: at
ERASED = "erased"  # the person asked to be forgotten
MERGED = "merged"  # the person is now part of another, whose message this is not
NO_CONTACT = "no_contact"  # no address or number for this channel; params: channel
BOUNCED = "bounced"  # the address takes no mail, the number no messages; params: at
COMPLAINED = "complained"  # it was reported as spam; params: at
UNSUBSCRIBED = "unsubscribed"  # he wants no advertising by this channel, or nothing at all; params: at
NO_CONSENT = "no_consent"  # params: channel
HELD_OUT = "held_out"  # he belongs to the group that gets no advertising
HELD_OUT_SHOP = "held_out_shop"  # he belongs to the group that gets none of the shop's at all
QUIET_HOURS = "quiet_hours"  # params: at (their end)
CAP = "cap"  # enough advertising for a while; params: sent, limit, days, schemes (those that went, if known)
PRIORITY = "priority"  # a scheme that goes first is due, and there is no room for both; params: scheme, at
BUDGET_SPENT = (
    "budget_spent"  # its scheme has advertised enough for now; params: used, limit, every; of money price, currency
)
NO_LONGER_TRUE = "no_longer_true"  # the condition under which it was meant no longer holds; params: the caller's
GATE_ERROR = "gate_error"  # the gate itself failed; params: error (the exception's type)

HARD_BOUNCE: Final = "bounce"
COMPLAINT: Final = "complaint"
ASKED: Final = "asked"
_SUPPRESSED: Final[Mapping[str, str]] = {COMPLAINT: COMPLAINED, ASKED: UNSUBSCRIBED}

DEFAULT_LATE: Final[Mapping[str, timedelta]] = {SERVICE: timedelta(hours=24), ADVERTISING: timedelta(hours=4)}
DEFAULT_CAP = 2
DEFAULT_CAP_DAYS = 30
DEFAULT_PRIORITY = 5
STILL_AHEAD = timedelta(minutes=1)
"""So long after its moment one that goes first may still be on its way to the gate."""

FAILED: Final = "failed"
UNKNOWN: Final = "unknown"
SENT: Final = "sent"
Fate = Literal["failed", "unknown", "sent"]


@dataclass(frozen=True, slots=True)
class Channel:
    """How a person stands to one channel.

    `suppressed`: None, or why nothing at all may go to that address: HARD_BOUNCE, COMPLAINT, ASKED.
    `unsubscribed_at`: stops advertising only. `consent`: an opt-in for advertising by this channel that stands.
    """

    contact: bool
    suppressed: str | None = None
    suppressed_at: datetime | None = None
    unsubscribed_at: datetime | None = None
    consent: bool = False


@dataclass(frozen=True, slots=True)
class GateMessage:
    """What is to be sent.

    `due_at`: the moment that was meant. `late_action`: 'drop', 'wait' (a person decides) or 'send', after `late_after`;
    without `late_after` the default of the purpose. `late_approved`: a person has said that it goes though it is late.
    `drop_at`: after it the message is pointless (the promise that it tells has passed). `cancelled`: None, or the code
    of the reason (LEFT_SCHEME, STOPPED_BY, DOUBLE) with its parameters.
    """

    purpose: str
    channel: str
    due_at: datetime
    late_action: str = "drop"
    late_after: timedelta | None = None
    late_approved: bool = False
    drop_at: datetime | None = None
    cancelled: str | None = None
    cancelled_params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ahead:
    """A scheme of a higher priority that is about to advertise to the same person, at `at`."""

    scheme: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Cost:
    """What advertising may cost in a period, and has, and what this message costs: ten-thousandths of the currency's unit."""

    limit: int
    used: int
    price: int
    currency: str


@dataclass(frozen=True, slots=True)
class Budget:
    """What a scheme may advertise in a period, and has: `limit` messages (None: any number), and for so much money."""

    limit: int | None
    used: int
    every: str
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What is known at the moment of sending.

    `zone`: the buyer's, or the shop's where it isn't known. `advertised_at`: when advertising went to this person, over
    all schemes and channels, with what is being sent just now; `advertised_by`: of which schemes, as far as known.
    `ahead`: who goes first. `budget`: None where there is none, or the message was counted before. `still_true`: the
    result of the message's condition, None if it has none.
    """

    channel: Channel
    zone: str
    erased: bool = False
    merged: bool = False
    held_out: bool = False
    held_by_shop: bool = False
    quiet: Window = QUIET
    advertised_at: Sequence[datetime] = ()
    advertised_by: Sequence[str] = ()
    ahead: Sequence[Ahead] = ()
    budget: Budget | None = None
    cap: int = DEFAULT_CAP
    cap_days: int = DEFAULT_CAP_DAYS
    still_true: bool | None = None
    still_true_params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the gate: 'passed', 'decided' (it gave the verdict) or 'not_asked' (it doesn't concern this
    message, or the verdict had been given before). `detail`: the code it decided with, or ''."""

    name: str
    result: Literal["passed", "decided", "not_asked"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`until`: with WAIT, when to ask again; None there means that a person must decide first."""

    action: Action
    code: str
    until: datetime | None
    params: Mapping[str, Any]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class _Stop:
    action: Action
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    until: datetime | None = None


class _NotAsked:
    """The question doesn't concern this message."""


_NOT_ASKED = _NotAsked()
_Answer = _Stop | _NotAsked | None
_Question = Callable[[GateMessage, GateFacts, datetime], _Answer]


def judge(message: GateMessage, facts: GateFacts, now: datetime) -> Verdict:
    """Whether `message` may go at `now`. Never raises: an error inside is a refusal with GATE_ERROR."""
    checks: list[Check] = []
    try:
        stop = _first_stop(message, facts, utc(now), checks)
    except Exception as error:  # fail closed: whatever it is, nothing is sent
        asked = len(checks)
        stop = _Stop(REFUSE, GATE_ERROR, {"error": type(error).__name__})
        checks.append(Check(_QUESTIONS[asked][0] if asked < len(_QUESTIONS) else "gate", "decided", GATE_ERROR))
    checks.extend(Check(name, "not_asked") for name, _ in _QUESTIONS[len(checks) :])
    if stop is None:
        return Verdict(SEND, CLEAR, None, {}, tuple(checks))
    return Verdict(stop.action, stop.code, stop.until, dict(stop.params), tuple(checks))


def next_channel(
    by: Sequence[str], purpose: str, channels: Mapping[str, Channel], tried: Mapping[str, Fate] | None = None
) -> str | None:
    """The first channel of `by` that reaches the person and may be used for `purpose`; None if there is none.

    `tried`: what became of earlier attempts. After a permanent failure the next one; after a message that went, none;
    after an unknown fate none for advertising (it may have arrived).
    """
    fates = tried or {}
    if SENT in fates.values() or (purpose == ADVERTISING and UNKNOWN in fates.values()):
        return None
    for name in by:
        channel = channels.get(name)
        if channel is None or name in fates:
            continue
        if _channel_stop(channel, name, purpose) is None:
            return name
    return None


def _first_stop(message: GateMessage, facts: GateFacts, now: datetime, checks: list[Check]) -> _Stop | None:
    if message.purpose not in (SERVICE, ADVERTISING):
        raise ValueError(f"no such purpose: {message.purpose!r}")
    for name, question in _QUESTIONS:
        answer = question(message, facts, now)
        if isinstance(answer, _Stop):
            checks.append(Check(name, "decided", answer.code))
            return answer
        checks.append(Check(name, "not_asked" if answer is _NOT_ASKED else "passed"))
    return None


def _wanted(message: GateMessage, facts: GateFacts, now: datetime) -> _Answer:
    if message.cancelled is not None:
        return _Stop(REFUSE, message.cancelled, message.cancelled_params)
    return None


def _in_time(message: GateMessage, facts: GateFacts, now: datetime) -> _Answer:
    if message.drop_at is not None and now > message.drop_at:
        return _Stop(REFUSE, PROMISE_PASSED, {"at": message.drop_at})
    if message.late_approved or message.late_action == "send":
        return None
    if message.late_action not in ("drop", "wait"):
        raise ValueError(f"no such lateness rule: {message.late_action!r}")
    limit = DEFAULT_LATE[message.purpose] if message.late_after is None else message.late_after
    passed = now - utc(message.due_at)
    # The default is about a standstill of ours. What quiet hours held back was not late, or every advertisement of
    # the evening would die by morning; an owner's own rule is taken by the clock, as it is written.
    if message.late_after is None and _held_by_quiet(message) and passed > limit:
        passed = awake_between(message.due_at, now, facts.zone, facts.quiet, enough=limit)
    if passed <= limit:
        return None
    params = {"hours": limit / timedelta(hours=1), "since": message.due_at}
    return _Stop(REFUSE, LATE, params) if message.late_action == "drop" else _Stop(WAIT, LATE_HELD, params)


def _present(message: GateMessage, facts: GateFacts, now: datetime) -> _Answer:
    if facts.erased:
        return _Stop(REFUSE, ERASED)
    return _Stop(REFUSE, MERGED) if facts.merged else None


def _reachable(message: GateMessage, facts: GateFacts, now: datetime) -> _Answer:
    return _reach_stop(facts.channel, message.channel, message.purpose)


def _allowed(message: GateMessage, facts: GateFacts, now: datetime) -> _Answer:
    if message.purpose != ADVERTISING:
        return _NOT_ASKED
    return _consent_stop(facts.channel, message.channel)


def _not_held_out(message: GateMessage, facts: GateFacts, now: datetime) -> _Answer:
    if message.purpose != ADVERTISING:
        return _NOT_ASKED
    if facts.held_by_shop:
        return _Stop(REFUSE, HELD_OUT_SHOP)
    return _Stop(REFUSE, HELD_OUT) if facts.held_out else None


def _not_quiet(message: GateMessage, facts: GateFacts, now: datetime) -> _Answer:
    if not _held_by_quiet(message):
        return _NOT_ASKED
    until = quiet_until(now, facts.zone, facts.quiet)
    return None if until is None else _Stop(WAIT, QUIET_HOURS, {"at": until}, until)


def _below_cap(message: GateMessage, facts: GateFacts, now: datetime) -> _Answer:
    if message.purpose != ADVERTISING:
        return _NOT_ASKED
    since = now - timedelta(days=facts.cap_days)
    sent = sum(1 for at in facts.advertised_at if at > since)
    if sent >= facts.cap:
        params = {"sent": sent, "limit": facts.cap, "days": facts.cap_days}
        by = ", ".join(dict.fromkeys(facts.advertised_by))
        return _Stop(REFUSE, CAP, params | ({"schemes": by} if by else {}))
    # Whoever goes first finds room: a scheme of less weight waits for his moment, and is asked again after it.
    first = sorted((a for a in facts.ahead if utc(a.at) + STILL_AHEAD > now), key=lambda a: (utc(a.at), a.scheme))
    if sent + len({a.scheme for a in first}) < facts.cap:
        return None
    soonest = first[0]
    until = max(utc(soonest.at), now) + STILL_AHEAD
    return _Stop(WAIT, PRIORITY, {"scheme": soonest.scheme, "at": until}, until)


def _within_budget(message: GateMessage, facts: GateFacts, now: datetime) -> _Answer:
    if message.purpose != ADVERTISING or facts.budget is None:
        return _NOT_ASKED
    budget, cost = facts.budget, facts.budget.cost
    if budget.limit is not None and budget.used >= budget.limit:
        return _Stop(REFUSE, BUDGET_SPENT, {"used": budget.used, "limit": budget.limit, "every": budget.every})
    if cost is None or cost.used + cost.price <= cost.limit:
        return None
    money = {"used": cost.used, "limit": cost.limit, "price": cost.price}
    said = {name: amount_text(counted) for name, counted in money.items()}
    return _Stop(REFUSE, BUDGET_SPENT, {**said, "currency": cost.currency, "every": budget.every})


def _still_true(message: GateMessage, facts: GateFacts, now: datetime) -> _Answer:
    if facts.still_true is None:
        return _NOT_ASKED
    return None if facts.still_true is True else _Stop(REFUSE, NO_LONGER_TRUE, facts.still_true_params)


def _held_by_quiet(message: GateMessage) -> bool:
    """A service e-mail wakes nobody and goes at once; everything else waits for the buyer's day."""
    return message.purpose == ADVERTISING or message.channel != "email"


def _channel_stop(channel: Channel, name: str, purpose: str) -> _Stop | None:
    stop = _reach_stop(channel, name, purpose)
    if stop is None and purpose == ADVERTISING:
        stop = _consent_stop(channel, name)
    return stop


def _reach_stop(channel: Channel, name: str, purpose: str) -> _Stop | None:
    if not channel.contact:
        return _Stop(REFUSE, NO_CONTACT, {"channel": name})
    if channel.suppressed is not None:
        return _Stop(REFUSE, _SUPPRESSED.get(channel.suppressed, BOUNCED), {"at": channel.suppressed_at})
    if purpose == ADVERTISING and channel.unsubscribed_at is not None:
        return _Stop(REFUSE, UNSUBSCRIBED, {"at": channel.unsubscribed_at})
    return None


def _consent_stop(channel: Channel, name: str) -> _Stop | None:
    return None if channel.consent is True else _Stop(REFUSE, NO_CONSENT, {"channel": name})


_QUESTIONS: Final[tuple[tuple[str, _Question], ...]] = (
    ("still_wanted", _wanted),
    ("in_time", _in_time),
    ("person", _present),
    ("reachable", _reachable),
    ("consent", _allowed),
    ("hold_out", _not_held_out),
    ("quiet_hours", _not_quiet),
    ("cap", _below_cap),
    ("budget", _within_budget),
    ("still_true", _still_true),
)
CHECKS: Final = tuple(name for name, _ in _QUESTIONS)
"""The names of the checks, in the order in which they are asked."""
