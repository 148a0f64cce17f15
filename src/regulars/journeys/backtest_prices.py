"""What a message and a call cost a shop: its own small list, in its currency. Reads and writes.

The backtest reckons with it; so do the budgets of schemes, in the outbox, to which project/registry.py hands it down.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from regulars.base import audit, db
from regulars.base.actor import Actor
from regulars.base.db import Cursor

__all__ = ["LARGEST", "PRICED", "PriceError", "prices_of", "read_price", "set_prices"]

PRICED = ("email", "sms", "telegram", "call")
LARGEST = Decimal(1_000_000)


class PriceError(ValueError):
    """It is no price: a number of 0 or more, with at most four places."""


def read_price(text: str) -> Decimal:
    """'3.50' or '3,50'; '' is nothing. Raises PriceError."""
    try:
        price = Decimal(text.strip().replace(",", ".") or "0")
    except InvalidOperation:
        raise PriceError(text) from None
    if not price.is_finite() or not 0 <= price <= LARGEST or price != round(price, 4):
        raise PriceError(text)
    return price


def prices_of(cur: Cursor, shop_id: int) -> dict[str, Decimal]:
    """What the shop has said; empty when it hasn't."""
    row = cur.execute("select prices from journeys_price_list where shop_id = %s", (shop_id,)).fetchone()
    return {} if row is None else {k: Decimal(v) for k, v in row[0].items()}


def set_prices(cur: Cursor, shop_id: int, prices: Mapping[str, Decimal], actor: Actor) -> None:
    """Keep the list; nothing costs what it doesn't name."""
    kept = {name: str(price) for name, price in prices.items() if name in PRICED and price}
    cur.execute(
        "insert into journeys_price_list (shop_id, prices) values (%s, %s::jsonb)"
        " on conflict (shop_id) do update set prices = excluded.prices",
        (shop_id, db.dumps(kept)),
    )
    audit.write(cur, shop_id, actor, "prices.set", "shop", shop_id, **kept)
