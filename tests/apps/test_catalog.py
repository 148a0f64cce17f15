"""Products by version, and what an order's goods say together."""

from datetime import timedelta
from typing import Any

from regulars.base.facts import Subject
from regulars.orders import facts
from tests.apps.intake_world import delivered, order
from tests.apps.world import World


def product(world: World, sku: str, hours: int = 0, **fields: Any) -> dict[str, Any]:
    return {"sku": sku, "name": sku, "updated_at": (world.now + timedelta(hours=hours)).isoformat(), **fields}


def test_an_older_product_never_overwrites_a_newer(world: World) -> None:
    newer = product(world, "A", 2, satisfaction_days=20)
    assert delivered(world, product(world, "A", 1, satisfaction_days=10), newer, kind="products")[1] == {"taken": 1}
    assert delivered(world, product(world, "A", 1, satisfaction_days=5), kind="products") == [{"older": 1}]
    assert world.rows("select satisfaction_days from catalog_product") == [(20,)]


def test_the_longest_satisfaction_of_the_lines_that_count(world: World) -> None:
    delivered(
        world, product(world, "A", satisfaction_days=10), product(world, "B", satisfaction_days=30),
        product(world, "C", satisfaction_days=90), product(world, "D"), kind="products",
    )  # fmt: skip
    lines = [
        {"sku": sku, "name": sku, "quantity": 1, "price": "1", **more}
        for sku, more in (("A", {}), ("B", {}), ("C", {"status": "returned"}), ("D", {}))
    ]
    delivered(world, order(world, "1", lines=lines), order(world, "2", lines=lines[3:]))
    subjects = [Subject(p, o) for o, p in world.rows("select id, person_id from orders_order order by external_id")]
    with world.writing() as cur:
        first, second = facts.load_products(cur, world.shop_id, subjects, frozenset(), world.now)
    assert first is not None and first["satisfaction_days"] == 30
    assert second is not None and "satisfaction_days" not in second
