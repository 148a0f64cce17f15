"""A WSGI client for the door, and a shop to send to."""

import io
import json
from typing import Any

from regulars import feeds
from regulars.base import clock, db
from regulars.base.actor import SYSTEM
from regulars.intake import actions, keys
from regulars.intake.door import Door
from regulars.shop import actions as shops

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

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
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


class DoorClient:
    """A shop with an API key, and calls through the door as a server would make them."""

    def __init__(self) -> None:
        feeds.register_all()
        keys.forget()
        clock.forget()
        self.door = Door(_behind)
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
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path.encode().decode("latin-1"),
            "QUERY_STRING": "",
            "wsgi.input": io.BytesIO(body),
        }
        key = self.key if key is None else key
        if key:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        if chunked:
            environ["HTTP_TRANSFER_ENCODING"] = "chunked"
        else:
            environ["CONTENT_LENGTH"] = str(len(body))
        for name, value in headers.items():
            known = {"content_type": "CONTENT_TYPE", "content_length": "CONTENT_LENGTH"}
            environ[known.get(name, "HTTP_" + name.upper())] = value
        told: dict[str, Any] = {}

        def start(status: str, pairs: list[tuple[str, str]]) -> None:
            told.update(status=int(status[:3]), headers=dict(pairs))

        answer = b"".join(self.door(environ, start))
        return Answered(told["status"], told["headers"], answer)

    def put(self, order: dict[str, Any], **headers: Any) -> Answered:
        return self.call("PUT", f"/api/v1/orders/{order['id']}", json.dumps(order).encode(), **headers)

    def sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with db.transact() as cur:
            return cur.execute(statement, parameters).fetchall()
