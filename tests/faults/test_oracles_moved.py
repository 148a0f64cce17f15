"""The oracles of a scheme that is paused and changed under its people turn red when what they watch over is broken."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bench.chaos.house import Letter
from bench.chaos.load import Pause
from bench.chaos.moved import LETTERS, ON_THE_WIRE_SECONDS
from bench.chaos.oracles import Verdict, judge, undone
from bench.chaos.owner import TEXTS
from regulars.base import db
from tests.apps.world import World
from tests.faults.test_oracles import AT, Case


class Moved(Case):
    """One order that went through the scheme and has its letters, all well, until a test breaks something."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.client.dear = [self.number]
        version = world.publish(TEXTS["one"])
        self.enrolment = int(
            world.rows(
                "insert into journeys_enrolment (shop_id, person_id, order_id, scheme_id, version_id, status, step, visit,"
                " attempt, started_at, ended_at, end_reason) values (%s, %s, %s, %s, %s, 2, 'bye', 1, 1, %s, %s, 'finished')"
                " returning id",
                world.shop_id, self.person, self.order, version.scheme_id, version.version_id, world.now, world.now,
            )[0][0]
        )  # fmt: skip
        self.rest()
        self.letters = {step: self.letter(step) for step in LETTERS}
        self.rest()

    def letter(self, step: str) -> int:
        id_ = self.message(step, "advertising" if step == "beside" else "service")
        self.do("update outbox_message set enrolment_id = %s where id = %s", self.enrolment, id_)
        self.arrive(id_)
        return id_

    def decided(self, happening: str, code: str, at: float) -> None:
        self.do(
            "insert into journeys_decision (shop_id, enrolment_id, person_id, version_id, at, happening, reasons, effects,"
            " recorded_at) select %s, id, person_id, version_id, %s, %s, jsonb_build_array(jsonb_build_object('code', %s::text)),"
            " '[]', to_timestamp(%s) from journeys_enrolment where id = %s",
            self.world.shop_id, self.world.now, happening, code, at, self.enrolment,
        )  # fmt: skip

    def left(self, at: float) -> None:
        self.decided("moved", "left", at)
        self.do("update journeys_enrolment set end_reason = 'left_on_change'")

    def inside(self, step: str = "first", due_in: timedelta = timedelta(days=1)) -> None:
        self.do(
            "update journeys_enrolment set status = 1, step = %s, ended_at = null, end_reason = null, due_at = %s",
            step, self.world.now + due_in,
        )  # fmt: skip

    def task_at(self, step: str, visit: int = 1) -> None:
        self.task(order_id=self.order, enrolment_id=self.enrolment, step=step, visit=visit, attempt=1)

    def closed(self) -> Verdict:
        house = self.house
        return judge(house, self.client, undone(house, self.client), closed=True)  # type: ignore[arg-type]


@pytest.fixture
def case(database: str) -> Iterator[Moved]:
    with contextlib.closing(db.loop_connection("test")) as raw:
        made = Moved(World(raw))
        assert made.closed() == Verdict()
        yield made


def test_who_never_entered_is_lost_unless_a_pause_turned_him_away(case: Moved) -> None:
    case.do("delete from outbox_message where enrolment_id = %s", case.enrolment)
    case.do("delete from journeys_enrolment")
    case.house.letters = case.house.letters[:2]
    assert case.closed().L == 1
    case.do(
        "insert into journeys_refusal (shop_id, scheme_id, version_id, person_id, order_id, event_id, at, code)"
        " select shop_id, scheme_id, id, %s, %s, 1, %s, 'paused' from journeys_version",
        case.person, case.order, case.world.now,
    )  # fmt: skip
    assert case.closed().L == 1, "no pause has turned anybody away"
    case.client.pauses = [Pause(AT, frozenset(), True, AT)]
    assert case.closed() == Verdict()


@pytest.mark.parametrize("step", LETTERS)
def test_who_is_through_without_a_letter_has_lost_it_unless_he_left(case: Moved, step: str) -> None:
    case.do("update outbox_message set state = 'cancelled', reason = 'stopped' where id = %s", case.letters[step])
    assert case.closed().L == 1
    case.left(AT + 60)
    assert case.closed() == Verdict()


def test_who_is_left_inside_when_all_were_moved_out_is_lost(case: Moved) -> None:
    case.inside()
    assert (case.closed().L, case.verdict().L) == (1, 0)


