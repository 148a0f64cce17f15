"""The story of an order through real processes: HTTP in, SMTP out, on a playground's clock, in both languages.

Asserts what the sink accepted and what SQL says, not what the product thinks of itself.
"""

import email
import email.policy
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from regulars.base.postgres import Server
from tests.installation import until

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
MOSCOW = ZoneInfo("Europe/Moscow")
START = datetime(2026, 3, 2, 11, 0, tzinfo=MOSCOW)  # a Monday
HOURS = {"ru": "Здравствуйте", "en": "Hello"}


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@dataclass
class Product:
    """`regulars demo` and a sink, each in processes of its own."""

    data: Path
    port: int
    smtp: int
    http: int
    env: dict[str, str]
    key: str = ""

    def command(self, *words: str) -> str:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("regulars")), *words],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        url = path if path.startswith("http") else f"http://127.0.0.1:{self.port}{path}"
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        request = urllib.request.Request(url, data, method=method)
        if not url.split("/", 3)[3].startswith(("a/", "u/", "p/")):
            request.add_header("Authorization", f"Bearer {self.key}")
            request.add_header("Content-Type", "application/json")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                raw, status = answer.read(), answer.status
        except urllib.error.HTTPError as error:
            raw, status = error.read(), error.code
        try:
            return status, json.loads(raw)
        except ValueError:
            return status, raw.decode()

    def put(self, order: dict[str, Any]) -> None:
        status, answer = self.call("PUT", f"/api/v1/orders/{order['id']}", order, Prefer="wait=5")
        assert status == 202, answer
        assert answer["result"] == {"taken": 1}

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(Server(self.data).dsn(), autocommit=True) as c:
            return c.execute(query, values).fetchall()  # type: ignore[arg-type]

    def now(self) -> datetime:
        return datetime.fromisoformat(json.loads(self.command("clock", "show", "--json"))["now"])

    def walk(self, to: datetime) -> None:
        self.command("clock", "set", to.isoformat())

    def letters(self, to: str) -> list[email.message.EmailMessage]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/messages?to={urllib.parse.quote(to)}") as answer:
            found = json.loads(answer.read())
        return [
            email.message_from_string(m if isinstance(m, str) else m["raw"], policy=email.policy.default) for m in found
        ]  # type: ignore[misc]

    def wait_letters(self, to: str, n: int) -> list[email.message.EmailMessage]:
        until = time.monotonic() + 15
        while time.monotonic() < until:
            found = self.letters(to)
            if len(found) >= n:
                break
            time.sleep(0.1)
        assert len(found) == n, [m["Subject"] for m in found]
        return found

    def tasks(self, order: str, **filters: str) -> list[dict[str, Any]]:
        query = urllib.parse.urlencode({"order": order, **filters})
        until = time.monotonic() + 10
        while True:
            status, answer = self.call("GET", f"/api/v1/tasks?{query}")
            assert status == 200, answer
            if answer["items"] or time.monotonic() > until:
                return list(answer["items"])
            time.sleep(0.1)


