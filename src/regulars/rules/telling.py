"""How one of the staff is told: which kinds by which ways, at what moment, and when not at all.

Owns the ways, what holds until somebody chooses, and reckoning the moment. Pure: `now`, the zone and whether he is on
shift are arguments; carrying a notice to him is others' matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Final

from regulars.rules.localtime import utc
from regulars.rules.quiet import quiet_until

__all__ = ["BUNDLES", "CARRIED", "DEFAULTS", "WAYS", "Choice", "moment"]

SCREEN: Final = "screen"
SOUND: Final = "sound"
BROWSER: Final = "browser"
EMAIL: Final = "email"
SERVICE: Final = "service"
WAYS = (SCREEN, SOUND, BROWSER, EMAIL, SERVICE)
CARRIED = (EMAIL, SERVICE)
"""The ways that leave the product; the others are the open page's own."""
BUNDLES = (0, 5, 15, 60)
"""Minutes over which notices may be gathered into one."""
_SEEN = (SCREEN, SOUND, BROWSER)
_AWAY = (SCREEN, SOUND, BROWSER, EMAIL, SERVICE)
DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "task_late": _AWAY,
    "will_be_late": _AWAY,
    "promise_at_risk": (SCREEN, SOUND, BROWSER, SERVICE),
    "task_fresh": _SEEN,
    "called_in": _AWAY,
}
"""What holds for who has chosen nothing; kinds that aren't named come on the page, with sound, by browser."""
_OFF_SHIFT = frozenset({"called_in"})
"""Who is asked to come isn't there."""
_NEVER = (time(0), time(0))


@dataclass(frozen=True, slots=True)
class Choice:
    """One person's wishes. `always`: off shift too. `quiet`: his own hours without sound, browser, mail and services.

    `bundle`: so long are mails and messages of services gathered. `volume` of 100.
    """

    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    always: bool = False
    quiet: tuple[time, time] = _NEVER
    bundle: timedelta = timedelta(0)
    volume: int = 60

    def ways(self, kind: str) -> tuple[str, ...]:
        """By which ways a kind comes."""
        return tuple(self.kinds.get(kind, DEFAULTS.get(kind, _SEEN)))

    def wants(self, kind: str, way: str, now: datetime, zone: str) -> bool:
        """Whether the open page does this for a notice now; what is shown is shown by night, too."""
        return way in self.ways(kind) and (way == SCREEN or quiet_until(now, zone, self.quiet) is None)


def moment(choice: Choice, kind: str, way: str, now: datetime, zone: str, *, on_shift: bool) -> datetime | None:
    """When a notice leaves by a carried way; None: not by this way, or not off shift."""
    if way not in CARRIED or way not in choice.ways(kind) or not (on_shift or choice.always or kind in _OFF_SHIFT):
        return None
    at = utc(now)
    if choice.bundle:
        length = choice.bundle.total_seconds()
        at = datetime.fromtimestamp(-(-at.timestamp() // length) * length, UTC)
    return quiet_until(at, zone, choice.quiet) or at
