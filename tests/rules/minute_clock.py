"""Working time reckoned slowly and obviously: every minute of some days is looked at by itself. Shares no code with the product.

A minute is worked when the clock on the wall there, in that minute, stands within a span of its day. A wall clock that is set
back does not open or close anything a second time: only how far it has ever got counts, as it does on a real door.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
Spans = Sequence[tuple[time, time]]


class MinuteClock:
    """`days` days from `first` (UTC midnight), minute by minute: `worked[n]` says whether minute n is working time."""

    def __init__(
        self,
        zone: str,
        hours: Mapping[int, Spans],
        days_off: frozenset[date],
        extra: Mapping[date, Spans],
        first: date,
        days: int,
    ) -> None:
        self.begin = datetime.combine(first, time(0), UTC)
        self.minutes = days * 1440
        self.worked = [
            _is_worked(wall, hours, days_off, extra)
            for wall in _as_far_as_ever(zone, self.begin - 2 * DAY, self.minutes + 2 * 1440)[2 * 1440 :]
        ]

    def at(self, n: int) -> datetime:
        """The beginning of minute n."""
        return self.begin + n * MINUTE

    def index(self, t: datetime) -> int:
        """The minute in which `t` lies."""
        return (t - self.begin) // MINUTE

    def is_open(self, t: datetime) -> bool:
        """Whether `t` is worked."""
        return self.worked[self.index(t)]

    def between(self, a: datetime, b: datetime) -> timedelta:
        """Worked time, by seconds at both ends."""
        total, n = timedelta(0), self.index(a)
        while self.at(n) < b:
            if self.worked[n]:
                total += min(b, self.at(n + 1)) - max(a, self.at(n))
            n += 1
        return total

    def add(self, start: datetime, amount: timedelta) -> datetime | None:
        """Where so much has been worked; None beyond what is looked at."""
        n = self.index(start)
        while n < self.minutes:
            if self.worked[n]:
                here = self.at(n + 1) - max(start, self.at(n))
                if amount <= here:
                    return max(start, self.at(n)) + amount
                amount -= here
            n += 1
        return None

    def back(self, end: datetime, amount: timedelta) -> datetime | None:
        """The latest moment from which so much is worked until `end`."""
        if not amount:
            return end
        n = self.index(end)
        while n >= 0:
            if self.worked[n] and self.at(n) < end:
                here = min(end, self.at(n + 1)) - self.at(n)
                if amount <= here:
                    return min(end, self.at(n + 1)) - amount
                amount -= here
            n -= 1
        return None

    def next_start(self, t: datetime) -> datetime | None:
        """The first worked moment from `t` on."""
        return self.add(t, timedelta(0))

    def previous_end(self, t: datetime) -> datetime | None:
        """The latest moment at or before `t` at which work stopped."""
        for n in range(self.index(t), 0, -1):
            if self.at(n) <= t and self.worked[n - 1] and not self.worked[n]:
                return self.at(n)
        return None

    def first_in_days(self, t: datetime, zones: Sequence[str], start: time, end: time) -> datetime | None:
        """The first worked moment from `t` on at which every zone's clock stands in [start, end)."""
        infos = [ZoneInfo(zone) for zone in zones]

        def is_day(moment: datetime) -> bool:
            walls = [moment.astimezone(info).time() for info in infos]
            return all(start <= w < end if start < end else w >= start or w < end for w in walls)

        if self.is_open(t) and is_day(t):
            return t
        n = self.index(t) + 1
        while n < self.minutes:
            if self.worked[n] and is_day(self.at(n)):
                return self.at(n)
            n += 1
        return None


def _is_worked(
    wall: datetime, hours: Mapping[int, Spans], days_off: frozenset[date], extra: Mapping[date, Spans]
) -> bool:
    today, yesterday = wall.date(), wall.date() - DAY
    return any(
        start <= wall.time() and (wall.time() < end or end <= start)
        for start, end in _spans(today, hours, days_off, extra)
    ) or any(end <= start and wall.time() < end for start, end in _spans(yesterday, hours, days_off, extra))


def _spans(day: date, hours: Mapping[int, Spans], days_off: frozenset[date], extra: Mapping[date, Spans]) -> Spans:
    if day in extra:
        return extra[day]
    return () if day in days_off else hours.get(day.weekday(), ())


@lru_cache(maxsize=200)
def _as_far_as_ever(zone: str, begin: datetime, minutes: int) -> list[datetime]:
    """What the clock there shows, minute by minute, and never less than it has shown before."""
    info = ZoneInfo(zone)
    walls = [(begin + n * MINUTE).astimezone(info).replace(tzinfo=None) for n in range(minutes)]
    return list(accumulate(walls, max))
