"""The playground's buyers: invented, in both languages, and nobody's.

Addresses end in `.test` (RFC 2606). Telephones come from ranges that are given to nobody: in the United Kingdom,
Germany and America those that are kept for films; in Russia local numbers that begin with 0, which no exchange gives out.
"""

import random
from dataclasses import dataclass
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
_WOMEN = (
    "Марина Анна Ольга Наталья Елена Ирина Татьяна Светлана Юлия Екатерина Мария Дарья Алёна Вера Надежда Галина Ксения"
    " Полина Людмила Оксана Валентина Софья Алина Инна Лариса Тамара"
).split()
_MEN = (
    "Андрей Сергей Дмитрий Алексей Иван Павел Михаил Николай Олег Игорь Евгений Артём Роман Кирилл Денис Антон Юрий"
    " Виктор Григорий Фёдор"
).split()
_SURNAMES = (
    "Соколов Петров Морозов Волков Лебедев Новиков Козлов Павлов Семёнов Голубев Виноградов Богданов Воробьёв Фёдоров"
    " Михайлов Беляев Тарасов Белов Комаров Орлов Киселёв Макаров Андреев Ковалёв Ильин Гусев Титов Кузьмин Кудрявцев"
    " Баранов Куликов Алексеев Степанов Яковлев Сорокин Сергеев Романов Захаров Борисов Королёв Герасимов Пономарёв"
    " Григорьев Лазарев Медведев Ершов Никитин Соболев Рябов Поляков Цветков Данилов Жуков Фролов Журавлёв Крылов"
    " Максимов Сидоров Осипов Белоусов Федотов Дорофеев Егоров Матвеев Бобров Калинин Анисимов Петухов Антонов"
    " Тимофеев Никифоров Веселов Филиппов Марков Большаков Суханов Миронов Ширяев Александров Коновалов Шестаков"
).split()
_ENGLISH_FIRST = (
    "James Emma Oliver Sophie Harry Charlotte Jack Emily George Amelia Thomas Grace William Alice Henry Lucy Daniel"
    " Hannah Samuel Megan Edward Florence Arthur Ruby Joseph Isabel Adam Rose Peter Clara"
).split()
_ENGLISH_LAST = (
    "Carter Hughes Bennett Foster Cooper Reed Turner Ward Watson Brooks Parker Price Bell Morgan Gray Mason Fisher"
    " Palmer Holmes Chapman Webb Barker Lawson Harding Walsh Doyle Pearce Sutton Fletcher Hayes Marsh Dixon"
).split()
_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i y k l m n o p r s t u f h ts ch sh sch  y  e yu ya".split(" "),
        strict=True,
    )
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
    first, last = _russian(chance) if russian else (chance.choice(_ENGLISH_FIRST), chance.choice(_ENGLISH_LAST))
    return _made(number, f"{first} {last}", first, "ru" if russian else "en", town, chance)


def _russian(chance: random.Random) -> tuple[str, str]:
    surname = chance.choice(_SURNAMES)
    return (chance.choice(_WOMEN), surname + "а") if chance.random() < 0.7 else (chance.choice(_MEN), surname)


def _made(number: int, name: str, first: str, language: str, town: Town, chance: random.Random) -> Buyer:
    address = "".join(_LATIN.get(c, c) for c in name.lower().replace(" ", ".")) + f"{number % 90 + 10}"
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
        consents={"email.advertising": True} if chance.random() < 0.45 else {},
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
