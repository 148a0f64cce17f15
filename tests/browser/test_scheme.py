"""A scheme edited with an error, mended and published, in a real browser and in both languages; and without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chromium import VIOLATIONS, heard, log_in, speak
from tests.browser.scheme_shop import with_after_order
from tests.extent import told_in
from tests.installation import Installation, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE = "/schemes/of/after-order/"
# what the page says, by language
WORDS = {
    "en": {"mend": "Mend", "line": "line 19", "limit": "hold-out", "publish": "Publish version", "live": "is live"},
    "ru": {"mend": "Исправить", "line": "строка 19", "limit": "контрольная группа", "publish": "Опубликовать версию",
           "live": "работает"},
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with with_after_order(tmp_path_factory.mktemp("scheme") / "data") as made:
        yield made


@pytest.fixture(scope="module")
def cookies(shop: Installation, browser: Browser) -> list[dict[str, object]]:
    """An owner who is logged in."""
    context = browser.new_context()
    page = context.new_page()
    log_in(page, shop)
    found = [dict(cookie) for cookie in context.cookies()]
    context.close()
    return found


def _open(
    shop: Installation, browser: Browser, cookies: list[dict[str, object]], language: str, **options: object
) -> tuple[BrowserContext, Page, list[str]]:
    """A page of that owner in that language, and the errors that its console will have said."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, base_url=f"http://127.0.0.1:{shop.port}", **options
    )
    context.add_cookies(cookies)  # type: ignore[arg-type]
    context.add_init_script(VIOLATIONS)
    page = context.new_page()
    said = heard(page, ("error", "warning"))
    speak(page, shop, language)
    return context, page, said


def _share(shop: Installation, n: int) -> str:
    ((text,),) = shop.sql("select text from journeys_version where n = %s", n)
    return next(line for line in str(text).splitlines() if line.startswith("hold_out"))


@told_in("ru")
def test_a_scheme_is_edited_with_an_error_mended_and_published(
    shop: Installation, browser: Browser, cookies: list[dict[str, object]], language: str
) -> None:
    words = WORDS[language]
    by_staff = "select count(*) from base_audit where action = 'scheme.published' and actor_kind = 'staff'"
    ((before, audited),) = shop.sql(f"select max(n), ({by_staff}) from journeys_version")
    n, was = before + 1, _share(shop, before).partition(" ")[2]
    now = "3%" if was == "4%" else "4%"
    context, page, said = _open(shop, browser, cookies, language)
    page.goto(PAGE)
    expect(page.locator("html")).to_have_attribute("lang", language)
    text, editor, publish = page.locator(".r-read"), page.locator(".cm-content"), page.locator("#publish")
    expect(text).to_be_visible()
    expect(editor).to_have_count(0)  # it weighs as much as the page, and comes when somebody turns to the text
    expect(page.locator("#map .g-node")).to_have_count(13)

    # from the map to the text, and an error there
    page.locator('#map [data-step="confirm"] .g-body').click()
    page.locator("#panel [data-in-text]").click()
    expect(page.locator('#map [data-step="confirm"]')).to_have_class("g-node person sel")
    expect(page.locator(".cm-step").first).to_have_text("  confirm:")
    for _line in range(9):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.type("e")
    expect(page.locator(".cm-bad")).to_have_text("paye")
    expect(page.locator(".cm-dot.bad")).to_have_count(1)
    problem = page.locator("#problems .r-problem", has_text=words["line"])
    expect(problem).to_contain_text("pay")
    expect(page.locator("#stale")).to_be_visible()
    expect(page.locator("#map .g-node")).to_have_count(13)
    expect(page.locator('#map [data-step="confirm"]')).to_have_class("g-node person sel bad")
    expect(publish).to_be_disabled()
    page.keyboard.press("Control+Home")
    problem.locator("a.r-line-link").click()
    expect(page.locator(".cm-activeLineGutter", has_text="19")).to_be_visible()

    # mended by one press
    problem.get_by_role("button", name=words["mend"]).click()
    expect(page.locator(".cm-bad")).to_have_count(0)
    expect(page.locator("#stale")).to_be_hidden()
    expect(publish).to_be_enabled()

    # a change, kept on the server while it is typed
    page.keyboard.press("Control+Home")
    for _line in range(6):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.type(now)
    expect(page.locator("[data-draft-badge]")).to_be_visible()
    until(lambda: now in str(shop.sql("select max(text) from journeys_draft")), 5, "the draft is kept")
    page.reload()
    expect(editor).to_contain_text(f"hold_out: {now}")  # a draft with something to mend opens in the editor

    # what changes, and out it goes
    publish.click()
    change = page.locator(".r-changes")
    expect(change).to_contain_text(words["limit"])
    expect(change.locator("del")).to_have_text(was)
    expect(change.locator("ins")).to_have_text(now)
    assert shop.sql("select max(n) from journeys_version") == [(n - 1,)], "a look publishes nothing"
    page.get_by_role("button", name=words["publish"]).click()
    expect(page.locator(".r-toast")).to_be_visible()
    assert page.url.endswith(PAGE)

    assert shop.sql("select max(n) from journeys_version") == [(n,)]
    assert _share(shop, n) == f"hold_out: {now}" and _share(shop, n - 1) == f"hold_out: {was}"
    assert shop.sql(
        "select live_version_id = (select id from journeys_version where n = %s) from journeys_scheme", n
    ) == [(True,)]
    assert shop.sql("select count(*) from journeys_draft") == [(0,)]
    assert shop.sql(by_staff) == [(audited + 1,)]
    assert page.evaluate("window.violations") == [], "the policy lets through what the editor does"
    assert said == []
    context.close()


