"""A step changed, moved and taken out on the map by keys alone, with what a screen reader is told of it; the rest of the text
stays byte for byte, and taking it all back gives the text of before.
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

PAGE = "/schemes/of/after-order/"
# what the page says, by language
WORDS = {
    "en": {"map": "Map of the scheme; the table says the same", "step": "Are you happy?", "at_most": "At most",
           "lower": "One place lower in the file", "roads": "The roads that led there go on to"},
    "ru": {"map": "Карта схемы; то же самое есть в таблице", "step": "Всё хорошо?", "at_most": "Не дольше",
           "lower": "На одно место ниже в файле", "roads": "Пути, которые вели сюда, пойдут дальше в"},
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Installation]:
    with with_after_order(tmp_path / "data") as made:
        yield made


@told_in("ru")
def test_a_step_is_changed_moved_and_taken_out_by_keys(shop: Installation, browser: Browser, language: str) -> None:
    words = WORDS[language]
    page, problems = opened(shop, browser, language)
    page.goto(PAGE)
    text, said = page.locator("textarea[name=text]"), page.locator("#said")
    was = text.input_value()
    hand = Keyboard(page)
    expect(page.get_by_role("group", name=words["map"])).to_be_visible()
    expect(said).to_have_role("status")
    assert accessible(page) == [] and nameless(page, "#map") == []

    # its form: a group with a heading, every field with a name
    page.locator("#map [data-step=happy] .g-body").focus()
    hand.press("Enter")
    expect(page.locator("#panel-title")).to_be_focused(timeout=15_000)
    expect(page.get_by_role("region", name=words["step"])).to_be_visible()
    assert accessible(page) == [] and nameless(page, "#panel") == []
    up_to = page.locator("[name='f.ask.up_to']")
    expect(up_to).to_have_accessible_name(words["at_most"])
    hand.to("[name='f.ask.up_to']", 40)
    hand.press("Control+a")
    hand.write("12d")
    hand.press("Enter")
    expect(said).not_to_be_empty()
    changed = was.replace("up_to: 10d", "up_to: 12d")
    assert text.input_value() == changed, "one value, and not a byte beside it"

    # one place lower in the file, its comments with it
    page.locator("#map [data-step=rescue] .g-body").focus()
    hand.press("Enter")
    expect(page.locator("#panel [name=step]").first).to_have_value("rescue")
    hand.to("#panel [value=down]", 60)
    expect(page.locator("#panel [value=down]")).to_have_accessible_name(words["lower"])
    hand.press("Enter")
    expect(text).not_to_have_value(changed)
    moved = text.input_value()
    assert sorted(moved.split("\n")) == sorted(changed.split("\n")), "the same lines in another order"
    assert moved.index("  courtesy:") < moved.index("  rescue:")

    # taken out: the form says where its roads go on to, and what changes
    hand.to("#panel a.btn-danger", 60)
    hand.press("Enter")
    expect(page.get_by_role("combobox", name=words["roads"])).to_have_value("review")
    assert accessible(page) == [] and nameless(page, "#panel") == []
    hand.to("#panel .btn-danger", 20)
    hand.press("Enter")
    expect(page.locator("#map [data-step=rescue]")).to_have_count(0)
    out = text.input_value()
    assert "rescue" not in out and "answers: {yes: review, no: review}" in out
    assert [row for row in out.split("\n") if row not in moved.split("\n")] == [
        "    answers: {yes: review, no: review}"
    ]

    # all of it taken back, one by one
    for before in (moved, changed, was):
        hand.to("#panel [value=undo]", 12)
        hand.press("Enter")
        expect(text).to_have_value(before)
    expect(page.locator("#map [data-step=rescue]")).to_be_visible()
    assert not hand.pointed()
    assert problems == []
    page.context.close()
