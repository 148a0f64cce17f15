"""Writes of a calendar's special days: holidays taken over, calendar files read, days by hand, each switched off and on.

Writes rows only: what hours come of them is put in force by `actions.set_hours`, after it was shown what that moves. No
day that is past is touched, and none that somebody switched is changed by a refresh.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from regulars.base import audit, db
from regulars.base.actor import SYSTEM, Actor
from regulars.base.db import Cursor
from regulars.rules.special_days import FEED, HAND, HOLIDAYS, OFF, OPEN, What
from regulars.rules.worktime import Spans, WorkTime, write_spans
from regulars.shop import day_queries, public_holidays

__all__ = [
    "add_feed", "choose_holidays", "copy_days", "feed_failed", "keep_by_hand", "put_by_hand", "refresh_feed", "remove",
    "remove_feed", "switch", "take_news", "take_year",
]  # fmt: skip

DayPut = tuple[date, Mapping[str, str], What, Spans]
"""Day, title by language, what it is, in which hours."""

_PUT = """
insert into shop_special_day as d (shop_id, calendar_key, day, source, feed_id, title, what, spans)
select %s, %s, day, %s, %s, t::jsonb, w, s::jsonb from unnest(%s::date[], %s::text[], %s::text[], %s::text[])
  as x(day, t, w, s)
on conflict (shop_id, calendar_key, day, source, feed_id)
  do update set title = excluded.title, what = excluded.what, spans = excluded.spans where d.switched_by is null
"""


def choose_holidays(cur: Cursor, shop_id: int, key: str, place: str, actor: Actor, today: date) -> None:
    """Keep the holidays of that country or region ('' none) of this year and the next, from today on."""
    years = list(day_queries.years_of(today)) if place else []
    row = cur.execute(
        "update shop_calendar set holidays_of = %s, holiday_years = %s where shop_id = %s and key = %s returning id",
        (place, years, shop_id, key),
    ).fetchone()
    assert row is not None, "the caller has read this calendar"
    cur.execute(
        "delete from shop_special_day where shop_id = %s and calendar_key = %s and source = 'holidays' and day >= %s",
        (shop_id, key, today),
    )
    found = [h for year in years for h in public_holidays.days(place, year) if h.day >= today]
    _put(cur, shop_id, key, HOLIDAYS, None, [(h.day, h.title, h.what, ()) for h in found])
    audit.write(cur, shop_id, actor, "calendar.holidays_chosen", "calendar", row[0], place=place, days=len(found))


def take_news(cur: Cursor, shop_id: int, key: str, actor: Actor, today: date) -> int:
    """Take over what the library knows otherwise; how many days."""
    chosen = day_queries.holidays_of(cur, shop_id, key)
    news = day_queries.news(chosen, day_queries.special_days(cur, shop_id, key), today)
    cur.execute(
        "delete from shop_special_day where shop_id = %s and id = any(%s)", (shop_id, [r.id for r in news.gone])
    )
    _put(cur, shop_id, key, HOLIDAYS, None, [(h.day, h.title, h.what, ()) for h in news.added])
    cur.execute(
        "update shop_calendar set holiday_years = %s where shop_id = %s and key = %s",
        (sorted({*chosen.years, *day_queries.years_of(today)}), shop_id, key),
    )
    audit.write(cur, shop_id, actor, "calendar.holidays_taken", "calendar", None, key=key, days=len(news))
    return len(news)


def take_year(cur: Cursor, shop_id: int, key: str, today: date) -> None:
    """Take over the holidays of a year that the calendar knows nothing of; those of known years stay as they are."""
    chosen = day_queries.holidays_of(cur, shop_id, key)
    new = [year for year in day_queries.years_of(today) if year not in chosen.years]
    found = [h for year in new for h in public_holidays.days(chosen.place, year) if h.day >= today]
    _put(cur, shop_id, key, HOLIDAYS, None, [(h.day, h.title, h.what, ()) for h in found])
    cur.execute(
        "update shop_calendar set holiday_years = %s where shop_id = %s and key = %s",
        (sorted({*chosen.years, *new}), shop_id, key),
    )
    audit.write(cur, shop_id, SYSTEM, "calendar.year_taken", "calendar", None, key=key, years=new, days=len(found))


def switch(cur: Cursor, shop_id: int, key: str, day_id: int, is_on: bool, actor: Actor, today: date) -> bool:
    """Let a day count or not; False when there is none such ahead."""
    cur.execute(
        "update shop_special_day set is_on = %s, switched_by = %s"
        " where shop_id = %s and calendar_key = %s and id = %s and day >= %s",
        (is_on, str(actor), shop_id, key, day_id, today),
    )
    if cur.rowcount:
        audit.write(cur, shop_id, actor, "calendar.day_switched", "special_day", day_id, is_on=is_on)
    return bool(cur.rowcount)


def put_by_hand(
    cur: Cursor, shop_id: int, key: str, day: date, what: What, spans: Spans, title: Mapping[str, str], actor: Actor
) -> None:
    """Make a day special by hand, or change what it is; it counts from then on."""
    _put(cur, shop_id, key, HAND, None, [(day, title, what, spans)])
    cur.execute(
        "update shop_special_day set is_on = true, title = %s::jsonb, what = %s, spans = %s::jsonb, switched_by = null"
        " where shop_id = %s and calendar_key = %s and day = %s and source = 'hand'",
        (db.dumps(dict(title)), what, db.dumps(write_spans(spans)), shop_id, key, day),
    )
    audit.write(cur, shop_id, actor, "calendar.day_put", "calendar", None, key=key, day=day.isoformat(), what=what)


def remove(cur: Cursor, shop_id: int, key: str, day: date, actor: Actor) -> bool:
    """Take a day by hand out again; False when there is none."""
    cur.execute(
        "delete from shop_special_day where shop_id = %s and calendar_key = %s and day = %s and source = 'hand'",
        (shop_id, key, day),
    )
    if cur.rowcount:
        audit.write(cur, shop_id, actor, "calendar.day_removed", "calendar", None, key=key, day=day.isoformat())
    return bool(cur.rowcount)


def add_feed(cur: Cursor, shop_id: int, key: str, name: str, url: bytes | None, host: str, actor: Actor) -> int:
    """A calendar file of that calendar, without days as yet; `url`: encrypted, None for a file put in by hand."""
    row = cur.execute(
        "insert into shop_calendar_feed (shop_id, calendar_key, name, url, host) values (%s, %s, %s, %s, %s) returning id",
        (shop_id, key, name, url, host),
    ).fetchone()
    assert row is not None
    audit.write(cur, shop_id, actor, "calendar.feed_added", "calendar_feed", row[0], key=key, host=host)
    return int(row[0])


def refresh_feed(
    cur: Cursor, shop_id: int, feed_id: int, found: Mapping[date, str], left_out: int, today: date
) -> str | None:
    """The days that the file has now, from today on; the calendar's key, None when the feed was removed meanwhile."""
    row = cur.execute(
        "update shop_calendar_feed set fetched_at = machine_now(), tried_at = machine_now(), problem = '', left_out = %s"
        " where shop_id = %s and id = %s returning calendar_key",
        (left_out, shop_id, feed_id),
    ).fetchone()
    if row is None:
        return None
    ahead = {day: title for day, title in found.items() if day >= today}
    cur.execute(
        "delete from shop_special_day where shop_id = %s and calendar_key = %s and feed_id = %s and day >= %s"
        " and not day = any(%s)",
        (shop_id, row[0], feed_id, today, list(ahead)),
    )
    _put(cur, shop_id, row[0], FEED, feed_id, [(day, {"": title}, OFF, ()) for day, title in sorted(ahead.items())])
    return str(row[0])


