"""The values of a scheme's text: durations, triggers, letters, conditions; each parsed, or a problem with its place.

Owns what one value means, and its default. It must not know steps or roads: those are `build`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from regulars.core import vocabulary
from regulars.core.conditions import Condition, ConditionError, parse
from regulars.core.delays import Delay, DelayError, Elapsed, LocalHour, parse_delay, parse_local_hour, parse_span
from regulars.core.known import OPEN_FACTS, Known
from regulars.core.narrowed import narrowed
from regulars.core.problems import Problem, nearest
from regulars.core.scheme import (
    EVERY_LANGUAGE,
    SERVICE,
    SHOP_TEAM,
    Late,
    Letter,
    Trigger,
)
from regulars.core.source import Path, Source

_LATE = re.compile(r"(drop|wait|send) after (.+)")
_DEFAULT_BY = ("email",)


@dataclass(slots=True)
class Values:
    """Parses values; `problems` fills up on the way. What can't be read gets a stand-in, so that all errors show."""

    source: Source
    known: Known
    problems: list[Problem] = field(default_factory=list)
    _per: str = "order"
    _team: str = SHOP_TEAM

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
            texts_by_language(data["subject"]) if "subject" in data else None,
            texts_by_language(data["text"]) if "text" in data else None,
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
        if "enters" in options or "leaves" in options:
            return self._segment(path, options)
        kind = self._kind((*path, "event") if isinstance(data, Mapping) else path, str(options["event"]))
        own = self._per == "order" and vocabulary.is_about_order(kind)
        about = options.get("of", "order" if own else "person")
        if about == "order" and self._per != "order":
            self._add((*path, "of"), "order_not_here")
        where = self._condition((*path, "where"), options["where"]) if "where" in options else None
        return Trigger(kind, str(about), where)

    def _kind(self, path: Path, kind: str) -> str:
        if not vocabulary.is_known(kind):
            self._add(path, "event_unknown", found=kind, did_you_mean=vocabulary.suggest(kind))
        return kind

    def _segment(self, path: Path, options: Mapping[str, Any]) -> Trigger:
        """`enters` or `leaves`: the event that tells of it, of this segment alone."""
        key = "enters" if "enters" in options else "leaves"
        name, known = str(options[key]), self.known.segments
        for other in ("event", "leaves", "of"):
            if other in options and other != key:
                self._add((*path, other), "key_not_here", at_key=True, verb=key)
        if known is not None and name not in known:
            meant = nearest(name, known)
            self._add((*path, key), "segment_unknown", found=name, known=", ".join(known), did_you_mean=meant)
        own = self._condition((*path, "where"), options["where"]) if "where" in options else None
        where = narrowed(f"event.segment == '{name}'", own)
        return Trigger("segment.entered" if key == "enters" else "segment.left", "person", where, segment=name)

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

    def _add(self, path: Path, code: str, **params: Any) -> None:
        self.problems.append(self.source.problem(path, code, **params))


def texts_by_language(value: Any) -> dict[str, str]:
    """Words by language; those written once, for every language."""
    if isinstance(value, Mapping):
        return {str(language): str(text) for language, text in value.items()}
    return {EVERY_LANGUAGE: str(value)}
