"""The staff are told: fresh tasks, limits that near and are past; on the page's rows, by mail, by a service; after a kill."""

import email
import email.policy
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from regulars.base import clock, db
from regulars.base.actor import SYSTEM, Actor
from regulars.base.secrets import SecretBox
from regulars.desk import actions as desk
from regulars.desk import pauses
from regulars.desk.actions import NewTask
from regulars.desk.escalation import escalate_once, state
from regulars.desk.telling import Carrier
from regulars.outbox.channels.email.server import parse_email_url
from regulars.rules.telling import WAYS
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
from regulars.staff import actions as staff
from regulars.staff import notices, shifts, telling, telling_due
from regulars.staff.notices import KINDS, NewNotice
from regulars.vendors.apprise import sending
from regulars.worker.presence import Presence
from tests.apps.world import World
from tests.sinks.smtp_sink import Sink, sink_thread

KEYS = [b"k" * 40]
ALL = dict.fromkeys(KINDS, WAYS)


class Staff:
    """An operator and a supervisor of the shop, its tasks, and what they were told."""

    def __init__(self, world: World) -> None:
        self.world = world
        with world.writing() as cur:
            self.operator = staff.create_account(cur, world.shop_id, "op@staff.test", "Olga", "operator", SYSTEM)
            self.lead = staff.create_account(cur, world.shop_id, "lead@staff.test", "Vera", "supervisor", SYSTEM)
            for account in (self.operator, self.lead):
                shifts.begin(cur, world.shop_id, account, world.now)
        self.set(late_every_hours=2)

    def set(self, **changes: Any) -> None:
        with self.world.writing() as cur:
            shops.set_settings(cur, self.world.shop_id, changes, SYSTEM)
        shop_queries.forget()

    def wants(self, account: int, **more: Any) -> None:
        wishes = {"always": True, "quiet": (time(0), time(0)), "bundle": timedelta(0), "volume": 50, **more}
        with self.world.writing() as cur:
            telling.choose(
                cur, account, more.pop("kinds", ALL), SYSTEM, **{k: v for k, v in wishes.items() if k != "kinds"}
            )

    def task(self, **fields: Any) -> int:
        world = self.world
        person = world.person()
        with world.writing() as cur:
            cur.execute(
                "insert into people_contact_point (shop_id, person_id, kind, value) values (%s, %s, 'phone', '+79141234567')",
                (world.shop_id, person),
            )
        order = world.order(person)
        with world.writing() as cur:
            cur.execute(
                "insert into orders_line (shop_id, order_id, position, sku, name, quantity, price, dropped)"
                " values (%s, %s, 1, 'S1', 'Stool Nord', 2, 2495, false)",
                (world.shop_id, order),
            )
            cur.execute("update orders_order set note = 'ring twice' where id = %s", (order,))
        new: dict[str, Any] = {
            "person_id": person, "order_id": order, "kind": "call", "script": None, "team": "order-desk",
            "not_before": world.now, "target_at": world.now + timedelta(minutes=20),
            "due_at": world.now + timedelta(minutes=60), "outcomes": ["confirmed"], "call_at_needed": [], **fields,
        }  # fmt: skip
        with world.writing() as cur:
            (id_,) = desk.open_tasks(cur, world.shop_id, [NewTask(**new)], world.now)
        return id_

    def told(self, account: int) -> list[tuple[str, str]]:
        return self.world.rows("select kind, subject from staff_notice where account_id = %s order by id", account)

    def watch(self) -> None:
        while escalate_once(self.world.raw):
            pass

    def tell(self, account: int, subject: str = "", kind: str = "task_late", **params: Any) -> None:
        key = f"test:{next(self.world.numbers)}"
        with self.world.writing() as cur:
            notices.tell(
                cur, self.world.shop_id, [NewNotice(account, kind, key, subject, params=params)], self.world.now
            )

    def states(self) -> list[tuple[str, str]]:
        return self.world.rows("select state, reason from staff_telling order by id")


@pytest.fixture(name="shop")
def shop_fixture(world: World) -> Staff:
    return Staff(world)


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with sink_thread(keep=tmp_path / "kept") as found:
        yield found


