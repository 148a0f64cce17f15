"""Durations as people write them: '15m', '1h 30m', '15m working', '1d working', 'next morning', '11:00 local'.

Owns their grammar and their values. It must not reckon with calendars: what moment they lead to is `waits`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta

LONGEST = timedelta(days=3660)
"""No duration may be longer: ten years."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_PART = re.compile(r"([0-9]{1,6}) ?(s|m|h|d|w)(?![a-z])")
_SPAN = re.compile(r"[0-9]{1,6} ?(?:s|m|h|d|w)(?: ?[0-9]{1,6} ?(?:s|m|h|d|w))*")
_LOCAL = re.compile(r"([0-9]{1,2}):([0-9]{2}) local")


@dataclass(frozen=True, slots=True)
class Elapsed:
    """So much time, whatever the hour; a day is 24 hours."""

    span: timedelta


@dataclass(frozen=True, slots=True)
class Working:
    """So much of a team's working time."""

    span: timedelta


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The same hour so many working days later; where that hour is not worked, the closing before it."""

    days: int


@dataclass(frozen=True, slots=True)
class NextMorning:
    """The opening of the team's next working day."""


@dataclass(frozen=True, slots=True)
class LocalHour:
    """The next time that it is this hour at the buyer's."""

    at: time


Delay = Elapsed | Working | WorkingDays | NextMorning | LocalHour


def takes_time(delay: Delay) -> bool:
    """False for a wait of nothing, and for an hour that may be now."""
    match delay:
        case Elapsed(span) | Working(span):
            return span > timedelta(0)
        case LocalHour():
            return False
        case _:
            return True


class DelayError(ValueError):
    """The text is not a duration; `code` is 'delay_unknown', 'delay_too_long' or 'hour_unknown'."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{text!r}: {code}")
        self.code = code
        self.text = text


def parse_span(text: str) -> timedelta:
    """'90d', '1h 30m' -> timedelta. Raises DelayError."""
    plain = " ".join(text.split())
    if not _SPAN.fullmatch(plain):
        raise DelayError("delay_unknown", text)
    seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(_spaced(plain)))
    if seconds > LONGEST.total_seconds():
        raise DelayError("delay_too_long", text)
    return timedelta(seconds=seconds)


def parse_local_hour(text: str) -> LocalHour:
    """'11:00 local' -> LocalHour. Raises DelayError."""
    found = _LOCAL.fullmatch(" ".join(text.split()))
    if not found:
        raise DelayError("hour_unknown", text)
    hour, minute = int(found[1]), int(found[2])
    if hour > 23 or minute > 59:
        raise DelayError("hour_unknown", text)
    return LocalHour(time(hour, minute))


def parse_delay(text: str) -> Delay:
    """Any duration of a scheme. Raises DelayError."""
    plain = " ".join(text.split())
    if plain == "next morning":
        return NextMorning()
    if ":" in plain:
        return parse_local_hour(plain)
    if plain.endswith(" working"):
        span = parse_span(plain.removesuffix(" working"))
        whole_days, rest = divmod(span, timedelta(days=1))
        if whole_days and not rest:
            return WorkingDays(whole_days)
        if whole_days:
            # '1d 2h working' has two readings (a working day is not 24 hours), so it has none.
            raise DelayError("delay_unknown", text)
        return Working(span)
    return Elapsed(parse_span(plain))


def _spaced(text: str) -> str:
    """'1h30m' -> '1h 30m', so that each part ends where its unit ends."""
    return re.sub(r"([smhdw])([0-9])", r"\1 \2", text)
