"""Pictures of every page, to be looked at: both languages, light and dark, wide and narrow, with data and without.

    python -m bench.screens FOLDER [--only tasks] [--languages ru] [--themes dark] [--widths 390] [--no-empty]

Starts a demo and an empty shop of its own for each language, and writes PNGs with an index.html that shows what belongs
together side by side. Pages come from the table of routes.
"""

import argparse
import contextlib
import html
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import filled
from bench.browser import chromium
from bench.routes import pages

NOW = "2026-03-03T11:20:00+03:00"
"""A Tuesday within working hours, so that the desk has work."""
WIDTHS = {1440: 900, 390: 844}
LANGUAGES, THEMES = ("ru", "en"), ("light", "dark")
LOCALES = {"ru": "ru_RU.UTF-8", "en": "en_GB.UTF-8"}


@dataclass(frozen=True, slots=True)
class Picture:
    """`file` in the folder; the rest says of what."""

    file: str
    page: str
    shop: str
    language: str
    theme: str
    width: int


@contextlib.contextmanager
def shop(folder: Path, kind: str, language: str) -> Iterator[filled.Installation]:
    """A shop that runs within the block: 'full' is the demo, 'empty' has only just been installed."""
    words = ("demo", "--now", NOW) if kind == "full" else ("up",)
    made = filled.Installation(folder / f"{kind}-{language}", *words, LANG=LOCALES[language])
    try:
        made.start()
        if kind == "full":
            made.wait_for("select (select count(*) from desk_task) > 0", "the demo's first task")
            made.wait_for("select (select count(*) from intake_pending) = 0", "all orders taken in", 240)
        yield made
    finally:
        made.remove()


def take(
    installation: filled.Installation, browser: Any, out: Path, kind: str, language: str, given: argparse.Namespace
) -> Iterator[Picture]:
    """Pictures of all pages of one shop as its owner sees them, and what is shown to nobody in particular."""
    installation.use_here()
    owner = filled.Screen(installation.port).log_in(installation.login_path())
    examples, base = filled.examples(installation), f"http://127.0.0.1:{installation.port}"
    shown = [(path, route.name) for route in pages() for path in examples.with_queries(route)]
    shown += [("/no-such-page", "no page")]
    for theme in given.themes:
        context = browser.new_context(color_scheme=theme, locale=language)
        context.add_cookies([{"name": n, "value": v, "url": base} for n, v in owner.cookies.items()])
        page = context.new_page()
        for path, name in shown:
            if given.only not in name:
                continue
            # asked before it is opened: a browser goes nowhere on an empty answer or a file, which is an error to it
            answer = context.request.get(base + path)
            if answer.status == 204 or "text/html" not in answer.headers.get("content-type", ""):
                continue
            query = path.partition("?")[2]
            label = f"{name.replace('web:', '')} {query}".strip()
            for width in given.widths:
                page.set_viewport_size({"width": width, "height": WIDTHS[width]})
                if width == given.widths[0]:
                    page.goto(base + path, wait_until="load")
                page.evaluate("document.fonts.ready")
                file = f"{label}.{kind}.{language}.{theme}.{width}.png"
                file = "".join(c if c.isalnum() or c in ".-" else "-" for c in file)
                page.screenshot(path=out / file, full_page=True)
                yield Picture(file, label, kind, language, theme, width)
        context.close()


def index(pictures: Sequence[Picture]) -> str:
    """The page that shows them: a row for each page, its pictures side by side."""
    rows: dict[str, list[Picture]] = {}
    for one in pictures:
        rows.setdefault(one.page, []).append(one)
    parts = [
        "<!doctype html><meta charset=utf-8><title>Screens</title><style>body{font:14px sans-serif}div{display:flex;gap:12px;"
        "overflow-x:auto;align-items:start}figure{margin:0}img{height:420px;border:1px solid #ccc}</style>"
    ]
    for name, found in rows.items():
        parts.append(f"<h2 id='{html.escape(name)}'>{html.escape(name)}</h2><div>")
        for one in found:
            told = f"{one.shop}, {one.language}, {one.theme}, {one.width}"
            parts.append(
                f"<figure><a href='{one.file}'><img loading=lazy src='{one.file}' alt='{told}'></a>"
                f"<figcaption>{told}</figcaption></figure>"
            )
        parts.append("</div>")
    return "\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all pictures were taken."""
    parser = argparse.ArgumentParser(prog="python -m bench.screens", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="routes that hold this word")
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=LANGUAGES)
    parser.add_argument("--themes", nargs="+", choices=THEMES, default=THEMES)
    parser.add_argument("--widths", nargs="+", type=int, choices=tuple(WIDTHS), default=tuple(WIDTHS))
    parser.add_argument("--no-empty", dest="kinds", action="store_const", const=("full",), default=("full", "empty"))
    given = parser.parse_args(arguments)
    from playwright.sync_api import sync_playwright

    given.folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="regulars-screens-"))
    pictures: list[Picture] = []
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            for kind in given.kinds:
                for language in given.languages:
                    with shop(work, kind, language) as installation:
                        pictures += take(installation, browser, given.folder, kind, language, given)
            browser.close()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    (given.folder / "index.html").write_text(index(pictures), encoding="utf-8")
    print(f"{len(pictures)} pictures: {given.folder / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
