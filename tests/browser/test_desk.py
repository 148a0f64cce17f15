"""An operator at the desk in a real browser, by keyboard: ten tasks, a call-back at an exact time, a wrong outcome undone.

Each asserts what is in the database and what would have left, not only the screen.
"""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import heard
from tests.browser.desk_shop import Desk, desk_fixture  # noqa: F401 - the fixture
from tests.extent import told_in
from tests.installation import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = {
    "en": {"next": "Why next:", "undo": "Undo", "kept": "draft kept", "there": "there"},
    "ru": {
        "next": "Почему следующий:",
        "undo": "Вернуть как было",
        "kept": "черновик сохранён",
        "there": "у покупателя",
    },
}


@told_in("en")
def test_ten_tasks_by_keyboard_only(desk: Desk, language: str) -> None:
    page = desk.page(language)
    problems = heard(page)
    numbers = desk.orders(10)
    page.wait_for_selector("text=" + WORDS[language]["next"], timeout=4000)
    with page.expect_navigation():
        page.keyboard.press("n")
    outcomes = ["confirmed", "no_answer", "refused", "confirmed", "out_of_stock"] * 2
    keys = {"confirmed": "1", "no_answer": "3", "out_of_stock": "4", "refused": "5"}
    for i, outcome in enumerate(outcomes):
        page.keyboard.press(keys[outcome])
        page.keyboard.press("w")
        page.keyboard.type(f"note {i}; 1 2 3 n")
        with page.expect_navigation():
            page.keyboard.press("Control+Enter")
        if i < 9:
            expect(page.locator("#who")).to_be_focused()  # the next card's heading
    assert page.url.endswith("/tasks/?ended=1")
    done = desk.tasks(numbers)
    assert [(s, o, n) for s, o, n, _, _ in done] == [
        ("finished", o, f"note {i}; 1 2 3 n") for i, o in enumerate(outcomes)
    ]
    assert desk.letters(numbers) == 0, "within the minute nothing has gone anywhere"
    desk.hurry(numbers)
    until(lambda: len(desk.events(numbers)) == 10, 10, "the outcomes count")
    assert sorted(desk.events(numbers)) == sorted(outcomes)
    until(lambda: desk.letters(numbers) == 6, 10, "confirmed and out of stock go on to a letter")
    until(lambda: len(desk.tasks(numbers)) == 12, 10, "both who didn't answer are called again")
    assert problems == []
    page.context.close()


@told_in("ru")
def test_a_call_back_at_an_exact_time(desk: Desk, language: str) -> None:
    page = desk.page(language)
    problems = heard(page)
    (number,) = desk.orders(1, "Владивосток")
    task = desk.shop.sql(
        "select t.id from desk_task t join orders_order o on o.id = t.order_id where o.number = %s", number
    )[0][0]
    page.goto(f"{desk.base}/tasks/{task}/")
    with page.expect_navigation():
        page.keyboard.press("c")
    day = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    page.keyboard.press("2")
    page.locator("[name=day][value=exact]").check()
    page.fill("#call_at", f"{day}T18:40")
    page.wait_for_selector("#draft-state:has-text('" + WORDS[language]["kept"] + "')", timeout=4000)
    page.wait_for_selector("#call-words:has-text('18:40')")
    assert WORDS[language]["there"] in page.locator("#call-words").inner_text().replace("\u00a0", " ")
    page.reload()
    assert page.locator("#call_at").input_value() == f"{day}T18:40", "a reload loses nothing"
    assert page.locator("[name=outcome][value=not_today]").is_checked()
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    ((state, outcome, _, call_at, settles_at),) = desk.tasks([number])
    assert (state, outcome) == ("finished", "not_today") and settles_at is not None
    assert call_at == datetime.fromisoformat(f"{day}T18:40:00+10:00"), "by the buyer's clock"
    desk.hurry([number])
    until(lambda: len(desk.tasks([number])) == 2, 10, "the next call is on the desk")
    again = desk.shop.sql(
        "select t.not_before, t.why_next from desk_task t join orders_order o on o.id = t.order_id"
        " where o.number = %s and t.state = 'open'",
        number,
    )
    assert again == [(call_at, "asked")]
    promised = desk.shop.sql(
        "select p.state from promises_promise p join orders_order o on o.id = p.order_id where o.number = %s", number
    )
    assert promised == [("open",)], "told by word of mouth: a promise"
    assert problems == []
    page.context.close()


@told_in("en")
def test_a_wrong_outcome_is_undone(desk: Desk, language: str) -> None:
    page = desk.page(language)
    problems = heard(page)
    (number,) = desk.orders(1)
    page.wait_for_selector(".r-task.next [data-key=KeyN]", timeout=4000)
    with page.expect_navigation():
        page.keyboard.press("n")
    page.keyboard.press("5")
    page.fill("#note", "asks for a discount")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert desk.tasks([number])[0][:2] == ("finished", "refused")
    assert page.locator(f".r-toast:has-text('{WORDS[language]['undo']}')").is_visible()
    with page.expect_navigation():
        page.keyboard.press("z")
    assert desk.tasks([number])[0][:2] == ("claimed", None)
    assert page.locator("#note").input_value() == "asks for a discount"
    page.keyboard.press("1")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert desk.events([number]) == []
    desk.hurry([number])
    until(lambda: desk.events([number]) == ["confirmed"], 10, "the right outcome counts, the wrong one never did")
    until(lambda: desk.letters([number]) == 1, 10, "its letter goes out")
    assert problems == []
    page.context.close()


