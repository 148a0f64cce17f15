"""What became of the orders that are history: paid, shipped and delivered by rule, since the data set doesn't say."""

import random
from datetime import datetime, timedelta
from typing import Any

from regulars.cli.playground.orders import Placed

__all__ = ["snapshot_of", "state_at"]

CANCELLED, RETURNED = 0.04, 0.06


def snapshot_of(order: Placed, until: datetime, seed: int) -> dict[str, Any]:
    """The order's last state before `until`: all of them had come to their end by then."""
    chance = random.Random(f"{seed} history {order.number}")  # noqa: S311 - nothing secret
    fate = chance.random()
    room = until - order.at
    if fate < CANCELLED:
        at = order.at + min(timedelta(hours=chance.uniform(1, 50)), room * 0.9)
        return order.snapshot(at, "cancelled", "card", cancelled_at=at)
    method = "cod" if chance.random() < 0.22 else "card"
    shipped = order.at + min(timedelta(hours=chance.uniform(10, 60)), room * 0.4)
    delivered = shipped + min(timedelta(days=chance.uniform(0.8, 5)), room * 0.5)
    paid = delivered if method == "cod" else order.at + min(timedelta(minutes=chance.uniform(1, 900)), room * 0.2)
    state = {"paid_at": paid, "shipped_at": shipped, "delivered_at": delivered}
    if fate < RETURNED:
        back = delivered + min(timedelta(days=chance.uniform(2, 9)), (until - delivered) * 0.9)
        return order.snapshot(back, "returned", method, refunded=True, **state)
    return order.snapshot(delivered, "delivered", method, **state)


def state_at(order: Placed, at: datetime, until: datetime, seed: int) -> dict[str, Any]:
    """The order as it stands at `at`: come to its end, or packed or on its way to it."""
    last = snapshot_of(order, until, seed)
    if datetime.fromisoformat(last["updated_at"]) <= at:
        return last
    told = {"paid_at": last["payment"]["paid_at"], **last["delivery"]}
    known = {
        name: moment
        for name in ("paid_at", "shipped_at", "delivered_at")
        if told[name] and (moment := datetime.fromisoformat(told[name])) <= at
    }
    status = "delivered" if "delivered_at" in known else "shipped" if "shipped_at" in known else "ready"
    return order.snapshot(max([order.at, *known.values()]), status, last["payment"]["method"], **known)
