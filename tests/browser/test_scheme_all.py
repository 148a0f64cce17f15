"""All who wait at a step are let go on: said first, then seen to go in slices, and put back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import opened
from tests.browser.scheme_shop import with_after_order
from tests.browser.test_scheme_move import INSIDE
from tests.extent import told_in
from tests.installation import Installation, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE = "/schemes/of/after-order/"
PEOPLE = 1234
STAND = "select step, entered_at is null, count(*) from journeys_enrolment where status = 1 group by 1, 2"
WORDS = {
    "en": {
        "number": "1,234",
        "first": "Nothing has happened yet",
        "back": "Put all back",
        "done": "All are put back to",
    },
    "ru": {"number": "1 234", "first": "Пока ничего не произошло", "back": "Вернуть всех", "done": "Все возвращаются"},
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Installation]:
    with with_after_order(tmp_path / "data") as made:
        made.sql(INSIDE, PEOPLE)
        yield made


@told_in("ru")
def test_all_who_wait_go_on_after_it_was_said_and_are_put_back(
    shop: Installation, browser: Browser, language: str
) -> None:
    said = WORDS[language]
    page, heard_of = opened(shop, browser, language)
    page.goto(PAGE + "who/?what=waiting&step=happy")
    page.locator("input[name=whom][value=all]").check()
    page.locator("button[name=do][value=release]").click()
    note = page.locator("main .r-note")
    expect(note).to_contain_text(said["number"])
    expect(note).to_contain_text(said["first"])
    assert shop.sql(STAND) == [("happy", False, PEOPLE)]
    page.locator("main form button[name=do]").click()
    expect(page).to_have_url(f"http://127.0.0.1:{shop.port}{PAGE}")
    until(lambda: shop.sql(STAND) == [("courtesy", True, PEOPLE)], 20, "all stand before the next step")
    # the page follows by itself
    expect(page.locator("#live .r-note.ok")).to_contain_text(said["number"], timeout=10_000)
    page.get_by_role("button", name=said["back"]).click()
    until(lambda: shop.sql(STAND) == [("happy", False, PEOPLE)], 20, "all are back")
    expect(page.locator("#live .r-note.ok")).to_contain_text(said["done"], timeout=10_000)
    expect(page.get_by_role("button", name=said["back"])).to_have_count(0)
    assert shop.sql("select count(*) from outbox_message") == [(0,)]
    assert heard_of == []
    page.context.close()
