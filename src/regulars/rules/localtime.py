"""Local hours and the instants they mean, in a named zone, across changes of the clock.

Owns: zone names, 'that hour on that day there', 'the next such hour', the buyer's day. A wall time that the clock
skips moves forward by what was skipped (as RFC 5545 says); one that comes twice means the first. Instants are aware
datetimes and come back in UTC. Must not read a clock: every moment is an argument.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_START = time(9)
DAY_END = time(21)
_ONE_DAY = timedelta(days=1)


class UnknownZone(ValueError):
    """There is no such time zone in the IANA database."""

    def __init__(self, name: object) -> None:
        super().__init__(f"there is no time zone {name!r}; write an IANA name such as 'Asia/Vladivostok'")
        self.name = name


@lru_cache(maxsize=1024)
def zone_info(name: str) -> ZoneInfo:
    """The zone of that IANA name; raises UnknownZone for anything else, paths and empty text included."""
    # 'right/…' counts leap seconds and 'posix/…' repeats the plain names: neither is a zone that people live in.
    if not name or name.startswith(("right/", "posix")):
        raise UnknownZone(name)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UnknownZone(name) from error


def is_zone(name: str) -> bool:
    """Whether an IANA zone of that name exists."""
    try:
        zone_info(name)
    except UnknownZone:
        return False
    return True


def utc(instant: datetime) -> datetime:
    """The instant in UTC; a time without an offset is refused with ValueError.

    Python compares and subtracts two datetimes of one zone by their wall times, wrong across a change of the clock:
    so reckoning begins here.
    """
    zone = instant.tzinfo
    if zone is UTC:
        return instant
    if zone is None:
        raise ValueError("a time without an offset means no instant")
    return instant.astimezone(UTC)


def local(instant: datetime, zone: str) -> datetime:
    """The instant as that zone's clocks show it; a time without an offset is refused with ValueError."""
    return utc(instant).astimezone(zone_info(zone))


def local_date(instant: datetime, zone: str) -> date:
    """The calendar date there at that instant."""
    return local(instant, zone).date()


def at_local_hour(day: date, hhmm: time, zone: str) -> datetime:
    """The instant, in UTC, at which clocks in `zone` show `hhmm` on `day`.

    In a gap: later by the length of the gap (02:30 becomes 03:30); in an overlap: the first of the two.
    """
    # fold=0 means both: the offset before the change applies to a skipped and to a repeated wall time.
    wall = hhmm if hhmm.tzinfo is None and not hhmm.fold else hhmm.replace(tzinfo=None, fold=0)
    return datetime.combine(day, wall, zone_info(zone)).astimezone(UTC)


def next_local_hour(after: datetime, hhmm: time, zone: str, *, strictly: bool = False) -> datetime:
    """The first instant, in UTC, not before `after` (with `strictly`: later than it) that is `hhmm` in `zone`."""
    moment = utc(after)
    # A day earlier too: where the clock jumps over midnight, yesterday's hour may have moved into today.
    day = local_date(moment, zone) - _ONE_DAY
    while True:
        instant = at_local_hour(day, hhmm, zone)
        if instant > moment or (instant == moment and not strictly):
            return instant
        day += _ONE_DAY


def in_hours(wall: time, start: time, end: time) -> bool:
    """Whether a wall time lies in [start, end); with start after end the span crosses midnight; equal: all day."""
    if start < end:
        return start <= wall < end
    return wall >= start or wall < end


def buyer_day(t: datetime, zone: str, start: time = DAY_START, end: time = DAY_END) -> datetime:
    """`t` if it lies within the buyer's day [start, end), else the next instant at which that day begins; in UTC."""
    wall = local(t, zone).time()
    return utc(t) if in_hours(wall, start, end) else next_local_hour(t, start, zone)