def _carrier(sink: Sink | None) -> Carrier:
    server = parse_email_url(f"smtp://127.0.0.1:{sink.smtp_port}?timeout=5") if sink else None
    return Carrier(server, "https://shop.example", KEYS)


def _carry(shop: Staff, sink: Sink | None = None) -> int:
    carrier, done = _carrier(sink), 0
    while carrier.turn(shop.world.raw):
        done += 1
    return done


def _letters(sink: Sink, to: str) -> list[tuple[str, str]]:
    out = []
    for entry in sink.book.messages(to):
        message = email.message_from_string(entry["raw"], policy=email.policy.default)
        body = message.get_body(("plain",))
        assert body is not None
        out.append((str(message["Subject"]), body.get_content()))
    return out


# -- escalation ---------------------------------------------------------------------------------------------------------
def test_a_task_is_told_of_as_it_comes_before_its_limit_at_it_and_again(shop: Staff) -> None:
    task = shop.task()
    shop.watch()
    assert shop.told(shop.operator) == [("task_fresh", f"task:{task}")]
    shop.world.later(minutes=49)
    shop.watch()
    assert ("task_soon", f"task:{task}") not in shop.told(shop.lead)
    shop.world.later(minutes=1)
    assert state_of(shop)[0], "a playground's clock knows that something is due"
    shop.watch()
    assert shop.told(shop.lead)[-1] == ("task_soon", f"task:{task}")
    assert shop.told(shop.operator) == [("task_fresh", f"task:{task}")], "nobody has it in hand"
    with shop.world.writing() as cur:
        desk.claim(cur, shop.world.shop_id, task, Actor("staff", shop.operator), shop.world.now)
    shop.world.later(minutes=10)
    shop.watch()
    assert shop.told(shop.lead)[-1] == shop.told(shop.operator)[-1] == ("task_late", f"task:{task}")
    shop.world.later(hours=2)
    shop.watch()
    assert [k for k, _ in shop.told(shop.lead)].count("task_late") == 2
    with shop.world.writing() as cur:
        desk.finish(cur, shop.world.shop_id, task, "confirmed", Actor("staff", shop.operator), shop.world.now)
    shop.world.later(hours=2)
    shop.watch()
    assert [k for k, _ in shop.told(shop.lead)].count("task_late") == 2


def state_of(shop: Staff) -> tuple[bool, Any]:
    with shop.world.writing() as cur:
        return state(cur, shop.world.now)


def test_what_sleeps_or_stands_is_not_told_of(shop: Staff) -> None:
    asleep = shop.task(not_before=shop.world.now + timedelta(minutes=30))
    paused = shop.task()
    with shop.world.writing() as cur:
        pauses.pause(cur, shop.world.shop_id, paused, "buyer", Actor("staff", shop.operator), shop.world.now)
    shop.watch()
    shop.world.later(minutes=29)
    shop.watch()
    assert shop.told(shop.operator) == shop.told(shop.lead) == []
    shop.world.later(minutes=1)
    shop.watch()
    assert shop.told(shop.operator) == shop.told(shop.lead) == [("task_fresh", f"task:{asleep}")]
    with shop.world.writing() as cur:
        row = pauses.resume(cur, shop.world.shop_id, paused, Actor("staff", shop.operator), shop.world.now)
    assert row.due_at is not None
    shop.world.at(row.due_at)
    shop.watch()
    assert ("task_late", f"task:{paused}") in shop.told(shop.lead)


def test_limits_that_move_move_what_is_told(shop: Staff) -> None:
    task = shop.task()
    shop.watch()
    later = shop.world.now + timedelta(hours=3)
    with shop.world.writing() as cur:
        limits = desk.NewLimits(task, shop.world.now, later - timedelta(hours=1), later)
        desk.set_limits(cur, shop.world.shop_id, [limits], SYSTEM)
    shop.world.later(minutes=70)
    shop.watch()
    assert [k for k, _ in shop.told(shop.lead)] == ["task_fresh"]
    shop.world.later(minutes=95)
    shop.watch()
    assert shop.told(shop.lead)[1:] == [("task_soon", f"task:{task}")]


