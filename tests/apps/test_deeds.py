"""Splits, tags, fields and other schemes over a real database: kept, known at once, and told to the log."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from regulars.base.actor import SYSTEM, Actor
from regulars.base.facts import Subject
from regulars.journeys import actions, checking, winners
from regulars.people import actions as people
from regulars.people import facts, marks
from tests.apps.world import World

pytestmark = pytest.mark.db

OPERATOR = Actor("staff", 7)

MARKS = """
scheme: marks
per: order
starts: order.placed
steps:
  mark:
    tag: {add: [vip, buyer], remove: fresh}
  keep:
    set: {colour: red, spent: order.amount, since: 2026-03-01, seen: order.placed_at, ok: true}
"""
SPLIT = """
scheme: test
per: person
starts: order.placed
again: after 0d
steps:
  test:
    split: {one: 50%, two: 50%}
  one:
    tag: one
    then: end
  two:
    tag: two
"""
FIRST = """
scheme: first
per: order
starts: order.placed
steps:
  mark:
    tag: vip
  pass:
    enrol: second
  again:
    enrol: second
"""
SECOND = """
scheme: second
per: order
starts: order.ready
steps:
  asks:
    if: "'vip' in person.tags"
    yes: letter
    no: end
  letter:
    send: {by: [email], subject: {en: S, ru: S}, text: {en: T, ru: T}}
"""


def know(world: World, person: int) -> dict:
    with world.writing() as cur:
        names = frozenset({"person.tags", "person.fields.colour"})
        (found,) = facts.load(cur, world.shop_id, [Subject(person, None)], names, world.now)
    assert found is not None
    return found


def test_tags_and_fields_are_kept_typed_and_told_once(world: World) -> None:
    world.publish(MARKS)
    person = world.person()
    with world.writing() as cur:
        marks.tag_by_hand(cur, world.shop_id, person, "fresh", True, OPERATOR, world.now)
    for _ in range(2):
        world.happens("order.placed", person, world.order(person))
    world.conduct()
    found = know(world, person)
    assert found["tags"] == ["buyer", "vip"]
    assert found["fields"] == {
        "colour": "red", "ok": True, "seen": world.now, "since": date(2026, 3, 1), "spent": Decimal(499000),
    }  # fmt: skip
    told = world.rows(
        "select kind, coalesce(data->>'tag', data->>'field') from events_event where kind like 'person.%%' order by 1, 2"
    )
    assert told == [
        *(("person.field_set", f) for f in ("colour", "ok", "seen", "since", "spent")),
        ("person.tagged", "buyer"), ("person.tagged", "fresh"), ("person.tagged", "vip"),
        ("person.untagged", "fresh"),
    ]  # fmt: skip
    assert world.rows("select action from base_audit where object_kind = 'person'") == [("person.tagged",)]


def test_a_merge_shares_the_marks_and_undoing_it_gives_them_back(world: World) -> None:
    keep, other = world.person(), world.person()
    with world.writing() as cur:
        shop = world.shop_id
        marks.change_tags(
            cur, shop, [marks.TagChange(keep, "vip", True, "t"), marks.TagChange(other, "old", True, "t")], world.now
        )
        marks.set_fields(cur, shop, [marks.FieldSet(keep, "colour", "red", "t")], world.now)
        marks.set_fields(cur, shop, [marks.FieldSet(other, "colour", "blue", "t")], world.now + timedelta(hours=1))
        people.merge(cur, shop, keep, other, SYSTEM, world.now)
    assert know(world, other) == know(world, keep)
    assert (know(world, keep)["tags"], know(world, keep)["fields"]) == (["old", "vip"], {"colour": "blue"})
    with world.writing() as cur:
        marks.change_tags(cur, shop, [marks.TagChange(keep, "old", False, "t")], world.now)
        marks.change_tags(cur, shop, [marks.TagChange(other, "vip", True, "t")], world.now)  # he has it already
        people.unmerge(cur, shop, other, SYSTEM, world.now)
    assert (know(world, keep)["tags"], know(world, other)["tags"]) == (["vip"], [])
    assert know(world, keep)["fields"] == {"colour": "red"}
    assert world.one("select count(*) from events_event where kind = 'person.tagged'") == 2


def test_what_one_scheme_marks_another_asks_in_the_same_claim(world: World) -> None:
    world.publish(FIRST)
    world.publish(SECOND)
    person = world.person()
    world.happens("order.placed", person, world.order(person))
    assert world.conduct() <= 2
    assert world.rows("select step, state from outbox_message") == [("letter", "queued")]
    assert world.rows(
        "select s.name, e.status, e.order_id is not null, e.data#>>'{start,by_scheme}' from journeys_enrolment e"
        " join journeys_scheme s on s.id = e.scheme_id order by s.id"
    ) == [("first", 2, True, None), ("second", 2, True, "first")]
    reasons = [r for (rs,) in world.rows("select reasons from journeys_decision order by id") for r in rs]
    assert [r["code"] for r in reasons if "enrolled" in r["code"]] == ["enrolled", "enrolled"]
    world.happens("order.placed", person, world.order(person))
    with world.writing() as cur:
        actions.retire(cur, world.shop_id, "second", SYSTEM)
    world.conduct()
    reasons = [r for (rs,) in world.rows("select reasons from journeys_decision order by id") for r in rs]
    assert [r["params"]["refusal"] for r in reasons if r["code"] == "not_enrolled"] == ["not_live"] * 2


def test_a_ring_of_schemes_comes_to_rest(world: World) -> None:
    ring = "scheme: {0}\nper: person\nagain: after 0d\nstarts: {2}\nsteps:\n  pass:\n    enrol: {1}\n"
    world.publish(ring.format("ping", "pong", "order.placed"))
    world.publish(ring.format("pong", "ping", "order.ready"))
    person = world.person()
    world.happens("order.placed", person, world.order(person))
    world.conduct()
    refusals = [
        r["params"]["refusal"]
        for (rs,) in world.rows("select reasons from journeys_decision")
        for r in rs
        if r["code"] == "not_enrolled"
    ]
    assert refusals == ["ring"]
    assert world.one("select count(*) from journeys_enrolment where status = 1") == 0
    assert 2 <= world.one("select count(*) from journeys_enrolment") <= 9


def test_a_decided_split_takes_everybody_new(world: World) -> None:
    world.publish(SPLIT)
    first = [world.person() for _ in range(12)]
    for person in first:
        world.happens("order.placed", person, world.order(person))
    world.conduct()
    assert {t for (t,) in world.rows("select distinct tag from people_tag")} == {"one", "two"}
    with world.writing() as cur:
        with pytest.raises(winners.NoSuchWay):
            winners.decide(cur, world.shop_id, "test", "test", "three", OPERATOR, world.now)
        winners.decide(cur, world.shop_id, "test", "test", "two", OPERATOR, world.now)
    new = [world.person() for _ in range(12)]
    for person in new:
        world.happens("order.placed", person, world.order(person))
    world.conduct()
    assert world.rows("select distinct tag from people_tag where person_id = any(%s)", new) == [("two",)]
    assert world.rows(
        "select distinct data->'splits'->>'test' from journeys_enrolment where person_id = any(%s)", new
    ) == [("two",)]


def test_a_scheme_that_nobody_published_is_worth_a_look(world: World) -> None:
    world.publish(SECOND)
    with world.writing() as cur:
        reading = checking.read_for_shop(cur, world.shop_id, FIRST.replace("enrol: second", "enrol: secnd", 1))
    assert [(p.code, p.did_you_mean) for p in reading.problems] == [("scheme_unknown", "second")]
    assert reading.scheme is not None
