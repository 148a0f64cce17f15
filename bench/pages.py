"""Every page of the staff in a shop with a million orders and people: on the server, over the wire, and in a browser.

The pages come from the table of routes, their filters from their own forms and links, so a new page or filter is
measured without a word here. Through the whole product as it runs: front, session, queries, templates.
"""

import argparse
import gzip
import json
import re
import shutil
import statistics
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from bench import filled, load
from bench.browser import chromium
from bench.routes import OF_PLAYGROUNDS, Examples, NoExample, Route, pages

P95_MS, WEIGHT_KB, PAINT_MS = 100.0, 150.0, 1000.0
"""The limits: on the server, of a page with all that it loads (gzipped), and until the first paint."""
ROWS = 1_000_000
SAMPLES, WARM, ASKED = 20, 5, 50
"""Different objects a page is shown with; requests before the clock runs; and while it does."""
TEXTS = {
    "q": ("105000", "A77777", "Кузнецов", "Соколова-9700", "nobody-of-that-name", "buyer7@buyers.test", "+79000000007"),
    "order": ("A77777", "105000", "nothing"),
}
"""What is typed into a field of a page's form, by the field's name."""
TYPED = ("A77777", "Кузнецов", "nothing-like-that")
"""What is typed into the others."""
WORST = {
    "web:person": ("who buys all the time", "select id from people_person order by id limit 1"),
}
"""An object with more to show than any other, by route."""
FOLLOWED = 20
"""Pages of a list that are turned over where its middle cannot be named."""
COVERED = ("shop", "theme", "language", "next", "after", "csrfmiddlewaretoken")
"""Fields that no page is slow by."""


LANGUAGES = ("ru", "en", "ru")
"""In which the pages are looked at, one after the other: Russian loads one font more."""
PAINT = """() => new Promise(done => new PerformanceObserver(list => {
  for (const entry of list.getEntriesByName('first-contentful-paint')) done(entry.startTime);
}).observe({type: 'paint', buffered: true}))"""


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of opening a page; `paths` are asked in turn."""

    route: str
    kind: str
    paths: Sequence[str]


@dataclass(frozen=True, slots=True)
class Measured:
    """Times in ms; `judged` False for a file, whose size is its own affair; `status` is what it answered."""

    route: str
    kind: str
    path: str
    p50: float
    p95: float
    p99: float
    status: int
    judged: bool = True

    @property
    def is_missed(self) -> bool:
        """Whether it took longer than it may, or was given up."""
        return self.status >= 400 or (self.judged and self.p95 > P95_MS)


@dataclass(frozen=True, slots=True)
class Look:
    """A page in a browser with an empty cache: kB with all it loads, gzipped, and ms until the first paint."""

    route: str
    path: str
    kb: float
    paint: float

    @property
    def is_missed(self) -> bool:
        """Whether it is heavier or later than it may be."""
        return self.kb > WEIGHT_KB or self.paint > PAINT_MS


class _Ways(HTMLParser):
    """The ways on from a list to itself: links with a query, and the fields of its GET forms."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.queries, self.choices, self.texts = path, set[str](), dict[str, list[str]](), set[str]()
        self._form, self._select = False, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            action = given.get("action") or self.path
            self._form = given.get("method", "get").lower() == "get" and action.partition("?")[0] == self.path
        elif tag == "a" and given.get("href", "").startswith(("?", f"{self.path}?")):
            self.queries.add(given["href"].partition("?")[2])
        elif self._form and name and name not in COVERED:
            kind = given.get("type", "text")
            if tag == "select":
                self._select = name
            elif tag == "input" and kind in ("radio", "checkbox", "hidden"):
                self.choices.setdefault(name, []).append(given.get("value", "on"))
            elif tag == "button":
                self.choices.setdefault(name, []).append(given.get("value", ""))
            elif tag == "input" and kind not in ("submit", "date", "datetime-local", "number"):
                self.texts.add(name)
            elif tag == "input" and kind == "date":
                self.choices.setdefault(name, []).append("2025-06-01")
        if tag == "option" and self._select:
            self.choices.setdefault(self._select, []).append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = False
        elif tag == "select":
            self._select = ""


def ways(path: str, html: str) -> tuple[set[str], set[str]]:
    """(queries by which the page leads to itself, names of the fields that one types into)."""
    found = _Ways(path)
    found.feed(html)
    queries = {q for q in found.queries if q}
    queries |= {
        urllib.parse.urlencode({name: value}) for name, values in found.choices.items() for value in values if value
    }
    return queries, found.texts


