"""The ledger of promises: told once, watched, kept or broken, and every change in the log."""

from datetime import timedelta

import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.base.facts import Subject
from regulars.effects.danger import watch_once
from regulars.promises import actions, facts, queries
from regulars.promises.actions import NewPromise
from regulars.promises.watch import next_watch
from tests.apps.world import World


def make(world: World, minutes: float, **fields: object) -> int:
    """A promise told by word of mouth, due in so many minutes."""
    values = {"key": f"k{next(world.numbers)}", "kind": "call", "intended": False, **fields}
    person = values.pop("person_id", None) or world.person()
    new = NewPromise(person_id=person, due_at=world.now + timedelta(minutes=minutes), **values)  # type: ignore[arg-type]
    with world.writing() as cur:
        return actions.make(cur, world.shop_id, [new], SYSTEM, world.now)[0]


def state(world: World, id_: int) -> str:
    return str(world.one("select state from promises_promise where id = %s", id_))


def kinds(world: World) -> list[str]:
    return [r[0] for r in world.rows("select kind from events_event where kind like 'promise.%%' order by id")]


def test_made_twice_is_made_once(world: World) -> None:
    person = world.person()
    first = make(world, 60, key="same", person_id=person)
    world.later(minutes=5)
    assert make(world, 90, key="same", person_id=person) == first
    assert kinds(world) == ["promise.made"]
    assert world.one("select due_at from promises_promise") == world.now + timedelta(minutes=55)


def test_the_watch_warns_at_the_last_fifth_and_then_it_breaks(world: World) -> None:
    id_ = make(world, 60)
    with world.writing() as cur:
        assert next_watch(cur) == world.now + timedelta(minutes=48)
    assert watch_once(world.raw) == 0
    world.later(minutes=48)
    assert watch_once(world.raw) == 1 and state(world, id_) == "open", "nobody has been told yet"
    assert world.one("select risk_at from promises_promise") == world.now
    assert watch_once(world.raw) == 0
    world.later(minutes=12)
    assert watch_once(world.raw) == 0, "due now is not late"
    world.later(seconds=1)
    assert watch_once(world.raw) == 1 and state(world, id_) == "broken"
    assert watch_once(world.raw) == 0
    assert kinds(world) == ["promise.made", "promise.endangered", "promise.broken"]


def test_a_short_promise_is_warned_three_minutes_before(world: World) -> None:
    make(world, 10)
    world.later(minutes=6, seconds=59)
    assert watch_once(world.raw) == 0
    world.later(seconds=1)
    assert watch_once(world.raw) == 1


def test_what_passed_unseen_is_broken_not_warned(world: World) -> None:
    id_ = make(world, 60)
    world.later(days=3)
    assert watch_once(world.raw) == 1 and state(world, id_) == "broken"
    assert kinds(world) == ["promise.made", "promise.broken"]


def test_an_intended_one_is_nobodys_yet_and_frozen_when_told(world: World) -> None:
    id_ = make(world, 60, intended=True, message_id=77)
    world.later(minutes=20)
    with world.writing() as cur:
        assert next_watch(cur) is None
        assert actions.told(cur, [77], world.now) == 1
        assert actions.told(cur, [77], world.now) == 0
        assert next_watch(cur) == world.now + timedelta(minutes=32)
    assert state(world, id_) == "open"
    assert kinds(world) == ["promise.made", "promise.told"]


@pytest.mark.parametrize(
    ("after", "intended", "expected"),
    [(30, False, "kept"), (55, False, "kept"), (61, False, "broken"), (5, True, "void")],
)
def test_kept_in_time_broken_after_it_void_if_never_told(
    world: World, after: int, intended: bool, expected: str
) -> None:
    id_ = make(world, 60, intended=intended, enrolment_id=5)
    world.later(minutes=after)
    if after == 55:
        watch_once(world.raw)
    with world.writing() as cur:
        assert actions.keep(cur, world.shop_id, SYSTEM, world.now, enrolment_ids=[5]) == (expected == "kept")
        assert actions.keep(cur, world.shop_id, SYSTEM, world.now, enrolment_ids=[5]) == 0
    assert state(world, id_) == expected
    world.later(days=1)
    assert watch_once(world.raw) == 0


def test_keeping_a_call_keeps_no_other_kind(world: World) -> None:
    id_ = make(world, 60, kind="ship", enrolment_id=5)
    with world.writing() as cur:
        assert actions.keep(cur, world.shop_id, SYSTEM, world.now, enrolment_ids=[5]) == 0
        assert actions.void(cur, world.shop_id + 1, SYSTEM, world.now, enrolment_ids=[5]) == 0
        assert actions.void(cur, world.shop_id, SYSTEM, world.now, enrolment_ids=[5]) == 1
    assert state(world, id_) == "void"


def test_the_watch_leaves_a_held_person_and_serves_the_others(world: World) -> None:
    busy = world.person()
    held, free = make(world, 60, person_id=busy), make(world, 60)
    world.later(minutes=50)
    with db.loop_connection("other") as other, other.transaction():
        other.execute("select 1 from events_mailbox where person_id = %s for update", (busy,))
        assert watch_once(world.raw) == 1
        seen = dict(world.rows("select id, risk_at is not null from promises_promise"))
        assert (seen[held], seen[free]) == (False, True)
    assert watch_once(world.raw) == 1


def test_facts_name_the_newest_promise_of_each_kind_that_stands(world: World) -> None:
    person = world.person()
    order = world.order(person)
    make(world, 30, person_id=person, order_id=order)
    make(world, 90, person_id=person, order_id=order)
    make(world, 500, person_id=person, order_id=order, kind="ship")
    subjects = [Subject(person, order), Subject(person, None), Subject(world.person(), None)]
    with world.writing() as cur:
        found = facts.load(cur, world.shop_id, subjects, frozenset({"promise.call"}), world.now)
        assert [p.kind for p in queries.listing(cur, world.shop_id, order_id=order)] == ["ship", "call", "call"]
    assert found[0] == {"call": world.now + timedelta(minutes=90), "ship": world.now + timedelta(minutes=500)}
    assert found[1] == found[2] == {}
