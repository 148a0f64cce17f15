"""Can the desk do it: work counted by when it begins and is due, against how much of it can be done in an hour.

Owns the play of a queue by quarters of what is counted (whoever is due first is served first) and the usual week drawn
from it. Pure: counts, capacity and the zone are arguments; it must not know people.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

__all__ = ["Cell", "Served", "play", "usual_week"]

Work = Mapping[tuple[int, int, int], int]
"""(begins, target, due), in buckets since the epoch → how many."""


@dataclass(slots=True)
class Served:
    """`late`: done after the limit, or never; `missed`: after the target. `late_begun`: by the bucket in which they began."""

    total: int = 0
    missed: int = 0
    late: int = 0
    late_begun: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of a usual week: how many begin in it on average, in its fullest week, and how many can be done."""

    weekday: int
    hour: int
    mean: float
    peak: int
    capacity: float


def play(work: Work, capacity: Callable[[int], float]) -> Served:
    """Serve what has begun, whoever is due first; `capacity`: how many can be done in that bucket."""
    arrivals: dict[int, list[tuple[int, int, int]]] = {}
    for (begins, target, due), count in work.items():
        arrivals.setdefault(begins, []).append((due, target, count))
    served, room = Served(), 0.0
    heap: list[tuple[int, int, int, int]] = []
    starts = sorted(arrivals)
    for place, bucket in enumerate(starts):
        until = starts[place + 1] if place + 1 < len(starts) else bucket + _LONGEST
        for due, target, count in arrivals[bucket]:
            heapq.heappush(heap, (due, target, bucket, count))
            served.total += count
        now = bucket
        while heap and now < until:
            room = min(room, 1.0) + capacity(now)
            while heap and room >= 1:
                due, target, begun, count = heapq.heappop(heap)
                done = min(count, int(room))
                room -= done
                _count(served, due, target, begun, done, now)
                if done < count:
                    heapq.heappush(heap, (due, target, begun, count - done))
            now += 1
        if not heap:
            room = 0.0
    for _due, _target, begun, count in heap:
        served.late += count
        served.missed += count
        served.late_begun[begun] += count
    return served


_LONGEST = 14 * 24 * 12
"""After the last arrival, fourteen days of buckets are played on."""


def _count(served: Served, due: int, target: int, begun: int, done: int, now: int) -> None:
    if now > target:
        served.missed += done
    if now > due:
        served.late += done
        served.late_begun[begun] += done


def usual_week(
    begun: Iterable[tuple[int, int]],
    bucket: int,
    zone: tzinfo,
    since: datetime,
    until: datetime,
    capacity: Callable[[int, int], float],
) -> list[Cell]:
    """The cells of a week in which anything begins or can be done. `begun`: (bucket, how many); `capacity`: by weekday
    and hour."""
    by_hour: Counter[tuple[int, int, int]] = Counter()
    for at, count in begun:
        there = datetime.fromtimestamp(at * bucket, UTC).astimezone(zone)
        by_hour[there.toordinal(), there.weekday(), there.hour] += count
    total: Counter[tuple[int, int]] = Counter()
    peak: dict[tuple[int, int], int] = {}
    for (_, weekday, hour), count in by_hour.items():
        total[weekday, hour] += count
        peak[weekday, hour] = max(peak.get((weekday, hour), 0), count)
    weeks = max((until - since) / timedelta(days=7), 1.0)
    cells = []
    for weekday in range(7):
        for hour in range(24):
            can, count = capacity(weekday, hour), total[weekday, hour]
            if can or count:
                cells.append(Cell(weekday, hour, count / weeks, peak.get((weekday, hour), 0), can))
    return cells
