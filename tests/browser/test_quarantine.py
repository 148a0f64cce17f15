"""What could not be read is mended in a real browser and becomes an order, whose letter comes into the letterbox by itself."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chromium import heard, log_in
from tests.browser.scheme_shop import with_after_order
from tests.extent import told_in
from tests.installation import Installation, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = {
    "en": {
        "switch": "English", "heading": "Quarantine", "amount": "Not an amount of money", "zone": "Time without a zone",
        "waits": "It is understood now.", "taken": "Taken in:", "phone": "Telephone", "text": "Text", "undo": "Undo",
        "leave": "Leave it aside", "sent": "sent",
    },
    "ru": {
        "switch": "Русский", "heading": "Не разобрано", "amount": "Это не денежная сумма",
        "zone": "Время без часового пояса", "waits": "Теперь это читается.", "taken": "Принято:", "phone": "Телефон",
        "text": "Текст", "undo": "Вернуть как было", "leave": "Отложить", "sent": "отправлено",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with with_after_order(tmp_path_factory.mktemp("browser") / "data") as made:
        yield made


@pytest.fixture(scope="module")
def key(shop: Installation) -> str:
    made: str = json.loads(shop.command("key", "create", "browser", "--scope", "intake", "--json").stdout)["key"]
    return made


@pytest.fixture(scope="module")
def seat(shop: Installation, browser: Browser) -> Iterator[BrowserContext]:
    """The owner, logged in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    log_in(page, shop)
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(seat: BrowserContext) -> Iterator[Page]:
    made = seat.new_page()
    problems = heard(made, but="422")
    yield made
    made.close()
    assert problems == []


def _speak(page: Page, shop: Installation, language: str) -> None:
    page.goto(f"http://127.0.0.1:{shop.port}/promises/")
    if page.locator("html").get_attribute("lang") != language:
        page.locator(".r-side .r-me").first.click()
        page.get_by_role("button", name=WORDS[language]["switch"]).first.click()
        page.wait_for_load_state()
    assert page.locator("html").get_attribute("lang") == language


def _order(shop: Installation, number: str, language: str, **fields: Any) -> dict[str, Any]:
    now = shop.now().isoformat()
    return {
        "id": number,
        "placed_at": now,
        "updated_at": now,
        "currency": "RUB",
        "total": "12480.00",
        "lines": [{"sku": "A", "name": "Чайник", "quantity": 1, "price": "12480.00"}],
        "buyer": {"name": "Анна Иванова", "email": f"{number.lower()}@example.test", "language": language},
        **fields,
    }


def _send(shop: Installation, key: str, orders: list[dict[str, Any]]) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{shop.port}/api/v1/orders:batch",
        json.dumps(orders, ensure_ascii=False).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        method="POST",
    )
    assert urllib.request.urlopen(request, timeout=10).status == 202
    until(lambda: shop.sql("select 1 from intake_quarantine where state = 'open' limit 1"), 10, "it is quarantined")


