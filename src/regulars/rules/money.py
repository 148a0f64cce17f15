"""Money: decimal text and integer minor units of an ISO 4217 currency, exact both ways.

Owns the currencies that we take, their decimal places, strict reading and plain writing. Must not round, guess, format
for people, or reckon across currencies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

LIMIT: Final = 10**18
"""Amounts at or beyond it, in minor units, are refused: a bigint holds them, and a sum of several too."""

# ISO 4217 list one (SIX Group, 2025): by decimal places; all other codes of the list have two. CLDR, and so Babel,
# differs: it gives the places in daily use (IQD 0, LBP 0), not those of accounts.
_WITHOUT_PLACES = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_PLACES = "BHD IQD JOD KWD LYD OMR TND"
_TWO_PLACES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP
    CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS
    KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD
    PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
    TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG
"""
_WITHDRAWN = "ANG BGN HRK"  # two places; order histories still hold them

_NONE: Final = frozenset(_WITHOUT_PLACES.split())
_THREE: Final = frozenset(_THREE_PLACES.split())
_TWO: Final = frozenset(_TWO_PLACES.split() + _WITHDRAWN.split())
CURRENCIES: Final = _NONE | _TWO | _THREE

_DECIMAL = re.compile(r"(-?)(0|[1-9][0-9]{0,19})(?:\.([0-9]{1,20}))?", re.ASCII)


class MoneyError(ValueError):
    """The text is not an amount of money that can be held exactly."""


class UnknownCurrency(MoneyError):
    """There is no such ISO 4217 currency."""

    def __init__(self, currency: object) -> None:
        super().__init__(f"{currency!r} is not a currency of ISO 4217, such as RUB or EUR")


class CurrencyMismatch(MoneyError):
    """Amounts of two currencies cannot be added or compared."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other} cannot be reckoned together")


def is_currency(code: str) -> bool:
    """Whether it is a currency of ISO 4217 that money is reckoned in."""
    return code in _TWO or code in _NONE or code in _THREE


def exponent(currency: str) -> int:
    """The currency's decimal places: 0, 2 or 3. Raises UnknownCurrency."""
    if currency in _TWO:
        return 2
    if currency in _NONE:
        return 0
    if currency in _THREE:
        return 3
    raise UnknownCurrency(currency)


def to_minor(text: str, currency: str) -> int:
    """Integer minor units out of decimal text: ('4990.00', 'RUB') is 499000.

    Refused with MoneyError: anything but plain digits with a point (no NaN, exponent, sign plus, spaces), minus zero,
    more places than the currency has unless they are zeros, 10^18 minor units and more.
    """
    places = exponent(currency)
    sign, whole, fraction = _parts(text)
    if fraction[places:].strip("0"):
        raise MoneyError(f"{text!r} has more decimal places than {currency} has ({places})")
    minor = int(whole + fraction[:places].ljust(places, "0"))
    if minor >= LIMIT:
        raise MoneyError(f"{text!r} is too large")
    return -minor if sign else minor


def to_text(minor: int, currency: str) -> str:
    """Decimal text with all places of the currency: (499000, 'RUB') is '4990.00'."""
    places = exponent(currency)
    digits = str(abs(minor)).rjust(places + 1, "0")
    sign = "-" if minor < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def unit_price(text: str) -> Decimal:
    """A unit price, as numeric(19,6) holds it; never to be summed. Refused like `to_minor`, beyond six places too."""
    sign, whole, fraction = _parts(text)
    if fraction[6:].strip("0"):
        raise MoneyError(f"{text!r} has more than six decimal places")
    if len(whole) > 13:
        raise MoneyError(f"{text!r} is too large")
    return Decimal(f"{sign}{whole}.{fraction[:6].ljust(6, '0')}")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units with its currency; adds and compares within one currency only."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)
        if abs(self.minor) >= LIMIT:
            raise MoneyError(f"{self.minor} {self.currency} is too large")

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Money out of decimal text; raises MoneyError."""
        return cls(to_minor(text, currency), currency)

    def __str__(self) -> str:
        return f"{to_text(self.minor, self.currency)} {self.currency}"

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.minor


def _parts(text: str) -> tuple[str, str, str]:
    found = _DECIMAL.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        shown = text[:40] if isinstance(text, str) else text
        raise MoneyError(f"{shown!r} is not a decimal number such as '4990.00'")
    sign, whole, fraction = found[1], found[2], found[3] or ""
    if sign and not (whole + fraction).strip("0"):
        raise MoneyError(f"{text!r}: zero has no sign")
    return sign, whole, fraction
