"""The oracles of `regulars chaos` turn red when what they watch over is broken: a green that can't be red says nothing."""

import contextlib
import random
from collections.abc import Iterator
from typing import Any, Literal, cast

import pytest

from bench.chaos.house import TOLD, House, Letter
from bench.chaos.load import Client
from bench.chaos.oracles import Verdict, judge, undone
from regulars.base import db
from regulars.base.actor import SYSTEM
from regulars.staff import actions as staff
from tests.apps.outbox_world import Outbox
from tests.apps.world import World

AT = 1_800_000_000.0


class StandIn:
    """What the oracles ask of a house, over a test's database; letters and deaths as the test says."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.letters: list[Letter] = []
        self.changes: list[Letter] = []
        self.deaths: list[float] = []

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.world.rows(query, *values)

    def accepted(self) -> list[Letter]:
        return self.letters

    def told(self) -> list[Letter]:
        return self.changes


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

    def notice(self, state: str = "sent") -> int:
        """One of the staff was told something by mail; 0: nobody carries it."""
        with self.world.writing() as cur:
            account = staff.create_account(cur, self.world.shop_id, TOLD, "Told", "supervisor", SYSTEM)
        at, shop = self.world.now, self.world.shop_id
        self.do(
            "insert into staff_notice (shop_id, account_id, kind, key, told_at, expires_at)"
            " values (%s, %s, 'task_late', 'k', %s, %s)",
            shop, account, at, at,
        )  # fmt: skip
        if state:
            self.do("insert into staff_way (account_id, kind) values (%s, 'email')", account)
            self.do(
                "insert into staff_telling (shop_id, account_id, notice_id, way_id, due_at, expires_at, state, claim)"
                " select %s, %s, n.id, w.id, %s, %s, %s, 1 from staff_notice n, staff_way w",
                shop, account, at, at, state,
            )  # fmt: skip
        return int(self.world.one("select coalesce(min(id), 0) from staff_telling"))

    def notice_arrives(self, telling: int, at: float = AT, digest: str = "d") -> None:
        self.house.letters.append(Letter(at, TOLD, f"<told-{telling}.test@shop.test>", digest))

    def call(self, id_: str, state: str, tasks: int, source: str = "api") -> None:
        self.do(
            "insert into talks_call (shop_id, source, external_id, state, started_at, live) values (%s, %s, %s, %s, %s, true)",
            self.world.shop_id, source, id_, state, self.world.now,
        )  # fmt: skip
        for _ in range(tasks):
            self.task(call_id=self.world.one("select max(id) from talks_call"), why_next="missed")

    def task(self, **more: Any) -> None:
        at = self.world.now
        values = {
            "shop_id": self.world.shop_id, "person_id": self.person, "kind": "call", "team": "order-desk", "state": "open",
            "not_before": at, "opened_at": at, **more,
        }  # fmt: skip
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        self.do(f"insert into desk_task (id, {names}) values (next_id(), {places})", *values.values())

    def message_of_buyer(self, text: str, key: str) -> None:
        at, shop = self.world.now, self.world.shop_id
        self.do(
            "insert into talks_thread (shop_id, person_id, channel, address, opened_at, last_at)"
            " values (%s, %s, 'telegram', '7', %s, %s) on conflict do nothing",
            shop, self.person, at, at,
        )  # fmt: skip
        self.do(
            "insert into talks_message (shop_id, thread_id, inward, at, text, key)"
            " select %s, id, true, %s, %s, %s from talks_thread",
            shop, at, text, key,
        )  # fmt: skip

    def bot(self, offset: int) -> None:
        self.do(
            "insert into talks_account (shop_id, channel, feed_id, settings, secret, state)"
            " values (%s, 'telegram', 1, '{}', '', jsonb_build_object('offset', %s::int))",
            self.world.shop_id, offset,
        )  # fmt: skip

    def rest(self) -> None:
        """What was recorded is conducted."""
        self.do("delete from events_pending")
        self.do("update events_mailbox set due_at = null")

    def do(self, sql: str, *values: Any) -> None:
        with self.world.writing() as cur:
            cur.execute(sql, values)

    def verdict(self) -> Verdict:
        house = cast("House", self.house)
        return judge(house, self.client, undone(house, self.client))


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


def test_a_call_must_be_there_as_it_ended_with_the_task_that_it_asks_for(case: Case) -> None:
    case.client.calls = {"c1": "missed", "c2": "ended"}
    assert case.verdict().L == 3  # both, and the task of one
    case.call("c1", "ringing", 0)
    case.call("c2", "ended", 0)
    assert case.verdict().L == 2
    case.do("update talks_call set state = 'missed' where external_id = 'c1'")
    assert case.verdict().L == 1


@pytest.mark.parametrize(("ending", "tasks", "doubled"), [("missed", 1, 0), ("missed", 2, 1), ("ended", 1, 1)])
def test_a_missed_call_has_one_task_and_an_answered_one_none(
    case: Case, ending: Literal["missed", "ended"], tasks: int, doubled: int
) -> None:
    case.client.calls = {"c1": ending}
    case.call("c1", ending, tasks)
    verdict = case.verdict()
    assert verdict.L == 0
    assert verdict.D == doubled  # noqa: SIM300


def test_the_same_call_twice_is_counted(case: Case) -> None:
    case.client.calls = {"c1": "ended"}
    for source in ("api", "other"):
        case.call("c1", "ended", 0, source)
    assert case.verdict().D == 1


def test_a_change_that_the_shop_was_not_told_of_is_lost(case: Case) -> None:
    case.client.changed = {case.number: "Ring twice"}
    case.house.changes = [Letter(AT, case.number, "regulars-1", "Ring once")]
    assert case.verdict().L == 1
    case.house.changes = [Letter(AT, case.number, "regulars-1", "Ring twice")]
    assert case.verdict() == Verdict()


def test_a_change_is_told_again_only_after_a_death_under_its_key_and_in_its_words(case: Case) -> None:
    case.client.changed = {case.number: "Ring"}
    case.house.changes = [Letter(AT + n, case.number, "regulars-1", "Ring") for n in (0, 3)]
    assert (case.verdict().s_repeats, case.verdict().S_unexplained) == (1, 1)
    case.house.deaths = [AT + 1]
    assert (case.verdict().S_unexplained, case.verdict().holds) == (0, True)
    for other in ({"message_id": "regulars-2"}, {"digest": "Ring!"}):
        case.house.changes[1] = Letter(AT + 3, case.number, "regulars-1", "Ring")._replace(**other)
        assert case.verdict().S_other == 1


def test_a_change_that_nobody_wanted_is_counted(case: Case) -> None:
    case.house.changes = [Letter(AT, case.number, "regulars-1", "Ring")]
    assert case.verdict().G == 1


def test_a_notice_that_did_not_come_is_lost(case: Case) -> None:
    telling = case.notice()
    assert case.verdict().L == 1
    case.notice_arrives(telling)
    assert case.verdict() == Verdict()


@pytest.mark.parametrize("state", ["", "dropped", "failed", "kept"])
def test_a_notice_that_nobody_carries_is_lost(case: Case, state: str) -> None:
    case.notice(state)
    assert case.verdict().L == 1


def test_a_notice_comes_again_only_after_a_death_and_may_say_more_then(case: Case) -> None:
    telling = case.notice()
    case.notice_arrives(telling)
    case.notice_arrives(telling, AT + 3, "more")
    assert (case.verdict().S_other, case.verdict().S_unexplained) == (0, 1)
    case.house.deaths = [AT + 1]
    assert case.verdict().holds


def test_a_notice_that_the_tables_do_not_know_is_counted(case: Case) -> None:
    case.notice_arrives(1)
    assert case.verdict().G == 1


def test_what_a_buyer_wrote_is_there_once(case: Case) -> None:
    case.client.wrote = {"w1": 1}
    assert case.verdict().L == 1
    case.message_of_buyer("w1", "7:1")
    assert case.verdict() == Verdict()
    case.message_of_buyer("w1", "7:2")
    assert case.verdict().D == 1


def test_what_a_buyer_wrote_and_nobody_fetched_lies_undone(case: Case) -> None:
    case.client.wrote = {"w1": 4}
    case.message_of_buyer("w1", "7:1")
    case.bot(4)
    assert case.verdict().K == 1
    case.do("update talks_account set state = '{\"offset\": 5}'")
    assert case.verdict().K == 0


def test_a_limit_that_nobody_looked_at_lies_undone(case: Case) -> None:
    case.task(escalate_at=case.world.now)
    assert case.verdict().K == 1


def test_a_call_that_fell_silent_lies_undone(case: Case) -> None:
    case.call("c1", "ringing", 0)
    case.do("update talks_call set check_at = %s", case.world.now)
    assert case.verdict().K == 1


@pytest.mark.parametrize("state", ["queued", "sending"])
def test_a_command_that_is_due_or_held_lies_undone(case: Case, state: str) -> None:
    at = case.world.now
    case.do(
        "insert into outbox_command (shop_id, kind, key, target, payload, actor, not_before, asked_at, state)"
        " values (%s, 'order.change', 'k', 't', '{}', 'system', %s, %s, %s)",
        case.world.shop_id, at, at, state,
    )  # fmt: skip
    assert case.verdict().K == 1


@pytest.mark.parametrize("state", ["waiting", "sending"])
def test_a_notice_that_is_due_or_held_lies_undone(case: Case, state: str) -> None:
    case.notice(state)
    assert case.verdict().K == 1


def test_a_promise_breaks_once_and_says_so(case: Case) -> None:
    case.do(
        "insert into promises_promise (id, shop_id, person_id, key, kind, due_at, state)"
        " values (7, %s, %s, 'k', 'call', %s, 'broken')",
        case.world.shop_id, case.person, case.world.now,
    )  # fmt: skip
    assert case.verdict().L == 1
    for times in (1, 2):
        case.world.happens("promise.broken", case.person, promise_id="7", promise="call")
        case.rest()
        verdict = case.verdict()
        assert verdict.L == 0
        assert verdict.D == times - 1  # noqa: SIM300


def test_two_tasks_of_one_promise_are_counted(case: Case) -> None:
    for _ in range(2):
        case.task(kind="promise", promise_id=7)
    assert case.verdict().D == 1
