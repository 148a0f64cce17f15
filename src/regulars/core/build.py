"""From well-shaped data to a `Scheme`: values are parsed, defaults filled in, roads resolved.

Owns what a value means (durations, triggers, outcomes, lateness) and collects every error with its place. What the
whole amounts to (reachable? endless?) is `check`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from regulars.core import vocabulary
from regulars.core.conditions import Condition, ConditionError, parse
from regulars.core.delays import Delay, DelayError, Elapsed, LocalHour, parse_delay, parse_local_hour, parse_span
from regulars.core.problems import Problem, nearest
from regulars.core.scheme import (
    ADVERTISING,
    DEFAULT_UP_TO,
    END,
    EVERY_LANGUAGE,
    SERVICE,
    SHOP_TEAM,
    Again,
    Ask,
    Call,
    End,
    Goal,
    If,
    Late,
    Letter,
    Outcome,
    Send,
    Step,
    Task,
    Trigger,
    Wait,
    WaitAfter,
    WaitFor,
)
from regulars.core.source import Path, Source

CHANNELS = ("email", "sms", "telegram", "whatsapp", "viber", "vk", "max", "push")
OPEN_FACTS = ("event.", "answer.", "outcome.")

_LATE = re.compile(r"(drop|wait|send) after (.+)")
_SHARE = re.compile(r"([0-9]{1,2}(?:\.[0-9])?)\s?%")
_DEFAULT_BY = ("email",)


@dataclass(frozen=True, slots=True)
class Known:
    """What the installation knows, for the checks; None (or empty) means: not checked.

    `facts`: dotted names for conditions and letters. `templates`: template name -> the dotted fields it uses, None when
    there is no such template; `template_names` serves 'did you mean'. `inline_fields`: the fields of words written in
    the scheme; it raises ValueError with what is wrong. `teams` and `channels`: their names.
    """

    facts: Collection[str] | None = None
    templates: Callable[[str], Collection[str] | None] | None = None
    template_names: Collection[str] = ()
    inline_fields: Callable[[str], Collection[str]] | None = None
    teams: Collection[str] | None = None
    channels: Collection[str] = CHANNELS


@dataclass(slots=True)
class Builder:
    """Builds one scheme; `problems` fills up on the way. What can't be read gets a stand-in, so that all errors show.

    `spoilt_keys` of the head have lost their shape and are passed over.
    """

    source: Source
    known: Known
    spoilt_keys: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)
    _per: str = "order"
    _team: str = SHOP_TEAM
    _names: list[str] = field(default_factory=list)

    def head(self) -> dict[str, Any]:
        """All of the scheme but its steps, as the keyword arguments of `Scheme`."""
        data = {key: value for key, value in self.source.data.items() if key not in self.spoilt_keys}
        self._per = data.get("per", "order")
        self._names = list(data["steps"])
        self._team = self._team_of(data, ())
        starts = self._triggers(("starts",), data["starts"]) if "starts" in data else ()
        for at, trigger in enumerate(starts):
            if self._per == "order" and trigger.about != "order":
                self._add(self._item(("starts",), at), "starts_person", found=trigger.event)
        return {
            "name": str(data.get("scheme")),
            "title": _texts(data.get("title", data.get("scheme"))),
            "per": self._per,
            "starts": starts,
            "stops": self._triggers(("stops",), data["stops"]) if "stops" in data else (),
            "again": self._again(data),
            "goal": self._goal(data["goal"]) if "goal" in data else None,
            "hold_out": self._hold_out(data["hold_out"]) if "hold_out" in data else 0,
            "team": self._team,
            "text": self.source.text,
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

    def _send(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        return Send(name, line, self._letter((*path, "send"), data["send"]), then)

    def _call(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        at, call = (*path, "call"), data["call"]
        tell = self._letter((*path, "tell"), data["tell"]) if "tell" in data else None
        if tell is not None and tell.purpose == ADVERTISING:
            self._add((*path, "tell", "purpose"), "tell_advertises")
        return Call(
            name,
            line,
            call.get("script"),
            self._team_of(call, at),
            self._delay(at, call, "target", None),
            self._delay(at, call, "within", None) or parse_delay("1h working"),
            self._outcomes(path, data, then),
            then,
            tell,
        )

    def _task(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        at, task = (*path, "task"), data["task"]
        return Task(
            name,
            line,
            task.get("kind", "task"),
            task.get("script"),
            _texts(task["title"]) if "title" in task else None,
            self._team_of(task, at),
            self._delay(at, task, "target", None),
            self._delay(at, task, "within", None) or parse_delay("1d working"),
            self._outcomes(path, data, then),
            then,
        )

    def _wait(self, name: str, line: int, path: Path, data: Any, then: str) -> Step:
        at, wait = (*path, "wait"), data["wait"]
        on_timeout = self._target(path, data, "on_timeout", None)
        if not isinstance(wait, Mapping):
            return Wait(name, line, self._delay(path, data, "wait", None) or Elapsed(timedelta(0)), self._team, then)
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

    def _letter(self, path: Path, data: Any) -> Letter:
        if not isinstance(data, Mapping):
            return Letter(SERVICE, _DEFAULT_BY, str(data), None, None, None)
        by = self._channels((*path, "by"), data["by"]) if "by" in data else _DEFAULT_BY
        template = data.get("template")
        words = {"subject", "text"} & set(data)
        if template is not None and words:
            self._add(path, "words_twice")
        elif template is None and "text" not in data:
            self._add(path, "words_missing")
        elif template is None and "subject" not in data and "email" in by:
            self._add(path, "subject_missing")
        return Letter(
            data.get("purpose", SERVICE),
            by,
            str(template) if template is not None else None,
            _texts(data["subject"]) if "subject" in data else None,
            _texts(data["text"]) if "text" in data else None,
            self._late((*path, "late"), str(data["late"])) if "late" in data else None,
        )

    def _channels(self, path: Path, names: list[str]) -> tuple[str, ...]:
        for at, name in enumerate(names):
            if name not in self.known.channels:
                known = ", ".join(self.known.channels)
                meant = nearest(name, self.known.channels)
                self._add((*path, at), "channel_unknown", found=name, known=known, did_you_mean=meant)
            elif name in names[:at]:
                self._add((*path, at), "channel_double", found=name)
        return tuple(str(name) for name in names)

    def _late(self, path: Path, text: str) -> Late | None:
        if text.strip() == "send":
            return Late("send", timedelta(0))
        rule = _LATE.fullmatch(" ".join(text.split()))
        try:
            if rule is not None:
                return Late(rule[1], parse_span(rule[2]))
        except DelayError:
            pass
        self._add(path, "late_unknown", found=text)
        return None

    def _triggers(self, path: Path, data: Any) -> tuple[Trigger, ...]:
        items = data if isinstance(data, list) else [data]
        return tuple(self._trigger(self._item(path, at), item) for at, item in enumerate(items))

    def _item(self, path: Path, at: int) -> Path:
        value: Any = self.source.data
        for part in path:
            value = value[part]
        return (*path, at) if isinstance(value, list) else path

    def _trigger(self, path: Path, data: Any) -> Trigger:
        options = data if isinstance(data, Mapping) else {"event": data}
        kind = str(options["event"])
        at = (*path, "event") if isinstance(data, Mapping) else path
        if not vocabulary.is_known(kind):
            self._add(at, "event_unknown", found=kind, did_you_mean=vocabulary.suggest(kind))
        own = self._per == "order" and vocabulary.is_about_order(kind)
        about = options.get("of", "order" if own else "person")
        if about == "order" and self._per != "order":
            self._add((*path, "of"), "order_not_here")
        where = self._condition((*path, "where"), options["where"]) if "where" in options else None
        return Trigger(kind, str(about), where)

    def _goal(self, data: Any) -> Goal:
        trigger = self._trigger(("goal",), data)
        return Goal(
            trigger.event, trigger.about, self._span(("goal", "within"), data["within"]) if "within" in data else None
        )

    def _again(self, data: Any) -> Again:
        if "again" not in data:
            return Again()
        text = " ".join(str(data["again"]).split())
        if self._per == "order":
            self._add(("again",), "again_per_order", at_key=True)
        if text == "never":
            return Again()
        if text.startswith("after "):
            return Again(self._span(("again",), text.removeprefix("after ")))
        self._add(("again",), "again_unknown", found=text)
        return Again()

    def _hold_out(self, text: str) -> int:
        share = _SHARE.fullmatch(text.strip())
        permille = round(float(share[1]) * 10) if share else -1
        if not 0 <= permille <= 500:
            self._add(("hold_out",), "hold_out_unknown", found=text)
        return max(permille, 0)

    def _condition(self, path: Path, text: str) -> Condition:
        try:
            return parse(str(text), self.known.facts, OPEN_FACTS)
        except ConditionError as error:
            self._add(
                path,
                error.code,
                shift=error.column - 1 if error.line == 1 else 0,
                found=error.found,
                did_you_mean=error.did_you_mean,
            )
            return parse("event.kind exists")

    def _days(self, path: Path, value: Any) -> int | str:
        if isinstance(value, int):
            return int(value)
        text = str(value)
        known = self.known.facts
        if re.fullmatch(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)+", text) and (known is None or text in known):
            return text
        self._add(path, "days_unknown", found=text, did_you_mean=nearest(text, known or ()))
        return 0

    def _local_hour(self, path: Path, data: Any) -> LocalHour | None:
        if "at" not in data:
            return None
        try:
            return parse_local_hour(str(data["at"]))
        except DelayError as error:
            self._add((*path, "at"), "hour_unknown", found=error.text)
            return None

    def _delay(self, path: Path, data: Any, key: str, default: Delay | None) -> Delay | None:
        return self._parsed_delay((*path, key), str(data[key])) if key in data else default

    def _parsed_delay(self, path: Path, text: str) -> Delay:
        try:
            return parse_delay(str(text))
        except DelayError as error:
            self._add(path, error.code, found=error.text)
            return Elapsed(timedelta(days=1))

    def _span(self, path: Path, text: str) -> timedelta:
        try:
            return parse_span(str(text))
        except DelayError as error:
            code = "delay_too_long" if error.code == "delay_too_long" else "delay_not_plain"
            self._add(path, code, found=error.text)
            return timedelta(days=1)

    def _team_of(self, data: Any, path: Path) -> str:
        if "team" not in data:
            return self._team
        team, known = str(data["team"]), self.known.teams
        if known is not None and team not in known and team != SHOP_TEAM:
            meant = nearest(team, known)
            self._add((*path, "team"), "team_unknown", found=team, known=", ".join(known), did_you_mean=meant)
        return team

    def _target(self, path: Path, data: Any, key: str, default: Any) -> Any:
        return self._road((*path, key), str(data[key])) if key in data else default

    def _road(self, path: Path, target: str) -> str:
        if target == END or target in self._names:
            return target
        self._add(path, "step_unknown", found=target, did_you_mean=nearest(target, [*self._names, END]))
        return END

    def _add(self, path: Path, code: str, **params: Any) -> None:
        self.problems.append(self.source.problem(path, code, **params))


def _texts(value: Any) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(language): str(text) for language, text in value.items()}
    return {EVERY_LANGUAGE: str(value)}


_STEPS: dict[str, Callable[[Builder, str, int, Path, Any, str], Step]] = {
    "send": Builder._send,
    "call": Builder._call,
    "task": Builder._task,
    "wait_for": Builder._wait_for,
    "wait": Builder._wait,
    "if": Builder._if,
    "ask": Builder._ask,
    "end": Builder._end,
}
