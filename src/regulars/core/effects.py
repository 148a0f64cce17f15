"""What a scheme makes happen: the effects that `advance` returns, as plain values.

Owns their shapes. An effect's identity is (enrolment, step, visit, attempt, part); doing it again is a no-op. It must
not know how, or whether, an effect is carried out: that is the handlers' and the gate's matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from regulars.core.deeds import FieldValue
from regulars.core.scheme import SHOP_TEAM, Late
from regulars.core.value import value

LETTER = "letter"
TELL = "tell"
PROMISE = "promise"
TASK = "task"
QUESTION = "question"


@value
class OutcomeOffer:
    """An outcome that the operator may choose. With `needs_time` it is refused without the time of the next call."""

    name: str
    needs_time: bool = False


@value
class SendMessage:
    """A message. `due_at` is the moment meant (lateness counts from it); `promise` names the part of the same step
    whose promise this letter makes, and `drop_at` that promise's time: after it the letter is pointless."""

    step: str
    visit: int
    attempt: int
    part: str
    purpose: str
    by: tuple[str, ...]
    template: str | None
    inline: dict[str, dict[str, str]] | None
    late: Late | None
    due_at: datetime
    promise: str | None = None
    drop_at: datetime | None = None


@value
class AskQuestion:
    """A message with an answer link. The answer comes back as `answer.given` with this effect's enrolment, step and
    visit in its data."""

    step: str
    visit: int
    attempt: int
    part: str
    purpose: str
    by: tuple[str, ...]
    template: str | None
    inline: dict[str, dict[str, str]] | None
    late: Late | None
    due_at: datetime
    question: str
    answers: tuple[str, ...]
    until: datetime


@value
class MakePromise:
    """A time that the buyer is told. `intended`: it becomes open, and frozen, when the letter is sent; otherwise it has
    been told already (by the operator). `team` must keep it, from `begins` on; a window ends at `due_at`."""

    step: str
    visit: int
    attempt: int
    part: str
    kind: str
    due_at: datetime
    intended: bool
    team: str = SHOP_TEAM
    begins: datetime | None = None
    window_from: datetime | None = None


@value
class OpenTask:
    """Work for a person. Not shown before `not_before`; `target_at` is when it ought to be done, `due_at` the limit."""

    step: str
    visit: int
    attempt: int
    part: str
    kind: str
    script: str | None
    title: dict[str, str] | None
    team: str
    not_before: datetime
    target_at: datetime
    due_at: datetime
    outcomes: tuple[OutcomeOffer, ...]


@value
class StopTasks:
    """The enrolment's open tasks are needed no longer: unclaimed ones close, claimed ones stay with a banner."""

    step: str
    visit: int
    attempt: int
    part: str = "stop-tasks"


@value
class CancelMessages:
    """The enrolment's messages that were not handed over are cancelled."""

    step: str
    visit: int
    attempt: int
    part: str = "cancel-messages"


@value
class VoidPromises:
    """The enrolment's promises that are still intended, open or warned become void."""

    step: str
    visit: int
    attempt: int
    part: str = "void-promises"


@value
class TagPerson:
    """Tags put on the person, and others taken off; those that he has, or hasn't, already change nothing."""

    step: str
    visit: int
    attempt: int
    add: tuple[str, ...]
    remove: tuple[str, ...]
    part: str = "tag"


@value
class SetPersonFields:
    """Fields of the person's own, with their new values."""

    step: str
    visit: int
    attempt: int
    values: tuple[tuple[str, FieldValue], ...]
    part: str = "set"


@value
class EnrolPerson:
    """An enrolment of the live version of another scheme begins at `at`; `chain`: the how manyth at one moment."""

    step: str
    visit: int
    attempt: int
    scheme: str
    at: datetime
    chain: int
    part: str = "enrol"


@value
class CallWebhook:
    """Another system is told: `body` is JSON-able, its facts are those of this moment. `secret`: what signs it, by name."""

    step: str
    visit: int
    attempt: int
    url: str
    body: Mapping[str, Any]
    secret: str | None
    part: str = "webhook"


@value
class GivePoints:
    """Points earned at `at`; None as `valid_until`: for good."""

    step: str
    visit: int
    attempt: int
    points: int
    at: datetime
    valid_until: datetime | None
    part: str = "points"


@value
class IssueCode:
    """A personal code that gives `percent`, `amount` (minor units of `currency`) or free shipping, once."""

    step: str
    visit: int
    attempt: int
    gives: str
    percent: int | None
    amount: int | None
    currency: str | None
    at: datetime
    valid_until: datetime
    part: str = "code"


Effect = (
    SendMessage
    | AskQuestion
    | MakePromise
    | OpenTask
    | StopTasks
    | CancelMessages
    | VoidPromises
    | TagPerson
    | SetPersonFields
    | EnrolPerson
    | CallWebhook
    | GivePoints
    | IssueCode
)

CHANGES_FACTS = (TagPerson, SetPersonFields, GivePoints, IssueCode)
"""Effects that are carried out before anybody of the same person is advanced again: he asks for what they change."""
