"""What a scheme makes happen: the effects that `advance` returns, as plain values.

Owns their shapes. An effect's identity is (enrolment, step, visit, attempt, part); doing it again is a no-op. It must
not know how, or whether, an effect is carried out: that is the handlers' and the gate's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from regulars.core.scheme import SHOP_TEAM, Late

LETTER = "letter"
TELL = "tell"
PROMISE = "promise"
TASK = "task"
QUESTION = "question"


@dataclass(frozen=True, slots=True)
class OutcomeOffer:
    """An outcome that the operator may choose. With `needs_time` it is refused without the time of the next call."""

    name: str
    needs_time: bool = False


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class StopTasks:
    """The enrolment's open tasks are needed no longer: unclaimed ones close, claimed ones stay with a banner."""

    step: str
    visit: int
    attempt: int
    part: str = "stop-tasks"


@dataclass(frozen=True, slots=True)
class CancelMessages:
    """The enrolment's messages that were not handed over are cancelled."""

    step: str
    visit: int
    attempt: int
    part: str = "cancel-messages"


@dataclass(frozen=True, slots=True)
class VoidPromises:
    """The enrolment's promises that are still intended, open or warned become void; `own`: only those that this visit to
    the step has made."""

    step: str
    visit: int
    attempt: int
    part: str = "void-promises"
    own: bool = False


Effect = SendMessage | AskQuestion | MakePromise | OpenTask | StopTasks | CancelMessages | VoidPromises
