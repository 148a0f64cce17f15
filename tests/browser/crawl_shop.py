"""A shop in which every page has something to show, its words in one language; an empty one beside it; both served.

The rows come from the product's own actions, as in tests/flows; the pages from the process that a shop would run.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings

from bench.routes import Examples, Route
from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.base.db import Cursor
from regulars.base.secrets import split_keys
from regulars.intake import actions as intake
from regulars.loyalty import actions as loyalty
from regulars.people import marks
from regulars.segments.filling import Filler
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
from regulars.shop import signing
from regulars.web.exports import making
from tests.apps.world import World
from tests.flows.web_shop import SCHEME, WebShop
from tests.installation import free_port, until

TEAM = "team-1"
ROLES = ("owner", "supervisor", "operator")
NAMES: Mapping[str, Mapping[str, Any]] = {
    "ru": {
        "shop": "Тёплая кухня",
        "staff": ("Вера Соколова", "Пётр Ильин", "Елена Ким"),
        "people": ("Наталья Вознесенская-Крыжановская", "Андрей Петров", "Ольга Ким", "Марина Белова"),
        "products": ("Чайник эмалированный со свистком, 1,7 л, тёмно-синий", "Сковорода чугунная"),
        "note": "Будет дома после шести, просит не звонить раньше.",
        "city": "Петропавловск-Камчатский",
    },
    "en": {
        "shop": "Warm Kitchen",
        "staff": ("Vera Smith", "Peter Hill", "Helen Kim"),
        "people": ("Alexandrina Featherstonehaugh-Cholmondeley", "James Carter", "Olga Kim", "Marina Bell"),
        "products": ("Kettle, enamelled, with a whistle, 1.7 l, midnight blue", "Cast-iron pan"),
        "note": "At home after six, please do not call before.",
        "city": "Stratford-upon-Avon",
    },
}


class CrawlShop:
    """`web`: the shop with everything, `web.other_shop`: the empty one, whose owner is 'stranger'."""

    def __init__(self, url: str, language: str) -> None:
        self.language = language
        self._url = url
        self.raw = db.loop_connection("crawl")
        self.web = WebShop(World(self.raw))
        _speak(self.web, language)
        self.web.world.publish(_scheme(language))
        _fill(self.web, language)
        self.port = free_port()
        keys = split_keys(settings.SECRET_KEY)
        self.full = Examples(self._ask, self.web.shop_id, keys)
        self.empty = Examples(self._ask, self.web.other_shop, keys)

    def examples(self, role: str) -> Examples:
        """Addresses of the shop of this role."""
        return self.empty if role == "stranger" else self.full

    def may(self, role: str, route: Route) -> bool:
        """Whether the role may open the page."""
        return route.is_link or {"stranger": "owner"}.get(role, role) in route.who

    def cookies(self, role: str) -> list[dict[str, str]]:
        """The role's session and language, for a browser."""
        return [{"name": n, "value": m.value, "url": self.base} for n, m in self.web.clients[role].cookies.items()]

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def served(self) -> Iterator[None]:
        """By the web role, as a process of its own."""
        line = [sys.executable, "-m", "regulars.cli.main", "web", "--port", str(self.port)]
        env = {**os.environ, "DATABASE_URL": self._url, "REGULARS_SECRET_KEY": settings.SECRET_KEY}
        with tempfile.TemporaryFile("w+") as self.log:
            process = subprocess.Popen(line, env=env, stdout=self.log, stderr=subprocess.STDOUT)
            try:
                until(self._answers, 60, "the web role answers")
                yield
            finally:
                process.terminate()
                process.wait(20)
                self.raw.close()

    def logged(self) -> str:
        """The end of what the web role has said, if it said anything."""
        self.log.seek(0)
        return f"\nlogged: {self.log.read()[-3000:]}"

    def _answers(self) -> bool:
        import socket

        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def _ask(self, sql: str, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        with db.open_cursor(self.raw) as cur:
            return cur.execute(sql, values).fetchall()


def _speak(web: WebShop, language: str) -> None:
    """The shop and its staff have names of this language, and the staff read it."""
    names = NAMES[language]
    with web.world.writing() as cur:
        cur.execute("update shop_shop set name = %s", (names["shop"],))
        cur.execute("update shop_team set key = %s where key = 'order-desk'", (TEAM,))
        cur.execute("update staff_account set language = %s, name = %s", (language, names["staff"][0]))
        for role, name in zip(ROLES, names["staff"], strict=True):
            cur.execute("update staff_account set name = %s where id = %s", (name, web.accounts[role]))
    for client in web.clients.values():
        client.cookies["django_language"] = language
    shop_queries.forget()


def _scheme(language: str) -> str:
    """The scheme of the other tests; what its author calls things has a digit, so that it passes for no word."""
    text = SCHEME.replace("after-order", "scheme-1").replace("order-desk", TEAM)
    text = text.replace("confirm:", "step-1:").replace("thanks", "step-2")
    return text.replace("Paid", "Оплачено").replace("Thank you", "Спасибо") if language == "ru" else text


def _mark(cur: Cursor, web: WebShop, persons: Sequence[int]) -> None:
    """Each has a tag, a field, points and a code."""
    now, shop_id = web.world.now, web.shop_id
    until = now + timedelta(days=30)
    marks.change_tags(cur, shop_id, [marks.TagChange(p, "vip", True, "staff:1") for p in persons], now)
    marks.set_fields(cur, shop_id, [marks.FieldSet(p, "size", 42, "staff:1") for p in persons], now)
    given = [
        loyalty.NewPoints(key=f"p{p}", person_id=p, points=1500, earned_at=now, valid_until=until, cause="staff:1")
        for p in persons
    ]
    loyalty.give_points(cur, shop_id, given, now)
    codes = [
        loyalty.NewCode(
            key=f"c{p}", person_id=p, gives="percent", percent=10, amount=None, currency=None, issued_at=now,
            valid_until=until, cause="staff:1",
        )
        for p in persons
    ]  # fmt: skip
    loyalty.issue_codes(cur, shop_id, codes, now)
    signing.make_secret(cur, shop_id, "crm", SYSTEM)


def _fill(web: WebShop, language: str) -> None:
    """Orders at every stage, and one of everything that waits for a person."""
    names = NAMES[language]
    bought = [web.buy(zone="Asia/Yekaterinburg", total=499_000 + n) for n in range(9)]
    with web.world.writing() as cur:
        for n, (person, _) in enumerate(bought):
            name = names["people"][n % len(names["people"])]
            cur.execute(
                "update people_person set name = %s, first_name = %s, language = %s,"
                " address = jsonb_build_object('city', %s::text, 'country', 'RU') where id = %s",
                (name, name.partition(" ")[0], language, names["city"], person),
            )
        cur.execute(
            "insert into orders_line (shop_id, order_id, position, sku, name, quantity, price)"
            " select shop_id, id, p, 'SKU-' || p, (%s::text[])[1 + p], 1 + p, 1990 from orders_order, generate_series(0, 1) p",
            (list(names["products"]),),
        )
        cur.execute(
            "insert into orders_version (shop_id, order_id, n, version_at, body)"
            """ select shop_id, id, 1, version_at, '{"status": "new", "payment": {"status": "unpaid"}}' from orders_order"""
        )
        cur.execute("update orders_order set note = %s", (names["note"],))
        _mark(cur, web, [person for person, _ in bought])
    web.outbox.gate()
    (_, first), (person, second), (_, third), (_, fourth), (_, fifth), (_, sixth), *_ = bought
    operator, owner = web.clients["operator"], web.clients["owner"]
    written = {"name": "buyers-1", "title_en": "Buyers", "title_ru": "Покупатели", "condition": "orders() >= 1"}
    owner.post("/segments/new/", written)
    web.world.wait_for_older()
    filler = Filler()
    while filler.turn(web.world.raw):
        pass
    done = {"outcome": "confirmed", "note": names["note"]}
    assert operator.post(f"/tasks/{web.task_of(first)}/finish", done).status_code == 302
    assert operator.post(f"/tasks/{web.task_of(second)}/finish", {"outcome": "no_answer"}).status_code == 302
    assert operator.post(f"/tasks/{web.task_of(third)}/claim").status_code == 302
    assert owner.post(f"/tasks/{web.task_of(fourth)}/claim").status_code == 302
    web.world.conduct()
    web.outbox.gate()
    for given in (True, False):
        web.outbox.agree(person, given=given)
    web.ask(person, second)
    question = web.ask(person, first)
    web.unknown(fifth)
    web.set_aside(sixth)
    web.quarantine()
    assert owner.post(f"/quarantine/{web.quarantine(b'not JSON at all')}/dismiss").status_code == 302
    with web.world.writing() as cur:
        cur.execute("update intake_quarantine set code = 'not_an_amount' where state = 'open'")
        cur.execute("update intake_quarantine set code = 'not_json', pointer = '' where state <> 'open'")
    with web.world.writing() as cur:
        shops.create_key(cur, web.shop_id, "1C", ["intake"], SYSTEM)
        intake.open_feed(cur, web.shop_id, "woocommerce", SYSTEM, source="shop-1", secrets=["what the shop signs with"])
        cur.execute(
            "update feedback_question set answer = 'no', answered_at = asked_at, comment = %s where id = %s",
            (names["note"], question),
        )
        for order, promise, message, state in zip(
            (order for _, order in bought[6:]),
            ("kept", "broken", "warned"),
            (("queued", "late_held"), ("refused", "no_address"), ("failed", None)),
            (("cancelled", "refunded"), ("delivered", "paid"), ("shipped", "part_paid")),
            strict=True,
        ):
            cur.execute(
                "update promises_promise set state = %s, closed_at = %s where order_id = %s",
                (promise, web.world.now, order),
            )
            if promise == "warned":  # one that is still ahead, and not today: the widest row of the list
                cur.execute(
                    "update promises_promise set closed_at = null, due_at = due_at + interval '8 days' where order_id = %s",
                    (order,),
                )
            cur.execute("update outbox_message set state = %s, reason = %s where order_id = %s", (*message, order))
            cur.execute(
                "update orders_order set status = %s, payment_status = %s, paid_at = placed_at where id = %s",
                (*state, order),
            )
    _ring(web, language)
    _write(web, language)
    assert owner.post("/orders/export", {"form": "csv"}).status_code == 302
    making.make(web.world.one("select max(id) from staff_export"))
    backtest = f"/schemes/of/{_name(web)}/backtest/start"
    assert owner.post(backtest, {"side": "1", "days": "30"}).status_code == 302
    assert owner.post("/settings/channels/trial", {"address": "owner@staff.test"}).status_code == 302
    for client in web.clients.values():
        client.get("/password/")  # takes away what the deeds above had to say


def _name(web: WebShop) -> str:
    """The scheme's name."""
    return str(web.world.one("select name from journeys_scheme where shop_id = %s order by id limit 1", web.shop_id))


def _write(web: WebShop, language: str) -> None:
    """Somebody has written with a file, and nobody has answered."""
    thread, _task, _message = web.written("Когда придёт посылка?" if language == "ru" else "When does it come?")
    with web.world.writing() as cur:
        cur.execute(
            "update people_person set name = %s where id = (select person_id from talks_thread where id = %s)",
            (NAMES[language]["people"][0], thread),
        )
        cur.execute("update talks_message set files = replace(files::text, 'photo.jpg', '1.jpg')::jsonb")
        if language == "ru":
            cur.execute("update talks_message set subject = 'Вопрос', whole = text")
            cur.execute("update talks_thread set subject = 'Вопрос'")


def _ring(web: WebShop, language: str) -> None:
    """Calls of every kind: of somebody known, of one of several, of nobody known, hidden, recorded; a telephone's feed."""
    names = NAMES[language]["people"]
    (known,) = web.phone("+79161230001")
    shared = web.phone("+79161230002", "+79161230002")
    with web.world.writing() as cur:
        for person, name in zip((known, *shared), names, strict=False):
            cur.execute("update people_person set name = %s where id = %s", (name, person))
        intake.open_feed(cur, web.shop_id, "uis", SYSTEM, source="uis-1", secrets=["what the telephone sends"])
    web.world.order(shared[0])
    talk = {"state": "ended", "answered": True, "ring_seconds": 9, "talk_seconds": 190, "extension": "101"}
    web.call("+79161230001", **talk, recording="https://pbx.example.test/r/1")
    web.call("+79161230001", state="failed", direction="out")
    web.call("+79161230003", state="missed", ring_seconds=31)
    web.call("anonymous", state="missed")
    web.call("+79161230002", state="missed", ring_seconds=17)
    web.call("+79161230002", state="missed", ring_seconds=8)


@contextlib.contextmanager
def crawl_shop(url: str, language: str) -> Iterator[CrawlShop]:
    """The shop in its database, served within the block."""
    made = CrawlShop(url, language)
    with made.served():
        yield made
