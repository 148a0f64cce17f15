"""The playground's buyers: invented, in both languages, and nobody's.

Addresses end in `.test` (RFC 2606). Telephones come from ranges that are given to nobody: in the United Kingdom,
Germany and America those that are kept for films; in Russia local numbers that begin with 0, which no exchange gives out.
"""

import json
import random
from dataclasses import dataclass
from importlib import resources
from typing import Any

__all__ = ["OWN", "Buyer", "buyer"]

MAIL = ("mail.test", "post.test", "inbox.test", "letters.test")


@dataclass(frozen=True, slots=True)
class Town:
    """`phone`: the beginning of its numbers; `digits`: how many are left to tell people apart."""

    country: str
    name: str
    phone: str
    digits: int
    streets: tuple[str, ...]
    weight: int


_RU = ("ул. Садовая", "ул. Лесная", "ул. Речная", "пр. Мира", "ул. Новая", "Цветочный пер.", "ул. Школьная")
_GB = ("Mill Lane", "Church Road", "High Street", "Orchard Way", "Station Road", "Green Lane")
_DE = ("Gartenweg", "Lindenstraße", "Mühlenweg")
_US = ("Maple Street", "Oak Avenue", "Hill Road")
RUSSIAN = (
    Town("RU", "Москва", "+7495000", 4, _RU, 26),
    Town("RU", "Санкт-Петербург", "+7812000", 4, _RU, 18),
    Town("RU", "Екатеринбург", "+7343000", 4, _RU, 9),
    Town("RU", "Новосибирск", "+7383000", 4, _RU, 8),
    Town("RU", "Казань", "+7843000", 4, _RU, 8),
    Town("RU", "Нижний Новгород", "+7831000", 4, _RU, 7),
    Town("RU", "Краснодар", "+7861000", 4, _RU, 7),
    Town("RU", "Самара", "+7846000", 4, _RU, 5),
    Town("RU", "Красноярск", "+7391000", 4, _RU, 4),
    Town("RU", "Хабаровск", "+7421000", 4, _RU, 3),
    Town("RU", "Владивосток", "+7423000", 4, _RU, 3),
)
ENGLISH = (
    Town("GB", "London", "+442079460", 3, _GB, 30),
    Town("GB", "Manchester", "+441614960", 3, _GB, 14),
    Town("GB", "Leeds", "+441134960", 3, _GB, 10),
    Town("GB", "Edinburgh", "+441314960", 3, _GB, 10),
    Town("GB", "Bristol", "+441174960", 3, _GB, 9),
    Town("DE", "Berlin", "+493023125", 3, _DE, 12),
    Town("US", "New York", "+121255501", 2, _US, 10),
)
_NAMES: dict[str, list[str]] = {
    kind: names.split()
    for kind, names in json.loads(
        resources.files(__package__).joinpath("data/names.json").read_text(encoding="utf-8")
    ).items()
}
_LATIN = str.maketrans(
    dict(zip("абвгдеёзийклмнопрстуфхыэ", "abvgdeeziyklmnoprstufhye", strict=True))
    | {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"}
)


@dataclass(frozen=True, slots=True)
class Buyer:
    """One buyer as the shop knows him."""

    id: str
    name: str
    first_name: str
    language: str
    email: str
    phone: str
    town: Town
    street: str
    consents: dict[str, bool]

    def told(self) -> dict[str, Any]:
        """The buyer of an order, in the contract's JSON."""
        return {
            "id": self.id,
            "name": self.name,
            "first_name": self.first_name,
            "email": self.email,
            "phone": self.phone,
            "language": self.language,
            "address": {"country": self.town.country, "city": self.town.name, "street": self.street},
            "consents": self.consents,
        }


def buyer(number: int, seed: int) -> Buyer:
    """Customer `number` of the data set, as this seed invents him."""
    chance = random.Random(f"{seed} buyer {number}")  # noqa: S311 - nothing secret
    russian = chance.random() < 0.72
    towns = RUSSIAN if russian else ENGLISH
    town = chance.choices(towns, [t.weight for t in towns])[0]
    first, last = (
        _russian(chance) if russian else (chance.choice(_NAMES["english_first"]), chance.choice(_NAMES["english_last"]))
    )
    return _made(number, f"{first} {last}", first, "ru" if russian else "en", town, chance)


def _russian(chance: random.Random) -> tuple[str, str]:
    surname = chance.choice(_NAMES["surnames"])
    return (
        (chance.choice(_NAMES["women"]), surname + "а")
        if chance.random() < 0.7
        else (chance.choice(_NAMES["men"]), surname)
    )


def _made(number: int, name: str, first: str, language: str, town: Town, chance: random.Random) -> Buyer:
    address = name.lower().replace(" ", ".").translate(_LATIN) + f"{number % 90 + 10}"
    house = chance.randrange(1, 90)
    street = chance.choice(town.streets)
    return Buyer(
        id=f"c-{number}",
        name=name,
        first_name=first,
        language=language,
        email=f"{address}.{number}@{chance.choice(MAIL)}" if number >= 90 else f"{address}@{chance.choice(MAIL)}",
        phone=f"{town.phone}{number % 10**town.digits:0{town.digits}d}",
        town=town,
        street=f"{street}, {house}" if language == "ru" else f"{house} {street}",
        consents={"email.advertising": True} if chance.random() < 0.7 else {},
    )


def _of(name: str) -> Town:
    return next(town for town in (*RUSSIAN, *ENGLISH) if town.name == name)


OWN_FROM = 9000
_OWN = (
    ("Наталья Вознесенская-Крыжановская", "Наталья", "ru", "Екатеринбург"),
    ("Марина Соколова", "Марина", "ru", "Москва"),
    ("Андрей Петров", "Андрей", "ru", "Хабаровск"),
    ("Anna Beispiel", "Anna", "en", "Berlin"),
    ("James Carter", "James", "en", "London"),
    ("Ольга Ким", "Ольга", "ru", "Новосибирск"),
    ("Emma Webb", "Emma", "en", "New York"),
    ("Игорь Лазарев", "Игорь", "ru", "Казань"),
    ("Sophie Marsh", "Sophie", "en", "Edinburgh"),
    ("Тамара Ильина", "Тамара", "ru", "Самара"),
    ("Кирилл Орлов", "Кирилл", "ru", "Владивосток"),
    ("Дарья Веселова", "Дарья", "ru", "Санкт-Петербург"),
)
OWN = tuple(
    _made(OWN_FROM + n, name, first, language, _of(town), random.Random(f"own {n}"))  # noqa: S311
    for n, (name, first, language, town) in enumerate(_OWN)
)
"""Those who have an order waiting when the demo begins; none is in the data set."""
