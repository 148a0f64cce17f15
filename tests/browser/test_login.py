"""A person's first minute in a real browser: the one-time link, the queue, a task taken and finished, in both languages."""

import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.installation import Installation, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("processes")]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    from tests.installation import running

    with running(tmp_path_factory.mktemp("browser") / "data") as made:
        yield made


@pytest.fixture
def page() -> Iterator[Page]:
    chromium = shutil.which("chromium")
    assert chromium, "install Debian's chromium: .ci/run does"
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser.new_page(viewport={"width": 1280, "height": 800})
        browser.close()


def test_the_link_logs_in_and_an_order_is_answered(shop: Installation, page: Page) -> None:
    scheme = Path(__file__).parents[2] / "src" / "regulars" / "schemes" / "after-order.yaml"
    assert shop.command("scheme", "publish", str(scheme)).returncode == 0
    key = json.loads(shop.command("key", "create", "browser", "--scope", "intake", "--json").stdout)["key"]
    now = json.loads(shop.command("clock", "show", "--json").stdout)["now"]
    order = {
        "id": "B-1",
        "placed_at": now,
        "updated_at": now,
        "currency": "RUB",
        "total": "10.00",
        "lines": [{"sku": "A", "name": "Kettle", "quantity": 1, "price": "10.00"}],
        "buyer": {"name": "Анна Иванова", "email": "b1@example.test", "phone": "+79141234567", "language": "ru"},
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{shop.port}/api/v1/orders/B-1",
        json.dumps(order).encode(),
        {"Authorization": f"Bearer {key}", "Prefer": "wait=5"},
        method="PUT",
    )
    assert urllib.request.urlopen(request, timeout=10).status == 202
    until(lambda: "First login" in shop.output, 5, "the link is printed")
    link = next(word for word in shop.output.split() if "/login/link/" in word)
    page.goto(link)
    page.click("main button")
    page.wait_for_load_state()
    assert "/login" not in page.url
    page.goto(f"http://127.0.0.1:{shop.port}/tasks/")
    assert page.locator("body").inner_text()
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    for path in ("tasks/", "orders/", "people/", "letters/", "promises/", "quarantine/", "schemes/", "team/"):
        answer = page.goto(f"http://127.0.0.1:{shop.port}/{path}")
        assert answer is not None
        assert answer.status == 200
    assert problems == []
