"""A shop with keys of every scope, and another shop with one: for tests of the API, from a snapshot to its letter."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.intake import keys as door_keys
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
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

    def call(
        self, method: str, path: str, body: Any = None, scope: str | None = "all", headers: dict[str, str] | None = None
    ) -> Any:
        """A response; its JSON is `response.json()`."""
        given = dict(headers or {})
        if scope is not None:
            given["Authorization"] = f"Bearer {self.keys[scope]}"
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.generic(method, f"/api/v1{path}", data, "application/json", headers=given)

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
