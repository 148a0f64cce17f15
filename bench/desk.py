"""The desk at full load: how soon an operator has the next task, his card and his queue, and how soon fifty see a new order.

Two hundred thousand tasks wait in a shop of a million people; fifty operators are logged in. Everything goes over HTTP
through the whole product as it runs; the statements behind each deed are counted in this process, on the same database.
"""

import argparse
import asyncio
import http.client
import json
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bench import filled, load, orders

ROWS = 1_000_000
NEXT_MS, CARD_MS, QUEUE_MS, SEEN_MS = 30.0, 100.0, 100.0, 1000.0
"""The limits: p95 of taking the next task, of a card and of the queue's page; the last of fifty screens after the 202."""
ASKED, ORDERS = 200, 10
_CSRF = re.compile(r'name="csrf-token" content="([^"]+)"')
_NEWS = re.compile(r'data-news="([^"]+)"')
_VERSION = re.compile(r'data-version="([^"]*)"')
_KEPT = 3.0
"""Seconds after which a connection that was not used is opened anew: the server closes idle ones."""
_PATIENCE = 30.0
"""Seconds after which an order that a screen does not show is one that it never will."""
_NEWS_LEAST, _UNASKED = 0.7, 4.9
"""As assets/desk.js has them."""

# A desk that keeps up: what waits is far from its limit, call-backs are agreed for later, a few are at the front.
_OPEN = """
with chosen as (
  select id, row_number() over (order by id desc) as n from desk_task where shop_id = %(shop)s order by id desc limit %(count)s
)
update desk_task t set state = 'open', claimed_by = null, claimed_at = null, outcome = null, finished_by = null,
  finished_at = null, note = '', attempt = 1 + n %% 3,
  team = (array['order-desk', 'care', 'repeat-sales'])[1 + n %% 3],
  why_next = case when n <= 3 then 'missed' when n <= 8 then 'message' when n %% 10 < 2 then 'asked'
    when n %% 10 < 4 then 'retry' else 'fresh' end,
  not_before = %(now)s + case when n > 8 and (n %% 10 < 2 or n %% 10 = 3) then make_interval(mins => (180 + n %% 2000)::int)
    else make_interval(mins => (-1 - n %% 2000)::int) end,
  due_at = %(now)s + make_interval(mins => (240 + n %% 5000)::int), target_at = %(now)s + interval '3 hours',
  opened_at = %(now)s - make_interval(mins => (n %% 3000)::int)
from chosen where chosen.id = t.id
"""


@dataclass(slots=True)
class Figure:
    """What was measured of one deed, in ms; `statements`: (times run, ms of each, SQL) on the way."""

    name: str
    limit: float
    p50: float
    p95: float
    p99: float
    statements: list[tuple[int, float, str]] = field(default_factory=list)

    @property
    def is_missed(self) -> bool:
        """Whether it took longer than it may."""
        return self.p95 > self.limit


def open_tasks(installation: filled.Installation, count: int) -> int:
    """Let the newest `count` tasks of the filled shop wait; how many there are."""
    with installation.database() as raw:
        ((now,),) = raw.execute("select machine_now()").fetchall()
        values = {"shop": installation.shop_id, "count": count, "now": now}
        made = psycopg.ClientCursor(raw).execute(_OPEN.encode(), values).rowcount
        raw.execute(
            "update desk_task set state = 'closed' where state in ('open', 'claimed') and due_at < machine_now()"
        )
        # the bench is run at any hour: calls may be made, and nobody has his hands full
        raw.execute(
            "update shop_shop set settings = settings"
            """ || '{"most_tasks": 1000000, "day_from": "00:00", "day_until": "00:00"}'::jsonb"""
        )
        week = json.dumps({day: ["00:00-00:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")})
        raw.execute("update shop_calendar set hours = jsonb_set(hours, '{hours}', %s::jsonb)", (week,))
        raw.execute("delete from base_rate_limit")  # fifty log in from one address, and may have done so before
        raw.execute("vacuum analyze desk_task")
    return made


class Desk:
    """One operator's connection: kept, with the session's cookie and the token of his forms."""

    def __init__(self, port: int, screen: filled.Screen) -> None:
        page = screen.get("/tasks/")[2]
        token, news = _CSRF.search(page), _NEWS.search(page)
        assert token is not None and news is not None
        self.headers = {"Cookie": screen.cookie, "X-CSRFToken": token[1], "Accept-Encoding": "gzip"}
        self.news = news[1]
        self._wire = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._asked_at = 0.0
        self.ask("POST", "/tasks/shift/begin", "here=1")

    def ask(self, method: str, path: str, body: str = "") -> tuple[int, str, float]:
        """Status, where it leads, and ms until the whole answer was here."""
        headers = {**self.headers, "Content-Type": "application/x-www-form-urlencoded"} if body else self.headers
        if time.perf_counter() - self._asked_at > _KEPT:
            self._wire.close()
            self._wire.connect()
        began = time.perf_counter()
        self._wire.request(method, path, body, headers)
        answer = self._wire.getresponse()
        answer.read()
        self._asked_at = time.perf_counter()
        return answer.status, answer.headers.get("Location", ""), (time.perf_counter() - began) * 1000


