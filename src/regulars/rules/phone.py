"""Telephone numbers: one written form to store, one to show, and the zone where the number gives it away.

Owns normalising to E.164 and the certainty of a zone. Must not guess: a number whose owner may live in zones with
different clocks has no zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

import phonenumbers
from babel.core import get_global
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType
from phonenumbers.timezone import time_zones_for_number

from regulars.rules.localtime import is_zone, local, utc

_LONGEST: Final = 60
_ANYWHERE_IN_COUNTRY: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


class PhoneError(ValueError):
    """It is not a telephone number, or the country is needed to read it."""


def normalise(text: str, country: str | None = None) -> str:
    """The number in E.164 ('+79141234567'). `country`: ISO code of the shop, for numbers written the local way.

    '8 (914) 123-45-67' with 'RU' is +79141234567. An extension is dropped. Raises PhoneError, without the number in
    its text (it may reach a log).
    """
    if len(text) > _LONGEST:
        raise PhoneError("too long for a telephone number")
    try:
        number = phonenumbers.parse(text, country.upper() if country else None)
    except phonenumbers.NumberParseException as error:
        raise PhoneError("not a telephone number; write it with + and the code of its country") from error
    # Possible, not valid: a range handed out after our tables were made must not be lost.
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    # The tables allow 14 digits after +7, for services of the network that nobody orders from.
    if not possible or (number.country_code == 7 and len(str(number.national_number)) != 10):
        raise PhoneError("too short or too long for a telephone number of its country")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def display(e164: str) -> str:
    """The number as people write it: '+7 914 123-45-67'; text that is no such number comes back as it is."""
    try:
        number = _parse(e164)
    except PhoneError:
        return e164
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def country_of(e164: str) -> str | None:
    """ISO code of the country that the number belongs to, if it is certain."""
    region = phonenumbers.region_code_for_number(_parse(e164))
    return region if region and region != "001" else None


def certain_zone(e164: str, now: datetime) -> str | None:
    """The zone of the number's owner if all zones that come into question have one clock, now and for a year.

    A landline speaks for its town, a mobile only for its country: a Russian mobile says nothing.
    """
    number = _parse(e164)
    kind = phonenumbers.number_type(number)
    country = phonenumbers.region_code_for_number(number)
    if country is None:
        return None
    if kind == PhoneNumberType.FIXED_LINE:
        zones = tuple(zone for zone in time_zones_for_number(number) if is_zone(zone))
    elif kind in _ANYWHERE_IN_COUNTRY:
        zones = zones_of_country(country)
    else:
        return None
    return one_clock(zones, now)


def one_clock(zones: tuple[str, ...], now: datetime) -> str | None:
    """The first of the zones if all show the same time from `now` on for a year; None if they differ or are none."""
    return _one_clock(zones, utc(now).date())


@lru_cache(maxsize=4096)
def _one_clock(zones: tuple[str, ...], today: date) -> str | None:
    if not zones:
        return None
    noon = datetime.combine(today, time(12), UTC)
    for day in range(366) if len(zones) > 1 else ():
        moment = noon + timedelta(days=day)
        if len({local(moment, zone).utcoffset() for zone in zones}) > 1:
            return None
    return zones[0]


def _parse(e164: str) -> PhoneNumber:
    if not e164.startswith("+"):
        raise PhoneError("a stored number begins with +")
    try:
        return phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException as error:
        raise PhoneError("not a telephone number in E.164") from error


@lru_cache(maxsize=300)
def zones_of_country(country: str) -> tuple[str, ...]:
    """All zones of a country (its ISO code), by CLDR."""
    territories = get_global("zone_territories")
    return tuple(sorted(zone for zone, territory in territories.items() if territory == country and is_zone(zone)))
