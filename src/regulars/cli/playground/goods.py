"""What the playground's shop sells: a part of the goods of the data set 'Online Retail', under names and prices of ours.

`sku` is the stock code of the data set, by which real baskets are told; prices are in roubles.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

__all__ = ["BY_SKU", "GOODS", "Article", "snapshots"]


@dataclass(frozen=True, slots=True)
class Article:
    """`days`: after how many days of use a buyer knows whether he likes it. `stock`: pieces at the demo's beginning."""

    sku: str
    category: str
    en: str
    ru: str
    price: int
    days: int
    stock: int

    def name(self, language: str) -> str:
        """The name in a buyer's language."""
        return self.ru if language == "ru" else self.en


CATEGORIES = {
    "baking": {"en": "Baking", "ru": "Выпечка"},
    "tea": {"en": "Tea table", "ru": "Чайный стол"},
    "storage": {"en": "Storage", "ru": "Хранение"},
    "lunch": {"en": "Lunch to go", "ru": "Еда с собой"},
    "bags": {"en": "Bags", "ru": "Сумки"},
    "light": {"en": "Light", "ru": "Свет"},
    "home": {"en": "Home", "ru": "Дом"},
    "warmth": {"en": "Warmth", "ru": "Тепло"},
    "garden": {"en": "Garden", "ru": "Сад"},
    "party": {"en": "Parties", "ru": "Праздник"},
}
_ROWS = (
    ("22423", "tea", "Cake stand, three tiers", "Этажерка для пирожных, три яруса", 1690, 7, 24),
    ("22699", "tea", "Teacup and saucer, roses", "Чайная пара «Розы»", 490, 5, 62),
    ("22697", "tea", "Teacup and saucer, green", "Чайная пара зелёная", 490, 5, 0),
    ("22698", "tea", "Teacup and saucer, pink", "Чайная пара розовая", 490, 5, 48),
    ("22139", "tea", "Tea set, ceramic, 11 pieces", "Чайный сервиз керамический, 11 предметов", 2990, 10, 9),
    ("84946", "tea", "Tea glass, etched", "Стакан для чая с гравировкой", 290, 5, 120),
    ("21080", "tea", "Paper napkins with dots, 20", "Салфетки в горошек, 20 шт.", 140, 3, 340),
    ("22907", "tea", "Paper napkins, pantry, 20", "Салфетки «Буфет», 20 шт.", 140, 3, 210),
    ("21843", "tea", "Cake stand with dots", "Подставка для торта в горошек", 1490, 7, 11),
    ("22720", "baking", "Cake tins, set of 3", "Банки для выпечки, 3 шт.", 990, 7, 35),
    ("23245", "baking", "Cake tins, Regency, set of 3", "Банки для выпечки «Регентство», 3 шт.", 990, 7, 0),
    ("21212", "baking", "Paper cake cases with dots, 72", "Бумажные формочки в горошек, 72 шт.", 120, 5, 400),
    ("84991", "baking", "Fairy cake cases, 60", "Бумажные формочки «Фея», 60 шт.", 120, 5, 260),
    ("21977", "baking", "Paper cake cases, pink, 60", "Бумажные формочки розовые, 60 шт.", 120, 5, 180),
    ("22993", "baking", "Jelly moulds, set of 4", "Формы для желе, 4 шт.", 290, 7, 70),
    ("22138", "baking", "Baking set, 9 pieces", "Набор для выпечки, 9 предметов", 890, 10, 40),
    ("84380", "baking", "Cookie cutters, butterflies, 3", "Формочки для печенья «Бабочки», 3 шт.", 250, 7, 66),
    ("84378", "baking", "Cookie cutters, hearts, 3", "Формочки для печенья «Сердца», 3 шт.", 250, 7, 82),
    ("22966", "baking", "Gingerbread man cutter", "Формочка «Пряничный человечек»", 190, 7, 130),
    ("22624", "baking", "Kitchen scales, ivory", "Весы кухонные, слоновая кость", 1990, 14, 14),
    ("22625", "baking", "Kitchen scales, red", "Весы кухонные красные", 1990, 14, 0),
    ("22666", "baking", "Recipe box", "Шкатулка для рецептов", 590, 10, 45),
    ("23113", "baking", "Chopping board", "Доска разделочная", 890, 10, 28),
    ("22961", "storage", "Jam making set with labels", "Набор для варенья с этикетками", 290, 10, 90),
    ("22960", "storage", "Jam making set with jars", "Набор для варенья с банками", 790, 10, 33),
    ("22963", "storage", "Jam jar, green lid", "Банка для варенья, зелёная крышка", 150, 7, 160),
    ("22962", "storage", "Jam jar, pink lid", "Банка для варенья, розовая крышка", 150, 7, 150),
    ("22722", "storage", "Spice tins, set of 6", "Баночки для специй, 6 шт.", 690, 7, 52),
    ("20914", "storage", "Glass bowls with lids, set of 5", "Стеклянные миски с крышками, 5 шт.", 590, 7, 47),
    ("22847", "storage", "Bread bin, ivory", "Хлебница, слоновая кость", 2490, 14, 8),
    ("22846", "storage", "Bread bin, red", "Хлебница красная", 2490, 14, 0),
    ("22849", "storage", "Bread bin, mint", "Хлебница мятная", 2490, 14, 6),
    ("22326", "storage", "Round snack boxes, set of 4", "Круглые контейнеры «Лес», 4 шт.", 590, 7, 71),
    ("22629", "lunch", "Lunch box, astronaut", "Ланч-бокс «Космонавт»", 390, 7, 95),
    ("22630", "lunch", "Lunch box, dolly girl", "Ланч-бокс «Куколка»", 390, 7, 88),
    ("20725", "lunch", "Lunch bag, red dots", "Ланч-сумка «Красный горошек»", 350, 7, 140),
    ("20727", "lunch", "Lunch bag, black", "Ланч-сумка чёрная", 350, 7, 77),
    ("22383", "lunch", "Lunch bag, blossom", "Ланч-сумка «Цветение»", 350, 7, 0),
    ("22382", "lunch", "Lunch bag, astronaut", "Ланч-сумка «Космонавт»", 350, 7, 84),
    ("20728", "lunch", "Lunch bag, blue cars", "Ланч-сумка «Машинки»", 350, 7, 93),
    ("22384", "lunch", "Lunch bag, pink dots", "Ланч-сумка «Розовый горошек»", 350, 7, 101),
    ("20726", "lunch", "Lunch bag, woodland", "Ланч-сумка «Лес»", 350, 7, 65),
    ("85099B", "bags", "Jumbo bag, red dots", "Большая сумка «Красный горошек»", 390, 7, 190),
    ("22386", "bags", "Jumbo bag, pink dots", "Большая сумка «Розовый горошек»", 390, 7, 110),
    ("21931", "bags", "Storage bag, blossom", "Сумка для хранения «Цветение»", 390, 7, 85),
    ("22411", "bags", "Shopper, red paisley", "Сумка-шопер «Огурцы»", 390, 7, 97),
    ("22379", "bags", "Recycling bag with dots", "Сумка для раздельного сбора, в горошек", 390, 7, 58),
    ("85123A", "light", "T-light holder, white heart", "Подсвечник «Белое сердце»", 390, 7, 220),
    ("21733", "light", "T-light holder, red heart", "Подсвечник «Красное сердце»", 390, 7, 75),
    ("22178", "light", "Hanging glass T-light", "Подвесной подсвечник из стекла", 220, 7, 130),
    ("23084", "light", "Night light, rabbit", "Ночник «Заяц»", 350, 14, 0),
    ("21731", "light", "Night light, toadstool", "Ночник «Мухомор»", 250, 14, 150),
    ("79321", "light", "String lights, chillies", "Гирлянда «Перчики»", 790, 14, 22),
    ("22727", "home", "Alarm clock, red", "Будильник красный", 590, 14, 31),
    ("22726", "home", "Alarm clock, green", "Будильник зелёный", 590, 14, 26),
    ("22728", "home", "Alarm clock, pink", "Будильник розовый", 590, 14, 0),
    ("82482", "home", "Picture frame, white", "Рамка для фото белая", 390, 7, 54),
    ("22457", "home", "Slate chalkboard, heart", "Грифельная доска «Сердце»", 450, 7, 36),
    ("82484", "home", "Blackboard, wooden", "Меловая доска в деревянной раме", 1190, 10, 12),
    ("22467", "home", "Coat rack, gumballs", "Вешалка настенная «Леденцы»", 390, 14, 43),
    ("22558", "home", "Clothes pegs, 24", "Прищепки в горошек, 24 шт.", 250, 7, 170),
    ("21232", "home", "Trinket box, strawberry", "Шкатулка «Клубника»", 220, 7, 105),
    ("23284", "home", "Doormat 'Come in'", "Коврик у двери «Входите»", 1190, 14, 17),
    ("20685", "home", "Doormat with dots", "Коврик у двери в горошек", 1190, 14, 0),
    ("21754", "home", "Wooden word 'Home'", "Деревянное слово «Дом»", 890, 7, 23),
    ("22469", "home", "Wicker heart, small", "Сердце из лозы, малое", 290, 7, 160),
    ("22470", "home", "Wicker heart, large", "Сердце из лозы, большое", 450, 7, 98),
    ("22112", "warmth", "Hot water bottle, chocolate", "Грелка «Шоколад»", 690, 10, 39),
    ("22111", "warmth", "Hot water bottle, terrier", "Грелка «Терьер»", 690, 10, 44),
    ("23355", "warmth", "Hot water bottle 'Keep calm'", "Грелка «Всё будет хорошо»", 690, 10, 0),
    ("22865", "warmth", "Hand warmer, owl", "Грелка для рук «Сова»", 290, 7, 115),
    ("23300", "garden", "Kneeling pad 'Cup of tea'", "Коврик под колени «Пора пить чай»", 250, 14, 60),
    ("23301", "garden", "Kneeling pad 'Keep calm'", "Коврик под колени «Спокойствие»", 250, 14, 72),
    ("84879", "garden", "Bird ornament", "Птичка для сада", 250, 7, 240),
    ("47566", "party", "Bunting, cotton", "Гирлянда из флажков, хлопок", 690, 7, 57),
    ("23298", "party", "Bunting with dots", "Гирлянда из флажков в горошек", 690, 7, 64),
    ("22197", "party", "Popcorn holder, small", "Стаканчик для попкорна", 150, 5, 300),
    ("21790", "party", "Snap cards", "Детские карты «Пара»", 150, 7, 135),
)
GOODS = tuple(Article(*row) for row in _ROWS)
BY_SKU = {article.sku: article for article in GOODS}


