"""Which period a moment belongs to."""

from datetime import UTC, date, datetime

import pytest

from regulars.rules.budgets import period_begin


@pytest.mark.parametrize(
    ("every", "zone", "begins"),
    [
        ("day", "UTC", date(2026, 3, 31)),
        ("day", "Asia/Vladivostok", date(2026, 4, 1)),
        ("week", "UTC", date(2026, 3, 30)),
        ("month", "UTC", date(2026, 3, 1)),
        ("month", "Asia/Vladivostok", date(2026, 4, 1)),
    ],
)
def test_by_the_shops_own_calendar(every: str, zone: str, begins: date) -> None:
    assert period_begin(every, datetime(2026, 3, 31, 20, tzinfo=UTC), zone) == begins


def test_no_other_period() -> None:
    with pytest.raises(ValueError, match="year"):
        period_begin("year", datetime(2026, 3, 31, tzinfo=UTC), "UTC")
