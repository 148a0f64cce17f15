"""Whose day counts before a buyer is called: his own where it is known, else what the shop has decided.

Owns that decision's two answers. A country whose zones have no hour of day in common falls back to the shop's zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final

from regulars.rules.localtime import in_hours, is_zone, local, utc
from regulars.rules.phone import zones_of_country
from regulars.rules.worktime import NoWorkingTime, WorkTime, move_into_both

__all__ = ["COUNTRY_ZONES", "RULES", "SHOP_ZONE", "common_hours", "first_call", "zones_to_mind"]

_MEET_WITHIN_DAYS = 14
_QUARTER = timedelta(minutes=15)
_QUARTERS_A_DAY = 96

SHOP_ZONE: Final = "shop"
"""Whoever hasn't said where he lives is taken to live where the shop is."""
COUNTRY_ZONES: Final = "country"
"""He is called only while it is day in the whole country."""
RULES: Final = (SHOP_ZONE, COUNTRY_ZONES)


def zones_to_mind(known: str | None, rule: str, shop_zone: str, country: str) -> tuple[str, ...]:
    """The zones in all of which it must be day, the surest first. `known`: the buyer's zone, if it is certain."""
    if known and is_zone(known):
        return (known,)
    if rule == COUNTRY_ZONES and (zones := zones_of_country(country.upper())):
        return tuple(dict.fromkeys((shop_zone, *zones)))
    return (shop_zone,)


def common_hours(now: datetime, zones: Sequence[str], day: tuple[time, time]) -> tuple[datetime, datetime] | None:
    """The next hours in which it is day in all of the zones, to a quarter of an hour; None where there are none in a day."""
    moment = utc(now).replace(minute=0, second=0, microsecond=0)
    is_day = [
        all(in_hours(local(moment + n * _QUARTER, zone).time(), *day) for zone in zones)
        for n in range(2 * _QUARTERS_A_DAY)
    ]
    if all(is_day):
        return moment, moment + _QUARTERS_A_DAY * _QUARTER
    begins = next((n for n in range(1, _QUARTERS_A_DAY + 1) if is_day[n] and not is_day[n - 1]), None)
    if begins is None:
        return None
    ends = next((n for n in range(begins, len(is_day)) if not is_day[n]), len(is_day))
    return moment + begins * _QUARTER, moment + ends * _QUARTER


def first_call(t: datetime, hours: WorkTime, zones: Sequence[str], day: tuple[time, time]) -> datetime:
    """The first instant from `t` on at which the team works and it is day in all of the zones.

    Where they have no such hour in common within two weeks, the first zone decides. Raises NoWorkingTime.
    """
    if len(zones) > 1:
        apart = {local(t, zone).utcoffset(): zone for zone in reversed(zones)}  # zones of one clock are asked once
        try:
            return move_into_both(t, hours, tuple(apart.values()), day, _MEET_WITHIN_DAYS)
        except NoWorkingTime:
            pass
    return move_into_both(t, hours, zones[0], day)
