"""A telephone that nobody answered, told by a signed feed: first at the desk, called back, closed by a talk, or a lead."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import heard
from tests.browser.desk_shop import Desk, desk_fixture, said  # noqa: F401 - the fixture
from tests.extent import told_in
from tests.installation import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NUMBERS = {"en": "+79031110001", "ru": "+79031110002"}
"""Nobody has them."""


@pytest.fixture(scope="module")
def feed(desk: Desk) -> tuple[str, str]:
    return desk.feed()


def _next(page: Page, who: str, language: str) -> None:
    """This one stands first, and the desk says why."""
    first = page.locator(".r-task.next")
    expect(first.locator(".who")).to_contain_text(who, timeout=10_000)
    expect(first.locator(".why")).to_contain_text(said(language, "a lost incoming call always comes first."))


def _missed_tasks(desk: Desk, name: str) -> list[tuple[object, ...]]:
    return desk.shop.sql(
        "select t.state, t.outcome, t.note from desk_task t join people_person p on p.id = t.person_id"
        " where t.why_next = 'missed' and p.name = %s order by t.id",
        name,
    )


@told_in("en")
def test_a_missed_call_comes_first_and_is_called_back(desk: Desk, feed: tuple[str, str], language: str) -> None:
    desk.clear()
    page = desk.page(language)
    problems = heard(page)
    waiting, caller = desk.orders(2)
    expect(page.locator(".r-task.next .who")).to_contain_text(desk.name(waiting), timeout=10_000)
    desk.rings(feed, f"{caller}-1", desk.phone(caller), "missed", line="+74951112233", ring_seconds=31)
    _next(page, desk.name(caller), language)
    with page.expect_navigation():
        page.keyboard.press("n")
    expect(page.locator("#who")).to_contain_text(desk.name(caller))
    expect(page.locator(".r-card .r-note.late")).to_contain_text(
        said(language, "Rang %(n)s.", n=said(language, "%(n)d s", n=31))
    )
    expect(page.locator("#outcome")).to_contain_text(said(language, "Helped"))
    for state, fact in (("answered", {}), ("ended", {"answered": True, "talk_seconds": 70})):
        desk.rings(feed, f"{caller}-2", desk.phone(caller), state, direction="out", **fact)
    expect(page.locator("#card-note")).to_contain_text(
        said(
            language,
            "Somebody has talked to this buyer meanwhile. Give the outcome, or give the task back: then it closes.",
        ),
        timeout=10_000,
    )
    page.keyboard.press("1")
    page.keyboard.press("w")
    page.keyboard.type("asked for the opening hours")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert _missed_tasks(desk, desk.name(caller)) == [("finished", "helped", "asked for the opening hours")]
    expect(page.locator("#who")).to_contain_text(desk.name(waiting))
    calls = desk.shop.sql(
        "select c.direction, c.state from talks_call c join people_person p on p.id = c.person_id where p.name = %s"
        " order by c.id",
        desk.name(caller),
    )
    assert calls == [("in", "missed"), ("out", "ended")]
    assert problems == []
    page.context.close()


@told_in("ru")
def test_a_second_ring_that_is_answered_closes_the_task_by_itself(
    desk: Desk, feed: tuple[str, str], language: str
) -> None:
    desk.clear()
    page = desk.page(language)
    (caller,) = desk.orders(1)
    desk.rings(feed, f"{caller}-1", desk.phone(caller), "missed")
    _next(page, desk.name(caller), language)
    missed = page.locator(".r-task .why", has_text=said(language, "a lost incoming call always comes first."))
    desk.rings(feed, f"{caller}-2", desk.phone(caller), "ringing")
    desk.rings(feed, f"{caller}-2", desk.phone(caller), "answered", extension="101")
    expect(missed).to_have_count(0, timeout=10_000)
    assert _missed_tasks(desk, desk.name(caller)) == [("closed", None, "")]
    expect(page.locator(".r-task.next .who")).to_contain_text(desk.name(caller))  # his order still wants its call
    page.context.close()


@told_in("en")
def test_an_unknown_number_becomes_a_lead(desk: Desk, feed: tuple[str, str], language: str) -> None:
    desk.clear()
    page, number = desk.page(language), NUMBERS[language]
    desk.rings(feed, f"lead-{language}", number, "missed")
    _next(page, number[-2:], language)
    with page.expect_navigation():
        page.keyboard.press("n")
    expect(page.locator(".r-who .badge").first).to_have_text(said(language, "lead"))
    expect(page.locator(".r-who .r-tel")).to_have_attribute("href", f"tel:{number}")
    made = "select p.id from people_person p join talks_call c on c.person_id = p.id where c.number = %s"
    assert len(desk.shop.sql(made, number)) == 1
    desk.rings(feed, f"lead-{language}-again", number, "missed")
    until(lambda: len(desk.shop.sql(made, number)) == 2, 10, "he rings again")
    assert len(set(desk.shop.sql(made, number))) == 1, "and is the same lead"
    tasks = "select count(*) from desk_task t where t.why_next = 'missed' and t.person_id = %s"
    assert desk.shop.sql(tasks, desk.shop.sql(made, number)[0][0]) == [(1,)], "with one task"
    page.keyboard.press("1")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    expect(page.locator(".r-invite h2")).to_contain_text(said(language, "Nobody is waiting"))
    page.context.close()
