"""Deliveries as the door would have kept them, taken in by the real normaliser: for tests of what becomes of them."""

import json
from typing import Any

from regulars.intake import normaliser
from regulars.intake.group_commit import NewDelivery, insert
from tests.apps.world import World

__all__ = ["deliver", "delivered", "kinds", "order", "take_in"]


def order(world: World, id_: str = "1001", **changes: Any) -> dict[str, Any]:
    """The contract's snapshot of an order placed now."""
    at = world.now.isoformat()
    return {
        "id": id_,
        "number": id_,
        "placed_at": at,
        "updated_at": at,
        "status": "new",
        "currency": "RUB",
        "total": "4990.00",
        "buyer": {"id": f"c-{id_}", "name": "Андрей Петров", "email": f"buyer-{id_}@example.test"},
        "lines": [{"sku": "PAN-24", "name": "Сковорода 24", "quantity": 1, "price": "2990.00"}],
        "payment": {"method": "card", "status": "unpaid"},
        **changes,
    }


def deliver(
    world: World, *items: Any, kind: str = "orders", source: str = "api", live: bool | None = None, batch: bool = False
) -> list[int]:
    """Keep each item as a delivery of its own, or all as one batch; the deliveries' ids."""
    bodies = [item if isinstance(item, bytes) else json.dumps(item, ensure_ascii=False).encode() for item in items]
    if batch:
        bodies = [b"\n".join(bodies)]
    rows = [
        NewDelivery(shop_id=world.shop_id, source=source, kind=kind, body=body, actor="key:1", live=live, batch=batch)
        for body in bodies
    ]
    with world.writing() as cur:
        return insert(cur, rows)


def take_in(world: World, rounds: int = 50) -> int:
    """Run the normaliser until nothing waits; how many items it took."""
    done = 0
    for _ in range(rounds):
        n = normaliser.run_once(world.raw)
        if n == 0:
            return done
        done += n
    raise AssertionError("the normaliser never came to rest")


def delivered(world: World, *items: Any, **how: Any) -> list[dict[str, Any]]:
    """Deliver, take in, and give the results in the order of delivery."""
    ids = deliver(world, *items, **how)
    take_in(world)
    found: dict[int, dict[str, Any]] = dict(
        world.rows("select id, result from intake_delivery where id = any(%s)", ids)  # type: ignore[arg-type]
    )
    return [found[i] for i in ids]


def kinds(world: World) -> list[tuple[str, bool]]:
    """All events so far: kind, and whether live."""
    return [
        (k, live)
        for k, live in world.rows("select kind, live from events_event where shop_id = %s order by id", world.shop_id)
    ]