def cases(installation: filled.Installation, owner: filled.Screen, examples: Examples) -> Iterator[Case]:
    """All that is to be measured.

    Raises NoExample where a part of an address has none.
    """
    for route in _here():
        paths = examples.paths(route, SAMPLES)
        if not paths:
            raise NoExample(
                f"{route.name}: the filled shop has nothing to open it with; bench/filled.py makes what it has"
            )
        yield Case(route.name, "", paths)
        if route.name in WORST:
            kind, sql = WORST[route.name]
            ((id_,),) = installation.ask(sql)
            yield Case(route.name, kind, [re.sub(r"\d+", str(id_), paths[0], count=1)])
        status, headers, html = owner.get(paths[0])
        if status == 200 and "text/html" in headers.get("Content-Type", ""):
            yield from _lists(installation, owner, route.name, paths[0].partition("?")[0], html)


def _here() -> list[Route]:
    return [route for route in pages() if route.name not in OF_PLAYGROUNDS]


def _lists(installation: filled.Installation, owner: filled.Screen, route: str, path: str, html: str) -> Iterator[Case]:
    """The page as its own filters and links show it, and deep within it."""
    queries, texts = ways(path, html)
    pairs = {tuple(sorted(urllib.parse.parse_qsl(query))) for query in queries}
    for pair in sorted(pair for pair in pairs if "after" not in dict(pair)):
        yield Case(
            route, " ".join(f"{name}={value}" for name, value in pair), [f"{path}?{urllib.parse.urlencode(pair)}"]
        )
    for name in sorted(texts):
        for text in TEXTS.get(name, TYPED):
            yield Case(route, f"{name}={text}", [f"{path}?{urllib.parse.urlencode({name: text})}"])
    for pair in sorted(pair for pair in pairs if "after" in dict(pair)):
        yield Case(route, "deep", [_deep(installation, owner, path, dict(pair))])


def _deep(installation: filled.Installation, owner: filled.Screen, path: str, query: dict[str, str]) -> str:
    """A page in the middle of a list: its mark with the moment and the id of the middle of all orders.

    Where that leads to the same place (a short list, one sorted otherwise), the links are followed instead.
    """
    ((moment, id_),) = installation.ask(
        "select placed_at, id from orders_order order by placed_at desc offset (select count(*) / 2 from orders_order) limit 1"
    )
    plain = re.sub(r"\d{15,}", str(id_), filled.unmark(query["after"]))
    plain = re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.+]+", moment.isoformat(), plain)
    middle = f"{path}?{urllib.parse.urlencode({**query, 'after': filled.mark(plain)})}"
    following = _next(owner, path, middle)
    if following and following != query["after"]:
        return middle
    for _ in range(FOLLOWED):
        found = _next(owner, path, f"{path}?{urllib.parse.urlencode(query)}")
        if found is None:
            break
        query = {**query, "after": found}
    return f"{path}?{urllib.parse.urlencode(query)}"


def _next(owner: filled.Screen, path: str, address: str) -> str | None:
    """The mark to which the page leads on."""
    for query in sorted(ways(path, owner.get(address)[2])[0]):
        if "after" in (found := dict(urllib.parse.parse_qsl(query))):
            return found["after"]
    return None


def measure(installation: filled.Installation, owner: filled.Screen, case: Case, asked: int = ASKED) -> Measured:
    """One after the other, as the server answers them.

    Raises LoadFailed when the answers differ.
    """
    headers = {"Cookie": owner.cookie, "Accept-Encoding": "gzip"}
    began = time.perf_counter()
    status, told, _ = owner.get(case.paths[0])
    took = (time.perf_counter() - began) * 1000
    if status >= 400:  # given up, most likely, at the limit of a statement
        return Measured(case.route, case.kind, case.paths[0], took, took, took, status)

    def run(count: int) -> load.Load:
        wire = [load.Request("GET", case.paths[n % len(case.paths)], b"", headers) for n in range(count)]
        return load.run(installation.port, wire, 1).require(status)

    is_file = "attachment" in told.get("Content-Disposition", "")
    done = run(1 if is_file else min(WARM, asked))
    # What has missed its limit by far need not be asked so often.
    if not is_file and done.latencies_ms[0] < 4 * P95_MS:
        done = run(asked)
    p50, p95, p99 = (done.percentile_ms(share) for share in (0.50, 0.95, 0.99))
    return Measured(case.route, case.kind, case.paths[0], p50, p95, p99, status, judged=not is_file)


def looks(
    installation: filled.Installation,
    owner: filled.Screen,
    examples: Examples,
    seen: Sequence[Route],
    languages: Sequence[str] = LANGUAGES,
) -> list[Look]:
    """Each of these pages in Chromium with an empty cache, once a language: the heaviest, and the median of the paints."""
    from playwright.sync_api import sync_playwright

    found: dict[str, list[Look]] = {}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for language in languages:
            with installation.database() as raw:
                raw.execute("update staff_account set language = %s", (language,))
            for route in seen:
                look = _look(browser, installation, owner, route, examples.paths(route)[0], language)
                if look is not None:
                    found.setdefault(route.name, []).append(look)
        browser.close()
    return [
        Look(name, each[0].path, max(one.kb for one in each), statistics.median(one.paint for one in each))
        for name, each in found.items()
    ]


