"""The card's goods: stock with its age, what may stand in, who else has it, what to offer, and the look-up."""

from datetime import timedelta
from typing import Any

import pytest

from regulars.catalog import goes_with, offers
from regulars.orders import together
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

PAN = {
    "sku": "PAN-26", "name": "Сковорода чугунная 26 см", "stock": "0", "price": "2990.00", "currency": "RUB",
    "category": "Сковороды", "brand": "Литейка", "features": {"диаметр": "26 см", "материал": "чугун"},
}  # fmt: skip


def like(sku: str, **other: Any) -> dict[str, Any]:
    return {**PAN, "sku": sku, "name": f"Сковорода {sku}", "stock": "8", **other}


def card(web: WebShop, order: int) -> str:
    return web.clients["operator"].get(f"/tasks/{web.task_of(order)}/").content.decode().replace("\u00a0", " ")


def test_a_line_out_of_stock_shows_the_nearest_in_stock_with_what_differs(web: WebShop) -> None:
    web.goods(
        {**PAN, "restock_at": "2026-03-09T12:00:00+00:00"},
        like("FAR", features={"диаметр": "14 см", "материал": "сталь"}, price="990.00"),
        like("NEAR", features={"диаметр": "24 см", "материал": "чугун"}, price="3290.00"),
        like("GONE", stock="0"),
        like("OTHER", category="Кастрюли"),
    )
    _, order = web.buy()
    web.lines(order, "PAN-26")
    text = card(web, order)
    assert "none until 9" in text
    assert "+₽300, диаметр 24 см instead of 26 см" in text
    assert text.index("Сковорода NEAR") < text.index("Сковорода FAR")
    assert "Сковорода GONE" not in text and "Сковорода OTHER" not in text


def test_what_the_shop_names_itself_comes_first(web: WebShop) -> None:
    web.goods(
        {**PAN, "alternatives": ["OWN", "NONE"]}, like("TWIN"), like("OWN", price="9990.00"), like("NONE", stock="0")
    )
    _, order = web.buy()
    web.lines(order, "PAN-26")
    text = card(web, order)
    assert text.index("Сковорода OWN") < text.index("Сковорода TWIN") and "Сковорода NONE" not in text


def test_other_suppliers_of_the_same_are_shown_with_their_days(web: WebShop) -> None:
    web.goods(
        {**PAN, "suppliers": [
            {"name": "Slow", "stock": "40", "lead_days": 9, "price": "2500.00"},
            {"name": "Quick", "stock": "3", "lead_days": 2, "price": "2800.00"},
            {"name": "Empty", "stock": "0", "lead_days": 1},
        ]}
    )  # fmt: skip
    _, order = web.buy()
    web.lines(order, "PAN-26")
    text = card(web, order)
    assert "Quick: in stock: 3, in 2 days, ₽2,800" in text
    assert text.index("Quick:") < text.index("Slow:") < text.index("Empty: none")
    web.goods({**PAN, "stock": "5"})
    assert "Quick:" not in card(web, order), "with stock of our own nobody else is asked"


def test_the_stock_says_how_old_it_is(web: WebShop) -> None:
    web.goods({**PAN, "stock": "5"})
    _, order = web.buy()
    web.lines(order, "PAN-26")
    assert "checked just now" in card(web, order)
    web.world.later(minutes=10)
    assert "checked 10 min ago" in card(web, order)
    web.world.later(days=3)
    assert "checked on 2 March" in card(web, order)


def _offered(web: WebShop, order: int, owned: set[str] = frozenset()) -> list[tuple[str, str]]:  # type: ignore[assignment]
    with web.world.writing() as cur:
        skus = [r[0] for r in cur.execute("select sku from orders_line where order_id = %s", (order,))]
        return [(s.product.sku, s.because) for s in goes_with.goes_with(cur, web.shop_id, skus, owned, web.world.now)]


def test_what_goes_with_it_comes_with_a_reason_and_never_what_he_has(web: WebShop) -> None:
    soon = (web.world.now + timedelta(days=2)).isoformat()
    over = (web.world.now - timedelta(days=2)).isoformat()
    web.goods(
        {**PAN, "stock": "5", "accessories": [{"sku": "OIL", "reason": "чугун любит масло"}, "LID", "GONE"]},
        like("OIL", name="Масло для чугуна"), like("LID", name="Крышка"), like("GONE", stock="0"),
        like("SALE", name="Лопатка", offer={"price": "490.00", "until": soon, "text": "week of wood"}),
        like("OVER", offer={"price": "1.00", "until": over}),
    )  # fmt: skip
    person, order = web.buy()
    web.lines(order, "PAN-26")
    assert _offered(web, order) == [("OIL", "listed"), ("LID", "listed"), ("SALE", "on_offer")]
    earlier = web.world.order(person, status="delivered")
    web.lines(earlier, "LID")
    assert ("LID", "listed") not in _offered(web, order, {"LID"})
    text = card(web, order)
    assert "чугун любит масло" in text and "week of wood until 4" in text and "₽490" in text
    assert "Крышка" not in text, "he has a lid"


