"""The conductor over a real database: what it claims, in which order, and what it leaves behind."""

from datetime import timedelta

import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM, Actor
from regulars.desk import actions as desk
from regulars.events.actions import lock_mailboxes
from regulars.journeys import actions, conductor
from tests.apps.world import World

pytestmark = pytest.mark.db

LETTER = """
scheme: hello
title: {en: Hello, ru: Привет}
per: order
starts: order.placed
stops: order.cancelled
steps:
  first:
    send: {by: [email], subject: {en: "We have it", ru: "У нас"}, text: {en: "Thank you", ru: "Спасибо"}}
  pause:
    wait: 2h
  second:
    send: {by: [email], subject: {en: "Again", ru: "Снова"}, text: {en: "Still here", ru: "Мы тут"}}
"""
CALL = """
scheme: calling
title: {en: Calling, ru: Звонок}
per: order
starts: order.placed
stops: order.cancelled
steps:
  ring:
    call: {script: confirm-order, target: 15m working, within: 1h working, team: order-desk}
    tell:
      by: [email]
      subject: {en: "We call", ru: "Позвоним"}
      text: {en: "By {{ promise.due | time }}", ru: "До {{ promise.due | time }}"}
    outcomes:
      confirmed: end
      no_answer: {again: [15m, 2h], then: end}
      not_today: {call_again: asked}
"""
OPERATOR = Actor("staff", 7)


def test_an_event_brings_an_order_in_and_its_letter_is_queued_once(world: World) -> None:
    world.publish(LETTER)
    person = world.person()
    order = world.order(person)
    world.happens("order.placed", person, order)
    world.happens("order.placed", person, order)
    world.conduct()
    assert world.rows("select part, step, state, purpose from outbox_message") == [
        ("letter", "first", "queued", "service")
    ]
    assert world.rows("select step, status, due_at from journeys_enrolment") == [
        ("pause", 1, world.now + timedelta(hours=2))
    ]
    assert world.one("select count(*) from events_pending") == 0
    assert world.one("select due_at from events_mailbox") == world.now + timedelta(hours=2)


def test_a_timer_moves_on_at_its_time_and_not_before(world: World) -> None:
    world.publish(LETTER)
    person = world.person()
    world.happens("order.placed", person, world.order(person))
    world.conduct()
    world.later(hours=1, minutes=59)
    assert world.conduct() == 0
    world.later(minutes=1)
    world.conduct()
    assert world.rows("select step from outbox_message order by id") == [("first",), ("second",)]
    assert world.rows("select status, end_reason from journeys_enrolment") == [(2, "finished")]
    assert world.one("select due_at from events_mailbox") is None


def test_every_decision_is_recorded_with_reasons(world: World) -> None:
    world.publish(LETTER)
    person = world.person()
    event = world.happens("order.placed", person, world.order(person))
    world.conduct()
    ((happening, event_id, reasons, effects),) = world.rows(
        "select happening, event_id, reasons, effects from journeys_decision"
    )
    assert (happening, event_id) == ("start", event)
    assert [r["code"] for r in reasons] == ["started", "sent", "waits_until"]
    assert [e["part"] for e in effects] == ["letter"]


def test_history_starts_nobody(world: World) -> None:
    world.publish(LETTER)
    person = world.person()
    world.happens("order.placed", person, world.order(person), live=False)
    assert world.conduct() == 0
    assert world.one("select count(*) from journeys_enrolment") == 0


def test_a_stop_cancels_letters_closes_tasks_and_voids_promises(world: World) -> None:
    world.publish(CALL)
    person = world.person()
    order = world.order(person)
    world.happens("order.placed", person, order)
    world.conduct()
    assert world.rows("select state from desk_task") == [("open",)]
    assert world.rows("select state, due_at from promises_promise") == [("intended", world.now + timedelta(hours=1))]
    world.happens("order.cancelled", person, order)
    world.conduct()
    assert world.rows("select state from desk_task") == [("closed",)]
    assert world.rows("select state from outbox_message") == [("cancelled",)]
    assert world.rows("select state from promises_promise") == [("void",)]
    assert world.rows("select status, end_reason from journeys_enrolment") == [(2, "stopped")]


def test_a_claimed_task_survives_a_stop_with_a_banner_and_its_outcome_moves_nothing(world: World) -> None:
    world.publish(CALL)
    person = world.person()
    order = world.order(person)
    world.happens("order.placed", person, order)
    world.conduct()
    task = world.one("select id from desk_task")
    with world.writing() as cur:
        desk.claim(cur, world.shop_id, task, OPERATOR, world.now)
    world.happens("order.cancelled", person, order)
    world.conduct()
    assert world.rows("select state, banner from desk_task") == [("claimed", "stopped")]
    with world.writing() as cur:
        desk.finish(cur, world.shop_id, task, "confirmed", OPERATOR, world.now)
    world.conduct()
    assert world.rows("select status, end_reason from journeys_enrolment") == [(2, "stopped")]
    assert world.rows("select state, outcome from desk_task") == [("finished", "confirmed")]


