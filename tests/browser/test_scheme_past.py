"""A scheme run over a shop's past by keyboard, in a real browser: an empty past says so, a full one who would have got what."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import VIOLATIONS, heard, log_in, opened, speak
from tests.browser.keyboard import Keyboard
from tests.browser.reader import accessible, nameless
from tests.browser.scheme_shop import publish_second, with_after_order
from tests.extent import told_in
from tests.installation import Installation, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MANY = 510
"""More beginnings than are played while a browser waits."""
WORDS = {
    "en": {"tab": "Backtest", "run": "Run on the past", "nobody": "Nobody would", "most": "Most messages",
           "two": "Two versions", "calls": "Calls for the desk", "each": "Person by person", "silent": "no answer came",
           "confirm": "Confirm the order", "version": "version {}", "letters": "Letters"},
    "ru": {"tab": "Прогон", "run": "Прогнать на истории", "nobody": "никто не попал бы", "most": "Больше всего сообщений",
           "two": "Две версии", "calls": "Звонков для пульта", "each": "По каждому человеку", "silent": "ответа не было",
           "confirm": "Подтвердить заказ", "version": "версия {}", "letters": "Письма"},
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Installation]:
    with with_after_order(tmp_path / "data") as made:
        yield made


def _past(shop: Installation, folder: Path, count: int) -> None:
    """So many orders of last month come in as history."""
    placed = datetime.now(UTC) - timedelta(days=20)
    orders = [
        {
            "id": f"past-{n}", "placed_at": (placed + timedelta(hours=n % 200)).isoformat(), "status": "delivered",
            "updated_at": (placed + timedelta(days=10)).isoformat(), "currency": "EUR", "total": "10.00",
            "lines": [{"sku": "A", "name": "Thing", "quantity": 1, "price": "10.00"}],
            "buyer": {"name": "Anna Past", "email": f"past{n}@buyers.test"},
            "payment": {"status": "paid", "paid_at": (placed + timedelta(days=9)).isoformat()},
        }
        for n in range(count)
    ]  # fmt: skip
    file = folder / "past.ndjson"
    file.write_text("\n".join(json.dumps(order) for order in orders))
    assert shop.command("import", "orders", str(file)).returncode == 0
    came = "select count(*) from orders_order where starts_with(external_id, 'past-')"
    until(lambda: shop.sql(came) == [(count,)], 60, "taken in")


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

    _past(shop, tmp_path, 9)
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


@told_in("en")
def test_two_versions_are_run_over_the_past_while_one_waits(
    shop: Installation, browser: Browser, language: str, tmp_path: Path
) -> None:
    """More than is made while a browser waits: its progress is told, and then what is another for whom."""
    words = WORDS[language]
    publish_second(shop, tmp_path)
    _past(shop, tmp_path, MANY)
    page, said = opened(shop, browser, language)
    page.goto("/schemes/of/after-order/backtest/")
    hand = Keyboard(page)
    assert accessible(page) == [] and nameless(page) == []
    expect(page.locator("[name=side]")).to_have_value("2")
    expect(page.locator("[name=against]")).to_have_value("1")
    hand.to("main form .btn-primary", 60)
    hand.go("Enter")
    told = page.locator("[aria-live=polite]", has=page.locator("form[action$=cancel]"))
    heat = page.locator(".r-heat").first
    expect(told.or_(heat).first).to_be_visible()
    expect(heat).to_be_visible(timeout=60_000)

    # both beside each other, and the difference said even where it is small
    table = page.locator("section.card", has_text=words["two"])
    expect(table.locator("thead th")).to_have_count(4)
    calls = table.locator("tbody tr", has_text=words["calls"]).locator("td")
    before, after = (int("".join(c for c in calls.nth(at).inner_text() if c.isdigit())) for at in (0, 1))
    assert before > after > 0 and calls.nth(2).inner_text() not in ("", "0")
    persons = page.locator("section.card", has_text=words["each"])
    expect(persons.locator("tbody tr").first).to_contain_text("Anna Past")
    assert accessible(page) == [] and nameless(page) == []
    # what was drawn, and from what, stands there without being asked for
    supposed = page.locator("#drawn")
    expect(supposed).to_be_visible()
    expect(supposed.locator("tbody tr").last).to_contain_text(words["letters"])
    expect(page.locator("[name=seed]")).to_have_value("1")
    expect(supposed).to_contain_text(words["silent"])
    expect(supposed).to_contain_text(words["confirm"])

    # one of them, step by step in both versions
    persons.locator("td.end a").first.focus()
    hand.go("Enter")
    lines = page.locator("table[data-list] tbody tr")
    expect(lines.first).to_contain_text(words["confirm"])
    versions = set(lines.locator("td:last-child").all_inner_texts())
    assert versions == {words["version"].format(1), words["version"].format(2)}
    assert accessible(page) == [] and nameless(page) == []
    assert not hand.pointed()
    assert said == []
    page.context.close()
