"""The special days of a calendar as one list: where each comes from, what it does to the hours, and what the library knows.

Owns the words; reads only.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base.db import Cursor
from regulars.rules.special_days import FEED, HAND, HOLIDAYS, USUAL, deciding, effect
from regulars.rules.worktime import WEEKDAYS, WorkTime
from regulars.shop import day_queries, public_holidays
from regulars.shop.day_queries import DayRow, FeedRow, Holidays
from regulars.shop.public_holidays import Holiday
from regulars.web.access import Seat
from regulars.web.say import Say
from regulars.web.settings import choices, week
from regulars.web.settings.form import Choice
from regulars.web.words import in_language

__all__ = ["PROBLEMS", "context", "place_name"]

SOURCES: Mapping[str, Any] = {
    HOLIDAYS: gettext_lazy("holidays"),
    FEED: gettext_lazy("calendar file"),
    HAND: gettext_lazy("by hand"),
}
_DECIDES = {
    FEED: gettext_lazy("a calendar file decides this day"),
    HAND: gettext_lazy("a day by hand decides"),
    HOLIDAYS: gettext_lazy("a holiday decides"),
}
PROBLEMS: Mapping[str, Any] = {
    "forbidden": gettext_lazy(
        "An address on the internet is needed, beginning with https://, without a password in it."
    ),
    "unreachable": gettext_lazy("Nothing answers at this address."),
    "unreadable": gettext_lazy("The stored address can’t be read any more. Remove the calendar and add it anew."),
    "not_a_calendar": gettext_lazy("That is no calendar file (.ics)."),
    "too_large": gettext_lazy("The file is larger than 2 MB."),
    "too_many": gettext_lazy("The file holds too many entries."),
}


def problem_words(code: str) -> str:
    """Why a calendar file could not be read; '' for no reason."""
    if code.startswith("http_"):
        return _("The other side answered with %(status)s.") % {"status": code.removeprefix("http_")}
    return str(PROBLEMS.get(code, code))


def context(
    cur: Cursor, seat: Seat, say: Say, key: str, worktime: WorkTime, today: date, request: HttpRequest
) -> dict[str, Any]:
    """For the page: the list with its filters, the choice of holidays, the files, the news."""
    shop_id = seat.shop.id
    rows = day_queries.special_days(cur, shop_id, key)
    feeds = day_queries.feeds(cur, shop_id, key)
    chosen = day_queries.holidays_of(cur, shop_id, key)
    source = request.GET.get("source", "")
    year = request.GET.get("year", "")
    shown = [r for r in rows if (str(r.day.year) == year if year else r.day >= today) and source in ("", r.source)]
    counting = deciding(r.special for r in rows if r.is_on)
    feed_names = {f.id: f.name for f in feeds}
    return {
        "special": [_row(r, worktime, counting, say, today, feed_names) for r in shown],
        "has_special": bool(rows),
        "sources": [(k, str(v), k == source) for k, v in SOURCES.items() if any(r.source == k for r in rows)],
        "source": source,
        "year": year,
        "years": [(y, str(y) == year) for y in sorted({r.day.year for r in rows} | set(day_queries.years_of(today)))],
        "feeds": [_feed(f, say) for f in feeds],
        **_holidays(seat, chosen, rows, say, today),
    }


def _row(
    row: DayRow, worktime: WorkTime, counting: Mapping[date, Any], say: Say, today: date, feeds: Mapping[int, str]
) -> dict[str, Any]:
    title = in_language(row.title, say.language)
    if not title and row.what == USUAL:
        title = _("Working day in place of another")
    return {
        "id": row.id,
        "day": row.day,
        "name": say.day(row.day),
        "weekday": str(week.DAY_NAMES[WEEKDAYS[row.day.weekday()]]),
        "title": title,
        "source": feeds.get(row.feed_id or 0) or str(SOURCES[row.source]),
        "is_by_hand": row.source == HAND,
        "is_on": row.is_on,
        "is_past": row.day < today,
        "effect": _effect(row, worktime, counting),
    }


def _effect(row: DayRow, worktime: WorkTime, counting: Mapping[date, Any]) -> str:
    if not row.is_on:
        return _("switched off")
    decides = counting[row.day]
    if decides.source != row.source:
        return str(_DECIDES[decides.source])
    spans = effect(row.special, worktime.hours)
    if spans is None:
        return _("worked as every week")
    return week.spans_text(spans) if spans else _("day off")


def _feed(feed: FeedRow, say: Say) -> dict[str, Any]:
    return {
        "id": feed.id,
        "name": feed.name,
        "host": feed.host or "",
        "is_file": feed.host is None,
        "fetched": say.when(feed.fetched_at) if feed.fetched_at else "",
        "tried": say.when(feed.tried_at) if feed.tried_at else "",
        "problem": problem_words(feed.problem) if feed.problem else "",
        "days": feed.days,
        "left_out": feed.left_out,
    }


def _holidays(seat: Seat, chosen: Holidays, rows: Iterable[DayRow], say: Say, today: date) -> dict[str, Any]:
    country, _dash, region = chosen.place.partition("-")
    news = day_queries.news(chosen, rows, today)
    last = public_holidays.known_to(chosen.place) if chosen.place else None
    unknown = [str(year) for year in day_queries.years_of(today) if last is not None and year > last]
    known = public_holidays.countries()
    regions = public_holidays.regions(country)
    return {
        "holidays_place": place_name(chosen.place, say.language) if chosen.place else "",
        "countries": [c for c in choices.countries(country or seat.shop.country, say.language) if c.value in known],
        "country": country,
        "regions": [Choice(code, name, code == region) for code, name in regions.items()],
        "region": region,
        "unknown_years": ", ".join(unknown),
        "news": [_told(h, say) for h in news.added] + [_told(r, say, is_gone=True) for r in news.gone],
        "news_count": len(news),
    }


def place_name(place: str, language: str) -> str:
    """`Russia`; `United Kingdom, Scotland`."""
    country, _dash, region = place.partition("-")
    name = choices.country_name(country, language)
    return f"{name}, {public_holidays.regions(country).get(region, region)}" if region else name


def _told(day: Holiday | DayRow, say: Say, *, is_gone: bool = False) -> str:
    title = in_language(day.title, say.language) or _("Working day in place of another")
    words = f"{say.day(day.day)}: {title}"
    return _("%(day)s (no longer)") % {"day": words} if is_gone else words
