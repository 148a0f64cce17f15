"""A live scheme is changed: people are moved by rules, once, nobody lost; by hand too, and put back."""

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from regulars.base import db, failpoints
from regulars.base.actor import Actor
from regulars.base.db import transaction_on
from regulars.core.moving import lost_outcomes
from regulars.core.read import read_scheme
from regulars.events.actions import lock_mailboxes
from regulars.journeys import counts, move_actions, moving
from regulars.journeys.actions import Published, SchemeRefused
from regulars.journeys.move_actions import MoveRefused
from regulars.journeys.moving import LEAVE, MOVE, Rule
from tests.apps.world import World

pytestmark = pytest.mark.db
OWNER = Actor("staff", 7)

HEAD = "scheme: s\ntitle: S\nper: order\nstarts: order.placed\nstops: order.cancelled\nsteps:\n"
SEND = '{{send: {{by: [email], subject: "{0}", text: "{0}"}}}}'
OLD = HEAD + f"  hello: {SEND.format('hello')}\n  pause: {{wait: 10d}}\n  bye: {SEND.format('bye')}\n"
SHORTER = OLD.replace("10d", "2d")
GONE = HEAD + f"  hello: {SEND.format('hello')}\n  other: {SEND.format('other')}\n  rest: {{wait: 3d}}\n"
CALL = (
    HEAD
    + """  ring:
    call: {script: confirm-order, within: 1h working, team: order-desk}
    tell: {by: [email], subject: "We call", text: "By {{ promise.due | time }}"}
    outcomes: {yes: end, no: end}
"""
)


def buy(world: World, n: int = 1) -> list[int]:
    people = [world.person() for _ in range(n)]
    for person in people:
        world.happens("order.placed", person, world.order(person))
    world.conduct()
    return people


def begin(world: World, version: int, rules: Sequence[Rule], scheme: int) -> int | None:
    with world.writing() as cur:
        return move_actions.begin(cur, world.shop_id, scheme, version, rules, OWNER, world.now)


def work(world: World, limit: int = 1000) -> int:
    """Until no move runs; how many slices."""
    for n in range(200):
        if not moving.work_once(world.raw, limit):
            return n
    raise AssertionError("the move never ends")


def numbers_are_right(world: World) -> bool:
    with world.writing() as cur:
        return counts.differences(cur) == []


def test_who_stands_on_the_same_named_step_keeps_his_entry_and_his_wait_is_reckoned_from_it(world: World) -> None:
    old = world.publish(OLD)
    buy(world, 3)
    entered = world.now
    world.later(days=1)
    new = world.publish(SHORTER)
    move = begin(world, new.version_id, [Rule(old.version_id, "pause", MOVE, "pause")], new.scheme_id)
    work(world)
    assert world.rows("select distinct version_id, step, visit, entered_at, due_at from journeys_enrolment") == [
        (new.version_id, "pause", 1, entered, entered + timedelta(days=2))
    ]
    assert world.rows("select state, total, moved, gone, kept from journeys_move where id = %s", move) == [
        ("done", 3, 3, 0, 0)
    ]
    assert world.one("select count(*) from journeys_decision where happening = 'moved'") == 3
    assert world.rows("select distinct due_at from events_mailbox") == [(entered + timedelta(days=2),)]
    world.later(days=1)
    world.conduct()
    assert world.rows("select step, count(*) from outbox_message group by 1 order by 1") == [("bye", 3), ("hello", 3)]
    assert numbers_are_right(world)


def test_a_wait_that_is_over_by_the_new_version_ends_now_and_what_follows_is_not_late(world: World) -> None:
    old = world.publish(OLD)
    buy(world)
    world.later(days=7)
    new = world.publish(SHORTER)
    begin(world, new.version_id, [Rule(old.version_id, "pause", MOVE, "pause")], new.scheme_id)
    work(world)
    world.conduct()
    assert world.rows("select step, meant_at from outbox_message where step = 'bye'") == [("bye", world.now)]


def test_a_vanished_step_leads_to_another_or_out_and_the_rest_finish_their_version(world: World) -> None:
    old = world.publish(OLD)
    buy(world, 2)
    new = world.publish(GONE)
    newcomer = buy(world)
    begin(world, new.version_id, [Rule(old.version_id, "pause", MOVE, "other")], new.scheme_id)
    work(world)
    world.conduct()
    assert world.rows("select distinct version_id, step from journeys_enrolment") == [(new.version_id, "rest")]
    assert world.rows("select step, count(*) from outbox_message group by 1 order by 1") == [("hello", 3), ("other", 3)]
    assert len(newcomer) == 1
    again = world.publish(OLD)
    begin(world, again.version_id, [Rule(new.version_id, "rest", LEAVE, reason="left_on_change")], new.scheme_id)
    work(world)
    assert world.rows("select distinct status, end_reason from journeys_enrolment") == [(2, "left_on_change")]
    assert world.rows("select distinct state from outbox_message") == [("cancelled",)]
    assert numbers_are_right(world)


