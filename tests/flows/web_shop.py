"""A shop with staff, an order on its way, letters, a question, and everything that waits for a person; and another shop.

Made through the product's own actions, for tests of the screens and the buyer's pages.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from regulars.base import clock, db
from regulars.base.actor import SYSTEM
from regulars.base.secrets import split_keys
from regulars.desk.settle import settle_once
from regulars.feedback import actions as feedback
from regulars.intake import actions as intake
from regulars.outbox import actions as outbox
from regulars.outbox.links import ANSWER, PREFERENCES, UNSUBSCRIBE
from regulars.people import actions as people
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
from regulars.staff import actions as staff
from tests.apps.outbox_world import Outbox
from tests.apps.world import World

PASSWORD = "a long enough sentence"
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
      text:
        en: "Hello {{ person.first_name }}, we will call you by {{ promise.due | time }}."
        ru: "Позвоним до {{ promise.due | time }}."
      late: drop after 6h
    outcomes:
      confirmed: thanks
      not_today: {call_again: asked}
      no_answer: {again: [15m, 2h], then: thanks}
      refused: end
  thanks:
    send: {subject: {en: Paid, ru: Оплачено}, text: {en: "Thank you.", ru: "Спасибо."}, by: [email]}
"""


class WebShop:
    """`clients` by role: 'owner', 'supervisor', 'operator' of this shop, 'stranger' (owner of the other), 'anonymous'."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.shop_id = world.shop_id
        self.outbox = Outbox(world)
        self.accounts: dict[str, int] = {}
        with world.writing() as cur:
            self.other_shop = shops.create_shop(cur, "other", "Other shop", SYSTEM)
            for role in ("owner", "supervisor", "operator"):
                self.accounts[role] = self._account(cur, self.shop_id, role, role)
            self.accounts["stranger"] = self._account(cur, self.other_shop, "stranger", "owner")
        shop_queries.forget()
        self.clients = {"anonymous": Client()}
        for name, account in self.accounts.items():
            self.clients[name] = self.logged_in(account)

    def _account(self, cur: db.Cursor, shop_id: int, name: str, role: str) -> int:
        return staff.create_account(cur, shop_id, f"{name}@staff.test", name.title(), role, SYSTEM)

    def logged_in(self, account_id: int) -> Client:
        """A browser of that account."""
        client = Client()
        with self.world.writing() as cur:
            secret = staff.login_link(cur, account_id)
        assert client.post(f"/login/link/{secret}").status_code == 302
        return client

    def with_password(self, name: str) -> str:
        """Give the account a password; its e-mail."""
        with self.world.writing() as cur:
            staff.set_password(cur, self.accounts[name], PASSWORD, SYSTEM)
        return f"{name}@staff.test"

    def buy(self, **fields: Any) -> tuple[int, int]:
        """Somebody places an order, and the scheme begins: (person, order)."""
        person = self.world.person(zone=fields.pop("zone", None))
        with self.world.writing() as cur:
            cur.execute(
                "insert into people_contact_point (shop_id, person_id, kind, value) values (%s, %s, 'phone', %s)",
                (self.shop_id, person, f"+7914123{4500 + next(self.world.numbers)}"),
            )
        order = self.world.order(person, **fields)
        self.world.happens("order.placed", person, order)
        self.world.conduct()
        return person, order

    def task_of(self, order_id: int) -> int:
        """The newest task of the order."""
        return int(self.world.one("select max(id) from desk_task where order_id = %s", order_id))

    def message_of(self, order_id: int) -> int:
        """The newest message of the order."""
        return int(self.world.one("select max(id) from outbox_message where order_id = %s", order_id))

    def settle(self) -> None:
        """The minute in which an outcome may be taken back goes by, and the scheme goes on."""
        self.world.later(seconds=60)
        settle_once(self.world.raw)
        self.world.conduct()

    def ask(self, person_id: int, order_id: int | None = None) -> int:
        """A question to the person; its id."""
        new = feedback.NewQuestion(
            key=f"q:{next(self.world.numbers)}", person_id=person_id, question="satisfied", answers=("yes", "no"),
            step=None, visit=None, order_id=order_id,
        )  # fmt: skip
        with self.world.writing() as cur:
            (id_,) = feedback.ask(cur, self.shop_id, [new], self.world.now)
        return id_

    def link(self, purpose: str, *subject: int, days: float = 30, epoch: int = 0) -> str:
        """The path of a buyer's link."""
        from django.conf import settings

        from regulars.base.tokens import sign

        path = {UNSUBSCRIBE: "u", PREFERENCES: "p", ANSWER: "a"}[purpose]
        until = clock.machine_now() + timedelta(days=days)
        return f"/{path}/{sign(purpose, subject, until, epoch, split_keys(settings.SECRET_KEY))}"

    def quarantine(self, body: bytes = b'{"id": "x1", "total": "NaN"}', detail: str = "is not an amount") -> int:
        """Something that could not be taken in."""
        with self.world.writing() as cur:
            row = cur.execute(
                "insert into intake_quarantine (shop_id, delivery_id, source, kind, item_key, code, pointer, detail, body, at)"
                " values (%s, next_id(), 'api', 'orders', 'x1', 'bad_money', '/total', %s, %s, %s) returning id",
                (self.shop_id, detail, body, self.world.now),
            ).fetchone()
        assert row is not None
        return int(row[0])

    def set_aside(self, order_id: int) -> int:
        """The order's enrolment waits for a mend."""
        with self.world.writing() as cur:
            row = cur.execute(
                "update journeys_enrolment set status = 3, problem = %s::jsonb where order_id = %s returning id",
                (db.dumps({"step": "confirm", "code": "team_unknown", "params": {"team": "order-desk"}}), order_id),
            ).fetchone()
        assert row is not None
        return int(row[0])

    def spare(self) -> int:
        """A colleague whom nobody is logged in as."""
        with self.world.writing() as cur:
            return self._account(cur, self.shop_id, f"spare{next(self.world.numbers)}", "operator")

    def team(self) -> str:
        """Key of a team that only this shop has."""
        key = f"team-{next(self.world.numbers)}"
        with self.world.writing() as cur:
            shops.create_team(cur, self.shop_id, key, {"en": key, "ru": key}, SYSTEM)
        return key

    def key(self) -> int:
        """An API key's id."""
        with self.world.writing() as cur:
            shops.create_key(cur, self.shop_id, "test", ["read"], SYSTEM)
        return int(self.world.one("select max(id) from shop_api_key"))

    def feed(self) -> int:
        """A feed's id."""
        with self.world.writing() as cur:
            intake.open_feed(cur, self.shop_id, "generic", SYSTEM, source="generic", secrets=[intake.new_secret()])
        return int(self.world.one("select max(id) from intake_feed"))

    def trial(self) -> int:
        """A test letter's id."""
        with self.world.writing() as cur:
            person = people.lead_by_email(
                cur, self.shop_id, "GB", "owner@staff.test", "Owner", "en", SYSTEM, self.world.now
            )
            return outbox.queue_trial(cur, self.shop_id, person, SYSTEM, self.world.now)

    def unknown(self, order_id: int) -> int:
        """The order's newest message is of unknown fate."""
        message = self.message_of(order_id)
        with self.world.writing() as cur:
            cur.execute(
                "update outbox_message set state = 'unknown', reason = 'unknown', closed_at = %s where id = %s",
                (self.world.now, message),
            )
        return message


@pytest.fixture(name="web")
def web_fixture(database: str) -> Iterator[WebShop]:
    """The shop with its scheme published, at Monday noon."""
    raw = db.loop_connection("test")
    shop = WebShop(World(raw))
    shop.world.publish(SCHEME)
    yield shop
    raw.close()