def text_of(letter: email.message.EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\xa0", " ")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("story")
    sink = subprocess.Popen(
        [sys.executable, "-m", "tests.sinks.smtp_sink", "--smtp", "0", "--http", "0", "--keep", str(folder / "kept")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert sink.stdout is not None
    ports = json.loads(sink.stdout.readline())
    port = free_port()
    env = {
        k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REGULARS_SECRET_KEY", "REGULARS_PUBLIC_URL")
    }
    env |= {"REGULARS_DATA": str(folder / "data"), "EMAIL_URL": f"smtp://127.0.0.1:{ports['smtp']}"}
    made = Product(folder / "data", port, ports["smtp"], ports["http"], env)
    up = subprocess.Popen(
        [
            str(Path(sys.executable).with_name("regulars")),
            "demo",
            "--bare",
            "--port",
            str(port),
            "--now",
            START.isoformat(),
        ],
        env=env,
        stdout=(folder / "log").open("w"),
        stderr=subprocess.STDOUT,
    )
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
                    break
            except OSError:
                time.sleep(0.2)
        else:
            pytest.fail((folder / "log").read_text())
        made.key = json.loads(made.command("key", "create", "story", "--scope", "all", "--json"))["key"]
        made.call("PUT", "/api/v1/products/JUICER-9", {"sku": "JUICER-9", "name": "Juicer", "satisfaction_days": 21})
        yield made
    finally:
        up.terminate()
        assert up.wait(15) == 0
        sink.terminate()
        sink.wait(5)


def an_order(number: str, language: str, placed: datetime, zone: str, **changes: Any) -> dict[str, Any]:
    name = "Андрей Петров" if language == "ru" else "James Carter"
    return {
        "id": number,
        "number": number,
        "placed_at": placed.isoformat(),
        "updated_at": placed.isoformat(),
        "status": "new",
        "currency": "RUB",
        "total": "4990.00",
        "buyer": {
            "id": f"c-{number}",
            "name": name,
            "email": f"{number}@buyers.test",
            "phone": "+79141234567",
            "language": language,
            "time_zone": zone,
        },
        "lines": [
            {"sku": "JUICER-9", "name": "Juicer", "quantity": 1, "price": "4490.00"},
            {"sku": "TOWEL-L", "name": "Towel", "quantity": 1, "price": "500.00"},
        ],
        "payment": {"method": "card", "status": "unpaid", "pay_url": f"https://shop.example/pay/{number}"},
        "delivery": {"method": "courier"},
        **changes,
    }


@pytest.mark.parametrize(
    ("language", "zone", "number"), [("ru", "Asia/Vladivostok", "R-1"), ("en", "Europe/London", "E-1")]
)
def test_from_the_order_to_the_invitation_to_review(product: Product, language: str, zone: str, number: str) -> None:
    # Both buyers are awake at 12:00 in Moscow: 19:00 in Vladivostok, 9:00 in London.
    day = (product.now().astimezone(MOSCOW) + timedelta(days=1)).date()
    placed = datetime(day.year, day.month, day.day, 12, 0, tzinfo=MOSCOW)
    product.walk(placed)
    address = f"{number}@buyers.test"

    # The order comes in: the buyer is told when he will be called, and that is a promise.
    product.put(an_order(number, language, placed, zone))
    (told,) = product.wait_letters(address, 1)
    local = (placed + timedelta(hours=1)).astimezone(ZoneInfo(zone))
    assert local.strftime("%H:%M") in text_of(told)
    assert HOURS[language] in text_of(told)
    promised = (
        "select state, due_at from promises_promise p join orders_order o on o.id = p.order_id where o.external_id = %s"
    )
    until(lambda: product.sql(promised, number)[0][0] == "open", 10, "it is recorded that he was told")
    ((_, due),) = product.sql(promised, number)
    assert abs(due - (placed + timedelta(hours=1))) < timedelta(minutes=1)

    # The call is due in working time, and ends confirmed; the promise is kept.
    (task,) = product.tasks(number)
    assert (task["kind"], task["team"], task["state"]) == ("call", "order-desk", "open")
    assert datetime.fromisoformat(task["target_at"]) - placed < timedelta(minutes=16)
    assert product.call("POST", f"/api/v1/tasks/{task['id']}:claim")[0] == 200
    status, done = product.call("POST", f"/api/v1/tasks/{task['id']}:finish", {"outcome": "confirmed", "note": "fine"})
    assert status == 200, done
    again, _ = product.call("POST", f"/api/v1/tasks/{task['id']}:finish", {"outcome": "refused"})
    assert again == 409
    assert product.sql(
        "select state from promises_promise where id = any(select p.id from promises_promise p"
        " join orders_order o on o.id = p.order_id where o.external_id = %s)",
        number,
    ) == [("kept",)]

    # Unpaid: two hours later he is reminded, and not a minute before.
    confirmed = product.now()
    product.walk(confirmed + timedelta(hours=1, minutes=55))
    assert len(product.letters(address)) == 1
    product.walk(confirmed + timedelta(hours=2, minutes=5))
    reminder = product.wait_letters(address, 2)[1]
    assert "https://shop.example/pay/" in text_of(reminder)

    # Paid: thanked at once. Delivered: nothing yet.
    paid = product.now() + timedelta(minutes=1)
    payment = {"method": "card", "status": "paid", "paid_at": paid.isoformat()}
    product.put(an_order(number, language, placed, zone, updated_at=paid.isoformat(), payment=payment))
    product.wait_letters(address, 3)
    delivered = product.now() + timedelta(hours=20)
    product.walk(delivered)
    product.put(
        an_order(
            number,
            language,
            placed,
            zone,
            updated_at=delivered.isoformat(),
            status="delivered",
            payment=payment,
            delivery={"method": "courier", "delivered_at": delivered.isoformat()},
        )
    )
    # The longest of the lines counts: the juicer's 21 days; at 11:00 of the buyer's own morning.
    there = delivered.astimezone(ZoneInfo(zone))
    asked_on = there.date() + timedelta(days=21)
    due_at = datetime(asked_on.year, asked_on.month, asked_on.day, 11, 0, tzinfo=ZoneInfo(zone))
    product.walk(due_at - timedelta(minutes=1))
    assert len(product.letters(address)) == 3
    product.walk(due_at + timedelta(minutes=1))
    question = product.wait_letters(address, 4)[3]
    ((meant,),) = product.sql(
        "select meant_at from outbox_message m join orders_order o on o.id = m.order_id"
        " where o.external_id = %s and m.step = 'happy'",
        number,
    )
    assert meant == due_at

    # A scanner opens the link: nothing. The buyer presses: invited to review, as everybody.
    link = re.search(r"http://127\.0\.0\.1:\d+/a/\S+answer=yes", text_of(question))
    assert link is not None, text_of(question)
    before = product.sql("select answered_at from feedback_question")
    for method in ("GET", "HEAD", "GET"):
        status, page = product.call(method, link.group())
        assert status == 200
    assert product.sql("select answered_at from feedback_question") == before
    status, page = product.call(
        "POST", link.group().split("?")[0], b"answer=yes", Content_Type="application/x-www-form-urlencoded"
    )
    assert status == 200, page
    product.wait_letters(address, 5)

    # All of it can be told, and each letter says why.
    ((person, message),) = product.sql(
        "select m.person_id, m.id from outbox_message m join orders_order o on o.id = m.order_id"
        " where o.external_id = %s and m.step = 'happy'",
        number,
    )
    kinds = set()
    cursor = ""
    while True:
        status, answer = product.call("GET", f"/api/v1/people/{person}/timeline{cursor}")
        assert status == 200, answer
        kinds |= {e["kind"] for e in answer["items"]}
        if not answer["next"]:
            break
        cursor = f"?cursor={answer['next']}"
    assert kinds >= {
        "order.placed", "promise.made", "promise.told", "promise.kept", "task.opened", "task.finished", "message.sent",
        "order.paid", "order.delivered", "answer.given",
    }  # fmt: skip
    status, why = product.call("GET", f"/api/v1/people/{person}/why?message={message}")
    assert status == 200, why
    assert "21" in json.dumps(why, ensure_ascii=False)
    assert product.sql("select count(*) from journeys_decision where jsonb_array_length(reasons) = 0") == [(0,)]


def test_a_night_order_is_called_first_thing_in_the_morning(product: Product) -> None:
    day = (product.now().astimezone(MOSCOW) + timedelta(days=1)).date()
    night = datetime(day.year, day.month, day.day, 23, 30, tzinfo=MOSCOW)
    product.walk(night)
    product.put(an_order("N-1", "ru", night, "Europe/Moscow"))
    (told,) = product.wait_letters("N-1@buyers.test", 1)
    assert "10:00" in text_of(told)
    (task,) = product.tasks("N-1", hidden="true")
    morning = datetime(day.year, day.month, day.day, 9, 0, tzinfo=MOSCOW) + timedelta(days=1)
    assert datetime.fromisoformat(task["due_at"]) == morning + timedelta(hours=1)
    ((not_before,),) = product.sql("select not_before from desk_task where id = %s", int(task["id"]))
    assert not_before == morning.astimezone(UTC)


def test_a_cancellation_closes_the_open_task_and_voids_the_promise(product: Product) -> None:
    now = product.now()
    product.put(an_order("X-1", "ru", now, "Europe/Moscow"))
    product.wait_letters("X-1@buyers.test", 1)
    (task,) = product.tasks("X-1")
    later = now + timedelta(minutes=3)
    product.put(
        an_order(
            "X-1",
            "ru",
            now,
            "Europe/Moscow",
            updated_at=later.isoformat(),
            status="cancelled",
            cancelled_at=later.isoformat(),
        )
    )
    until = time.monotonic() + 10
    while product.sql("select state from desk_task where id = %s", int(task["id"])) != [("closed",)]:
        assert time.monotonic() < until
        time.sleep(0.1)
    states = product.sql(
        "select p.state, e.end_reason from promises_promise p join orders_order o on o.id = p.order_id"
        " join journeys_enrolment e on e.order_id = o.id where o.external_id = 'X-1'"
    )
    assert states == [("void", "stopped")]
