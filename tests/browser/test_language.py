"""The page of the language by keyboard: what one types leaves of it what is looked for, and each place has its address.

And the table of a scheme on a telephone, where each step is a card with labelled lines.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import opened
from tests.browser.keyboard import Keyboard
from tests.browser.reader import accessible, nameless
from tests.browser.scheme_shop import with_after_order
from tests.extent import told_in
from tests.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = {
    "en": {"found": "Chapters found:", "none": "Nothing here", "labels": ["When", "Whom", "What", "Then"]},
    "ru": {"found": "Найдено разделов:", "none": "Таких слов здесь нет", "labels": ["Когда", "Кому", "Что", "Дальше"]},
}
LABELS = """[...document.querySelectorAll('.r-steps-table tbody tr:first-child td[data-label]')]
  .filter(one => one.getClientRects().length && !one.classList.contains('end'))
  .map(one => getComputedStyle(one, '::before').content.replaceAll('"', ''))"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Installation]:
    with with_after_order(tmp_path / "data") as made:
        yield made


@told_in("ru")
def test_the_language_is_looked_through_by_keyboard(shop: Installation, browser: Browser, language: str) -> None:
    words = WORDS[language]
    page, said = opened(shop, browser, language)
    page.goto("/schemes/language/")
    hand = Keyboard(page)
    parts, told = page.locator(".r-book > section:visible"), page.locator("#sifted")
    whole = parts.count()
    assert accessible(page) == [] and nameless(page) == []
    hand.press("/")
    expect(page.locator("#sift")).to_be_focused()
    hand.write("wait_for")
    expect(told).to_contain_text(words["found"])
    expect(page.locator("h3#wait_for")).to_be_visible()
    expect(page.locator("h3#points")).to_be_hidden()
    expect(page.locator(".r-toc a[href='#points']")).to_be_hidden()
    assert 0 < parts.count() < whole
    hand.press("Escape")
    expect(parts).to_have_count(whole)

    hand.write("order.plac")
    expect(page.locator("[id='order.placed']")).to_be_visible()
    expect(page.locator("[id='order.cancelled']")).to_be_hidden()
    expect(page.locator("[id='fact-order.placed_at']")).to_be_visible()
    expect(page.locator("[id='fact-order.total']")).to_be_hidden()
    hand.press("Enter")
    assert page.evaluate("document.activeElement.className") == "r-hash"
    hand.press("/")
    hand.write("zzzz")
    expect(told).to_contain_text(words["none"])
    expect(parts).to_have_count(0)
    page.goto("/schemes/language/#fact-order.total")
    assert page.evaluate("document.querySelector(':target').id") == "fact-order.total"
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not hand.pointed() and said == []
    page.context.close()


@told_in("en")
def test_the_table_tells_all_of_a_step_on_a_telephone(shop: Installation, browser: Browser, language: str) -> None:
    page, said = opened(shop, browser, language)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/schemes/of/after-order/?view=table")
    assert set(page.evaluate(LABELS)) <= set(WORDS[language]["labels"])
    assert len(page.evaluate(LABELS)) >= 3
    first = page.locator(".r-steps-table tbody tr").first
    for at in (2, 3, 4):
        expect(first.locator("td").nth(at)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert accessible(page) == []
    assert said == []
    page.context.close()
