"""Local hours: each comes once a day, a gap moves forward, of an overlap the first counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.localtime import (
    UnknownZone,
    at_local_hour,
    buyer_day,
    in_hours,
    is_zone,
    local,
    local_date,
    next_local_hour,
)

ZONES = st.sampled_from(
    ["UTC", "Australia/Lord_Howe", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati", "Etc/GMT+12"]
)
INSTANTS = st.integers(0, 4 * 365 * 1440).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
WALLS = st.builds(time, st.integers(0, 23), st.integers(0, 59))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@given(INSTANTS, WALLS, ZONES)
def test_each_local_hour_comes_once_a_day(start: datetime, hhmm: time, zone: str) -> None:
    moment = start
    days = []
    for _ in range(8):
        moment = next_local_hour(moment, hhmm, zone, strictly=True)
        days.append(local_date(moment, zone))
    assert days == [days[0] + timedelta(days=n) for n in range(8)]


@given(INSTANTS, WALLS, ZONES)
def test_the_next_hour_is_the_nearest(start: datetime, hhmm: time, zone: str) -> None:
    found = next_local_hour(start, hhmm, zone)
    assert start <= found <= start + timedelta(hours=25)
    assert next_local_hour(found, hhmm, zone) == found
    assert at_local_hour(local_date(found, zone), hhmm, zone) == found


def test_a_gap_moves_forward() -> None:
    assert at_local_hour(date(2026, 3, 8), time(2, 30), "America/New_York") == at("2026-03-08T03:30:00-04:00")
    assert at_local_hour(date(2026, 10, 4), time(2, 10), "Australia/Lord_Howe") == at("2026-10-04T02:40:00+11:00")


def test_of_an_overlap_the_first_counts() -> None:
    assert at_local_hour(date(2026, 11, 1), time(1, 30), "America/New_York") == at("2026-11-01T01:30:00-04:00")
    assert at_local_hour(date(2026, 4, 5), time(1, 45), "Australia/Lord_Howe") == at("2026-04-05T01:45:00+11:00")


def test_a_gap_over_midnight_still_gives_the_hour_of_each_day() -> None:
    assert at_local_hour(date(2026, 3, 8), time(0, 30), "America/Havana") == at("2026-03-08T01:30:00-04:00")


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "America", "right/UTC", "a\0b"])
def test_an_unknown_zone_has_its_error(name: str) -> None:
    assert not is_zone(name)
    with pytest.raises(UnknownZone):
        at_local_hour(date(2026, 1, 1), time(10), name)


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        local(at("2026-01-01T10:00:00"), "UTC")


@pytest.mark.parametrize(
    ("moment", "moved"),
    [
        ("2026-03-02T08:59:59+10:00", "2026-03-02T09:00:00+10:00"),
        ("2026-03-02T09:00:00+10:00", "2026-03-02T09:00:00+10:00"),
        ("2026-03-02T20:59:59+10:00", "2026-03-02T20:59:59+10:00"),
        ("2026-03-02T21:00:00+10:00", "2026-03-03T09:00:00+10:00"),
        ("2026-03-02T23:59:00+10:00", "2026-03-03T09:00:00+10:00"),
    ],
)
def test_the_buyers_day(moment: str, moved: str) -> None:
    assert buyer_day(at(moment), "Asia/Vladivostok") == at(moved)


@given(INSTANTS, ZONES, WALLS, WALLS)
def test_a_moment_moved_into_the_day_stays_there(moment: datetime, zone: str, start: time, end: time) -> None:
    moved = buyer_day(moment, zone, start, end)
    assert moved >= moment
    # A start that lies in a gap may shift past a very short day's end; whole hours of daytime never do.
    if start.hour >= 4:
        assert in_hours(local(moved, zone).time(), start, end)
        assert buyer_day(moved, zone, start, end) == moved
