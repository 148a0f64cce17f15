"""The list of orders in a real browser: found by keyboard, filtered by chips, called in bulk, exported, in both languages.

Each story asserts what stands in the database, not only the screen.
"""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import heard, log_in
from tests.extent import told_in
from tests.installation import Installation, running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BUYERS = (("Анна Иванова", "+79145550001"), ("Пётр Орлов", "+79145550002"), ("John Smith", "+447700900123"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Twelve orders of three buyers, without a scheme: nobody has been called."""
    with running(tmp_path_factory.mktemp("orders") / "data") as made:
        made.sql("update shop_shop set country = 'RU' returning 1")
        key = json.loads(made.command("key", "create", "browser", "--scope", "intake", "--json").stdout)["key"]
        now = made.now().isoformat()
        for n in range(12):
            _order(made, key, n, now)
        yield made


def _order(shop: Installation, key: str, n: int, now: str) -> None:
    name, phone = BUYERS[n % 3]
    order: dict[str, Any] = {
        "id": f"B-{n}",
        "placed_at": now,
        "updated_at": now,
        "status": "shipped" if n % 4 == 0 else "new",
        "currency": "RUB",
        "total": f"{n + 1}00.00",
        "payment": {"method": "card", "status": "unpaid"},
        "lines": [{"sku": f"SKU-{n}", "name": "Kettle", "quantity": 1, "price": "10.00"}],
        "buyer": {"id": f"c-{n % 3}", "name": name, "email": f"b{n % 3}@example.test", "phone": phone},
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{shop.port}/api/v1/orders/B-{n}",
        json.dumps(order).encode(),
        {"Authorization": f"Bearer {key}", "Prefer": "wait=5"},
        method="PUT",
    )
    assert urllib.request.urlopen(request, timeout=10).status == 202


@pytest.fixture(scope="module")
def state(shop: Installation, browser: Browser) -> Iterator[Any]:
    """A browser that is logged in as the owner."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    log_in(context.new_page(), shop)
    yield context
    context.close()


@pytest.fixture
def page(state: Any, shop: Installation) -> Iterator[Page]:
    made: Page = state.new_page()
    problems = heard(made, ("error", "warning"))
    yield made
    made.close()
    assert problems == []


def _open(page: Page, shop: Installation, path: str = "/orders/") -> None:
    page.goto(f"http://127.0.0.1:{shop.port}{path}")


def _id(shop: Installation, external: str) -> int:
    return int(shop.sql("select id from orders_order where external_id = %s", external)[0][0])


def test_an_order_is_found_and_opened_by_keys_alone(shop: Installation, page: Page) -> None:
    _open(page, shop)
    page.keyboard.press("Slash")
    page.keyboard.type("8 (914) 555 00 02")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(4)
    page.keyboard.press("KeyJ")
    page.keyboard.press("KeyJ")
    page.keyboard.press("KeyK")
    first = page.locator("tbody tr").first.locator("a").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/*/")
    expect(page.locator("h1")).to_have_text(first)
    expect(page.get_by_role("link", name="Пётр Орлов")).to_be_visible()
    (detail,) = shop.sql(
        "select detail->>'page' from base_audit where action = 'person.viewed' order by id desc limit 1"
    )
    assert detail == ("order",), "looking at a buyer is written down"


def test_the_keys_work_in_the_russian_layout_and_not_while_typing(shop: Installation, page: Page) -> None:
    _open(page, shop)
    page.keyboard.press("KeyJ")
    page.keyboard.press("KeyX")
    expect(page.locator("[data-bulk]")).to_be_visible()
    page.locator("[data-key=Slash]").locator("visible=true").last.focus()
    page.keyboard.type("jxjx")
    expect(page.locator("input[data-tick]:checked")).to_have_count(1)


def test_chips_are_set_and_dropped(shop: Installation, page: Page) -> None:
    _open(page, shop)
    page.get_by_role("link", name="On the way 3").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.locator("summary", has_text="Payment").click()
    page.get_by_role("link", name="Paid", exact=True).click()
    expect(page.get_by_role("heading", name="Nothing matches all of these conditions")).to_be_visible()
    assert "preset=on_the_way" in page.url and "payment=paid" in page.url
    expect(page.get_by_text("without it: 3")).to_be_visible()
    page.locator(".r-without a", has_text="Paid").click()
    expect(page.locator("tbody tr")).to_have_count(3)


def test_calls_are_made_in_bulk_and_undone(shop: Installation, page: Page) -> None:
    team = shop.sql("select key from shop_team order by key <> 'order-desk', key limit 1")[0][0]
    _open(page, shop)
    ticks = page.locator("input[data-tick]")
    ticks.nth(0).check()
    ticks.nth(1).check()
    ticks.nth(4).check()
    bar = page.locator("[data-bulk]")
    expect(bar).to_contain_text("Chosen: 3")
    bar.get_by_role("button", name="Make calls").click()
    dialog = page.locator("#make-calls")
    expect(dialog.get_by_role("heading")).to_have_text("Make calls: 3")
    dialog.get_by_role("button", name="Make none").click()
    assert shop.sql("select count(*) from desk_task") == [(0,)], "who says no makes none"
    bar.get_by_role("button", name="Make calls").click()
    dialog.get_by_role("button", name="Make calls: 3").click()
    expect(page.locator(".r-toast")).to_contain_text("3 calls were made.")
    assert shop.sql("select team, state, kind, count(*) from desk_task group by 1, 2, 3") == [(team, "open", "call", 3)]
    assert shop.sql("select detail->>'count' from base_audit where action = 'calls.made'") == [("3",)]
    page.locator(".r-toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".r-toast")).to_contain_text("3 calls were called off.")
    assert shop.sql("select state, count(*) from desk_task group by 1") == [("closed", 3)]


def test_the_chosen_are_exported(shop: Installation, page: Page) -> None:
    _open(page, shop)
    page.locator("thead [data-tick-all]").check()
    page.locator("input[data-tick]").nth(3).uncheck()
    page.get_by_role("button", name="Export: 11").click()
    dialog = page.locator("#export-chosen")
    dialog.get_by_label("CSV").check()
    with page.expect_download() as made:
        dialog.get_by_role("button", name="Make the file").click()
    lines = Path(made.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 12
    assert made.value.suggested_filename.startswith("orders-")
    assert shop.sql("select rows from (select (detail->>'rows')::int as rows from base_audit"
                    " where action = 'orders.exported') x") == [(11,)]  # fmt: skip


def test_a_view_is_kept_and_deleted_with_a_way_back(shop: Installation, page: Page) -> None:
    _open(page, shop, "/orders/?status=shipped")
    page.locator("summary", has_text="Views").click()
    page.get_by_role("button", name="Keep these filters").click()
    page.get_by_label("Name").fill("Underway")
    page.get_by_role("button", name="Keep the view").click()
    assert shop.sql("select name, query, shared from staff_saved_view") == [("Underway", "status=shipped", False)]
    page.locator("summary", has_text="Views").click()
    page.get_by_role("button", name="Delete the view Underway").click()
    page.locator(".r-toast").get_by_role("button", name="Undo").click()
    _open(page, shop)
    page.locator("summary", has_text="Views").click()
    page.get_by_role("link", name="Underway").click()
    expect(page.locator("tbody tr")).to_have_count(3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@told_in("en")
def test_the_pages_are_sound_in_both_languages_and_themes_and_on_a_telephone(
    shop: Installation, page: Page, language: str, scheme: str
) -> None:
    _open(page, shop)
    page.request.post(
        f"http://127.0.0.1:{shop.port}/language",
        form={
            "language": language,
            "next": "/",
            "csrfmiddlewaretoken": page.locator("meta[name=csrf-token]").get_attribute("content") or "",
        },
        headers={"Referer": f"http://127.0.0.1:{shop.port}/"},
    )
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    order = _id(shop, "B-1")
    person = int(shop.sql("select person_id from orders_order where id = %s", order)[0][0])
    for path in (
        "/orders/",
        "/people/",
        f"/orders/{order}/",
        f"/people/{person}/",
        "/search/?q=SKU-1",
        "/orders/?q=zz",
    ):
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 844})
            _open(page, shop, path)
            assert page.locator("html").get_attribute("lang") == language
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), (path, width)
            found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
            serious = [v for v in found.response["violations"] if v["impact"] in ("serious", "critical")]
            assert serious == [], (path, width, [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in serious])
