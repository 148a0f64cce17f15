"""What follows from orders just taken in for what was promised with them, and for the tasks about it. Writes.

In the normaliser's transaction, which holds the persons' mailboxes.
"""

from collections.abc import Sequence
from datetime import datetime

from regulars.base.actor import SYSTEM
from regulars.base.db import Cursor
from regulars.desk import promised
from regulars.orders import taking as orders
from regulars.outbox import new_times
from regulars.promises import of_orders
from regulars.shop.settings import ShopSettings

__all__ = ["follow"]


def follow(cur: Cursor, shop: ShopSettings, states: Sequence[orders.NewState], now: datetime) -> None:
    """Keep, void and make the promises that these states speak of; a later time is told to the buyer."""
    if not states:
        return
    ids = orders.ids_of(cur, shop.id, [s.key for s in states])
    persons, made = of_orders.follow(cur, shop.id, ids, shop.window_promises, SYSTEM, now)
    new_times.tell(cur, shop.id, made, now)
    if persons:
        promised.close_needless(cur, shop.id, persons, now)
