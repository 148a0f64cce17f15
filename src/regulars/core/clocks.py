"""What begins by the clock: days and their anniversaries, and 'so long after the last such event'.

Owns the shape of such a trigger, which facts are days, what changes them, and the next moment that it means. It must
not know the time or look at anybody: the value, the zone and the moment to look onward from are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from regulars.rules.localtime import at_local_hour, is_zone, local, local_date, next_local_hour, utc, zone_info

DATE_REACHED = "date.reached"
TIME_PASSED = "time.passed"

DEFAULT_HOUR = time(10)
"""The buyer's hour at which a plain day is reached when the scheme names none."""

ONE_DAY = timedelta(days=1)
ONE_YEAR = timedelta(days=365)

FIELDS = "person.fields."
"""Facts of the shop's own under this may be days too."""

_PERSON = frozenset(
    {"lead.created", "person.changed", "person.merged", "person.unmerged", "person.erased", "order.placed"}
)
_ORDER = frozenset(
    {
        "order.placed", "order.changed", "order.processing", "order.ready", "order.shipped", "order.delivered",
        "order.paid", "order.part_paid", "order.cancelled", "order.set_aside", "order.restored",
        "person.changed", "person.merged", "person.unmerged", "person.erased",
    }
)  # fmt: skip
_WHO = frozenset({"person.merged", "person.unmerged", "person.erased"})

DATES: dict[str, bool] = {
    "person.birthday": True,
    "person.customer_since": False,
    "order.placed_at": False,
    "order.window.from": False,
    "order.window.to": False,
    "order.payment.paid_at": False,
    "order.delivery.shipped_at": False,
    "order.delivery.delivered_at": False,
    "order.cancelled_at": False,
}
"""The facts that are a day or a moment -> whether they come again each year unless the scheme says otherwise."""


@dataclass(frozen=True, slots=True)
class DateClock:
    """`shift` after (before, when negative) the day or moment of `fact`. Whole days are calendar days at the buyer's, `at`
    his hour; anything else is plain time. `yearly`: each year on that day; 29 February is the 28th in a short year."""

    fact: str
    shift: timedelta
    at: time | None
    yearly: bool

    @property
    def key(self) -> str:
        """What it is called within its scheme; equal clocks have the same."""
        return " ".join([self.fact, _span(self.shift), *_hour(self.at), "yearly" if self.yearly else "once"])

    @property
    def event(self) -> str:
        """The kind of event that tells of it."""
        return DATE_REACHED

    @property
    def about(self) -> str:
        """'order' or 'person': whose day it is."""
        return "order" if self.fact.startswith("order.") else "person"

    @property
    def needs(self) -> frozenset[str]:
        """The facts that it is reckoned from."""
        return frozenset({self.fact, "person.time_zone"})

    @property
    def moved_by(self) -> frozenset[str]:
        """The kinds of events that may change it."""
        if self.about == "order":
            return _ORDER
        return _PERSON | {"person.became_customer"} if self.fact == "person.customer_since" else _PERSON


@dataclass(frozen=True, slots=True)
class SinceClock:
    """So long after the last event of a kind, with none of its kind since; `at`: the first such hour at the buyer's."""

    kind: str
    span: timedelta
    at: time | None

    @property
    def key(self) -> str:
        """What it is called within its scheme; equal clocks have the same."""
        return " ".join(["since", self.kind, _span(self.span), *_hour(self.at)])

    @property
    def event(self) -> str:
        """The kind of event that tells of it."""
        return TIME_PASSED

    @property
    def about(self) -> str:
        """It is about a person, always."""
        return "person"

    @property
    def needs(self) -> frozenset[str]:
        """The facts that it is reckoned from, besides the log."""
        return frozenset({"person.time_zone"})

    @property
    def moved_by(self) -> frozenset[str]:
        """The kinds of events that may change it."""
        return _WHO | {self.kind}


Clock = DateClock | SinceClock


@dataclass(frozen=True, slots=True)
class Reach:
    """A moment that a clock means; `day` is the day that it is about, at the buyer's."""

    at: datetime
    day: date


def next_reach(clock: Clock, value: object, zone: str, after: datetime, year: int | None = None) -> Reach | None:
    """The first moment later than `after` that the clock means, or None.

    `value`: the day or moment of the fact (or of the last event), as a date, a datetime or their ISO text. `year`: the
    last year that was reached: a yearly clock goes on with a later one.
    """
    found = _read(value, zone)
    if found is None:
        return None
    day, moment = found
    if isinstance(clock, SinceClock):
        assert moment is not None
        at = _shifted(moment, day, clock.span, None, zone)
        at = at if clock.at is None else next_local_hour(at, clock.at, zone)
        return Reach(at, local_date(at, zone)) if at > after else None
    if not clock.yearly:
        at = _shifted(moment, day, clock.shift, clock.at, zone)
        return Reach(at, day) if at > after else None
    # A moment is no anniversary of itself; a day that is still to come may be the first.
    first = day.year + (moment is not None)
    here = local_date(after, zone).year
    for number in range(max(first, here - 1, (year or 0) + 1), max(first, here) + 3):
        then = _in_year(day, number)
        same = None if moment is None else at_local_hour(then, local(moment, zone).time(), zone)
        at = _shifted(same, then, clock.shift, clock.at, zone)
        if at > after:
            return Reach(at, then)
    return None


def _shifted(moment: datetime | None, day: date, shift: timedelta, at: time | None, zone: str) -> datetime:
    """The moment (or the day's hour) so much later: calendar days keep the hour, other spans are plain time."""
    hour = at or (DEFAULT_HOUR if moment is None else local(moment, zone).time())
    if not shift % ONE_DAY:
        return at_local_hour(day + shift, hour, zone)
    return (moment or at_local_hour(day, hour, zone)) + shift


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _read(value: object, zone: str) -> tuple[date, datetime | None] | None:
    """The day at the buyer's, and the moment in UTC when it is one."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        there = value if value.tzinfo else value.replace(tzinfo=zone_info(zone))
        return local_date(there, zone), utc(there)
    return (value, None) if isinstance(value, date) else None


def zone_of(known: object, shop_zone: str) -> str:
    """The buyer's zone, or the shop's where his isn't known (or isn't one)."""
    return known if isinstance(known, str) and is_zone(known) else shop_zone


def _span(shift: timedelta) -> str:
    sign = "-" if shift < timedelta(0) else "+"
    seconds = int(abs(shift).total_seconds())
    return f"{sign}{seconds // 86400}d" if not seconds % 86400 else f"{sign}{seconds}s"


def _hour(at: time | None) -> list[str]:
    return [] if at is None else [f"{at:%H:%M}"]
