"""How long tasks take, as measured: median and the length that nine of ten keep below, by kind and hour. Reads only.

Owns what holds while too few are measured: it says so, and the forecast uses what is stated here.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from regulars.base.db import Cursor
from regulars.rules.forecast import typical

__all__ = ["DAYS", "LEAST", "STATED", "Pace", "measured"]

DAYS = timedelta(days=28)
LEAST = 20
"""So few say nothing: then the kind's other hours count, then what is stated."""
LONGEST = timedelta(hours=1)
"""A task that was in hand for longer was forgotten, not worked at."""
STATED = {"call": (360.0, 720.0)}
STATED_ELSE = (480.0, 960.0)

_MEASURED = """
select kind, hour, count(*), percentile_cont(0.5) within group (order by spent),
  percentile_cont(0.9) within group (order by spent)
from (
  select kind, extract(hour from claimed_at at time zone %(zone)s)::int as hour,
    extract(epoch from finished_at - claimed_at)::float8 as spent
  from desk_task where shop_id = %(shop)s and state in ('finished', 'closed') and state = 'finished'
    and finished_at >= %(since)s and claimed_at is not null and finished_at > claimed_at
    and finished_at - claimed_at <= %(longest)s
) done group by grouping sets ((kind, hour), (kind))
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """(median, p90) in seconds by 'kind' and by 'kind hour', of those measured often enough."""

    zone: str
    known: dict[str, tuple[float, float]] = field(default_factory=dict)

    def of(self, kind: str, at: datetime) -> tuple[float, float]:
        """Median and p90 of a kind at that hour."""
        hour = at.astimezone(ZoneInfo(self.zone)).hour
        return self.known.get(f"{kind} {hour}") or self.known.get(kind) or STATED.get(kind, STATED_ELSE)

    def length(self, kind: str, at: datetime) -> float:
        """What it takes on average."""
        return typical(*self.of(kind, at))

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {"zone": self.zone, "known": {k: list(v) for k, v in self.known.items()}}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Pace":
        """As it was kept."""
        return cls(kept["zone"], {k: (v[0], v[1]) for k, v in kept["known"].items()})


def measured(cur: Cursor, shop_id: int, zone: str, now: datetime) -> Pace:
    """The pace of the last four weeks."""
    asked = {"shop": shop_id, "zone": zone, "since": now - DAYS, "longest": LONGEST}
    rows = cur.execute(_MEASURED, asked).fetchall()
    known = {
        kind if hour is None else f"{kind} {hour}": (float(median), float(p90))
        for kind, hour, count, median, p90 in rows
        if count >= LEAST
    }
    return Pace(zone, known)
