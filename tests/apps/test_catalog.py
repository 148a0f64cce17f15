"""Products by version, and what an order's goods say together."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from regulars.base.facts import Subject
from regulars.core.conditions import parse
from regulars.orders import facts
from regulars.orders.past import products_between
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


def test_a_scheme_may_ask_what_is_in_the_order(world: World) -> None:
    delivered(
        world, product(world, "A", category="Tea", brand="Ahmad"), product(world, "B", category="Cups"),
        product(world, "C", category="Coffee", brand="Lavazza"), kind="products",
    )  # fmt: skip
    lines = [
        {"sku": "A", "name": "Tea", "quantity": 2, "price": "1"},
        {"sku": "B", "name": "Cup", "quantity": "1.5", "price": "1"},
        {"sku": "C", "name": "Coffee", "quantity": 4, "price": "1", "status": "returned"},
        {"sku": "unknown", "name": "Gift", "quantity": 1, "price": "1"},
    ]
    delivered(world, order(world, "1", lines=lines))
    ((id_, person),) = world.rows("select id, person_id from orders_order")
    with world.writing() as cur:
        (found,) = facts.load_products(cur, world.shop_id, [Subject(person, id_)], frozenset(), world.now)
        (few,) = facts.load_products(
            cur, world.shop_id, [Subject(person, id_)], frozenset({"product.brands"}), world.now
        )
        past = products_between(cur, world.shop_id, [id_], {"product.brands", "order.status"})
    assert found == {
        "name": "Tea", "sku": "A", "quantity": Decimal("4.5"), "skus": ["A", "B", "unknown"],
        "categories": ["Cups", "Tea"], "brands": ["Ahmad"],
    }  # fmt: skip
    assert few == past[id_] == {"brands": ["Ahmad"]}
    for text, holds in (
        ("'Tea' in product.categories and product.quantity > 4", True),
        ("'Coffee' in product.categories", False),
        ("'Lavazza' not in product.brands and 'unknown' in product.skus", True),
    ):
        assert parse(text).holds({"product": found}, world.now) is holds