def test_no_answer_is_tried_again_with_the_next_attempt(world: World) -> None:
    world.publish(CALL)
    person = world.person()
    world.happens("order.placed", person, world.order(person))
    world.conduct()
    task = world.one("select id from desk_task")
    with world.writing() as cur:
        desk.finish(cur, world.shop_id, task, "no_answer", OPERATOR, world.now)
    world.conduct()
    rows = world.rows("select attempt, state, why_next, not_before from desk_task order by id")
    assert rows == [
        (1, "finished", "fresh", world.now),
        (2, "open", "retry", world.now + timedelta(minutes=15)),
    ]


def test_one_failing_enrolment_is_set_aside_and_nobody_else_waits(world: World) -> None:
    world.publish(CALL)
    first, second = world.person(), world.person()
    world.happens("order.placed", first, world.order(first))
    world.happens("order.placed", second, world.order(second))
    with world.writing() as cur:
        # The first one's zone is nonsense: his call can't be moved into his day.
        cur.execute("update people_person set time_zone = 'Mars/Olympus' where id = %s", (first,))
    world.conduct()
    rows = dict(world.rows("select person_id, status from journeys_enrolment"))
    assert rows[second] == 1
    assert rows[first] in (1, 3)


def test_a_person_who_is_held_elsewhere_does_not_hold_up_the_others(world: World) -> None:
    world.publish(LETTER)
    held, free = world.person(), world.person()
    for person in (held, free):
        world.happens("order.placed", person, world.order(person))
    other = db.loop_connection("holder")
    with db.transaction_on(other) as cur:
        lock_mailboxes(cur, [held])
        world.conduct()
        assert world.rows("select person_id from journeys_enrolment") == [(free,)]
    world.conduct()
    assert world.one("select count(*) from journeys_enrolment") == 2
    other.close()


def test_the_claim_of_many_sleepers_uses_its_index(world: World) -> None:
    with world.writing() as cur:
        cur.execute(
            "insert into events_mailbox (person_id, shop_id, due_at)"
            " select i, %s, %s + i * interval '1 second' from generate_series(1, 50000) i",
            (world.shop_id, world.now + timedelta(days=1)),
        )
    world.raw.execute("analyze events_mailbox")
    plan = "\n".join(
        r[0]
        for r in world.rows(
            "explain select person_id, shop_id from events_mailbox where due_at <= %s order by due_at limit 500"
            " for update skip locked",
            world.now,
        )
    )
    assert "events_mailbox_due" in plan
    assert conductor.run_once(world.raw) == 0


def test_a_new_version_takes_newcomers_and_the_old_one_keeps_its_people(world: World) -> None:
    one = world.publish(LETTER)
    person = world.person()
    world.happens("order.placed", person, world.order(person))
    world.conduct()
    two = world.publish(LETTER.replace("wait: 2h", "wait: 5h"))
    world.happens("order.placed", person, world.order(person))
    world.conduct()
    rows = world.rows("select version_id, due_at from journeys_enrolment order by id")
    assert rows == [
        (one.version_id, world.now + timedelta(hours=2)),
        (two.version_id, world.now + timedelta(hours=5)),
    ]


def test_the_same_text_published_again_changes_nothing(world: World) -> None:
    one = world.publish(LETTER)
    again = world.publish(LETTER)
    assert (again.version_id, again.isnew) == (one.version_id, False)


def test_a_wrong_scheme_never_goes_live(world: World) -> None:
    world.publish(LETTER)
    with pytest.raises(actions.SchemeRefused) as refused:
        world.publish(LETTER.replace("wait: 2h", "wiat: 2h"))
    assert "wait" in str(refused.value)
    assert world.rows("select n from journeys_version") == [(1,)]


def test_the_goal_only_counts(world: World) -> None:
    world.publish(LETTER.replace("steps:", "goal: {event: order.placed, of: person, within: 90d}\nsteps:"))
    person = world.person()
    world.happens("order.placed", person, world.order(person))
    world.conduct()
    world.later(days=3)
    world.conduct()
    world.happens("order.placed", person, world.order(person))
    world.conduct()
    rows = world.rows("select goal_at, status from journeys_enrolment order by id")
    assert rows == [(world.now, 2), (None, 1)]


