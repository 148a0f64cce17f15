"""An operator looks a product up as he heard it, offers something, and names a delivery window: all by keyboard."""

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import heard, log_in, speak
from tests.browser.desk_shop import SCHEME
from tests.extent import told_in
from tests.installation import Installation, running, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HEARD = {"en": ("tifal", "Tefal"), "ru": ("тифаль сковоротка", "Сковородка Tefal")}
TAKES = {"en": "took it", "ru": "взяли"}
PRODUCTS: list[dict[str, Any]] = [
    {"sku": "PAN-26", "name": "Сковорода чугунная 26 см", "stock": 0, "price": "2990.00", "currency": "RUB",
     "category": "Сковороды", "features": {"диаметр": "26 см"}, "accessories": [{"sku": "OIL", "reason": "для чугуна"}]},
    {"sku": "TF-24", "name": "Сковородка Tefal 24 см", "brand": "Tefal", "stock": 4, "price": "3290.00", "currency": "RUB",
     "category": "Сковороды", "features": {"диаметр": "24 см"}},
    {"sku": "OIL", "name": "Масло для чугуна", "stock": 9, "price": "490.00", "currency": "RUB"},
]  # fmt: skip


def send(shop: Installation, key: str, path: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{shop.port}/api/v1/{path}", json.dumps(body).encode(),
        {"Authorization": f"Bearer {key}", "Prefer": "wait=5"}, method="PUT",
    )  # fmt: skip
    assert urllib.request.urlopen(request, timeout=10).status == 202


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[tuple[Installation, str, Any]]:
    folder = tmp_path_factory.mktemp("card")
    with running(folder / "data") as made:
        (folder / "calls.yaml").write_text(SCHEME)
        assert made.command("scheme", "publish", str(folder / "calls.yaml")).returncode == 0
        key = json.loads(made.command("key", "create", "browser", "--scope", "intake", "--json").stdout)["key"]
        for product in PRODUCTS:
            send(made, key, f"products/{product['sku']}", product)
        made.sql(
            "insert into outbox_spoken (shop_id, kind, key, version, content, actor, at) select id, 'about', 'all', 1,"
            " %s::jsonb, 'command', machine_now() from shop_shop returning id",
            json.dumps({"windows": ["10-14", "14-18"]}),
        )
        page = browser.new_page()
        log_in(page, made)
        yield made, key, page.context.storage_state()


def task_of(shop: Installation, number: str) -> int:
    sql = "select t.id from desk_task t join orders_order o on o.id = t.order_id where o.number = %s"
    until(lambda: bool(shop.sql(sql, number)), 20, "the call is on the desk")
    return int(shop.sql(sql, number)[0][0])


def opened(shop: Installation, key: str, state: Any, browser: Browser, language: str) -> tuple[Page, int]:
    """A card of a new order whose pan is out of stock, in that language."""
    page = browser.new_context(storage_state=state, viewport={"width": 1440, "height": 900}).new_page()
    speak(page, shop, language)
    number = f"C-{language}"
    now = str(shop.sql("select machine_now()")[0][0].isoformat())
    send(
        shop, key, f"orders/{number}",
        {
            "id": number, "number": number, "placed_at": now, "updated_at": now, "currency": "RUB", "total": "2990.00",
            "lines": [{"sku": "PAN-26", "name": "Сковорода 26", "quantity": 1, "price": "2990.00"}],
            "buyer": {"name": "Анна", "email": f"{language}@example.test", "language": "ru",
                      "address": {"country": "RU", "city": "Москва", "street": "Тверская"}},
        },
    )  # fmt: skip
    task = task_of(shop, number)
    page.goto(f"http://127.0.0.1:{shop.port}/tasks/{task}/")
    return page, task


@told_in("ru")
def test_a_product_is_found_by_its_misheard_name_and_noted(
    shop: tuple[Installation, str, Any], browser: Browser, language: str
) -> None:
    made, key, state = shop
    page, task = opened(made, key, state, browser, language)
    problems = heard(page)
    typed, name = HEARD[language]
    page.keyboard.press("p")
    expect(page.locator("#product")).to_be_focused()
    page.keyboard.type(typed)
    expect(page.locator("#found .r-found").first).to_contain_text(name)
    expect(page.locator("#found .r-found").first).to_contain_text("TF-24")
    page.keyboard.press("Enter")
    expect(page.locator("#note")).to_have_value(re.compile("TF-24"))
    page.keyboard.press("Escape")
    page.keyboard.press("y")  # the one offer is taken
    expect(page.locator("#offers .badge")).to_have_text(TAKES[language])
    assert made.sql("select sku, answer, because from catalog_offered where task_id = %s", task) == [
        ("OIL", "accepted", "listed")
    ]
    page.locator(".r-windows label").first.click()
    page.locator(".r-windows label").nth(1).click()
    note = page.locator("#note").input_value()
    assert note.count("\n") == 2 and "TF-24" in note and "OIL" in note and "14–18" in note and "10–14" not in note
    until(
        lambda: made.sql("select note from desk_draft where task_id = %s", task) == [(note,)], 10, "the draft is kept"
    )
    assert problems == []
    page.context.close()
