"""How much a desk can do in an hour: those who are planned to work, or the operators of the team in its hours, by their pace.

Reads only. Owns where the capacity comes from and says so; the play of the queue is rules/desk_load.py's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from regulars.base.db import Cursor
from regulars.core.figures import BUCKET
from regulars.desk.pace import Pace, measured
from regulars.rules.worktime import WorkTime
from regulars.shop import queries as shops

__all__ = ["OPERATORS", "ROSTER", "STATED", "Capacity", "capacity_of"]

ROSTER, OPERATORS, STATED = "roster", "operators", "stated"
_HANDS = """
select m.account_id, m.teams from staff_membership m join staff_account a on a.id = m.account_id and a.is_active
where m.shop_id = %s and m.is_active and m.role = 'operator'
"""
_WEEK = """
select account_id, weekday, starts, ends from staff_planned where shop_id = %s and weekday is not null and starts is not null
"""


@dataclass(slots=True)
class Capacity:
    """Of one shop. `basis` by team: ROSTER (planned weeks), OPERATORS (those of the team, in its hours), STATED (one, since
    there is nobody). `hands`: by team and weekday, (from, until, share of a person)."""

    zone: ZoneInfo
    pace: Pace
    worktime: Mapping[str, WorkTime]
    basis: dict[str, str] = field(default_factory=dict)
    people: dict[str, float] = field(default_factory=dict)
    hands: dict[tuple[str, int], list[tuple[time, time, float]]] = field(default_factory=dict)
    _known: dict[tuple[str, str, int], float] = field(default_factory=dict)

    def of(self, kind: str, team: str) -> Callable[[int], float]:
        """How many of a kind the team can do in a bucket."""

        def capacity(bucket: int) -> float:
            key = (kind, team, bucket)
            found = self._known.get(key)
            if found is None:
                at = datetime.fromtimestamp(bucket * BUCKET, UTC)
                self._known[key] = found = self._people(team, at) * BUCKET / self.pace.length(kind, at)
            return found

        return capacity

    def in_hour(self, kind: str, team: str, monday: datetime) -> Callable[[int, int], float]:
        """The same for an hour of the week that begins with `monday`, 00:00 there."""

        def capacity(weekday: int, hour: int) -> float:
            at = int(monday.timestamp()) // BUCKET + (weekday * 24 + hour) * 3600 // BUCKET
            one = self.of(kind, team)
            return sum(one(at + n) for n in range(3600 // BUCKET))

        return capacity

    def _people(self, team: str, at: datetime) -> float:
        if self.basis.get(team) == ROSTER:
            there = at.astimezone(self.zone)
            now = there.time()
            return sum(
                share for a, b, share in self.hands.get((team, there.weekday()), ()) if a <= now < b or b <= a <= now
            )
        hours = self.worktime.get(team)
        return self.people.get(team, 1.0) if hours is not None and hours.is_open(at) else 0.0


def capacity_of(cur: Cursor, shop_id: int, now: datetime) -> Capacity:
    """The capacity of every team. Who works for several teams counts in each with his share."""
    shop = shops.settings_of(cur, shop_id)
    worktime = shops.worktimes(cur, shop_id)
    found = Capacity(ZoneInfo(shop.time_zone), measured(cur, shop_id, shop.time_zone, now), worktime)
    all_teams = [t for t in worktime if t != shops.SHOP_TEAM] or [shops.SHOP_TEAM]
    teams_of: dict[int, list[str]] = {}
    for account, teams in cur.execute(_HANDS, (shop_id,)):
        teams_of[account] = [t for t in teams if t in worktime] or all_teams
    for teams in teams_of.values():
        for team in teams:
            found.people[team] = found.people.get(team, 0.0) + 1 / len(teams)
    found.people[shops.SHOP_TEAM] = float(len(teams_of)) or 1.0
    for account, weekday, starts, ends in cur.execute(_WEEK, (shop_id,)):
        for team in teams_of.get(account, ()):
            spans = found.hands.setdefault((team, weekday), [])
            spans.append((starts, ends, 1 / len(teams_of[account])))
            found.basis[team] = ROSTER
    for team in worktime:
        if team not in found.basis:
            found.basis[team] = OPERATORS if team in found.people and teams_of else STATED
            found.people.setdefault(team, 1.0)
    return found


def record(capacity: Capacity, kind: str, team: str, at: datetime) -> dict[str, Any]:
    """What is said of it beside the figures."""
    return {
        "team": team,
        "basis": capacity.basis.get(team, STATED),
        "people": round(capacity.people.get(team, 1.0), 2),
        "pace": round(capacity.pace.length(kind, at)),
        "measured": kind in capacity.pace.known,
    }
