"""The pictures of both READMEs, taken from the demo as it runs.

    python -m bench.pictures [docs/images]

For each language: the desk with a call taken, a scheme as a map with a step’s form, what a scheme brings, a buyer and why
something did not go.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import filled
from bench.browser import chromium
from bench.screens import LANGUAGES, shop

SIZE = {"width": 1440, "height": 900}


def _desk(page: Any, base: str, installation: filled.Installation) -> None:
    """A call that the buyer of an order has asked for, taken in hand."""
    ((task,),) = installation.ask(
        "select id from desk_task where state = 'open' and kind = 'call' and order_id is not null and why_next = 'asked'"
        " order by not_before limit 1"
    )
    page.goto(f"{base}/tasks/{task}/")
    with page.expect_navigation():
        page.click(f"form[action$='{task}/claim'] button")
    page.check("[name=outcome] >> nth=0")


def _scheme(page: Any, base: str, installation: filled.Installation) -> None:
    page.goto(f"{base}/schemes/of/after-order/")
    page.click('#map [data-step="confirm"] .g-body')
    page.wait_for_selector("#panel-title")


def _effect(page: Any, base: str, installation: filled.Installation) -> None:
    """What the scheme that the shop began with has brought, day by day."""
    page.goto(f"{base}/schemes/of/come-again/effect/")
    page.wait_for_selector("svg.chart")


def _why(page: Any, base: str, installation: filled.Installation) -> None:
    """Whom the latest letter was withheld from that a rule, not a mistake, held back."""
    ((person, message),) = installation.ask(
        "select person_id, id from outbox_message where state = 'refused' and reason in ('cap', 'no_consent')"
        " order by id desc limit 1"
    )
    page.goto(f"{base}/people/{person}/")
    box = page.locator(f"details.r-whybox:has(a[href='/letters/{message}/'])")
    box.locator("summary").first.click()
    box.evaluate("box => box.scrollIntoView({block: 'center'})")


PICTURES: Mapping[str, Callable[[Any, str, filled.Installation], None]] = {
    "desk": _desk,
    "scheme": _scheme,
    "effect": _effect,
    "why": _why,
}
"""What each picture shows, by the name of its file."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all were taken."""
    parser = argparse.ArgumentParser(prog="python -m bench.pictures", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/images"))
    given = parser.parse_args(arguments)
    from playwright.sync_api import sync_playwright

    given.folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="regulars-pictures-"))
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            for language in LANGUAGES:
                with shop(work, "full", language) as installation:
                    base = f"http://127.0.0.1:{installation.port}"
                    owner = filled.Screen(installation.port).log_in(installation.login_path())
                    context = browser.new_context(viewport=SIZE, locale=language, reduced_motion="reduce")
                    context.add_cookies([{"name": n, "value": v, "url": base} for n, v in owner.cookies.items()])
                    page = context.new_page()
                    for name, arrange in PICTURES.items():
                        arrange(page, base, installation)
                        page.evaluate("document.fonts.ready.then(() => true)")
                        page.mouse.move(0, 0)
                        page.screenshot(path=given.folder / f"{name}.{language}.png", animations="disabled")
                    context.close()
            browser.close()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"{len(PICTURES) * len(LANGUAGES)} pictures: {given.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
