"""Where an address is, as a time zone: country, region, town -> IANA name, or None where it is not certain.

Owns the folding of place names and the reading of data/zones.json.gz (made by zones_build from GeoNames, CC BY 4.0).
A country is unpacked when it is first asked for. Must not guess: a name that stands for towns with different clocks
has no zone unless the region decides.
"""

import gzip
import json
import re
import unicodedata
from functools import lru_cache
from importlib import resources
from typing import Any

__all__ = ["fold_place", "fold_region", "region_of", "zone_of"]

DATA_FILE = "data/zones.json.gz"

_WORDS = re.compile(r"[^\W_]+")
_IN_TOWNS = "г гор город пгт рп п пос поселок с село д дер деревня ст станица"
_IN_REGIONS = (
    "обл область край респ республика ао аобл автономная автономный округ г гор город федерального значения "
    "oblast region krai kray republic respublika autonomous okrug district of the state province territory"
)
_TOWN_WORDS = frozenset(_IN_TOWNS.split())
_REGION_WORDS = frozenset(_IN_REGIONS.split())


def zone_of(country: str | None, region: str | None, city: str | None, postcode: str | None = None) -> str | None:
    """The IANA zone of an address, if it is certain; None otherwise, also for what is unknown.

    `country`: ISO 3166 code. `region` and `city` as people write them, in English, the local language or Russian;
    `region` also as its usual code (IL, NSW). `postcode` stands in for a region that is missing (Russia).
    """
    if not country:
        return None
    return _zone_of(country.strip().upper(), region or "", city or "", postcode or "")


def fold_place(name: str) -> str:
    """A town's name for comparing: lower case, without accents, punctuation and words such as 'г.'."""
    words = _folded_words(name)
    inner = [word for at, word in enumerate(words) if word not in _TOWN_WORDS or 0 < at < len(words) - 1]
    return " ".join(inner or words)


def fold_region(name: str) -> str:
    """A region's name for comparing: likewise, and without words such as 'область' or 'Republic'."""
    words = _folded_words(name)
    return " ".join([word for word in words if word not in _REGION_WORDS] or words)


def region_of(country: str, name: str) -> str | None:
    """The code of the region that is called so, if there is one."""
    code: str | None = _table()["regions"].get(country, {}).get(fold_region(name)) if name else None
    return code


@lru_cache(maxsize=8192)
def _zone_of(country: str, region: str, city: str, postcode: str) -> str | None:
    table = _table()
    zone = table["countries"].get(country)
    if zone is None and country in table["cities"]:
        code = table["regions"][country].get(fold_region(region))
        if code is None:
            code = table["postcodes"].get(country, {}).get(postcode.strip()[:3])
        zone = _zone_in(country, code, fold_place(city))
    return None if zone is None else table["zones"][int(zone)]


def _zone_in(country: str, region: str | None, city: str) -> str | int | None:
    """The region decides if it has one clock; else the town within it, or, without a region, a town of a sure name."""
    if region is None:
        return _cities(country).get(city)
    zone: int | None = _table()["region_zones"][country].get(region)
    return _towns(country, region).get(city) if zone is None else zone


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    packed = (resources.files("regulars.shop") / DATA_FILE).read_bytes()
    table: dict[str, Any] = json.loads(gzip.decompress(packed))
    return table


@lru_cache(maxsize=8)
def _cities(country: str) -> dict[str, str]:
    return _read(_table()["cities"][country])


@lru_cache(maxsize=32)
def _towns(country: str, region: str) -> dict[str, str]:
    return _read(_table()["region_cities"][country][region])


def _read(lines: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in lines.splitlines())


def _folded_words(name: str) -> list[str]:
    lowered = unicodedata.normalize("NFKC", name).casefold().replace("ё", "е")
    # Accents fall off Latin letters only: й is a letter of its own.
    folded = "".join(unicodedata.normalize("NFKD", letter)[0] if letter < "\u0370" else letter for letter in lowered)
    return _WORDS.findall(folded)