def test_who_came_from_a_step_that_stays_finishes_his_version_as_it_was_said(world: World) -> None:
    two = HEAD + "  one: {wait: 1h}\n  two: {wait: 10d}\n"
    old = world.publish(two)
    buy(world)
    new = world.publish(two.replace("10d", "9d"))
    begin(world, new.version_id, [Rule(old.version_id, "two", MOVE, "two")], new.scheme_id)
    world.later(hours=1)
    world.conduct()  # before his turn comes he goes on to the step whose people are moved
    work(world)
    assert world.rows("select version_id, step from journeys_enrolment") == [(old.version_id, "two")]


def test_a_task_is_put_down_with_its_promise_when_its_step_is_left_and_kept_when_it_is_not(world: World) -> None:
    old = world.publish(CALL)
    buy(world, 2)
    same = world.publish(CALL.replace("no: end", "no: end, later: end"))
    begin(world, same.version_id, [Rule(old.version_id, "ring", MOVE, "ring")], old.scheme_id)
    work(world)
    assert world.rows("select distinct state from desk_task") == [("open",)]
    assert world.rows("select distinct version_id, visit from journeys_enrolment") == [(same.version_id, 1)]
    many, one = (read_scheme(text).scheme for text in (CALL, CALL.replace(", no: end", "")))
    assert many and one and lost_outcomes(many, one, "ring", "ring") == ("no",)
    other = world.publish(GONE)
    begin(world, other.version_id, [Rule(same.version_id, "ring", MOVE, "rest")], old.scheme_id)
    work(world)
    world.conduct()
    assert world.rows("select distinct state from desk_task") == [("closed",)]
    assert world.rows("select distinct state from promises_promise") == [("void",)]
    assert world.rows("select distinct step, status from journeys_enrolment") == [("rest", 1)]


def test_rules_that_name_what_there_is_not_are_refused(world: World) -> None:
    old = world.publish(OLD)
    new = world.publish(SHORTER)
    for rule, code in (
        (Rule(old.version_id, "pause", MOVE, "nowhere"), "step"),
        (Rule(old.version_id + 5, "pause", MOVE, "pause"), "version"),
        (Rule(old.version_id, "pause", "eat"), "deed"),
        (Rule(new.version_id, "pause", MOVE, "pause"), "step"),
    ):
        with pytest.raises(MoveRefused) as refused:
            begin(world, new.version_id, [rule], old.scheme_id)
        assert refused.value.code == code
    other = world.publish(OLD.replace("per: order", "per: person"))
    with pytest.raises(MoveRefused):
        begin(world, other.version_id, [Rule(old.version_id, "pause", MOVE, "pause")], old.scheme_id)
    assert begin(world, new.version_id, [], old.scheme_id) is None