def test_many_fresh_tasks_are_one_notice_and_each_is_told_once(shop: Staff) -> None:
    for _ in range(12):
        shop.task()
    shop.watch()
    rows = shop.world.rows("select kind, params from staff_notice where account_id = %s", shop.operator)
    assert rows == [("task_fresh", {"count": 12})]
    shop.task()
    shop.watch()
    rows = shop.world.rows("select params from staff_notice where account_id = %s and seen_at is null", shop.operator)
    assert rows == [({"count": 13},)], "what he hasn't seen is counted with what comes"
    shop.watch()
    assert len(shop.told(shop.operator)) == 2


def test_only_who_works_for_the_team_hears_of_its_tasks(shop: Staff) -> None:
    with shop.world.writing() as cur:
        staff.set_role(cur, shop.world.shop_id, shop.operator, "operator", ["care"], SYSTEM)
    shop.task()
    shop.watch()
    assert shop.told(shop.operator) == []
    assert [k for k, _ in shop.told(shop.lead)] == ["task_fresh"], "she works for all teams"


# -- by mail and by services ------------------------------------------------------------------------------------------
def test_a_mail_holds_the_whole_order_and_no_more_than_the_role_may_see(shop: Staff, sink: Sink) -> None:
    task = shop.task()
    for account in (shop.operator, shop.lead):
        shop.wants(account)
        shop.tell(account, f"task:{task}", "task_fresh")
    assert _carry(shop, sink) == 2
    ((subject, text),) = _letters(sink, "lead@staff.test")
    assert subject.startswith("New: Buyer ")
    assert "+7 914 123-45-67" in text.replace("\u00a0", " ") and "Stool Nord × 2: stock not known" in text
    assert "ring twice" in text and f"https://shop.example/tasks/{task}/" in text and "4,990" in text
    ((_, text),) = _letters(sink, "op@staff.test")
    assert not re.search(r"914\D{0,2}123", text) and "45-67" in text and "Stool Nord" in text
    assert shop.states() == [("sent", ""), ("sent", "")]
    with shop.world.writing() as cur:
        desk.claim(cur, shop.world.shop_id, task, Actor("staff", shop.operator), shop.world.now)
    shop.tell(shop.operator, f"task:{task}", "task_soon")
    _carry(shop, sink)
    assert "+7 914 123-45-67" in _letters(sink, "op@staff.test")[-1][1].replace("\u00a0", " "), (
        "the card is in his hand"
    )


def test_several_at_once_are_one_mail_and_a_bundle_waits_for_its_time(shop: Staff, sink: Sink) -> None:
    shop.wants(shop.lead, bundle=timedelta(minutes=15))
    shop.world.later(minutes=1)
    shop.tell(shop.lead, f"task:{shop.task()}")
    shop.tell(shop.lead, f"task:{shop.task()}")
    assert _carry(shop, sink) == 0
    shop.world.later(minutes=14)
    assert _carry(shop, sink) == 1
    ((subject, text),) = _letters(sink, "lead@staff.test")
    assert subject.startswith("2 notices: ") and text.count("Stool Nord") == 2
    assert (
        shop.states() == [("sent", ""), ("sent", "")]
        and shop.world.one("select count(distinct claim) from staff_telling") == 1
    )


def test_without_a_server_it_stays_here_and_after_its_time_it_is_dropped(shop: Staff, sink: Sink) -> None:
    shop.wants(shop.lead)
    shop.tell(shop.lead)
    assert _carry(shop) == 1
    assert shop.states() == [("kept", "no_server")]
    shop.tell(shop.lead)
    shop.world.later(hours=13)
    assert _carry(shop, sink) == 0
    assert shop.states()[-1] == ("dropped", "expired") and not sink.book.messages("")


def test_nobody_who_has_left_is_told(shop: Staff, sink: Sink) -> None:
    shop.wants(shop.lead)
    shop.tell(shop.lead)
    with shop.world.writing() as cur:
        staff.close_account(cur, shop.world.shop_id, shop.lead, SYSTEM)
    _carry(shop, sink)
    assert shop.states() == [("dropped", "not_here")] and not sink.book.messages("")


