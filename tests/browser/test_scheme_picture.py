"""A step put in on the map by keys alone, seen in the text, taken back and put in again, and both versions side by side."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import opened
from tests.browser.keyboard import Keyboard
from tests.browser.scheme_shop import with_after_order
from tests.extent import told_in
from tests.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE = "/schemes/of/after-order/"
# what the page says, by language
WORDS = {
    "en": {"in": "is in", "undone": "Undone", "bad": "is not a duration", "new": "+ new", "again": "Done again"},
    "ru": {"in": "вставлен", "undone": "Отменено", "bad": "не промежуток времени", "new": "+ новое", "again": "Возвращено"},
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Installation]:
    with with_after_order(tmp_path / "data") as made:
        yield made


@told_in("en")
def test_a_step_is_put_in_on_the_map_by_keys_and_compared(shop: Installation, browser: Browser, language: str) -> None:
    words = WORDS[language]
    page, said = opened(shop, browser, language)
    page.goto(PAGE)
    text = page.locator("textarea[name=text]")
    was = text.input_value()
    hand = Keyboard(page)

    # from step to step by arrows, into its form, and on to a new step after it
    page.locator("#map .g-body").first.focus()
    hand.press("ArrowDown")
    expect(page.locator('#map [data-step="pay"] .g-body')).to_be_focused()
    hand.press("ArrowRight")
    expect(page.locator('#map [data-step="pay-how"] .g-body')).to_be_focused()
    hand.press("Enter")
    expect(page.locator("#panel-title")).to_be_focused()
    expect(page.locator('#map [data-step="pay-how"]')).to_have_class("g-node sel")
    hand.to('.r-ways a[href*="head=enjoy"]', 40)
    hand.press("Enter")
    expect(page.locator("#panel .r-verbs")).to_be_visible()
    hand.to('.r-verbs a[href*="verb=wait#"]', 20)
    hand.press("Enter")

    # a mistake is said at its field, and nothing is kept
    expect(page.locator('[name="f.wait.for"]')).to_be_visible()
    hand.to('[name="f.wait.for"]')
    hand.write("soon")
    hand.press("Enter")
    expect(page.locator('[id="f.wait.for-error"]')).to_contain_text(words["bad"])
    expect(page.locator('[name="f.wait.for"]')).to_be_focused()
    assert text.input_value() == was
    hand.press("Control+a")
    hand.write("3d")
    hand.press("Enter")
    expect(page.locator("#said")).to_contain_text(words["in"])
    expect(page.locator('#map [data-step="wait"]')).to_be_visible()
    now = text.input_value()
    assert "    no: wait                    # cash on delivery" in now and "  wait:\n    wait: 3d\n" in now
    assert [line for line in now.splitlines() if line not in was.splitlines()] == [
        "    no: wait                    # cash on delivery, or the shop doesn't say",
        "  wait:",
        "    wait: 3d",
        "    then: enjoy",
    ]

    # back and forth
    hand.to("#panel [value=undo]")
    hand.press("Enter")
    expect(page.locator("#said")).to_contain_text(words["undone"])
    expect(page.locator('#map [data-step="wait"]')).to_have_count(0)
    assert text.input_value() == was
    hand.to("#panel [value=redo]")
    hand.press("Enter")
    expect(page.locator("#said")).to_contain_text(words["again"])
    assert text.input_value() == now
    assert not hand.pointed()

    # side by side
    for view in ("words", "map", "table", "text"):
        page.goto(f"{PAGE}compare/?view={view}")
        expect(page.locator("main")).to_contain_text(words["new"] if view in ("map", "table") else "wait")
    expect(page.locator(".r-diff .changed mark").first).to_have_text("enjoy")
    page.goto(f"{PAGE}compare/?view=map")
    expect(page.locator("#map .g-node.is-added")).to_have_count(1)
    expect(page.locator('#map .g-e.is-removed[data-tail="pay-how"][data-head="enjoy"]')).to_have_count(1)

    # the editor offers what may stand there
    page.goto(f"{PAGE}?view=text")
    page.locator(".cm-content").focus()  # a draft with a warning opens in the editor
    offered = page.locator(".cm-tooltip-autocomplete li")
    hand.press("Control+End")
    hand.write("    th")
    expect(offered).to_have_text(["then"])
    page.wait_for_timeout(100)  # CodeMirror takes no choice in the first moment, lest one be made by mistake
    hand.press("Enter")
    hand.write("re")
    expect(offered).to_have_text(["rescue", "review", "pay-remind"])
    assert said == []
    page.context.close()
