"""A clock is stopped and let go on by keyboard, and a colleague's screen hears of it by itself."""

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import heard
from tests.browser.desk_shop import Desk, desk_fixture  # noqa: F401 - the fixture
from tests.extent import told_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = {
    "en": ("Waits for the supplier", "Standing with you", "The clock goes on"),
    "ru": ("Ждём поставщика", "Стоят у вас", "Часы пошли дальше"),
}


@told_in("ru")
def test_a_clock_stands_and_goes_on_by_keyboard(desk: Desk, language: str) -> None:
    state, standing, goes_on = WORDS[language]
    page, colleague = desk.page(language), desk.page(language)
    problems = heard(page)
    numbers = desk.orders(1)
    page.wait_for_selector("#q-next", timeout=10_000)
    with page.expect_navigation():
        page.keyboard.press("n")
    page.keyboard.press("s")
    expect(page.locator("#pause-states")).to_be_visible()
    expect(page.locator("#pause-states label").first).to_contain_text(state)
    page.locator("#pause_note").fill("asked them at ten")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("#pause")).to_contain_text("asked them at ten")
    expect(page.locator("#q-standing")).to_contain_text(standing)
    expect(colleague.locator("#q-standing")).to_contain_text(standing, timeout=10_000)  # the same person's other window
    assert desk.shop.sql(
        "select t.pause, t.state from desk_task t join orders_order o on o.id = t.order_id where o.number = any(%s)",
        numbers,
    ) == [("supplier", "claimed")]
    with page.expect_navigation():
        page.keyboard.press("s")
    expect(page.locator(".r-toasts")).to_contain_text(goes_on)
    expect(page.locator("#q-standing")).to_have_count(0)
    with page.expect_navigation():
        page.keyboard.press("1")
        page.keyboard.press("Control+Enter")
    assert [row[:2] for row in desk.tasks(numbers)] == [("finished", "confirmed")]
    assert problems == []
