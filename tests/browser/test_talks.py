"""A buyer's mail in a real browser, by keyboard: it comes by a provider's webhook, is taken, answered, taken back, answered."""

import base64
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import log_in, speak
from tests.extent import told_in
from tests.feeds.senders import FIXTURES
from tests.installation import Installation, running, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WORDS = {
    "en": {"kept": "draft kept", "send": "Send and take the next", "soon": "goes out in"},
    "ru": {"kept": "черновик сохранён", "send": "Отправить и взять следующее", "soon": "уйдёт через"},
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running(tmp_path_factory.mktemp("talks") / "data") as made:
        yield made


@pytest.fixture(scope="module")
def logged_in(shop: Installation, browser: Browser) -> Any:
    """What a browser keeps of a login: the link works once."""
    page = browser.new_page()
    log_in(page, shop)
    state = page.context.storage_state()
    page.context.close()
    return state


def writes(shop: Installation, feed: dict[str, object], name: str, text: str) -> None:
    """Postmark posts a mail of this buyer; his task is on the desk when this returns."""
    mail = json.loads((FIXTURES / "postmark" / "fixtures" / "inbound.json").read_bytes())
    mail |= {"TextBody": text, "HtmlBody": "", "Attachments": []}
    mail["FromFull"] = {"Email": f"{name}@example.test", "Name": name.title(), "MailboxHash": ""}
    mail["Headers"] = [{"Name": "Message-ID", "Value": f"<{name}@mail.example.test>"}]
    (secret,) = feed["secrets"]  # type: ignore[misc]
    given = base64.b64encode(f"regulars:{secret}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{shop.port}/in/{feed['slug']}", json.dumps(mail).encode(),
        {"Authorization": f"Basic {given}", "Content-Type": "application/json"}, method="POST",
    )  # fmt: skip
    assert urllib.request.urlopen(request, timeout=10).status == 200
    until(
        lambda: shop.sql("select 1 from talks_thread where address = %s", f"{name}@example.test"),
        30,
        "the talk is there",
    )


def answered(shop: Installation, name: str) -> list[tuple[object, ...]]:
    return shop.sql(
        "select m.text, o.state from talks_message m join talks_thread t on t.id = m.thread_id"
        " left join outbox_message o on o.id = m.outbox_id where t.address = %s and not m.inward",
        f"{name}@example.test",
    )


@told_in("en")
def test_a_mail_is_answered_by_keyboard_and_the_answer_can_be_taken_back(
    shop: Installation, browser: Browser, logged_in: Any, language: str
) -> None:
    feed = json.loads(shop.command("feed", "open", "postmark", "--source", f"mail-{language}", "--json").stdout)
    name, said = f"anna{language}", WORDS[language]
    writes(shop, feed, name, "When will it come?\n\n> quoted words")
    page: Page = browser.new_context(storage_state=logged_in).new_page()
    speak(page, shop, language)
    page.goto(f"http://127.0.0.1:{shop.port}/tasks/")
    page.keyboard.press("n")
    expect(page.locator(".r-talk .in .said p")).to_have_text("When will it come?")
    page.wait_for_load_state()
    page.keyboard.press("w")
    page.keyboard.type("Tomorrow")
    expect(page.locator("#draft-state")).to_contain_text(said["kept"])
    page.keyboard.type(" by six.")
    page.reload()
    expect(page.locator("#note")).to_have_value("Tomorrow by six.")
    expect(page.get_by_role("button", name=said["send"])).to_be_visible()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**ended=1")
    assert answered(shop, name) == [("Tomorrow by six.", "queued")]
    page.keyboard.press("z")
    expect(page.locator("#note")).to_have_value("Tomorrow by six.")
    assert answered(shop, name) == []
    page.locator("#note").fill("Today by six.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**ended=1")
    thread = shop.sql("select id from talks_thread where address = %s", f"{name}@example.test")[0][0]
    page.goto(f"http://127.0.0.1:{shop.port}/talks/{thread}/")
    expect(page.locator(".r-talk .out .meta")).to_contain_text(said["soon"])
    shop.sql(
        "update outbox_message set send_after = meant_at - interval '2 minutes' where state = 'queued' returning id"
    )
    until(lambda: answered(shop, name) == [("Today by six.", "sent")], 30, "the answer has gone")
    page.context.close()
