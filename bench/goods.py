"""Products by rule, for benches and tests: Russian ones out of nouns, kinds, makers and sizes, English ones likewise.

No list of real products is copied; with `real` the names of the data set 'Online Retail' stand first.
"""

import csv
import io
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

__all__ = ["Article", "articles", "misheard", "real"]

MAKERS = (
    ("Tefal", "тифаль"), ("Bosch", "бош"), ("Philips", "филипс"), ("Apple", "эппл"), ("Samsung", "самсунк"),
    ("Xiaomi", "ксиоми"), ("Moulinex", "мулинекс"), ("Electrolux", "електролюкс"), ("DeLonghi", "делонги"),
    ("Nike", "найк"), ("Dyson", "дайсон"), ("Braun", "браун"), ("Rowenta", "равента"), ("Lego", "лега"),
    ("Литейка", "летейка"), ("Посудная лавка", "пасудная"), ("Бирюса", "бирюза"), ("Чудо-печь", "чуда печ"),
)  # fmt: skip
"""Makers, and how somebody says or writes them who has only heard them."""
NOUNS = (
    ("Сковородка", "сковоротка"), ("Кастрюля", "каструля"), ("Казан", "козан"), ("Чайник", "чайнек"), ("Утюг", "утюк"),
    ("Мультиварка", "мультеварка"), ("Блендер", "блэндер"), ("Пылесос", "пылисос"), ("Кофемолка", "кофимолка"),
    ("Термос", "термас"), ("Рюкзак", "рюгзак"), ("Подушка", "падушка"), ("Полотенце", "полатенце"), ("Фонарик", "фанарик"),
    ("Наушники", "наушнеки"), ("Телефон", "тилифон"), ("Одеяло", "адеяло"), ("Светильник", "светильнек"),
    ("Kettle", "ketle"), ("Backpack", "bakpack"), ("Lantern", "lantirn"), ("Saucepan", "sauspan"), ("Blanket", "blankit"),
)  # fmt: skip
KINDS = (
    "чугунная", "стальной", "складной", "детский", "дорожный", "большой", "малый", "походный", "красный", "зелёный",
    "синяя", "белый", "черная", "матовый", "двойной", "с крышкой", "на подставке", "в чехле", "подарочный", "лёгкий",
    "folding", "enamel", "striped", "wooden", "ceramic",
)  # fmt: skip
SIZES = tuple(f"{n} см" for n in range(10, 60, 2)) + tuple(f"{n} л" for n in range(1, 12)) + ("2 шт", "4 шт", "6 шт")


@dataclass(frozen=True, slots=True)
class Article:
    """A product of the set."""

    sku: str
    name: str
    brand: str
    category: str
    price: int
    stock: int


def articles(n: int, names: tuple[tuple[str, str], ...] = ()) -> Iterator[Article]:
    """So many products, always the same ones; `names` (sku, name) come first."""
    yield from (Article(sku, name, "", "", 100 + 7 * i % 900, i % 5) for i, (sku, name) in enumerate(names[:n]))
    left = max(0, n - len(names))
    made = product(SIZES, KINDS, MAKERS, NOUNS)
    for i, (size, kind, (maker, _), (noun, _)) in enumerate(islice(made, left)):
        model = f"{maker[:1].upper()}{noun[:1].upper()}-{i % 9973}"
        yield Article(
            f"{noun[:3].upper()}-{i}", f"{noun} {kind} {maker} {size}, {model}", maker, noun, 290 + i % 5000, i % 4
        )


def misheard() -> list[tuple[str, str]]:
    """What is typed, and a word that the first product found must have in its name."""
    single = [(heard, name.split()[0]) for name, heard in (*MAKERS, *NOUNS)]
    both = [(f"{heard} {said}", noun) for (noun, heard), (_, said) in zip(NOUNS, MAKERS, strict=False)]
    return single + both


def real(path: Path) -> tuple[tuple[str, str], ...]:
    """(sku, name) of all goods of the data set's file (csv.xz)."""
    found: dict[str, str] = {}
    with lzma.open(path) as packed:
        for row in csv.DictReader(io.TextIOWrapper(packed, encoding="utf-8", errors="replace")):
            if row["Description"]:
                found.setdefault(row["StockCode"], row["Description"].strip())
    return tuple(found.items())
