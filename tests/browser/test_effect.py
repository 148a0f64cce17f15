"""Do they work? An owner sees what his schemes bring, looks behind a figure and reads the days as a table, and decides a split
test, takes that back and leaves it to the figures, by keyboard; in one language, or both where the whole is told. What is
drawn is also said to those who don't see it.
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
from tests.browser.chromium import heard, log_in, opened, show_in, speak
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
        "figures": "the figures say “Blue”", "decide": "Decide it now …", "decided": "decided for “Red”",
        "otherwise": "The figures say otherwise: “Blue”.", "lot": "Let the lot decide again", "back": "“Red” was taken back",
        "let": "Let the figures decide again", "history": "What was decided so far", "against": "against the figures",
    },
    "ru": {
        "page": "Работают ли схемы?", "clear": "эффект есть", "early": "людей пока мало", "money": "Выручка",
        "chart": "Прирост доли заказавших с интервалом по дням", "days": "Дни таблицей", "who": "Кто заказал",
        "sentence": "заказали снова только благодаря ей", "more": "Нужно ещё около",
        "figures": "цифры за «Синее»", "decide": "Решить сейчас…", "decided": "решено: «Красное»",
        "otherwise": "Цифры говорят другое: «Синее».", "lot": "Пусть снова решает жребий",
        "back": "Решение «Красное» отменено", "let": "Пусть снова решают цифры", "history": "Что решали раньше",
        "against": "вопреки цифрам",
    },
}  # fmt: skip

SPLIT = """\
scheme: colours
title: {en: Colours, ru: Цвета}
per: person
starts: person.became_customer
steps:
  which: {title: {en: Which colour, ru: Какой цвет}, split: {blue: 50%, red: 50%}, winner: auto}
  blue: {title: {en: Blue, ru: Синее}, wait: 1d, then: end}
  red: {title: {en: Red, ru: Красное}, wait: 1d, then: end}
"""
"""A test in which the figures decide."""


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


@pytest.fixture
def tested(shop: Installation, tmp_path: Path) -> Installation:
    """The same with a split test whose figures are clear, and not looked at yet."""
    file = tmp_path / "colours.yaml"
    file.write_text(SPLIT)
    assert shop.command("scheme", "publish", str(file)).returncode == 0
    code = uplift.split_code({"blue": 500, "red": 500})
    with psycopg.connect(shop.server.dsn()) as raw:
        raw.cursor().executemany(
            "insert into reports_uplift_day (shop_id, scheme_id, part, day, share, days, arm, entered, n, again, orders, orders2)"
            " select shop_id, id, 'which', %s, %s, 90, %s, 1000, 1000, %s, %s, %s from journeys_scheme where name = 'colours'",
            [(shop.now().date(), code, way, n, n, n) for way, n in (("blue", 300), ("red", 200))],
        )
    return shop


@told_in("ru")
def test_a_split_test_is_decided_and_left_to_the_figures_again(
    tested: Installation, browser: Browser, language: str
) -> None:
    said = WORDS[language]
    page, problems = opened(tested, browser, language)
    page.goto("/schemes/of/colours/effect/?metric=orders&least=10")
    card = page.locator("#split-which")
    expect(card.locator(".card-header .badge")).to_have_text([said["figures"]])
    # by the keyboard alone: open, the way that is behind, the tick, the button
    card.locator("summary", has_text=said["decide"]).press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(card.get_by_role("radio").nth(1)).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(card.get_by_role("checkbox")).to_be_checked()
    assert accessible(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(card.locator(".card-header .badge")).to_have_text([said["decided"], said["figures"]])
    expect(card).to_contain_text(said["otherwise"])
    assert page.url.endswith("?metric=orders&least=10#split-which"), "the same view, at the card"
    for scheme in ("light", "dark"):
        show_in(page, scheme)
        assert accessible(page) == []
    card.get_by_role("button", name=said["lot"]).press("Enter")
    expect(card).to_contain_text(said["back"])
    expect(card.locator(".card-header .badge")).to_have_text([said["figures"]])
    card.get_by_role("button", name=said["let"]).press("Enter")
    expect(card.get_by_role("button", name=said["let"])).to_have_count(0)
    card.locator("summary", has_text=said["history"]).press("Enter")
    expect(card.locator("details[open] li")).to_have_count(3)
    expect(card.locator("details[open] li").last).to_contain_text(said["against"])
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert accessible(page) == []
    assert problems == []
