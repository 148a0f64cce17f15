"""How long, in words: durations as a scheme writes them.

Owns these words alone; what waits so long is `steps`'s and `starting`'s.
"""

from collections.abc import Callable
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.core.delays import Delay, Elapsed, LocalHour, NextMorning, Working, WorkingDays
from regulars.outbox.filters import NBSP

__all__ = ["days", "delay", "elapsed"]


def delay(value: Delay) -> str:
    """`2 h`, `15 working min`, `3 working days`, `the next morning`, `11:00 at the buyer’s`."""
    match value:
        case Elapsed(length):
            return _span(length, _ELAPSED)
        case Working(length):
            return _span(length, _WORKING)
        case WorkingDays(days):
            return ngettext("%(n)d working day", "%(n)d working days", days) % {"n": days}
        case NextMorning():
            return _("the next morning")
        case LocalHour(at):
            return _("%(hour)s at the buyer’s") % {"hour": f"{at:%H:%M}"}


def days(n: int) -> str:
    """`3 days`."""
    return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}


_ELAPSED = (
    (86400, days),
    (3600, lambda n: _("%(n)d h") % {"n": n}),
    (60, lambda n: _("%(n)d min") % {"n": n}),
    (1, lambda n: _("%(n)d s") % {"n": n}),
)
_WORKING = (
    (3600, lambda n: _("%(n)d working h") % {"n": n}),
    (60, lambda n: _("%(n)d working min") % {"n": n}),
    (1, lambda n: _("%(n)d s") % {"n": n}),
)


def _span(length: timedelta, units: tuple[tuple[int, Callable[[int], str]], ...]) -> str:
    rest = int(length.total_seconds())
    parts = []
    for seconds, say in units:
        n, rest = divmod(rest, seconds)
        if n:
            parts.append(say(n).replace(" ", NBSP))
    return " ".join(parts) or _("at once")


def elapsed(length: timedelta) -> str:
    """`2 h`, `7 days`: plain time."""
    return _span(length, _ELAPSED)
