"""The numbers of a scheme: exact after every kind of write, folded without a change, and mended when they are wrong."""

from datetime import timedelta

import pytest

from regulars.base.actor import SYSTEM
from regulars.journeys import actions, counts
from tests.apps.world import World

pytestmark = pytest.mark.db

SCHEME = """
scheme: s
title: S
per: order
starts: order.placed
stops: order.cancelled
goal: {event: order.placed, of: person, within: 90d}
hold_out: 40%
steps:
  hello: {send: {by: [email], purpose: advertising, subject: "hello", text: "hello"}}
  first: {wait: 1h}
  ring:
    call: {script: confirm-order, within: 1h working, team: order-desk}
    outcomes: {yes: first, no: end}
"""


def same_as_counted(world: World) -> bool:
    with world.writing() as cur:
        return counts.differences(cur, world.shop_id) == []


def test_the_numbers_are_those_of_a_full_count_whatever_happens(world: World) -> None:
    version = world.publish(SCHEME).version_id
    people = [world.person() for _ in range(12)]
    orders = [world.order(p) for p in people]
    for person, order in zip(people, orders, strict=True):
        world.happens("order.placed", person, order)
    world.conduct()
    assert same_as_counted(world)
    world.later(hours=1)
    world.conduct()
    world.happens("order.cancelled", people[0], orders[0])
    world.happens("order.placed", people[1], world.order(people[1]))
    world.conduct()
    ids = [r[0] for r in world.rows("select id from journeys_enrolment where status = 1 order by id")]
    world.rows("update journeys_enrolment set status = 3, problem = '{}' where id = any(%s) returning id", ids[:2])
    with world.writing() as cur:
        actions.retry(cur, world.shop_id, ids[0], SYSTEM, world.now)
        actions.end(cur, world.shop_id, ids[1], SYSTEM, world.now)
        found = counts.numbers(cur, [version])[version]
    assert same_as_counted(world)
    assert found.began == 13 and found.stopped == 1 and found.goals == 1 and 0 < found.held_out < 13
    assert found.waiting == {"ring": 10, "first": 1} and found.passed["hello"] == 13 and found.passed["first"] == 12
    assert found.ends == {("ring", "stopped"): 1, ("ring", "ended_by_staff"): 1}
    day = world.now.date()
    assert counts.flow([found], day + timedelta(days=1), 3) == [
        counts.Day(day - timedelta(days=1), 0, 0, 0), counts.Day(day, 13, 2, 1), counts.Day(day + timedelta(days=1), 0, 0, 0),
    ]  # fmt: skip

    assert counts.fold_once(world.raw, 3) == 3
    while counts.fold_once(world.raw):
        pass
    with world.writing() as cur:
        assert counts.numbers(cur, [version])[version] == found
    assert world.one("select count(*) from journeys_count_delta") == 0
    world.rows("delete from journeys_enrolment where id = %s returning id", ids[1])
    assert same_as_counted(world)


def test_wrong_numbers_are_found_and_mended(world: World) -> None:
    version = world.publish(SCHEME).version_id
    person = world.person()
    world.happens("order.placed", person, world.order(person))
    world.conduct()
    while counts.fold_once(world.raw):
        pass
    world.rows("update journeys_count set n = n + 7 where what = 'waiting' returning n")
    world.rows("delete from journeys_count where what = 'began' returning n")
    with world.writing() as cur:
        wrong = counts.differences(cur)
        assert [(d.version_id, d.what, d.kept, d.counted) for d in wrong] == [
            (version, "began", 0, 1), (version, "waiting", 8, 1),
        ]  # fmt: skip
        assert counts.mend(cur) == 2
    assert same_as_counted(world)
