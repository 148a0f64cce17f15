"""A segment is written by keys: how many it holds for is counted and read out while it is written; so is a mistake."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import opened
from tests.browser.keyboard import Keyboard
from tests.browser.reader import accessible, nameless
from tests.extent import told_in
from tests.installation import Installation, running, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PEOPLE = """
insert into people_person (shop_id, name, first_name, language)
select id, 'Anna 1', 'Anna', case when i < 4 then 'ru' else 'en' end from shop_shop, generate_series(1, 5) i
returning id
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Installation]:
    with running(tmp_path / "data") as made:
        made.sql(PEOPLE)
        yield made


@told_in("ru")
def test_a_segment_is_counted_while_it_is_written(shop: Installation, browser: Browser, language: str) -> None:
    page, problems = opened(shop, browser, language, but="422")
    page.goto("/segments/new/")
    hand = Keyboard(page)
    look = page.locator("#segment-look")
    expect(look).to_have_attribute("aria-live", "polite")
    hand.to("#condition", 60)
    hand.write("person.language == 'ru'")
    expect(look).to_contain_text("3")
    expect(look.locator("tbody tr")).to_have_count(3)
    assert accessible(page) == [] and nameless(page) == []
    hand.press("Control+a")
    hand.write("'vip' in person.tag")
    expect(look).to_contain_text("person.tags")
    hand.write("s or person.language == 'en'")
    expect(look.locator("tbody tr")).to_have_count(2)
    hand.to("#name", 12)
    hand.write("english")
    hand.go("Enter")
    until(lambda: shop.sql("select members from segments_segment where state = 'ready'") == [(2,)], 20, "it is filled")
    assert not hand.pointed()
    assert problems == []
    page.context.close()
