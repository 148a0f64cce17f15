"""A scheme is paused and goes on: people freeze in place, what came is taken in its order, lateness rules say what goes."""

import contextlib
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.journeys import conductor, counts, pause_actions, pausing
from regulars.journeys.pausing import REFUSE, WAIT
from regulars.outbox import claim
from regulars.outbox.claim import next_due
from tests.apps.outbox_world import Outbox
from tests.apps.world import World

pytestmark = pytest.mark.db

TEXT = """
scheme: s
title: S
per: order
starts: order.placed
stops: order.cancelled
steps:
  hello: {send: {by: [email], subject: "hello", text: "hello"}}
  pay:
    wait_for: {event: order.paid, up_to: 2h}
    then: thanks
    on_timeout: remind
  remind: {send: {by: [email], subject: "remind", text: "remind"}, then: end}
  thanks: {send: {by: [email], subject: "thanks", text: "thanks"}, then: end}
"""
OTHER = TEXT.replace("scheme: s\n", "scheme: other\n").replace("order.placed", "order.changed")


def pause(world: World, newcomers: str = WAIT) -> None:
    with world.writing() as cur:
        assert pause_actions.pause(cur, world.shop_id, "s", newcomers, SYSTEM, world.now)
        assert not pause_actions.pause(cur, world.shop_id, "s", newcomers, SYSTEM, world.now)


def resume(world: World, limit: int = 1) -> None:
    with world.writing() as cur:
        assert pause_actions.resume(cur, world.shop_id, "s", SYSTEM, world.now)
        assert not pause_actions.resume(cur, world.shop_id, "s", SYSTEM, world.now)
    wake(world.raw, limit)
    world.wait_for_older()
    wake(world.raw, limit)
    world.conduct()


def wake(raw: "psycopg.Connection[Any]", limit: int = 1000) -> None:
    for _ in range(100):
        if not pausing.wake_once(raw, limit):
            return
    raise AssertionError("waking never ends")


def buy(world: World) -> tuple[int, int]:
    person = world.person()
    order = world.order(person)
    world.happens("order.placed", person, order)
    world.conduct()
    return person, order


def steps(world: World) -> list[str]:
    return [r[0] for r in world.rows("select step from outbox_message where step <> 'hello' order by id")]


def test_timers_do_not_fire_and_the_wait_that_ended_meanwhile_goes_on_at_the_end(world: World) -> None:
    world.publish(TEXT)
    for _ in range(3):
        buy(world)
    pause(world)
    world.later(hours=3)
    assert world.conduct() == 3, "each is looked at once"
    assert world.one("select count(*) from events_mailbox where due_at is not null") == 0
    world.later(hours=3)
    assert conductor.run_once(world.raw) == 0, "and costs nothing more"
    assert steps(world) == []
    due = world.now - timedelta(hours=4)
    resume(world)
    assert steps(world) == ["remind"] * 3
    assert world.rows("select distinct meant_at from outbox_message where step = 'remind'") == [(due,)]
    assert world.rows("select waking, woken from journeys_scheme") == [(False, None)]


def test_what_came_while_it_was_paused_is_taken_in_its_order(world: World) -> None:
    world.publish(TEXT)
    paid, paid_order = buy(world)
    late, late_order = buy(world)
    gone, gone_order = buy(world)
    pause(world)
    world.later(hours=1)
    world.happens("order.paid", paid, paid_order)
    world.happens("order.cancelled", gone, gone_order)
    world.conduct()
    world.later(hours=2)
    world.happens("order.paid", late, late_order)
    world.conduct()
    assert world.one("select count(*) from journeys_kept") == 3 and steps(world) == []
    resume(world)
    assert world.rows("select person_id, step, end_reason from journeys_enrolment order by id") == [
        (paid, "thanks", "finished"), (late, "remind", "finished"), (gone, "pay", "stopped"),
    ]  # fmt: skip
    assert world.one("select count(*) from journeys_kept") == 0
    assert steps(world) == ["thanks", "remind"] or steps(world) == ["remind", "thanks"]
    with world.writing() as cur:
        assert counts.differences(cur) == []