def _look(
    browser: Any, installation: filled.Installation, owner: filled.Screen, route: Route, path: str, language: str
) -> Look | None:
    """None for a file, a part of a page, and a letter, whose scripts are shut off."""
    from playwright.sync_api import Error

    base = f"http://127.0.0.1:{installation.port}"
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale=language)
    try:
        context.add_cookies([{"name": n, "value": v, "url": base} for n, v in owner.cookies.items()])
        page = context.new_page()
        bodies: list[Any] = []
        page.on("response", lambda response: bodies.append(response))  # noqa: PLW0108 - it must be of Python
        try:
            answer = page.goto(base + path, wait_until="load")
        except Error:  # a file, or nothing to show
            return None
        if (
            answer is None
            or "sandbox" in (answer.header_value("content-security-policy") or "")
            or not answer.text().lstrip().lower().startswith("<!doctype")
        ):
            return None
        paint = float(page.evaluate(PAINT))
        page.evaluate("document.fonts.ready.then(() => true)")
        return Look(route.name, path, sum(len(gzip.compress(_body(one))) for one in bodies) / 1000, paint)
    finally:
        context.close()


def _body(response: Any) -> bytes:
    if response.status in (204, 301, 302, 303, 304) or response.url.startswith("data:"):
        return b""
    found: bytes = response.body()
    return found


def render(measured: Sequence[Measured], looked: Sequence[Look]) -> str:
    """Both tables for people, the slowest and the heaviest first; what missed its limit is marked."""
    lines = [f"{'p95 ms':>8} {'p50':>7} {'p99':>7}   page (limit: p95 {P95_MS:.0f} ms)"]
    for one in sorted(measured, key=lambda m: (m.judged, m.p95), reverse=True):
        mark = f"MISS {one.status}" if one.is_missed else "" if one.judged else "file"
        lines.append(f"{one.p95:8.1f} {one.p50:7.1f} {one.p99:7.1f}   {one.route} {one.kind}  {mark}".rstrip())
    lines += ["", f"{'kB':>8} {'paint':>7}   page (limits: {WEIGHT_KB:.0f} kB gzipped, {PAINT_MS:.0f} ms)"]
    for look in sorted(looked, key=lambda found: found.kb, reverse=True):
        lines.append(f"{look.kb:8.1f} {look.paint:7.0f}   {look.route}  {'MISS' if look.is_missed else ''}".rstrip())
    return "\n".join(lines)


def _told(found: Iterable[Measured]) -> Iterator[Measured]:
    """The same, each said as it comes: a million orders take their time."""
    for one in found:
        print(f"{one.p95:8.1f} ms  {one.route} {one.kind}", file=sys.stderr, flush=True)
        yield one


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every page kept its limits, 1 when one did not."""
    parser = argparse.ArgumentParser(prog="regulars bench pages", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="orders, and as many people")
    parser.add_argument("--data", type=Path, help="keep the filled installation here, and use it again")
    parser.add_argument("--only", default="", help="routes that hold this word")
    parser.add_argument(
        "--quick", action="store_true", help="ask each page but twice, look at every third: to see that all answer"
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    asked, languages = (2, LANGUAGES[:1]) if given.quick else (ASKED, LANGUAGES)
    folder = Path(tempfile.mkdtemp(prefix="regulars-pages-")) if given.data is None else given.data
    folder.mkdir(parents=True, exist_ok=True)
    installation = filled.Installation(folder / "data")
    try:
        filled.make(installation, given.rows)
        installation.use_here()
        owner, examples = filled.owner(installation), filled.examples(installation)
        chosen = [case for case in cases(installation, owner, examples) if given.only in f"{case.route} {case.kind}"]
        measured = list(_told(measure(installation, owner, case, asked) for case in chosen))
        seen = _here()[:: 3 if given.quick else 1]
        looked = [look for look in looks(installation, owner, examples, seen, languages) if given.only in look.route]
    except (NoExample, load.LoadFailed) as error:
        print(f"regulars bench pages: {error}", file=sys.stderr)
        return 1
    finally:
        installation.stop()
        if given.data is None:
            installation.remove()
            shutil.rmtree(folder, ignore_errors=True)
    missed = [one for one in (*measured, *looked) if one.is_missed]
    if given.json:
        told = {"rows": given.rows, "pages": [asdict(m) for m in measured], "looks": [asdict(x) for x in looked]}
        print(json.dumps({**told, "missed": len(missed)}))
    else:
        print(render(measured, looked))
        print(f"\n{len(measured)} ways to open a page, {len(missed)} beyond a limit; {given.rows:,} orders and people")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
