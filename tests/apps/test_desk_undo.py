"""An outcome given on the screen may be taken back for a minute; then it counts once, as of the moment it was given."""

import threading
from datetime import timedelta

import pytest

from regulars.base import db
from regulars.base.actor import Actor
from regulars.base.due import look
from regulars.desk import actions, queries, ranking
from regulars.desk.actions import UNDO, DeskError
from regulars.desk.settle import next_settling, settle_once
from regulars.effects.danger import watch_once
from regulars.promises import actions as promises
from regulars.promises.actions import NewPromise
from tests.apps.world import World

SCHEME = """\
scheme: after-order
per: order
starts: order.placed
stops: [order.cancelled]
steps:
  confirm:
    call: {script: confirm-order, target: 15m, within: 1h, team: order-desk}
    outcomes:
      confirmed: pay
      not_today: {call_again: asked}
      no_answer: {again: [15m], then: end}
      refused: end
  pay:
    wait_for: {event: order.paid, up_to: 2h}
    on_timeout: remind
    then: end
  remind:
    send: {subject: {en: Pay}, text: {en: "Please pay."}, by: [email]}
"""
ANNA, OLEG = Actor("staff", 1), Actor("staff", 2)


def _task(world: World) -> tuple[int, int, int]:
    """A call that waits: (task, person, order)."""
    person = world.person()
    order = world.order(person)
    world.happens("order.placed", person, order)
    world.conduct()
    return world.one("select id from desk_task where order_id = %s", order), person, order


def _finish(world: World, task: int, outcome: str = "confirmed", **more: object) -> queries.TaskRow:
    with world.writing() as cur:
        return actions.finish(cur, world.shop_id, task, outcome, ANNA, world.now, undo_for=UNDO, **more)  # type: ignore[arg-type]


def _undo(world: World, task: int, actor: Actor = ANNA) -> queries.TaskRow:
    with world.writing() as cur:
        return actions.undo(cur, world.shop_id, task, actor, world.now)


def _refusal(world: World, task: int, actor: Actor = ANNA) -> str:
    with pytest.raises(DeskError) as error:
        _undo(world, task, actor)
    return error.value.code


def _events(world: World) -> list[tuple[str, object]]:
    return world.rows("select data->>'outcome', occurred_at from events_event where kind = 'task.finished' order by id")


def _step(world: World, order: int) -> str | None:
    return world.one("select step from journeys_enrolment where order_id = %s", order)


@pytest.fixture
def shop(world: World) -> World:
    world.publish(SCHEME)
    return world


def test_nothing_counts_for_a_minute_and_then_as_of_the_moment_it_was_given(shop: World) -> None:
    task, _, order = _task(shop)
    given = shop.now
    assert _finish(shop, task).settles_at == given + timedelta(seconds=60)
    shop.later(seconds=59)
    assert settle_once(shop.raw) == 0 and _events(shop) == [] and _step(shop, order) == "confirm"
    shop.later(seconds=1)
    with shop.writing() as cur:
        assert next_settling(cur) == shop.now
        assert "outcomes" in look(cur, shop.now)[0], "a playground's clock waits for it"
    assert settle_once(shop.raw) == 1 and settle_once(shop.raw) == 0
    assert _events(shop) == [("confirmed", given)]
    shop.conduct()
    assert _step(shop, order) == "pay"
    assert shop.one("select finished_at from desk_task where id = %s", task) == given
    assert shop.one("select due_at from journeys_enrolment where order_id = %s", order) == given + timedelta(hours=2)


def test_taken_back_it_never_happened(shop: World) -> None:
    task, _, order = _task(shop)
    _finish(shop, task, "refused", note="wants it cheaper")
    shop.later(seconds=30)
    back = _undo(shop, task)
    assert (back.state, back.claimed_by, back.outcome, back.finished_at) == ("claimed", str(ANNA), None, None)
    with shop.writing() as cur:
        draft = queries.draft(cur, shop.shop_id, task, str(ANNA))
    assert draft is not None and (draft.outcome, draft.note) == ("refused", "wants it cheaper")
    shop.later(seconds=60)
    assert settle_once(shop.raw) == 0 and _events(shop) == []
    _finish(shop, task, "confirmed")
    shop.later(seconds=60)
    settle_once(shop.raw)
    shop.conduct()
    assert [o for o, _ in _events(shop)] == ["confirmed"] and _step(shop, order) == "pay"
    audit = shop.rows(
        "select action, actor_id, detail from base_audit where object_id = %s and action = 'task.undone'", task
    )
    assert audit == [("task.undone", 1, {"outcome": "refused"})]


