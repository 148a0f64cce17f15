"""Orders of a night on a playground's clock: each buyer is told when he will be called, the queue lets him sleep, morning comes.

The letters are taken by a mail server of its own; what they say is compared with what the desk then does.
"""

import email
import email.policy
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import chromium, heard
from tests.browser.desk_shop import Desk, said
from tests.extent import WHOLE
from tests.installation import running, until
from tests.sinks.smtp_sink import Sink, sink_thread

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOSCOW = ZoneInfo("Europe/Moscow")
EVENING = datetime(2026, 3, 2, 22, 30, tzinfo=MOSCOW)
"""A Monday; the playground's shop works from 9 to 20."""
KAMCHATKA = "Петропавловск-Камчатский"
SCHEME = """\
scheme: after-order
per: order
starts: order.placed
steps:
  confirm:
    call: {script: confirm-order, target: 15m working, within: 1h working, team: order-desk}
    tell:
      by: [email]
      subject: {en: "We have your order {{ order.number }}", ru: "Ваш заказ {{ order.number }} принят"}
      text: {en: "We will call you by {{ promise.due | time }}.", ru: "Позвоним вам до {{ promise.due | time }}."}
      late: drop after 6h
    outcomes: {confirmed: end, no_answer: end}
"""
LETTERS = {
    "en": ("We have your order {number}", "We will call you by {time}"),
    "ru": ("Ваш заказ {number} принят", "Позвоним вам до {time}"),
}
"""What the scheme says there."""


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    """A mail server; it stands before the browser, whose driver keeps this thread's event loop."""
    with sink_thread(keep=tmp_path_factory.mktemp("mail")) as found:
        yield found


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory, sink: Sink) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("night")
    server = f"smtp://127.0.0.1:{sink.smtp_port}"
    begin = ("--bare", "--now", EVENING.isoformat())
    with running(folder / "data", *begin, start="demo", EMAIL_URL=server) as shop, chromium() as browser:
        yield Desk(shop, browser, folder, SCHEME)


def _walk(desk: Desk, to: datetime) -> None:
    """To that moment, and there the clock stands."""
    for words in (("set", to.isoformat()), ("pause",)):
        done = desk.shop.command("clock", *words)
        assert done.returncode == 0, done.stderr


def _told(sink: Sink, number: str, language: str, by: str) -> None:
    """One letter, in the buyer's language, with the hour by his clock."""
    address = f"{number.lower()}@example.test"
    until(lambda: sink.book.messages(address), 20, "he is told")
    (taken,) = sink.book.messages(address)
    letter = email.message_from_string(taken["raw"], policy=email.policy.default)
    subject, text = LETTERS[language]
    body = letter.get_body(("plain",))  # type: ignore[attr-defined]
    assert letter["Subject"] == subject.format(number=number)
    assert text.format(time=by) in body.get_content().replace("\xa0", " ")


def _sleeps(page: Page, who: str, words: str) -> None:
    """He stands among those who come later, with these words, and nobody is next."""
    row = page.locator("#q-later ~ .r-task", has_text=who)
    expect(row.locator(".why")).to_contain_text(words, timeout=10_000)
    expect(page.locator("#q-next")).to_have_count(0)


def _morning(desk: Desk, page: Page, language: str) -> None:
    """The shop opens."""
    with page.expect_navigation():
        page.locator(".r-playground").get_by_role(
            "button", name=said(language, "To the next morning"), exact=True
        ).click()
    until(lambda: datetime.fromisoformat(desk.now()).astimezone(MOSCOW).hour == 9, 60, "it is nine")
    # a page that has seen the clock walk loads itself anew at the end
    expect(page.locator(".r-playground .time")).not_to_contain_text(said(language, "on its way"), timeout=10_000)


@pytest.mark.parametrize(("language", "nights"), [("en", 0), ("ru", 1)] if WHOLE else [("ru", 1)])
def test_orders_of_a_night_sleep_until_morning_and_are_first_in_it(
    night: Desk, sink: Sink, language: str, nights: int
) -> None:
    night.clear()
    evening = EVENING + timedelta(days=nights)
    page = night.page(language)
    problems = heard(page)
    at_nine = said(language, "tomorrow at %(hour)s", hour="9:00")

    _walk(night, evening + timedelta(minutes=10))
    (far,) = night.orders(1, KAMCHATKA, language=language)
    _told(sink, far, language, "19:00")  # ten in Moscow
    _sleeps(
        page, night.name(far), said(language, "It is %(there)s there, we call %(when)s", there="07:40", when=at_nine)
    )

    _walk(night, evening + timedelta(minutes=50))
    (near,) = night.orders(1, language=language)
    _told(sink, near, language, "10:00")
    _sleeps(page, night.name(near), at_nine)

    _walk(night, evening + timedelta(hours=4))
    (last,) = night.orders(1, language=language)
    _told(sink, last, language, "10:00")
    _sleeps(page, night.name(last), said(language, "at %(hour)s", hour="9:00"))

    _morning(night, page, language)
    (fresh,) = night.orders(1, language=language)
    expect(page.locator(".r-task .who")).to_have_text([night.name(n) for n in (far, near, last, fresh)], timeout=20_000)
    expect(page.locator("#q-later")).to_have_count(0)
    for number in (far, near, last, fresh):
        with page.expect_navigation():
            page.locator(".r-task.next [data-key=KeyN]").click()
        expect(page.locator("#who")).to_contain_text(night.name(number))
        page.keyboard.press("1")
        with page.expect_navigation():
            page.locator("[name=then]").click()
    numbers = [far, near, last, fresh]
    night.hurry(numbers)
    promised = "select distinct p.state from promises_promise p join orders_order o on o.id = p.order_id where o.number = any(%s)"
    until(lambda: night.shop.sql(promised, numbers) == [("kept",)], 20, "what the letters said has come true")
    assert problems == []
    page.context.close()
