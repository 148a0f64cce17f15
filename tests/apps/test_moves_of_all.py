"""Everybody at a step is let go on, moved or taken out by hand: in slices, each once, and put back while it is time."""

from datetime import timedelta
from typing import Any

import pytest

from regulars.base import db
from regulars.base.db import transaction_on
from regulars.events.actions import lock_mailboxes
from regulars.journeys import counts, move_actions, move_all_actions, moving
from regulars.journeys.actions import Published
from regulars.journeys.move_actions import MoveRefused
from tests.apps.test_moves import CALL, OLD, OWNER, buy, work
from tests.apps.world import World

pytestmark = pytest.mark.db


def begin(world: World, live: Published, do: str, step: str = "pause", **more: str) -> int:
    with world.writing() as cur:
        return move_all_actions.begin_all(
            cur, world.shop_id, live.scheme_id, live.version_id, step, do, OWNER, world.now, **more
        )


def back(world: World, live: Published, move: int) -> int | None:
    with world.writing() as cur:
        return move_all_actions.put_all_back(cur, world.shop_id, live.scheme_id, move, OWNER, world.now)


def stand(world: World) -> list[tuple[Any, ...]]:
    return world.rows("select step, status, count(*) from journeys_enrolment group by 1, 2 order by 1, 2")


def letters(world: World) -> list[tuple[Any, ...]]:
    return world.rows("select step, count(*) from outbox_message group by 1 order by 1")


def after_a_minute(world: World) -> None:
    world.later(seconds=61)
    world.conduct()


def test_all_who_wait_go_on_in_slices_and_each_gets_the_next_letter_once(world: World) -> None:
    live = world.publish(OLD)
    buy(world, 7)
    move = begin(world, live, "release")
    with pytest.raises(MoveRefused, match="busy"):
        begin(world, live, "leave")
    world.later(seconds=1)
    later = buy(world, 2)  # who comes later stays
    assert work(world, 3) > 2
    assert stand(world) == [("bye", 1, 7), ("pause", 1, 2)]
    assert world.rows("select state, total, moved, gone, kept from journeys_move where id = %s", move) == [
        ("done", 7, 7, 0, 0)
    ]
    world.conduct()
    assert letters(world) == [("hello", 9)], "for a minute it can be taken back"
    after_a_minute(world)
    assert letters(world) == [("bye", 7), ("hello", 9)]
    begin(world, live, "release")
    work(world)
    after_a_minute(world)
    assert letters(world) == [("bye", 9), ("hello", 9)]
    world.later(days=20)
    world.conduct()
    assert letters(world) == [("bye", 9), ("hello", 9)] and len(later) == 2
    audited = (
        "select action, detail->>'people', detail->>'do' from base_audit where action like 'scheme.all%%' order by id"
    )
    assert world.rows(audited) == [("scheme.all_at_step", "7", "release"), ("scheme.all_at_step", "2", "release")]
    with world.writing() as cur:
        assert counts.differences(cur) == []


def test_a_slice_that_dies_is_done_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    live = world.publish(OLD)
    buy(world, 5)
    begin(world, live, "move", to="hello")

    def dies(point: str) -> None:
        if point == "move.before_commit":
            raise RuntimeError(point)

    with monkeypatch.context() as killed:
        killed.setattr(moving, "hit", dies)
        for _ in range(2):
            with pytest.raises(RuntimeError):
                moving.work_once(world.raw, 2)
    assert stand(world) == [("pause", 1, 5)]
    work(world, 2)
    after_a_minute(world)
    assert letters(world) == [("hello", 10)], "said to begin anew, each gets it once more, and only once"


def test_whoever_has_not_begun_his_step_is_put_back_with_his_old_wait(world: World) -> None:
    live = world.publish(OLD)
    buy(world, 4)
    due = world.one("select max(due_at) from journeys_enrolment")
    move = begin(world, live, "release")
    moving.work_once(world.raw, 3)
    undone = back(world, live, move)
    assert undone is not None and back(world, live, move) is None, "once"
    work(world)
    assert stand(world) == [("pause", 1, 4)]
    assert world.rows("select distinct due_at, visit from journeys_enrolment") == [(due, 1)]
    assert world.rows("select state, moved from journeys_move order by id") == [("stopped", 3), ("done", 3)]
    after_a_minute(world)
    assert letters(world) == [("hello", 4)]
    # too late for whoever has begun
    move = begin(world, live, "release")
    work(world)
    after_a_minute(world)
    back(world, live, move)
    work(world)
    world.conduct()
    assert letters(world) == [("bye", 4), ("hello", 4)]
    world.later(days=11)
    world.conduct()
    assert letters(world) == [("bye", 4), ("hello", 4)]
    audited = "select count(*) from base_audit where action = 'scheme.all_put_back'"
    assert world.one(audited) == 2


def test_all_are_taken_out_and_their_tasks_with_them(world: World) -> None:
    live = world.publish(CALL)
    buy(world, 3)
    for wrong in ({"do": "release"}, {"do": "eat"}, {"do": "leave", "reason": "no"}, {"do": "move", "to": "ring"},
                  {"do": "move", "to": "nowhere"}, {"do": "back"}):  # fmt: skip
        with pytest.raises(MoveRefused):
            begin(world, live, wrong.pop("do"), "ring", **wrong)
    with pytest.raises(MoveRefused):
        begin(world, live, "leave", "nowhere")
    move = begin(world, live, "leave", "ring", reason="settled_otherwise")
    work(world)
    assert world.rows("select distinct status, end_reason from journeys_enrolment") == [(2, "settled_otherwise")]
    assert world.rows("select gone, moved from journeys_move where id = %s", move) == [(3, 0)]
    assert world.one("select count(*) from desk_task where state = 'open'") == 0
    assert back(world, live, move) is None


def test_who_is_busy_meanwhile_is_met_in_a_later_walk(world: World) -> None:
    live = world.publish(OLD)
    busy, *_rest = buy(world, 3)
    begin(world, live, "release")
    other = db.loop_connection("test-busy")
    with transaction_on(other) as cur:
        lock_mailboxes(cur, [busy])
        for _ in range(3):
            moving.work_once(world.raw)
        assert stand(world) == [("bye", 1, 2), ("pause", 1, 1)]
    other.close()
    work(world)
    assert stand(world) == [("bye", 1, 3)]
    assert world.one("select max(due_at) from journeys_enrolment") == world.now + timedelta(minutes=1)


def test_one_may_still_be_moved_by_hand_and_a_stopped_deed_leaves_the_rest(world: World) -> None:
    live = world.publish(OLD)
    buy(world, 4)
    move = begin(world, live, "release")
    moving.work_once(world.raw, 2)
    with world.writing() as cur:
        assert move_actions.stop(cur, world.shop_id, move, OWNER, world.now)
    work(world)
    assert stand(world) == [("bye", 1, 2), ("pause", 1, 2)]
