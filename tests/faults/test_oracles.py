"""The oracles of `regulars chaos` turn red when what they watch over is broken: a green that can't be red says nothing."""

import contextlib
import random
from collections.abc import Iterator
from typing import Any, cast

import pytest

from bench.chaos.house import House, Letter
from bench.chaos.load import Client
from bench.chaos.oracles import Verdict, judge, undone
from regulars.base import db
from tests.apps.outbox_world import Outbox
from tests.apps.world import World

AT = 1_800_000_000.0


class StandIn:
    """What the oracles ask of a house, over a test's database; letters and deaths as the test says."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.letters: list[Letter] = []
        self.deaths: list[float] = []

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.world.rows(query, *values)

    def accepted(self) -> list[Letter]:
        return self.letters


class Case:
    """One order with its letters, all well, until a test breaks something."""

    def __init__(self, world: World) -> None:
        self.world, self.house = world, StandIn(world)
        self.person = world.person()
        self.order = world.order(self.person)
        (self.number,) = world.rows("select external_id from orders_order where id = %s", self.order)[0]
        self.client = Client(0, "", random.Random(1))
        self.client.placed = [self.number]
        self.service = self.message("confirm", "service")
        self.advert = self.message("offer", "advertising")
        self.arrive(self.service)
        self.arrive(self.advert)
        self.do("delete from events_pending")
        self.do("update events_mailbox set due_at = null")

    def message(self, step: str, purpose: str) -> int:
        id_ = Outbox(self.world).queue(self.person, purpose)
        self.do(
            "update outbox_message set order_id = %s, enrolment_id = %s, step = %s, visit = 1, attempt = 1, part = 'send',"
            " state = 'sent', why = '{\"a\": 1}' where id = %s",
            self.order, self.order, step, id_,
        )  # fmt: skip
        return id_

    def arrive(self, message: int, at: float = AT, host: str = "shop.test", digest: str = "d") -> None:
        self.house.letters.append(Letter(at, "a@example.test", f"<{message}.test@{host}>", digest))

    def do(self, sql: str, *values: Any) -> None:
        with self.world.writing() as cur:
            cur.execute(sql, values)

    def verdict(self) -> Verdict:
        house = cast("House", self.house)
        return judge(house, self.client, undone(house))


@pytest.fixture
def case(database: str) -> Iterator[Case]:
    with contextlib.closing(db.loop_connection("test")) as raw:
        made = Case(World(raw))
        assert made.verdict() == Verdict()
        yield made


def test_an_acknowledged_order_that_is_absent_is_lost(case: Case) -> None:
    case.client.placed.append("never")
    assert case.verdict().L == 3  # itself and both of its letters
    case.client.cancelled.add("never")
    assert case.verdict().L == 2  # itself and its cancellation


@pytest.mark.parametrize("what", ["paid", "cancelled", "finished"])
def test_an_acknowledged_change_that_is_absent_is_lost(case: Case, what: str) -> None:
    getattr(case.client, what).add(case.number)
    assert case.verdict().L == 1


def test_an_outcome_that_counts_twice_or_after_it_was_taken_back_is_counted(case: Case) -> None:
    def ended(outcome: str) -> None:
        case.world.happens("task.finished", case.person, case.order, task_id="1", outcome=outcome)
        case.do("delete from events_pending")
        case.do("update events_mailbox set due_at = null")

    ended("refused")
    assert case.verdict().D == 0
    case.client.taken_back.add("1")
    assert case.verdict().D == 1
    ended("confirmed")
    assert case.verdict().D == 2


def test_an_outcome_whose_minute_is_over_and_does_not_count_is_counted(case: Case) -> None:
    case.do(
        "insert into desk_task (id, shop_id, person_id, kind, team, state, outcome, not_before, opened_at, settles_at)"
        " select 1, %s, %s, 'call', 'order-desk', 'finished', 'confirmed', at, at, at from (select %s::timestamptz at) t",
        case.world.shop_id, case.person, case.world.now,
    )  # fmt: skip
    assert case.verdict().K == 1


def test_a_letter_that_was_never_written_is_lost(case: Case) -> None:
    case.do("update outbox_message set step = 'other' where id = %s", case.service)
    assert case.verdict().L == 1


def test_a_letter_said_to_be_sent_that_never_arrived_is_lost(case: Case) -> None:
    del case.house.letters[0]
    assert case.verdict().L == 1


def test_a_second_advertisement_is_counted(case: Case) -> None:
    case.arrive(case.advert, AT + 2)
    case.house.deaths = [AT + 1]
    assert case.verdict().A == 1


def test_a_repeat_is_forgiven_only_after_a_death_before_its_record(case: Case) -> None:
    case.arrive(case.service, AT + 3)
    assert (case.verdict().s_repeats, case.verdict().S_unexplained) == (1, 1)
    case.house.deaths = [AT + 1]
    assert (case.verdict().s_repeats, case.verdict().S_unexplained, case.verdict().holds) == (1, 0, True)
    case.house.deaths = [AT + 20]
    assert case.verdict().S_unexplained == 1


@pytest.mark.parametrize("other", [{"host": "else.test"}, {"digest": "e"}])
def test_a_repeat_must_be_the_same_letter(case: Case, other: dict[str, str]) -> None:
    case.arrive(case.service, AT + 3, **other)
    case.house.deaths = [AT + 1]
    assert case.verdict().S_other == 1


def test_a_letter_that_the_tables_do_not_know_is_counted(case: Case) -> None:
    case.arrive(1)
    assert case.verdict().G == 1


def test_an_unknown_fate_must_be_shown(case: Case) -> None:
    case.do("update outbox_message set state = 'unknown', reason = 'unknown' where id = %s", case.advert)
    assert (case.verdict().U, case.verdict().flagged) == (1, 1)
    case.world.happens("message.unknown", case.person, message_id=str(case.advert))
    case.do("delete from events_pending")
    case.do("update events_mailbox set due_at = null")
    assert case.verdict().U == 0


def test_what_lies_undone_is_counted(case: Case) -> None:
    case.do("update outbox_message set state = 'queued' where id = %s", case.service)
    case.do("update events_mailbox set due_at = %s", case.world.now)
    assert case.verdict().K == 2


@pytest.mark.parametrize(
    "sql", ["update outbox_message set state = 'refused', reason = null", "update outbox_message set why = '{}'"]
)
def test_what_was_decided_without_a_reason_is_counted(case: Case, sql: str) -> None:
    case.do(f"{sql} where id = {case.service}")
    assert case.verdict().W == 1


def test_the_same_effect_twice_is_counted(case: Case) -> None:
    twin = case.message("confirm", "service")
    case.arrive(twin)
    assert case.verdict().D == 1
