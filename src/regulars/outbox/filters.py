"""How facts are said to a reader: money, times, numbers, names, in English and Russian.

Pure: the reader's language, zone and 'now' come in a `Context`; must not read a clock or keep state. Facts are plain
data: times as aware datetimes or RFC 3339 text, money as `{"minor": 499000, "currency": "RUB"}`, as a pair
`[499000, "RUB"]`, or as a Decimal or decimal text in `Context.currency`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_timezone_location

from regulars.rules.money import Money, UnknownCurrency, exponent
from regulars.rules.name_cases import CASES, in_case
from regulars.rules.phone import display

__all__ = [
    "FILTERS",
    "CannotSay",
    "Context",
    "case",
    "day",
    "greeting",
    "hello",
    "money",
    "number",
    "on_day",
    "phone",
    "plural",
    "time",
    "window",
]

NBSP = "\u00a0"
MINUS = "\u2212"

_MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
    "ru": (
        "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
        "декабря",
    ),
}  # fmt: skip
_ON_WEEKDAY = {
    "en": ("on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "on Saturday", "on Sunday"),
    "ru": ("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье"),
}
# What a reader in the country writes; other currencies are written with their ISO code.
_SIGNS = {
    "RUB": "₽", "USD": "$", "EUR": "€", "GBP": "£", "KZT": "₸", "UAH": "₴", "JPY": "¥", "CNY": "CN¥", "INR": "₹",
    "TRY": "₺", "GEL": "₾", "AMD": "֏", "ILS": "₪", "KRW": "₩", "BYN": "Br", "UZS": "UZS", "PLN": "zł",
}  # fmt: skip


class CannotSay(ValueError):
    """The value is not of the kind that this filter says: the message names the filter and what it wants."""


@dataclass(frozen=True, slots=True)
class Context:
    """Whom we speak to and when: `locale` 'en' or 'ru', IANA zones, `now` aware, ISO `currency` for bare amounts."""

    locale: str
    zone: str
    shop_zone: str
    now: datetime
    currency: str = ""

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("Context.now needs an offset")

    @property
    def language(self) -> str:
        """The language of words: Russian, or English for every other locale."""
        return "ru" if self.locale.lower().startswith("ru") else "en"


@lru_cache(maxsize=1024)
def _zone(name: str) -> tzinfo:
    return ZoneInfo(name)


def _moment(value: object, name: str) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise CannotSay(f"'{name}' needs a moment such as 2026-03-02T10:15:00+10:00") from None
    if not isinstance(value, datetime):
        raise CannotSay(f"'{name}' needs a moment, not {_kind(value)}")
    if value.tzinfo is None:
        raise CannotSay(f"'{name}' needs a moment with its offset")
    return value


def _kind(value: object) -> str:
    words = {
        str: "text",
        bool: "yes or no",
        int: "a number",
        Decimal: "a number",
        dict: "a group of fields",
        list: "a list",
    }
    return words.get(type(value), type(value).__name__)


def _local(value: object, name: str, context: Context) -> datetime:
    return _moment(value, name).astimezone(_zone(context.zone))


def _local_day(value: object, name: str, context: Context) -> date:
    if isinstance(value, datetime):
        return _local(value, name, context).date()
    if isinstance(value, date):
        return value
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise CannotSay(f"'{name}' needs a day such as 2026-03-02") from None
    return _local(value, name, context).date()


def _today(context: Context) -> date:
    return context.now.astimezone(_zone(context.zone)).date()


# -- moments -----------------------------------------------------------------------------------------------------------
def _day_month(value: date, context: Context) -> str:
    text = f"{value.day}{NBSP}{_MONTHS[context.language][value.month - 1]}"
    if value.year == _today(context).year:
        return text
    return f"{text} {value.year}" if context.language == "en" else f"{text} {value.year}{NBSP}года"


def day(value: object, context: Context) -> str:
    """`27 November`, `27 ноября`; with the year only when it is another one. Takes a moment or a plain day."""
    return _day_month(_local_day(value, "date", context), context)


def on_day(value: object, context: Context) -> str:
    """`on Friday, 27 November`, `в пятницу, 27 ноября`: with its preposition."""
    there = _local_day(value, "on_day", context)
    return f"{_ON_WEEKDAY[context.language][there.weekday()].replace(' ', NBSP)}, {_day_month(there, context)}"


def time(value: object, context: Context, form: str = "full") -> str:
    """`11:20`; names the day when it isn't today, and the zone when its clock differs from the shop's.

    `form` 'hour' leaves the day out: for a text that has just named it.
    """
    there = _local(value, "time", context)
    text = f"{there:%H:%M}"
    if there.utcoffset() != there.astimezone(_zone(context.shop_zone)).utcoffset():
        city = _city(context.zone, context.language)
        text += f" {city} time" if context.language == "en" else f" ({city})"
    if form == "full" and there.date() != _today(context):
        named = _day_month(there.date(), context)
        text += f" on {named}" if context.language == "en" else f" {named}"
    return text


@lru_cache(maxsize=1024)
def _city(zone: str, language: str) -> str:
    return str(get_timezone_location(zone, locale=language, return_city=True)).rpartition("/")[2]


def window(value: object, context: Context) -> str:
    """`between 14:00 and 18:00`, `с 14:00 до 18:00`. Takes `{"from": …, "to": …}` or a pair of moments."""
    if isinstance(value, Mapping):
        start, end = value.get("from"), value.get("to")
    elif isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2:
        start, end = value
    else:
        raise CannotSay(f"'window' needs a beginning and an end, not {_kind(value)}")
    hours = (f"{_local(moment, 'window', context):%H:%M}" for moment in (start, end))
    a, b = hours
    return f"between {a} and {b}" if context.language == "en" else f"с{NBSP}{a} до{NBSP}{b}"


def greeting(context: Context) -> str:
    """`Good afternoon`, `Добрый день`: by the hour at the reader's."""
    hour = context.now.astimezone(_zone(context.zone)).hour
    part = "night" if hour < 5 else "morning" if hour < 12 else "day" if hour < 18 else "evening"
    words = {
        "en": {"night": "Hello", "morning": "Good morning", "day": "Good afternoon", "evening": "Good evening"},
        "ru": {"night": "Здравствуйте", "morning": "Доброе утро", "day": "Добрый день", "evening": "Добрый вечер"},
    }
    return words[context.language][part]


