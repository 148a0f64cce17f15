"""What a step is in words: its title, its icon, what it does and by when, and the names of its ways out.

Owns these words for the map and the table alike; the owner's own titles win over ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from regulars.core.deeds import Code, Points
from regulars.core.delays import Elapsed, Working, WorkingDays
from regulars.core.roads import Way, ways
from regulars.core.scheme import (
    ADVERTISING,
    Ask,
    Call,
    End,
    If,
    Letter,
    Promise,
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
from regulars.outbox import starter
from regulars.web import words
from regulars.web.say import NOTHING
from regulars.web.scheme_names import spoken
from regulars.web.schemes import deeds, starting
from regulars.web.schemes.spans import days as _days
from regulars.web.schemes.spans import delay, elapsed

__all__ = ["ICONS", "Speaker", "delay"]

ICONS = {
    "send": "mail",
    "call": "phone",
    "task": "list-checks",
    "case": "life-buoy",
    "wait": "hourglass",
    "wait_for": "hourglass",
    "if": "split",
    "ask": "circle-question-mark",
    "end": "flag",
    **deeds.ICONS,
}
TONES = {"send": "send", "ask": "send", "call": "person", "task": "person"}


@dataclass(frozen=True, slots=True)
class Speaker:
    """The words of one scheme in one language. `teams`: titles by key."""

    scheme: Scheme
    language: str
    teams: Mapping[str, Mapping[str, str]]

    def title(self, name: str) -> str:
        """The owner's title of the step, else its name as words."""
        given = self.scheme.titles.get(name)
        return words.in_language(given, self.language) if given else spoken(name)

    def icon(self, step: Step) -> str:
        """The Lucide icon of what the step does."""
        if isinstance(step, Send) and step.letter.by[0] != "email":
            return "send"
        if isinstance(step, WaitUntil):
            return "calendar-clock"
        return ICONS["case" if isinstance(step, Task) and step.kind == "case" else step.verb]

    def tone(self, step: Step) -> str:
        """'send' for what reaches the buyer, 'person' for people's work, '' for the rest."""
        return TONES.get(step.verb, "")

    def term(self, step: Step) -> str:
        """The line below the title on the map."""
        match step:
            case Send():
                return self._by(step.letter)
            case Call():
                return _("call · %(term)s") % {"term": self._limit(step)}
            case Task(kind="case"):
                return _("case · %(term)s") % {"term": self._limit(step)}
            case Task():
                return _("task · %(term)s") % {"term": self._limit(step)}
            case Wait():
                return delay(step.delay)
            case WaitAfter():
                return _("by product") if isinstance(step.days, str) else _days(step.days)
            case WaitFor():
                return _("up to %(span)s") % {"span": delay(step.up_to)}
            case If():
                return _("branch")
            case Ask():
                return _("question · %(span)s") % {"span": delay(step.up_to)}
            case End():
                return step.reason or _("end")
            case _:
                return deeds.term(step)

    def _limit(self, step: Call | Task) -> str:
        return delay(step.target) if step.target else _("within %(span)s") % {"span": delay(step.within)}

    def _by(self, letter: Letter) -> str:
        names = [words.word(words.CHANNELS, channel) for channel in letter.by]
        either = names[0] if len(names) == 1 else _("%(first)s or %(last)s") % {
            "first": ", ".join(names[:-1]),
            "last": names[-1],
        }  # fmt: skip
        return f"{either} · {words.word(words.PURPOSES, letter.purpose)}" if letter.purpose == ADVERTISING else either

    def when(self, step: Step) -> str:
        """By when, in full."""
        match step:
            case Call() | Task():
                target = [_("target %(span)s") % {"span": delay(step.target)}] if step.target else []
                return ", ".join([*target, _("within %(span)s") % {"span": delay(step.within)}])
            case Wait(delay=Elapsed() | Working() | WorkingDays()):
                return _("after %(span)s") % {"span": delay(step.delay)}
            case Wait():
                return delay(step.delay)
            case WaitAfter():
                days = _("days by product") if isinstance(step.days, str) else _days(step.days)
                after = [_("counted from: %(event)s") % {"event": self.event(step.after)}] if step.after else []
                return ", ".join([days, *after, *([delay(step.at)] if step.at else [])])
            case WaitUntil():
                return deeds.when(step)
            case WaitFor() | Ask():
                return _("up to %(span)s") % {"span": delay(step.up_to)}
            case _:
                return _("at once")

    def whom(self, step: Step) -> str:
        """Whose work it is, or whom it reaches."""
        match step:
            case Call() | Task():
                return self.team(step.team)
            case Send() | Ask() | Points() | Code():
                return _("the buyer")
            case _:
                return NOTHING

    def team(self, key: str) -> str:
        """The team's title; the shop as a whole for whatever names none."""
        known = self.teams.get(key)
        return words.in_language(known, self.language) if known else _("the whole shop") if key == "shop" else key

    def what(self, step: Step) -> str:
        """What is done, in full."""
        match step:
            case Send():
                sent = _("%(channels)s: “%(letter)s”, %(purpose)s") % {
                    "channels": _first_up(self._by_names(step.letter)),
                    "letter": self.letter(step.letter),
                    "purpose": words.word(words.PURPOSES, step.letter.purpose),
                }
                return f"{sent}; {self._promise(step.promise)}" if step.promise else sent
            case Call():
                call = (
                    _("Call by the script “%(script)s”") % {"script": self.script(step.script)}
                    if step.script
                    else pgettext("what is done", "Call")
                )
                return _("%(call)s, and a letter that says when") % {"call": call} if step.tell else call
            case Task():
                named = words.in_language(step.title, self.language) if step.title else ""
                kind = words.word(words.KINDS_OF_TASK, step.kind)
                task = _first_up(f"{kind}: {named}" if named else kind)
                return _("%(call)s, and a letter that says when") % {"call": task} if step.tell else task
            case Ask():
                return _("Question: “%(question)s”") % {"question": words.word(words.QUESTIONS, step.question)}
            case WaitFor():
                return _("Wait for: %(event)s") % {"event": self.event(step.trigger)}
            case Wait() | WaitAfter():
                return _("Time passes")
            case If():
                return _("Which way: by what is known")
            case End():
                return _("The end")
            case _:
                return deeds.what(step)

    def _promise(self, promise: Promise) -> str:
        """What is promised, by when: `promise to ship within 1 working day`."""
        kind = words.word(words.PROMISE_KINDS, promise.kind)
        if promise.within is None:
            return _("promise %(kind)s in the order’s window") % {"kind": kind}
        return _("promise %(kind)s: within %(span)s") % {"kind": kind, "span": delay(promise.within)}

    def _by_names(self, letter: Letter) -> str:
        names = [words.word(words.CHANNELS, channel) for channel in letter.by]
        return _(", else ").join(names)

    def letter(self, letter: Letter) -> str:
        """The subject of the letter, dots for what is filled in; the name of a template that isn't ours."""
        if letter.template is None:
            return words.with_gaps(letter.subject or letter.text or {}, self.language)
        known = starter.letters()["letters"].get(letter.template)
        return words.with_gaps(known["subject"], self.language) if known else letter.template

    def script(self, key: str) -> str:
        """The script's title."""
        return words.script(key, self.language)

    def event(self, trigger: Trigger) -> str:
        """What the event means, as a part of a sentence."""
        return _lower_first(starting.trigger(trigger, self.language))

    def way(self, way: Way, step: Step) -> str:
        """What stands in the line; '' where there is only one way."""
        match way.kind:
            case "then":
                return ""
            case "yes" | "no":
                return _("yes") if way.kind == "yes" else _("no")
            case "event":
                assert isinstance(step, WaitFor)
                return _short_event(step.trigger.event) or self.event(step.trigger)
            case "timeout":
                return self._timeout(step)
            case "share":
                return way.name
            case "answer":
                return words.word(words.ANSWERS, way.name)
            case _:
                return _lower_first(words.word(words.OUTCOMES, way.name))

    def _timeout(self, step: Step) -> str:
        match step:
            case Ask():
                return _("silent for %(span)s") % {"span": delay(step.up_to)}
            case WaitFor() | WaitAfter():
                return _("%(span)s passed") % {"span": delay(step.up_to)}
            case WaitUntil():
                return _("unknown or past")
            case _:
                return ""

    def ways_out(self, step: Step) -> dict[str, list[tuple[str, int]]]:
        """By the step that they lead to (or 'end'), the main one first: (name of the way, how often it is tried again)."""
        found: dict[str, list[tuple[str, int]]] = {}
        for w in ways(step):
            found.setdefault(w.to, []).append((self.way(w, step), w.tries))
        return found

    def called_again(self, step: Step) -> list[str]:
        """Outcomes after which the operator names the hour of the next call."""
        outcomes = step.outcomes.values() if isinstance(step, Call | Task) else ()
        return [_lower_first(words.word(words.OUTCOMES, o.name)) for o in outcomes if o.call_again]

    def goal(self) -> str:
        """What the scheme is for; '' for none."""
        goal = self.scheme.goal
        if goal is None:
            return ""
        if goal.event == "order.placed" and goal.about == "person":
            return _("the next order")
        return _lower_first(words.event(goal.event, self.language))

    def goal_within(self) -> str:
        """Within what time the goal counts; '' for no limit."""
        goal = self.scheme.goal
        return elapsed(goal.within) if goal and goal.within else ""


def _short_event(kind: str) -> str:
    """One word for the commonest events of an order."""
    if kind == "order.paid":
        return words.word(words.PAYMENT_STATES, "paid")
    state = kind.removeprefix("order.")
    return words.word(words.ORDER_STATES, state) if state in words.ORDER_STATES else ""


def _lower_first(said: str) -> str:
    return words.in_sentence(said)


def _first_up(said: str) -> str:
    return said[:1].upper() + said[1:]
