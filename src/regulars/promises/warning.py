"""When each promise is at risk, by the shop's rules and the hours of the team that must keep it. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from regulars.base.db import Cursor
from regulars.rules.warning import ahead_of_window, warn_at
from regulars.rules.worktime import WorkTime
from regulars.shop.queries import SHOP_TEAM, settings_of, worktimes
from regulars.shop.settings import WARN_RULES, ShopSettings

__all__ = ["Hours", "Timed", "hours_of"]


@dataclass(frozen=True, slots=True)
class Timed:
    """What the reckoning asks of a promise."""

    kind: str
    team: str
    due_at: datetime
    begins_at: datetime | None
    window_from: datetime | None


@dataclass(frozen=True, slots=True)
class Hours:
    """A shop's rules and hours."""

    shop: ShopSettings
    worktimes: Mapping[str, WorkTime]

    def warn_at(self, promise: Timed, told: datetime) -> datetime:
        """When the promise, told at that moment, is at risk."""
        rule = self.shop.warn.get(promise.kind, WARN_RULES["call"])
        if promise.kind == "delivery" and promise.window_from is not None:
            return ahead_of_window(told, promise.window_from, rule)
        worktime = self.worktimes.get(promise.team) or self.worktimes.get(SHOP_TEAM)
        return warn_at(max(told, promise.begins_at or told), promise.due_at, worktime, rule)


def hours_of(cur: Cursor, shop_id: int) -> Hours:
    """The rules and hours as they stand."""
    return Hours(settings_of(cur, shop_id), worktimes(cur, shop_id))
