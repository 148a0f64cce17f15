"""What a code gives, in a few words of the reader's language."""

from datetime import UTC, datetime

from regulars.outbox.filters import NBSP, Context, money

__all__ = ["gives"]

_FREE = {"en": "free delivery", "ru": "бесплатная доставка"}
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def gives(percent: int | None, amount: int | None, currency: str | None, language: str | None) -> str:
    """`10%`, `₽500`, `free delivery`; `amount` in minor units."""
    is_russian = language is not None and language.startswith("ru")
    if percent is not None:
        return f"{percent}{NBSP}%" if is_russian else f"{percent}%"
    if amount is None or currency is None:
        return _FREE["ru" if is_russian else "en"]
    return money({"minor": amount, "currency": currency}, Context(language or "en", "UTC", "UTC", _ANY_TIME))
