"""Which period a moment belongs to, and in what money is counted."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from regulars.rules.budgets import MOST_COST, amount_text, period_begin, ten_thousandths


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


@pytest.mark.parametrize(
    ("amount", "counted", "said"),
    [("0", 0, "0"), ("0.0001", 1, "0.0001"), ("3.50", 35_000, "3.5"), ("5000", 50_000_000, "5000")],
)
def test_money_is_counted_in_ten_thousandths(amount: str, counted: int, said: str) -> None:
    assert ten_thousandths(Decimal(amount)) == counted and amount_text(counted) == said


def test_nothing_is_rounded_and_the_dearest_is_exact_in_json() -> None:
    with pytest.raises(ValueError, match="places"):
        ten_thousandths(Decimal("0.00001"))
    assert ten_thousandths(Decimal(MOST_COST)) < 2**53
