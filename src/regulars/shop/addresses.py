"""What is missing or odd in an address, before a courier finds it out.

Reads the tables of regions and zones that zones.py has. Must not guess: what isn't certainly odd is not pointed out.
"""

import re
from collections.abc import Mapping
from typing import Any

from regulars.shop.regions import RUSSIAN_POSTCODES
from regulars.shop.zones import fold_place, fold_region, region_of, zone_of

__all__ = ["odd"]

_HOUSES = ("house", "building", "flat", "apartment", "street2", "line2")
_POSTCODE = re.compile(r"[0-9]{6}")


def odd(address: Mapping[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """Codes with their parameters, the gravest first: no_city, no_street, no_house, postcode_form, postcode_region,
    region_zone; empty for an address that seems whole."""
    text = {name: str(value).strip() for name, value in address.items() if value is not None}
    found: list[tuple[str, dict[str, str]]] = []
    if not text.get("city"):
        found.append(("no_city", {}))
    if not text.get("street"):
        found.append(("no_street", {}))
    elif not any(c.isdigit() for c in text["street"]) and not any(text.get(name) for name in _HOUSES):
        found.append(("no_house", {"street": text["street"]}))
    return found + _regions(text)


def _regions(text: Mapping[str, str]) -> list[tuple[str, dict[str, str]]]:
    country, postcode = text.get("country", "").upper(), text.get("postcode", "").replace(" ", "")
    region, city = text.get("region", ""), text.get("city", "")
    if country == "RU" and postcode:
        if not _POSTCODE.fullmatch(postcode):
            return [("postcode_form", {"postcode": postcode})]
        named = RUSSIAN_POSTCODES.get(int(postcode[:3]))
        said = region_of(country, region) or region_of(country, city)
        if named is not None and said is not None and region_of(country, named) != said:
            return [("postcode_region", {"postcode": postcode, "of": named, "region": region or city})]
        if named is not None and said is None and _zones_differ(country, named, city):
            return [("postcode_region", {"postcode": postcode, "of": named, "region": city})]
    if region and city and fold_region(region) != fold_place(city) and _zones_differ(country, region, city):
        return [("region_zone", {"region": region, "city": city})]
    return []


def _zones_differ(country: str, region: str, city: str) -> bool:
    """Whether clocks in the region and in a town of that name certainly differ."""
    there, here = zone_of(country, region, ""), zone_of(country, "", city)
    return there is not None and here is not None and there != here
