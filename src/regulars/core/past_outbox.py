"""What would have become of one person's messages: the gate asked at the moments of the past.

Owns the waiting of messages for the buyer's day, and their cancelling meanwhile. The judging is `rules.gate`'s; nothing
here loads or counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Protocol

from regulars.core.chance import Chance, Rate
from regulars.core.effects import AskQuestion, SendMessage
from regulars.core.enrolment import Enrolment
from regulars.core.replayed import Event, Past, Profile
from regulars.rules import gate
from regulars.rules.quiet import QUIET

__all__ = ["NO_CHANNEL", "GateTerms", "Postbox", "Posted"]

NO_CHANNEL = "no_channel"
MOST_WAITS = 40
"""So often a message is asked for again before it counts as never sent."""


class Spent(Protocol):
    """A budget of advertising, as it stood at any moment."""

    def at(self, moment: datetime, person_id: int, order_id: int | None, channel: str) -> gate.Budget:
        """What the gate is told when this person's message comes."""


@dataclass(frozen=True, slots=True)
class GateTerms:
    """The shop's terms of sending. `carried`: the channels by which it sends. `reacts`: how many open or follow a link,
    by event kind. `budget`: the scheme's own, None where it has none."""

    cap: int = gate.DEFAULT_CAP
    cap_days: int = gate.DEFAULT_CAP_DAYS
    quiet: tuple[time, time] = QUIET
    carried: frozenset[str] = frozenset({"email", "sms", "telegram"})
    reacts: Mapping[str, Rate] = field(default_factory=dict)
    budget: Spent | None = None


@dataclass(slots=True)
class Posted:
    """A message and its fate: `at` when it went or would have been asked for last, `reason` '' when it went."""

    message: SendMessage | AskQuestion
    state: Enrolment
    meant_at: datetime
    at: datetime
    channel: str
    reason: str = ""

    @property
    def went(self) -> bool:
        """Whether it was sent."""
        return not self.reason


class Postbox:
    """The messages of one person in one replay; `posted` holds them in the order in which they were decided."""

    __slots__ = ("_advertised", "_chance", "_past", "_terms", "posted")

    def __init__(self, past: Past, terms: GateTerms, chance: Chance) -> None:
        self._past = past
        self._terms = terms
        self._chance = chance
        self._advertised: list[datetime] = []
        self.posted: list[Posted] = []

    def send(self, message: SendMessage | AskQuestion, state: Enrolment, at: datetime) -> datetime | None:
        """Judge the message; when it goes, or None."""
        past = self._past
        profile = past.profile if past.profile_at is None else past.profile_at(at)
        channel, reason, sent = self._verdict(message, state, profile, at)
        if not reason and message.purpose == gate.ADVERTISING:
            self._advertised.append(sent)
        self.posted.append(Posted(message, state, at, sent, channel, reason))
        return None if reason else sent

    def cancel(self, state: Enrolment, at: datetime) -> None:
        """What waits for the buyer's day goes no more."""
        for one in reversed(self.posted):
            if one.at > at and one.state.id == state.id and one.went:
                one.reason, one.at = gate.LEFT_SCHEME, at
                if one.message.purpose == gate.ADVERTISING:
                    self._advertised.pop()

    def reactions(self, message: SendMessage | AskQuestion, state: Enrolment, sent: datetime) -> Sequence[Event]:
        """That the message was sent, and what the reader is drawn to do about it."""
        subject = state.order_id or state.person_id or 0
        data: dict[str, Any] = {"enrolment_id": state.id, "step": message.step, "purpose": message.purpose}
        found: list[Event] = [
            {"kind": "message.sent", "occurred_at": sent, "order_id": state.order_id, "data": data},
        ]
        for kind, rate in self._terms.reacts.items():
            after = self._chance.reaction(subject, kind, message.step, message.visit, rate)
            if after is not None:
                at = sent + after
                found.append({"kind": kind, "occurred_at": at, "order_id": state.order_id, "data": data})
        return found

    def _verdict(
        self, message: SendMessage | AskQuestion, state: Enrolment, profile: Profile, at: datetime
    ) -> tuple[str, str, datetime]:
        """Channel, reason ('' when it goes) and moment."""
        drop_at = message.drop_at if type(message) is SendMessage else None
        is_plain = message.purpose == gate.SERVICE and (drop_at is None or drop_at >= at) and message.due_at == at
        key = (message.purpose, message.by)
        if is_plain and (known := profile.verdicts.get(key)) is not None:
            return (*known, at)
        usable = [name for name in message.by if name in self._terms.carried]
        if not usable:
            return "", NO_CHANNEL, at
        name = gate.next_channel(usable, message.purpose, profile.channels) or usable[0]
        asked = self._message(message, name, drop_at)
        moment = at
        for _ in range(MOST_WAITS):
            verdict = gate.judge(asked, self._gate_facts(state, profile, name, message.purpose, moment), moment)
            if verdict.action != gate.WAIT or verdict.until is None:
                break
            moment = verdict.until
        reason = "" if verdict.action == gate.SEND else verdict.code
        if (
            is_plain and name == "email"
        ):  # a service e-mail goes at once, whatever the hour: the next one needs no judge
            profile.verdicts[key] = (name, reason)
        return name, reason, moment

    def _message(self, message: SendMessage | AskQuestion, channel: str, drop_at: datetime | None) -> gate.GateMessage:
        late = message.late
        return gate.GateMessage(
            purpose=message.purpose,
            channel=channel,
            due_at=message.due_at,
            late_action=late.action if late else "drop",
            late_after=late.after if late else None,
            drop_at=drop_at,
        )

    def _gate_facts(
        self, state: Enrolment, profile: Profile, channel: str, purpose: str, moment: datetime
    ) -> gate.GateFacts:
        terms = self._terms
        budget = terms.budget if purpose == gate.ADVERTISING else None
        return gate.GateFacts(
            channel=profile.channels.get(channel) or gate.Channel(contact=False),
            zone=profile.zone,
            held_out=state.held_out,
            held_by_shop=state.held_by_shop,
            budget=None if budget is None else budget.at(moment, state.person_id or 0, state.order_id, channel),
            quiet=terms.quiet,
            advertised_at=self._advertised,
            cap=terms.cap,
            cap_days=terms.cap_days,
        )
