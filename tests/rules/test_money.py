"""Money is exact: text and minor units are two writings of one amount, and nothing doubtful is read."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.money import (
    CURRENCIES,
    LIMIT,
    CurrencyMismatch,
    Money,
    MoneyError,
    UnknownCurrency,
    exponent,
    to_minor,
    to_text,
    unit_price,
)

currencies = st.sampled_from(sorted(CURRENCIES))
amounts = st.integers(1 - LIMIT, LIMIT - 1)


@given(amounts, currencies)
def test_text_and_minor_units_are_one_amount(minor: int, currency: str) -> None:
    text = to_text(minor, currency)
    assert to_minor(text, currency) == minor
    assert Decimal(text) == Decimal(minor).scaleb(-exponent(currency))


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,8})?", fullmatch=True), currencies)
def test_what_is_read_is_exactly_what_was_written(text: str, currency: str) -> None:
    try:
        minor = to_minor(text, currency)
    except MoneyError:
        value = Decimal(text)
        assert (value.is_signed() and not value) or value.scaleb(exponent(currency)) % 1
    else:
        assert Decimal(minor).scaleb(-exponent(currency)) == Decimal(text)


@given(st.text(alphabet="0123456789.,-+eE_ NaIf\u0663", max_size=12))
def test_only_plain_decimals_are_read(text: str) -> None:
    try:
        minor = to_minor(text, "EUR")
    except MoneyError:
        return
    assert text.lstrip("-").replace(".", "", 1).isdecimal()
    assert text.isascii()
    assert Decimal(text) * 100 == minor


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("4990.00", "RUB", 499000),
        ("4990", "RUB", 499000),
        ("0.5", "USD", 50),
        ("-0.01", "EUR", -1),
        ("1500", "JPY", 1500),
        ("1500.000", "JPY", 1500),
        ("1.2345000", "KWD", None),
        ("1.234000", "KWD", 1234),
        ("9999999999999999.99", "RUB", LIMIT - 1),
        ("10000000000000000.00", "RUB", None),
        ("0.001", "RUB", None),
        ("1500.5", "JPY", None),
    ],
)
def test_places_follow_the_currency(text: str, currency: str, minor: int | None) -> None:
    if minor is None:
        with pytest.raises(MoneyError):
            to_minor(text, currency)
    else:
        assert to_minor(text, currency) == minor


@pytest.mark.parametrize(
    "text",
    ["", "NaN", "inf", "-Infinity", "1e3", "1E+3", "-0", "-0.00", "+1", " 1", "1 ", "1,00", "1_000", "01", ".5", "5.",
     "0x1", "1.0.0", "9" * 5000, "\u0661", "1\n", None, 1.5, 10],
)  # fmt: skip
def test_doubtful_amounts_are_refused(text: object) -> None:
    with pytest.raises(MoneyError):
        to_minor(text, "RUB")  # type: ignore[arg-type]


@pytest.mark.parametrize("currency", ["", "rub", "RUR", "XXX", "ZZZ"])
def test_unknown_currencies_are_refused(currency: str) -> None:
    with pytest.raises(UnknownCurrency):
        to_minor("1", currency)


def test_amounts_meet_within_one_currency_only() -> None:
    assert Money.parse("1.50", "EUR") + Money.parse("0.50", "EUR") == Money(200, "EUR")
    assert Money(100, "EUR") - Money(300, "EUR") == -Money(200, "EUR")
    assert Money(100, "EUR") < Money(101, "EUR")
    assert Money(100, "EUR") <= Money(100, "EUR")
    assert Money(100, "EUR") != Money(100, "USD")
    assert str(Money(499000, "RUB")) == "4990.00 RUB"
    one, other = Money(100, "EUR"), Money(100, "USD")
    for reckon in (lambda: one + other, lambda: one - other, lambda: one < other, lambda: one <= other):
        with pytest.raises(CurrencyMismatch):
            reckon()
    with pytest.raises(MoneyError):
        Money(LIMIT - 1, "EUR") + Money(1, "EUR")


def test_unit_prices_have_six_places() -> None:
    assert unit_price("0.123456") == Decimal("0.123456")
    assert unit_price("2990") == Decimal("2990.000000")
    for text in ("0.1234567", "12345678901234", "1e3", "-0"):
        with pytest.raises(MoneyError):
            unit_price(text)