def test_what_stands_in_for_a_missing_line_is_no_offer_besides(web: WebShop) -> None:
    web.goods({**PAN, "accessories": ["TWIN"]}, like("TWIN"))
    _, order = web.buy()
    web.lines(order, "PAN-26")
    text = card(web, order)
    assert "Сковорода TWIN" in text and "Takes it" not in text


def test_what_is_bought_together_is_learned_from_the_shops_own_orders(web: WebShop) -> None:
    web.goods(*(like(sku) for sku in ("A", "B", "C", "D")))
    baskets = [("A", "B")] * 6 + [("A",)] * 6 + [("A", "C")] * 4 + [("D",)] * 20 + [("C",)] * 3
    person = web.world.person()
    for basket in baskets:
        web.lines(web.world.order(person, status="delivered"), *basket)
    web.lines(web.world.order(person, status="cancelled"), "A", "D")
    with web.world.writing() as cur:
        found = together.pairs(cur, web.shop_id)
        assert found == [("A", "B", 6, 16), ("B", "A", 6, 6)], "four times with C are too few"
        offers.learned(cur, web.shop_id, found)
    _, order = web.buy()
    web.lines(order, "A")
    assert _offered(web, order) == [("B", "together")]
    assert "bought with “Thing A” in 6 of 16 orders" in card(web, order)


def test_an_answer_to_an_offer_is_counted_once_and_can_be_taken_back(web: WebShop) -> None:
    web.goods({**PAN, "accessories": ["OIL"]}, like("OIL", category="Масла"))
    _, order = web.buy()
    web.lines(order, "PAN-26")
    task, operator = web.task_of(order), web.clients["operator"]
    said = {"sku": "OIL", "because": "listed", "answer": "refused"}
    for answer in ("refused", "accepted", "accepted"):
        assert operator.post(f"/tasks/{task}/offer", {**said, "answer": answer})["Location"] == f"/tasks/{task}/"
    assert web.world.rows("select sku, because, answer from catalog_offered") == [("OIL", "listed", "accepted")]
    assert [e["answer"] for e in _events(web)] == ["refused", "accepted"]
    part = operator.post(
        f"/tasks/{task}/offer", {**said, "answer": ""}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "Takes it" in part and "taken 1" not in part
    assert web.world.one("select count(*) from catalog_offered") == 0
    assert operator.post(f"/tasks/{task}/offer", {**said, "sku": "NOTHING"}).status_code == 404


def _events(web: WebShop) -> list[dict[str, Any]]:
    return [r[0] for r in web.world.rows("select data from events_event where kind = 'offer.answered' order by id")]


@pytest.mark.parametrize("typed", ["pan26", "сковоротка чугун", "crjdjhjlf", "лителка"])
def test_a_product_is_looked_up_in_the_card(web: WebShop, typed: str) -> None:
    web.goods(PAN, like("TWIN", name="Сковорода чугунная", price="3290.00"))
    _, order = web.buy()
    web.lines(order, "PAN-26")
    found = web.clients["operator"].get(f"/tasks/products?task={web.task_of(order)}&product={typed}").content.decode()
    assert "PAN-26" in found and "₽2,990" in found and "out of stock" in found and "Note it" in found
    if typed != "pan26":
        assert "+₽300" in found, "what differs from what the order lacks"
    alone = web.clients["operator"].get(f"/tasks/products?product={typed}").content.decode()
    assert "PAN-26" in alone and "Note it" not in alone


def test_what_isnt_found_is_said(web: WebShop) -> None:
    text = web.clients["operator"].get("/tasks/products?product=<b>zzz").content.decode()
    assert "Nothing sounds like “&lt;b&gt;zzz”" in text
    assert web.clients["operator"].get("/tasks/products?product=").content.decode().strip() == ""


def test_the_order_lines_cost_the_same_number_of_queries_whatever_their_number(web: WebShop) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    web.goods(*({**like(f"S{i}"), "stock": "0", "accessories": [f"S{i + 1}"]} for i in range(12)))
    counts = []
    for n in (1, 10):
        _, order = web.buy()
        web.lines(order, *(f"S{i}" for i in range(n)))
        with CaptureQueriesContext(connection) as seen:
            card(web, order)
        counts.append(len(seen))
    assert counts[0] == counts[1]
