"""What an owner may set for the shop, with the values that hold until he does.

Owns the names, the defaults and the reading of `shop_shop.settings` and `.brand`; knows no other app.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any

__all__ = ["ShopSettings", "read_settings"]


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """A shop, as every app needs it.

    `history_after`: an order first seen when older than this is history. `cap_count` advertisements in `cap_days` days
    over all schemes. `quiet`: local hours at the buyer's in which SMS, messengers, calls and advertising wait.
    `day`: when a buyer may be called. `body_days`: after them raw bodies and sent bytes are emptied.
    `first_steps`: which of the first steps its owner stands at: shop, orders, scheme; '' when he is through.
    """

    id: int
    slug: str
    name: str
    time_zone: str
    country: str
    currency: str
    languages: tuple[str, ...]
    history_after: timedelta
    cap_count: int
    cap_days: int
    quiet: tuple[time, time]
    day: tuple[time, time]
    satisfaction_days: int
    body_days: int
    phone: str
    email: str
    hours: Mapping[str, str]
    first_steps: str = ""
    brand: Mapping[str, Any] = field(default_factory=dict)

    @property
    def language(self) -> str:
        """The language of whoever has none of his own."""
        return self.languages[0]


def _clock(text: str) -> time:
    hours, minutes = text.split(":")
    return time(int(hours), int(minutes))


def read_settings(row: tuple[Any, ...]) -> ShopSettings:
    """A shop's row (id, slug, name, time_zone, country, currency, languages, settings, brand) with the defaults."""
    id_, slug, name, zone, country, currency, languages, own, brand = row
    return ShopSettings(
        id=id_,
        slug=slug,
        name=name,
        time_zone=zone,
        country=country,
        currency=currency,
        languages=tuple(languages) or ("en",),
        history_after=timedelta(hours=own.get("history_after_hours", 24)),
        cap_count=own.get("cap_count", 2),
        cap_days=own.get("cap_days", 30),
        quiet=(_clock(own.get("quiet_from", "21:00")), _clock(own.get("quiet_until", "09:00"))),
        day=(_clock(own.get("day_from", "09:00")), _clock(own.get("day_until", "21:00"))),
        satisfaction_days=own.get("satisfaction_days", 14),
        body_days=own.get("body_days", 30),
        phone=brand.get("phone", ""),
        email=brand.get("email", ""),
        hours=brand.get("hours", {}),
        first_steps=own.get("first_steps", ""),
        brand=brand,
    )