def feed_failed(cur: Cursor, shop_id: int, feed_id: int, problem: str) -> None:
    """It could not be read: its days stay as they are."""
    cur.execute(
        "update shop_calendar_feed set tried_at = machine_now(), problem = %s where shop_id = %s and id = %s",
        (problem, shop_id, feed_id),
    )


def remove_feed(cur: Cursor, shop_id: int, key: str, feed_id: int, actor: Actor, today: date) -> bool:
    """A calendar file counts no longer; days that are past stay as they were."""
    cur.execute(
        "delete from shop_calendar_feed where shop_id = %s and calendar_key = %s and id = %s", (shop_id, key, feed_id)
    )
    if not cur.rowcount:
        return False
    cur.execute(
        "delete from shop_special_day where shop_id = %s and feed_id = %s and day >= %s", (shop_id, feed_id, today)
    )
    audit.write(cur, shop_id, actor, "calendar.feed_removed", "calendar_feed", feed_id, key=key)
    return True


def copy_days(cur: Cursor, shop_id: int, source: str, target: str) -> None:
    """Give a new calendar the days of another: holidays with their country, the rest as days by hand."""
    cur.execute(
        "update shop_calendar n set holidays_of = o.holidays_of, holiday_years = o.holiday_years from shop_calendar o"
        " where n.shop_id = %(shop)s and n.key = %(new)s and o.shop_id = n.shop_id and o.key = %(old)s",
        {"shop": shop_id, "new": target, "old": source},
    )
    cur.execute(
        "insert into shop_special_day (shop_id, calendar_key, day, source, title, what, spans, is_on, switched_by)"
        " select distinct on (day, case source when 'holidays' then source else 'hand' end) shop_id, %(new)s, day,"
        " case source when 'holidays' then source else 'hand' end, title, what, spans, is_on, switched_by"
        " from shop_special_day where shop_id = %(shop)s and calendar_key = %(old)s"
        " order by day, case source when 'holidays' then source else 'hand' end, source desc on conflict do nothing",
        {"shop": shop_id, "new": target, "old": source},
    )


def keep_by_hand(cur: Cursor, shop_id: int, key: str, wanted: WorkTime) -> None:
    """Days by hand such that the layers make just these hours: for whoever sets the hours whole."""
    rows = day_queries.special_days(cur, shop_id, key)
    if _special(day_queries.by_layers(wanted, rows)) == _special(wanted):
        return
    others = _special(day_queries.by_layers(wanted, [r for r in rows if r.source != HAND]))
    asked = _special(wanted)
    needed: list[DayPut] = []
    for day in {*others, *asked}:
        spans = asked.get(day, wanted.hours.get(day.weekday(), ()))
        if others.get(day) != asked.get(day):
            needed.append((day, {}, OPEN if spans else OFF, spans))
    cur.execute(
        "delete from shop_special_day where shop_id = %s and calendar_key = %s and source = 'hand'", (shop_id, key)
    )
    _put(cur, shop_id, key, HAND, None, needed)


def _special(hours: WorkTime) -> dict[date, Spans]:
    return {**dict.fromkeys(hours.days_off, ()), **{day: tuple(spans) for day, spans in hours.extra.items()}}


def _put(cur: Cursor, shop_id: int, key: str, source: str, feed_id: int | None, rows: Sequence[DayPut]) -> None:
    cur.execute(
        _PUT,
        (
            shop_id, key, source, feed_id, [d for d, *_ in rows], [db.dumps(dict(t)) for _, t, _, _ in rows],
            [w for _, _, w, _ in rows], [db.dumps(write_spans(s)) for _, _, _, s in rows],
        ),
    )  # fmt: skip
