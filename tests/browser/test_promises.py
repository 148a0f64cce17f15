"""A promise about to break, in a real browser and both languages: the buyer is warned, an operator gets the task, agrees on a
new time by keyboard, and the ledger and its figures tell all of it. What is asserted stands in the database, too.
"""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import heard, log_in, speak
from tests.extent import told_in
from tests.installation import Installation, running, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Three minutes are the least before which one is warned of: such a promise is at risk at once.
SCHEME = """\
scheme: calls
per: order
starts: order.placed
steps:
  confirm:
    call: {script: confirm-order, within: 3m, team: order-desk}
    tell:
      by: [email]
      subject: {en: "Order", ru: "Заказ"}
      text: {en: "By {{ promise.due | time }}.", ru: "До {{ promise.due | time }}."}
    outcomes: {confirmed: end, refused: end}
"""
WORDS = {
    "en": {
        "title": "A promised call may be late", "warned": "The buyer was warned", "ledger": "warned",
        "reason": "another time was agreed", "figures": "Promises in figures", "nothing": "not kept, but warned in time",
    },
    "ru": {
        "title": "Обещанный звонок под угрозой", "warned": "Покупателя предупредили", "ledger": "предупредили",
        "reason": "договорились о другом времени", "figures": "Обещания в цифрах",
        "nothing": "не выполнено, но предупредили заранее",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A shop that works round the clock."""
    folder = tmp_path_factory.mktemp("promises")
    with running(folder / "data") as made:
        week = {d: ["00:00-24:00"] for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        made.sql(
            "update shop_calendar set hours = jsonb_set(hours, '{hours}', %s::jsonb) returning key", json.dumps(week)
        )
        all_day = json.dumps({"day_from": "00:00", "day_until": "00:00"})
        made.sql("update shop_shop set settings = settings || %s::jsonb returning id", all_day)
        scheme = folder / "calls.yaml"
        scheme.write_text(SCHEME)
        assert made.command("scheme", "publish", str(scheme)).returncode == 0
        yield made


@pytest.fixture(scope="module")
def state(shop: Installation, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The owner's session."""
    page = browser.new_page()
    log_in(page, shop)
    kept = tmp_path_factory.mktemp("state") / "state.json"
    page.context.storage_state(path=kept)
    page.close()
    return kept


def place(shop: Installation, number: str) -> None:
    """An order comes in, by the shop's API."""
    key = json.loads(shop.command("key", "create", number, "--scope", "intake", "--json").stdout)["key"]
    now = shop.now().isoformat()
    order = {
        "id": number, "number": number, "placed_at": now, "updated_at": now, "currency": "RUB", "total": "10.00",
        "lines": [{"sku": "A", "name": "Kettle", "quantity": 1, "price": "10.00"}],
        "buyer": {"name": "Анна Белова", "email": f"{number.lower()}@example.test", "phone": "+79141234567", "language": "ru"},
    }  # fmt: skip
    request = urllib.request.Request(
        f"http://127.0.0.1:{shop.port}/api/v1/orders/{number}", json.dumps(order).encode(),
        {"Authorization": f"Bearer {key}", "Prefer": "wait=5"}, method="PUT",
    )  # fmt: skip
    assert urllib.request.urlopen(request, timeout=10).status == 202


def accessible(page: Page) -> list[str]:
    """What axe finds wrong, by rule."""
    found = Axe().run(page, context="main", options={"runOnly": ["wcag2a", "wcag2aa"]})
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found.response["violations"]]


@told_in("en")
def test_a_promise_about_to_break(shop: Installation, browser: Browser, state: Path, language: str) -> None:
    said, base, number = WORDS[language], f"http://127.0.0.1:{shop.port}", f"P-{language}"
    page = browser.new_context(storage_state=state, viewport={"width": 1440, "height": 900}).new_page()
    problems = heard(page, kinds=())  # a refused form is an answer with an error's number, which the console tells of
    speak(page, shop, language)
    place(shop, number)

    def ledger() -> list[tuple[object, ...]]:
        return shop.sql(
            "select p.state, p.reason, p.warned_at is not null, p.follows_id is not null from promises_promise p"
            " join orders_order o on o.id = p.order_id where o.number = %s order by p.id", number,
        )  # fmt: skip

    until(lambda: ledger() == [("warned", None, True, False)], 30, "the buyer is warned before the break")
    ((letters,),) = shop.sql(
        "select count(*) from outbox_message m join orders_order o on o.id = m.order_id where o.number = %s"
        " and m.content->>'template' = 'promise-call-late' and m.state = 'sent'", number,
    )  # fmt: skip
    assert letters == 1
    ((task,),) = shop.sql(
        "select t.id from desk_task t join orders_order o on o.id = t.order_id where o.number = %s and t.kind = 'promise'",
        number,
    )
    page.goto(f"{base}/tasks/")
    page.locator(f"a[href='/tasks/{task}/']").first.click()
    expect(page.locator("main")).to_contain_text(said["title"])
    expect(page.locator("main")).to_contain_text(said["warned"])
    assert accessible(page) == []
    with page.expect_navigation():
        page.keyboard.press("c")
    page.keyboard.press("2")  # a new time was agreed
    page.locator("input[name=day][value=exact]").check(force=True)
    page.locator("#call_at").fill("2099-01-01T10:00")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    expect(page.locator("#problem").first).to_be_visible()  # more than a year ahead
    ((soon,),) = shop.sql("select to_char(machine_now() + interval '26 hours', 'YYYY-MM-DD\"T\"HH24:MI')")
    page.locator("input[name=day][value=exact]").check(force=True)
    page.locator("#call_at").fill(str(soon))
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    shop.sql("update desk_task set settles_at = finished_at where id = %s returning id", task)
    until(lambda: len(ledger()) == 2, 20, "the new promise stands")
    assert ledger() == [("void", "moved", True, False), ("open", None, False, True)]

    page.goto(f"{base}/promises/?order={number}")
    expect(page.locator("main")).to_contain_text(said["ledger"])
    expect(page.locator("main")).to_contain_text(said["reason"])
    assert accessible(page) == []
    page.goto(f"{base}/promises/figures/")
    expect(page.locator("h1")).to_have_text(said["figures"])
    expect(page.locator("main")).to_contain_text(said["nothing"])
    assert accessible(page) == []
    page.locator("a.r-fig").nth(1).click()
    expect(page.locator("table tbody tr").filter(has_text=number)).to_have_count(1)
    assert problems == []
    page.context.close()


def test_work_done_and_its_rule_are_accessible(shop: Installation, browser: Browser, state: Path) -> None:
    page = browser.new_context(storage_state=state, viewport={"width": 390, "height": 844}).new_page()
    for path in ("/team/day/", "/team/day/work/", "/settings/motivation/", "/settings/promises/", "/promises/figures/"):
        page.goto(f"http://127.0.0.1:{shop.port}{path}")
        assert accessible(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than a telephone"
    page.context.close()
