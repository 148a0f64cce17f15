"""How the screens say moments, money, telephones and deadlines: in the reader's language, by the shop's clock.

Owns deadlines in words and what is masked; the rest is outbox/filters.py's, so that screens and letters agree.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.outbox import filters
from regulars.outbox.filters import Context
from regulars.rules.localtime import is_zone
from regulars.rules.masks import mask_email, mask_phone

__all__ = ["NOTHING", "Deadline", "Say", "mask_email", "mask_phone", "span"]

NOTHING = "—"
SOON = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline in words; `tone`: 'late', 'soon', 'ok', or '' when there is none."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Say:
    """One reader's words at one moment. `now` is business time; `hides_sums`: his role doesn't see sums of orders."""

    language: str
    zone: str
    currency: str
    now: datetime
    hides_sums: bool = False

    def _context(self, zone: str | None = None) -> Context:
        zone = zone if zone and is_zone(zone) else self.zone
        return Context(self.language, zone, self.zone, self.now, self.currency)

    def when(self, at: datetime | str | None) -> str:
        """`14:46`, or with its day when that isn't today; by the shop's clock."""
        if not at:
            return NOTHING
        return filters.time(at, self._context())

    def here(self, at: datetime) -> datetime:
        """The moment as the shop's clock shows it."""
        return at.astimezone(ZoneInfo(self.zone))

    def there(self, at: datetime, zone: str | None) -> str:
        """The moment by the buyer's clock."""
        return filters.time(at, self._context(zone))

    def clock_there(self, zone: str | None) -> str:
        """What a clock at the buyer's shows now; '' when it is the shop's time or the zone isn't known."""
        if not zone or not is_zone(zone):
            return ""
        theirs, ours = self.now.astimezone(ZoneInfo(zone)), self.now.astimezone(ZoneInfo(self.zone))
        return "" if theirs.utcoffset() == ours.utcoffset() else f"{theirs:%H:%M}"

    def day(self, at: date | datetime | None) -> str:
        """`27 November`, `27 ноября`; of a moment the day that it is by the shop's clock."""
        return NOTHING if at is None else filters.day(at, self._context())

    def money(self, minor: int | None, currency: str) -> str:
        """`₽4,990`, `4 990 ₽`."""
        return (
            NOTHING
            if minor is None or self.hides_sums
            else filters.money({"minor": minor, "currency": currency}, self._context())
        )

    def price(self, amount: object, currency: str) -> str:
        """A unit price."""
        return filters.money(amount, Context(self.language, self.zone, self.zone, self.now, currency))

    def exact(self, amount: str, currency: str) -> str:
        """Money that is counted in smaller units than the currency's: with all the places that it has."""
        return filters.exact_money(Decimal(amount), Context(self.language, self.zone, self.zone, self.now, currency))

    def number(self, value: object) -> str:
        """`1,250`, `1 250`."""
        return filters.number(value, self._context())

    def share(self, percent: float) -> str:
        """`16%`, `16 %`, whose sign stays with it."""
        return _("%(share)s%%") % {"share": self.number(percent)}

    def phone(self, value: str) -> str:
        """`+7 914 123-45-67`, unbroken."""
        return filters.phone(value, self._context())

    def deadline(self, due: datetime | None) -> Deadline:
        """`in 6 min`, `4 min late`, or the moment when it is more than an hour away."""
        if due is None:
            return Deadline("", "")
        left = due - self.now
        if left < timedelta(0):
            return Deadline(_("%(span)s late") % {"span": span(-left)}, "late")
        if left > timedelta(hours=1):
            return Deadline(self.when(due), "ok")
        tone = "soon" if left <= SOON else "ok"
        return Deadline(_("in %(span)s") % {"span": span(left)}, tone)


def span(length: timedelta) -> str:
    """`6 min`, `2 h`, `3 days`: the largest unit alone."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return _("%(n)d min") % {"n": max(minutes, 1)}
    if minutes < 48 * 60:
        return _("%(n)d h") % {"n": minutes // 60}
    days = minutes // (24 * 60)
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
