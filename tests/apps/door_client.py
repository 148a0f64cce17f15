"""Calls through the front to the door, as the server makes them, and a shop to send to."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Mapping
from typing import Any

from django.utils.datastructures import CaseInsensitiveMapping

from regulars import feeds
from regulars.base import clock, db
from regulars.base.actor import SYSTEM
from regulars.intake import actions, keys
from regulars.intake.door import Door
from regulars.shop import actions as shops
from regulars.worker.front import Front

ORDER: dict[str, Any] = {
    "id": "1001",
    "placed_at": "2026-03-02T10:15:00+10:00",
    "updated_at": "2026-03-02T10:15:00+10:00",
    "status": "new",
    "currency": "RUB",
    "total": "4990.00",
    "buyer": {"id": "c-77", "name": "Андрей Петров", "email": "a@example.test"},
    "lines": [{"sku": "PAN-24", "name": "Сковорода 24", "quantity": 1, "price": "2990.00"}],
    "payment": {"method": "card", "status": "unpaid"},
}


class Answered:
    """What came back."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def pointers(self) -> list[str]:
        return [error["pointer"] for error in self.json["errors"]]


def _behind(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("299 Django", [])
    return [b"django"]


class Scope:
    """A request's head, as the server gives it."""

    proto, http_version, scheme, authority = "http", "1.1", "http", None
    server, client = "127.0.0.1:8000", "192.0.2.7:40000"

    def __init__(self, method: str, path: str, headers: dict[str, str], query: str = "") -> None:
        self.method, self.path, self.headers, self.query_string = method, path, headers, query


class Exchange:
    """A request's body, and the place where the answer goes."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.answered: Answered | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.answered = Answered(status, CaseInsensitiveMapping(headers), body)


class Loop:
    """An event loop in a thread of its own, as the server has one."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def run(self, work: Any, timeout: float = 30) -> Any:
        """What the coroutine returns, or its exception; from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)


class DoorClient:
    """A shop with an API key, and calls through the door as a server would make them."""

    def __init__(self) -> None:
        feeds.register_all()
        keys.forget()
        clock.forget()
        self.door = Door()
        self.front = Front(self.door, _behind)
        self.loop = Loop()
        with db.transact() as cur:
            self.shop_id = shops.create_shop(cur, "door", "Door", SYSTEM)
            self.key = shops.create_key(cur, self.shop_id, "test", ["intake"], SYSTEM)

    def feed(self, kind: str, secrets: list[str], **settings: Any) -> str:
        """The path of a new feed."""
        with db.transact() as cur:
            return "/in/" + actions.open_feed(
                cur, self.shop_id, kind, SYSTEM, source=kind, secrets=secrets, settings=settings
            )

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        key: str | None = None,
        chunked: bool = False,
        **headers: str,
    ) -> Answered:
        """`headers`: with underscores, such as content_type."""
        told = {"transfer-encoding": "chunked"} if chunked else {"content-length": str(len(body))}
        key = self.key if key is None else key
        if key:
            told["authorization"] = f"Bearer {key}"
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        exchange = Exchange(*(body[at : at + 65536] for at in range(0, len(body), 65536)))
        self.loop.run(self.front.__rsgi__(Scope(method, path, told), exchange))
        assert exchange.answered is not None
        return exchange.answered

    def put(self, order: dict[str, Any], **headers: Any) -> Answered:
        return self.call("PUT", f"/api/v1/orders/{order['id']}", json.dumps(order).encode(), **headers)

    def sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with db.transact() as cur:
            return cur.execute(statement, parameters).fetchall()
