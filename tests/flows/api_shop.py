"""A shop with keys of every scope, and another shop with one: for tests of the API, from a snapshot to its letter."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.test import Client

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.intake import keys as door_keys
from regulars.intake.door import Door
from regulars.intake.group_commit import NewDelivery, insert
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
from regulars.worker.front import Front
from tests.apps.door_client import Answered, Exchange, Loop, Scope
from tests.apps.intake_world import order, take_in
from tests.apps.outbox_world import Outbox
from tests.apps.world import World

SCOPES = ("all", "intake", "read", "desk", "loyalty", "admin")
SCHEME = """\
scheme: after-order
per: order
starts: order.placed
stops: [order.cancelled]
steps:
  confirm:
    call: {script: confirm-order, target: 15m, within: 1h, team: order-desk}
    tell:
      by: [email]
      subject: {en: "We have your order {{ order.number }}", ru: "Ваш заказ {{ order.number }} принят"}
      text: {en: "Hello, we will call you by {{ promise.due | time }}.", ru: "Позвоним до {{ promise.due | time }}."}
    outcomes:
      confirmed: end
      not_today: {call_again: asked}
      no_answer: {again: [15m, 2h], then: end}
"""


class Response(HttpResponse):
    """What came back, as Django's own test client would show it."""

    def __init__(self, answered: Answered) -> None:
        super().__init__(answered.body, status=answered.status, headers=dict(answered.headers))

    def json(self) -> Any:
        return json.loads(self.content)


class ApiShop:
    """Calls the API as a key of this shop; `scope` names which, 'stranger' is the other shop's, None is nobody's."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.shop_id = world.shop_id
        self.outbox = Outbox(world)
        with world.writing() as cur:
            self.keys = {s: shops.create_key(cur, self.shop_id, s, [s], SYSTEM) for s in SCOPES}
            other = shops.create_shop(cur, "other", "Other shop", SYSTEM)
            self.keys["stranger"] = shops.create_key(cur, other, "all", ["all"], SYSTEM)
        shop_queries.forget()
        door_keys.forget()
        self.client = Client(raise_request_exception=False)
        self.front = Front(Door(), WSGIHandler())
        self.loop = Loop()

    def call(
        self, method: str, path: str, body: Any = None, scope: str | None = "all", headers: dict[str, str] | None = None
    ) -> Any:
        """A response, through the door and Django behind it as when the product runs; its JSON is `response.json()`."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = {"host": "testserver", "content-type": "application/json", "content-length": str(len(data))}
        given |= {name.lower(): value for name, value in (headers or {}).items()}
        if scope is not None:
            given["authorization"] = f"Bearer {self.keys[scope]}"
        where, _, query = path.partition("?")
        exchange = Exchange(data)
        self.loop.run(self.front.__rsgi__(Scope(method, f"/api/v1{unquote(where)}", given, query), exchange))
        assert exchange.answered is not None
        return Response(exchange.answered)

    def get(self, path: str, scope: str | None = "all") -> Any:
        """The JSON of a GET that answers 200."""
        response = self.call("GET", path, scope=scope)
        assert response.status_code == 200, response.content
        return response.json()

    def buys(self, id_: str = "1001", **changes: Any) -> None:
        """An order comes by the API, is taken in, and its scheme begins."""
        response = self.call("PUT", f"/orders/{id_}", order(self.world, id_, **changes), scope="intake")
        assert response.status_code == 202, response.content
        take_in(self.world)
        self.world.conduct()

    def writes(self) -> None:
        """The buyer of the first order writes a message."""
        said = {"channel": "email", "key": "<1@mail>", "address": "buyer-1001@example.test", "text": "Where is it?"}
        with self.world.writing() as cur:
            insert(cur, [NewDelivery(self.shop_id, "imap", "messages", json.dumps(said).encode(), "feed:1", live=True)])
        take_in(self.world)

    def stocks(self, sku: str = "PAN-24", **fields: Any) -> str:
        """A product comes by the API and is taken in; its code."""
        product = {"sku": sku, "name": "Сковорода чугунная 24 см", "stock": "3", "price": "2990.00", "currency": "RUB"}
        assert self.call("PUT", f"/products/{sku}", {**product, **fields}, scope="intake").status_code == 202
        take_in(self.world)
        return sku

    def segments(self) -> str:
        """A segment of the shop that is there, whatever became of it; its name."""
        body = {"condition": "happened('order.placed')"}
        assert self.call("PUT", "/segments/buyers", body, scope="admin").status_code == 200
        return "buyers"

    def broken(self) -> int:
        """Something in quarantine; its id."""
        with self.world.writing() as cur:
            row = cur.execute(
                "insert into intake_quarantine (shop_id, delivery_id, source, kind, item_key, code, pointer, detail, body, at)"
                " values (%s, next_id(), 'api', 'orders', 'x1', 'bad_money', '/total', 'is no amount', %s, %s) returning id",
                (self.shop_id, b'{"id": "x1", "total": "NaN"}', self.world.now),
            ).fetchone()
        assert row is not None
        return int(row[0])

    def set_aside(self) -> int:
        """The newest enrolment waits for a mend; its id."""
        with self.world.writing() as cur:
            row = cur.execute(
                "update journeys_enrolment set status = 3, problem = %s::jsonb"
                " where id = (select max(id) from journeys_enrolment) returning id",
                (db.dumps({"step": "confirm", "code": "step_gone"}),),
            ).fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
def api(database: str) -> Iterator[ApiShop]:
    """The shop with its scheme published, at Monday noon."""
    raw = db.loop_connection("test")
    shop = ApiShop(World(raw))
    shop.world.publish(SCHEME)
    yield shop
    raw.close()
    door_keys.forget()
