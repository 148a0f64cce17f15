"""What a playground holds before its first order: a shop with hours, products, operators, the ready scheme, a few orders.

The orders enter through intake like any other; nothing here writes past the product's own doors.
"""

import os
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from regulars.base import clock, db, pace
from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.intake.group_commit import NewDelivery, insert
from regulars.journeys import actions as journeys
from regulars.shop import actions as shops
from regulars.staff import actions as staff

__all__ = ["fill"]

COMMAND = Actor("command")
PRODUCTS = (
    ("KETTLE-17", "Kettle, enamelled, 1.7 l", "Чайник эмалированный, 1,7 л", "2990.00", 14),
    ("JUICER-2", "Slow juicer", "Соковыжималка шнековая", "12480.00", 21),
    ("PAN-24", "Cast-iron pan, 24 cm", "Сковорода чугунная, 24 см", "3490.00", 14),
    ("TOWEL-L", "Linen towel", "Полотенце льняное", "890.00", 7),
)
BUYERS = (
    ("Марина Соколова", "marina@buyers.test", "+79991234501", "ru", "Москва", "RU"),
    ("Андрей Петров", "andrey@buyers.test", "+79991234502", "ru", "Хабаровск", "RU"),
    ("Наталья Вознесенская-Крыжановская", "natalya@buyers.test", "+79991234503", "ru", "Екатеринбург", "RU"),
    ("Anna Beispiel", "anna@buyers.test", "+4930901820", "en", "Berlin", "DE"),
    ("James Carter", "james@buyers.test", "+447700900123", "en", "London", "GB"),
    ("Ольга Ким", "olga@buyers.test", "+79991234504", "ru", "Новосибирск", "RU"),
)


def fill(at: datetime | None = None, speed: float = 1.0) -> None:
    """Make an empty installation a playground and fill it; one that is filled already keeps what it has.

    Raises ClockRefused when the installation holds a real shop.
    """
    with db.transact() as cur:
        known = cur.execute("select 1 from shop_shop limit 1").fetchone() is not None
        if known:
            if not clock.read(cur).playground:
                pace.start_playground(cur)  # says why not
            if speed != 1.0:
                pace.set_speed(cur, speed)
            return
        pace.start_playground(cur, at)
        pace.set_speed(cur, speed)
        now = clock.now_from(cur)
        shop_id = _shop(cur)
        text = resources.files("regulars.schemes").joinpath("after-order.yaml").read_text(encoding="utf-8")
        journeys.publish(cur, shop_id, text, COMMAND, now, "after-order.yaml")
        insert(cur, _deliveries(shop_id, now))


def _shop(cur: Cursor) -> int:
    russian = os.environ.get("LANG", "").startswith("ru")
    shop_id = shops.create_shop(
        cur,
        "demo",
        "Тёплая кухня" if russian else "Warm Kitchen",
        COMMAND,
        time_zone="Europe/Moscow",
        country="RU",
        currency="RUB",
        languages=("ru", "en"),
        brand={
            "email": "hello@warm-kitchen.test",
            "phone": "+74951234567",
            "hours": {"en": "every day 9 to 20", "ru": "ежедневно с 9 до 20"},
        },
    )
    week = {d: ["09:00-20:00"] for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    shops.set_hours(
        cur, shop_id, "main", {"zone": "Europe/Moscow", "hours": week, "days_off": [], "extra": {}}, COMMAND
    )
    language = "ru" if russian else "en"
    staff.create_account(
        cur, shop_id, "owner@warm-kitchen.test", "Вера" if russian else "Vera", "owner", COMMAND, language=language
    )
    staff.create_account(
        cur, shop_id, "lead@warm-kitchen.test", "Пётр" if russian else "Peter", "supervisor", COMMAND, language=language
    )
    staff.create_account(
        cur,
        shop_id,
        "operator@warm-kitchen.test",
        "Лена" if russian else "Lena",
        "operator",
        COMMAND,
        language=language,
    )
    return shop_id


def _deliveries(shop_id: int, now: datetime) -> list[NewDelivery]:
    products = [
        {"sku": sku, "name": ru, "satisfaction_days": days, "updated_at": now.isoformat(), "price": price}
        for sku, _, ru, price, days in PRODUCTS
    ]
    orders = [_order(i, buyer, now - timedelta(minutes=7 * i)) for i, buyer in enumerate(BUYERS)]
    return [
        NewDelivery(shop_id, "api", "products", db.dumps(products).encode(), str(COMMAND), batch=True, live=True),
        NewDelivery(shop_id, "api", "orders", db.dumps(orders).encode(), str(COMMAND), batch=True, live=True),
    ]


def _order(i: int, buyer: tuple[str, ...], placed: datetime) -> dict[str, Any]:
    name, email, phone, language, city, country = buyer
    sku, english, russian, price, _ = PRODUCTS[i % len(PRODUCTS)]
    number = str(1001 + i)
    return {
        "id": number,
        "number": number,
        "placed_at": placed.isoformat(),
        "updated_at": placed.isoformat(),
        "status": "new",
        "currency": "RUB",
        "total": price,
        "buyer": {
            "id": f"c-{i + 1}",
            "name": name,
            "email": email,
            "phone": phone,
            "language": language,
            "address": {"country": country, "city": city},
        },
        "lines": [{"sku": sku, "name": russian if language == "ru" else english, "quantity": 1, "price": price}],
        "payment": {"method": "card", "status": "unpaid"},
        "delivery": {"method": "courier"},
    }
