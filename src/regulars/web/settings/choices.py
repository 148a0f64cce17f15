"""Long lists to choose from, in the reader's language: time zones, countries, currencies.

Owns which of them are offered; what a shop has already is always among them.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location
from django.utils.translation import gettext as _

from regulars.rules.localtime import is_zone
from regulars.web.settings.form import Choice

__all__ = [
    "CURRENCIES",
    "countries",
    "country_name",
    "currencies",
    "currency_name",
    "is_country",
    "languages",
    "only_zone",
    "zone_name",
    "zones",
]

CURRENCIES = (
    "RUB", "EUR", "USD", "GBP", "KZT", "BYN", "UAH", "UZS", "KGS", "AMD", "GEL", "AZN", "MDL", "TJS", "RSD", "TRY", "PLN",
    "CZK", "HUF", "RON", "BGN", "CHF", "SEK", "NOK", "DKK", "ILS", "AED", "SAR", "CNY", "JPY", "KRW", "INR", "THB", "VND",
    "IDR", "MYR", "SGD", "AUD", "NZD", "CAD", "MXN", "BRL", "ARS", "CLP", "ZAR", "EGP", "NGN",
)  # fmt: skip
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
_UTC = "Etc/UTC"
_OLD_NAMES: dict[str, list[str]] = {}
for _old, _new in get_global("zone_aliases").items():
    _OLD_NAMES.setdefault(_new, []).append(_old)
LANGUAGES = {"en": "English", "ru": "Русский"}
"""The languages of letters and screens, each by its own name."""


@lru_cache(maxsize=8)
def _territories(language: str) -> dict[str, str]:
    known = Locale(language).territories
    return {c: n for c, n in known.items() if len(c) == 2 and c.isalpha() and c not in _NO_COUNTRIES}


def languages(value: str | Iterable[str]) -> list[Choice]:
    """The languages, with those of `value` on."""
    on = {value} if isinstance(value, str) else set(value)
    return [Choice(code, name, code in on, lang=code) for code, name in LANGUAGES.items()]


def is_country(code: str) -> bool:
    """Whether it is a country's code that is offered."""
    return code in _territories("en")


def country_name(code: str, language: str) -> str:
    """`Russia`, `Россия`."""
    return _territories(language).get(code, code)


def countries(value: str, language: str) -> list[Choice]:
    """All countries by name."""
    return [Choice(c, n, c == value) for c, n in sorted(_territories(language).items(), key=lambda x: _sorted(x[1]))]


def currency_name(code: str, language: str) -> str:
    """`Russian Ruble`, `российский рубль`."""
    return str(Locale(language).currencies.get(code, code))


def currencies(value: str, language: str) -> list[Choice]:
    """The currencies that are offered, and the shop's own."""
    codes = [*CURRENCIES, *([value] if value and value not in CURRENCIES else [])]
    return [Choice(c, f"{currency_name(c, language)}, {c}", c == value) for c in codes]


@lru_cache(maxsize=1024)
def zone_name(zone: str, language: str) -> str:
    """`Moscow`, `Москва`: the zone's town; of a zone that is no town its own name."""
    if zone in (_UTC, "UTC"):
        return "UTC"
    # CLDR keeps a town under the first name that its zone ever had; Babel looks under the last one only.
    known = Locale(language).time_zones
    towns = (known[name]["city"] for name in _OLD_NAMES.get(zone, ()) if "city" in known.get(name, ()))
    town = None if zone in known else next(towns, None)
    return str(town or get_timezone_location(zone, locale=language, return_city=True)).rpartition("/")[2]


@lru_cache(maxsize=64)
def _zones(language: str) -> tuple[tuple[str, str, str], ...]:
    """(zone, town with its country, country's code) by name."""
    found = []
    for zone, country in get_global("zone_territories").items():
        if is_zone(zone) and not zone.startswith("Etc/"):
            name = zone_name(zone, language)
            nation = country_name(country, language)
            found.append((zone, name if nation in (name, country) else f"{name}, {nation}", country))
    return tuple(sorted(found, key=lambda x: _sorted(x[1])))


def only_zone(country: str) -> str | None:
    """The zone of a country that has one only: of Britain, not of Russia."""
    here = [zone for zone, _name, of in _zones("en") if of == country]
    return here[0] if len(here) == 1 else None


def zones(value: str, country: str, language: str) -> list[tuple[str, Sequence[Choice]]]:
    """All zones: those of the shop's country first."""
    known = _zones(language)
    near = [Choice(z, name, z == value) for z, name, of in known if of == country]
    here = {c.value for c in near}
    rest = [Choice(z, name, z == value) for z, name, _of in known if z not in here]
    rest.append(Choice(_UTC, _("universal time (UTC)"), value in (_UTC, "UTC")))
    if value not in {c.value for c in (*near, *rest)} and value != "UTC":
        rest.insert(0, Choice(value, value, True))
    first = [(country_name(country, language), near)] if near else []
    return [*first, (_("Other places"), rest)]


def _sorted(text: str) -> str:
    return text.lower().replace("ё", "е")
