"""Calendars are kept up without anybody looking: files fetched anew, a new year's holidays taken over. Writes.

What comes of it moves open clocks as any change of hours does. News of a year that is known already waits for the owner.
"""

from datetime import timedelta

from regulars.base import clock, db
from regulars.base.actor import SYSTEM
from regulars.base.db import Cursor
from regulars.journeys.actions import hours_changed
from regulars.rules.localtime import local_date
from regulars.shop import actions as shops
from regulars.shop import calendar_fetch, day_queries, days
from regulars.shop import queries as shop_queries
from regulars.shop.calendar_fetch import FetchError

__all__ = ["FETCH_EVERY", "fetch_due", "put_in_force", "take_new_years"]

FETCH_EVERY = timedelta(hours=6)


def fetch_due() -> int:
    """Fetch the calendar files whose time has come; how many. One that can't be read keeps its days, and says why."""
    done = 0
    while (due := _claim()) is not None:
        feed_id, shop_id, key, stored = due
        with db.transact() as cur:
            state = clock.read(cur)
            today = local_date(state.business(), day_queries.in_force(cur, shop_id, key).zone)
        try:
            found = calendar_fetch.fetch_stored(stored, today, playground=state.playground)
        except FetchError as error:
            with db.transact() as cur:
                days.feed_failed(cur, shop_id, feed_id, error.code)
        else:
            with db.transact() as cur:
                days.refresh_feed(cur, shop_id, feed_id, found.days, found.left_out, today)
                put_in_force(cur, shop_id, key)
        done += 1
    return done


def take_new_years() -> int:
    """Take over the holidays of a year that a calendar knows nothing of yet, a year ahead; how many calendars."""
    with db.transact() as cur:
        now = clock.now_from(cur)
        found = cur.execute("select shop_id, key from shop_calendar where holidays_of <> '' order by id").fetchall()
    done = 0
    for shop_id, key in found:
        with db.transact() as cur:
            today = local_date(now, day_queries.in_force(cur, shop_id, key).zone)
            if set(day_queries.years_of(today)) <= set(day_queries.holidays_of(cur, shop_id, key).years):
                continue
            days.take_year(cur, shop_id, key, today)
            put_in_force(cur, shop_id, key)
        done += 1
    return done


def put_in_force(cur: Cursor, shop_id: int, key: str) -> None:
    """Let a calendar's days count, and move what they move."""
    after = day_queries.in_force(cur, shop_id, key).to_json()
    row = cur.execute("select hours from shop_calendar where shop_id = %s and key = %s", (shop_id, key)).fetchone()
    if row is None or row[0] == after:
        return
    shop_queries.forget()
    before = dict(shop_queries.worktimes(cur, shop_id))
    shops.set_hours(cur, shop_id, key, after, SYSTEM)
    hours_changed(cur, shop_id, before, SYSTEM, clock.now_from(cur))


def _claim() -> tuple[int, int, str, bytes] | None:
    """The next file to be fetched, marked as tried so that no other process fetches it."""
    with db.transact() as cur:
        row = cur.execute(
            "update shop_calendar_feed set tried_at = machine_now() where id = (select id from shop_calendar_feed"
            " where url is not null and (tried_at is null or tried_at < machine_now() - %s)"
            " order by tried_at nulls first limit 1 for update skip locked)"
            " returning id, shop_id, calendar_key, url",
            (FETCH_EVERY,),
        ).fetchone()
    return None if row is None else (row[0], row[1], row[2], bytes(row[3]))