def test_a_letter_of_a_step_that_came_twice_by_a_move_is_counted(case: Moved) -> None:
    again = case.letter("hello")
    case.do("update outbox_message set visit = 2 where id = %s", again)
    assert case.closed() == Verdict(D=1)


def test_an_advertisement_that_came_twice_by_a_move_is_counted_as_one(case: Moved) -> None:
    again = case.letter("beside")
    case.do("update outbox_message set visit = 2 where id = %s", again)
    assert case.closed() == Verdict(D=1, A=1)


def test_a_task_of_a_step_where_nobody_stands_is_counted(case: Moved) -> None:
    case.task_at("check")
    assert case.closed() == Verdict(D=1)
    case.inside("check")
    assert case.verdict().D == 0
    for broken in ("step = 'third'", "visit = 2"):
        case.do("update journeys_enrolment set step = 'check', visit = 1")
        case.do(f"update journeys_enrolment set {broken}")
        assert case.verdict().D == 1


def test_a_letter_in_a_pause_is_counted_unless_it_had_left_the_queue_before(case: Moved) -> None:
    case.client.pauses = [Pause(AT - 1, frozenset(), False, AT + 1)]
    assert case.closed() == Verdict(P=3)
    case.client.pauses = [Pause(AT - 1, frozenset(case.letters.values()), False, AT + 1)]
    assert case.closed() == Verdict()
    case.client.pauses = [Pause(AT - 9, frozenset(), False, AT - 1), Pause(AT + 1, frozenset(), False)]
    assert case.closed() == Verdict()


def test_who_goes_on_in_a_pause_is_counted_and_who_is_moved_is_not(case: Moved) -> None:
    case.client.pauses = [Pause(AT + 1, frozenset(), False)]
    case.decided("moved", "moved", AT + 2)
    case.decided("due", "waited", AT)
    assert case.closed() == Verdict()
    case.decided("due", "waited", AT + 2)
    assert case.closed() == Verdict(P=1)


def test_what_was_written_for_who_had_left_is_counted(case: Moved) -> None:
    written = "select extract(epoch from min(created_at))::float8 from outbox_message where enrolment_id = %s"
    case.left(case.world.one(written.replace("%s", str(case.enrolment))) - 1)
    assert len(LETTERS) == case.closed().V
    case.do("update outbox_message set state = 'cancelled', reason = 'stopped' where enrolment_id = %s", case.enrolment)
    assert case.closed().V == 0


def test_what_comes_for_who_left_must_have_been_on_the_wire(case: Moved) -> None:
    late = case.letters["bye"]
    over = case.world.one(f"select extract(epoch from created_at)::float8 from outbox_message where id = {late}") + 1
    case.left(over)
    case.house.letters = [
        Letter(min(one.at, over + 1), one.to, one.message_id, one.digest) for one in case.house.letters
    ]
    assert case.closed() == Verdict()
    at = over + ON_THE_WIRE_SECONDS + 1
    case.house.letters[-1] = case.house.letters[-1]._replace(at=at)
    assert case.closed() == Verdict(V=1)
    case.house.deaths = [at - 1]
    assert case.closed() == Verdict()


def test_a_timer_that_ran_out_and_was_not_taken_lies_undone_but_not_in_a_pause(case: Moved) -> None:
    case.inside(due_in=-timedelta(seconds=1))
    assert case.verdict() == Verdict(K=1)
    case.do("update journeys_scheme set paused_at = %s", case.world.now)
    assert case.verdict() == Verdict()


@pytest.mark.parametrize(
    "sql",
    [
        "update journeys_enrolment set status = 3, problem = '{}', ended_at = null",
        "update journeys_scheme set waking = true",
        "insert into journeys_kept (shop_id, scheme_id, person_id, event_id) select shop_id, scheme_id, person_id, 1"
        " from journeys_enrolment",
        "insert into journeys_move (shop_id, scheme_id, to_version_id, rules, total, started_at, started_by)"
        " select shop_id, scheme_id, id, '[]', 0, published_at, 'system' from journeys_version",
    ],
)
def test_who_is_set_aside_and_what_is_not_over_lies_undone(case: Moved, sql: str) -> None:
    case.do(sql)
    assert case.verdict().K == 1
