"""Tests, jokes and doubles: pointed out, marked, out of figures and schemes, and meant again when somebody says so."""

from datetime import timedelta

import pytest

from regulars.base.actor import SYSTEM
from regulars.orders.sums import sums_of
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
from tests.apps.intake_world import delivered, order
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401


def _calls(web: WebShop, order_id: int) -> list[str]:
    return [s for (s,) in web.world.rows("select state from desk_task where order_id = %s order by id", order_id)]


def _arrives(web: WebShop, id_: str, **fields: object) -> int:
    delivered(web.world, order(web.world, id_, **fields))
    web.world.conduct()
    return int(web.world.one("select id from orders_order where external_id = %s", id_))


BUYER = {"id": "c-1", "name": "Анна Ким", "email": "anna@example.test", "phone": "+79141234567"}


def test_an_order_sent_twice_is_pointed_out_and_the_second_is_cancelled(web: WebShop) -> None:
    first = _arrives(web, "1001", buyer=BUYER)
    web.world.later(minutes=6)
    second = _arrives(web, "1002", buyer=BUYER)
    operator = web.clients["operator"]
    card = operator.get(f"/tasks/{web.task_of(second)}/").content.decode()
    assert "№ 1001" in card
    assert "6 min earlier" in card
    assert "Looks like" not in operator.get(f"/orders/{first}/").content.decode()
    assert operator.post(f"/orders/{second}/same").status_code == 302
    web.world.conduct()
    assert _calls(web, second) == ["closed"]
    assert _calls(web, first) == ["open"]
    assert web.world.rows("select field, state from orders_change where order_id = %s", second) == [
        ("cancelled", "waiting")
    ]
    assert operator.post(f"/orders/{second}/restore").status_code == 302
    assert web.world.rows("select state from orders_change") == [("withdrawn",)]


def test_both_meant_nobody_is_asked_again(web: WebShop) -> None:
    first = _arrives(web, "1001", buyer=BUYER)
    web.world.later(minutes=6)
    second = _arrives(web, "1002", buyer=BUYER)
    operator = web.clients["operator"]
    operator.post(f"/orders/{second}/meant", {"other": str(first)})
    assert "Looks like" not in operator.get(f"/orders/{second}/").content.decode()
    assert _calls(web, second) == ["open"]


def test_a_second_order_after_the_shop_s_time_is_none_of_it(web: WebShop) -> None:
    _arrives(web, "1001", buyer=BUYER)
    web.world.later(minutes=40)
    with web.world.writing() as cur:
        shops.set_settings(cur, web.shop_id, {"double_minutes": 30}, SYSTEM)
    second = _arrives(web, "1002", buyer=BUYER)
    shop_queries.forget()
    assert "Looks like" not in web.clients["operator"].get(f"/orders/{second}/").content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"buyer": {"id": "t-1", "name": "Тест Тестов", "email": "x@example.test"}},
        {"buyer": {"id": "t-2", "name": "Anna", "email": "qa@shop.example"}},
        {"payment": {"method": "bogus", "status": "unpaid"}},
    ],
)
def test_a_test_by_the_shop_s_rules_begins_nothing_until_it_is_meant(web: WebShop, fields: dict[str, object]) -> None:
    with web.world.writing() as cur:
        shops.set_settings(cur, web.shop_id, {"test_emails": ["shop.example"]}, SYSTEM)
    found = _arrives(web, "1001", **fields)
    assert _calls(web, found) == []
    assert web.world.one("select mark from orders_order where id = %s", found) == "test"
    assert "test" in web.clients["operator"].get("/orders/").content.decode()
    assert web.clients["operator"].post(f"/orders/{found}/restore").status_code == 302
    web.world.conduct()
    assert _calls(web, found) == ["open"]


def test_marked_by_hand_its_scheme_stops_and_no_later_state_wakes_it(web: WebShop) -> None:
    found = _arrives(web, "1001", buyer=BUYER)
    assert web.clients["operator"].post(f"/orders/{found}/mark").status_code == 302
    web.world.conduct()
    assert _calls(web, found) == ["closed"]
    at = (web.world.now + timedelta(minutes=5)).isoformat()
    delivered(
        web.world, order(web.world, "1001", buyer=BUYER, updated_at=at, payment={"method": "card", "status": "paid"})
    )
    assert web.world.one("select live from events_event where kind = 'order.paid'") is False
    person = web.world.one("select person_id from orders_order where id = %s", found)
    assert "Together" in web.clients["owner"].get(f"/people/{person}/").content.decode()

    with web.world.writing() as cur:
        assert sums_of(cur, web.shop_id, [person]) == {}
