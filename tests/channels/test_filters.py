"""Facts are said as the copy deck's table says, in both languages and in the reader's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.outbox import filters
from regulars.outbox.filters import CannotSay, Context
from regulars.outbox.typography import typography

NOW = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)  # a Friday: 11:00 in Vladivostok
RU = Context("ru", "Asia/Vladivostok", "Asia/Vladivostok", NOW, "RUB")
EN = Context("en", "Asia/Vladivostok", "Asia/Vladivostok", NOW, "RUB")
FAR_RU = Context("ru", "Asia/Vladivostok", "Europe/Moscow", NOW, "RUB")
FAR_EN = Context("en", "Asia/Vladivostok", "Europe/Moscow", NOW, "RUB")
TODAY = datetime(2026, 11, 27, 1, 20, tzinfo=UTC)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("name", "value", "arguments", "english", "russian"),
    [
        ("hello", {"first_name": "Марина"}, (), "Hello Марина,", "Здравствуйте, Марина!"),
        ("hello", {"first_name": None}, (), "Hello,", "Здравствуйте!"),
        ("hello", {}, (), "Hello,", "Здравствуйте!"),
        ("hello", None, (), "Hello,", "Здравствуйте!"),
        ("money", {"minor": 499000, "currency": "RUB"}, (), "₽4,990", "4 990 ₽"),
        ("money", {"minor": 499050, "currency": "RUB"}, (), "₽4,990.50", "4 990,50 ₽"),
        ("money", [499000, "RUB"], (), "₽4,990", "4 990 ₽"),
        ("money", "4990.00", (), "₽4,990", "4 990 ₽"),
        ("money", Decimal("-12.5"), (), "−₽12.50", "−12,50 ₽"),
        ("money", {"minor": 500, "currency": "JPY"}, (), "¥500", "500 ¥"),
        ("money", {"minor": 1500, "currency": "KWD"}, (), "KWD 1.500", "1,500 KWD"),
        ("money", {"minor": 0, "currency": "USD"}, (), "$0", "0 $"),
        ("time", TODAY, (), "11:20", "11:20"),
        ("time", "2026-11-27T11:20:00+10:00", (), "11:20", "11:20"),
        ("time", TODAY + timedelta(days=1), (), "11:20 on 28 November", "11:20 28 ноября"),
        ("time", TODAY + timedelta(days=1), ("hour",), "11:20", "11:20"),
        ("date", TODAY, (), "27 November", "27 ноября"),
        ("date", "2026-11-27", (), "27 November", "27 ноября"),
        ("date", date(2027, 1, 5), (), "5 January 2027", "5 января 2027 года"),
        ("on_day", TODAY, (), "on Friday, 27 November", "в пятницу, 27 ноября"),
        ("on_day", date(2026, 12, 1), (), "on Tuesday, 1 December", "во вторник, 1 декабря"),
        ("on_day", date(2026, 12, 2), (), "on Wednesday, 2 December", "в среду, 2 декабря"),
        ("window", [TODAY, TODAY + timedelta(hours=4)], (), "between 11:20 and 15:20", "с 11:20 до 15:20"),
        (
            "window",
            {"from": "2026-12-01T14:00:00+10:00", "to": "2026-12-01T18:00:00+10:00"},
            (),
            "between 14:00 and 18:00",
            "с 14:00 до 18:00",
        ),
        ("number", 1250, (), "1,250", "1 250"),
        ("number", Decimal("2.500"), (), "2.5", "2,5"),
        ("number", "100", (), "100", "100"),
        ("phone", "+79141234567", (), "+7 914 123-45-67", "+7 914 123-45-67"),
        ("phone", "8 (421) 30-00-00", (), "8 (421) 30-00-00", "8 (421) 30-00-00"),
    ],
)
def test_the_table_of_the_copy_deck(
    name: str, value: object, arguments: tuple[str, ...], english: str, russian: str
) -> None:
    say = filters.FILTERS[name]
    assert plain(say(value, EN, *arguments)) == english
    assert plain(say(value, RU, *arguments)) == russian


def test_the_zone_is_named_only_where_its_clock_differs_from_the_shops() -> None:
    assert filters.time(TODAY, FAR_EN) == "11:20 Vladivostok time"
    assert filters.time(TODAY, FAR_RU) == "11:20 (Владивосток)"
    same_clock = Context("ru", "Europe/Minsk", "Europe/Moscow", NOW, "RUB")
    assert filters.time(TODAY, same_clock) == "04:20"


def test_today_is_the_readers_day() -> None:
    late = datetime(2026, 11, 26, 15, 30, tzinfo=UTC)  # already the 27th in Vladivostok
    assert filters.time(TODAY, Context("en", "Asia/Vladivostok", "Asia/Vladivostok", late)) == "11:20"
    assert plain(filters.day(late, RU)) == "27 ноября"


@pytest.mark.parametrize(
    ("hour", "english", "russian"),
    [
        (6, "Good morning", "Доброе утро"),
        (12, "Good afternoon", "Добрый день"),
        (18, "Good evening", "Добрый вечер"),
        (2, "Hello", "Здравствуйте"),
    ],
)
def test_the_greeting_goes_by_the_readers_hour(hour: int, english: str, russian: str) -> None:
    now = datetime(2026, 11, 27, hour, tzinfo=UTC) - timedelta(hours=10)
    assert filters.greeting(Context("en", "Asia/Vladivostok", "Europe/Moscow", now)) == english
    assert filters.greeting(Context("ru", "Asia/Vladivostok", "Europe/Moscow", now)) == russian


@given(st.integers(0, 100_000))
def test_russian_plurals_follow_the_last_digits(n: int) -> None:
    tens, ones = n % 100 // 10, n % 10
    wanted = "баллов" if tens == 1 or ones == 0 or ones > 4 else "балл" if ones == 1 else "балла"
    assert filters.plural(n, RU, "балл", "балла", "баллов") == wanted
    assert filters.plural(n, EN, "point", "points") == ("point" if n == 1 else "points")


def test_a_fraction_takes_the_genitive() -> None:
    assert filters.plural("1.5", RU, "балл", "балла", "баллов") == "балла"
    assert filters.plural(Decimal("2.0"), RU, "балл", "балла", "баллов") == "балла"


@given(st.integers(-(10**15), 10**15), st.sampled_from(["RUB", "USD", "JPY", "KWD"]))
def test_no_digit_of_money_is_lost(minor: int, currency: str) -> None:
    for context in (EN, RU):
        said = filters.money({"minor": minor, "currency": currency}, context)
        digits = "".join(character for character in said if character.isdigit())
        places = {"RUB": 2, "USD": 2, "JPY": 0, "KWD": 3}[currency]
        assert int(digits) in (abs(minor), abs(minor) // 10**places)
        assert (int(digits) == abs(minor)) or abs(minor) % 10**places == 0
        assert said.startswith("−") == (minor < 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("money", "abc"),
        ("money", {"minor": 1.5, "currency": "RUB"}),
        ("money", {"minor": 1}),
        ("time", "yesterday"),
        ("time", NOW.replace(tzinfo=None)),
        ("time", 5),
        ("number", "NaN"),
        ("number", True),
        ("number", "1e999"),
        ("hello", "Marina"),
        ("window", "x"),
        ("window", [None, None]),
        ("phone", 7),
        ("date", "2026-13-45"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(name: str, value: object) -> None:
    with pytest.raises(CannotSay):
        filters.FILTERS[name](value, EN)


@pytest.mark.parametrize(
    ("russian", "wanted"),
    [
        ("мы в доме", "мы~в~доме"),
        ("и в доме", "и~в~доме"),
        ("Обмен — это просто", "Обмен~— это просто"),
        ("через 2 часа", "через 2~часа"),
        ("до {{ promise.call | time }} и дальше", "до~{{ promise.call | time }} и~дальше"),
        ("{{ n | number }} {{ n | plural: 'а','б','в' }}", "{{ n | number }}~{{ n | plural: 'а','б','в' }}"),
        ("**{{ n | number }} {{ n | plural: 'а','б','в' }}**", "**{{ n | number }}~{{ n | plural: 'а','б','в' }}**"),
        ("{% if a == 'и в' %}да{% endif %}", "{% if a == 'и в' %}да{% endif %}"),
    ],
)
def test_russian_short_words_hold_on_to_the_next(russian: str, wanted: str) -> None:
    assert typography(russian, "ru").replace("\u00a0", "~") == wanted


@given(st.text(alphabet="аив 12{}%|'\n—ёa**", max_size=60))
def test_typography_changes_spaces_only(text: str) -> None:
    assert typography(text, "ru").replace("\u00a0", " ") == text.replace("\u00a0", " ")
