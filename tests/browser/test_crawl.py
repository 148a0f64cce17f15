"""Every page that can be opened, in both languages, with data and in an empty shop, seen as people see it.

The pages come from the table of routes: a new one is crawled by itself, and one that the table cannot open fails here.
The whole (`make long`, REGULARS_WHOLE=on) asks axe in the empty shop, too, and opens that in English; without it both are
left out, for they take as long as all the rest.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_django
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Error, Page

from bench.routes import OF_ONE, Examples, NoExample, Route, pages
from tests.browser.chromium import chromium, show_in
from tests.browser.crawl_shop import ROLES, CrawlShop, crawl_shop
from tests.browser.words import foreign
from tests.conftest import fresh_database
from tests.extent import WHOLE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SERIOUS = ("serious", "critical")
# A letter's frame is closed to scripts: it would not answer.
AXE: dict[str, Any] = {"resultTypes": ["violations"], "iframes": False, "preload": False}
# The colours are all that the dark theme changes.
AXE_IN_DARK = {**AXE, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
AWAITED: dict[str, tuple[str, ...]] = {}
"""What is known to be wrong still, by route: a part of the line that tells it. To be emptied, never to grow."""
CLIPPED = """() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  while (walker.nextNode()) {
    const text = walker.currentNode, parent = text.parentElement;
    if (!text.data.trim() || parent.closest('.clip, .r-skip, .hidden, .visually-hidden, script, style')) continue;
    range.selectNodeContents(text);
    const box = range.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    let across = box, along = box;
    for (let el = parent; el && el !== document.body; el = el.parentElement) {
      const style = getComputedStyle(el), edge = el.getBoundingClientRect();
      if (style.position === 'fixed') break;
      const isOut = across.right > edge.right + 1 || across.left < edge.left - 1;
      const sideways = ['hidden', 'clip'].includes(style.overflowX) && isOut;
      const down = ['hidden', 'clip'].includes(style.overflowY) && along.bottom > edge.bottom + 2;
      if (['auto', 'scroll'].includes(style.overflowX)) across = edge;  // what scrolls is reached: it must be in sight itself
      if (['auto', 'scroll'].includes(style.overflowY)) along = edge;
      if (sideways || down) { found.push(text.data.trim().slice(0, 40) + ' in ' + el.tagName + '.' + el.className); break; }
    }
  }
  return found;
}"""
LEFT_BEHIND = """() => {
  window.scrollTo({top: document.documentElement.scrollHeight, behavior: 'instant'});
  const gone = [...document.querySelectorAll('.r-app > .r-side')].filter(el => el.getBoundingClientRect().top);
  window.scrollTo({top: 0, behavior: 'instant'});
  return gone.map(el => el.className);
}"""
OVERFLOWING = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const wide = [...document.querySelectorAll('body *')].filter(el => el.getBoundingClientRect().right > root.clientWidth + 1);
  return wide.filter(el => !wide.includes(el.parentElement)).map(el => el.tagName + '.' + el.className).slice(0, 3);
}"""


@pytest.fixture(scope="module", params=["ru", "en"])
def shop(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[CrawlShop]:
    with django_db_blocker.unblock(), fresh_database() as url, crawl_shop(url, request.param) as made:
        yield made


@pytest.fixture
def browser() -> Iterator[Browser]:
    """One a test: while it is open, Django takes this thread for an asynchronous one."""
    with chromium() as opened:
        yield opened


def _addresses(shop: CrawlShop, role: str) -> Iterator[tuple[Route, str]]:
    """The pages of the role that its shop has something for."""
    for route in pages():
        if not shop.may(role, route):
            continue
        for path in shop.examples(role).with_queries(route):
            yield route, path


class Looker:
    """One browser window that goes from page to page and writes down what is wrong."""

    def __init__(self, page: Page, language: str) -> None:
        self.page, self.language = page, language
        self.problems: list[str] = []
        self._said: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._said.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        url = message.location["url"]
        # A browser asks for it beside a part of a page, which has no head; whether a whole page names its icon is looked at.
        if message.type in ("error", "warning") and not url.endswith("/favicon.ico"):
            self._said.append(f"{message.text} {url}")

    def look(self, url: str, route: str, expected: int = 200, *, axe: bool) -> None:
        """At one page: its words, then at both widths and in both themes."""
        name = f"{route} {url.partition('//')[2].partition('/')[2][:40]}"
        self._said.clear()
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        try:
            answer = self.page.goto(url)
        except Error as error:  # a file, or an answer without anything
            if "ERR_ABORTED" in error.message or "Download" in error.message:
                return
            raise
        assert answer is not None
        if "text/html" not in (answer.header_value("content-type") or ""):
            return
        if answer.status != expected:
            self.problems.append(f"{name}: answered {answer.status}, not {expected}")
            return
        if "/login/" in self.page.url and "/login/" not in url:
            self.problems.append(f"{name}: sent to log in")
            return
        found = [f"word: {line}" for line in foreign(self.page.content(), self.language)]
        if not answer.text().lstrip().lower().startswith("<!doctype"):  # a part of a page, which is seen in its page
            self.problems += [f"{name}: {line}" for line in _new(route, found)]
            return
        found += [f"clipped at 1440: {text}" for text in self.page.evaluate(CLIPPED)]
        found += [f"scrolls away: {what}" for what in self.page.evaluate(LEFT_BEHIND)]
        # A letter by itself is closed to scripts, axe among them; the letters have tests of their own.
        is_letter = "sandbox" in (answer.header_value("content-security-policy") or "")
        if not is_letter and not self.page.query_selector("head link[rel~=icon]"):
            found.append("no icon")
        if axe and not is_letter:
            self.page.evaluate(Axe().axe_script)
            found += self._axe(AXE)
            show_in(self.page, "dark")
            found += [f"dark: {line}" for line in self._axe(AXE_IN_DARK)]
            self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        found += [f"wider than 390: {what}" for what in self.page.evaluate(OVERFLOWING)]
        found += [f"clipped at 390: {text}" for text in self.page.evaluate(CLIPPED)]
        found += [f"console: {line}" for line in self._said if not (expected >= 400 and "status of" in line)]
        self.problems += [f"{name}: {line}" for line in _new(route, found)]

    def _axe(self, options: dict[str, Any]) -> list[str]:
        found = self.page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{one['id']}: {node['html'][:120]} {node['failureSummary'].splitlines()[-1].strip()[:160]}"
            for one in found["violations"]
            if one["impact"] in SERIOUS
            for node in one["nodes"][:3]
        ]


