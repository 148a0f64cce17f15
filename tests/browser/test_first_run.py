"""The first run in a real browser, from nothing to an order answered: the printed link, three screens, the desk.

In English the letter stays in the letterbox; in Russian a mail server takes it. Asserts the database and the server's book.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import chromium, heard, log_in
from tests.installation import Installation, running, until
from tests.sinks.smtp_sink import Sink, sink_thread

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = {
    "en": {
        "not_now": "Not now", "save": "Save and go on", "week": "Every day, 9 to 21", "test": "A test order",
        "go_on": "Go on", "switch": "Switch the scheme on", "send": "Send the test order", "read": "Read it",
        "arrived": "has arrived", "letter": "The letter is out: We have your order", "call": "A call is waiting",
        "desk": "Open the desk", "make": "Make the address", "problem": "not a telephone",
    },
    "ru": {
        "not_now": "Не сейчас", "save": "Сохранить и дальше", "week": "Каждый день, 9–21", "test": "Пробный заказ",
        "go_on": "Дальше", "switch": "Включить схему", "send": "Отправить пробный заказ", "read": "Прочитать",
        "arrived": "пришёл", "letter": "Письмо ушло: Ваш заказ", "call": "На пульте ждёт звонок",
        "desk": "Открыть пульт", "make": "Создать адрес", "problem": "не телефон",
    },
}  # fmt: skip
LOCALES = {"en": "en_GB.UTF-8", "ru": "ru_RU.UTF-8"}


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    """A mail server; it stands before the browser, whose driver keeps this thread's event loop."""
    with sink_thread(keep=tmp_path / "kept") as found:
        yield found


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(15_000)
        yield page


def _press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).first.click()
    page.wait_for_load_state()


def _first_run(made: Installation, page: Page, language: str, address: str) -> str:
    """From the printed link to the answered order; the order's number."""
    words = WORDS[language]
    problems = heard(page, but="422")
    log_in(page, made)
    page.wait_for_url("**/password/")
    assert page.locator("html").get_attribute("lang") == language
    page.get_by_role("link", name=words["not_now"]).click()
    page.wait_for_url("**/welcome/shop/")

    page.fill("#own_name", "Вера" if language == "ru" else "Vera")
    page.fill("#own_email", address)
    page.fill("#name", "Печь и дом" if language == "ru" else "Stove and home")
    page.select_option("#time_zone", "Europe/Moscow")
    page.get_by_label(words["week"]).check()
    _press(page, words["save"])
    page.wait_for_url("**/welcome/orders/")

    _press(page, words["make"])
    secret = page.input_value("#secret")
    assert secret.startswith("whsec_") and "/in/" in page.input_value("#address")
    page.goto(f"http://127.0.0.1:{made.port}/")  # left and resumed
    page.wait_for_url("**/welcome/orders/")
    assert secret not in page.content()
    page.get_by_role("link", name=words["test"]).click()
    _press(page, words["go_on"])
    page.wait_for_url("**/welcome/scheme/")

    _press(page, words["switch"])
    page.fill("#phone", "12")
    _press(page, words["send"])
    expect(page.locator("#phone-error")).to_contain_text(words["problem"])
    page.fill("#phone", "+7 914 123-45-67")
    _press(page, words["send"])
    page.wait_for_url("**/welcome/scheme/?order=*")
    # what follows comes by itself: the page is not loaded again
    progress = page.locator("#progress")
    for said in (words["arrived"], words["letter"], words["call"]):
        expect(progress).to_contain_text(re.compile(_spaced(said)), timeout=20_000)
    expect(progress).not_to_have_attribute("hx-get", re.compile("."))
    number = page.url.rpartition("=")[2]
    assert made.sql("select status, live from orders_order where external_id = %s", number) == [("new", True)]
    assert made.sql("select kind, state from desk_task") == [("call", "open")]
    assert made.sql("select state, channel from outbox_message") == [("sent", "email")]
    assert made.sql("select value from people_contact_point where kind = 'email'") == [(address,)]

    _press(page, words["desk"])
    page.wait_for_url("**/tasks/")
    assert made.sql("select settings->>'first_steps' from shop_shop") == [("",)]
    page.goto(f"http://127.0.0.1:{made.port}/")
    assert page.url.endswith("/tasks/")
    assert problems == []
    return number


def _spaced(text: str) -> str:
    """The text as a pattern, whatever spaces the typesetting has put in."""
    return r"\s".join(re.escape(word) for word in text.split())


def test_from_nothing_to_a_letter_in_the_letterbox(tmp_path: Path, page: Page) -> None:
    with running(tmp_path / "data", from_nothing=True, LANG=LOCALES["en"]) as made:
        number = _first_run(made, page, "en", "vera@stove.test")
        page.goto(f"http://127.0.0.1:{made.port}/letters/")
        page.get_by_role("link", name=re.compile(f"We have your order {number}")).first.click()
        assert page.locator("body").inner_text()
        assert made.sql("select reply from outbox_delivery") == [("letterbox",)]


def test_from_nothing_to_a_letter_that_a_mail_server_took(tmp_path: Path, sink: Sink, page: Page) -> None:
    server = f"smtp://127.0.0.1:{sink.smtp_port}"
    with running(tmp_path / "data", from_nothing=True, LANG=LOCALES["ru"], EMAIL_URL=server) as made:
        _first_run(made, page, "ru", "vera@stove.test")
        assert len(sink.book.messages("vera@stove.test")) == 1
        page.goto(f"http://127.0.0.1:{made.port}/settings/channels/")
        page.locator("form[action='/settings/channels/trial'] button").click()
        expect(page.locator("#trial")).to_contain_text("250", timeout=20_000)
        until(lambda: len(sink.book.messages("vera@stove.test")) == 2, 5, "the test letter is taken")
