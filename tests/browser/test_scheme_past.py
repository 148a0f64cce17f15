"""A scheme run over a shop's past by keyboard, in a real browser: an empty past says so, a full one who would have got what."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import VIOLATIONS, heard, log_in, speak
from tests.browser.scheme_shop import with_after_order
from tests.extent import told_in
from tests.installation import Installation, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = {
    "en": {"tab": "Backtest", "run": "Run on the past", "nobody": "Nobody would", "most": "Most messages"},
    "ru": {"tab": "Прогон", "run": "Прогнать на истории", "nobody": "никто не попал бы", "most": "Больше всего сообщений"},
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Installation]:
    with with_after_order(tmp_path / "data") as made:
        yield made


@told_in("ru")
def test_a_scheme_is_run_over_the_past_by_keyboard(
    shop: Installation, browser: Browser, language: str, tmp_path: Path
) -> None:
    """An empty past says so; then last month's orders come in, and the same run shows who would have got what."""
    words = WORDS[language]
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=f"http://127.0.0.1:{shop.port}")
    context.add_init_script(VIOLATIONS)
    page = context.new_page()
    log_in(page, shop)
    said = heard(page, ("error", "warning"))
    speak(page, shop, language)
    page.goto("/schemes/of/after-order/")
    page.locator("nav.sub a", has_text=words["tab"]).click()
    page.locator("select[name=days]").focus()
    for _field in range(4):
        page.keyboard.press("Tab")
    run = page.get_by_role("button", name=words["run"])
    page.keyboard.press("Enter") if run.evaluate("one => one === document.activeElement") else run.press("Enter")
    expect(page.locator(".r-note")).to_contain_text(words["nobody"])

    placed = datetime.now(UTC) - timedelta(days=20)
    orders = [
        {
            "id": f"past-{n}", "placed_at": (placed + timedelta(hours=n)).isoformat(), "status": "delivered",
            "updated_at": (placed + timedelta(days=4)).isoformat(), "currency": "EUR", "total": "10.00",
            "lines": [{"sku": "A", "name": "Thing", "quantity": 1, "price": "10.00"}],
            "buyer": {"name": "Anna Past", "email": f"past{n}@buyers.test"},
            "payment": {"status": "paid", "paid_at": (placed + timedelta(days=1)).isoformat()},
        }
        for n in range(9)
    ]  # fmt: skip
    file = tmp_path / "past.ndjson"
    file.write_text("\n".join(json.dumps(order) for order in orders))
    assert shop.command("import", "orders", str(file)).returncode == 0
    until(
        lambda: shop.sql("select count(*) from orders_order where starts_with(external_id, 'past-')") == [(9,)],
        20,
        "taken in",
    )
    page.get_by_role("button", name=words["run"]).press("Enter")
    expect(page.locator(".r-heat").first).to_be_visible()
    expect(page.locator(".r-chart").first).to_be_visible()
    most = page.locator("section.card", has_text=words["most"])
    expect(most.locator("tbody tr")).to_have_count(9)
    most.locator("td.end a").first.press("Enter")
    expect(page.locator("table[data-list] tbody tr").first).to_contain_text("Anna Past")
    assert shop.sql("select count(*) from outbox_message where order_id in (select id from orders_order"
                    " where starts_with(external_id, 'past-'))") == [(0,)]  # fmt: skip
    assert page.evaluate("window.violations") == [] and said == []
    context.close()
