"""Quiet hours in the buyer's zone, across midnight and across changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.localtime import local
from regulars.rules.quiet import awake_between, quiet_until

MINUTE = timedelta(minutes=1)
ZONES = st.sampled_from(["UTC", "Asia/Vladivostok", "Australia/Lord_Howe", "America/New_York"])
INSTANTS = st.integers(0, 3 * 365 * 1440).map(lambda n: datetime(2025, 1, 1, tzinfo=UTC) + n * MINUTE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-03-02T20:59:59+10:00", None),
        ("2026-03-02T21:00:00+10:00", "2026-03-03T09:00:00+10:00"),
        ("2026-03-03T00:00:00+10:00", "2026-03-03T09:00:00+10:00"),
        ("2026-03-03T08:59:59+10:00", "2026-03-03T09:00:00+10:00"),
        ("2026-03-03T09:00:00+10:00", None),
    ],
)
def test_the_night_is_quiet_where_the_buyer_is(moment: str, until: str | None) -> None:
    assert quiet_until(at(moment), "Asia/Vladivostok") == (at(until) if until else None)
    assert quiet_until(at("2026-03-03T09:00:00+10:00"), "Europe/Moscow") == at("2026-03-03T09:00:00+03:00")


def test_a_window_within_the_day_and_none_at_all() -> None:
    noon = at("2026-03-02T12:30:00+00:00")
    assert quiet_until(noon, "UTC", (time(12), time(14))) == at("2026-03-02T14:00:00+00:00")
    assert quiet_until(noon, "UTC", (time(14), time(16))) is None
    assert quiet_until(noon, "UTC", (time(0), time(0))) is None


@given(INSTANTS, ZONES)
def test_quiet_ends_at_the_first_moment_that_is_not(moment: datetime, zone: str) -> None:
    until = quiet_until(moment, zone)
    wall = local(moment, zone).time()
    assert (until is None) == (time(9) <= wall < time(21))
    if until is not None:
        assert until > moment
        assert local(until, zone).time() == time(9)
        assert quiet_until(until, zone) is None
        assert quiet_until(until - MINUTE, zone) == until


@given(INSTANTS, ZONES, st.integers(0, 4000))
def test_awake_time_equals_a_count_of_minutes(moment: datetime, zone: str, minutes: int) -> None:
    end = moment + minutes * MINUTE
    counted = sum(quiet_until(moment + n * MINUTE, zone) is None for n in range(minutes))
    assert awake_between(moment, end, zone, enough=timedelta(days=10)) == counted * MINUTE
    assert awake_between(end, moment, zone, enough=timedelta(days=10)) == timedelta(0)


def test_counting_stops_when_it_is_enough() -> None:
    start = at("2020-01-01T00:00:00+00:00")
    counted = awake_between(start, start + timedelta(days=5000), "UTC", enough=timedelta(hours=4))
    assert timedelta(hours=4) < counted <= timedelta(hours=16)
