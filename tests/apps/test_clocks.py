"""Days and 'so long since' over a real database: who is awaited, what comes once, what is late, what was imported."""

from datetime import UTC, date, datetime, timedelta

import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.journeys import actions, clock_filling, clocks
from regulars.people import actions as people
from regulars.shop import queries as shop_queries
from tests.apps.world import World

pytestmark = pytest.mark.db

BIRTHDAY = """
scheme: birthday
per: person
starts: {date: person.birthday, before: 7d, at: "10:00 local"}
steps:
  hello:
    send: {by: [email], subject: {en: "Soon"}, text: {en: "Soon"}}
"""
WIN_BACK = """
scheme: win-back
per: person
starts: {since: order.placed, for: 90d}
again: always
steps:
  hello:
    send: {by: [email], subject: {en: "Long"}, text: {en: "Long ago"}}
"""
TOMORROW = """
scheme: tomorrow
per: order
starts: {date: order.window.from, before: 1d, at: "18:00 local"}
steps:
  hello:
    send: {by: [email], subject: {en: "Tomorrow"}, text: {en: "Tomorrow"}}
"""


def born(world: World, day: date | None, zone: str | None = None) -> int:
    person = world.person(zone=zone)
    with world.writing() as cur:
        cur.execute("update people_person set birthday = %s where id = %s", (day, person))
    return person


def run(world: World) -> None:
    """Everything that is to be done now, to the end."""
    world.wait_for_older()
    for _ in range(50):
        done = clocks.take_once(world.raw) + clock_filling.fill_once(world.raw)
        if not done + world.conduct():
            return
    raise AssertionError("the clocks never came to rest")


def started(world: World) -> list[datetime]:
    return [r[0] for r in world.rows("select started_at from journeys_enrolment order by started_at, id")]


def windowed(world: World, person: int, day: str) -> int:
    order = world.order(person)
    with world.writing() as cur:
        cur.execute(
            "update orders_order set data = %s::jsonb where id = %s",
            (db.dumps({"delivery": {"window_from": f"{day}T12:00:00Z", "window_to": f"{day}T15:00:00Z"}}), order),
        )
    return order


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_people_known_before_are_awaited_and_each_birthday_comes_once_a_year(world: World) -> None:
    someone = born(world, date(1990, 4, 14), "Asia/Vladivostok")
    born(world, None)
    past = born(world, date(1990, 3, 3))  # a week before it has passed already
    world.publish(BIRTHDAY)
    run(world)
    assert world.rows("select person_id, due_at from journeys_start_due order by due_at") == [
        (someone, at("2026-04-07T00:00")),
        (past, at("2027-02-24T10:00")),
    ]
    world.at(at("2026-04-06T23:59"))
    run(world)
    assert started(world) == []
    world.at(at("2026-04-07T00:00"))
    run(world)
    run(world)
    assert started(world) == [at("2026-04-07T00:00")]
    (data,) = world.rows("select data from events_event where kind = 'date.reached'")[0]
    assert data == {
        "scheme": "birthday", "trigger": "person.birthday -7d 10:00 yearly", "day": "2026-04-14", "fact": "person.birthday"
    }  # fmt: skip
    world.at(at("2027-04-07T00:00"))
    run(world)
    assert started(world) == [at("2026-04-07T00:00"), at("2027-02-24T10:00"), at("2027-04-07T00:00")]


def test_a_moment_that_came_while_nobody_was_up_comes_once_at_its_own_time(world: World) -> None:
    born(world, date(1990, 4, 14))
    world.publish(BIRTHDAY)
    run(world)
    world.at(at("2026-04-09T15:00"))
    run(world)
    assert started(world) == [at("2026-04-07T10:00")]
    assert world.rows("select meant_at from outbox_message") == [(at("2026-04-07T10:00"),)]


def test_a_birthday_that_becomes_known_or_another_is_reckoned_anew_and_never_twice_a_year(world: World) -> None:
    world.publish(BIRTHDAY)
    person = born(world, None)
    run(world)
    change(world, person, date(1990, 3, 12))
    run(world)
    assert world.one("select due_at from journeys_start_due") == at("2026-03-05T10:00")
    world.at(at("2026-03-05T10:00"))
    run(world)
    change(world, person, date(1990, 6, 1))
    run(world)
    assert world.one("select due_at from journeys_start_due") == at("2027-05-25T10:00")
    assert started(world) == [at("2026-03-05T10:00")]


def change(world: World, person: int, day: date, live: bool = True) -> None:
    with world.writing() as cur:
        cur.execute("update people_person set birthday = %s where id = %s", (day, person))
    world.happens("person.changed", person, live=live, what=["birthday"])


def test_what_is_imported_counts_from_now_on_and_not_for_what_has_passed(world: World) -> None:
    world.publish(BIRTHDAY)
    run(world)
    world.later(days=60)
    early, late = born(world, date(1990, 3, 20)), born(world, date(1990, 7, 20))
    for person in (early, late):
        with world.writing() as cur:
            cur.execute("select 1 from events_mailbox where person_id = %s for update", (person,))
        world.happens("order.placed", person, world.order(person), live=False)
    run(world)
    assert world.rows("select person_id, due_at from journeys_start_due order by due_at") == [
        (late, at("2026-07-13T10:00")),
        (early, at("2027-03-13T10:00")),
    ]
    assert world.one("select count(*) from events_pending") == 0


