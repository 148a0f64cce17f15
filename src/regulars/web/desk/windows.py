"""When the goods may come: the shop's delivery windows on the next days, by the buyer's clock.

Owns which windows are offered and their words, and how a chosen one is read (`window_from`, `window_to`). What is chosen
stands as a line in the note until it is written into the order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from babel.dates import format_date
from django.utils.translation import gettext as _

from regulars.rules.localtime import at_local_hour, local_date
from regulars.web.say import Say

__all__ = ["Window", "chosen", "note_line", "offered", "spans"]

DAYS = 3
MOST = 6


@dataclass(frozen=True, slots=True)
class Window:
    """A window of one day; `value` as the form sends it, `note` the line that it puts into the note."""

    value: str
    text: str
    title: str
    note: str
    start: datetime
    end: datetime


def spans(about: Mapping[str, Any]) -> list[tuple[time, time]]:
    """The shop's windows, such as '14-18' or '14:00-18:30'; what is none is left out."""
    found = []
    for text in about.get("windows") or ():
        start, _dash, end = str(text).replace("–", "-").partition("-")
        a, b = _clock(start), _clock(end)
        if a is not None and b is not None and a < b:
            found.append((a, b))
    return found


def _clock(text: str) -> time | None:
    hour, _colon, minute = text.strip().partition(":")
    try:
        return time(int(hour), int(minute or 0))
    except ValueError:
        return None


def offered(about: Mapping[str, Any], zone: str, say: Say, first: date | None = None) -> list[Window]:
    """The windows of the next days, from tomorrow or from `first` on."""
    begin = max(first or date.min, local_date(say.now, zone) + timedelta(days=1))
    days = [begin + timedelta(days=n) for n in range(DAYS)]
    return [_window(day, a, b, zone, say) for day in days for a, b in spans(about)][:MOST]


def _window(day: date, a: time, b: time, zone: str, say: Say) -> Window:
    start, end = at_local_hour(day, a, zone), at_local_hour(day, b, zone)
    hours = f"{_short(a)}–{_short(b)}"
    weekday = format_date(day, "EEE", locale=say.language)
    title = f"{format_date(day, 'EEEE, d MMMM', locale=say.language)}, {hours}"
    value = f"{day.isoformat()}T{a:%H:%M}/{day.isoformat()}T{b:%H:%M}"
    return Window(value, f"{weekday} {hours}", title, note_line(title), start, end)


def _short(at: time) -> str:
    return f"{at.hour}:{at.minute:02}" if at.minute else str(at.hour)


def note_line(title: str) -> str:
    """The line in the note."""
    return _("Delivery: %(when)s") % {"when": title}


def chosen(text: str) -> dict[str, str]:
    """What the form sent, as two wall times at the buyer's; empty where none or nonsense was chosen."""
    start, _slash, end = text.partition("/")
    try:
        a, b = datetime.fromisoformat(start), datetime.fromisoformat(end)
    except ValueError:
        return {"window_from": "", "window_to": ""}
    if a.tzinfo is not None or b.tzinfo is not None or a >= b:
        return {"window_from": "", "window_to": ""}
    return {"window_from": a.isoformat(timespec="minutes"), "window_to": b.isoformat(timespec="minutes")}
