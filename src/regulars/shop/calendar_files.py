"""Days off out of a calendar file (iCalendar, RFC 5545): whole days, several days, repeated ones.

Owns which entries count: an entry of whole days takes each of them off; one with an hour says nothing of opening hours
and is left out, as is one that was called off. A file is somebody else's: every step of reading it has an end.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from time import monotonic
from typing import Any

from dateutil.rrule import rruleset, rrulestr
from icalendar import Calendar

__all__ = ["LARGEST", "CalendarFileError", "Found", "read"]

LARGEST = 2 * 1024 * 1024
MOST_ENTRIES = 5000
MOST_DAYS = 366
"""An entry that lasts longer is no day off."""
SECONDS = 10.0
TITLE_LONGEST = 200

# By how often a rule repeats, what may narrow it down: others could search to the end of time without a hit.
_NARROWED = {
    "DAILY": {"BYDAY", "BYMONTH"},
    "WEEKLY": {"BYDAY", "BYMONTH"},
    "MONTHLY": {"BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"},
    "YEARLY": {"BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYWEEKNO", "BYYEARDAY"},
}
_PLAIN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}
_NOON = time(12)
_UNTIL = re.compile(r"^(\d{8})(T\d{6}Z?)?$")


class CalendarFileError(ValueError):
    """It is no calendar file that can be read; `code`: not_a_calendar, too_large, too_many."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Found:
    """The days off by date with what the file calls them; `left_out`: entries that give none."""

    days: dict[date, str]
    left_out: int


def read(data: bytes, first: date, last: date) -> Found:
    """The days off from `first` to `last`.

    Raises CalendarFileError.
    """
    if len(data) > LARGEST:
        raise CalendarFileError("too_large")
    entries = _entries(data)
    moved = {(str(e.get("UID", "")), d) for e in entries if (d := _date(e.get("RECURRENCE-ID"))) is not None}
    days: dict[date, str] = {}
    left_out = 0
    ends = monotonic() + SECONDS
    for entry in entries:
        if monotonic() > ends:
            raise CalendarFileError("too_many")
        if str(entry.get("STATUS", "")).upper() == "CANCELLED":
            continue
        begins, length = _date(entry.get("DTSTART")), _length(entry)
        if begins is None or length is None:
            left_out += 1
            continue
        try:
            starts = list(_starts(entry, begins, first - timedelta(days=length), last, moved))
        except (ValueError, TypeError, OverflowError, AttributeError, KeyError):
            left_out += 1
            continue
        title = " ".join(str(entry.get("SUMMARY", "")).split())[:TITLE_LONGEST]
        for start in starts:
            for day in (start + timedelta(days=n) for n in range(length)):
                if first <= day <= last:
                    days.setdefault(day, title)
    return Found(days, left_out)


def _entries(data: bytes) -> list[Any]:
    try:
        calendars = Calendar.from_ical(data, multiple=True)
        entries = [entry for calendar in calendars for entry in calendar.walk("VEVENT")]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError) as error:
        raise CalendarFileError("not_a_calendar") from error
    if not calendars or any(calendar.name != "VCALENDAR" for calendar in calendars):
        raise CalendarFileError("not_a_calendar")
    if len(entries) > MOST_ENTRIES:
        raise CalendarFileError("too_many")
    return entries


def _starts(entry: Any, begins: date, first: date, last: date, moved: set[tuple[str, date]]) -> Iterator[date]:
    """The first day of each time that the entry comes, within the window."""
    if entry.get("RECURRENCE-ID") is not None or (entry.get("RRULE") is None and entry.get("RDATE") is None):
        yield begins
        return
    uid = str(entry.get("UID", ""))
    every = rruleset()
    every.rdate(_noon(begins))
    for rule in _listed(entry.get("RRULE")):
        every.rrule(rrulestr(_safe(rule), dtstart=_noon(begins)))
    for day in _dates(entry.get("RDATE")):
        every.rdate(_noon(day))
    for day in _dates(entry.get("EXDATE")):
        every.exdate(_noon(day))
    for at in every.between(_noon(first), _noon(last), inc=True):
        if (uid, at.date()) not in moved:
            yield at.date()


def _safe(rule: Any) -> str:
    """The rule as text, if it is one of those whose search ends."""
    parts = dict(part.split("=", 1) for part in rule.to_ical().decode().upper().split(";") if part)
    narrowed = _NARROWED.get(parts.get("FREQ", ""))
    if narrowed is None or not set(parts) <= _PLAIN | narrowed or int(parts.get("INTERVAL", "1")) < 1:
        raise ValueError("a rule of this kind is not read")
    if "UNTIL" in parts:
        found = _UNTIL.match(parts["UNTIL"])
        if found is None:
            raise ValueError("the rule's end is no date")
        parts["UNTIL"] = f"{found[1]}T235959"
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _length(entry: Any) -> int | None:
    """How many days an entry of whole days lasts; None for one with an hour, or too long a one."""
    begins = _date(entry.get("DTSTART"))
    if begins is None:
        return None
    ends, lasts = entry.get("DTEND"), entry.get("DURATION")
    days = 1
    if ends is not None:
        last = _date(ends)
        if last is None:
            return None
        days = max((last - begins).days, 1)
    elif lasts is not None:
        days = max(getattr(lasts, "dt", timedelta(days=1)).days, 1)
    return days if days <= MOST_DAYS else None


def _date(value: Any) -> date | None:
    """A whole day; None for a moment, or nothing."""
    try:
        found = getattr(value, "dt", None)
    except ValueError:  # a property that the library could not read says so when it is looked at
        return None
    return found if isinstance(found, date) and not isinstance(found, datetime) else None


def _dates(value: Any) -> Iterator[date]:
    for listed in _listed(value):
        for one in getattr(listed, "dts", ()):
            found = one.dt
            yield found.date() if isinstance(found, datetime) else found


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _noon(day: date) -> datetime:
    return datetime.combine(day, _NOON)