def test_an_outcome_cuts_off_the_draft_that_is_still_on_the_wire(desk: Desk) -> None:
    page = desk.page("en")
    problems = heard(page)
    (number,) = desk.orders(1)
    page.wait_for_selector(".r-task.next [data-key=KeyN]", timeout=4000)
    with page.expect_navigation():
        page.keyboard.press("n")
    page.route("**/draft", lambda route: None)  # it never arrives
    page.keyboard.press("5")
    with page.expect_request("**/draft") as sent:
        page.fill("#note", "asks for a")
    page.fill("#note", "asks for a discount")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    late = sent.value.post_data or ""
    assert late
    with page.expect_navigation():
        page.keyboard.press("z")
    headers = {"content-type": "application/x-www-form-urlencoded", "Referer": page.url}
    assert page.request.post(sent.value.url, data=late, headers=headers).ok
    page.reload()
    assert page.locator("#note").input_value() == "asks for a discount"
    page.unroute("**/draft")
    with page.expect_response("**/draft") as kept:
        page.locator("#note").press_sequentially("!")
    assert kept.value.ok
    page.locator("#draft-state", has_text="draft kept").wait_for(timeout=3000)
    assert desk.tasks([number])[0][:2] == ("claimed", None)
    assert problems == []
    page.context.close()


def test_a_refresh_disturbs_neither_typing_nor_focus_nor_scroll(desk: Desk) -> None:
    first = desk.orders(1)
    page = desk.page("en")
    page.wait_for_selector(".r-task.next [data-key=KeyN]", timeout=4000)
    with page.expect_navigation():
        page.keyboard.press("n")
    page.keyboard.press("1")
    page.focus("#note")
    page.keyboard.type("half a sen")
    page.evaluate("document.querySelector('.r-card').scrollTop = 40; window.card = document.querySelector('.r-card')")
    page.evaluate("document.getElementById('note').setSelectionRange(2, 6)")
    rows = page.locator("#queue > [id^=t-]").count()
    more = desk.orders(2)
    page.locator("#queue > [id^=t-]").nth(rows + 1).wait_for(timeout=3000)
    assert page.evaluate("document.activeElement.id") == "note"
    assert page.evaluate("[note.selectionStart, note.selectionEnd]") == [2, 6]
    assert page.evaluate("document.querySelector('.r-card').scrollTop") == 40
    assert page.evaluate("window.card === document.querySelector('.r-card')"), "the card was not replaced"
    assert page.locator("#note").input_value() == "half a sen"
    link = page.locator("#queue .r-task:not(.mine) a.who").first
    link.focus()
    kept = page.evaluate("window.row = document.activeElement.id")
    desk.orders(1)
    page.locator("#queue > [id^=t-]").nth(rows + 2).wait_for(timeout=3000)
    assert page.evaluate("document.activeElement.id") == kept
    task = page.url.rstrip("/").rpartition("/")[2]
    desk.shop.sql("update desk_task set claimed_by = 'staff:1' where id = %s returning id", int(task))
    page.wait_for_selector("#card-note:has-text('has taken this task')", timeout=3000)
    assert page.locator("#note").input_value() == "half a sen"
    assert len(first + more) == 3
    page.context.close()


def test_without_a_connection_nothing_written_is_lost(desk: Desk) -> None:
    desk.orders(1)
    page = desk.page("en")
    page.wait_for_selector(".r-task.next [data-key=KeyN]", timeout=4000)
    with page.expect_navigation():
        page.keyboard.press("n")
    task = int(page.url.rstrip("/").rpartition("/")[2])
    page.context.set_offline(True)
    page.fill("#note", "written in a tunnel")
    page.wait_for_selector("[data-trouble=no-connection]:visible", timeout=4000)
    page.context.set_offline(False)
    page.wait_for_selector("[data-trouble=no-connection]", state="hidden", timeout=4000)
    until(
        lambda: desk.shop.sql("select note from desk_draft where task_id = %s", task) == [("written in a tunnel",)],
        4, "it is kept when the connection is back",
    )  # fmt: skip
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    page.fill("#note", "written after logging out")
    page.wait_for_selector("[data-trouble=logged-out]:visible", timeout=10_000)
    assert page.locator("#note").input_value() == "written after logging out", "no login page in the card"
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    until(
        lambda: desk.shop.sql("select note from desk_draft where task_id = %s", task) == [("written after logging out",)],
        6, "it is kept after logging in",
    )  # fmt: skip
    page.context.close()
