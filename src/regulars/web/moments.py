"""How a page says times, amounts and deadlines: in the shop's zone, the reader's language, relative to business time.

Owns the words of 'how long'; dates, hours, money and phones are said by the same filters as in letters.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.outbox import filters
from regulars.outbox.filters import Context

__all__ = ["Clock", "Teller"]

NBSP = "\u00a0"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline in words: `state` is 'good', 'soon' or 'late'."""

    state: str
    text: str
    at: str


@dataclass(frozen=True, slots=True)
class Teller:
    """Says things to one reader. `zone` is the shop's."""

    language: str
    zone: str
    now: datetime
    currency: str

    def _context(self, zone: str | None = None) -> Context:
        return Context(self.language, zone or self.zone, self.zone, self.now, self.currency)

    def moment(self, at: datetime | None, zone: str | None = None) -> str:
        """'14:46', 'on Friday, 27 November, 14:46'; '' for none."""
        return "" if at is None else str(filters.time(at, self._context(zone)))

    def hour(self, at: datetime, zone: str | None = None) -> str:
        """'14:46' alone, in that zone."""
        return f"{filters._local(at, 'time', self._context(zone)):%H:%M}"

    def day(self, at: datetime, zone: str | None = None) -> str:
        """'27 November'."""
        return str(filters.day(at, self._context(zone)))

    def money(self, minor: int | None, currency: str) -> str:
        """'4,990 ₽' of minor units; '' for none."""
        return "" if minor is None else filters.money((minor, currency), self._context())

    def amount(self, value: Any, currency: str) -> str:
        """The same of a decimal amount, such as a unit price."""
        context = Context(self.language, self.zone, self.zone, self.now, currency)
        return filters.money(value, context)

    def number(self, value: Any) -> str:
        """'1,250'."""
        return filters.number(value, self._context())

    def phone(self, value: str) -> str:
        """'+7 914 123-45-67'."""
        return filters.phone(value, self._context())

    def long(self, span: timedelta) -> str:
        """How long, in one unit or two: '6 min', '2 h 10 min', '3 days'."""
        span = abs(span)
        if span < HOUR:
            return f"{span // MINUTE}{NBSP}{_('min')}"
        if span < DAY:
            hours, minutes = span // HOUR, span % HOUR // MINUTE
            text = f"{hours}{NBSP}{_('h')}"
            return f"{text} {minutes}{NBSP}{_('min')}" if minutes and hours < 6 else text
        days = span // DAY
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": f"{days}"}

    def clock(self, due: datetime | None, target: datetime | None = None) -> Clock | None:
        """What is left until the target, then until the limit; None without a limit."""
        if due is None:
            return None
        left = due - self.now
        if left < timedelta(0):
            return Clock("late", _("late by %(time)s") % {"time": self.long(left)}, self.moment(due))
        if target is not None and self.now <= target:
            text = _("%(time)s to the target") % {"time": self.long(target - self.now)}
            return Clock("good", text, self.moment(target))
        text = _("%(time)s to the limit") % {"time": self.long(left)}
        return Clock("soon" if target is not None or left < HOUR else "good", text, self.moment(due))