def test_a_server_that_is_away_is_tried_again_and_then_left_alone_for_a_while(shop: Staff) -> None:
    shop.wants(shop.lead)
    shop.tell(shop.lead)
    carrier = Carrier(parse_email_url("smtp://127.0.0.1:9?timeout=1"), "https://shop.example", KEYS)
    for failures in (1, 2, 3):
        assert carrier.turn(shop.world.raw) == 1
        assert shop.states() == [("waiting", "not_handed_over")]
        assert shop.world.one("select failures from staff_way") == failures
        assert carrier.turn(shop.world.raw) == 0, "not at once"
        with shop.world.writing() as cur:
            cur.execute("update staff_telling set retry_at = machine_now()")
    assert shop.world.one("select paused_until > machine_now() from staff_way") is True
    assert carrier.turn(shop.world.raw) == 0
    with shop.world.writing() as cur:
        assert telling_due.state(cur, shop.world.now) == (False, None), "it holds up no clock"


class _Ntfy:
    """A service of one's own on this machine, that keeps what it was told."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.answering: Callable[[], Any] = lambda: None
        self.status, outer = 200, self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                outer.answering()
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"ntfy://127.0.0.1:{self.server.server_port}/desk"


@contextmanager
def _ntfy() -> Iterator[_Ntfy]:
    found = _Ntfy()
    yield found
    found.server.shutdown()
    found.server.server_close()


def _add(shop: Staff, url: str) -> int:
    with shop.world.writing() as cur:
        return telling.add_service(cur, shop.lead, "x", SecretBox(KEYS).encrypt(url), SYSTEM)


def test_a_service_is_told_with_masked_contacts_unless_the_owner_allows_them(shop: Staff) -> None:
    shop.wants(shop.lead, kinds={"task_late": ("service",)})
    with _ntfy() as ntfy:
        _add(shop, ntfy.url)
        assert ntfy.url.encode() not in bytes(shop.world.one("select secret from staff_way"))
        task = shop.task()
        shop.tell(shop.lead, f"task:{task}")
        _carry(shop)
        (heard,) = ntfy.heard
        assert "Stool Nord" in str(heard) and "45-67" in str(heard) and not re.search(r"914\D{0,8}123", str(heard))
        shop.set(services_see_contacts=True)
        shop.tell(shop.lead, f"task:{task}")
        _carry(shop)
        assert "914" in str(ntfy.heard[-1])
        ntfy.status = 503
        shop.tell(shop.lead, f"task:{task}")
        _carry(shop)
    assert shop.states() == [("sent", ""), ("sent", ""), ("waiting", "service")]


def test_from_a_playground_no_service_of_the_world_is_told(shop: Staff) -> None:
    shop.wants(shop.lead, kinds={"task_late": ("service",)})
    _add(shop, "tgram://123456789:abcdefghijklmnopqrstuvwxyz123456789/12345")
    shop.tell(shop.lead)
    _carry(shop)
    assert shop.states() == [("kept", "playground")]


def test_no_service_reaches_this_machine_but_on_a_playground() -> None:
    with _ntfy() as ntfy:
        for url in (ntfy.url, ntfy.url.replace("127.0.0.1", "localhost"), ntfy.url.replace("127.0.0.1", "127.1")):
            assert not sending.send(url, "t", "b", "public").went
        assert ntfy.heard == []
        assert sending.send(ntfy.url, "t", "b", "machine").went


@pytest.mark.parametrize(
    ("point", "copies"),
    [
        ("telling.before_claim_commit", 1),
        ("telling.claimed", 1),
        ("telling.handed_over", 2),
        ("telling.before_record_commit", 2),
    ],
)
def test_killed_at_any_point_a_notice_comes_at_most_twice_and_is_never_lost(
    shop: Staff, sink: Sink, point: str, copies: int
) -> None:
    shop.wants(shop.lead)
    shop.tell(shop.lead)
    script = (
        "import django; django.setup()\n"
        "from regulars.base import db\n"
        "from regulars.desk.telling import Carrier\n"
        "from regulars.outbox.channels.email.server import parse_email_url\n"
        "from regulars.worker.presence import Presence\n"
        "raw = db.loop_connection('t')\n"
        f"carrier = Carrier(parse_email_url('smtp://127.0.0.1:{sink.smtp_port}'), 'https://x', [b'k' * 40])\n"
        "carrier.turn(raw, Presence('telling').holder(raw))"
    )
    env = {
        **os.environ, "DATABASE_URL": settings.REGULARS_DSN, "DJANGO_SETTINGS_MODULE": "regulars.project.settings",
        "REGULARS_FAILPOINTS": "on", "REGULARS_FAILPOINT": f"{point}:kill",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, timeout=120, check=False)
    assert done.returncode == -9, done.stderr
    clock.forget()
    is_held = point != "telling.before_claim_commit"
    assert _carry(shop, sink) == (0 if is_held else 1), "nobody knows yet that he is dead"
    Presence("telling").turn(shop.world.raw)
    assert _carry(shop, sink) == (1 if is_held else 0)
    entries = sink.book.messages("lead@staff.test")
    assert len(entries) == copies and len({e["message_id"] for e in entries}) == 1
    assert shop.states() == [("sent", "")]


def test_what_is_told_when_the_database_goes_away_is_told_once(shop: Staff) -> None:
    shop.wants(shop.lead, kinds={"task_late": ("service",)})
    raw, own = db.loop_connection("teller"), db.loop_connection("own")
    with _ntfy() as ntfy:
        _add(shop, ntfy.url)
        shop.tell(shop.lead)
        ntfy.answering = lambda: own.execute("select pg_terminate_backend(%s)", (raw.info.backend_pid,))
        carrier = _carrier(None)
        with pytest.raises(psycopg.OperationalError):
            carrier.turn(raw)
        assert shop.states() == [("sending", "")]
        assert carrier.turn(shop.world.raw) == 1
        assert shop.states() == [("sent", "")] and len(ntfy.heard) == 1
    own.close()


def test_what_could_not_be_written_for_lack_of_the_database_is_told_afterwards(
    shop: Staff, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.wants(shop.lead)
    shop.tell(shop.lead)
    carrier = _carrier(sink)

    def lost(*_: Any) -> Any:
        raise psycopg.OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(carrier, "_write", lost)
        with pytest.raises(psycopg.OperationalError):
            carrier.turn(shop.world.raw)
    while carrier.turn(shop.world.raw):
        pass
    assert shop.states() == [("sent", "")] and len(_letters(sink, "lead@staff.test")) == 1


def test_where_nobody_is_at_work_who_always_wants_to_hear_does_and_those_above(shop: Staff, sink: Sink) -> None:
    with shop.world.writing() as cur:
        for account in (shop.operator, shop.lead):
            shifts.end(cur, shop.world.shop_id, account, SYSTEM, shop.world.now)
    shop.task()
    shop.watch()
    assert [k for k, _ in shop.told(shop.lead)] == ["task_fresh"] and shop.told(shop.operator) == []
    shop.wants(shop.operator, kinds={"task_fresh": ("email",)})
    shop.task()
    shop.watch()
    assert [k for k, _ in shop.told(shop.operator)] == ["task_fresh"]
    _carry(shop, sink)
    assert len(_letters(sink, "op@staff.test")) == 1


def test_what_is_a_month_old_is_forgotten_with_what_became_of_it(shop: Staff) -> None:
    shop.wants(shop.lead)
    shop.tell(shop.lead)
    shop.tell(shop.operator)
    with shop.world.writing() as cur:
        cur.execute(
            "update staff_notice set expires_at = machine_now() - interval '31 days' where account_id = %s",
            (shop.lead,),
        )
        cur.execute("update staff_notice set expires_at = machine_now() where account_id = %s", (shop.operator,))
        assert telling.forget_old(cur) == 1
    assert shop.states() == [("waiting", "")] and len(shop.told(shop.operator)) == 1