@pytest.mark.parametrize(("newcomers", "entered"), [(WAIT, 1), (REFUSE, 0)])
def test_newcomers_wait_or_do_not_enter(world: World, newcomers: str, entered: int) -> None:
    world.publish(TEXT)
    world.publish(OTHER)
    pause(world, newcomers)
    person, order = buy(world)
    gone, gone_order = buy(world)
    world.happens("order.cancelled", gone, gone_order)
    world.happens("order.changed", person, order)
    world.conduct()
    assert world.one("select count(*) from journeys_enrolment") == 1, "another scheme goes on, for the same person too"
    world.later(minutes=30)
    resume(world)
    rows = world.rows(
        "select e.person_id, e.step from journeys_enrolment e join journeys_scheme s on s.id = e.scheme_id"
        " where s.name = 's' and e.status = 1"
    )
    assert rows == [(person, "pay")] * entered
    assert world.one("select count(*) from journeys_kept") == 0
    assert world.one("select count(*) from outbox_message where step = 'hello'") == 1 + 2 * entered


def test_its_unsent_letters_are_held_and_then_judged_by_their_own_lateness(world: World) -> None:
    outbox = Outbox(world)
    version = world.publish(TEXT.replace('text: "hello"', 'text: "hello", late: drop after 1h')).version_id
    buy(world)
    free = outbox.queue(world.person())
    pause(world)
    outbox.gate()
    ((held, reason),) = world.rows("select id, reason from outbox_message where version_id = %s", version)
    assert reason == "scheme_paused" and outbox.state(free) == ("sent", None)
    with world.writing() as cur:
        due = next_due(cur.connection)
    assert due is not None and due > world.now + timedelta(days=3000), "nobody asks again while it lasts"
    newer = world.publish(TEXT).version_id
    assert world.one("select count(*) from outbox_held_version where version_id = %s", newer) == 1
    world.later(hours=1, minutes=5)
    resume(world)
    outbox.gate()
    assert outbox.state(held) == ("refused", "late")


# it goes on while somebody who saw the pause is still at work


def goes_on_at(monkeypatch: pytest.MonkeyPatch, world: World, module: Any, point: str) -> None:
    """The scheme goes on, and all who can be had at once are woken, when `module` passes this failpoint."""
    other = db.loop_connection("other")
    other.execute("set lock_timeout = '300ms'")

    def passed(name: str) -> bool:
        if name == point:
            monkeypatch.setattr(module, "hit", lambda _name: False)
            with contextlib.suppress(psycopg.errors.LockNotAvailable):
                with db.transaction_on(other) as cur:
                    assert pause_actions.resume(cur, world.shop_id, "s", SYSTEM, world.now)
                wake(other)
            other.close()
        return False

    monkeypatch.setattr(module, "hit", passed)


def test_a_newcomer_kept_by_who_saw_the_pause_is_let_in_though_all_were_woken_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish(TEXT)
    pause(world)
    goes_on_at(monkeypatch, world, conductor, "conductor.advanced")
    buy(world)
    assert world.rows("select paused_at, waking from journeys_scheme") == [(None, True)]
    assert world.one("select count(*) from journeys_kept") == 1
    world.wait_for_older()
    wake(world.raw)
    world.conduct()
    wake(world.raw)
    assert world.rows("select step from journeys_enrolment") == [("pay",)]
    assert world.one("select count(*) from journeys_kept") == 0
    assert world.rows("select waking, woken from journeys_scheme") == [(False, None)]


def test_a_letter_put_off_by_who_saw_the_pause_goes_when_the_scheme_does(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = Outbox(world)
    world.publish(TEXT)
    buy(world)
    pause(world)
    goes_on_at(monkeypatch, world, claim, "outbox.before_sending_commit")
    outbox.gate()
    if world.one("select paused_at is not null from journeys_scheme"):  # it had to wait for the gate
        with world.writing() as cur:
            assert pause_actions.resume(cur, world.shop_id, "s", SYSTEM, world.now)
    outbox.gate()
    assert world.rows("select state, reason from outbox_message") == [("sent", None)]
