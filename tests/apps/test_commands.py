"""What other systems are told: once where it may be once, again where it must be, and never from a playground outward."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from regulars.base import due
from regulars.base.actor import Actor
from regulars.outbox import commands
from regulars.outbox.command_loop import PAUSES, CommandLoop, next_command
from regulars.outbox.commands import CommandError, Handler, Job, Outcome
from regulars.worker.loop import Loop
from tests.apps.outbox_world import until
from tests.apps.world import World
from tests.sinks.called import Called, called

ANNA = Actor("staff", 1)


@dataclass
class Desk:
    """A shop, somebody's server, and a kind of command that calls it."""

    world: World
    other: Called
    settled: list[tuple[str, str, str]]

    def ask(self, key: str = "k1", path: str = "ok", kind: str = "test.tell", **fields: Any) -> int:
        values: dict[str, Any] = {"target": "shop", **fields}
        payload = {"url": values.pop("url", f"{self.other.url}/{path}")}
        with self.world.writing() as cur:
            return commands.ask(cur, self.world.shop_id, kind, key, payload, ANNA, self.world.now, **values)

    def state(self, command_id: int) -> tuple[str, str | None]:
        ((state, answer),) = self.world.rows("select state, answer from outbox_command where id = %s", command_id)
        return state, (answer or {}).get("code")

    def until_state(self, command_id: int, *states: str) -> None:
        until(lambda: self.state(command_id)[0] in states, 30)

    def at_once(self) -> None:
        """No pause any more."""
        with self.world.writing() as cur:
            cur.execute("update outbox_command set retry_at = null")
            cur.execute("update outbox_target set paused_until = null")


