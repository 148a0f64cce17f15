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
from regulars.catalog import taking as catalog
from regulars.catalog.snapshot import read_product
from regulars.desk.settle import settle_once
from regulars.feedback import actions as feedback
from regulars.intake import actions as intake
from regulars.intake.group_commit import NewDelivery, insert
from regulars.outbox import actions as outbox
from regulars.outbox import spoken
from regulars.outbox.links import ANSWER, PREFERENCES, UNSUBSCRIBE
from regulars.people import actions as people
from regulars.shop import actions as shops
from regulars.shop import calendar_fetch, days, signing
from regulars.shop import queries as shop_queries
from regulars.staff import actions as staff
from regulars.staff import notices, telling
from regulars.staff.notices import NewNotice
from regulars.talks.threads_incoming import File, InboundMessage, encode
from tests.apps.intake_world import deliver, take_in
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

    def goods(self, *products: dict[str, Any]) -> None:
        """Products of the shop, as a feed would have told of them."""
        with self.world.writing() as cur:
            catalog.take(cur, self.shop_id, [read_product(p) for p in products], self.world.now)

    def lines(self, order_id: int, *skus: str, price: str = "1000") -> None:
        """Give the order lines of these products, one of each."""
        with self.world.writing() as cur:
            for n, sku in enumerate(skus):
                cur.execute(
                    "insert into orders_line (shop_id, order_id, position, sku, name, quantity, price)"
                    " values (%s, %s, %s, %s, %s, 1, %s)",
                    (self.shop_id, order_id, n, sku, f"Thing {sku}", price),
                )

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

    def script(self) -> str:
        """Key of a call script that only this shop has."""
        key = f"script-{next(self.world.numbers)}"
        made = {"title": {"en": key, "ru": key}, "lines": [{"step": "greet", "say": {"en": "Hello", "ru": "Привет"}}]}
        with self.world.writing() as cur:
            spoken.keep(cur, self.shop_id, "script", key, made, SYSTEM, self.world.now)
        return key

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

    def signing_secret(self) -> str:
        """A webhook secret's name."""
        with self.world.writing() as cur:
            signing.make_secret(cur, self.shop_id, "crm", SYSTEM)
        return "crm"

    def feed(self) -> int:
        """A feed's id."""
        with self.world.writing() as cur:
            intake.open_feed(cur, self.shop_id, "generic", SYSTEM, source="generic", secrets=[intake.new_secret()])
        return int(self.world.one("select max(id) from intake_feed"))

    def service(self, name: str = "owner") -> int:
        """A service by which this one is told; its id."""
        with self.world.writing() as cur:
            return telling.add_service(cur, self.accounts[name], "tgram://…", b"not a secret", SYSTEM)

    def notice(self, name: str = "owner", kind: str = "task_late", **fields: Any) -> int:
        """A notice to this one; its id."""
        key = f"n:{next(self.world.numbers)}"
        with self.world.writing() as cur:
            new = NewNotice(self.accounts[name], kind, key, **{"subject": "", **fields})
            notices.tell(cur, self.shop_id, [new], self.world.now)
        return int(self.world.one("select max(id) from staff_notice"))

    def special_day(self) -> int:
        """The id of a special day of the shop's calendar."""
        day = self.world.now.date() + timedelta(days=30 + next(self.world.numbers))
        with self.world.writing() as cur:
            days.put_by_hand(cur, self.shop_id, "main", day, "off", (), {}, SYSTEM)
        return int(self.world.one("select max(id) from shop_special_day"))

    def calendar_feed(self) -> int:
        """The id of a calendar file that nobody serves."""
        with self.world.writing() as cur:
            url = calendar_fetch.box().encrypt("http://127.0.0.1:9/company.ics")
            return days.add_feed(cur, self.shop_id, "main", "Company", url, "127.0.0.1", SYSTEM)

    def call(self, number: str = "", *, settled: bool = False, **said: Any) -> int:
        """A missed call from a number of two persons (or from this number); `settled`: the owner has said who it was."""
        n = next(self.world.numbers)
        number = number or f"+7916{n:07}"
        if not said:
            self.phone(number, number)
        fact = {"id": f"call{n}", "at": self.world.now.isoformat(), "direction": "in", "number": number, **said}
        deliver(self.world, {"state": "missed", "line": "+74951112233", **fact}, kind="calls")
        take_in(self.world)
        id_ = int(self.world.one("select max(id) from talks_call"))
        if settled:
            self.clients["owner"].post(f"/calls/{id_}/who", {"who": "nobody"})
        return id_

    def phone(self, *numbers: str) -> list[int]:
        """A person with each of these numbers."""
        persons = [self.world.person() for _ in numbers]
        with self.world.writing() as cur:
            for person, number in zip(persons, numbers, strict=True):
                cur.execute(
                    "insert into people_contact_point (shop_id, person_id, kind, value) values (%s, %s, 'phone', %s)",
                    (self.shop_id, person, number),
                )
        return persons

    def trial(self) -> int:
        """A test letter's id."""
        with self.world.writing() as cur:
            person = people.lead_by_email(
                cur, self.shop_id, "GB", "owner@staff.test", "Owner", "en", SYSTEM, self.world.now
            )
            return outbox.queue_trial(cur, self.shop_id, person, SYSTEM, self.world.now)

    def written(self, text: str = "Where is my parcel?") -> tuple[int, int, int]:
        """Somebody has written a mail with a file: thread, task, message."""
        n = next(self.world.numbers)
        said = InboundMessage(
            channel="email", key=f"<{n}@mail>", address=f"writer{n}@example.test", name=f"Writer {n}", text=text,
            whole=f"{text}\n\n> quoted", subject="Question", message_id=f"<{n}@mail>",
            files=(File(name="photo.jpg", type="image/jpeg", size=3, body=b"jpg"),),
        )  # fmt: skip
        row = NewDelivery(self.shop_id, "imap", "messages", encode(said), "feed:1", live=True)
        with self.world.writing() as cur:
            insert(cur, [row])
        take_in(self.world)
        ((thread, message),) = self.world.rows("select thread_id, id from talks_message order by id desc limit 1")
        task = self.world.one("select max(id) from desk_task where thread_id = %s", thread)
        return int(thread), int(task), int(message)

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
