"""In the talk, in a real browser: two in one card, words that survive a dead browser, an address that reaches the shop, a merge.

Each asserts what is in the database and in the shop, not only the screen.
"""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from tests.browser.chromium import doomed, heard
from tests.browser.desk_shop import Desk, desk_fixture  # noqa: F401 - the fixture
from tests.extent import told_in
from tests.installation import until
from tests.sinks.called import Called, called

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = {
    "en": {"too": "has this card open too", "writing": "is writing", "change": "Change this order", "save": "Save the changes",
           "undo": "Undo", "compare": "Compare", "merge": "It is one person: merge", "told": "changed"},
    "ru": {"too": "тоже открыл", "writing": "пишет", "change": "Изменить заказ", "save": "Сохранить изменения",
           "undo": "Отменить", "compare": "Сравнить", "merge": "Это один человек: объединить", "told": "изменено"},
}  # fmt: skip


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Called]:
    with called(tmp_path) as found:
        yield found


@told_in("ru")
def test_two_in_one_card_see_each_other_and_who_writes(desk: Desk, language: str) -> None:
    words = WORDS[language]
    mine = desk.page(language)
    problems = heard(mine)
    (number,) = desk.orders(1)
    path = f"{desk.base}/tasks/{desk.ids([number])[0]}/"
    theirs = desk.colleague(mine, "Vera" if language == "en" else "Vera2")
    mine.goto(path)
    theirs.goto(path)
    expect(mine.locator("#card-onlookers")).to_contain_text("Vera", timeout=10_000)
    expect(theirs.locator("#card-onlookers")).not_to_be_empty(timeout=10_000)
    theirs.locator("#note").press_sequentially("the buyer asks for a later hour", delay=60)
    expect(mine.locator("#card-onlookers")).to_contain_text(words["writing"], timeout=10_000)
    assert problems == []
    theirs.context.close()
    mine.context.close()


def test_half_a_note_survives_a_browser_that_dies_in_mid_typing(desk: Desk) -> None:
    (number,) = desk.orders(1)
    task = desk.ids([number])[0]
    text = "the buyer asks for Friday between two and six, the gate code is 1207, ring twice and wait for the dog"
    dying, kill = doomed(desk.browser)
    page = dying.new_context(storage_state=desk.state).new_page()
    page.goto(f"{desk.base}/tasks/{task}/")
    page.locator("#note").press_sequentially(text, delay=50)  # five seconds of typing without a pause
    kill()
    for _ in range(20):  # a busy machine takes a while to bury it
        with contextlib.suppress(PlaywrightError):
            page.wait_for_timeout(500)
        if not dying.is_connected():
            break
    assert not dying.is_connected()
    again = desk.page("en")
    again.goto(f"{desk.base}/tasks/{task}/")
    kept = again.locator("#note").input_value()
    assert text.startswith(kept)
    assert len(text) - len(kept) <= 2 / 0.05, f"more than two seconds of typing are lost: {kept!r}"
    again.context.close()


@told_in("en")
def test_an_address_changed_in_the_talk_reaches_the_shop(desk: Desk, other: Called, language: str) -> None:
    words = WORDS[language]
    page = desk.page(language)
    problems = heard(page)
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    # A playground may call this machine alone, which is where our shop's program is.
    desk.shop.sql("update base_clock set playground = true returning id")
    form = {"way": "webhook", "url": f"{other.url}/hook", "csrfmiddlewaretoken": token}
    made = page.request.post(
        f"{desk.base}/settings/feeds/back/api/save", form=form, headers={"Referer": f"{desk.base}/"}
    )
    assert made.ok
    (number,) = desk.orders(1)
    page.goto(f"{desk.base}/tasks/{desk.ids([number])[0]}/")
    page.locator("summary", has_text=words["change"]).click()
    page.locator("#order-form [name=street]").fill("Тверская 7-12")
    page.locator("#order-form button", has_text=words["save"]).click()
    expect(page.locator(".r-wanted")).to_contain_text("Тверская 7-12")
    rows = desk.shop.sql(
        "select c.state, c.field, m.state from orders_change c join orders_order o on o.id = c.order_id"
        " join outbox_command m on m.key = 'order.change:' || c.deed_id where o.number = %s",
        number,
    )
    assert rows == [("waiting", "address", "queued")]
    assert other.told() == [], "within the minute the shop hears nothing"
    desk.shop.sql("update outbox_command set not_before = asked_at where state = 'queued' returning id")
    until(lambda: len(other.told()) == 1, 15, "the shop is told")
    desk.shop.sql("update base_clock set playground = false returning id")
    told = json.loads(other.told()[0]["body"])
    assert told["data"]["order"]["number"] == number
    assert [c["after"]["street"] for c in told["data"]["changes"]] == ["Тверская 7-12"]
    assert problems == []
    page.context.close()


@told_in("ru")
def test_two_spellings_are_compared_merged_and_parted_again(desk: Desk, language: str) -> None:
    words = WORDS[language]
    page = desk.page(language)
    problems = heard(page)
    phone = "+7914555000" + ("1" if language == "en" else "2")
    one, two = desk.orders(2)
    desk.shop.sql(
        "update people_person p set name = case o.number when %s then 'Иван Иванов' else 'Ivanov Ivan' end from orders_order o"
        " where o.person_id = p.id and o.number in (%s, %s) returning p.id",
        one, one, two,
    )  # fmt: skip
    desk.shop.sql(
        "insert into people_contact_point (shop_id, person_id, kind, value) select shop_id, person_id, 'phone', %s"
        " from orders_order where number in (%s, %s) returning id",
        phone, one, two,
    )  # fmt: skip
    desk.shop.sql(
        "insert into people_recheck (person_id, shop_id) select person_id, shop_id from orders_order where number in (%s, %s)"
        " on conflict do nothing returning person_id",
        one, two,
    )  # fmt: skip
    pair = "select d.state from people_double d join orders_order o on o.person_id = d.one_id where o.number = %s"
    until(lambda: desk.shop.sql(pair, one) == [("open",)], 20, "the pair is found")
    page.goto(f"{desk.base}/tasks/{desk.ids([one])[0]}/")
    page.locator("a", has_text=words["compare"]).click()
    page.locator("button", has_text=words["merge"]).click()
    until(lambda: desk.shop.sql(pair, one) == [("merged",)], 10, "merged")
    page.locator(".r-toast button, [role=status] form button").first.click()
    until(lambda: desk.shop.sql(pair, one) == [("open",)], 10, "parted again")
    assert desk.shop.sql("select count(*) from people_person where merged_into is not null") == [(0,)]
    assert problems == []
    page.context.close()