@told_in("ru")
def test_a_quarantined_delivery_is_mended_and_its_letter_arrives(
    shop: Installation, key: str, page: Page, seat: BrowserContext, language: str
) -> None:
    words, number = WORDS[language], f"B-{language}"
    _speak(page, shop, language)
    mailbox = seat.new_page()
    mailbox.goto(f"http://127.0.0.1:{shop.port}/letters/")
    before = mailbox.locator("#letters a[data-item]").count()
    bad = _order(shop, number, language, total="12 480,00 ₽")
    _send(shop, key, [bad])

    page.goto(f"http://127.0.0.1:{shop.port}/quarantine/")
    expect(page.locator(".r-top h1")).to_have_text(words["heading"])
    expect(page.locator(".r-note.late")).to_contain_text(words["amount"])
    assert page.locator(".r-code .bad u").inner_text() == '"12 480,00 ₽"'

    page.keyboard.press("e")
    field = page.locator("textarea[name=body]")
    expect(field).to_be_focused()
    selected = field.evaluate("f => f.value.slice(f.selectionStart, f.selectionEnd)")
    assert "12 480,00 ₽" in selected and "\n" not in selected, "the caret stands at the line that is wrong"

    still = {**bad, "total": "12480.00", "placed_at": "2026-03-02T10:15:00"}
    field.fill(json.dumps(still, ensure_ascii=False))
    page.keyboard.press("Control+Enter")
    expect(page.locator(".r-note.late")).to_contain_text(words["zone"])
    assert shop.sql("select count(*) from intake_quarantine where state = 'open'") == [(1,)]

    page.locator("textarea[name=body]").fill(json.dumps({**bad, "total": "12480.00"}, ensure_ascii=False))
    page.locator("button[value=check]").click()
    expect(page.locator(".r-note.ok")).to_contain_text(words["waits"])
    page.locator("textarea[name=body]").press("Control+Enter")
    expect(page.locator(".r-note.ok")).to_contain_text(words["taken"], timeout=15_000)
    page.locator(".r-note.ok a").click()
    expect(page.locator(".r-top h1")).to_contain_text(number)

    assert shop.sql("select total from orders_order where external_id = %s", number) == [(1248000,)]
    states = shop.sql(
        "select state, position(convert_to('12 480,00 ₽', 'UTF8') in body) > 0 from intake_quarantine order by id desc limit 1"
    )
    assert states == [("mended", True)], "what came stays in the records"
    assert shop.sql("select count(*) from intake_quarantine where state = 'open'") == [(0,)]

    # the letterbox was open all the while
    expect(mailbox.locator("#letters a[data-item]")).to_have_count(before + 1, timeout=20_000)
    mailbox.locator("#letters a[data-item]").first.click()
    expect(mailbox.locator("article#letter")).to_contain_text(number)
    message, state = shop.sql(
        "select m.id, m.state from outbox_message m join orders_order o on o.id = m.order_id where o.external_id = %s"
        " order by m.id limit 1", number,
    )[0]  # fmt: skip
    assert state == "sent"
    mailbox.wait_for_url(f"**/letters/{message}/**")
    expect(mailbox.locator("article#letter .badge").first).to_have_text(words["sent"])
    frame = mailbox.frame_locator("iframe.letter")
    expect(frame.locator("body")).to_contain_text("Анна")
    mailbox.locator(".r-widths label", has_text=words["phone"]).click()
    assert mailbox.locator("iframe.letter").evaluate("f => f.offsetWidth") == 390
    mailbox.locator(".r-radios label", has_text=words["text"]).first.click()
    expect(mailbox.locator("[data-panel=text]")).to_be_visible()
    expect(mailbox.locator("[data-panel=html]")).to_be_hidden()
    mailbox.close()


@told_in("en")
def test_many_are_walked_by_keys_left_aside_and_taken_back(
    shop: Installation, key: str, page: Page, language: str
) -> None:
    words = WORDS[language]
    _speak(page, shop, language)
    _send(shop, key, [_order(shop, f"W-{language}-{i}", language, total="?") for i in range(3)])
    until(lambda: shop.sql("select count(*) from intake_quarantine where state = 'open'") == [(3,)], 10, "all of them")
    page.goto(f"http://127.0.0.1:{shop.port}/quarantine/")
    expect(page.locator("#one-name")).to_contain_text(f"W-{language}-2")
    page.keyboard.press("j")
    expect(page.locator("#one-name")).to_contain_text(f"W-{language}-1")
    page.keyboard.press("k")
    expect(page.locator("#one-name")).to_contain_text(f"W-{language}-2")

    page.locator("[data-dialog=leave-one]").click()
    page.locator("dialog[open] input[name=note]").fill("a joke")
    page.locator("dialog[open]").get_by_role("button", name=words["leave"], exact=True).click()
    expect(page.locator(".r-toast")).to_be_visible()
    assert shop.sql("select note from intake_quarantine where state = 'dismissed'") == [("a joke",)]
    page.locator(".r-toast button").click()
    until(lambda: shop.sql("select count(*) from intake_quarantine where state = 'open'") == [(3,)], 5, "taken back")

    page.locator(".acts form button").click()
    expect(page.locator("#deed")).to_contain_text("3", timeout=10_000)
    expect(page.locator("#deed.soon")).to_be_visible(timeout=15_000)
    assert shop.sql("select count(*) from intake_quarantine where state = 'open'") == [(3,)], "nothing was mended"
    page.goto(f"http://127.0.0.1:{shop.port}/quarantine/")
    page.locator("[data-dialog=leave-group]").click()
    page.locator("dialog[open] .btn-danger").click()
    until(lambda: shop.sql("select count(*) from intake_quarantine where state = 'open'") == [(0,)], 5, "left aside")
    expect(page.locator(".r-empty")).to_be_visible()
    shop.sql("delete from intake_quarantine returning 1")  # the other language counts anew