def _new(route: str, found: list[str]) -> list[str]:
    """What is not known yet, each once."""
    known = AWAITED.get(route, ())
    return [line for line in dict.fromkeys(found) if not any(part in line for part in known)]


def _told(problems: list[str]) -> str:
    return f"{len(problems)} problems\n" + "\n".join(problems)


@pytest.mark.parametrize("role", ["owner", "stranger"])
def test_every_page_is_sound(shop: CrawlShop, browser: Browser, role: str) -> None:
    if not WHOLE and (shop.language, role) == ("en", "stranger"):
        pytest.skip("the empty shop in English: `make long`")
    context = browser.new_context()
    context.add_cookies(shop.cookies(role))  # type: ignore[arg-type]
    looker = Looker(context.new_page(), shop.language)
    # What an element is called by a screen reader, and its colours, do not depend on the language.
    axe = shop.language == "ru" and (WHOLE or role == "owner")
    seen = 0
    for route, path in _addresses(shop, role):
        looker.look(shop.base + path, route.name, axe=axe)
        seen += 1
    looker.look(shop.base + "/no-such-page", "no page", 404, axe=axe)
    context.close()
    assert seen > 15
    assert not looker.problems, _told(looker.problems) + shop.logged()


@pytest.mark.parametrize("role", ["supervisor", "operator"])
def test_every_page_of_the_other_roles_speaks_one_language(shop: CrawlShop, role: str) -> None:
    client, problems = shop.web.clients[role], []
    for route in pages():
        for path in shop.full.with_queries(route):
            answer = client.get(path)
            if route.name in OF_ONE:
                assert answer.status_code == 404, route.name
            elif shop.may(role, route):
                assert answer.status_code in (200, 204, 302), (route.name, answer.status_code)
            else:
                assert answer.status_code == 403, route.name
            problems += _words(answer, shop.language, route.name)
    assert not problems, _told(problems)


def test_what_is_shown_to_somebody_who_is_not_logged_in_speaks_one_language(shop: CrawlShop) -> None:
    def client(**more: Any) -> Client:
        made = Client(headers={"Accept-Language": shop.language}, **more)
        made.cookies["django_language"] = shop.language
        return made

    answers = {
        "no page": client().get("/no-such-page"),
        "login": client().get("/login/"),
        "a wrong password": client().post("/login/", {"email": "owner@staff.test", "password": "wrong"}),
        "a link": client().get("/login/link/nothing"),
        "a spent link": client().post("/login/link/nothing"),
        "no token": client(enforce_csrf_checks=True).post("/login/", {"email": "a@b.test"}),
        "a bad link of a buyer": client().get("/u/nonsense"),
    }
    problems = [line for name, answer in answers.items() for line in _words(answer, shop.language, name)]
    assert not problems, _told(problems)


def _words(answer: Any, language: str, route: str) -> list[str]:
    if answer.status_code == 302 or "text/html" not in answer.get("Content-Type", ""):
        return []
    return [f"{route}: {line}" for line in _new(route, foreign(answer.content.decode(), language))]


def test_the_looker_sees_what_is_wrong(shop: CrawlShop, browser: Browser) -> None:
    page = browser.new_page()
    looker = Looker(page, "ru")
    page.route(
        "**/*",
        lambda route: route.fulfill(
            content_type="text/html",
            headers={"Content-Security-Policy": "default-src 'self'"},
            body="<!doctype html><html lang='ru'><title>Заказ</title><main><h1>Paid</h1><img src='/a.png'></main>"
            "<script>1</script>",
        ),
    )
    looker.look("http://shop.test/", "made up", axe=True)
    told = _told(looker.problems)
    for sign in ("word: Paid", "image-alt", "console: "):
        assert sign in told, told
    page.goto("about:blank")  # whose policy lets the test have styles
    page.set_content("<div style='width:600px'>Слово</div><div style='width:9px;overflow:hidden'>Слово</div>")
    assert page.evaluate(OVERFLOWING) == ["DIV."]
    assert page.evaluate(CLIPPED) == ["Слово in DIV."]
    page.set_content("<div style='width:9px;overflow:hidden'><p style='overflow:auto'>Слово</p></div>")
    assert page.evaluate(CLIPPED) == []
    page.set_content("<div style='width:9px;overflow:hidden'><p style='width:99px;overflow:auto'>Слово</p></div>")
    assert page.evaluate(CLIPPED) == ["Слово in DIV."]
    page.close()


def test_a_page_that_no_table_can_open_is_told() -> None:
    examples = Examples(lambda sql, values: [], 1, [b"k" * 48])
    with pytest.raises(NoExample):
        examples.paths(Route("web:new", ("unheard_of",), frozenset({"GET"}), frozenset(ROLES)))
