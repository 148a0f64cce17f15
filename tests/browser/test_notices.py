"""Being told in a real browser: a telephone that rings, a fresh task; aloud or not, never in the way of whoever types.

Each asserts what the page says to a screen reader and what is in the database, not only what is seen.
"""

import itertools
import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import heard
from tests.browser.desk_shop import Desk, desk_fixture  # noqa: F401 - the fixture
from tests.extent import told_in
from tests.installation import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SOON_MS = 15_000
"""A page asks every three seconds; the rest is for a loaded machine."""
WORDS = {
    "en": {"rings": "Incoming call: somebody unknown", "fresh": "New: ", "all": "Mark all as seen", "seen": "Seen",
           "saved": "Saved"},
    "ru": {"rings": "Входящий звонок: кто-то незнакомый", "fresh": "Новая задача: ", "all": "Отметить всё просмотренным",
           "seen": "Просмотрено", "saved": "Сохранено"},
}  # fmt: skip
# Counts the tones that the page makes; the browser still makes them.
LISTEN = """
window.tones = 0;
const make = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { window.tones += 1; return make.call(this); };
"""
_calls = itertools.count(1)


def _ring(desk: Desk) -> str:
    """An unknown number rings at the shop; the call's id."""
    name = f"ring-{next(_calls)}"
    event = {
        "id": name, "kind": "call.incoming", "occurred_at": desk.now(), "person": {"phone": f"+7914777{next(_calls):04}"},
        "data": {"call": name},
    }  # fmt: skip
    request = urllib.request.Request(
        f"{desk.base}/api/v1/events", json.dumps(event).encode(),
        {"Authorization": f"Bearer {desk.key}", "Prefer": "wait=5", "Content-Type": "application/json"}, method="POST",
    )  # fmt: skip
    assert urllib.request.urlopen(request, timeout=10).status == 202
    until(lambda: desk.shop.sql("select id from talks_call where external_id = %s", name), 20, "the call is taken in")
    return str(desk.shop.sql("select id from talks_call where external_id = %s", name)[0][0])


@contextmanager
def at_work(desk: Desk, language: str, path: str) -> Iterator[Page]:
    """A page of somebody on shift who has nothing unseen; it hears its own sounds, and its console is silent."""
    page = desk.page(language)
    problems = heard(page)
    page.add_init_script(LISTEN)
    _post(desk, page, "/tasks/shift/begin")
    _post(desk, page, "/notices/seen")
    page.goto(desk.base + path)
    page.keyboard.press("Shift")  # a browser allows sound after a key
    yield page
    assert problems == []
    page.context.close()


def _post(desk: Desk, page: Page, path: str, **form: str) -> None:
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    answer = page.request.post(
        desk.base + path, form={**form, "csrfmiddlewaretoken": token}, headers={"Referer": f"{desk.base}/"}
    )
    assert answer.ok, answer.text()[:300]


@told_in("ru")
def test_a_ringing_telephone_is_told_at_once_and_disturbs_nobody_who_types(desk: Desk, language: str) -> None:
    (number,) = desk.orders(1)
    task = desk.shop.sql(
        "select t.id from desk_task t join orders_order o on o.id = t.order_id where o.number = %s", number
    )[0][0]
    with at_work(desk, language, f"/tasks/{task}/") as page:
        note = page.locator("#note")
        note.focus()
        page.keyboard.type("the first half, ")
        call = _ring(desk)
        loud = page.locator("#notices [role=alert] .r-bubble").filter(has_text=WORDS[language]["rings"])
        expect(loud).to_have_count(1, timeout=SOON_MS)
        expect(note).to_be_focused()
        page.keyboard.type("1 2 n w and the other")
        expect(note).to_have_value("the first half, 1 2 n w and the other")
        assert page.url.endswith(f"/tasks/{task}/")
        assert page.evaluate("document.title").startswith("(1) ")
        assert page.evaluate("window.tones") == 3, "three tones for what can't wait"
        expect(loud).to_be_in_viewport(ratio=1)
        with page.expect_navigation():
            loud.locator("a").click()
        assert page.url.endswith(f"/calls/{call}/")
        seen = "select count(*) from staff_notice where subject = %s and seen_at is not null"
        until(lambda: desk.shop.sql(seen, f"call:{call}")[0][0] == 1, 10, "whoever follows it has seen it")


@told_in("en")
def test_a_fresh_task_is_told_politely_counts_in_the_tab_and_all_can_be_marked_as_seen(
    desk: Desk,
    language: str,
) -> None:
    words = WORDS[language]
    with at_work(desk, language, "/orders/") as page:
        desk.orders(1)
        quiet = page.locator("#notices [role=status] .r-bubble").filter(has_text=words["fresh"])
        expect(quiet).to_have_count(1, timeout=SOON_MS)
        expect(page.locator("#notices [role=alert] .r-bubble")).to_have_count(0)
        assert page.evaluate("document.activeElement.closest('#notices')") is None
        assert page.evaluate("document.title").startswith("(1) ")
        assert page.evaluate("window.tones") == 2
        page.goto(f"{desk.base}/notices/")
        assert page.evaluate("window.tones") == 0, "told once, it is not told again on the next page"
        with page.expect_navigation():
            page.get_by_role("button", name=words["all"]).click()
        expect(page.locator("[data-notices] b")).to_have_count(0)
        expect(page.locator(".r-bubble")).to_have_count(0)
        assert not page.evaluate("document.title").startswith("(")


@told_in("ru")
def test_the_sound_can_be_switched_off_and_the_bubble_stays(desk: Desk, language: str) -> None:
    with at_work(desk, language, "/me/telling/") as page:
        sound = page.locator("input[name=kind_call_incoming][value=sound]")
        sound.uncheck()
        with page.expect_navigation():
            page.locator("form:has([data-volume-field]) .btn-primary").click()
        expect(sound).not_to_be_checked()
        page.keyboard.press("Shift")
        _ring(desk)
        loud = page.locator("#notices [role=alert] .r-bubble")
        expect(loud).to_have_count(1, timeout=SOON_MS)
        assert page.evaluate("window.tones") == 0
        loud.get_by_role("button", name=WORDS[language]["seen"]).click()
        expect(loud).to_have_count(0)
        sound.check()
        with page.expect_navigation():
            page.locator("form:has([data-volume-field]) .btn-primary").click()


@pytest.mark.parametrize(("motion", "moves"), [("no-preference", "r-slide"), ("reduce", "none")])
def test_nothing_moves_for_whoever_wants_no_motion(desk: Desk, motion: str, moves: str) -> None:
    with at_work(desk, "en", "/people/") as page:
        page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
        _ring(desk)
        loud = page.locator("#notices [role=alert] .r-bubble")
        expect(loud).to_have_count(1, timeout=SOON_MS)
        assert loud.evaluate("b => getComputedStyle(b).animationName") == moves
