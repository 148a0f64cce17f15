"""How well one product stands in for another, and what is different about it.

Owns the score (shared features, nearness in price, the maker) and the differences as data; words are the screens'.
Whether both are of one category, and what is in stock, is the asker's matter. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

__all__ = ["Difference", "Traits", "differences", "fit", "shared"]

FEATURES, PRICE, BRAND = 0.55, 0.35, 0.1
"""What counts how much; what neither product says counts nothing, and the rest makes up the whole."""
MOST_SAID = 4
"""Differences that one can say in a breath."""

_NUMBER = re.compile(r"\s*([0-9]{1,12}(?:[.,][0-9]{1,6})?)\s*(.{0,20})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Traits:
    """What of a product is compared; None and empty where it isn't known. `currency` of the price."""

    price: Decimal | None
    currency: str | None
    brand: str | None
    features: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """`kind`: price (`more` says by how much, below zero cheaper), brand, feature; with what was and what would be."""

    kind: Literal["price", "brand", "feature"]
    name: str
    before: str
    after: str
    more: Decimal | None = None


def fit(wanted: Traits, other: Traits) -> float:
    """How well `other` stands in for `wanted`: 1 for the same thing, 0 for one with nothing in common."""
    parts = [(FEATURES, _features(wanted, other)), (PRICE, _price(wanted, other)), (BRAND, _brand(wanted, other))]
    known = [(weight, share) for weight, share in parts if share is not None]
    whole = sum(weight for weight, _ in known)
    return sum(weight * share for weight, share in known) / whole if whole else 0.0


def differences(wanted: Traits, other: Traits) -> list[Difference]:
    """What is different, first the price, then features in their order, then the maker; a few."""
    found = []
    if _comparable(wanted, other) and wanted.price != other.price:
        assert wanted.price is not None and other.price is not None
        found.append(Difference("price", "", "", "", other.price - wanted.price))
    for name, value in wanted.features.items():
        theirs = other.features.get(name)
        if theirs is not None and _plain(theirs) != _plain(value):
            found.append(Difference("feature", name, _plain(value), _plain(theirs)))
    if wanted.brand and other.brand and _fold(wanted.brand) != _fold(other.brand):
        found.append(Difference("brand", "", wanted.brand, other.brand))
    return found[:MOST_SAID]


def shared(wanted: Traits, other: Traits) -> list[tuple[str, str]]:
    """Features, by name and value, that both have; a few."""
    same = [(n, _plain(v)) for n, v in wanted.features.items() if _alike(v, other.features.get(n)) == 1]
    return same[:MOST_SAID]


def _comparable(wanted: Traits, other: Traits) -> bool:
    has_both = wanted.price is not None and other.price is not None
    return has_both and (wanted.currency == other.currency or wanted.currency is None or other.currency is None)


def _price(wanted: Traits, other: Traits) -> float | None:
    if not _comparable(wanted, other):
        return None
    low, high = sorted((wanted.price or Decimal(0), other.price or Decimal(0)))
    return float(low / high) if high else 1.0


def _brand(wanted: Traits, other: Traits) -> float | None:
    if not wanted.brand:
        return None
    return float(_fold(wanted.brand) == _fold(other.brand or ""))


def _features(wanted: Traits, other: Traits) -> float | None:
    if not wanted.features:
        return None
    return sum(_alike(v, other.features.get(n)) for n, v in wanted.features.items()) / len(wanted.features)


def _alike(one: Any, other: Any) -> float:
    """Numbers of one unit by their nearness, all else the same or not."""
    if other is None:
        return 0.0
    mine, theirs = _fold(_plain(one)), _fold(_plain(other))
    if mine == theirs:
        return 1.0
    a, b = _NUMBER.fullmatch(mine), _NUMBER.fullmatch(theirs)
    if a is None or b is None or a[2].strip() != b[2].strip():
        return 0.0
    low, high = sorted((Decimal(a[1].replace(",", ".")), Decimal(b[1].replace(",", "."))))
    # twice as big is no likeness at all
    return max(0.0, 2 * float(low / high) - 1) if high else 1.0


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "+" if value else "−"
    return " ".join(str(value).split())


def _fold(text: str) -> str:
    return text.casefold().replace("ё", "е")