def _figure(name: str, limit: float, took: Sequence[float]) -> Figure:
    ordered = sorted(took)
    p50, p95, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * s))] for s in (0.5, 0.95, 0.99))
    return Figure(name, limit, round(p50, 1), round(p95, 1), round(p99, 1))


def _required(found: tuple[int, str, float], status: int) -> tuple[str, float]:
    if found[0] != status:
        raise load.LoadFailed(f"expected {status}, got {found[0]}")
    return found[1], found[2]


def deeds(desks: Sequence[Desk], asked: int) -> list[Figure]:
    """Taking the next, its card and the queue, one after the other by operators in turn."""
    nexts, cards, queues = [], [], []
    for n in range(asked + len(desks)):
        desk = desks[n % len(desks)]
        where, took = _required(desk.ask("POST", "/tasks/next", "had=1000000"), 302)
        if not re.fullmatch(r"/tasks/\d+/", where):
            raise load.LoadFailed(f"no next task: sent to {where}")
        _, of_card = _required(desk.ask("GET", where), 200)
        _, of_queue = _required(desk.ask("GET", "/tasks/queue"), 200)
        _required(desk.ask("POST", f"{where}finish", "outcome=confirmed&then=stop"), 302)
        if n >= len(desks):  # the first of each only warms up
            nexts.append(took)
            cards.append(of_card)
            queues.append(of_queue)
    return [
        _figure("next task", NEXT_MS, nexts),
        _figure("card", CARD_MS, cards),
        _figure("queue", QUEUE_MS, queues),
    ]


def until_seen(port: int, desks: Sequence[Desk], key: str, count: int, gap: float) -> Figure:
    """ms from the 202 of an order until the last of the screens shows its call."""
    wanted: dict[str, dict[int, float]] = {}
    accepted: dict[str, float] = {}

    async def main() -> None:
        stop = asyncio.Event()
        watchers = [asyncio.ensure_future(_watch(port, desk, n, wanted, stop)) for n, desk in enumerate(desks)]
        await asyncio.sleep(2 * gap)
        for order in orders.make(count, time_zone="UTC"):
            wanted[order["number"]] = {}
            headers = {**load.JSON, "Authorization": f"Bearer {key}"}
            request = load.Request("PUT", f"/api/v1/orders/{order['id']}", orders.body(order), headers)
            if (await _once(port, request))[0] != 202:
                raise load.LoadFailed("an order was not accepted")
            accepted[order["number"]] = time.perf_counter()
            await asyncio.sleep(gap)
        patience = time.perf_counter() + _PATIENCE
        while time.perf_counter() < patience and any(len(s) < len(desks) for s in wanted.values()):
            await asyncio.sleep(0.2)
        stop.set()
        await asyncio.gather(*watchers)

    asyncio.run(main())
    blind = [number for number, screens in wanted.items() if len(screens) < len(desks)]
    if blind:
        raise load.LoadFailed(f"{len(blind)} of {count} orders were not seen by everybody")
    took = [(max(screens.values()) - accepted[number]) * 1000 for number, screens in wanted.items()]
    return _figure(f"a new order on the last of {len(desks)} screens", SEEN_MS, took)


async def _watch(
    port: int, desk: Desk, number: int, wanted: Mapping[str, dict[int, float]], stop: asyncio.Event
) -> None:
    """An open desk, as assets/desk.js keeps it fresh: waits for news, then asks for the queue; notes whom it shows."""
    news, queue = _Wire(port, desk.headers), _Wire(port, desk.headers)
    await asyncio.sleep(_NEWS_LEAST * number / 50)
    mark = version = ""
    shown_at = 0.0
    while not stop.is_set():
        began = time.perf_counter()
        status, text = await news.get(f"{desk.news}?v={mark}")
        if status not in (200, 204):
            raise load.LoadFailed(f"news: {status}")
        is_news = status == 200 and text != mark
        mark = text if is_news else mark
        if is_news or time.perf_counter() - shown_at > _UNASKED:
            shown_at = time.perf_counter()
            status, text = await queue.get(f"/tasks/queue?v={version}&news={mark}")
            if status == 200:
                found = _VERSION.search(text)
                version = found[1] if found else ""
                for order, screens in wanted.items():
                    if order in text:
                        screens.setdefault(number, time.perf_counter())
        await asyncio.sleep(max(0.0, _NEWS_LEAST - (time.perf_counter() - began)))


class _Wire:
    """A kept connection for plain questions."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._port, self._headers = port, {n: v for n, v in headers.items() if n != "Accept-Encoding"}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> tuple[int, str]:
        """Status and text."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(load.HOST, self._port)
        return await _speak(*self._streams, load.Request("GET", path, b"", self._headers), self._port)


async def _once(port: int, request: load.Request) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection(load.HOST, port)
    try:
        return await _speak(reader, writer, request, port)
    finally:
        writer.close()