_PIECES = re.compile(r"\b(\d+)(?: pieces)?$")
_COLOURS = {
    "red": "красный", "green": "зелёный", "pink": "розовый", "black": "чёрный", "white": "белый", "ivory": "слоновая кость",
    "mint": "мятный", "blue": "синий",
}  # fmt: skip
_GO_WITH = {
    "tea": ("21080", {"en": "in the same dots as the table", "ru": "в тот же горошек, что и стол"}),
    "baking": ("21212", {"en": "the first batch is baked at once", "ru": "хватит сразу на первую выпечку"}),
    "storage": ("22961", {"en": "with labels for each jar", "ru": "этикетки на каждую банку"}),
}
_ON_OFFER = {"79321": 590, "23284": 890}
_OFFER = {"en": "week of light", "ru": "неделя тепла"}
_PARTNER = {"en": "Partner warehouse", "ru": "Склад партнёра"}


def _features(a: Article, language: str) -> dict[str, Any]:
    """What can be read out of the English name: the colour, how many pieces."""
    words = a.en.lower().replace(",", " ").split()
    colour = next((c for c in _COLOURS if c in words), None)
    pieces = _PIECES.search(a.en)
    is_russian = language == "ru"
    return ({("цвет" if is_russian else "colour"): _COLOURS[colour] if is_russian else colour} if colour else {}) | (
        {("штук" if is_russian else "pieces"): int(pieces[1])} if pieces else {}
    )


