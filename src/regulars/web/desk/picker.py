"""When to call again: the next days and hours at the buyer's, and which of them are no time for a call.

Owns which hours are offered and the sentence that says a moment in both zones; must not decide what is allowed: an exact
time that the buyer asked for is his to choose.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
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
    out: list[Day] = []
    today = local_date(say.now, zone)
    for ahead in range(SEARCHED):
        day = today + timedelta(days=ahead)
        slots = _slots(shop, worktime, zone, say, day)
        if slots:
            weekday = format_date(day, "EEE", locale=say.language)
            out.append(Day(day.isoformat(), weekday, day.day, _day_words(day, say), slots))
        if len(out) == DAYS:
            break
    return out


def _slots(shop: ShopSettings, worktime: WorkTime | None, zone: str, say: Say, day: date) -> tuple[Slot, ...]:
    """From a step before the first possible hour to a step after the last, so that the edges are seen."""
    halves = [_slot(shop, worktime, zone, say, day, minutes) for minutes in range(0, 24 * 60, 30)]
    for step in (1, 2, 4):
        found = halves[::step]
        possible = [i for i, slot in enumerate(found) if not slot.no]
        if not possible:
            continue
        shown = found[max(possible[0] - 1, 0) : possible[-1] + 2]
        if len(shown) <= MOST_SLOTS:
            return tuple(shown)
    return ()


def _slot(shop: ShopSettings, worktime: WorkTime | None, zone: str, say: Say, day: date, minutes: int) -> Slot:
    wall = time(minutes // 60, minutes % 60)
    at = at_local_hour(day, wall, zone)
    here = at.astimezone(ZoneInfo(say.zone))
    return Slot(f"{day.isoformat()}T{wall:%H:%M}", f"{wall:%H:%M}", f"{here:%H:%M}", _no(shop, worktime, zone, say, at))


def _no(shop: ShopSettings, worktime: WorkTime | None, zone: str, say: Say, at: datetime) -> str:
    if at < say.now + SOONEST:
        return _("over")
    if not in_hours(local(at, zone).time(), *shop.day):
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
    text = f"{_day_words(wall.date(), say)}, "
    if say.clock_there(zone):
        text += _("%(there)s there, %(here)s here") % {"there": f"{wall:%H:%M}", "here": f"{here:%H:%M}"}
    else:
        text += f"{wall:%H:%M}"
    return text, _no(shop, worktime, zone, say, at)


def _day_words(day: date, say: Say) -> str:
    words = format_date(day, "EEEE, d MMMM", locale=say.language)
    return words[:1].upper() + words[1:]
