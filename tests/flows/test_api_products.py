"""Products by the API: written as a snapshot, read as they stand, looked up as they were heard."""

from urllib.parse import quote

import pytest

from tests.flows.api_shop import ApiShop


def test_a_product_is_read_as_it_was_told(api: ApiShop) -> None:
    api.stocks(
        features={"диаметр": "24 см", "индукция": True, "вес": 1.5}, brand="Литейка", category="Сковороды",
        accessories=["OIL", {"sku": "LID", "reason": "с крышкой тушить"}], alternatives=["PAN-26"],
        offer={"price": "2490.00", "until": "2026-03-09T00:00:00+03:00", "text": "неделя чугуна"},
        suppliers=[{"name": "Партнёр", "stock": 12, "price": "2800", "lead_days": 3}],
        url="https://shop.example/pan", unknown_field=[1, 2],
    )  # fmt: skip
    found = api.get("/products/PAN-24")
    assert found["price"] == "2990" and found["stock"] == "3" and found["brand"] == "Литейка"
    assert found["features"] == {"диаметр": "24 см", "индукция": True, "вес": "1.5"}
    assert found["accessories"] == [{"sku": "OIL", "reason": ""}, {"sku": "LID", "reason": "с крышкой тушить"}]
    assert found["offer"]["price"] == "2490.00"
    assert found["suppliers"][0]["name"] == "Партнёр" and found["suppliers"][0]["lead_days"] == 3
    assert api.world.one("select data from catalog_product") == {"unknown_field": [1, 2]}
    api.stocks(stock="0")
    assert api.get("/products/PAN-24")["suppliers"], "who doesn't speak of suppliers leaves them"
    api.stocks(suppliers=[])
    assert api.get("/products/PAN-24")["suppliers"] == []


@pytest.mark.parametrize("typed", ["pan24", "сковоротка", "24 чугунной", "crjdjhjlf"])
def test_a_product_is_looked_up(api: ApiShop, typed: str) -> None:
    api.stocks()
    api.stocks("KZ-8", name="Казан")
    found = api.get(f"/products?search={quote(typed)}")
    assert [p["sku"] for p in found["items"]] == ["PAN-24"] and found["next"] is None


def test_all_products_are_read_page_by_page(api: ApiShop) -> None:
    codes = [api.stocks(f"S-{i}") for i in range(5)]
    seen, cursor = [], ""
    while True:
        page = api.get(f"/products?limit=2{cursor}")
        seen += [p["sku"] for p in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == codes


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("price", "2 990,00", "/price"),
        ("currency", "RUR", "/currency"),
        ("features", {"a": {"b": 1}}, "/features/a"),
        ("accessories", [{"reason": "x"}], "/accessories/0/sku"),
        ("offer", {"until": "tomorrow"}, "/offer/until"),
        ("suppliers", [{"name": "A", "lead_days": -1}], "/suppliers/0/lead_days"),
    ],
)
def test_what_is_wrong_is_refused_with_its_pointer(api: ApiShop, field: str, value: object, pointer: str) -> None:
    answer = api.call("PUT", "/products/X", {"sku": "X", "name": "X", field: value}, scope="intake")
    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.json()["errors"]] == [pointer]
