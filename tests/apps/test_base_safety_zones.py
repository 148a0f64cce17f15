"""Addresses and their zones: certain or none."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.localtime import is_zone
from regulars.shop import zones
from regulars.shop.zones import fold_place, fold_region, zone_of


@pytest.mark.parametrize(
    ("country", "region", "city", "zone"),
    [
        ("RU", "Хабаровский край", "Хабаровск", "Asia/Vladivostok"),
        ("RU", None, "Хабаровск", "Asia/Vladivostok"),
        ("ru", None, "г. ХАБАРОВСК", "Asia/Vladivostok"),
        ("RU", None, "Khabarovsk", "Asia/Vladivostok"),
        ("RU", None, "Москва", "Europe/Moscow"),
        ("RU", "г Москва", None, "Europe/Moscow"),
        ("RU", "Приморский край", "дер. Неизвестная", "Asia/Vladivostok"),
        ("RU", "Респ Саха /Якутия/", "г Якутск", "Asia/Yakutsk"),
        ("RU", "Республика Саха (Якутия)", None, None),
        ("RU", None, "Берёзовский", None),
        ("RU", "Свердловская обл", "Берёзовский", "Asia/Yekaterinburg"),
        ("RU", "Кемеровская область - Кузбасс", "Березовский", "Asia/Novokuznetsk"),
        ("RU", None, None, None),
        ("RU", "Тридевятая область", "Тридесятый", None),
        ("GB", None, "London", "Europe/London"),
        ("GB", None, None, "Europe/London"),
        ("KZ", None, "Алматы", "Asia/Almaty"),
        ("DE", "", "", "Europe/Berlin"),
        ("US", None, "Springfield", None),
        ("US", "IL", "Springfield", "America/Chicago"),
        ("US", "Massachusetts", "Springfield", "America/New_York"),
        ("US", None, "New York", "America/New_York"),
        ("US", "TX", "El Paso", "America/Denver"),
        ("US", "TX", "Houston", "America/Chicago"),
        ("US", "TX", None, None),
        ("US", "TX", "Seattle", None),
        ("CA", "Québec", "Montreal", "America/Toronto"),
        ("AU", "NSW", "Sydney", "Australia/Sydney"),
        ("AU", "NSW", "Broken Hill", "Australia/Broken_Hill"),
        ("AU", "Queensland", "anywhere", "Australia/Brisbane"),
        ("BR", "SP", "São Paulo", "America/Sao_Paulo"),
        ("ES", None, "Las Palmas de Gran Canaria", "Atlantic/Canary"),
        ("ZZ", None, "Nowhere", None),
        ("", None, "Москва", None),
        (None, None, None, None),
    ],
)
def test_the_zone_of_an_address(country: str | None, region: str | None, city: str | None, zone: str | None) -> None:
    assert zone_of(country, region, city) == zone


def test_a_postcode_stands_in_for_the_region() -> None:
    assert zone_of("RU", None, None, "680000") == "Asia/Vladivostok"
    assert zone_of("RU", None, "Берёзовский", "652420") == "Asia/Novokuznetsk"
    assert zone_of("RU", "Свердловская область", None, "680000") == "Asia/Yekaterinburg"
    assert zone_of("RU", None, None, "000000") is None


def test_names_are_folded_but_letters_are_kept() -> None:
    assert fold_place("г. Йошкар-Ола") == "йошкар ола"
    assert fold_place("São José dos Campos") == "sao jose dos campos"
    assert fold_place("Село") == "село"
    assert fold_region("Республика Саха (Якутия)") == "саха якутия"
    assert fold_region("край") == "край"


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30), st.text(max_size=10))
def test_any_address_is_answered(country: str, region: str, city: str, postcode: str) -> None:
    for known in (country, "RU", "US", "CN"):
        zone = zone_of(known, region, city, postcode)
        assert zone is None or is_zone(zone)


def test_every_zone_and_region_of_the_table_is_whole() -> None:
    table = zones._table()
    assert all(is_zone(name) for name in table["zones"])
    for country, regions in table["regions"].items():
        for code in regions.values():
            assert (code in table["region_zones"][country]) != (code in table["region_cities"][country])
    assert set(table["postcodes"]["RU"].values()) <= set(table["regions"]["RU"].values())
    assert len(set(table["regions"]["RU"].values())) == 85
    assert len(set(table["regions"]["US"].values())) == 51


def test_the_table_is_small_in_memory() -> None:
    for cache in (zones._table, zones._cities, zones._zone_of):
        cache.cache_clear()
    tracemalloc.start()
    try:
        zone_of("RU", None, "Хабаровск")
        used, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < 10_000_000
