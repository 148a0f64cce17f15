"""When a promise is at risk, against a slow reference that walks minute by minute."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.rules.warning import WarnRule, ahead_of_window, warn_at
from regulars.rules.worktime import WorkTime
from tests.examples import examples

MINUTE = timedelta(minutes=1)
RULE = WarnRule(20, timedelta(minutes=3))
NINE_TO_SIX = WorkTime("UTC", {d: ((time(9), time(18)),) for d in range(5)})


def slow(begins: datetime, due: datetime, hours: WorkTime, rule: WarnRule) -> datetime:
    """Minute by minute: the first moment at which the lead and no more of working time is left."""
    minutes = []
    at = begins
    while at < due:
        minutes.append((at, hours.is_open(at)))
        at += MINUTE
    whole = sum(is_open for _, is_open in minutes)
    if whole == 0:
        minutes = [(at, True) for at, _ in minutes]
        whole = len(minutes)
    lead = min(whole, max(whole * rule.share / 100, rule.least / MINUTE))
    passed = 0
    for at, is_open in minutes:
        if passed >= whole - lead and (is_open or passed > 0):
            return at
        passed += is_open
    return due


zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Vladivostok"])
walls = st.integers(0, 23 * 4).map(lambda q: time(q // 4, q % 4 * 15))
spans = st.tuples(walls, walls).filter(lambda s: s[0] != s[1])
weeks = st.dictionaries(st.integers(0, 6), spans.map(lambda s: (s,)), min_size=1)
# around the changes of the clock, too
starts = st.sampled_from([datetime(2026, 3, 7, 12, tzinfo=UTC), datetime(2026, 3, 28, 20, tzinfo=UTC),
                          datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)])  # fmt: skip


@settings(max_examples=examples(150), deadline=None)
@given(
    zones, weeks, starts, st.integers(0, 2 * 1440), st.integers(1, 3 * 1440), st.integers(0, 60), st.integers(0, 240)
)
def test_it_is_what_a_walk_of_minutes_finds(
    zone: str, week: dict[int, tuple[tuple[time, time], ...]], start: datetime, shift: int, length: int, share: int,
    least: int,
) -> None:  # fmt: skip
    hours, rule = WorkTime(zone, week), WarnRule(share, least * MINUTE)
    begins = start + shift * MINUTE
    due = begins + length * MINUTE
    found = warn_at(begins, due, hours, rule)
    assert begins <= found <= due
    expected = slow(begins, due, hours, rule)
    # the walk sees whole minutes, and at a closing it may stand a pause later than the moment itself: no work in between
    assert found <= expected and hours.between(found, expected) <= MINUTE


def test_a_call_promised_at_night_is_not_at_risk_before_the_shop_opens() -> None:
    night = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
    assert warn_at(night, datetime(2026, 3, 3, 10, 0, tzinfo=UTC), NINE_TO_SIX, RULE) == datetime(
        2026, 3, 3, 9, 48, tzinfo=UTC
    )


def test_what_is_due_after_hours_is_at_risk_while_somebody_is_there() -> None:
    friday, sunday = datetime(2026, 3, 6, 9, tzinfo=UTC), datetime(2026, 3, 8, 12, tzinfo=UTC)
    assert warn_at(friday, sunday, NINE_TO_SIX, RULE) == datetime(2026, 3, 6, 16, 12, tzinfo=UTC)


@pytest.mark.parametrize("hours", [None, NINE_TO_SIX])
def test_where_nobody_works_the_clock_counts(hours: WorkTime | None) -> None:
    sunday = datetime(2026, 3, 8, 12, tzinfo=UTC)
    assert warn_at(sunday, sunday + 60 * MINUTE, hours, RULE) == sunday + 48 * MINUTE
    assert warn_at(sunday, sunday, hours, RULE) == sunday


def test_a_window_is_watched_ahead_of_its_beginning_by_the_clock() -> None:
    told, opens = datetime(2026, 3, 6, 9, tzinfo=UTC), datetime(2026, 3, 8, 14, tzinfo=UTC)
    rule = WarnRule(20, timedelta(hours=2))
    assert ahead_of_window(told, opens, rule) == opens - timedelta(hours=2)
    assert ahead_of_window(opens - timedelta(hours=1), opens, rule) == opens - timedelta(hours=1)
