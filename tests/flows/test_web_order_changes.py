"""Changing an order on the screen: shown at once, undone within the minute, told after it, decided where the shop differs."""

from decimal import Decimal

import pytest

from regulars.desk import unconfirmed
from regulars.outbox import command_queries
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401


@pytest.fixture
def shop(web: WebShop) -> WebShop:
    world = web.world
    with world.writing() as cur:
        cur.execute(
            "insert into catalog_product (shop_id, sku, name, stock, version_at) values (%s, 'PAN-24', 'Pan 24', 3, %s)",
            (web.shop_id, world.now),
        )
    return web


def _order(web: WebShop) -> tuple[int, int]:
    """An order of a kettle: (order, its task)."""
    _, order = web.buy()
    with web.world.writing() as cur:
        cur.execute(
            "insert into orders_line (shop_id, order_id, position, sku, name, quantity, price)"
            " values (%s, %s, 0, 'KETTLE', 'Kettle', 2, 49.9)",
            (web.shop_id, order),
        )
    return order, web.task_of(order)


def _save(web: WebShop, order: int, task: int, role: str = "operator", **typed: str) -> int:
    page = web.clients[role].get(f"/orders/{order}/change/form?task={task}")
    assert page.status_code == 200
    assert 'name="line-0-quantity" value="2"' in page.content.decode()
    fields = {"line-0-field": "line:KETTLE", "line-0-quantity": "2", "task": str(task), **typed}
    return web.clients[role].post(f"/orders/{order}/change/save", fields).status_code


def test_a_change_is_on_card_and_order_at_once_and_undone_within_the_minute(shop: WebShop) -> None:
    order, task = _order(shop)
    assert _save(shop, order, task, note="Ring twice", **{"line-0-sku": "PAN-24", "line-0-quantity": "1"}) == 302
    operator = shop.clients["operator"]
    card, page = (operator.get(path).content.decode() for path in (f"/tasks/{task}/", f"/orders/{order}/"))
    for shown in (card, page):
        assert "Ring twice" in shown
        assert "Pan 24" in shown
    deed = shop.world.one("select max(deed_id) from orders_change")
    assert operator.post(f"/orders/changes/{deed}/undo", {"task": str(task)}).status_code == 302
    assert "Ring twice" not in operator.get(f"/tasks/{task}/").content.decode()
    assert set(shop.world.rows("select state from orders_change")) == {("withdrawn",)}


def test_a_mistake_is_shown_at_its_field_and_nothing_is_lost(shop: WebShop) -> None:
    order, task = _order(shop)
    fields = {"line-0-field": "line:KETTLE", "line-0-quantity": "many", "note": "Ring twice", "task": str(task)}
    answer = shop.clients["operator"].post(f"/orders/{order}/change/save", fields)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "A quantity is needed" in text
    assert "Ring twice" in text
    assert 'value="many"' in text
    assert shop.world.one("select count(*) from orders_change") == 0


def test_whoever_saves_an_order_that_changed_meanwhile_is_told(shop: WebShop) -> None:
    order, task = _order(shop)
    page = shop.clients["operator"].get(f"/orders/{order}/change/form").content.decode()
    assert 'name="seen"' in page
    assert _save(shop, order, task, role="supervisor", **{"line-0-quantity": "3"}) == 302
    fields = {
        "line-0-field": "line:KETTLE", "line-0-quantity": "5", "seen": '{"line:KETTLE": "2"}', "task": str(task),
    }  # fmt: skip
    answer = shop.clients["operator"].post(f"/orders/{order}/change/save", fields)
    assert answer.status_code == 422
    assert "has changed since you opened it" in answer.content.decode()


def test_a_conflict_shows_both_values_and_is_decided_by_a_button(shop: WebShop) -> None:
    order, task = _order(shop)
    assert _save(shop, order, task, note="Ring twice") == 302
    with shop.world.writing() as cur:
        cur.execute("update orders_change set state = 'conflict', shop_value = '\"Call before\"'")
    text = shop.clients["operator"].get(f"/tasks/{task}/").content.decode()
    assert "Agreed with the buyer: Ring twice. In the shop: Call before." in text
    change = shop.world.one("select id from orders_change")
    assert shop.clients["operator"].post(f"/orders/changes/{change}/decide", {"keep": "ours"}).status_code == 302
    rows = shop.world.rows("select state, before, after from orders_change order by id")
    assert rows == [("decided", "", "Ring twice"), ("waiting", "Call before", "Ring twice")]


def test_the_way_back_is_set_by_the_owner_and_its_secret_shown_once(shop: WebShop) -> None:
    owner = shop.clients["owner"]
    made = owner.post("/settings/feeds/back/api/save", {"way": "webhook", "url": "https://shop.example/hook"})
    assert made.status_code == 200
    assert "whsec_" in made.content.decode()
    assert "whsec_" not in owner.get("/settings/feeds/back/api/").content.decode()
    order, task = _order(shop)
    assert _save(shop, order, task, note="Ring twice") == 302
    with shop.world.writing() as cur:
        (command,) = command_queries.listing(cur, shop.shop_id)
    assert (command.kind, command.target, command.state) == ("order.change", "shop:api", "queued")
    bad = owner.post("/settings/feeds/back/api/save", {"way": "woocommerce", "url": "https://shop.example"})
    assert bad.status_code == 422


