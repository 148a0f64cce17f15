"""A call that no scheme conducts and nobody answers is tried again by the shop's plan; one that was agreed is promised."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from regulars.base import db
from regulars.base.actor import SYSTEM, Actor
from regulars.desk import actions as desk
from regulars.desk import bulk_calls, by_hand, settle
from regulars.desk.queries import TaskRow, task
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
from regulars.staff import actions as staff
from tests.apps.intake_world import delivered
from tests.apps.test_calls import fact, has_phone
from tests.apps.world import World

QUARTER = timedelta(minutes=15)


@pytest.fixture
def operator(world: World) -> Actor:
    with world.writing() as cur:
        return Actor("staff", staff.create_account(cur, world.shop_id, "o@staff.test", "Olga", "operator", SYSTEM))


def the_open(world: World) -> TaskRow:
    """The only task that waits."""
    ids = world.rows("select id from desk_task where state in ('open', 'claimed') order by id")
    assert len(ids) == 1, ids
    with db.open_cursor(world.raw) as cur:
        found = task(cur, world.shop_id, ids[0][0])
    assert found is not None
    return found


def waiting(world: World) -> int:
    return int(world.one("select count(*) from desk_task where state in ('open', 'claimed')"))


def ends(world: World, task_id: int, outcome: str, actor: Actor, **more: Any) -> None:
    with world.writing() as cur:
        desk.finish(cur, world.shop_id, task_id, outcome, actor, world.now, **more)


def missed(world: World, id_: str = "c1") -> TaskRow:
    delivered(world, fact(world, id_, state="missed"), kind="calls")
    return the_open(world)


def set_plan(world: World, *plan: str) -> None:
    with world.writing() as cur:
        shops.set_settings(cur, world.shop_id, {"retries": list(plan)}, SYSTEM)
    shop_queries.forget()


def test_a_missed_call_that_is_called_back_in_vain_is_tried_in_15_minutes_2_hours_and_next_morning(
    world: World, operator: Actor
) -> None:
    has_phone(world)
    first = missed(world)
    wanted = [
        world.now + QUARTER,
        world.now + QUARTER + timedelta(hours=2),
        datetime(2026, 3, 3, 9, tzinfo=UTC),  # the shop opens at nine
    ]
    for n, begins in enumerate(wanted, 2):
        ends(world, the_open(world).id, "no_answer", operator)
        again = the_open(world)
        assert (again.not_before, again.attempt, again.why_next) == (begins, n, "retry")
        assert (again.call_id, again.script, again.outcomes) == (first.call_id, first.script, first.outcomes)
        assert again.due_at == begins + timedelta(minutes=5)
        world.at(begins)
    ends(world, the_open(world).id, "no_answer", operator)
    assert waiting(world) == 0, "the plan has three tries"
    opened = world.rows("select data->>'attempt' from events_event where kind = 'task.opened' order by id")
    assert [a for (a,) in opened] == ["1", "2", "3", "4"]


def test_a_try_that_would_fall_into_the_night_waits_for_the_teams_and_the_buyers_day(
    world: World, operator: Actor
) -> None:
    person = has_phone(world)
    world.at(datetime(2026, 3, 2, 17, 50, tzinfo=UTC))
    missed(world)
    with world.writing() as cur:  # nine there is noon here
        cur.execute("update people_person set time_zone = 'America/Sao_Paulo' where id = %s", (person,))
    ends(world, the_open(world).id, "no_answer", operator)
    assert the_open(world).not_before == datetime(2026, 3, 3, 12, tzinfo=UTC)


def test_the_owner_decides_how_often_and_an_empty_plan_is_none(world: World, operator: Actor) -> None:
    has_phone(world)
    set_plan(world, "40m")
    missed(world)
    ends(world, the_open(world).id, "no_answer", operator)
    assert the_open(world).not_before == world.now + timedelta(minutes=40)
    set_plan(world)
    ends(world, the_open(world).id, "no_answer", operator)
    assert waiting(world) == 0


def test_an_outcome_that_may_be_taken_back_opens_the_next_try_only_when_it_counts(
    world: World, operator: Actor
) -> None:
    has_phone(world)
    first = missed(world)
    with world.writing() as cur:
        desk.finish(cur, world.shop_id, first.id, "no_answer", operator, world.now, undo_for=desk.UNDO)
    assert waiting(world) == 0
    with world.writing() as cur:
        desk.undo(cur, world.shop_id, first.id, operator, world.now)
    finished_at = world.now
    with world.writing() as cur:
        desk.finish(cur, world.shop_id, first.id, "no_answer", operator, world.now, undo_for=desk.UNDO)
    world.later(minutes=2)
    assert settle.settle_once(world.raw) == 1
    assert the_open(world).not_before == finished_at + QUARTER, "from the moment at which it was tried"


def test_a_talk_ends_the_tries_and_so_does_another_call_in_vain_which_comes_first(
    world: World, operator: Actor
) -> None:
    has_phone(world)
    first = missed(world)
    ends(world, first.id, "no_answer", operator)
    world.later(minutes=1)
    again = missed(world, "c2")
    assert (again.why_next, again.attempt) == ("missed", 1)
    ends(world, again.id, "no_answer", operator)
    world.later(minutes=1)
    delivered(world, fact(world, "c3", state="answered", direction="out"), kind="calls")
    assert waiting(world) == 0
    reasons = world.rows("select data->>'reason' from events_event where kind = 'task.closed' order by id")
    assert reasons == [("rang_again",), ("reached",)]


def test_whoever_was_talked_to_while_somebody_had_the_task_is_not_called_again(world: World, operator: Actor) -> None:
    has_phone(world)
    first = missed(world)
    with world.writing() as cur:
        desk.claim(cur, world.shop_id, first.id, operator, world.now)
    world.later(minutes=1)
    delivered(world, fact(world, "c2", state="answered"), kind="calls")
    ends(world, first.id, "no_answer", operator)
    assert waiting(world) == 0


def test_an_agreed_hour_is_a_promise_by_word_of_mouth_and_the_call_at_that_hour_keeps_it(
    world: World, operator: Actor
) -> None:
    has_phone(world)
    first = missed(world)
    with pytest.raises(desk.DeskError, match="call_at_missing"):
        ends(world, first.id, "not_today", operator)
    ends(world, first.id, "no_answer", operator)
    at = datetime(2026, 3, 4, 19, 30, tzinfo=UTC)  # his own hour, though the team has gone home
    ends(world, the_open(world).id, "not_today", operator, call_at=at)
    agreed = the_open(world)
    assert (agreed.not_before, agreed.why_next, agreed.attempt) == (at, "asked", 3)
    assert agreed.due_at == at + timedelta(minutes=5)
    promise = "select state, kind, task_id, due_at from promises_promise"
    assert world.rows(promise) == [("open", "call", agreed.id, agreed.due_at)]
    world.at(at)
    ends(world, agreed.id, "no_answer", operator)
    assert world.rows(promise)[0][0] == "kept", "we have called when we said"
    assert the_open(world).not_before == datetime(2026, 3, 5, 9, tzinfo=UTC), "the plan begins anew, in the morning"
    assert the_open(world).attempt == 4


def test_calls_made_by_hand_follow_the_same_plan(world: World, operator: Actor) -> None:
    person = world.person(zone="UTC")
    order = world.order(person)
    with world.writing() as cur:
        shop = shop_queries.settings_of(cur, world.shop_id)
        bulk_calls.make_calls(cur, shop, [order], "order-desk", operator, world.now)
    ends(world, the_open(world).id, "no_answer", operator)
    again = the_open(world)
    assert (again.not_before, again.why_next, again.order_id) == (world.now + QUARTER, "retry", order)
    assert again.due_at == again.not_before + timedelta(minutes=15), "the target of such calls"
    ends(world, again.id, "confirmed", operator)
    assert waiting(world) == 0


def test_a_call_that_was_promised_by_hand_is_tried_again_too(world: World, operator: Actor) -> None:
    person = world.person(zone="UTC")
    wanted = by_hand.HandMade("k", person, None, "call", world.now + timedelta(hours=1), None, "order-desk")
    with world.writing() as cur:
        by_hand.promise(cur, world.shop_id, wanted, operator, world.now)
    ends(world, the_open(world).id, "no_answer", operator)
    assert the_open(world).why_next == "retry"


def test_a_schemes_call_is_the_schemes_alone(world: World, operator: Actor) -> None:
    with world.writing() as cur:
        made = desk.NewTask(
            person_id=world.person(zone="UTC"), order_id=None, kind="call", script=None, team="order-desk",
            not_before=world.now, target_at=None, due_at=None, outcomes=["no_answer"], call_at_needed=[], enrolment_id=1,
        )  # fmt: skip
        (id_,) = desk.open_tasks(cur, world.shop_id, [made], world.now)
    ends(world, id_, "no_answer", operator)
    assert waiting(world) == 0
