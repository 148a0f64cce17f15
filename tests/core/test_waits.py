"""Due times: durations as people write them, working time, the buyer's hours across changes of the clock."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.core.delays import (
    DelayError,
    Elapsed,
    LocalHour,
    NextMorning,
    Working,
    WorkingDays,
    parse_delay,
    parse_span,
)
from regulars.core.scheme import Trigger, WaitAfter
from regulars.core.waits import after_delay, asked_deadline, buyer_zone, callable_from, days_after
from tests.core.conftest import week
from tests.examples import examples

ZONE = "Asia/Vladivostok"
FACTS = {
    "person": {"time_zone": ZONE},
    "shop": {"time_zone": ZONE, "satisfaction_days": 14},
    "worktime": {"shop": week(), "split": week(spans=((time(9), time(13)), (time(14), time(18))))},
}


def there(text: str, zone: str = ZONE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("15m", Elapsed(timedelta(minutes=15))),
        ("90s", Elapsed(timedelta(seconds=90))),
        ("1h 30m", Elapsed(timedelta(minutes=90))),
        ("1h30m", Elapsed(timedelta(minutes=90))),
        ("2w", Elapsed(timedelta(days=14))),
        ("15m working", Working(timedelta(minutes=15))),
        ("1d working", WorkingDays(1)),
        ("1w working", WorkingDays(7)),
        ("next morning", NextMorning()),
        ("11:00 local", LocalHour(time(11))),
        ("9:30  local", LocalHour(time(9, 30))),
    ],
)
def test_durations_are_written_as_people_write_them(text, delay):
    assert parse_delay(text) == delay


@pytest.mark.parametrize(
    "text",
    ["", "15", "m", "15 minutes", "1.5h", "-1h", "1h working hard", "24:00 local", "11:60 local", "11:00", "next day",
     "1d 2h working", "9999999999999h", "100w 100w 100w 100w 100w 100w", "１h"],
)  # fmt: skip
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(DelayError):
        parse_delay(text)


@given(st.text(max_size=20))
def test_any_text_is_a_duration_or_refused(text):
    with suppress(DelayError):
        assert parse_span(text) >= timedelta(0)


@pytest.mark.parametrize(
    ("text", "start", "end", "team"),
    [
        ("2h", "2026-03-06 17:30", "2026-03-06 19:30", "shop"),
        ("15m working", "2026-03-06 17:50", "2026-03-09 09:05", "shop"),
        ("1h working", "2026-03-06 12:30", "2026-03-06 14:30", "split"),
        ("1h working", "2026-03-07 12:30", "2026-03-09 10:00", "shop"),
        ("1d working", "2026-03-05 15:00", "2026-03-06 15:00", "shop"),
        ("1d working", "2026-03-06 15:00", "2026-03-09 15:00", "shop"),
        ("1d working", "2026-03-07 15:00", "2026-03-10 09:00", "shop"),
        ("1d working", "2026-03-05 20:00", "2026-03-09 09:00", "shop"),
        ("next morning", "2026-03-05 08:00", "2026-03-05 09:00", "shop"),
        ("next morning", "2026-03-06 10:00", "2026-03-09 09:00", "shop"),
        ("11:00 local", "2026-03-06 10:59", "2026-03-06 11:00", "shop"),
        ("11:00 local", "2026-03-06 11:01", "2026-03-07 11:00", "shop"),
    ],
)
def test_a_delay_leads_to_an_instant(text, start, end, team):
    assert after_delay(parse_delay(text), there(start), FACTS, team) == there(end)


def test_an_hour_is_the_buyers_own_and_the_shops_where_his_is_not_known():
    moment = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
    moscow = {**FACTS, "person": {"time_zone": "Europe/Moscow"}}
    assert after_delay(LocalHour(time(11)), moment, moscow, "shop") == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    for person in ({}, {"time_zone": None}, {"time_zone": "Nowhere/Land"}):
        assert buyer_zone({**FACTS, "person": person}) == ZONE


def test_a_call_asked_for_is_due_in_working_time_or_at_his_own_hour():
    delay = Working(timedelta(minutes=15))
    assert asked_deadline(delay, there("2026-03-02 17:50"), FACTS, "shop") == there("2026-03-03 09:05")
    assert asked_deadline(delay, there("2026-03-02 20:00"), FACTS, "shop") == there("2026-03-02 20:15")


def after(days: int, at: time | None = time(11)) -> WaitAfter:
    hour = LocalHour(at) if at else None
    trigger = Trigger("order.delivered", "order")
    return WaitAfter("a", 1, days, trigger, hour, Elapsed(timedelta(days=60)), "shop", "end", None)


def test_a_call_falls_into_the_hours_at_which_the_shop_calls_its_buyers():
    facts = {**FACTS, "person": {"time_zone": "Europe/Moscow"}}
    noon = there("2026-03-02 12:00")  # 5:00 in Moscow
    assert callable_from(noon, facts, "shop") == there("2026-03-02 16:00"), "9:00 in Moscow"
    early = {**facts, "shop": {**FACTS["shop"], "day": (time(5), time(20))}}
    assert callable_from(noon, early, "shop") == noon


def test_days_cross_a_change_of_the_clock_by_the_calendar():
    berlin = {**FACTS, "person": {"time_zone": "Europe/Berlin"}}
    event = there("2026-03-27 20:00", "Europe/Berlin")
    assert days_after(after(3), event, event, berlin) == there("2026-03-30 11:00", "Europe/Berlin")
    assert days_after(after(2, None), event, event, berlin) - event == timedelta(hours=47)
    assert days_after(after(2, time(2, 30)), event, event, berlin) == there("2026-03-29 03:30", "Europe/Berlin")


def test_the_day_of_the_event_counts_when_its_hour_is_still_to_come():
    event = there("2026-03-02 08:00")
    assert days_after(after(0), event, event, FACTS) == there("2026-03-02 11:00")
    late = there("2026-03-02 12:00")
    assert days_after(after(0), late, late, FACTS) == there("2026-03-03 11:00")


@settings(max_examples=examples(300), deadline=None)
@given(
    zone=st.sampled_from(
        sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("right"))
    ),
    event=st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)).map(lambda t: t.replace(tzinfo=UTC)),  # noqa: DTZ001
    later=st.integers(0, 30 * 86400),
    days=st.integers(0, 60),
    hour=st.times().map(lambda t: t.replace(microsecond=0)),
)
def test_in_every_zone_the_wait_ends_at_the_hour_on_or_after_its_day_and_never_in_the_past(
    zone, event, later, days, hour
):
    moment = event + timedelta(seconds=later)
    facts = {**FACTS, "person": {"time_zone": zone}}
    due = days_after(after(days, hour), event, moment, facts)
    assert due >= moment
    local_due = due.astimezone(ZoneInfo(zone))
    assert abs((local_due.date() - event.astimezone(ZoneInfo(zone)).date()).days) >= min(days, 0)
    wall = local_due.replace(tzinfo=None)
    meant = wall.replace(hour=hour.hour, minute=hour.minute, second=hour.second)
    gap = (wall - meant) % timedelta(days=1)
    assert gap <= timedelta(hours=1) or zone in (
        "Pacific/Apia",
        "Pacific/Fakaofo",
        "Antarctica/Troll",
        "Antarctica/Casey",
    )
    assert due - moment <= timedelta(days=days + 2) or due <= event + timedelta(days=days + 2)
