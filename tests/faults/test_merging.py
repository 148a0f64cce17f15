"""F36: two persons become one while a task of one is open and a step is due: nothing is lost, nothing happens twice.

The merge and the conductor meet in both orders: it waits for whoever holds the persons, or is waited for.
"""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest

from regulars.base import db
from regulars.base.actor import Actor
from regulars.journeys import conductor
from regulars.people import actions as people
from regulars.people import queries
from tests.apps.intake_world import delivered, order
from tests.flows.web_shop import WebShop, web_fixture  # noqa: F401

ANNA = Actor("staff", 1)
SCHEME = """\
scheme: paying
per: order
starts: order.placed
stops: [order.cancelled]
steps:
  hello:
    wait: 10m
  first:
    send: {subject: {en: First}, text: {en: "{{ person.first_name }}"}, by: [email]}
  payment:
    wait_for: {event: order.paid, up_to: 2h}
    then: thanks
    on_timeout: remind
  remind:
    send: {subject: {en: Please pay}, text: {en: "{{ person.first_name }}"}, by: [email]}
    then: end
  thanks:
    send: {subject: {en: Thanks}, text: {en: "{{ person.first_name }}"}, by: [email]}
"""


class Pair:
    """Two persons who are one: `his` has an order on its way, the other nothing yet."""

    def __init__(self, web: WebShop, *, his_first: bool) -> None:
        self.web, self.world = web, web.world
        web.world.publish(SCHEME)
        other = None if his_first else web.world.person("other@example.test")
        delivered(web.world, order(web.world, "1001"))
        self.order = int(web.world.one("select id from orders_order"))
        self.his = int(web.world.one("select person_id from orders_order"))
        self.other = other or web.world.person("other@example.test")
        web.world.conduct()
        self.task = web.task_of(self.order)

    def merge(self, keep: int) -> None:
        """By a connection of its own, as a web process would."""
        with closing(db.loop_connection("merging")) as raw, db.transaction_on(raw) as cur:
            self.merge_in(cur, keep)

    def merge_in(self, cur: db.Cursor, keep: int) -> None:
        gone = self.other if keep == self.his else self.his
        people.merge(cur, self.world.shop_id, keep, gone, ANNA, self.world.now)

    def told(self, **changes: Any) -> None:
        """The shop tells of the order once more, a minute later."""
        self.world.later(minutes=1)
        placed = self.world.one("select placed_at from orders_order").isoformat()
        delivered(self.world, order(self.world, "1001", placed_at=placed, **changes))
        self.world.conduct()

    def subjects(self) -> list[str]:
        """What was written, one line a letter; a dropped one is none."""
        self.web.outbox.gate()
        rows = self.world.rows("select step from outbox_message where state <> 'cancelled' order by id")
        return [step for (step,) in rows]

    def tasks(self) -> list[tuple[int, str]]:
        rows = self.world.rows("select id, state from desk_task order by id")
        return [(int(i), state) for i, state in rows]


@pytest.fixture(params=[True, False], ids=["older", "younger"])
def pair(web: WebShop, request: pytest.FixtureRequest) -> Pair:
    """His row is locked before the other's, or after it."""
    return Pair(web, his_first=request.param)


@pytest.fixture(params=["his", "other"])
def keep(pair: Pair, request: pytest.FixtureRequest) -> int:
    """Who stays."""
    return int(getattr(pair, request.param))


@contextmanager
def conducting(monkeypatch: pytest.MonkeyPatch, at: str) -> Iterator[threading.Event]:
    """A conductor in a thread, held at a point of its transaction until the event is set."""
    here, go = threading.Event(), threading.Event()

    def hold(name: str) -> bool:
        if name == at and threading.current_thread() is thread:
            here.set()
            assert go.wait(20)
        return False

    def conduct() -> None:
        with closing(db.loop_connection("conducting")) as raw:
            conductor.run_once(raw)

    monkeypatch.setattr(conductor, "hit", hold)
    thread = threading.Thread(target=conduct)
    thread.start()
    try:
        assert here.wait(20), "nobody was due"
        yield go
    finally:
        go.set()
        thread.join(20)
        assert not thread.is_alive()


def as_it_should_be(pair: Pair) -> None:
    """The step was taken once, the task is there once and still moves its scheme, each letter is one."""
    pair.world.conduct()
    assert pair.tasks() == [(pair.task, "open")]
    assert pair.subjects() == ["confirm", "first"]
    assert pair.world.rows("select step, status from journeys_enrolment order by scheme_id") == [
        ("confirm", 1),
        ("payment", 1),
    ]
    operator = pair.web.clients["operator"]
    assert operator.post(f"/tasks/{pair.task}/finish", {"outcome": "confirmed"}).status_code == 302
    pair.web.settle()
    assert pair.tasks() == [(pair.task, "finished")]
    assert pair.subjects() == ["confirm", "first", "thanks"]


