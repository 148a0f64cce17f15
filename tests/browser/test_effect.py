"""Do they work? An owner sees what his schemes bring, looks behind a figure and reads the days as a table, by keyboard; in one
language, or both where the whole is told. What is drawn is also said to those who don't see it.
"""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from regulars.base import db
from regulars.reports import uplift
from regulars.shop import queries as shops
from tests.apps.uplift_shop import TEXT, Past, fill
from tests.browser.chromium import heard, log_in, show_in, speak
from tests.extent import told_in
from tests.installation import Installation, running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASTS = (
    Past("after-order", "After the order", "После заказа", 5000, 0.5, 0.3, 0.2, 120),
    Past("win-back", "Win-back", "Возвращение", 900, 0.2, 0.1, 0.1, 80),
)
WORDS = {
    "en": {
        "page": "Do they work?", "clear": "clear effect", "early": "not enough people yet", "money": "Revenue",
        "chart": "Uplift in who ordered with its interval, by day", "days": "The days as a table", "who": "Who ordered",
        "sentence": "ordered again who would not have without it", "more": "more people needed",
    },
    "ru": {
        "page": "Работают ли схемы?", "clear": "эффект есть", "early": "людей пока мало", "money": "Выручка",
        "chart": "Прирост доли заказавших с интервалом по дням", "days": "Дни таблицей", "who": "Кто заказал",
        "sentence": "заказали снова только благодаря ей", "more": "Нужно ещё около",
    },
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Installation]:
    """A shop with two schemes that hold out: of one it is clear what it brings, of the other not."""
    with running(tmp_path / "data") as made:
        for past in PASTS:
            file = tmp_path / f"{past.name}.yaml"
            file.write_text(TEXT.format(name=past.name, en=past.en, ru=past.ru, share=round(past.share * 100)))
            assert made.command("scheme", "publish", str(file)).returncode == 0
        with psycopg.connect(made.server.dsn()) as raw, db.open_cursor(raw) as cur:
            shops.forget()
            ((shop_id,),) = cur.execute("select id from shop_shop").fetchall()
            settings = shops.settings_of(cur, shop_id)
            for past in PASTS:
                fill(cur, shop_id, past, made.now(), settings.currency)
            cur.execute("delete from reports_uplift_mark")
            assert uplift.roll_up(cur, settings, made.now())
            shops.forget()
        yield made


def accessible(page: Page) -> list[str]:
    """What axe finds wrong, by rule."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found.response["violations"]]


@told_in("ru")
def test_what_the_schemes_bring(shop: Installation, browser: Browser, language: str) -> None:
    said = WORDS[language]
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    problems = heard(page)
    log_in(page, shop)
    speak(page, shop, language)
    page.goto(f"http://127.0.0.1:{shop.port}/schemes/")
    page.get_by_role("link", name=said["page"]).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(said["page"])
    clear, early = page.locator(".r-proof").nth(0), page.locator(".r-proof").nth(1)
    expect(clear).to_contain_text(said["clear"])
    expect(clear).to_contain_text(said["sentence"])
    expect(clear.get_by_role("img", name=said["chart"])).to_be_visible()
    expect(early).to_contain_text(said["early"])
    expect(early).to_contain_text(said["more"])
    for scheme in ("light", "dark"):
        show_in(page, scheme)
        assert accessible(page) == []
    # what is worth knowing is chosen, and the answer follows
    before = early.inner_text()
    page.get_by_role("combobox").select_option("50")
    page.wait_for_url("**least=50*")
    assert page.locator(".r-proof").nth(1).inner_text() != before
    page.get_by_role("link", name=said["money"]).press("Enter")
    page.wait_for_url("**metric=revenue*")
    page.locator(".r-proof h2 a").first.press("Enter")
    page.wait_for_url("**/schemes/of/after-order/effect/**")
    page.locator("summary", has_text=said["days"]).press("Enter")
    rows = page.locator("details[open] tbody tr")
    expect(rows.first).to_be_visible()
    assert rows.count() > 10
    assert accessible(page) == []
    page.goto(f"http://127.0.0.1:{shop.port}/schemes/of/after-order/effect/")
    page.locator(".r-proof tbody a").nth(1).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(said["who"])
    assert page.locator("tbody tr").count() == 50
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"http://127.0.0.1:{shop.port}/schemes/effect/?metric=revenue")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert problems == []