def test_a_set_aside_enrolment_can_be_ended_by_a_person(world: World) -> None:
    world.publish(LETTER)
    person = world.person()
    world.happens("order.placed", person, world.order(person))
    world.conduct()
    enrolment = world.one("select id from journeys_enrolment")
    with world.writing() as cur:
        cur.execute('update journeys_enrolment set status = 3, problem = \'{"code": "step_gone"}\'')
        assert actions.end(cur, world.shop_id, enrolment, SYSTEM, world.now)
        assert not actions.end(cur, world.shop_id, enrolment, SYSTEM, world.now)
    assert world.rows("select status, end_reason from journeys_enrolment") == [(2, "ended_by_staff")]


def test_who_begins_and_is_stopped_in_one_claim_leaves_no_task_no_letter_and_no_promise(world: World) -> None:
    world.publish(CALL)
    gone, stays = world.person(), world.person()
    order = world.order(gone)
    world.happens("order.placed", gone, order)
    world.happens("order.placed", stays, world.order(stays))
    world.happens("order.cancelled", gone, order)
    world.conduct()
    found = "select state from {0} where person_id = %s"
    assert world.rows(found.format("desk_task"), gone) == [("closed",)]
    assert world.rows(found.format("outbox_message"), gone) == [("cancelled",)]
    assert world.rows(found.format("promises_promise"), gone) == [("void",)]
    assert world.rows(found.format("desk_task"), stays) == [("open",)]
    assert world.rows(found.format("outbox_message"), stays) == [("queued",)]


# what a scheme may do to itself, and what may befall one of its people


def test_a_loop_without_a_wait_never_goes_live(world: World) -> None:
    world.publish(LETTER)
    with pytest.raises(actions.SchemeRefused) as refused:
        world.publish(LETTER.replace("wait: 2h", "wait: 0m") + "    then: first\n")
    assert [p.code for p in refused.value.problems] == ["loop_without_wait"]
    assert world.rows("select n from journeys_version") == [(1,)]


def test_who_a_step_cannot_be_reckoned_for_is_set_aside_alone_and_taken_in_again(world: World) -> None:
    world.publish(LETTER.replace("wait: 2h", "wait: {days: order.amount}"))
    wrong, right = world.person(), world.person()
    order = world.order(wrong, total=499000)  # no wait lasts so long
    world.happens("order.placed", wrong, order)
    world.happens("order.placed", right, world.order(right, total=3))
    assert world.conduct() == 2, "one claim had both"
    assert world.rows("select person_id, status, step, problem ->> 'code' from journeys_enrolment order by id") == [
        (wrong, 3, None, "days_unknown"), (right, 1, "pause", None),
    ]  # fmt: skip
    assert world.rows("select person_id from outbox_message") == [(right,)], "what could not be reckoned did nothing"
    world.later(days=3)
    world.conduct()
    assert world.rows("select person_id, step from outbox_message order by id") == [(right, "first"), (right, "second")]
    with world.writing() as cur:
        cur.execute("update orders_order set total = 30 where id = %s", (order,))
        (aside,) = cur.execute("select id from journeys_enrolment where person_id = %s", (wrong,)).fetchone() or (0,)
        assert actions.retry(cur, world.shop_id, aside, OPERATOR, world.now)
    world.conduct()
    assert world.rows("select status, step from journeys_enrolment where person_id = %s", wrong) == [(1, "pause")]


_CROWD = """
with p as (
  insert into people_person (shop_id, name, first_name, language)
  select %(shop)s, 'n', 'n', 'en' from generate_series(1, %(n)s) returning id
), m as (
  insert into events_mailbox (person_id, shop_id, due_at) select id, %(shop)s, %(now)s from p
), e as (
  insert into events_event (shop_id, kind, v, occurred_at, live, person_id, data)
  select %(shop)s, 'x.go', 1, %(now)s, true, id, '{}' from p returning id, person_id
)
insert into events_pending (consumer, person_id, event_id) select 'journeys', person_id, id from e
"""


def test_a_crowd_that_enters_in_one_second_goes_in_by_small_claims_each_of_them_once(world: World) -> None:
    many, most = 607, 200
    world.publish(LETTER.replace("per: order", "per: person").replace("order.placed", "x.go"))
    with world.writing() as cur:
        cur.execute(_CROWD, {"shop": world.shop_id, "n": many, "now": world.now})
    claims = []
    while n := conductor.run_once(world.raw, most):
        claims.append(n)
    assert claims == [most] * 3 + [7]
    found = world.rows("select count(*), count(distinct person_id), min(step), max(step) from journeys_enrolment")
    assert found == [(many, many, "pause", "pause")]
    assert world.rows("select count(*), count(distinct person_id) from outbox_message") == [(many, many)]
    assert world.one("select count(*) from events_pending where consumer = 'journeys'") == 0
