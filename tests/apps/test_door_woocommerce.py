"""WooCommerce's recorded deliveries through the real door and the real normaliser, in any order."""

from collections.abc import Iterator
from typing import Any

import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.intake import actions, queries
from regulars.intake.normaliser import run_once
from tests.apps.door_client import DoorClient
from tests.feeds.senders import captured

RECORDED = captured()


@pytest.fixture
def door(database: str) -> Iterator[DoorClient]:
    yield DoorClient()
    db.close()


def deliver(door: DoorClient, path: str, delivery: dict[str, Any]) -> int:
    headers: dict[str, Any] = {
        name.lower().replace("-", "_"): value
        for name, value in delivery["headers"].items()
        if name.lower().startswith("x-wc")
    }
    return door.call("POST", path, delivery["body"].encode(), key="", **headers).status


def take_in() -> None:
    with db.loop_connection("test") as raw:
        while run_once(raw):
            pass


def orders(door: DoorClient) -> list[tuple[Any, ...]]:
    return door.sql(
        "select external_id, status, payment_status, total, paid_total from orders_order where shop_id = %s order by 1",
        door.shop_id,
    )


FINAL = [("15", "delivered", "part_refunded", 3890, 3890), ("17", "new", "unpaid", 8270, None)]


@pytest.mark.parametrize("at_once", [True, False])
def test_the_recorded_sequence_ends_in_the_right_orders(door: DoorClient, at_once: bool) -> None:
    path = door.feed("woocommerce", ['s3cr&t"x'])
    for delivery in RECORDED:
        assert deliver(door, path, delivery) == 200
        if not at_once:
            take_in()
    take_in()
    assert orders(door) == FINAL
    assert door.sql("select 1 from intake_quarantine") == []
    assert door.sql("select name from people_person where shop_id = %s", door.shop_id)[0] == ("Anna Beispiel",)
    assert door.sql("select sku, name from catalog_product") == [("TK-1", "Kettle")]


@pytest.mark.parametrize("seed", range(4))
def test_shuffled_and_repeated_it_ends_in_the_same_orders(door: DoorClient, seed: int) -> None:
    import random

    chosen = RECORDED * 3
    random.Random(seed).shuffle(chosen)
    path = door.feed("woocommerce", ['s3cr&t"x'])
    for n, delivery in enumerate(chosen):
        assert deliver(door, path, delivery) == 200
        if n % 5 == seed:
            take_in()
    take_in()
    assert orders(door) == FINAL


def test_what_was_quarantined_enters_after_it_is_mended(door: DoorClient) -> None:
    path = door.feed("woocommerce", ["x"])
    good = RECORDED[7]["body"].encode()
    from tests.feeds.senders import SENDERS

    sign = SENDERS["woocommerce"].sign
    at = door.sql("select machine_now()")[0][0]
    for bad in (good.replace(b'"currency":"EUR"', b'"currency":"???"'), good[:-5]):
        headers: dict[str, Any] = {name.replace("-", "_"): value for name, value in sign("x", bad, at, "").items()}
        assert door.call("POST", path, bad, key="", **headers).status == 200
    take_in()
    with db.transact() as cur:
        waiting = queries.quarantine(cur, door.shop_id)
        assert [(q.kind, q.pointer, q.code) for q in waiting] == [
            ("vendor", "", "not_json"),
            ("orders", "/currency", "unknown_currency"),
        ]
        whole = queries.quarantined_body(cur, door.shop_id, waiting[1].id)
        assert whole is not None
        assert actions.replay(cur, door.shop_id, waiting[0].id, SYSTEM, at) is not None
        mended = whole.replace(b"???", b"EUR")
        assert actions.replay(cur, door.shop_id, waiting[1].id, SYSTEM, at, body=mended) is not None
    take_in()
    assert orders(door) == [("15", "processing", "paid", 3890, 3890)]
    with db.transact() as cur:
        assert [q.code for q in queries.quarantine(cur, door.shop_id)] == ["not_json"]