def test_what_was_typed_a_moment_before_leaving_is_kept(
    shop: Installation, browser: Browser, cookies: list[dict[str, object]]
) -> None:
    context, page, _said = _open(shop, browser, cookies, "en")
    page.goto(PAGE)
    page.locator(".r-read").click()
    expect(page.locator(".cm-content")).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.type("# a last word")
    page.get_by_role("link", name="Table").click()
    page.wait_for_load_state()
    until(lambda: "# a last word" in str(shop.sql("select max(text) from journeys_draft")), 5, "the draft is kept")
    context.close()


def test_the_map_is_made_larger_and_whole_by_keys(
    shop: Installation, browser: Browser, cookies: list[dict[str, object]]
) -> None:
    context, page, said = _open(shop, browser, cookies, "en")
    page.goto(PAGE)
    page.locator("#map").focus()
    before = page.locator("svg.g-map").bounding_box()
    for _ in range(3):  # from the least fit, 75 %, two steps are 1.2 and no more
        page.keyboard.press("+")
    assert before is not None
    wide = before["width"] * 1.2
    # the map is drawn anew now and then: for a moment it is not there
    until(lambda: (page.locator("svg.g-map").bounding_box() or {}).get("width", 0) > wide, 5, "the map is larger")
    page.keyboard.press("0")
    pane = page.locator("#map").bounding_box()
    assert pane is not None
    tall = pane["height"] + 1
    until(lambda: 0 < (page.locator("svg.g-map").bounding_box() or {}).get("height", 0) <= tall, 5, "the map is whole")
    assert said == []
    context.close()


def test_without_scripts_the_text_is_checked_and_published_by_buttons(
    shop: Installation, browser: Browser, cookies: list[dict[str, object]]
) -> None:
    context, page, _said = _open(shop, browser, cookies, "en", java_script_enabled=False)
    page.goto(PAGE)
    ((n,),) = shop.sql("select max(n) from journeys_version")
    field = page.locator("textarea[name=text]")
    text = field.input_value()
    field.fill(text.replace("confirmed: pay", "confirmed: paye"))
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#problems")).to_contain_text("Did you mean “pay”?")
    field.fill(text.replace("within: 1h working, team: order-desk", "within: 2h working, team: order-desk"))
    page.get_by_role("button", name="Publish…").click()
    expect(page.locator(".r-changes")).to_contain_text("limit")
    page.get_by_role("button", name="Publish version").click()
    assert shop.sql("select max(n) from journeys_version") == [(n + 1,)]
    context.close()
