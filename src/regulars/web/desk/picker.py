"""When to call again: the next days and hours at the buyer's, and which of them are no time for a call.

Owns which hours are offered and the sentence that says a moment in both zones; must not decide what is allowed: an exact
time that the buyer asked for is his to choose.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.utils.translation import gettext as _

from regulars.rules.localtime import at_local_hour, in_hours, local, local_date
from regulars.rules.worktime import WorkTime
from regulars.shop.settings import ShopSettings
from regulars.web.say import Say

__all__ = ["Day", "Slot", "days", "moment_words", "read_wall"]

DAYS = 4
SEARCHED = 14
MOST_SLOTS = 16
SOONEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Slot:
    """`value` is the wall time at the buyer's; `no`: why it is no time for a call, '' if it is one."""

    value: str
    text: str
    here: str
    no: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day at the buyer's, with its hours."""

    key: str
    weekday: str
    number: int
    title: str
    slots: tuple[Slot, ...]


def days(shop: ShopSettings, worktime: WorkTime | None, zone: str, say: Say) -> list[Day]:
    """The next days on which a call is possible; half-hours where the span of a day is short."""
    # all slots are whole minutes, so what is over by now is what is over by the next whole minute
    minute = say.now.replace(second=0, microsecond=0)
    now = minute if minute == say.now else minute + timedelta(minutes=1)
    return list(_days(shop.day, worktime, zone, say.language, say.zone, now))


@lru_cache(maxsize=256)
def _days(
    daytime: tuple[time, time], worktime: WorkTime | None, zone: str, language: str, here: str, now: datetime
) -> tuple[Day, ...]:
    """The same for all who look at buyers of one zone within a minute: a day's hours are dear to work out."""
    out: list[Day] = []
    today = local_date(now, zone)
    for ahead in range(SEARCHED):
        day = today + timedelta(days=ahead)
        slots = _slots(daytime, worktime, zone, here, now, day)
        if slots:
            weekday = format_date(day, "EEE", locale=language)
            out.append(Day(day.isoformat(), weekday, day.day, _day_words(day, language), slots))
        if len(out) == DAYS:
            break
    return tuple(out)


def _slots(
    daytime: tuple[time, time], worktime: WorkTime | None, zone: str, here: str, now: datetime, day: date
) -> tuple[Slot, ...]:
    """From a step before the first possible hour to a step after the last, so that the edges are seen."""
    halves = [_slot(daytime, worktime, zone, here, now, day, minutes) for minutes in range(0, 24 * 60, 30)]
    for step in (1, 2, 4):
        found = halves[::step]
        possible = [i for i, slot in enumerate(found) if not slot.no]
        if not possible:
            continue
        shown = found[max(possible[0] - 1, 0) : possible[-1] + 2]
        if len(shown) <= MOST_SLOTS:
            return tuple(shown)
    return ()


def _slot(
    daytime: tuple[time, time], worktime: WorkTime | None, zone: str, here: str, now: datetime, day: date, minutes: int
) -> Slot:
    wall = time(minutes // 60, minutes % 60)
    at = at_local_hour(day, wall, zone)
    there = f"{wall:%H:%M}"
    return Slot(
        f"{day.isoformat()}T{there}",
        there,
        f"{at.astimezone(ZoneInfo(here)):%H:%M}",
        _no(daytime, worktime, zone, now, at),
    )


def _no(daytime: tuple[time, time], worktime: WorkTime | None, zone: str, now: datetime, at: datetime) -> str:
    if at < now + SOONEST:
        return _("over")
    if not in_hours(local(at, zone).time(), *daytime):
        return _("night there")
    if worktime is not None and not worktime.is_open(at):
        return _("outside our hours")
    return ""


def read_wall(text: str) -> datetime | None:
    """The wall time that a form gave; None for anything else."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return None
    return wall if wall.tzinfo is None else None


def moment_words(shop: ShopSettings, worktime: WorkTime | None, zone: str, say: Say, wall: datetime) -> tuple[str, str]:
    """'Wednesday, 25 November, 18:30 there, 11:30 here', and why it is no time for a call ('' if it is one)."""
    at = at_local_hour(wall.date(), wall.time(), zone)
    here = at.astimezone(ZoneInfo(say.zone))
    text = f"{_day_words(wall.date(), say.language)}, "
    if say.clock_there(zone):
        text += _("%(there)s there, %(here)s here") % {"there": f"{wall:%H:%M}", "here": f"{here:%H:%M}"}
    else:
        text += f"{wall:%H:%M}"
    return text, _no(shop.day, worktime, zone, say.now, at)


def _day_words(day: date, language: str) -> str:
    words = format_date(day, "EEEE, d MMMM", locale=language)
    return words[:1].upper() + words[1:]