@pytest.mark.parametrize("point", ["move.before_commit", "move.after_commit"])
def test_a_failure_in_any_slice_loses_nobody_and_does_nothing_twice(
    world: World, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = world.publish(OLD)
    buy(world, 5)
    new = world.publish(GONE)
    begin(world, new.version_id, [Rule(old.version_id, "pause", MOVE, "other")], new.scheme_id)
    for skip in range(4):
        monkeypatch.setattr(failpoints, "_points", failpoints._parse(f"{point}:raise:{skip % 2}"))
        with pytest.raises(failpoints.FailpointRaised):
            work(world, 2)
        monkeypatch.setattr(failpoints, "_points", {})
        world.conduct()
    work(world, 2)
    world.conduct()
    assert world.rows("select state, moved from journeys_move") == [("done", 5)]
    assert world.one("select count(*) from outbox_message where step = 'other'") == 5
    assert world.one("select count(*) from journeys_decision where happening = 'moved'") == 5
    assert numbers_are_right(world)


def test_whom_somebody_holds_is_moved_on_the_next_walk(world: World) -> None:
    old = world.publish(OLD)
    first, _second = buy(world, 2)
    new = world.publish(SHORTER)
    begin(world, new.version_id, [Rule(old.version_id, "pause", MOVE, "pause")], new.scheme_id)
    other = db.loop_connection("holder")
    with transaction_on(other) as cur:
        lock_mailboxes(cur, [first])
        for _ in range(4):
            moving.work_once(world.raw)
        assert world.rows("select state, moved from journeys_move") == [("running", 1)]
    other.close()
    work(world)
    assert world.rows("select state, moved from journeys_move") == [("done", 2)]


# by hand


def test_by_hand_people_go_on_move_and_are_put_back_while_they_stand_before_the_step(world: World) -> None:
    world.publish(OLD)
    buy(world, 2)
    before = world.rows("select id, step, visit, entered_at, due_at from journeys_enrolment order by id")
    ids = [r[0] for r in before]
    for do, to in (("release", ""), (MOVE, "hello")):
        with world.writing() as cur:
            assert move_actions.by_hand(cur, world.shop_id, ids, do, OWNER, world.now, to=to) == ids
        assert world.conduct() == 0, "for some seconds it can be put back"
        with world.writing() as cur:
            assert move_actions.put_back(cur, world.shop_id, ids, OWNER, world.now) == ids
        assert world.rows("select id, step, visit, entered_at, due_at from journeys_enrolment order by id") == before
    with world.writing() as cur:
        move_actions.by_hand(cur, world.shop_id, ids[:1], "release", OWNER, world.now)
        move_actions.by_hand(cur, world.shop_id, ids[1:], LEAVE, OWNER, world.now, reason="asked_not_to")
    world.later(seconds=10)
    world.conduct()
    assert world.rows("select status, end_reason from journeys_enrolment order by id") == [
        (2, "finished"), (2, "asked_not_to"),
    ]  # fmt: skip
    with world.writing() as cur:
        assert move_actions.put_back(cur, world.shop_id, ids, OWNER, world.now) == []
    assert world.one("select count(*) from base_audit where action like 'enrolment.%%'") == 10
    assert numbers_are_right(world)


# random schemes, random moves

NAMES = ("a", "b", "c", "d", "e")


@st.composite
def schemes(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    steps = []
    for name, following in zip(names, [*names[1:], "end"], strict=True):  # each leads to the next, so all are reached
        to = draw(st.sampled_from([*names, "end"]))
        steps.append(
            f"  {name}: "
            + {
                "wait": f"{{wait: {draw(st.integers(1, 5))}h}}",
                "send": f'{{send: {{by: [email], subject: "{name}", text: "{name}"}}}}',
                "call": "{call: {script: confirm-order, within: 1h working, team: order-desk}, "
                f"outcomes: {{yes: {following}, no: end}}}}",
                "wait_for": f"{{wait_for: {{event: order.paid, up_to: {draw(st.integers(1, 9))}h}}, on_timeout: {to}}}",
                "after": f"{{wait: {{days: {draw(st.integers(1, 3))}, after: order.placed}}}}",
            }[draw(st.sampled_from(["wait", "send", "call", "wait_for", "after"]))]
        )
    return HEAD + "\n".join(steps) + "\n"


@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(drawn=st.lists(schemes(), min_size=3, max_size=3), seed=st.integers(0, 1 << 32))
def test_nobody_is_lost_and_no_effect_is_done_twice(world: World, drawn: list[str], seed: int) -> None:
    # what is chosen on the way depends on where people are by then, so it is not hypothesis that draws it
    chance = random.Random(seed)
    name = f"s{next(world.numbers)}"
    texts = [text.replace("scheme: s\n", f"scheme: {name}\n") for text in drawn]
    versions: list[Published] = []
    published: list[str] = []
    with world.writing() as cur:  # schemes of the examples before are over
        cur.execute("update journeys_scheme set live_version_id = null")
        cur.execute("update journeys_enrolment set status = 2, ended_at = %s where status = 1", (world.now,))
    for text in texts:
        try:
            new = world.publish(text)
        except SchemeRefused:
            continue
        if not new.isnew:
            continue
        versions.append(new)
        published.append(text)
        person = world.person()
        world.happens("order.placed", person, world.order(person))
        world.conduct(60)
        rules = []
        old = zip(versions[:-1], published, strict=False)
        targets = [s for s in NAMES if f"\n  {s}:" in text]
        for at in [(v.version_id, s) for v, t in old for s in NAMES if f"  {s}:" in t]:
            do = chance.choice(["stay", MOVE, LEAVE])
            if do == MOVE:
                rules.append(Rule(*at, MOVE, chance.choice(targets)))
            elif do == LEAVE:
                rules.append(Rule(*at, LEAVE, reason="left_on_change"))
        begin(world, new.version_id, rules, new.scheme_id)
        for _ in range(40):
            slices = moving.work_once(world.raw, chance.randint(1, 3))
            if chance.random() < 0.5:
                world.later(minutes=chance.randint(0, 200))
            world.conduct(60)
            if not slices:
                break
    if not versions:
        return
    ((scheme,),) = {(v.scheme_id,) for v in versions}
    rows = world.rows("select status, step, due_at from journeys_enrolment where scheme_id = %s", scheme)
    assert len(rows) == len(versions), "one an order, nobody more and nobody less"
    assert all(status in (1, 2) for status, _, _ in rows), "nobody is set aside"
    doubled = world.rows(
        "select enrolment_id, step, visit, attempt, part, count(*) from outbox_message"
        " group by 1, 2, 3, 4, 5 having count(*) > 1"
    )
    assert doubled == []
    assert (
        world.rows(
            "select enrolment_id, step, visit, attempt, count(*) from desk_task where state = 'open' group by 1, 2, 3, 4"
            " having count(*) > 1"
        )
        == []
    )
    assert (
        world.rows(
            "select e.id from journeys_enrolment e join events_mailbox m using (person_id) where e.status = 1"
            " and e.due_at is not null and (m.due_at is null or m.due_at > e.due_at)"
        )
        == []
    ), "whoever has a timer is found by it"
    assert numbers_are_right(world)