def test_so_long_since_the_last_order_and_each_order_starts_it_anew(world: World) -> None:
    known = world.person()
    world.happens("order.placed", known, world.order(known), live=False)
    world.publish(WIN_BACK)
    run(world)
    first = world.now + timedelta(days=90)
    assert world.one("select due_at from journeys_start_due") == first
    world.later(days=30)
    world.happens("order.placed", known, world.order(known))
    run(world)
    assert world.one("select due_at from journeys_start_due") == first + timedelta(days=30)
    world.at(first)
    run(world)
    assert started(world) == []
    world.at(first + timedelta(days=31))
    run(world)
    assert started(world) == [first + timedelta(days=30)]
    assert world.one("select due_at from journeys_start_due") is None
    world.happens("order.placed", known, world.order(known))
    run(world)
    assert world.one("select due_at from journeys_start_due") == world.now + timedelta(days=90)


@pytest.mark.parametrize(("hour", "begun"), [(9, []), (11, [10])])
def test_while_the_engine_was_down_an_order_counts_by_when_it_came(world: World, hour: int, begun: list[int]) -> None:
    world.at(at("2026-03-02T10:00"))
    person = world.person()
    world.happens("order.placed", person, world.order(person))
    world.publish(WIN_BACK)
    run(world)
    world.at(at("2026-05-31") + timedelta(hours=hour))  # the 90th day, before the moment or after it
    world.happens("order.placed", person, world.order(person))
    world.at(at("2026-05-31T12:00"))
    run(world)
    assert [m.hour for m in started(world)] == begun
    assert world.one("select due_at from journeys_start_due") == at("2026-08-29") + timedelta(hours=hour)


def test_the_day_before_the_window_of_each_order_but_not_of_a_cancelled_one(world: World) -> None:
    person = world.person()
    before = windowed(world, person, "2026-03-10")
    world.publish(TOMORROW)
    later, lost = windowed(world, person, "2026-03-12"), windowed(world, person, "2026-03-10")
    for order in (later, lost):
        world.happens("order.placed", person, order)
    run(world)
    assert {r[0] for r in world.rows("select order_id from journeys_start_due")} == {before, later, lost}
    with world.writing() as cur:
        cur.execute("update orders_order set status = 'cancelled' where id = %s", (lost,))
    world.happens("order.cancelled", person, lost)
    run(world)
    world.at(at("2026-03-09T18:00"))
    run(world)
    assert world.rows("select order_id, started_at from journeys_enrolment") == [(before, world.now)]
    world.at(at("2026-03-20T18:00"))
    run(world)
    assert world.rows("select order_id from journeys_enrolment order by id") == [(before,), (later,)]


def test_a_merge_carries_what_was_reached_and_what_is_awaited(world: World) -> None:
    keep, other = born(world, date(1990, 4, 14)), born(world, date(1990, 4, 14))
    third = windowed(world, other, "2026-05-10")
    world.publish(BIRTHDAY)
    world.publish(TOMORROW)
    run(world)
    with world.writing() as cur:
        people.merge(cur, world.shop_id, keep, other, SYSTEM, world.now)
    run(world)
    assert world.rows("select person_id, order_id from journeys_start_due order by order_id") == [
        (keep, 0),
        (keep, third),
    ]
    with world.writing() as cur:
        people.unmerge(cur, world.shop_id, other, SYSTEM, world.now)
    run(world)
    rows = set(world.rows("select person_id, order_id from journeys_start_due"))
    assert rows == {(keep, 0), (other, 0), (other, third)}


def test_slices_cover_everybody_and_a_scheme_that_ends_leaves_nothing(world: World) -> None:
    people_ = [born(world, date(1990, 4, 1 + n)) for n in range(25)]
    with world.writing() as cur:
        scheme = actions.publish(cur, world.shop_id, BIRTHDAY, SYSTEM, world.now).scheme_id
    world.wait_for_older()
    clock_filling.fill_once(world.raw, size=10)
    with world.writing() as cur:
        assert clock_filling.filling(cur, world.shop_id, scheme) == clock_filling.Filling(10, 25)
    while clock_filling.fill_once(world.raw, size=10):
        pass
    assert {r[0] for r in world.rows("select person_id from journeys_start_due")} == set(people_)
    world.publish(BIRTHDAY.replace("before: 7d", "before: 3d"))
    run(world)
    assert world.rows("select key, state from journeys_clock") == [("person.birthday -3d 10:00 yearly", "kept")]
    assert world.one("select count(*) from journeys_start_due") == 25
    with world.writing() as cur:
        actions.retire(cur, world.shop_id, "birthday", SYSTEM)
    run(world)
    assert world.one("select count(*) from journeys_start_due") == 0
    assert world.one("select count(*) from journeys_clock") == 0


def test_when_the_shop_moves_those_whose_zone_nobody_knows_move_with_it(world: World) -> None:
    own, unknown = born(world, date(1990, 4, 14), "Asia/Vladivostok"), born(world, date(1990, 4, 14))
    world.publish(BIRTHDAY)
    run(world)
    with world.writing() as cur:
        cur.execute("update shop_shop set time_zone = 'Europe/Moscow' where id = %s", (world.shop_id,))
    shop_queries.forget()
    run(world)
    assert dict(world.rows("select person_id, due_at from journeys_start_due")) == {
        own: at("2026-04-07T00:00"),
        unknown: at("2026-04-07T07:00"),
    }
    assert world.rows("select state, zone from journeys_clock") == [("kept", "Europe/Moscow")]
    shop_queries.forget()