# -- numbers and money -------------------------------------------------------------------------------------------------
def _decimal(value: object, name: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal | float):
        raise CannotSay(f"'{name}' needs a number, not {_kind(value)}")
    try:
        found = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        raise CannotSay(f"'{name}' needs a number, not text") from None
    if not found.is_finite() or found.adjusted() > 30 or int(found.as_tuple().exponent) < -30:
        raise CannotSay(f"'{name}' needs a number that fits on a line")
    return found


def _grouped(value: Decimal, places: int, context: Context) -> str:
    text = f"{abs(value):,.{places}f}"
    if context.language == "ru":
        text = text.replace(",", NBSP).replace(".", ",")
    return MINUS + text if value < 0 else text


def number(value: object, context: Context) -> str:
    """`1,250`, `1 250`; as many decimal places as the value has, without empty ones, three at most."""
    found = _decimal(value, "number")
    found = round(found, 3)
    places = max(0, -int(found.normalize().as_tuple().exponent))
    return _grouped(found, places, context)


def plural(value: object, context: Context, *forms: str) -> str:
    """The word alone that fits the number: two forms in English, three in Russian (`'балл','балла','баллов'`)."""
    found = _decimal(value, "plural")
    wanted = 3 if context.language == "ru" else 2
    if len(forms) != wanted or not all(isinstance(form, str) for form in forms):
        raise CannotSay(f"'plural' needs {wanted} words in this language, such as {_EXAMPLE[context.language]}")
    category = _plural_form(context.language, abs(found).normalize())
    if context.language == "en":
        return forms[0 if category == "one" else 1]
    # fractions ('other') take the genitive singular, as 2–4 do: 1,5 балла
    return forms[{"one": 0, "few": 1, "many": 2}.get(category, 1)]


