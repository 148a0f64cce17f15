"""What the band of a playground says on every page: the time here, how fast it goes, and that nothing leaves."""

from dataclasses import dataclass

from regulars.base import clock, pace
from regulars.base.db import Cursor
from regulars.web.say import Say

__all__ = ["SPEEDS", "Band", "band"]

SPEEDS = (1, 60, 600)
_LOOK_SECONDS = ((60.0, 2), (0.5, 15))
"""From this speed on a page asks for the time every so many seconds."""
_LOOK_AT_LEAST = 30


@dataclass(frozen=True, slots=True)
class Band:
    """`speed` as a whole number where it is one; `walking`: on the way to a time that somebody set."""

    time: str
    day: str
    speed: str
    stands: bool
    walking: bool
    look_seconds: int
    speeds: tuple[tuple[int, bool], ...]


def band(cur: Cursor, say: Say) -> Band | None:
    """The band, on a playground; None elsewhere."""
    state = clock.read(cur)
    if not state.playground:
        return None
    walking = pace.is_walking(cur)
    look = next((seconds for speed, seconds in _LOOK_SECONDS if state.speed >= speed), _LOOK_AT_LEAST)
    return Band(
        time=say.when(say.now),
        day=say.day(say.now),
        speed=say.number(int(state.speed) if state.speed.is_integer() else state.speed),
        stands=state.speed == 0,
        walking=walking,
        look_seconds=1 if walking else look,
        speeds=tuple((speed, state.speed == speed) for speed in SPEEDS),
    )
