"""A task's clock stops in a waiting state and goes on with the working time that was left; a pause always ends by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from regulars.base.actor import Actor
from regulars.desk import actions, pauses, queries, ranking
from regulars.desk.actions import DeskError, NewTask
from regulars.desk.escalation import escalate_once
from regulars.journeys import actions as journeys
from regulars.rules.worktime import WorkTime
from regulars.shop import actions as shops
from regulars.shop import queries as shop_queries
from regulars.staff import actions as staff
from tests.apps.world import World

ANNA, OLEG, OWNER = Actor("staff", 1), Actor("staff", 2), Actor("staff", 9)
SCHEME = """\
scheme: after-order
per: order
starts: order.placed
stops: [order.cancelled]
steps:
  confirm:
    call: {script: confirm-order, target: 15m working, within: 1h working, team: order-desk}
    tell: {by: [email], subject: {en: "We call"}, text: {en: "By {{ promise.due | time }}"}, late: drop after 6h}
    outcomes: {confirmed: end, no_answer: {again: [15m], then: end}}
"""


def _at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def _call(world: World, zone: str | None = "UTC") -> int:
    person = world.person(zone=zone)
    order = world.order(person)
    world.happens("order.placed", person, order)
    world.conduct()
    return int(world.one("select id from desk_task where order_id = %s", order))


def _task(world: World, kind: str = "case") -> int:
    person = world.person()
    new = NewTask(
        person_id=person, order_id=None, kind=kind, script=None, team="care", not_before=world.now,
        target_at=world.now + timedelta(hours=1), due_at=world.now + timedelta(hours=4), outcomes=["done"], call_at_needed=[],
    )  # fmt: skip
    with world.writing() as cur:
        return actions.open_tasks(cur, world.shop_id, [new], world.now)[0]


def _pause(world: World, task: int, state: str, actor: Actor = ANNA, note: str = "") -> queries.TaskRow:
    with world.writing() as cur:
        return pauses.pause(cur, world.shop_id, task, state, actor, world.now, note=note)


def _resume(world: World, task: int, actor: Actor = ANNA) -> queries.TaskRow:
    with world.writing() as cur:
        return pauses.resume(cur, world.shop_id, task, actor, world.now)


def _row(world: World, task: int) -> queries.TaskRow:
    with world.writing() as cur:
        found = queries.task(cur, world.shop_id, task)
    assert found is not None
    return found


def _claim(world: World, task: int, actor: Actor = ANNA) -> None:
    with world.writing() as cur:
        actions.claim(cur, world.shop_id, task, actor, world.now)


def test_a_pause_has_its_end_at_once_and_the_rest_of_the_clock_after_it(world: World) -> None:
    world.publish(SCHEME)
    task = _call(world)  # Monday noon: target 12:15, limit 13:00
    _claim(world, task)
    world.later(minutes=5)
    row = _pause(world, task, "colleague", note="Oleg looks for the invoice")
    # four working hours from 12:05; ten minutes were left to the target, fifty-five to the limit
    assert (row.state, row.claimed_by, row.pause, row.pause_note) == (
        "claimed", "staff:1", "colleague", "Oleg looks for the invoice",
    )  # fmt: skip
    assert (row.not_before, row.target_at, row.due_at) == (_at(16, 5), _at(16, 15), _at(17, 0))
    assert (row.left_target, row.left_limit) == (timedelta(minutes=10), timedelta(minutes=55))
    assert row.stands(_at(16, 4)) and not row.stands(_at(16, 5))


def test_going_on_sooner_uses_what_was_left(world: World) -> None:
    world.publish(SCHEME)
    task = _call(world)
    world.later(minutes=5)
    _pause(world, task, "supplier")
    world.at(_at(17, 30))
    row = _resume(world, task)
    assert row.pause is None and row.not_before == _at(17, 30)
    # the limit's 55 minutes run over the night: 30 today, 25 tomorrow
    assert (row.target_at, row.due_at) == (_at(17, 40), _at(9, 25, day=3))
    kinds = [r[0] for r in world.rows("select kind from events_event where kind like 'task.%%' order by id")]
    assert kinds == ["task.opened", "task.paused", "task.resumed"]
    audited = world.rows("select action, detail from base_audit where action like 'task.%%' order by id")
    assert [a for a, _ in audited] == ["task.paused", "task.resumed"]


def test_working_days_end_at_the_same_hour_and_over_a_weekend(world: World) -> None:
    world.at(_at(16, 30, day=6))  # Friday
    task = _task(world)
    row = _pause(world, task, "supplier")
    assert row.not_before == _at(16, 30, day=10)
    assert _row(world, _task(world)).not_before == _at(16, 30, day=6)


def test_a_late_task_is_as_late_when_it_goes_on(world: World) -> None:
    world.publish(SCHEME)
    task = _call(world)
    world.at(_at(13, 20))
    row = _pause(world, task, "colleague")
    assert (row.left_target, row.left_limit) == (timedelta(minutes=-65), timedelta(minutes=-20))
    assert (row.not_before, row.due_at) == (_at(17, 20), _at(17, 0))
    world.at(_at(9, 10, day=3))
    row = _row(world, task)
    assert not row.stands(world.now)
    assert row.due_at is not None and row.due_at < world.now


def test_a_call_goes_on_in_the_buyers_day(world: World) -> None:
    world.publish(SCHEME)
    task = _call(world, zone="Asia/Vladivostok")  # noon here is 22:00 there; called on Tuesday at 9
    assert _row(world, task).not_before == _at(9, 0, day=3)
    world.at(_at(9, 30, day=3))
    # four working hours from 9:30 are 13:30, which is 23:30 there
    assert _pause(world, task, "colleague").not_before == _at(9, 0, day=4)


def test_a_pause_never_makes_a_task_sooner(world: World) -> None:
    world.publish(SCHEME)
    task = _call(world, zone="Asia/Vladivostok")
    row = _pause(world, task, "colleague")  # would end today at 16:00, but it is night there
    assert (row.not_before, row.target_at, row.due_at) == (_at(9, 0, day=3), _at(9, 15, day=3), _at(10, 0, day=3))
    world.later(minutes=1)
    assert _resume(world, task).not_before == _at(9, 0, day=3)


def test_undo_within_a_minute_is_as_if_nothing_had_been(world: World) -> None:
    task = _task(world)
    before = _row(world, task)
    _pause(world, task, "buyer")
    world.later(seconds=59)
    with world.writing() as cur:
        assert pauses.undo_pause(cur, world.shop_id, task, ANNA, world.now) == before
    _pause(world, task, "buyer")
    world.later(seconds=61)
    with world.writing() as cur, pytest.raises(DeskError, match="too_late"):
        pauses.undo_pause(cur, world.shop_id, task, ANNA, world.now)


def test_what_cannot_be_paused(world: World) -> None:
    task = _task(world)
    with pytest.raises(DeskError, match="state_unknown"):
        _pause(world, task, "moon")
    _claim(world, task, OLEG)
    with pytest.raises(DeskError, match="taken"):
        _pause(world, task, "buyer")
    with pytest.raises(DeskError, match="not_paused"):
        _resume(world, task, OLEG)
    paused = _pause(world, task, "buyer", OLEG)
    assert _pause(world, task, "buyer", OLEG) == paused, "the same again changes nothing"
    with pytest.raises(DeskError, match="paused"):
        _pause(world, task, "supplier", OLEG)
    with pytest.raises(DeskError, match="not_found"), world.writing() as cur:
        pauses.pause(cur, world.shop_id + 1, task, "buyer", OLEG, world.now)


def test_a_standing_task_is_not_next_comes_back_by_itself_and_can_be_finished(world: World) -> None:
    task = _task(world)
    _pause(world, task, "buyer")  # until Tuesday noon
    with world.writing() as cur:
        assert ranking.next_ids(cur, world.shop_id, world.now) == []
        assert ranking.next_ids(cur, world.shop_id, _at(12, 0, day=3)) == [task]
        done = actions.finish(cur, world.shop_id, task, "done", ANNA, world.now)
    assert done.state == "finished"
    with pytest.raises(DeskError, match="finished"):
        _resume(world, task)


def test_a_scheme_that_stops_closes_a_standing_task(world: World) -> None:
    world.publish(SCHEME)
    task = _call(world)
    _pause(world, task, "supplier")
    person, order = world.rows("select person_id, order_id from desk_task where id = %s", task)[0]
    world.happens("order.cancelled", person, order)
    world.conduct()
    assert _row(world, task).state == "closed"


def test_a_promise_already_told_does_not_move(world: World) -> None:
    world.publish(SCHEME)
    task = _call(world)
    before = world.rows("select state, due_at from promises_promise")
    _pause(world, task, "supplier")
    assert world.rows("select state, due_at from promises_promise") == before != []


def test_nobody_is_told_of_a_limit_while_the_clock_stands(world: World) -> None:
    with world.writing() as cur:
        lead = staff.create_account(cur, world.shop_id, "lead@example.test", "Lead", "supervisor", ANNA)
    task = _task(world)  # limit 16:00
    _pause(world, task, "supplier")  # for two days
    world.at(_at(16, 30))
    _watch(world)
    assert world.rows("select kind from staff_notice") == []
    row = _resume(world, task)
    assert row.due_at is not None
    world.at(row.due_at + timedelta(minutes=1))
    _watch(world)
    assert ("task_late",) in world.rows("select kind from staff_notice where account_id = %s", lead)


def _watch(world: World) -> None:
    while escalate_once(world.raw):
        pass


def test_whoever_is_told_of_lateness_looks_again_when_the_clock_goes_on(world: World) -> None:
    task = _task(world)  # limit 16:00
    with world.writing() as cur:
        cur.execute("update desk_task set escalate_at = %s where id = %s", (_at(15, 45), task))
    row = _pause(world, task, "colleague")
    assert row.escalate_at == row.not_before == _at(16)
    world.later(minutes=10)
    assert _resume(world, task).escalate_at == _at(12, 10)
    with world.writing() as cur:
        cur.execute("update desk_task set escalate_at = null where id = %s", (task,))
    assert _pause(world, task, "colleague").escalate_at is None, "nobody was to be told any more"


def _hours(start: int, end: int) -> dict[str, object]:
    return {
        "zone": "UTC",
        "hours": {d: [f"{start:02}:00-{end:02}:00"] for d in ("mon", "tue", "wed", "thu", "fri")},
        "days_off": [],
        "extra": {},
    }


def _change(world: World, start: int, end: int) -> journeys.Moves:
    with world.writing() as cur:
        shop_queries.forget()
        before = dict(shop_queries.worktimes(cur, world.shop_id))
        shops.set_hours(cur, world.shop_id, "main", _hours(start, end), OWNER)
        return journeys.hours_changed(cur, world.shop_id, before, OWNER, world.now)


def test_other_hours_move_standing_claimed_and_bare_tasks(world: World) -> None:
    world.publish(SCHEME)
    standing, claimed, bare = _call(world), _call(world), _task(world)
    stood = _call(world)
    _claim(world, claimed)
    world.later(minutes=5)
    _pause(world, standing, "colleague")
    _pause(world, stood, "supplier")
    world.at(_at(17, 30))
    _resume(world, stood)  # 10 and 55 minutes from 17:30: 17:40, and 9:25 on Tuesday
    moves = _change(world, 9, 13)
    row = _row(world, standing)  # its pause ended at 16:05, and it does not stand again
    assert not row.stands(world.now)
    assert (row.not_before, row.target_at, row.due_at) == (_at(16, 5), _at(9, 10, day=3), _at(9, 55, day=3))
    row = _row(world, claimed)
    assert (row.not_before, row.target_at, row.due_at) == (_at(12), _at(12, 15), _at(13))
    row = _row(world, stood)
    assert (row.not_before, row.target_at, row.due_at) == (_at(17, 30), _at(9, 10, day=3), _at(9, 55, day=3))
    row = _row(world, bare)  # a hour and four from noon on
    assert (row.not_before, row.target_at, row.due_at) == (_at(12), _at(13), _at(12, 0, day=3))
    assert {m.task.id for m in moves.tasks} >= {stood, bare}


def test_a_standing_task_is_reckoned_from_when_it_was_stopped(world: World) -> None:
    task = _task(world)
    _claim(world, task)
    _pause(world, task, "colleague")  # four working hours from noon: 16:00, then 1 and 4 hours
    assert (_row(world, task).not_before, _row(world, task).due_at) == (_at(16), _at(11, 0, day=3))
    _change(world, 9, 13)  # one hour today, three tomorrow: 12:00; one hour to the target
    row = _row(world, task)
    assert (row.not_before, row.target_at, row.due_at) == (_at(12, 0, day=3), _at(13, 0, day=3), _at(12, 0, day=4))
    assert row.state == "claimed"
    _change(world, 9, 18)
    row = _row(world, task)
    assert (row.not_before, row.target_at, row.due_at) == (_at(16), _at(17), _at(11, 0, day=3))


def test_a_team_without_hours_still_ends_its_pause(world: World) -> None:
    task = _task(world)
    with world.writing() as cur:
        shops.set_hours(cur, world.shop_id, "main", WorkTime("UTC", {}).to_json(), OWNER)
    row = _pause(world, task, "supplier")
    assert row.not_before == world.now + timedelta(days=2)
    assert row.due_at == row.not_before + timedelta(hours=4)