@pytest.fixture
def desk(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    settled: list[tuple[str, str, str]] = []

    def tell(job: Job) -> Outcome:
        answer = job.call("POST", job.payload["url"], body=b"{}", seconds=job.payload.get("seconds", 3))
        match answer.status:
            case 200:
                return Outcome("done", status=200)
            case 401:
                return Outcome("denied", "unauthorized", status=401)
            case 404:
                return Outcome("refused", "not_found", status=404)
            case _:
                return Outcome("retry", "server", answer.text(), answer.status, answer.retry_after())

    def note(cur: object, job: Job, state: str, outcome: Outcome, now: datetime) -> None:
        settled.append((job.key, state, outcome.code))

    monkeypatch.setattr(commands, "_handlers", dict(commands._handlers))
    commands.register("test.tell", Handler(tell, settled=note))
    commands.register("test.once", Handler(tell, settled=note, repeatable=False))
    with called(tmp_path) as other:
        yield Desk(world, other, settled)


@contextmanager
def telling() -> Iterator[None]:
    """The sender's loop over commands, at work."""
    stop = threading.Event()
    work = CommandLoop()
    loop = Loop("commands", work.turn, next_command, longest=0.1, ending=work.end)
    thread = threading.Thread(target=loop.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        loop.wake.set()
        thread.join(20)
        assert not thread.is_alive()


def test_it_is_told_once_with_a_key_of_its_own(desk: Desk) -> None:
    first, again = desk.ask(), desk.ask()
    assert first == again
    with telling():
        desk.until_state(first, "done")
    (told,) = desk.other.told()
    assert told["headers"]["idempotency-key"] == f"regulars-{first}"
    assert told["headers"]["host"] == f"127.0.0.1:{desk.other.port}"
    assert desk.settled == [("k1", "done", "")]


def test_a_transaction_that_failed_tells_nobody(desk: Desk) -> None:
    with desk.world.writing() as cur:
        commands.ask(cur, desk.world.shop_id, "test.tell", "k", {}, ANNA, desk.world.now, target="shop")
        raise psycopg.Rollback
    assert desk.world.one("select count(*) from outbox_command") == 0


def test_it_waits_while_it_may_be_taken_back_and_is_gone_when_it_was(desk: Desk) -> None:
    soon = desk.world.now + timedelta(seconds=60)
    one, other = desk.ask("a", not_before=soon), desk.ask("b", not_before=soon)
    with telling():
        with desk.world.writing() as cur:
            assert commands.withdraw(cur, desk.world.shop_id, one, ANNA, desk.world.now)
        time.sleep(0.5)
        assert desk.other.told() == []
        desk.world.later(seconds=61)
        desk.until_state(other, "done")
    assert desk.state(one)[0] == "withdrawn"
    assert len(desk.other.told()) == 1
    with desk.world.writing() as cur:
        assert not commands.withdraw(cur, desk.world.shop_id, other, ANNA, desk.world.now)


def test_what_fails_is_tried_again_later_and_later(desk: Desk) -> None:
    desk.other.behave(ok=[503, 503, 200])
    command = desk.ask()
    with telling():
        until(lambda: len(desk.other.told()) == 1, 20)
        wait = "select extract(epoch from retry_at - machine_now()) from outbox_command"
        until(lambda: desk.world.one("select retry_at is not null from outbox_command"), 20)
        assert 0 < desk.world.one(wait) <= PAUSES[0]
        desk.at_once()
        until(lambda: len(desk.other.told()) == 2, 20)
        desk.at_once()
        desk.until_state(command, "done")
    assert desk.world.one("select tries from outbox_command") == 3
    assert desk.settled == [("k1", "done", "")]


def test_an_answer_that_never_came_is_asked_for_again_under_the_same_key(desk: Desk) -> None:
    desk.other.behave(ok=["vanish", 200])
    command = desk.ask()
    with telling():
        until(lambda: desk.world.one("select maybe_taken from outbox_command"), 20)
        with desk.world.writing() as cur:
            assert not commands.withdraw(cur, desk.world.shop_id, command, ANNA, desk.world.now)
        desk.at_once()
        desk.until_state(command, "done")
    keys = [t["headers"]["idempotency-key"] for t in desk.other.told()]
    assert keys == [f"regulars-{command}"] * 2


def test_what_may_not_be_done_twice_waits_for_a_person_when_its_fate_is_unknown(desk: Desk) -> None:
    desk.other.behave(ok=["vanish", 200])
    command = desk.ask(kind="test.once")
    with telling():
        desk.until_state(command, "unknown")
        time.sleep(0.5)
        assert len(desk.other.told()) == 1
        assert desk.settled == [("k1", "unknown", "no_answer")]
        with desk.world.writing() as cur:
            commands.try_again(cur, desk.world.shop_id, command, ANNA, desk.world.now)
        desk.until_state(command, "done")


def test_who_does_not_let_us_in_is_left_alone_until_somebody_mends_it(desk: Desk) -> None:
    desk.other.behave(ok=[401, 200])
    first = desk.ask("a")
    with telling():
        until(lambda: desk.world.rows("select trouble from outbox_target where paused_until > machine_now()"), 20)
        second, elsewhere = desk.ask("b"), desk.ask("c", "other", target="other shop")
        desk.until_state(elsewhere, "done")
        assert [t["path"] for t in desk.other.told()] == ["/ok", "/other"]
        with desk.world.writing() as cur:
            commands.try_again(cur, desk.world.shop_id, first, ANNA, desk.world.now)
        desk.until_state(first, "done")
        desk.until_state(second, "done")
    assert desk.world.one("select count(*) from outbox_target") == 0


def test_three_failures_in_a_row_pause_that_target_alone(desk: Desk) -> None:
    desk.other.behave(ok=[500])
    command = desk.ask()
    with telling():
        for n in range(1, 4):
            until(lambda n=n: desk.world.rows("select failures from outbox_target") == [(n,)], 20)
            with desk.world.writing() as cur:
                cur.execute("update outbox_command set retry_at = null")
        told = len(desk.other.told())
        fine = desk.ask("fine", "other", target="other shop")
        desk.until_state(fine, "done")
        assert desk.world.one("select paused_until > machine_now() from outbox_target")
        assert len([t for t in desk.other.told() if t["path"] == "/ok"]) == told == 3
    assert desk.state(command)[0] == "queued"


def test_what_an_order_s_shop_is_told_keeps_its_order(desk: Desk) -> None:
    desk.other.behave(first=[500, 200])
    person = desk.world.person()
    order = desk.world.order(person)
    one = desk.ask("a", "first", person_id=person, order_id=order)
    two = desk.ask("b", "second", person_id=person, order_id=order)
    with telling():
        until(lambda: len(desk.other.told()) == 1, 20)
        time.sleep(0.5)
        assert desk.state(two)[0] == "queued"
        desk.at_once()
        desk.until_state(one, "done")
        desk.until_state(two, "done")
    assert [t["path"] for t in desk.other.told()] == ["/first", "/first", "/second"]


def test_nothing_leaves_a_playground(desk: Desk) -> None:
    command = desk.ask(url="https://example.com/orders")
    with telling():
        desk.until_state(command, "kept")
    assert desk.settled == [("k1", "kept", "playground")]


def test_what_nobody_wants_any_more_is_not_told(desk: Desk) -> None:
    command = desk.ask(good_for=timedelta(minutes=2))
    desk.world.later(minutes=3)
    with telling():
        desk.until_state(command, "failed")
    assert desk.other.told() == []
    assert desk.settled == [("k1", "failed", "late")]


def test_a_redirect_is_an_answer_and_not_a_way(desk: Desk) -> None:
    desk.other.behave(ok=[302])
    desk.ask()
    with telling():
        until(lambda: desk.world.one("select (answer->>'status')::int from outbox_command") == 302, 20)
    assert [t["path"] for t in desk.other.told()] == ["/ok"]


def test_an_answer_that_drips_for_ever_is_cut_off(desk: Desk) -> None:
    desk.other.behave(ok=["drip", 200])
    with desk.world.writing() as cur:
        command = commands.ask(
            cur, desk.world.shop_id, "test.tell", "k1", {"url": f"{desk.other.url}/ok", "seconds": 2}, ANNA,
            desk.world.now, target="shop",
        )  # fmt: skip
    began = time.monotonic()
    with telling():
        until(lambda: desk.world.one("select maybe_taken from outbox_command where id = %s", command), 60)
    assert time.monotonic() - began < 60


def test_given_up_by_hand_it_is_over_and_its_handler_knows(desk: Desk) -> None:
    desk.other.behave(ok=[404])
    command = desk.ask()
    with telling():
        desk.until_state(command, "failed")
    with desk.world.writing() as cur:
        commands.give_up(cur, desk.world.shop_id, command, ANNA, desk.world.now)
    assert desk.settled == [("k1", "failed", "not_found"), ("k1", "given_up", "given_up")]
    for deed in (commands.give_up, commands.try_again):
        with pytest.raises(CommandError), desk.world.writing() as cur:
            deed(cur, desk.world.shop_id, command, ANNA, desk.world.now)
        with pytest.raises(CommandError) as other, desk.world.writing() as cur:
            deed(cur, desk.world.shop_id + 1, command, ANNA, desk.world.now)
        assert other.value.code == "not_found"


def test_a_playground_s_clock_knows_what_is_due_and_does_not_wait_for_what_fails(desk: Desk) -> None:
    soon = desk.world.now + timedelta(seconds=60)
    desk.other.behave(ok=[500])
    desk.ask(not_before=soon)
    with desk.world.writing() as cur:
        busy, following = due.look(cur, desk.world.now)
    assert ("commands" in busy, following) == (False, soon)
    desk.world.later(seconds=60)
    with desk.world.writing() as cur:
        assert "commands" in due.look(cur, desk.world.now)[0]
    with telling():
        until(lambda: desk.world.one("select tries from outbox_command") == 1, 20)
        until(lambda: desk.state(desk.world.one("select id from outbox_command"))[0] == "queued", 20)
    with desk.world.writing() as cur:
        assert "commands" not in due.look(cur, desk.world.now)[0]
