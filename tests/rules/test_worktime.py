"""Working time against a counter of minutes that knows nothing of it, across changes of the clock."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.rules.localtime import UnknownZone
from regulars.rules.worktime import WEEKDAYS, NoWorkingTime, WorkTime, WorkTimeError, move_into_both
from tests.examples import examples

MINUTE = timedelta(minutes=1)
ZONES = ("UTC", "Asia/Vladivostok", "Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Havana")
NINE_TO_SIX = ((time(9), time(18)),)
DESK = WorkTime("Asia/Vladivostok", dict.fromkeys(range(5), NINE_TO_SIX))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def spans() -> st.SearchStrategy[tuple[tuple[time, time], ...]]:
    """Up to three spans in order, the last perhaps across midnight."""

    def build(minutes: list[int], night: bool) -> tuple[tuple[time, time], ...]:
        walls = [time(m // 60, m % 60) for m in sorted(minutes)]
        pairs = list(zip(walls[::2], walls[1::2], strict=False))
        if night and len(walls) >= 4:
            pairs[-1] = (pairs[-1][0], walls[0])
        return tuple(pairs)

    return st.builds(build, st.lists(st.integers(0, 1439), max_size=6, unique=True), st.booleans())


# Days about the changes of the clock of these zones, so that a sample meets them often.
starts = st.sampled_from([date(2026, 3, 6), date(2026, 3, 27), date(2026, 4, 3), date(2026, 10, 2), date(2026, 10, 30)])


@st.composite
def cases(draw: st.DrawFn) -> tuple[WorkTime, datetime]:
    zone = draw(st.sampled_from(ZONES))
    first = draw(starts)
    hours = {day: draw(spans()) for day in range(7)}
    days = [first + timedelta(days=n) for n in range(4)]
    off = draw(st.frozensets(st.sampled_from(days), max_size=2))
    extra = draw(st.dictionaries(st.sampled_from(days), spans(), max_size=2))
    moment = datetime.combine(first, time(0), UTC) + draw(st.integers(0, 2 * 1440)) * MINUTE
    return WorkTime(zone, hours, off, extra), moment


@lru_cache
def walls_from(zone: str, day: date) -> tuple[datetime, list[datetime]]:
    """What the clock of that zone shows, minute by minute, as far as it has ever got; from two days before `day`."""
    begin = datetime.combine(day - timedelta(days=2), time(0), UTC)
    walls = [(begin + n * MINUTE).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for n in range(9 * 1440)]
    return begin, list(accumulate(walls, max))


def brute_open(worktime: WorkTime, first: datetime, minutes: int) -> list[bool]:
    """A span opens in the minute in which the clock first shows its start or more, and closes likewise."""
    begin, walls = walls_from(worktime.zone, first.date())
    is_open = [False] * len(walls)
    for n in range(-1, 9):
        day = begin.date() + timedelta(days=n)
        weekly = () if day in worktime.days_off else worktime.hours.get(day.weekday(), ())
        for start, end in worktime.extra.get(day, weekly):
            closing_day = day if start < end else day + timedelta(days=1)
            opens = bisect_left(walls, datetime.combine(day, start))
            closes = bisect_left(walls, datetime.combine(closing_day, end))
            is_open[opens:closes] = [True] * (closes - opens)
    skipped = (first - begin) // MINUTE
    return is_open[skipped : skipped + minutes]


@settings(max_examples=examples(60), deadline=None)
@given(cases(), st.integers(0, 900))
def test_reckoning_equals_a_minute_counter(case: tuple[WorkTime, datetime], amount: int) -> None:
    worktime, moment = case
    minutes = brute_open(worktime, moment, 3 * 1440)
    opened = [n for n, is_open in enumerate(minutes) if is_open]
    for n in range(0, len(minutes), 97):
        assert worktime.is_open(moment + n * MINUTE) == minutes[n]
    later = moment + 2000 * MINUTE
    assert worktime.between(moment, later) == sum(minutes[:2000]) * MINUTE
    assert worktime.between(later, moment) == -sum(minutes[:2000]) * MINUTE
    if opened:
        assert worktime.next_start(moment) == moment + opened[0] * MINUTE
    if amount and len(opened) >= amount:
        assert worktime.add(moment, amount * MINUTE) == moment + (opened[amount - 1] + 1) * MINUTE
    closings = [n for n in range(1, 2000) if minutes[n - 1] and not minutes[n]]
    if closings:
        assert worktime.previous_end(later - MINUTE) == moment + closings[-1] * MINUTE


@given(cases(), st.integers(0, 5000), st.integers(0, 5000))
def test_adding_twice_is_adding_once(case: tuple[WorkTime, datetime], one: int, two: int) -> None:
    worktime, moment = case
    try:
        together = worktime.add(moment, (one + two) * MINUTE)
    except NoWorkingTime:
        return
    assert worktime.between(moment, together) == (one + two) * MINUTE
    if two:
        assert worktime.add(worktime.add(moment, one * MINUTE), two * MINUTE) == together


@given(cases())
def test_json_round_trip(case: tuple[WorkTime, datetime]) -> None:
    worktime, moment = case
    again = WorkTime.from_json(worktime.to_json())
    assert again.to_json() == worktime.to_json()
    assert again.between(moment, moment + timedelta(days=5)) == worktime.between(moment, moment + timedelta(days=5))


def test_friday_evening_runs_on_on_monday() -> None:
    assert DESK.add(at("2026-03-06T17:30:00+10:00"), timedelta(hours=1)) == at("2026-03-09T09:30:00+10:00")


def test_closing_time_is_reached_on_the_same_day() -> None:
    assert DESK.add(at("2026-03-06T09:00:00+10:00"), timedelta(hours=9)) == at("2026-03-06T18:00:00+10:00")


def test_nothing_to_add_gives_the_first_working_moment() -> None:
    assert DESK.add(at("2026-03-07T12:00:00+10:00"), timedelta(0)) == at("2026-03-09T09:00:00+10:00")
    assert DESK.add(at("2026-03-06T12:00:00+10:00"), timedelta(0)) == at("2026-03-06T12:00:00+10:00")


def test_a_negative_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        DESK.add(at("2026-03-06T12:00:00+10:00"), -MINUTE)


def test_days_off_and_extra_days() -> None:
    desk = WorkTime(
        "Asia/Vladivostok",
        DESK.hours,
        frozenset({date(2026, 3, 9)}),
        {date(2026, 3, 8): ((time(10), time(12)),), date(2026, 3, 10): ()},
    )
    assert desk.next_start(at("2026-03-07T12:00:00+10:00")) == at("2026-03-08T10:00:00+10:00")
    assert desk.next_start(at("2026-03-08T12:00:00+10:00")) == at("2026-03-11T09:00:00+10:00")


def test_a_night_shift_lasts_into_a_day_off() -> None:
    desk = WorkTime("UTC", {day: ((time(22), time(2)),) for day in range(7)}, frozenset({date(2026, 1, 1)}))
    assert desk.is_open(at("2026-01-01T01:59:00+00:00"))
    assert not desk.is_open(at("2026-01-01T23:00:00+00:00"))
    assert desk.between(at("2025-12-31T00:00:00+00:00"), at("2026-01-02T00:00:00+00:00")) == timedelta(hours=6)


def test_next_morning() -> None:
    assert DESK.next_morning(at("2026-03-06T08:00:00+10:00")) == at("2026-03-06T09:00:00+10:00")
    assert DESK.next_morning(at("2026-03-06T09:00:00+10:00")) == at("2026-03-09T09:00:00+10:00")
    assert DESK.next_morning(at("2026-03-08T23:59:00+10:00")) == at("2026-03-09T09:00:00+10:00")


def test_the_end_of_the_working_day_on_a_sunday_is_fridays() -> None:
    assert DESK.previous_end(at("2026-03-08T12:00:00+10:00")) == at("2026-03-06T18:00:00+10:00")
    assert DESK.previous_end(at("2026-03-06T18:00:00+10:00")) == at("2026-03-06T18:00:00+10:00")


def test_hours_round_the_clock_never_close() -> None:
    always = WorkTime.from_json({"zone": "Europe/London", "hours": {name: ["00:00-24:00"] for name in WEEKDAYS}})
    start = at("2026-03-28T12:00:00+00:00")
    assert always.add(start, timedelta(hours=200)) == start + timedelta(hours=200)
    with pytest.raises(NoWorkingTime):
        always.previous_end(start)


@pytest.mark.parametrize(("day", "minutes"), [(date(2026, 4, 5), 1470), (date(2026, 10, 4), 1410)])
def test_a_day_of_the_change_is_as_long_as_it_is(day: date, minutes: int) -> None:
    always = WorkTime.from_json({"zone": "Australia/Lord_Howe", "hours": {name: ["00:00-24:00"] for name in WEEKDAYS}})
    begins = datetime.combine(day, time(0), ZoneInfo("Australia/Lord_Howe"))
    ends = datetime.combine(day + timedelta(days=1), time(0), ZoneInfo("Australia/Lord_Howe"))
    assert always.between(begins, ends) == minutes * MINUTE
    assert always.add(begins, minutes * MINUTE) == ends
    assert always.add(begins, (minutes - 60) * MINUTE) + 60 * MINUTE == ends.astimezone(UTC)


def test_no_working_time_is_an_error_and_not_an_endless_search() -> None:
    closed = WorkTime("UTC", {})
    moment = at("2026-01-01T00:00:00+00:00")
    for search in (closed.next_start, closed.previous_end, closed.next_morning, lambda t: closed.add(t, MINUTE)):
        with pytest.raises(NoWorkingTime):
            search(moment)
    assert closed.between(moment, moment + timedelta(days=30)) == timedelta(0)


def test_team_and_buyer_meet_in_the_hour_they_share() -> None:
    moment = at("2026-03-06T09:00:00+10:00")  # Kaliningrad sleeps until 17:00 of Vladivostok
    five = at("2026-03-06T17:00:00+10:00")
    assert move_into_both(moment, DESK, "Europe/Kaliningrad") == five
    assert move_into_both(five + 20 * MINUTE, DESK, "Europe/Kaliningrad") == five + 20 * MINUTE
    assert move_into_both(five + 60 * MINUTE, DESK, "Europe/Kaliningrad") == at("2026-03-09T17:00:00+10:00")


def test_team_and_buyer_who_never_meet() -> None:
    with pytest.raises(NoWorkingTime, match="never meet"):
        move_into_both(at("2026-03-06T09:00:00+10:00"), DESK, "Asia/Vladivostok", (time(19), time(21)))


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(UnknownZone, match="Mars"):
        WorkTime("Mars/Olympus", {})


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        DESK.is_open(at("2026-03-06T09:00:00"))


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ([], ""),
        ({"hours": {}}, "/zone"),
        ({"zone": "Nowhere", "hours": {}}, "/zone"),
        ({"zone": "UTC"}, "/hours"),
        ({"zone": "UTC", "hours": {"monday": []}}, "/hours/monday"),
        ({"zone": "UTC", "hours": {"mon": "09:00-18:00"}}, "/hours/mon"),
        ({"zone": "UTC", "hours": {"mon": ["09:00-13:00", "9-18"]}}, "/hours/mon/1"),
        ({"zone": "UTC", "hours": {"mon": ["24:00-25:00"]}}, "/hours/mon/0"),
        ({"zone": "UTC", "hours": {"mon": ["09:00-09:00"]}}, "/hours/mon/0"),
        ({"zone": "UTC", "hours": {"mon": ["09:00-13:00", "12:00-18:00"]}}, "/hours/mon/1"),
        ({"zone": "UTC", "hours": {"mon": ["22:00-02:00", "23:00-23:30"]}}, "/hours/mon/1"),
        ({"zone": "UTC", "hours": {}, "days_off": ["2026-02-30"]}, "/days_off/0"),
        ({"zone": "UTC", "hours": {}, "days_off": "2026-01-01"}, "/days_off"),
        ({"zone": "UTC", "hours": {}, "extra": {"1 May": []}}, "/extra/1 May"),
        ({"zone": "UTC", "hours": {}, "extra": []}, "/extra"),
        ({"zone": "UTC", "hours": {}, "holidays": []}, "/holidays"),
    ],
)
def test_bad_hours_name_the_place(data: object, pointer: str) -> None:
    with pytest.raises(WorkTimeError) as error:
        WorkTime.from_json(data)
    assert error.value.pointer == pointer
