"""An invented buyer with his order: what letters and scripts are shown by before anything goes out.

Owns these facts, in both languages. Pure: the moment is invented, too, so that a text reads the same every day. Nothing of
it is ever stored or sent.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from regulars.outbox.filters import Context

__all__ = ["context", "facts"]

NOW = datetime(2026, 3, 3, 10, 30, tzinfo=UTC)
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "person": "Anna", "operator": "Peter", "carrier": "the parcel service", "address": "12 Lime Street",
        "payment": "by card", "other": "another like it", "same": "the size", "differs": "the colour",
        "why": "it goes with what you chose", "gift": "a mug", "tips": "keep it away from damp",
        "recipient": "Shop Ltd", "bank": "First Bank",
    },
    "ru": {
        "person": "Анна", "operator": "Пётр", "carrier": "«Посылка»", "address": "Липовая улица, 12",
        "payment": "картой", "other": "другой такой же", "same": "размер", "differs": "цвет",
        "why": "подходит к тому, что вы выбрали", "gift": "кружка", "tips": "держите подальше от сырости",
        "recipient": "ООО «Магазин»", "bank": "Первый банк",
    },
}  # fmt: skip
_PRODUCTS: Mapping[str, Mapping[str, str]] = {
    "goods": {"en": "Coffee beans, 1 kg", "ru": "Кофе в зёрнах, 1 кг"},
    "furniture": {"en": "Oak table", "ru": "Дубовый стол"},
    "courses": {"en": "Watercolour from scratch", "ru": "Акварель с нуля"},
    "appointments": {"en": "Haircut", "ru": "Стрижка"},
}
_DEAR_UNITS = frozenset({"EUR", "USD", "GBP", "CHF"})
"""Currencies of which one buys something: elsewhere a pack of coffee costs thousands."""
_LINKS = ("book", "cart", "file", "no", "order", "pay", "preferences", "review", "shop", "short", "unsubscribe", "yes")


def context(language: str, currency: str) -> Context:
    """How the sample is said."""
    return Context(language, "UTC", "UTC", NOW, currency)


def facts(language: str, trade: str, shop: str, currency: str, *, has_code: bool = False) -> dict[str, Any]:
    """All that the ready letters and scripts of a trade ask for; `shop` is the reader's own name of his shop. `has_code`: the
    scheme gives a code before; else no letter may promise one."""
    word, product = _WORDS[language], _PRODUCTS[trade][language]
    total = Decimal("49.90") if currency in _DEAR_UNITS else Decimal(4990)
    morning = NOW.replace(hour=10, minute=0)
    window = {"from": morning + timedelta(days=1), "to": morning + timedelta(days=1, hours=2)}
    next_window = {"from": window["from"] + timedelta(hours=4), "to": window["to"] + timedelta(hours=4)}
    lines = [{"name": product, "quantity": Decimal(1), "total": total}]
    return {
        "person": {"first_name": word["person"]},
        "operator": {"first_name": word["operator"]},
        "shop": {"name": shop, "reply_hours": 2, "return_days": 14},
        "order": {
            "number": "1001", "total": total, "due": total, "lines": lines, "window": window,
            "placed_at": NOW - timedelta(minutes=10), "keep_until": morning + timedelta(days=3),
            "address": word["address"], "payment_words": word["payment"], "lines_spoken": product,
        },
        "product": {"name": product, "tips_spoken": word["tips"]},
        "promise": {
            "call": NOW + timedelta(hours=1), "ship": NOW + timedelta(days=2),
            "due": morning + timedelta(days=30) if trade == "furniture" else NOW + timedelta(hours=1),
            "delivery": morning + timedelta(days=4),
        },
        "shipment": {"carrier": word["carrier"], "tracking": "1234567890"},
        "cart": {"count": 1, "total": total},
        "code": _code(language) if has_code else {},
        "bank": {"account": "40702810000000000001", "recipient": word["recipient"], "name": word["bank"], "bik": "044525000"},
        "slot": {"1": NOW + timedelta(hours=2), "2": NOW + timedelta(hours=5)},
        "day": {"1": window["from"], "2": window["from"] + timedelta(days=1)},
        "window": {"1": window, "2": next_window},
        "offer": {"name": word["gift"], "price": total / 10, "why": word["why"]},
        "alt": {"name": word["other"], "price": total, "same": word["same"], "differs": word["differs"], "days": 3},
        "gift": {"name": word["gift"]},
        "line": {"name": product},
        "restock": {"at": morning + timedelta(days=10)},
        "link": {name: f"https://shop.example/{name}" for name in _LINKS},
    }  # fmt: skip


def _code(language: str) -> dict[str, Any]:
    gives = "10\u00a0%" if language == "ru" else "10%"
    return {"value": "ANNA-10", "gives": gives, "valid_until": NOW + timedelta(days=30)}
