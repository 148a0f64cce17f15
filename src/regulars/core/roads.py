"""The roads of a scheme as a graph: where each step may lead, and which roads take time.

Owns the edges that `needs` and the checks walk along. It must not judge them.
"""

from __future__ import annotations

from dataclasses import dataclass

from regulars.core.deeds import Code, Enrol, Points, SetFields, Split, Tag, Webhook
from regulars.core.delays import takes_time
from regulars.core.scheme import (
    END,
    YEARLY,
    Ask,
    Call,
    End,
    If,
    Send,
    Step,
    Task,
    Wait,
    WaitAfter,
    WaitFor,
    WaitUntil,
)


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of a step as its owner wrote it: `kind` is 'then', 'yes', 'no', 'event', 'timeout', 'answer', 'outcome'
    or 'share', `name` that of the answer or outcome, or the share; `to` a step or END. `tries`: how often the outcome is
    tried again before."""

    kind: str
    to: str
    name: str = ""
    tries: int = 0


def ways(step: Step) -> tuple[Way, ...]:
    """Every way out, the main one first: yes, what was waited for, the first answer, the first outcome.

    What only calls again leads nowhere and is left out."""
    match step:
        case Send() | Tag() | SetFields() | Enrol() | Webhook() | Points() | Code() | Wait():
            return (Way("then", step.then),)
        case If():
            return (Way("yes", step.yes), Way("no", step.no))
        case Split():
            return tuple(Way("share", to, f"{share / 10:g}%") for to, share in step.ways.items())
        case WaitAfter() | WaitUntil():
            timeout = () if step.on_timeout is None else (Way("timeout", step.on_timeout),)
            return (Way("then", step.then), *timeout)
        case WaitFor():
            return (Way("event", step.then), Way("timeout", step.on_timeout))
        case Ask():
            answers = tuple(Way("answer", to, name) for name, to in step.answers.items())
            # an answer that isn't named goes on by `then`: a way of its own only where no answer is named
            return (*(answers or (Way("then", step.then),)), Way("timeout", step.on_timeout))
        case Call() | Task():
            outcomes = tuple(
                Way("outcome", o.then, o.name, len(o.again)) for o in step.outcomes.values() if not o.call_again
            )
            return outcomes or (Way("then", step.then),)
        case End():
            return ()


def onward(step: Step) -> tuple[str, ...]:
    """The steps that may follow within the same stretch, since no time need pass on the way."""
    match step:
        case Send() | Tag() | SetFields() | Enrol() | Webhook():
            return (step.then,)
        case If():
            return (step.yes, step.no)
        case Split():
            return tuple(step.ways)
        case WaitUntil():
            # The fact may be unknown, or its time past.
            return (step.then, step.on_timeout or step.then)
        case WaitFor():
            # By looking back the event may have come already.
            return (step.then,)
        case _:
            return ()


def resume_targets(step: Step) -> tuple[str, ...]:
    """The steps that may follow once the step has been stood at."""
    match step:
        case Send() | Tag() | SetFields() | Enrol() | Webhook() | Points() | Code() | Wait():
            return (step.then,)
        case If():
            return (step.yes, step.no)
        case Split():
            return tuple(step.ways)
        case WaitAfter() | WaitUntil():
            return (step.then,) if step.on_timeout is None else (step.then, step.on_timeout)
        case WaitFor():
            return (step.then, step.on_timeout)
        case Ask():
            return (*step.answers.values(), step.then, step.on_timeout)
        case Call() | Task():
            if not step.outcomes:
                return (step.then,)
            return tuple(outcome.then for outcome in step.outcomes.values() if not outcome.call_again)
        case End():
            return (END,)


def instant(step: Step) -> tuple[str, ...]:
    """The steps that may follow at the very same moment; a loop of such roads would never end."""
    match step:
        case Wait():
            return () if takes_time(step.delay) else (step.then,)
        case WaitAfter():
            return (step.then,)  # the days may be over when it is entered
        case Points() | Code():
            return (step.then,)  # the stretch ends, but no time passes
        case WaitUntil() if step.until in YEARLY:
            return (step.on_timeout or step.then,)  # the next one always lies ahead, but it may not be known
        case WaitFor():
            # Since the entry of the step only a later event counts; since the start it may have come long ago.
            passed = (step.then,) if step.since == "start" else ()
            return passed if takes_time(step.up_to) else (*passed, step.on_timeout)
        case Ask():
            return () if takes_time(step.up_to) else (step.on_timeout,)
        case _:
            return onward(step)
