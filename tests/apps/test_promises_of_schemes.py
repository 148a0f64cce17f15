"""Promises that schemes make by letters and tasks, through the database: told, kept by what happens, never doubled."""

from datetime import timedelta
from typing import Any

from regulars.promises import queries
from tests.apps.intake_world import delivered, order
from tests.apps.outbox_world import Outbox
from tests.apps.world import World

SHIP = """\
scheme: ship
per: order
starts: order.placed
stops: [order.cancelled]
steps:
  placed:
    send: {subject: "Order", text: "We ship by {{ promise.ship | date }}, {{ promise.due | time }}.", by: [email]}
    promise: {kind: ship, within: 1d working}
"""
DELIVERY = """\
scheme: deliver
per: order
starts: order.placed
steps:
  placed:
    send: {subject: "Order", text: "With you {{ promise.delivery | on_day }}, {{ promise.due | time }}.", by: [email]}
    promise: {kind: delivery}
"""
CASE = """\
scheme: rescue
per: order
starts: order.placed
steps:
  rescue:
    task: {kind: case, within: 4h working, team: care}
    tell: {subject: "Sorry", text: "We answer by {{ promise.due | time }}.", by: [email]}
    outcomes: {solved: end}
"""


def buy(world: World, text: str, **changes: Any) -> Outbox:
    world.publish(text)
    outbox = Outbox(world)
    delivered(world, order(world, **changes))
    world.conduct()
    outbox.gate()
    return outbox


def ledger(world: World) -> list[tuple[str, str, bool]]:
    return world.rows("select kind, state, message_id is not null from promises_promise order by id")


def test_a_letter_that_promises_to_ship_is_kept_by_the_shipment(world: World) -> None:
    buy(world, SHIP)
    assert world.rows("select state from outbox_message") == [("sent",)]
    assert ledger(world) == [("ship", "open", True)]
    world.later(hours=3)
    delivered(world, order(world, placed_at="2026-03-02T12:00:00+00:00", status="shipped"))
    assert ledger(world) == [("ship", "kept", True)]


def test_a_letter_tells_a_window_that_the_ledger_knows_already_without_a_second_promise(world: World) -> None:
    opens = world.now + timedelta(days=2)
    window = {"window_from": opens.isoformat(), "window_to": (opens + timedelta(hours=4)).isoformat()}
    buy(world, DELIVERY, delivery=window)
    assert world.rows("select state, reason from outbox_message") == [("sent", None)]
    assert ledger(world) == [("delivery", "open", False)]


def test_a_case_promises_an_answer_that_its_outcome_keeps(world: World) -> None:
    from regulars.base.actor import Actor
    from regulars.desk import actions as desk

    buy(world, CASE)
    assert ledger(world) == [("answer", "open", True)]
    world.later(hours=1)
    with world.writing() as cur:
        task = cur.execute("select id from desk_task").fetchone()
        assert task is not None
        desk.finish(cur, world.shop_id, task[0], "solved", Actor("staff", 7), world.now)
        assert queries.listing(cur, world.shop_id)[0].state == "kept"
