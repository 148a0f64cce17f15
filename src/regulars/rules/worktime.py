"""Working time: a team's hours in its zone, and reckoning in them.

Owns: opening hours by weekday (several spans a day, also across midnight), days off, extra days; adding and measuring
working time. All arithmetic is in UTC, local time only finds the edges, so a change of the clock neither adds nor
loses an hour. Must not read a clock or the shop's settings: the hours and every moment are arguments.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from regulars.rules.localtime import DAY_END, DAY_START, UnknownZone, buyer_day, in_hours, utc, zone_info

SEARCH_DAYS = 400
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Spans = tuple[tuple[time, time], ...]
_Instants = tuple[tuple[datetime, datetime], ...]

_ONE_DAY = timedelta(days=1)
_MIDNIGHT = time(0)
_REMEMBERED_DAYS = 1500
_REMEMBERED_YEARS = 8


class NoWorkingTime(ValueError):
    """These hours hold no such moment within 400 days."""


class WorkTimeError(ValueError):
    """The hours are not written as they should be; `pointer` is the JSON pointer to the bad value."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(f"{pointer or '/'}: {detail}")
        self.pointer = pointer
        self.detail = detail


@dataclass(frozen=True, slots=True)
class WorkTime:
    """Opening hours of a team.

    `hours`: weekday (0 is Monday) to spans (start, end) of local time; an end at or before its start is on the next
    day, so (22:00, 02:00) crosses midnight and (00:00, 00:00) is a whole day. A span belongs to the day it starts on.
    `days_off`: dates without work. `extra`: dates with hours of their own, which win over both (an empty tuple: none).
    """

    zone: str
    hours: Mapping[int, Spans]
    days_off: frozenset[date] = frozenset()
    extra: Mapping[date, Spans] = field(default_factory=dict)
    _info: ZoneInfo = field(init=False, repr=False, compare=False)
    _days: dict[date, _Instants] = field(init=False, repr=False, compare=False)
    _years: dict[int, tuple[list[datetime], list[datetime]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for weekday, spans in self.hours.items():
            if weekday not in range(7):
                raise WorkTimeError(f"/hours/{weekday}", "a weekday is 0 (Monday) to 6 (Sunday)")
            _check_spans(spans, f"/hours/{WEEKDAYS[weekday]}")
        for day, spans in self.extra.items():
            _check_spans(spans, f"/extra/{day.isoformat()}")
        object.__setattr__(self, "_info", zone_info(self.zone))
        object.__setattr__(self, "_days", {})
        object.__setattr__(self, "_years", {})

    def __hash__(self) -> int:
        return hash((self.zone, self.days_off, len(self.hours), len(self.extra)))

    def is_open(self, t: datetime) -> bool:
        """Whether `t` is working time; the closing moment itself is not."""
        moment = utc(t)
        starts, ends = self._around(moment)
        place = bisect_right(ends, moment)
        return place < len(ends) and starts[place] <= moment

    def next_start(self, t: datetime) -> datetime:
        """`t` if it is working time, else the next opening; raises NoWorkingTime."""
        moment = utc(t)
        starts, ends = self._around(moment)
        place = bisect_right(ends, moment)
        if place < len(ends):
            start = starts[place]
            return moment if start <= moment else start
        for start, end in self._from(moment):
            if moment < end:
                return max(moment, start)
        raise NoWorkingTime(f"no working time within {SEARCH_DAYS} days after {t.isoformat()}")

    def previous_end(self, t: datetime) -> datetime:
        """The latest closing at or before `t`; raises NoWorkingTime (also where it never closes)."""
        moment = utc(t)
        day = self._date(moment)
        for _ in range(SEARCH_DAYS):
            for _start, end in reversed(self._spans_of(day)):
                if end <= moment and not self.is_open(end):
                    return end
            day -= _ONE_DAY
        raise NoWorkingTime(f"no closing within {SEARCH_DAYS} days before {t.isoformat()}")

    def next_end(self, t: datetime) -> datetime:
        """The next closing after `t`, within which or before which no other opening lies; raises NoWorkingTime."""
        end = None
        for opens, closes in self._from(utc(t)):
            if end is not None and opens > end:
                return end
            if closes > utc(t):
                end = closes
        raise NoWorkingTime(f"no closing within {SEARCH_DAYS} days after {t.isoformat()}")

    def next_morning(self, t: datetime) -> datetime:
        """The opening of the next working day after `t`'s local date, or of that date itself if `t` is before it."""
        moment = utc(t)
        day = self._date(moment)
        for _ in range(SEARCH_DAYS):
            spans = self._spans_of(day)
            if spans and spans[0][0] > moment:
                return spans[0][0]
            day += _ONE_DAY
        raise NoWorkingTime(f"no working morning within {SEARCH_DAYS} days after {t.isoformat()}")

    def add(self, start: datetime, working: timedelta) -> datetime:
        """The first instant at which `working` of working time has passed since `start`.

        Nothing to add gives the first working moment. Raises NoWorkingTime, and ValueError for a negative amount.
        """
        if working < timedelta(0):
            raise ValueError("working time to add cannot be negative")
        moment, left = utc(start), working
        starts, ends = self._around(moment)
        place = bisect_right(ends, moment)
        if place < len(ends):  # most waits end in the span in which they begin
            begins = starts[place]
            due = (moment if begins <= moment else begins) + left
            if due <= ends[place]:
                return due
        for opens, closes in self._from(moment):
            if moment >= closes:
                continue
            begins = max(moment, opens)
            there = closes - begins
            if left <= there:
                return begins + left
            left -= there
        raise NoWorkingTime(f"less than {working} of working time within {SEARCH_DAYS} days after {start.isoformat()}")

    def back(self, end: datetime, working: timedelta) -> datetime:
        """The latest instant from which `working` of working time passes until `end`; `end` itself for nothing.

        Raises NoWorkingTime, and ValueError for a negative amount.
        """
        if working < timedelta(0):
            raise ValueError("working time to go back by cannot be negative")
        moment, left = utc(end), working
        day = self._date(moment)
        for _ in range(SEARCH_DAYS):
            if not left:
                return moment
            for opens, closes in reversed(self._spans_of(day)):
                there = min(closes, moment) - opens
                if left <= there:
                    return opens + there - left
                left -= max(there, timedelta(0))
            day -= _ONE_DAY
        raise NoWorkingTime(f"less than {working} of working time within {SEARCH_DAYS} days before {end.isoformat()}")

    def between(self, a: datetime, b: datetime) -> timedelta:
        """Working time from `a` to `b`; negative if `b` is earlier."""
        first, last = utc(a), utc(b)
        if last < first:
            return -self.between(last, first)
        total = timedelta(0)
        day, last_day = self._date(first) - _ONE_DAY, self._date(last)
        while day <= last_day:
            for opens, closes in self._spans_of(day):
                if closes > first and opens < last:
                    total += min(last, closes) - max(first, opens)
            day += _ONE_DAY
        return total

    def _date(self, t: datetime) -> date:
        return t.astimezone(self._info).date()

    def _from(self, t: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Spans in order from the day before `t` (its last one may reach into today) for SEARCH_DAYS."""
        day = self._date(t) - _ONE_DAY
        for _ in range(SEARCH_DAYS):
            yield from self._spans_of(day)
            day += _ONE_DAY

    def _around(self, t: datetime) -> tuple[list[datetime], list[datetime]]:
        """Openings and closings of the year of `t`, from two days before it to two days after it, in order."""
        known = self._years.get(t.year)
        if known is None:
            day, last = date(t.year, 1, 1) - 2 * _ONE_DAY, date(t.year, 12, 31) + 2 * _ONE_DAY
            spans: list[tuple[datetime, datetime]] = []
            while day <= last:
                spans.extend(self._spans_of(day))
                day += _ONE_DAY
            if len(self._years) >= _REMEMBERED_YEARS:
                self._years.clear()
            self._years[t.year] = known = ([start for start, _ in spans], [end for _, end in spans])
        return known

    def _spans_of(self, day: date) -> _Instants:
        """The day's spans as instants, each begun after the day before has closed."""
        known = self._days.get(day)
        if known is None:
            own = self._instants(day)
            yesterday = self._instants(day - _ONE_DAY) if own else ()
            if yesterday and yesterday[-1][1] > own[0][0]:
                closed = yesterday[-1][1]
                own = tuple((max(start, closed), end) for start, end in own if end > closed)
            if len(self._days) >= _REMEMBERED_DAYS:
                self._days.clear()
            self._days[day] = known = own
        return known

    def _instants(self, day: date) -> _Instants:
        spans = self.extra.get(day)
        if spans is None:
            spans = () if day in self.days_off else self.hours.get(day.weekday(), ())
        found = []
        for start, end in spans:
            opens = _edge(day, start, self._info)
            closes = _edge(day if end > start else day + _ONE_DAY, end, self._info)
            if opens < closes:  # a span that lies wholly in a skipped hour is no working time
                found.append((opens, closes))
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """The hours as JSON: zone, hours by weekday name, days_off, extra; the form that `from_json` reads."""
        return {
            "zone": self.zone,
            "hours": {WEEKDAYS[day]: write_spans(spans) for day, spans in sorted(self.hours.items()) if spans},
            "days_off": sorted(day.isoformat() for day in self.days_off),
            "extra": {day.isoformat(): write_spans(spans) for day, spans in sorted(self.extra.items())},
        }

    @classmethod
    def from_json(cls, data: Any) -> WorkTime:
        """WorkTime out of `{zone, hours: {"mon": ["09:00-13:00", …]}, days_off: [date], extra: {date: […]}}`.

        Raises WorkTimeError with a JSON pointer to the first bad value.
        """
        if not isinstance(data, Mapping):
            raise WorkTimeError("", "working time is an object with zone and hours")
        unknown = [key for key in data if key not in ("zone", "hours", "days_off", "extra")]
        if unknown:
            raise WorkTimeError(f"/{unknown[0]}", "unknown; there are zone, hours, days_off and extra")
        zone = data.get("zone")
        if not isinstance(zone, str):
            raise WorkTimeError("/zone", "an IANA zone name is needed, such as 'Asia/Vladivostok'")
        try:
            zone_info(zone)
        except UnknownZone as error:
            raise WorkTimeError("/zone", str(error)) from error
        days_off = data.get("days_off", [])
        if not isinstance(days_off, list | tuple):
            raise WorkTimeError("/days_off", "a list of dates, such as ['2026-01-01']")
        return cls(
            zone=zone,
            hours=_read_hours(data.get("hours")),
            days_off=frozenset(_read_date(day, f"/days_off/{at}") for at, day in enumerate(days_off)),
            extra=_read_extra(data.get("extra", {})),
        )


def move_into_both(
    t: datetime,
    worktime: WorkTime,
    buyer_zone: str | Sequence[str],
    day: tuple[time, time] = (DAY_START, DAY_END),
    search_days: int = SEARCH_DAYS,
) -> datetime:
    """The first instant from `t` on that is working time of the team and within the buyer's day.

    Of several zones it must be day in all: for whoever may live in any of them. Raises NoWorkingTime if working time and
    day never meet within `search_days`.
    """
    if isinstance(buyer_zone, str):
        working = worktime.next_start(t)
        if in_hours(working.astimezone(zone_info(buyer_zone)).time(), *day):
            return working
        zones: Sequence[str] = (buyer_zone,)
    else:
        zones = buyer_zone
    moment = utc(t)
    last = moment + timedelta(days=search_days)
    while moment <= last:
        working = moment = worktime.next_start(moment)
        for zone in zones:
            moment = buyer_day(moment, zone, *day)
        if moment == working:
            return moment
    raise NoWorkingTime(f"working time and the buyer's day never meet within {search_days} days after {t.isoformat()}")


def _edge(day: date, wall: time, info: ZoneInfo) -> datetime:
    """The first instant, in UTC, at which the clock there shows that time of that day or a later one.

    Unlike a due hour, an edge inside a gap is the gap's end: so a span never turns round.
    """
    naive = datetime.combine(day, wall)
    instant = naive.replace(tzinfo=info).astimezone(UTC)
    shown = instant.astimezone(info).replace(tzinfo=None)
    if shown == naive:
        return instant
    # Skipped: fold=1 gives an instant before the change of the clock, fold=0 one after it, so search between the two.
    before = naive.replace(tzinfo=info, fold=1).astimezone(UTC)
    seconds = range(int((instant - before).total_seconds()) + 1)

    def wall_after(second: int) -> datetime:
        return (before + timedelta(seconds=second)).astimezone(info).replace(tzinfo=None)

    return before + timedelta(seconds=bisect_left(seconds, naive, key=wall_after))


def _check_spans(spans: Spans, pointer: str) -> None:
    ended = None
    for at, (start, end) in enumerate(spans):
        if any(wall.tzinfo or wall.second or wall.microsecond for wall in (start, end)):
            raise WorkTimeError(f"{pointer}/{at}", "a span begins and ends at a whole minute of local time")
        if start == end and start != _MIDNIGHT:
            raise WorkTimeError(f"{pointer}/{at}", "it starts and ends at the same time; a whole day is 00:00-24:00")
        if at and (ended is None or start < ended):
            raise WorkTimeError(f"{pointer}/{at}", "it begins before the one above has ended; put them in order")
        ended = end if end > start else None  # None: reaches into the next day, nothing may follow


def write_spans(spans: Spans) -> list[str]:
    """Spans as `read_spans` reads them."""
    return [f"{start:%H:%M}-{'24:00' if end == _MIDNIGHT else format(end, '%H:%M')}" for start, end in spans]


def _read_hours(data: Any) -> dict[int, Spans]:
    if not isinstance(data, Mapping):
        raise WorkTimeError("/hours", "hours by weekday are needed, such as {'mon': ['09:00-18:00']}")
    for name in data:
        if name not in WEEKDAYS:
            raise WorkTimeError(f"/hours/{name}", f"a weekday is one of {', '.join(WEEKDAYS)}")
    return {WEEKDAYS.index(name): read_spans(spans, f"/hours/{name}") for name, spans in data.items()}


def _read_extra(data: Any) -> dict[date, Spans]:
    if not isinstance(data, Mapping):
        raise WorkTimeError("/extra", "hours by date, such as {'2026-05-02': ['10:00-16:00']}")
    return {_read_date(name, f"/extra/{name}"): read_spans(spans, f"/extra/{name}") for name, spans in data.items()}


def read_spans(data: Any, pointer: str = "") -> Spans:
    """Spans out of ['09:00-13:00', '14:00-18:00']; raises WorkTimeError with `pointer`."""
    if not isinstance(data, list | tuple):
        raise WorkTimeError(pointer, "a list of spans, such as ['09:00-13:00', '14:00-18:00']")
    return tuple(_read_span(span, f"{pointer}/{at}") for at, span in enumerate(data))


def _read_span(data: Any, pointer: str) -> tuple[time, time]:
    if isinstance(data, str):
        start, dash, end = data.replace("\u2013", "-").partition("-")
        if dash:
            return _read_clock(start.strip(), pointer), _read_clock(end.strip(), pointer, is_end=True)
    raise WorkTimeError(pointer, "a span is written '09:00-18:00'")


def _read_clock(text: str, pointer: str, *, is_end: bool = False) -> time:
    hour, _, minute = text.partition(":")
    if hour.isdecimal() and hour.isascii() and len(hour) <= 2 and minute.isdecimal() and len(minute) == 2:
        if is_end and (hour, minute) == ("24", "00"):
            return _MIDNIGHT
        if int(hour) < 24 and int(minute) < 60:
            return time(int(hour), int(minute))
    raise WorkTimeError(pointer, f"{text!r} is not a time of day such as 09:00")


def _read_date(data: Any, pointer: str) -> date:
    if isinstance(data, str) and len(data) == 10:
        try:
            return date.fromisoformat(data)
        except ValueError:
            pass
    raise WorkTimeError(pointer, "a date is written 2026-01-01")
