"""News for open desks: a request that waits on the event loop until the shop's queue changes, so that a screen needs not
ask again and again.

Owns who waits and the one thread that looks, and only while somebody does. It tells that something changed, never what:
the address is signed for one shop, and the queue itself is asked for as always. Without it desks poll, only later.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import psycopg
import structlog

from regulars.base import clock, db, tokens
from regulars.base.wake import Listener
from regulars.desk import news as desks
from regulars.intake.answers import Reply
from regulars.intake.incoming import Incoming

__all__ = ["News"]

HOLD_SECONDS = 4.0
"""How long a request may wait; shorter than a server is given to stop."""
LOOK_SECONDS = 0.5
"""How often the queue is looked at when nobody wakes us: what is done at other web processes' desks."""
LEAST_SECONDS = 0.1
"""Between two looks, however often we are woken."""
_PATH = desks.PATH

log = structlog.get_logger(__name__)

Keys = Callable[[], Any]


class News:
    """`answer` on the event loop; the thread that looks is started with the first who waits."""

    def __init__(self, keys: Keys) -> None:
        """`keys` gives the secret keys that sign."""
        self._keys = keys
        self._guard = threading.Lock()
        self._waiting: dict[int, set[asyncio.Future[None]]] = {}
        self._seen: dict[int, str] = {}
        self._asked = threading.Event()
        self._thread: threading.Thread | None = None

    async def answer(self, request: Incoming) -> Reply | None:
        """200 with the queue's mark as soon as it isn't the asker's, 204 when nothing has changed; None: not ours."""
        if not request.path.startswith(_PATH):
            return None
        if request.method != "GET":
            return Reply(405, b"", (("Allow", "GET"),))
        try:
            # a token is good for days, so our own clock will do
            subject = tokens.read(request.path[len(_PATH) :], desks.PURPOSE, desks.about_now(), self._keys())
        except tokens.TokenInvalid:
            return Reply(404, b"")
        except tokens.TokenExpired:
            return Reply(410, b"")
        mine = parse_qs(request.query).get("v", [""])[0]
        return await self._wait(subject.ids[0], mine)

    async def _wait(self, shop_id: int, mine: str) -> Reply:
        loop = asyncio.get_running_loop()
        until = loop.time() + HOLD_SECONDS
        while True:
            waiter: asyncio.Future[None] = loop.create_future()
            with self._guard:
                seen = self._seen.get(shop_id, "")
                if not seen or seen == mine:
                    self._waiting.setdefault(shop_id, set()).add(waiter)
                    self._start()
            if seen and seen != mine:
                return Reply(200, seen.encode(), (("Cache-Control", "no-store"),), "text/plain")
            self._asked.set()
            try:
                await asyncio.wait_for(waiter, until - loop.time())
            except TimeoutError:
                return Reply(204, b"", (("Cache-Control", "no-store"),))
            finally:
                with self._guard:
                    self._waiting.get(shop_id, set()).discard(waiter)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="news", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        listener, raw = Listener("news listener"), None
        while True:
            with self._guard:
                shops = [shop for shop, waiting in self._waiting.items() if waiting]
                if not shops:
                    self._asked.clear()
                    self._seen.clear()  # what nobody looked at meanwhile is not known
            if not shops:
                self._asked.wait()
                continue
            try:
                raw = raw or db.loop_connection("news")
                for shop_id in shops:
                    with db.transaction_on(raw) as cur:
                        self._tell(shop_id, desks.mark(cur, shop_id, clock.now_from(cur)))
            except psycopg.Error as error:
                log.info("news: not looked", error=type(error).__name__)
                if raw is not None:
                    raw.close()
                raw = None
            time.sleep(LEAST_SECONDS)
            listener.wait(LOOK_SECONDS - LEAST_SECONDS)

    def _tell(self, shop_id: int, mark: str) -> None:
        with self._guard:
            if self._seen.get(shop_id) == mark:
                return
            self._seen[shop_id] = mark
            waiting = self._waiting.pop(shop_id, set())
        for waiter in waiting:
            waiter.get_loop().call_soon_threadsafe(_free, waiter)


def _free(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
