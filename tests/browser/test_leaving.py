"""An operator leaves in mid-work, by his own wish or because his machine dies: a colleague sees the tasks and what was begun.

Two tasks and half a note are in his hands; the note is his words and goes on with the task, not with him.
"""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import doomed, heard
from tests.browser.desk_shop import WINDOW, Desk, desk_fixture, said  # noqa: F401 - the fixture
from tests.extent import told_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BACK_S = 10
"""Within seconds; a loaded machine has a few more."""
HALF = {"en": "the buyer asks for Friday, but the courier", "ru": "просит пятницу, но курьер"}


def _two_tasks_and_half_a_note(desk: Desk, page: Page, language: str) -> list[int]:
    """Takes two; the note stands in the second, without an outcome. The tasks."""
    page.goto(f"{desk.base}/tasks/")
    taken = []
    for _ in range(2):
        with page.expect_navigation():
            page.keyboard.press("n")
        taken.append(int(page.url.rstrip("/").rpartition("/")[2]))
    page.keyboard.press("w")
    page.keyboard.type(HALF[language])
    expect(page.locator("#draft-state")).not_to_be_empty(timeout=10_000)
    return taken


def _colleague_goes_on(desk: Desk, page: Page, taken: list[int], who: str, language: str) -> None:
    """Both are in his queue without a reload; he takes the one with the note, sees it, and makes it his own."""
    with page.expect_navigation():
        page.locator(f"#a-{taken[1]}").click()
    with page.expect_navigation():
        page.keyboard.press("c")
    begun = page.locator(".r-card .r-note", has_text=said(language, "Begun by %(who)s", who=who))
    expect(begun).to_contain_text(HALF[language])
    begun.locator("button", has_text=said(language, "Put it into my note")).click()
    expect(page.locator("#note")).to_have_value(HALF[language])
    page.keyboard.press("1")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert int(page.url.partition("/tasks/")[2].partition("/")[0]) == taken[0], "and the other is his next"
    expect(page.locator("#note")).to_have_value("")
    page.keyboard.press("1")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    done = desk.shop.sql("select outcome, note from desk_task where id = any(%s) order by id", sorted(taken))
    assert done == [("confirmed", ""), ("confirmed", HALF[language])]


def _back_within(page: Page, desk: Desk, taken: list[int], leave: Callable[[], None]) -> None:
    """They are not in the colleague's queue, he leaves, they are."""
    for task in taken:
        expect(page.locator(f"#t-{task}")).to_have_count(0, timeout=10_000)
    began = time.monotonic()
    leave()
    for task in taken:
        expect(page.locator(f"#t-{task}")).to_be_visible(timeout=BACK_S * 1000)
    assert time.monotonic() - began <= BACK_S
    states = desk.shop.sql("select distinct state, claimed_by from desk_task where id = any(%s)", taken)
    assert states == [("open", None)]


@told_in("ru")
def test_whoever_ends_his_shift_in_mid_work_leaves_it_to_a_colleague(desk: Desk, language: str) -> None:
    desk.clear()
    page = desk.page(language)
    problems = heard(page)
    name = f"Oleg-{desk.count}"
    leaver = desk.colleague(page, name, language)
    desk.orders(2)
    taken = _two_tasks_and_half_a_note(desk, leaver, language)

    def ends() -> None:
        leaver.keyboard.press("Escape")
        leaver.keyboard.press("b")
        with leaver.expect_navigation():
            leaver.locator(".r-shift button", has_text=said(language, "End the shift")).click()

    _back_within(page, desk, taken, ends)
    expect(leaver.locator("#toasts")).to_contain_text(
        said(language, "Your shift is over. What you had goes back to the queue, with what you wrote.")
    )
    _colleague_goes_on(desk, page, taken, name, language)
    assert problems == []
    leaver.context.close()
    page.context.close()


@told_in("en")
def test_whose_machine_dies_in_mid_work_leaves_it_to_a_colleague(desk: Desk, language: str) -> None:
    desk.clear()
    page = desk.page(language)
    name = f"Igor-{desk.count}"
    session = desk.colleague(page, name, language)
    state = session.context.storage_state()
    session.context.close()
    desk.orders(2)
    dying, kill = doomed(desk.browser)
    leaver = dying.new_context(storage_state=state, viewport=WINDOW).new_page()  # type: ignore[arg-type]
    taken = _two_tasks_and_half_a_note(desk, leaver, language)

    def dies() -> None:
        kill()
        page.wait_for_timeout(500)
        assert not dying.is_connected()
        # no test waits for the term of silence: his last sign of life is put back by it
        gone = desk.shop.sql(
            "update staff_shift h set seen_at = seen_at - interval '11 minutes' from staff_account a"
            " where a.id = h.account_id and a.name = %s and h.ended_at is null returning h.id",
            name,
        )
        assert len(gone) == 1

    _back_within(page, desk, taken, dies)
    shift = "select h.state from staff_shift h join staff_account a on a.id = h.account_id where a.name = %s"
    assert desk.shop.sql(shift, name) == [("away",)]
    _colleague_goes_on(desk, page, taken, name, language)
    page.context.close()
