"""Calls by a button: each vendor lets the two telephones ring, once a press, and what came to nothing says why."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from regulars.base.actor import SYSTEM, Actor
from regulars.intake import actions as intake
from regulars.intake import dialling
from regulars.intake.dialling import DialError, Dialled
from regulars.outbox import commands
from regulars.staff import actions as staff
from tests.apps.outbox_world import until
from tests.apps.test_commands import telling
from tests.apps.world import World
from tests.sinks.telephones import KEYS, Telephones, telephones

LINE = "+74951112233"
SETTINGS: dict[str, dict[str, Any]] = {
    "mango": {}, "zadarma": {}, "uis": {"line": LINE}, "twilio": {"line": LINE, "account_sid": KEYS["twilio"][0]},
}  # fmt: skip
CREDENTIALS = {
    "mango": {"api_key": "key-m"},
    "zadarma": {"api_key": "key-z"},
    "uis": {"token": "token-u"},
    "twilio": {},
}
EXTENSION = {"uis": "4711", "twilio": "+79160000101"}
VENDORS = sorted(SETTINGS)


@dataclass
class Desk:
    world: World
    vendor: Telephones
    account: int

    def connect(self, kind: str, *, secret: str | None = None, **settings: Any) -> None:
        own = {**SETTINGS[kind], "api": self.vendor.url, **settings}
        with self.world.writing() as cur:
            intake.open_feed(
                cur, self.world.shop_id, kind, SYSTEM, source=kind, settings=own, credentials=CREDENTIALS[kind],
                secrets=[KEYS[kind][1] if secret is None else secret],
            )  # fmt: skip
            staff.set_extension(cur, self.world.shop_id, self.account, EXTENSION.get(kind, "101"), SYSTEM)

    def buyer(self, number: str = "+79161234567") -> int:
        person = self.world.person()
        with self.world.writing() as cur:
            cur.execute(
                "insert into people_contact_point (shop_id, person_id, kind, value) values (%s, %s, 'phone', %s)",
                (self.world.shop_id, person, number),
            )
        return person

    def ask(self, person: int, task_id: int = 7, **fields: Any) -> int:
        with self.world.writing() as cur:
            return dialling.ask(
                cur, self.world.shop_id, person, self.account, Actor("staff", self.account), self.world.now,
                task_id=task_id, **fields,
            )  # fmt: skip

    def last(self, task_id: int = 7) -> Dialled:
        with self.world.writing() as cur:
            found = dialling.last(cur, self.world.shop_id, task_id)
        assert found is not None
        return found

    def ended(self, task_id: int = 7) -> Dialled:
        until(lambda: self.last(task_id).state not in ("queued", "sending"), 30)
        return self.last(task_id)


@pytest.fixture
def desk(world: World, tmp_path: Path, settings: Any) -> Iterator[Desk]:
    settings.REGULARS_PUBLIC_URL = "https://desk.shop.test"
    commands.register(dialling.KIND, dialling.HANDLER)
    with world.writing() as cur:
        account = staff.create_account(cur, world.shop_id, "o@staff.test", "Olga", "operator", SYSTEM)
    with telephones(tmp_path) as vendor:
        yield Desk(world, vendor, account)


@pytest.mark.parametrize("kind", VENDORS)
def test_the_vendor_lets_the_operators_telephone_ring_and_then_the_buyers(desk: Desk, kind: str) -> None:
    desk.connect(kind)
    with telling():
        id_ = desk.ask(desk.buyer())
        assert desk.ended().state == "done"
    (rung,) = desk.vendor.rung()
    assert rung["vendor"] == kind
    assert rung["number"].removeprefix("+") == "79161234567"
    assert str(rung["extension"]) == EXTENSION.get(kind, "101")
    if kind in ("mango", "uis"):
        assert rung["name"] == f"regulars-{id_}"
    if kind == "twilio":
        slug = desk.world.one("select slug from intake_feed")
        assert f'statusCallback="https://desk.shop.test/in/{slug}"' in rung["twiml"]
        assert f'callerId="{LINE}"' in rung["twiml"]
        assert rung["events"] == ["initiated", "ringing", "answered", "completed"]
    payload = desk.world.one("select payload::text from outbox_command")
    assert "79161234567" not in payload


@pytest.mark.parametrize("kind", VENDORS)
def test_what_the_vendor_refuses_says_why_and_asks_nobody_else(desk: Desk, kind: str) -> None:
    desk.connect(kind)
    with telling():
        desk.ask(desk.buyer("+79161234000"))
        found = desk.ended()
    assert (found.state, found.code) == ("given_up", "rejected")
    assert found.text
    assert desk.vendor.rung() == []


@pytest.mark.parametrize("kind", VENDORS)
def test_a_wrong_key_is_told_apart(desk: Desk, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CREDENTIALS, "uis", {"token": "wrong"})
    desk.connect(kind, secret="wrong")
    with telling():
        desk.ask(desk.buyer())
        found = desk.ended()
    assert (found.state, found.code) == ("given_up", "denied")
    assert desk.vendor.rung() == []


def test_a_call_of_which_no_answer_came_is_never_made_twice(desk: Desk) -> None:
    desk.connect("mango")
    with telling():
        desk.ask(desk.buyer("+79161234999"))
        found = desk.ended()
    assert (found.state, found.code) == ("given_up", "no_answer")
    assert len(desk.vendor.rung()) == 1


def test_a_server_that_fails_is_asked_again_until_it_is_too_late(desk: Desk) -> None:
    desk.connect("zadarma")
    with telling():
        desk.ask(desk.buyer("+79161234777"))
        until(lambda: desk.last().code == "server", 30)
        assert desk.last().is_waiting(desk.world.now)
        desk.world.later(seconds=31)
        assert not desk.last().is_waiting(desk.world.now)
        desk.ask(desk.buyer())
    assert desk.world.one("select count(*) from outbox_command") == 2


def test_two_presses_at_once_are_one_call_and_one_after_it_another(desk: Desk) -> None:
    desk.connect("mango")
    person = desk.buyer()
    threads = [threading.Thread(target=lambda: _ask_on_its_own(desk, person)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.world.one("select count(*) from outbox_command") == 1
    with telling():
        desk.ended()
        desk.ask(person)
        until(lambda: len(desk.vendor.rung()) == 2, 30)


def _ask_on_its_own(desk: Desk, person: int) -> None:
    from regulars.base import db

    with db.loop_connection("press") as raw, db.transaction_on(raw) as cur:
        actor = Actor("staff", desk.account)
        dialling.ask(cur, desk.world.shop_id, person, desk.account, actor, desk.world.now, task_id=7)


def test_the_number_that_was_chosen_is_called(desk: Desk) -> None:
    desk.connect("mango")
    person = desk.buyer("+79161110001")
    with desk.world.writing() as cur:
        cur.execute(
            "insert into people_contact_point (shop_id, person_id, kind, value) values (%s, %s, 'phone', '+79161110002')",
            (desk.world.shop_id, person),
        )
    with telling():
        desk.ask(person, phone=1)
        desk.ended()
    assert desk.vendor.rung()[0]["number"] == "79161110002"


def test_what_is_missing_for_a_call_is_named(desk: Desk) -> None:
    person = desk.buyer()
    with pytest.raises(DialError, match="no_way"):
        desk.ask(person)
    desk.connect("mango")
    with pytest.raises(DialError, match="no_number"):
        desk.ask(person, phone=5)
    with desk.world.writing() as cur:
        staff.set_extension(cur, desk.world.shop_id, desk.account, "", SYSTEM)
    with pytest.raises(DialError, match="no_extension"):
        desk.ask(person)


def test_a_feed_that_lacks_the_key_or_is_closed_asks_for_no_call(desk: Desk) -> None:
    with desk.world.writing() as cur:
        intake.open_feed(cur, desk.world.shop_id, "mango", SYSTEM, source="m", secrets=["s"])
        assert dialling.way(cur, desk.world.shop_id) is None
    desk.connect("zadarma")
    with desk.world.writing() as cur:
        feed = dialling.way(cur, desk.world.shop_id)
        assert feed is not None
        intake.close_feed(cur, desk.world.shop_id, feed, SYSTEM)
        assert dialling.way(cur, desk.world.shop_id) is None


def test_from_a_playground_nobody_is_called(desk: Desk) -> None:
    desk.connect("mango", api="https://app.mango-office.ru")
    with telling():
        desk.ask(desk.buyer())
        assert desk.ended().state == "kept"


def test_a_call_that_waits_too_long_for_its_turn_is_not_made(desk: Desk) -> None:
    desk.connect("mango")
    desk.ask(desk.buyer())
    desk.world.at(desk.world.now + timedelta(minutes=1))
    with telling():
        assert desk.ended().code == "late"
    assert desk.vendor.rung() == []
