"""Debian's Chromium, and the way into an installation with it."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from bench.browser import chromium as path
from tests.installation import Installation, until

VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (e) => window.violations.push(`${e.violatedDirective} ${e.blockedURI}`));
"""
"""A script that notes what the page's own policy refuses, in `window.violations`."""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser within the block; its driver keeps this thread's event loop."""
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path(), args=["--no-sandbox", "--disable-background-networking"])
        yield opened
        opened.close()


def doomed(browser: Browser) -> tuple[Browser, Callable[[], None]]:
    """Another one, and what kills it without a word, all its processes at once."""
    before = _chromes()
    opened = browser.browser_type.launch(executable_path=path(), args=["--no-sandbox"])

    def kill() -> None:
        for pid in _chromes() - before:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    return opened, kill


def _chromes() -> set[int]:
    """Those of this process, and of nobody else."""
    found = set()
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "chrom" in process.name():
                found.add(process.pid)
    return found


def heard(page: Page, kinds: tuple[str, ...] = ("error",), but: str | None = None) -> list[str]:
    """What its console will have said, of these kinds, and its scripts' errors; `but`: not what holds this."""
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type in kinds and not (but and but in m.text) else None)
    page.on("pageerror", lambda e: said.append(str(e)))
    return said


def speak(page: Page, shop: Installation, language: str) -> None:
    """Whoever is logged in reads this language from now on."""
    base = f"http://127.0.0.1:{shop.port}"
    page.goto(f"{base}/people/")
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    form = {"language": language, "next": "/", "csrfmiddlewaretoken": token}
    page.request.post(f"{base}/language", form=form, headers={"Referer": f"{base}/"})


def show_in(page: Page, theme: str) -> None:
    """In the theme 'light' or 'dark', at once: colours that are still on their way from one to the other are in neither."""
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.evaluate("document.getAnimations().forEach(one => one.finish())")


def opened(shop: Installation, browser: Browser, language: str, but: str | None = None) -> tuple[Page, list[str]]:
    """A page of a wide screen on which the owner is logged in and reads this language, and what it complains of."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=f"http://127.0.0.1:{shop.port}")
    page = context.new_page()
    log_in(page, shop)
    problems = heard(page, ("error", "warning"), but)
    speak(page, shop, language)
    return page, problems


def log_in(page: Page, shop: Installation) -> None:
    """As its owner, by the link that its first start has printed."""
    until(lambda: "First login" in shop.output, 10, "the link is printed")
    page.goto(next(word for word in shop.output.split() if "/login/link/" in word))
    page.click("main button")
    page.wait_for_load_state()