@pytest.mark.parametrize("at", ["conductor.claimed", "conductor.advanced", "conductor.before_commit"])
def test_a_merge_waits_for_the_step_that_is_being_taken(
    pair: Pair, keep: int, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.world.later(minutes=10)
    merging = threading.Thread(target=pair.merge, args=(keep,))
    with conducting(monkeypatch, at) as go:
        merging.start()
        merging.join(0.3)
        assert merging.is_alive(), "it waits for the person"
        go.set()
    merging.join(20)
    assert pair.world.one("select count(*) from people_person where merged_into is not null") == 1
    as_it_should_be(pair)


def test_a_step_waits_for_the_merge_that_is_being_made(pair: Pair, keep: int) -> None:
    pair.world.later(minutes=10)
    with closing(db.loop_connection("merging")) as raw, db.transaction_on(raw) as cur:
        pair.merge_in(cur, keep)
        assert conductor.run_once(pair.world.raw) == 0, "nobody is to be had"
        assert pair.subjects() == ["confirm"]
    as_it_should_be(pair)


def test_a_merge_that_fails_leaves_the_step_to_be_taken(pair: Pair, keep: int) -> None:
    pair.world.later(minutes=10)
    with suppress(ZeroDivisionError), closing(db.loop_connection("merging")) as raw, db.transaction_on(raw) as cur:
        pair.merge_in(cur, keep)
        raise ZeroDivisionError
    as_it_should_be(pair)


@pytest.mark.parametrize("names_buyer", [True, False])
def test_what_happens_to_the_order_afterwards_moves_its_scheme(pair: Pair, keep: int, names_buyer: bool) -> None:
    pair.world.later(minutes=10)
    pair.merge(keep)
    pair.world.conduct()
    paid: dict[str, Any] = {"payment": {"method": "card", "status": "paid"}}
    pair.told(**paid, **({} if names_buyer else {"buyer": None}))
    assert pair.subjects() == ["confirm", "first", "thanks"]


def test_a_cancellation_afterwards_stops_everything(pair: Pair, keep: int) -> None:
    assert pair.subjects() == ["confirm"]
    pair.merge(keep)
    pair.told(status="cancelled")
    assert pair.tasks() == [(pair.task, "closed")]
    pair.world.later(hours=3)
    pair.world.conduct()
    assert pair.subjects() == ["confirm"]


def test_parted_again_each_goes_his_own_way(pair: Pair, keep: int) -> None:
    pair.merge(keep)
    pair.told(note="by the door")
    with pair.world.writing() as cur:
        gone = pair.other if keep == pair.his else pair.his
        assert people.unmerge(cur, pair.world.shop_id, gone, ANNA, pair.world.now)
        assert queries.ids_of(cur, pair.world.shop_id, pair.his) == [pair.his]
    pair.world.later(minutes=10)
    pair.told(payment={"method": "card", "status": "paid"})
    assert pair.subjects() == ["confirm", "first", "thanks"]
    assert pair.tasks() == [(pair.task, "open")]


def test_the_conductor_meets_a_merge_in_the_middle_of_a_family(pair: Pair, keep: int) -> None:
    """Of persons who are one, some are held: none of them is taken until all are to be had."""
    pair.merge(keep)
    pair.world.later(minutes=10)
    for held in (pair.his, pair.other):
        with closing(db.loop_connection("holding")) as raw, db.transaction_on(raw) as cur:
            cur.execute("select 1 from events_mailbox where person_id = %s for update", (held,))
            assert conductor.run_once(pair.world.raw) == 0
    as_it_should_be(pair)


CARE = """\
scheme: care
per: person
starts: order.placed
goal: {event: order.placed, of: person, within: 90d}
steps:
  later:
    wait: 5d
  ask:
    send: {subject: {en: How is it}, text: {en: "{{ person.first_name }}"}, by: [email]}
"""


def test_one_person_is_once_in_a_scheme_and_his_next_order_is_its_goal(web: WebShop) -> None:
    web.world.publish(CARE)
    pair = Pair(web, his_first=True)
    pair.merge(pair.other)
    web.world.later(days=1)
    at = web.world.now.isoformat()
    buyer = {"id": "c-2", "name": "Other", "email": "other@example.test"}
    delivered(web.world, order(web.world, "1002", placed_at=at, updated_at=at, buyer=buyer))
    assert web.world.one("select person_id from orders_order where number = '1002'") == pair.other
    web.world.conduct()
    care = (
        "select person_id, goal_at from journeys_enrolment e join journeys_version v on v.id = e.version_id"
        " where v.text like 'scheme: care%%'"
    )
    assert web.world.rows(care) == [(pair.his, web.world.now)]
    web.world.later(days=5)
    web.world.conduct()
    assert pair.subjects().count("ask") == 1
