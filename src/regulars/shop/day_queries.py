"""Reads of a calendar's special days, of the calendar files they come from, and of what the library of holidays has new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from regulars.base.db import Cursor
from regulars.rules.special_days import HOLIDAYS, Special, What, layered
from regulars.rules.worktime import Spans, WorkTime, read_spans
from regulars.shop import public_holidays
from regulars.shop.public_holidays import Holiday

__all__ = [
    "DayRow",
    "FeedRow",
    "Holidays",
    "News",
    "by_layers",
    "feed_address",
    "feeds",
    "holidays_of",
    "in_force",
    "news",
    "special_days",
    "years_of",
]


@dataclass(frozen=True, slots=True)
class DayRow:
    """What one source says of a day. `switched_by`: who switched it on or off, if anybody did."""

    id: int
    day: date
    source: str
    feed_id: int | None
    title: dict[str, str]
    what: What
    spans: Spans
    is_on: bool
    switched_by: str | None

    @property
    def special(self) -> Special:
        """The day as it is laid over the week."""
        return Special(self.day, self.source, self.what, self.spans)


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A calendar file; `host` None for one that was put in by hand."""

    id: int
    calendar_key: str
    name: str
    host: str | None
    fetched_at: datetime | None
    tried_at: datetime | None
    problem: str
    left_out: int
    days: int


@dataclass(frozen=True, slots=True)
class Holidays:
    """Whose holidays a calendar keeps ('' nobody's), and of which years they were taken over."""

    place: str
    years: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class News:
    """What the library knows otherwise than the calendar, from today on; what somebody switched is no news."""

    added: Sequence[Holiday]
    gone: Sequence[DayRow]

    def __len__(self) -> int:
        return len(self.added) + len(self.gone)


def special_days(cur: Cursor, shop_id: int, key: str) -> list[DayRow]:
    """All of a calendar, by day."""
    rows = cur.execute(
        "select id, day, source, feed_id, title, what, spans, is_on, switched_by from shop_special_day"
        " where shop_id = %s and calendar_key = %s order by day, source, id",
        (shop_id, key),
    )
    return [DayRow(i, d, so, f, t, w, read_spans(sp), on, by) for i, d, so, f, t, w, sp, on, by in rows]


def feeds(cur: Cursor, shop_id: int, key: str) -> list[FeedRow]:
    """The calendar files of a calendar, the oldest first."""
    rows = cur.execute(
        "select f.id, f.calendar_key, f.name, case when f.url is not null then f.host end, f.fetched_at, f.tried_at,"
        " f.problem, f.left_out, (select count(*) from shop_special_day d where d.feed_id = f.id and d.shop_id = f.shop_id"
        " and d.calendar_key = f.calendar_key) from shop_calendar_feed f where f.shop_id = %s and f.calendar_key = %s"
        " order by f.id",
        (shop_id, key),
    )
    return [FeedRow(*r) for r in rows]


def feed_address(cur: Cursor, shop_id: int, key: str, feed_id: int) -> bytes | None:
    """The encrypted address of a calendar file of that calendar; None for one that has none."""
    row = cur.execute(
        "select url from shop_calendar_feed where shop_id = %s and calendar_key = %s and id = %s",
        (shop_id, key, feed_id),
    ).fetchone()
    return None if row is None or row[0] is None else bytes(row[0])


def holidays_of(cur: Cursor, shop_id: int, key: str) -> Holidays:
    """Whose holidays the calendar keeps."""
    row = cur.execute(
        "select holidays_of, holiday_years from shop_calendar where shop_id = %s and key = %s", (shop_id, key)
    ).fetchone()
    return Holidays("", ()) if row is None else Holidays(row[0], tuple(row[1]))


def in_force(cur: Cursor, shop_id: int, key: str) -> WorkTime:
    """The working time that the calendar's week and special days make.

    Raises LookupError when there is no such calendar.
    """
    row = cur.execute("select hours from shop_calendar where shop_id = %s and key = %s", (shop_id, key)).fetchone()
    if row is None:
        raise LookupError(f"there is no calendar {key!r}")
    week = WorkTime.from_json(row[0])
    return by_layers(week, special_days(cur, shop_id, key))


def by_layers(week: WorkTime, rows: Iterable[DayRow]) -> WorkTime:
    """The week of that working time with these days laid over it; what else it holds is not looked at."""
    return layered(week.zone, week.hours, [r.special for r in rows if r.is_on])


def years_of(today: date) -> tuple[int, int]:
    """The years of which holidays are kept: this one and the next."""
    return today.year, today.year + 1


def news(holidays: Holidays, rows: Iterable[DayRow], today: date) -> News:
    """What the library says of this year and the next, and the calendar doesn't."""
    if not holidays.place:
        return News((), ())
    known = {h.day: h for year in years_of(today) for h in public_holidays.days(holidays.place, year) if h.day >= today}
    kept = {r.day: r for r in rows if r.source == HOLIDAYS and r.day >= today}
    added = [
        h for day, h in known.items() if day not in kept or (kept[day].what != h.what and not kept[day].switched_by)
    ]
    gone = [r for day, r in kept.items() if day not in known and not r.switched_by]
    return News(sorted(added, key=lambda h: h.day), gone)
