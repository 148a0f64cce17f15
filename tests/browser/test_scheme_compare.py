"""Two versions side by side, read by keys: in words, as two maps and one, as a table and as text; told without colours, too."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import opened
from tests.browser.keyboard import Keyboard
from tests.browser.reader import accessible, nameless
from tests.browser.scheme_shop import publish_second, with_after_order
from tests.extent import told_in
from tests.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE = "/schemes/of/after-order/compare/"
# what the page says, by language
WORDS = {
    "en": {"new": "+ new", "gone": "− gone", "changed": "± changed",
           "held": "without advertising", "till": "up to 10 days", "longer": "up to 12 days", "same": "Both are the same"},
    "ru": {"new": "+ новое", "gone": "− нет", "changed": "± иначе",
           "held": "без рекламы", "till": "срок 10 дней", "longer": "срок 12 дней", "same": "Они одинаковы"},
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Installation]:
    with with_after_order(tmp_path / "data") as made:
        publish_second(made, tmp_path)
        yield made


@told_in("ru")
def test_two_versions_are_read_side_by_side_by_keys(shop: Installation, browser: Browser, language: str) -> None:
    words = WORDS[language]
    page, problems = opened(shop, browser, language)
    page.goto(PAGE)
    hand = Keyboard(page)
    expect(page.locator("#a")).to_have_value("1")
    expect(page.locator("#b")).to_have_value("2")

    # in words: what came, what went, what is another
    for step, kind in (("pay-think", "added"), ("courtesy", "removed"), ("happy", "changed")):
        expect(page.locator(f".r-changes li.{kind}", has_text=step).first).to_be_visible()
    assert accessible(page) == [] and nameless(page) == []

    # as two maps, the old one first: in each what the other lacks, in both what is another
    hand.to(".r-seg a[href*='view=map']", 40)
    hand.go("Enter")
    for side, marked in (
        ("left", {"courtesy": "gone", "happy": "changed"}),
        ("right", {"pay-think": "new", "happy": "changed"}),
    ):
        for step, said in marked.items():
            expect(page.locator(f"#{side} [data-step={step}] .g-sign")).to_have_text(words[said])
        hold = page.locator(f"#{side} .g-hold .g-s")
        expect(hold).to_have_text(words["held"])  # and no number: nobody was counted here
    expect(page.locator("#left [data-step=pay-think], #right [data-step=courtesy]")).to_have_count(0)
    expect(page.locator("#left .is-added, #right .is-removed")).to_have_count(0)
    assert accessible(page) == [] and nameless(page) == []

    # what is scrolled leads the other: both come to their ends together
    hand.to("#left", 60)
    hand.press("End")
    for side in ("left", "right"):
        page.wait_for_function(
            "id => { const e = document.getElementById(id);"
            " return e.scrollTop > 0 && e.scrollTop >= e.scrollHeight - e.clientHeight - 1 }",
            arg=side,
        )

    # as one map: each sign is a word, too, and no number is claimed
    page.locator("#as-two").focus()
    hand.press("ArrowRight")
    expect(page.locator("#as-one")).to_be_checked()
    expect(page.locator("#left")).to_be_hidden()
    for kind, said, step in (
        ("added", "new", "pay-think"),
        ("removed", "gone", "courtesy"),
        ("changed", "changed", "happy"),
    ):
        node = page.locator(f"#map [data-step={step}]")
        expect(node).to_have_class(re.compile(rf"\bis-{kind}\b"))
        expect(node.locator(".g-sign")).to_have_text(words[said])
        assert words[said].split()[-1] in (node.locator("a.g-body").get_attribute("aria-label") or "")
    hold = page.locator("#map .g-hold")
    expect(hold).to_contain_text(words["held"])
    assert not any(c.isdigit() for c in (hold.text_content() or "").replace(words["held"], "")), (
        "nobody was counted here"
    )
    assert accessible(page) == [] and nameless(page) == []

    # a step of the map leads to its row in the table: cell by cell what it was and what it is
    page.locator("#map [data-step=happy] a.g-body").focus()
    hand.go("Enter")
    row = page.locator("#step-happy")
    expect(row).to_have_class("is-changed")
    expect(row.locator("del").first).to_have_text(words["till"])
    expect(row.locator("ins").first).to_have_text(words["longer"])
    expect(page.locator("#step-pay-think")).to_contain_text(words["new"])
    expect(page.locator("#step-courtesy")).to_contain_text(words["gone"])
    assert page.locator("tr.is-changed").count() == 2 and page.locator("tbody tr").count() == 14
    assert accessible(page) == [] and nameless(page) == []

    # as text: two columns, with the words that are others marked
    hand.to(".r-seg a[href*='view=text']", 80)
    hand.go("Enter")
    marked = page.locator("tr.changed", has_text="up_to: 10d")
    expect(marked.locator("del mark")).to_have_text("10d")
    expect(marked.locator("ins mark")).to_have_text("12d")
    assert accessible(page) == [] and nameless(page) == []

    # the other way round, and one with itself
    hand.to(".r-page form a.btn-icon", 40)
    hand.go("Enter")
    expect(page.locator("#a")).to_have_value("2")
    expect(page.locator("tr.changed", has_text="up_to: 12d").locator("del mark")).to_have_text("12d")
    page.goto(f"{PAGE}?a=2&b=2&view=table")
    expect(page.locator("main")).to_contain_text(words["same"])

    # on a telephone one picture is what comes first, and both stand below each other when asked for
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{PAGE}?a=1&b=2&view=map")
    expect(page.locator("#as-one")).to_be_checked()
    expect(page.locator("#map")).to_be_visible()
    expect(page.locator("#left")).to_be_hidden()
    page.locator("#as-one").focus()
    hand.press("ArrowLeft")
    expect(page.locator("#map")).to_be_hidden()
    left, right = (page.locator(f"#{side}").bounding_box() for side in ("left", "right"))
    assert left and right and left["x"] == right["x"] and left["y"] + left["height"] <= right["y"]
    assert not hand.pointed()
    assert problems == []
    page.context.close()