async def _speak(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: load.Request, port: int
) -> tuple[int, str]:
    writer.write(request.encode(load.HOST, port))
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2]
    body = await reader.readexactly(int(length.split(b"\r\n", 1)[0]) if length else 0)
    return int(head[9:12]), body.decode(errors="replace")


def statements(installation: filled.Installation) -> dict[str, list[tuple[int, float, str]]]:
    """The SQL of each deed with its time, run in this process as an operator would."""
    from django.test import Client

    from regulars.base import db
    from regulars.base.actor import SYSTEM
    from regulars.staff import actions

    with db.transact() as cur:
        account = actions.create_account(cur, installation.shop_id, "sql@bench.test", "S", "operator", SYSTEM)
        secret = actions.login_link(cur, account)
    client = Client()
    client.post(f"/login/link/{secret}")
    client.post("/tasks/shift/begin")
    found: dict[str, list[tuple[int, float, str]]] = {}
    where = ""
    for name in ("next task", "card", "queue"):
        tries = []
        for _ in range(4):  # the first one fills caches, and now and then one of them has just run out
            with listening() as heard:
                if name == "next task":
                    where = client.post("/tasks/next").headers["Location"]
                else:
                    client.get(where if name == "card" else "/tasks/queue")
            tries.append(heard)
        found[name] = min(tries, key=lambda heard: sum(times for times, _, _ in heard))
    return found


@contextmanager
def listening() -> Iterator[list[tuple[int, float, str]]]:
    """What the cursors of this thread execute, Django's own and ours."""
    heard: dict[str, list[float]] = {}
    theirs: Callable[..., Any] = psycopg.Cursor.execute

    def execute(self: Any, query: Any, *arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return theirs(self, query, *arguments, **named)
        finally:
            text = " ".join(query.split()) if isinstance(query, str) else str(query)
            heard.setdefault(text, []).append((time.perf_counter() - began) * 1000)

    told: list[tuple[int, float, str]] = []
    psycopg.Cursor.execute = execute  # type: ignore[method-assign]
    try:
        yield told
    finally:
        psycopg.Cursor.execute = theirs  # type: ignore[method-assign]
        told += [(len(took), round(statistics.fmean(took), 2), sql) for sql, took in heard.items()]


def measure(installation: filled.Installation, asked: int, count: int, desks: int, gap: float) -> list[Figure]:
    """All figures, with the statements of each."""
    key = json.loads(installation.command("key", "create", "bench", "--scope", "all", "--json"))["key"]
    found = [Desk(installation.port, screen) for screen in filled.desks(installation, desks)]
    figures = deeds(found, asked)
    behind = statements(installation)
    for figure in figures:
        figure.statements = behind[figure.name]
    figures.append(until_seen(installation.port, found, key, count, gap))
    return figures


def render(figures: Sequence[Figure]) -> str:
    """A table, then the statements."""
    lines = [f"{'':<44}{'p50':>9}{'p95':>9}{'p99':>9}{'limit':>9}"]
    for f in figures:
        missed = "  MISS" if f.is_missed else ""
        lines.append(f"{f.name:<44}{f.p50:>9}{f.p95:>9}{f.p99:>9}{f.limit:>9}{missed}")
    for f in figures:
        if f.statements:
            lines += ["", f"{f.name}: {sum(n for n, _, _ in f.statements)} statements"]
            lines += [f"{n:>4} × {ms:>7} ms  {sql[:150]}" for n, ms, sql in f.statements]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all figures keep their limits, else 1."""
    parser = argparse.ArgumentParser(prog="regulars bench desk", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="people, and as many orders, that the shop has")
    parser.add_argument("--tasks", type=int, default=0, help="tasks that wait; a fifth of the rows unless said")
    parser.add_argument("--desks", type=int, default=filled.DESKS)
    parser.add_argument("--asked", type=int, default=ASKED, help="how often each deed is done")
    parser.add_argument("--orders", type=int, default=ORDERS, help="new orders until all have seen them")
    parser.add_argument("--gap", type=float, default=3.0, help="seconds between them")
    parser.add_argument("--data", type=Path, help="keep the filled installation here, and use it again")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="regulars-desk-")) if given.data is None else given.data
    folder.mkdir(parents=True, exist_ok=True)
    installation = filled.Installation(folder / "data")
    try:
        filled.make(installation, given.rows)
        waiting = open_tasks(installation, given.tasks or given.rows // 5)
        installation.use_here()
        figures = measure(installation, given.asked, given.orders, given.desks, given.gap)
    except load.LoadFailed as error:
        print(f"regulars bench desk: {error}", file=sys.stderr)
        return 1
    finally:
        installation.stop()
        if given.data is None:
            installation.remove()
            shutil.rmtree(folder, ignore_errors=True)
    if given.json:
        print(
            json.dumps({"rows": given.rows, "tasks": waiting, "desks": given.desks, "figures": [*map(asdict, figures)]})
        )
    else:
        print(render(figures))
        print(f"\n{waiting:,} tasks wait, {given.rows:,} people, {given.desks} desks")
    return 1 if any(figure.is_missed for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