def _around(a: Article, language: str, at: datetime) -> dict[str, Any]:
    """What goes with it, what it costs for a while, who else has it and when it is back."""
    sku, why = _GO_WITH.get(a.category, ("", {}))
    more: dict[str, Any] = {"features": _features(a, language)}
    if sku and sku != a.sku:
        more["accessories"] = [{"sku": sku, "reason": why[language]}]
    if a.sku in _ON_OFFER:
        until = (at + timedelta(days=19)).isoformat()
        more["offer"] = {"price": f"{_ON_OFFER[a.sku]}.00", "until": until, "text": _OFFER[language]}
    if not a.stock:
        more["restock_at"] = (at + timedelta(days=9)).isoformat()
        price = f"{a.price * 7 // 10}.00"
        more["suppliers"] = [
            {"name": _PARTNER[language], "stock": 40, "lead_days": 3, "price": price, "currency": "RUB"}
        ]
    return more


def snapshots(language: str, at: datetime) -> list[dict[str, Any]]:
    """The catalogue as the shop would send it, in its owner's language."""
    return [
        {
            "sku": a.sku,
            "name": a.name(language),
            "names": {"en": a.en, "ru": a.ru},
            "satisfaction_days": a.days,
            "stock": a.stock,
            "price": f"{a.price}.00",
            "currency": "RUB",
            "category": CATEGORIES[a.category][language],
            "updated_at": at.isoformat(),
            **_around(a, language, at),
        }
        for a in GOODS
    ]