def test_what_failed_asks_for_a_person_and_is_given_up(shop: WebShop) -> None:
    order, task = _order(shop)
    shop.clients["owner"].post("/settings/feeds/back/api/save", {"way": "webhook", "url": "https://shop.example/hook"})
    assert _save(shop, order, task, note="Ring twice") == 302
    with shop.world.writing() as cur:
        cur.execute("update outbox_command set state = 'failed', tries = 30, answer = '{\"code\": \"unreachable\"}'")
    lead = shop.clients["supervisor"]
    text = lead.get("/commands/").content.decode()
    assert "it can’t be reached" in text
    command = shop.world.one("select id from outbox_command")
    assert lead.post(f"/commands/{command}/give-up").status_code == 302
    assert shop.world.rows("select state, reason from orders_change") == [("refused", "given_up")]
    assert "not written in the shop" in shop.clients["operator"].get(f"/orders/{order}/").content.decode()


def _overdue(shop: WebShop) -> tuple[int, int, int]:
    """A change that the shop has taken an hour ago and never shown: (order, task, deed)."""
    order, task = _order(shop)
    assert _save(shop, order, task, note="Ring twice") == 302
    deed = shop.world.one("select deed_id from orders_change")
    assert shop.clients["operator"].post(f"/orders/changes/{deed}/entered", {}).status_code == 302
    shop.world.later(hours=1)
    assert unconfirmed.check_once(shop.world.raw) == 1
    return order, task, deed


def test_what_the_shop_has_not_taken_over_is_said_on_the_card_and_told_to_the_lead(shop: WebShop) -> None:
    order, task, deed = _overdue(shop)
    operator, lead = shop.clients["operator"], shop.clients["supervisor"]
    card = operator.get(f"/tasks/{task}/").content.decode()
    assert "The shop hasn’t taken this over yet" in card
    assert {f'name="what" value="{what}"' in card for what in ("again", "keep", "drop")} == {True}
    told = lead.get("/notices/").content.decode()
    assert "The shop hasn’t taken over a change: Buyer" in told
    assert f"/orders/{order}/" in told
    assert "hasn’t taken over a change: " not in operator.get("/notices/").content.decode()
    path = f"/orders/changes/{deed}/unconfirmed"
    kept = operator.post(path, {"what": "keep", "task": str(task)})
    assert kept.headers["location"] == f"/tasks/{task}/"
    card = operator.get(f"/tasks/{task}/").content.decode()
    assert "Kept; the shop hasn’t shown it yet" in card
    assert "Ring twice" in card
    assert 'value="keep"' not in card
    assert operator.post(path, {"what": "drop", "task": str(task)}).status_code == 302
    assert "Ring twice" not in operator.get(f"/tasks/{task}/").content.decode()
    assert "decided already" in operator.post(path, {"what": "again"}, follow=True).content.decode()


def test_told_again_where_nobody_tells_the_shop_it_is_to_be_entered_again(shop: WebShop) -> None:
    _, task, deed = _overdue(shop)
    operator = shop.clients["operator"]
    assert operator.post(f"/orders/changes/{deed}/unconfirmed", {"what": "again"}).status_code == 302
    card = operator.get(f"/tasks/{task}/").content.decode()
    assert "To be entered in the shop by hand" in card
    assert card.count("r-wanted") == 1


def test_the_owner_says_how_long_the_shop_may_take(shop: WebShop) -> None:
    owner = shop.clients["owner"]
    form = {"way": "webhook", "url": "https://shop.example/hook"}
    for minutes, status in (("0", 422), ("10081", 422), ("90", 200)):
        assert owner.post("/settings/feeds/back/api/save", form | {"confirm_minutes": minutes}).status_code == status
    assert owner.post("/settings/feeds/back/api/save", form).status_code == 302
    assert 'name="confirm_minutes" value="90"' in owner.get("/settings/feeds/back/api/").content.decode()
    assert shop.world.one("select settings from orders_way_back") == {"confirm_minutes": 90}


def test_by_api_an_order_is_changed_and_shows_what_became_of_it(shop: WebShop) -> None:
    from django.test import Client

    from regulars.base.actor import SYSTEM
    from regulars.shop import actions as shops

    _order(shop)
    with shop.world.writing() as cur:
        key = shops.create_key(cur, shop.shop_id, "test", ["all"], SYSTEM)
    external = shop.world.one("select external_id from orders_order")
    api = {"headers": {"authorization": f"Bearer {key}"}, "content_type": "application/json"}
    path = f"/api/v1/orders/{external}/changes"
    made = Client().post(path, {"lines": [{"sku": "KETTLE", "quantity": "3"}], "note": "Ring twice"}, **api)
    assert made.status_code == 202, made.content
    shown = Client().get(f"/api/v1/orders/{external}", headers=api["headers"]).json()
    assert {(c["field"], c["after"], c["state"]) for c in shown["changes"]} == {
        ("line:KETTLE", "3", "waiting"),
        ("note", "Ring twice", "waiting"),
    }
    wrong = Client().post(
        path, {"lines": [{"sku": "SPOON", "quantity": 1}], "window_from": "2026-03-06T10:00:00Z"}, **api
    )
    assert wrong.status_code == 422
    assert Decimal(shop.world.one("select quantity from orders_line")) == 2
