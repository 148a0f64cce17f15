"""Telephone numbers: the same one however written, and a zone only where it is certain."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.phone import PhoneError, certain_zone, country_of, display, normalise, one_clock

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "country", "e164"),
    [
        ("8 (914) 123-45-67", "RU", "+79141234567"),
        ("+7 914 123-45-67", None, "+79141234567"),
        ("79141234567", "RU", "+79141234567"),
        ("9141234567", "ru", "+79141234567"),
        ("+7 4212 12-34-56 доб. 12", "RU", "+74212123456"),
        ("8 701 123 45 67", "KZ", "+77011234567"),
        ("020 7123 4567", "GB", "+442071234567"),
        ("8 029 123-45-67", "BY", "+375291234567"),
    ],
)
def test_one_number_however_written(text: str, country: str | None, e164: str) -> None:
    assert normalise(text, country) == e164
    assert normalise(e164) == e164
    assert normalise(display(e164)) == e164


@pytest.mark.parametrize(
    ("text", "country"),
    [("", "RU"), ("call me", "RU"), ("12345", "RU"), ("8 (914) 123-45-67", None), ("8 914", "ZZ"), ("9" * 300, "RU"),
     ("+7 914 123-45-67-89-00", "RU")],
)  # fmt: skip
def test_what_is_no_number_is_refused_without_naming_it(text: str, country: str | None) -> None:
    with pytest.raises(PhoneError) as error:
        normalise(text, country)
    assert not text or text not in str(error.value)


@given(st.text(max_size=80), st.sampled_from([None, "RU", "US"]))
def test_any_text_is_read_or_refused(text: str, country: str | None) -> None:
    try:
        e164 = normalise(text, country)
    except PhoneError:
        return
    assert e164.startswith("+")
    assert e164[1:].isdecimal()
    assert normalise(e164) == e164


def test_the_form_that_people_read() -> None:
    assert display("+79141234567") == "+7 914 123-45-67"
    assert display("not a number") == "not a number"


@pytest.mark.parametrize(
    ("e164", "zone"),
    [
        ("+79141234567", None),  # a Russian mobile may be anywhere between Kaliningrad and Kamchatka
        ("+74212123456", "Asia/Vladivostok"),  # Khabarovsk
        ("+74951234567", "Europe/Moscow"),
        ("+77011234567", "Asia/Almaty"),  # all of Kazakhstan has had one clock since March 2024
        ("+77172123456", "Asia/Almaty"),
        ("+442071234567", "Europe/London"),
        ("+447400123456", "Europe/London"),
        ("+12125550123", None),  # an American keeps his number when he moves
        ("+61412345678", None),
        ("+78005553535", None),
    ],
)
def test_a_zone_only_where_it_is_certain(e164: str, zone: str | None) -> None:
    assert certain_zone(e164, NOW) == zone


def test_one_clock_looks_through_the_year() -> None:
    assert one_clock(("Europe/Berlin", "Europe/Paris"), NOW) == "Europe/Berlin"
    assert one_clock(("Europe/London", "Africa/Abidjan"), NOW) is None  # the same in March, not in summer
    assert one_clock(("Asia/Almaty", "Asia/Oral"), datetime(2023, 6, 1, tzinfo=UTC)) is None
    assert one_clock((), NOW) is None


def test_the_country_of_a_number() -> None:
    assert country_of("+79141234567") == "RU"
    assert country_of("+77011234567") == "KZ"
