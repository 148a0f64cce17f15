"""Debian's Chromium, and the way into an installation with it."""

import contextlib
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, Page, sync_playwright

from tests.installation import Installation, until


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser within the block; its driver keeps this thread's event loop."""
    path = shutil.which("chromium")
    assert path, "install Debian's chromium: .ci/run does"
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-background-networking"])
        yield opened
        opened.close()


def log_in(page: Page, shop: Installation) -> None:
    """As its owner, by the link that its first start has printed."""
    until(lambda: "First login" in shop.output, 10, "the link is printed")
    page.goto(next(word for word in shop.output.split() if "/login/link/" in word))
    page.click("main button")
    page.wait_for_load_state()