def test_who_may_not_take_it_back_is_told_why(shop: World) -> None:
    task, _, _ = _task(shop)
    assert _refusal(shop, task) == "not_finished"
    _finish(shop, task)
    assert _refusal(shop, task, OLEG) == "not_yours"
    shop.later(seconds=60)
    assert _refusal(shop, task) == "too_late", "the minute is over, settled or not"
    settle_once(shop.raw)
    assert _refusal(shop, task) == "too_late"
    assert _refusal(shop, task + 1) == "not_found"


def test_by_api_it_counts_at_once(shop: World) -> None:
    task, _, _ = _task(shop)
    with shop.writing() as cur:
        done = actions.finish(cur, shop.shop_id, task, "confirmed", ANNA, shop.now)
    assert done.settles_at is None and [o for o, _ in _events(shop)] == ["confirmed"]
    assert _refusal(shop, task) == "too_late"


def test_what_happens_meanwhile_finds_the_outcome_counted_before_it(shop: World) -> None:
    task, person, order = _task(shop)
    _finish(shop, task)
    shop.later(seconds=20)
    shop.happens("order.paid", person, order)
    shop.conduct()
    assert shop.rows("select step, status from journeys_enrolment where order_id = %s", order) == [("pay", 2)], (
        "paid within the minute: the step that waits for it was reached first"
    )
    kinds = shop.rows(
        "select kind from events_event where order_id = %s and kind in ('task.finished', 'order.paid') order by id",
        order,
    )
    assert kinds == [("task.finished",), ("order.paid",)]
    assert _refusal(shop, task) == "too_late"
    shop.later(seconds=60)
    assert settle_once(shop.raw) == 0 and len(_events(shop)) == 1


def test_a_cancelled_order_within_the_minute_ends_the_scheme_and_the_outcome_is_kept(shop: World) -> None:
    task, person, order = _task(shop)
    _finish(shop, task)
    shop.later(seconds=20)
    shop.happens("order.cancelled", person, order)
    shop.conduct()
    assert shop.rows("select state, outcome from desk_task where id = %s", task) == [("finished", "confirmed")]
    assert shop.one("select end_reason from journeys_enrolment where order_id = %s", order).startswith("stopped")
    assert len(_events(shop)) == 1


def test_two_outcomes_of_one_person_dont_hurry_each_other(shop: World) -> None:
    first, person, _ = _task(shop)
    second_order = shop.order(person)
    shop.happens("order.placed", person, second_order)
    shop.conduct()
    second = shop.one("select id from desk_task where order_id = %s", second_order)
    _finish(shop, first)
    shop.later(seconds=40)
    _finish(shop, second, "refused")
    shop.later(seconds=20)
    assert settle_once(shop.raw) == 1
    shop.conduct()
    assert _undo(shop, second).state == "claimed"


def test_a_card_whose_scheme_was_stopped_comes_back_with_its_banner(shop: World) -> None:
    task, _, order = _task(shop)
    _finish(shop, task)
    with shop.writing() as cur:
        enrolment = cur.execute("select enrolment_id from desk_task where id = %s", (task,)).fetchone()
        assert enrolment is not None
        actions.close_for_enrolments(cur, shop.shop_id, [enrolment[0]], shop.now)
    assert _undo(shop, task).banner == "stopped"
    assert order


def test_a_call_back_sooner_than_the_minute_settles_in_time(shop: World) -> None:
    task, _, order = _task(shop)
    at = shop.now + timedelta(seconds=30)
    assert _finish(shop, task, "not_today", call_at=at).settles_at == at
    shop.at(at)
    settle_once(shop.raw)
    shop.conduct()
    again = shop.rows("select not_before, why_next from desk_task where order_id = %s and state = 'open'", order)
    assert again == [(at, "asked")]