_EXAMPLE = {"en": "'point','points'", "ru": "'балл','балла','баллов'"}


@lru_cache(maxsize=4096)
def _plural_form(language: str, value: Decimal) -> str:
    whole = value == value.to_integral_value()
    return str(Locale(language).plural_form(int(value) if whole else value))


def money(value: object, context: Context) -> str:
    """`₽4,990`, `4 990 ₽`: the smaller unit only when there is any."""
    if isinstance(value, Money):
        value = (value.minor, value.currency)
    elif isinstance(value, Mapping):
        value = (value.get("minor"), value.get("currency"))
    if isinstance(value, list | tuple) and len(value) == 2:
        currency = str(value[1])
        amount = _from_minor(value[0], currency)
    else:
        currency = context.currency
        amount = _decimal(value, "money")
    return _marked(amount, currency, _places(currency), context)


def exact_money(amount: Decimal, context: Context) -> str:
    """The same, with all places that the amount has: `₽0.0525`. For screens; letters have no such filter."""
    places = -int(amount.normalize().as_tuple().exponent)
    return _marked(amount, context.currency, max(_places(context.currency), places), context)


def _marked(amount: Decimal, currency: str, places: int, context: Context) -> str:
    text = _grouped(abs(amount), 0 if amount == amount.to_integral_value() else places, context)
    sign = MINUS if amount < 0 else ""
    mark = _SIGNS.get(currency, currency)
    if context.language == "ru":
        return f"{sign}{text}{NBSP}{mark}"
    return f"{sign}{mark}{NBSP if mark == currency else ''}{text}"


def _from_minor(minor: object, currency: str) -> Decimal:
    if isinstance(minor, bool) or not isinstance(minor, int):
        raise CannotSay("'money' needs an amount in the smallest unit and its currency")
    return Decimal(minor).scaleb(-_places(currency))


def _places(currency: str) -> int:
    try:
        return exponent(currency)
    except UnknownCurrency:
        raise CannotSay("'money' needs a currency: none is known here") from None


# -- people ------------------------------------------------------------------------------------------------------------
def hello(value: object, context: Context) -> str:
    """`Hello Marina,`, `Здравствуйте, Марина!`; without a name `Hello,`, `Здравствуйте!`. Takes the person."""
    if value is not None and not isinstance(value, Mapping):
        raise CannotSay(f"'hello' needs the person, not {_kind(value)}: write {{{{ person | hello }}}}")
    name = str((value or {}).get("first_name") or "").strip()
    if context.language == "ru":
        return f"Здравствуйте, {name}!" if name else "Здравствуйте!"
    return f"Hello {name}," if name else "Hello,"


def case(value: object, context: Context, wanted: object = "") -> str:
    """`Анне`, `Любови`, `Петру` out of a Russian first name; one that isn't known, or is foreign, stays as it is."""
    if wanted not in CASES:
        raise CannotSay(f"'case' needs one of {', '.join(CASES)}")
    if not isinstance(value, str):
        raise CannotSay(f"'case' needs a name as text, not {_kind(value)}")
    return in_case(value, str(wanted)) if context.language == "ru" else value


def phone(value: object, context: Context) -> str:
    """`+7 914 123-45-67` out of `+79141234567`; text that is no international number stays as it is."""
    if not isinstance(value, str):
        raise CannotSay(f"'phone' needs a number as text, not {_kind(value)}")
    return _phone(value.strip())


@lru_cache(maxsize=4096)
def _phone(value: str) -> str:
    return display(value).replace(" ", NBSP) if value.startswith("+") else value


FILTERS = {
    "hello": hello,
    "money": money,
    "time": time,
    "date": day,
    "on_day": on_day,
    "window": window,
    "number": number,
    "plural": plural,
    "phone": phone,
    "case": case,
}
"""Name in a template → function(value, context, *arguments)."""
