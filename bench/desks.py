"""Intake while the staff work and others are slow: 50 desks poll their queue, 500 bodies trickle.

Orders come at a steady pace, as a busy shop's do; the p99 of their answers with all that going on is set against the
p99 without, round by round in turn, so that a slow minute of the machine strikes both.
"""

import argparse
import asyncio
import itertools
import json
import multiprocessing
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.urls import reverse

from bench import filled, load, orders
from bench.routes import pages

POLLED = ("web:tasks_queue", "web:tasks")
"""What an open desk asks for again and again: the first of these routes that there is."""
POLL_SECONDS = 2.0
_VERSION = re.compile(rb'data-version="([^"]*)"')
"""Of the queue that a desk shows: it names it in its next question, and is told nothing while it holds."""
SLOW_BODIES, TRICKLE_SECONDS = 500, 0.5
SLOWER_MAX = 1.25
LEAST_MS = 5.0
"""A p99 below this is as good as one of 0: what is left is the scheduler of a shared machine."""
PACE, SECONDS, ROUNDS = 100, 15, 3
"""Orders a second, for how long, and how often with and without."""


def steady(port: int, headers: dict[str, str], seconds: float, pace: float) -> float:
    """The p99 (ms) of orders sent at that pace, whether or not those before have been answered.

    Raises LoadFailed when one is not answered 202.
    """
    made = orders.make(int(seconds * pace))
    wire = [
        load.Request("PUT", f"/api/v1/orders/{one['id']}", orders.body(one), headers).encode(load.HOST, port)
        for one in made
    ]
    took: list[float] = []

    async def send(body: bytes, due: float, free: "asyncio.Queue[Any]") -> None:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        reader, writer = await free.get()
        writer.write(body)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 202"):
            raise load.LoadFailed(f"expected 202, got {head[:40]!r}")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        took.append(
            (time.perf_counter() - due) * 1000
        )  # from when it should have gone: waiting for a connection counts
        free.put_nowait((reader, writer))

    async def run() -> None:
        free: asyncio.Queue[Any] = asyncio.Queue()
        for _ in range(32):
            free.put_nowait(await asyncio.open_connection(load.HOST, port))
        began = time.perf_counter() + 0.5
        await asyncio.gather(*[send(body, began + n / pace, free) for n, body in enumerate(wire)])
        while not free.empty():
            free.get_nowait()[1].close()

    asyncio.run(run())
    return sorted(took)[int(len(took) * 0.99)]


class Others:
    """The desks and the slow senders, in a process of their own, for as long as the block lasts."""

    def __init__(self, port: int, cookies: Sequence[str], headers: dict[str, str]) -> None:
        self._process = multiprocessing.get_context("fork").Process(
            target=_others, args=(port, cookies, headers), daemon=True
        )

    def __enter__(self) -> "Others":
        self._process.start()
        time.sleep(POLL_SECONDS + 1)
        return self

    def __exit__(self, *_: object) -> None:
        alive = self._process.is_alive()
        self._process.terminate()
        self._process.join()
        if not alive:
            raise load.LoadFailed("desks or slow senders broke off")


def _others(port: int, cookies: Sequence[str], headers: dict[str, str]) -> None:
    known = {route.name for route in pages()}
    polled = reverse(next(name for name in POLLED if name in known))

    async def desk(number: int, cookie: str) -> None:
        shown = ""
        reader, writer = await asyncio.open_connection(load.HOST, port)
        await asyncio.sleep(POLL_SECONDS * number / len(cookies))
        while True:
            asked = load.Request("GET", f"{polled}?v={shown}", b"", {"Cookie": cookie})
            writer.write(asked.encode(load.HOST, port))
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204", b"HTTP/1.1 304")):
                raise load.LoadFailed(f"a desk was answered {head[:40]!r}")
            told = head.lower().partition(b"content-length:")[2]
            body = await reader.readexactly(int(told.split(b"\r\n", 1)[0]) if told else 0)
            if version := _VERSION.search(body):
                shown = version[1].decode()
            await asyncio.sleep(POLL_SECONDS)

    async def slow(number: int) -> None:
        await asyncio.sleep(TRICKLE_SECONDS * number / SLOW_BODIES)  # strangers don't keep step
        for turn in itertools.count():
            reader, writer = await asyncio.open_connection(load.HOST, port)
            told = {**headers, "Host": "x", "Content-Length": str(1 << 20)}
            lines = [f"PUT /api/v1/orders/slow-{number}-{turn} HTTP/1.1", *(f"{n}: {v}" for n, v in told.items())]
            writer.write("\r\n".join([*lines, "", ""]).encode())
            answer = asyncio.ensure_future(reader.readline())
            while not answer.done():
                writer.write(b" " * 64)
                await asyncio.wait([answer], timeout=TRICKLE_SECONDS)
            writer.close()

    async def run() -> None:
        desks = [desk(n, cookie) for n, cookie in enumerate(cookies)]
        await asyncio.gather(*desks, *(slow(n) for n in range(SLOW_BODIES)))

    asyncio.run(run())


def measure(installation: filled.Installation, rounds: int, pace: float) -> dict[str, Any]:
    """p99 in ms with and without, and the median of the rounds' ratios."""
    key = json.loads(installation.command("key", "create", "bench", "--scope", "all", "--json"))["key"]
    headers = {**load.JSON, "Authorization": f"Bearer {key}"}
    cookies = [screen.cookie for screen in filled.desks(installation)]
    steady(installation.port, headers, 5, pace)  # warm
    alone, busy = [], []
    for _ in range(rounds):
        alone.append(steady(installation.port, headers, SECONDS, pace))
        with Others(installation.port, cookies, headers):
            busy.append(steady(installation.port, headers, SECONDS, pace))
    return {
        "alone_p99_ms": round(statistics.median(alone), 1),
        "busy_p99_ms": round(statistics.median(busy), 1),
        "ratio": round(statistics.median(b / a for a, b in zip(alone, busy, strict=True)), 2),
        "orders_per_s": pace,
        "desks": len(cookies),
        "slow_bodies": SLOW_BODIES,
    }


def is_missed(found: dict[str, Any]) -> bool:
    """Whether the others cost intake more than they may."""
    return bool(found["busy_p99_ms"] > LEAST_MS and found["ratio"] > SLOWER_MAX)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when intake was not worse by more than a quarter, else 1."""
    parser = argparse.ArgumentParser(prog="regulars bench desks", description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="orders, and as many people, that the shop has")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--pace", type=float, default=PACE, help="orders a second")
    parser.add_argument("--data", type=Path, help="keep the filled installation here, and use it again")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="regulars-desks-")) if given.data is None else given.data
    folder.mkdir(parents=True, exist_ok=True)
    installation = filled.Installation(folder / "data")
    try:
        filled.make(installation, given.rows)
        installation.use_here()
        found = measure(installation, given.rounds, given.pace)
    except load.LoadFailed as error:
        print(f"regulars bench desks: {error}", file=sys.stderr)
        return 1
    finally:
        installation.stop()
        if given.data is None:
            installation.remove()
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found) if given.json else "  ".join(f"{name} {value}" for name, value in found.items()))
    return 1 if is_missed(found) else 0


if __name__ == "__main__":
    sys.exit(main())