@pytest.mark.parametrize("is_undone", [False, True])
def test_a_promise_kept_in_time_is_not_broken_by_the_minute(shop: World, is_undone: bool) -> None:
    task, person, order = _task(shop)
    enrolment = shop.one("select enrolment_id from desk_task where id = %s", task)
    due = shop.now + timedelta(minutes=10)
    new = NewPromise(
        key="k", person_id=person, kind="call", due_at=due, intended=False, order_id=order, enrolment_id=enrolment
    )
    with shop.writing() as cur:
        promises.make(cur, shop.shop_id, [new], ANNA, shop.now)
    shop.at(due - timedelta(seconds=10))
    watch_once(shop.raw)
    _finish(shop, task)
    given = shop.now
    shop.at(due + timedelta(seconds=20))
    assert watch_once(shop.raw) == 0, "the call was made in time"
    with shop.writing() as cur:
        assert "promises" not in look(cur, shop.now)[0]
    if is_undone:
        _undo(shop, task)
        assert watch_once(shop.raw) == 1
        assert shop.one("select state from promises_promise") == "broken", "then nobody has called"
    else:
        shop.later(seconds=60)
        assert settle_once(shop.raw) == 1 and watch_once(shop.raw) == 0
        assert shop.rows("select state, closed_at from promises_promise") == [("kept", given)]


def test_of_undo_and_settling_at_once_one_wins(shop: World) -> None:
    """Many times over: two processes settle while the operator takes back, at the last moment and behind it."""
    tasks = [_task(shop)[0] for _ in range(12)]
    for task in tasks:
        _finish(shop, task)
    shop.later(seconds=59, milliseconds=999)
    start = threading.Barrier(4)
    undone: list[int] = []
    refused: list[str] = []

    def take_back() -> None:
        with db.loop_connection("undo") as raw:
            start.wait()
            for task in tasks:
                try:
                    with db.transaction_on(raw) as cur:
                        actions.undo(cur, shop.shop_id, task, ANNA, shop.now)
                    undone.append(task)
                except DeskError as error:
                    refused.append(error.code)

    def settle() -> None:
        with db.loop_connection("settle") as raw:
            start.wait()
            for _ in range(30):
                settle_once(raw, 3)

    threads = [threading.Thread(target=t) for t in (take_back, settle, settle)]
    for thread in threads:
        thread.start()
    start.wait()
    shop.later(milliseconds=1)
    for thread in threads:
        thread.join()
    while settle_once(shop.raw):
        pass
    assert set(refused) <= {"too_late"}
    finished = {r[0] for r in shop.rows("select id from desk_task where state = 'finished'")}
    claimed = {r[0] for r in shop.rows("select id from desk_task where state = 'claimed'")}
    assert claimed == set(undone) and finished == set(tasks) - claimed
    counted = [int(r[0]) for r in shop.rows("select data->>'task_id' from events_event where kind = 'task.finished'")]
    assert sorted(counted) == sorted(finished), "each outcome that stands is in the log once, no other is"


def test_who_is_next_goes_by_the_order_of_calls(shop: World) -> None:
    made = {name: _task(shop)[0] for name in ("retry", "fresh", "near", "asked", "later")}
    with shop.writing() as cur:
        for name, why, due in (
            ("retry", "retry", 20),
            ("fresh", "fresh", 40),
            ("near", "fresh", 9),
            ("asked", "asked", 50),
        ):
            cur.execute(
                "update desk_task set why_next = %s, due_at = %s where id = %s",
                (why, shop.now + timedelta(minutes=due), made[name]),
            )
        cur.execute(
            "update desk_task set not_before = %s where id = %s", (shop.now + timedelta(minutes=1), made["later"])
        )
        expected = [made[n] for n in ("asked", "near", "fresh", "retry")]
        assert ranking.next_ids(cur, shop.shop_id, shop.now) == expected
        order = ranking.order_of(cur, shop.shop_id)
        seen = ranking.waiting(cur, shop.shop_id, shop.now, order=order)
        assert [t.id for t in seen.ready] == expected and [t.id for t in seen.later] == [made["later"]]
        actions.claim(cur, shop.shop_id, made["asked"], OLEG, shop.now)
        taken = actions.claim_next(cur, shop.shop_id, ANNA, shop.now)
        assert taken is not None and taken.id == made["near"]
        assert [t.id for t in ranking.own(cur, shop.shop_id, str(ANNA), shop.now).mine] == [made["near"]]
