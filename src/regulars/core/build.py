"""From well-shaped data to the head and the steps of a `Scheme`: defaults filled in, roads resolved.

Owns what a step consists of and where it leads, and collects every error with its place. Single values are `values`;
what the whole amounts to (reachable? endless?) is `check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from regulars.core.build_deeds import Deeds, permille
from regulars.core.delays import Elapsed, parse_delay
from regulars.core.known import Known
from regulars.core.scheme import (
    ADVERTISING,
    DEFAULT_PRIORITY,
    DEFAULT_UP_TO,
    END,
    Ask,
    Call,
    End,
    Goal,
    If,
    Letter,
    Outcome,
    Promise,
    Send,
    Step,
    Task,
    Texts,
    Wait,
    WaitAfter,
    WaitFor,
)
from regulars.core.source import Path
from regulars.core.starts import Starts
from regulars.core.values import texts_by_language


@dataclass(slots=True)
class Builder(Deeds, Starts):
    """Builds one scheme. `spoilt_keys` of the head have lost their shape and are passed over."""

    spoilt_keys: frozenset[str] = frozenset()

    def head(self) -> dict[str, Any]:
        """All of the scheme but its steps, as the keyword arguments of `Scheme`."""
        data = {key: value for key, value in self.source.data.items() if key not in self.spoilt_keys}
        self._per = data.get("per", "order")
        self._names = list(data["steps"])
        self._team = self._team_of(data, ())
        starts = self._starts(("starts",), data["starts"]) if "starts" in data else ()
        return {
            "name": str(data.get("scheme")),
            "title": texts_by_language(data.get("title", data.get("scheme"))),
            "per": self._per,
            "starts": starts,
            "stops": self._triggers(("stops",), data["stops"]) if "stops" in data else (),
            "again": self._again(data, starts),
            "goal": self._goal(data["goal"]) if "goal" in data else None,
            "hold_out": self._hold_out(data["hold_out"]) if "hold_out" in data else 0,
            "team": self._team,
            "text": self.source.text,
            "priority": data.get("priority", DEFAULT_PRIORITY),
            "budget": self._budget(data["budget"]) if "budget" in data else None,
        }

    def step(self, name: str) -> Step:
        """The step of that name."""
        data = self.source.data["steps"][name]
        at = self._names.index(name)
        follows = self._names[at + 1] if at + 1 < len(self._names) else END
        path: Path = ("steps", name)
        if name == END:
            self._add(path, "step_called_end", at_key=True)
        then = self._target(path, data, "then", follows)
        line = self.source.place(path, key=True)[0]
        verb = next(verb for verb in _STEPS if verb in data)
        return _STEPS[verb](self, name, line, path, data, then)

    def titles(self, names: Iterable[str]) -> dict[str, Texts]:
        """What people call these steps; those without a title are left out."""
        steps = self.source.data["steps"]
        return {str(name): texts_by_language(steps[name]["title"]) for name in names if "title" in steps[name]}

    def _send(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        letter = self._letter((*path, "send"), data["send"])
        if "promise" not in data:
            return Send(name, line, letter, then)
        if letter.purpose == ADVERTISING:
            self._add((*path, "promise"), "promise_advertises", at_key=True)
        return Send(name, line, letter, then, self._promise((*path, "promise"), data["promise"]))

    def _promise(self, path: Path, data: Any) -> Promise:
        """What the letter promises; only a delivery of an order knows its time by itself."""
        kind = str(data["kind"])
        if "within" not in data and kind != "delivery":
            self._add(path, "promise_when", found=kind)
        elif "within" not in data and self._per != "order":
            self._add((*path, "kind"), "promise_window")
        return Promise(kind, self._delay(path, data, "within", None), self._team_of(data, path))

    def _tell(self, path: Path, data: Any) -> Letter | None:
        tell = self._letter((*path, "tell"), data["tell"]) if "tell" in data else None
        if tell is not None and tell.purpose == ADVERTISING:
            self._add((*path, "tell", "purpose"), "tell_advertises")
        return tell

    def _call(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        at, call = (*path, "call"), data["call"]
        return Call(
            name,
            line,
            call.get("script"),
            self._team_of(call, at),
            self._delay(at, call, "target", None),
            self._delay(at, call, "within", None) or parse_delay("1h working"),
            self._outcomes(path, data, then),
            then,
            self._tell(path, data),
        )

    def _task(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        at, task = (*path, "task"), data["task"]
        return Task(
            name,
            line,
            task.get("kind", "task"),
            task.get("script"),
            texts_by_language(task["title"]) if "title" in task else None,
            self._team_of(task, at),
            self._delay(at, task, "target", None),
            self._delay(at, task, "within", None) or parse_delay("1d working"),
            self._outcomes(path, data, then),
            then,
            self._tell(path, data),
        )

    def _wait(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        at, wait = (*path, "wait"), data["wait"]
        on_timeout = self._target(path, data, "on_timeout", None)
        if not isinstance(wait, Mapping):
            return Wait(name, line, self._delay(path, data, "wait", None) or Elapsed(timedelta(0)), self._team, then)
        if "until" in wait:
            return self._wait_until(name, line, path, data, then)
        if "before" in wait:
            self._add((*at, "before"), "key_not_here", at_key=True, verb="days" if "days" in wait else "for")
        team = self._team_of(wait, at)
        if "for" in wait and "days" not in wait:
            for key in ("after", "at", "up_to"):
                if key in wait:
                    self._add((*at, key), "key_not_here", at_key=True, verb="for")
            return Wait(name, line, self._delay(at, wait, "for", None) or Elapsed(timedelta(0)), team, then)
        if "days" not in wait:
            self._add(at, "no_time_given")
        elif "for" in wait:
            self._add((*at, "for"), "key_not_here", at_key=True, verb="days")
        return WaitAfter(
            name,
            line,
            self._days((*at, "days"), wait.get("days", 0)),
            self._trigger((*at, "after"), wait["after"]) if "after" in wait else None,
            self._local_hour(at, wait),
            self._delay(at, wait, "up_to", None) or Elapsed(DEFAULT_UP_TO),
            team,
            then,
            on_timeout,
        )

    def _wait_for(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        at, wait = (*path, "wait_for"), data["wait_for"]
        trigger = self._trigger(at, wait)
        options = wait if isinstance(wait, Mapping) else {}
        own = trigger.about == "order"
        return WaitFor(
            name,
            line,
            trigger,
            options.get("since", "start" if own else "step"),
            self._delay(at, options, "up_to", None) or Elapsed(DEFAULT_UP_TO),
            self._team_of(options, at),
            then,
            self._target(path, data, "on_timeout", then) or then,
        )

    def _if(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        condition = self._condition((*path, "if"), data["if"])
        yes = self._target(path, data, "yes", then) or then
        no = self._target(path, data, "no", then) or then
        return If(name, line, condition, yes, no)

    def _ask(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        at, ask = (*path, "ask"), data["ask"]
        answers = data.get("answers", {})
        return Ask(
            name,
            line,
            str(ask["question"]),
            self._letter(at, ask),
            {str(answer): self._road((*path, "answers", answer), str(answers[answer])) for answer in answers},
            self._delay(at, ask, "up_to", None) or Elapsed(DEFAULT_UP_TO),
            self._team_of(ask, at),
            then,
            self._target(path, data, "on_timeout", then) or then,
        )

    def _end(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        reason = data["end"]
        return End(name, line, str(reason) if isinstance(reason, str) else None)

    def _outcomes(self, path: Path, data: Any, then: str) -> dict[str, Outcome]:
        found = {}
        for name, value in data.get("outcomes", {}).items():
            at = (*path, "outcomes", name)
            if not isinstance(value, Mapping):
                found[str(name)] = Outcome(str(name), self._road(at, str(value)))
                continue
            if not {"then", "again", "call_again"} & set(value):
                self._add(at, "outcome_empty", found=str(name))
            plan = value.get("again", [])
            plan = [plan] if isinstance(plan, str) else plan
            again = tuple(self._parsed_delay((*at, "again", step), text) for step, text in enumerate(plan))
            target = self._road((*at, "then"), str(value["then"])) if "then" in value else then
            found[str(name)] = Outcome(str(name), target, again, "call_again" in value)
        return found

    def _goal(self, data: Any) -> Goal:
        trigger = self._trigger(("goal",), data)
        return Goal(
            trigger.event, trigger.about, self._span(("goal", "within"), data["within"]) if "within" in data else None
        )

    def _hold_out(self, text: str) -> int:
        share = permille(text)
        if not 0 <= share <= 500:
            self._add(("hold_out",), "hold_out_unknown", found=text)
        return max(share, 0)


_STEPS: dict[str, Callable[[Builder, str, int, Path, Any, str], Step]] = {
    "send": Builder._send,
    "call": Builder._call,
    "task": Builder._task,
    "wait_for": Builder._wait_for,
    "wait": Builder._wait,
    "if": Builder._if,
    "split": Builder._split,
    "ask": Builder._ask,
    "tag": Builder._tag,
    "set": Builder._set,
    "enrol": Builder._enrol,
    "webhook": Builder._webhook,
    "points": Builder._points,
    "code": Builder._code,
    "end": Builder._end,
}


__all__ = ["Builder", "Known"]
