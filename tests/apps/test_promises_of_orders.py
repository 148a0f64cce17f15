"""What the shop tells of an order makes, moves, keeps and voids its promises, in the normaliser's own transaction."""

from datetime import timedelta
from typing import Any

import pytest

from regulars.base.actor import SYSTEM
from regulars.effects.danger import watch_once
from regulars.orders import edits
from regulars.orders import queries as orders
from regulars.orders.fields import WINDOW, of_order
from regulars.promises import actions, queries
from regulars.promises.actions import NewPromise
from regulars.promises.queries import PromiseRow
from regulars.shop import actions as shops
from tests.apps.intake_world import delivered, order
from tests.apps.world import World


def tell(world: World, **changes: Any) -> int:
    """The shop tells the order's state as it is now; our id of it."""
    delivered(world, order(world, placed_at=PLACED, updated_at=world.now.isoformat(), **changes))
    return int(world.one("select id from orders_order"))


PLACED = "2026-03-02T11:00:00+00:00"


def window(world: World, hours: float, length: float = 4) -> dict[str, Any]:
    opens = world.now + timedelta(hours=hours)
    return {
        "method": "courier",
        "window_from": opens.isoformat(),
        "window_to": (opens + timedelta(hours=length)).isoformat(),
    }


def ledger(world: World) -> list[tuple[str, str, str | None]]:
    return world.rows("select kind, state, reason from promises_promise order by id")


def newest(world: World) -> PromiseRow:
    with world.writing() as cur:
        return queries.listing(cur, world.shop_id)[0]


def promised(world: World, order_id: int, kind: str, hours: float, **fields: Any) -> int:
    person = world.one("select person_id from orders_order where id = %s", order_id)
    new = NewPromise(
        f"k{next(world.numbers)}", person, kind, world.now + timedelta(hours=hours), False, order_id, **fields
    )
    with world.writing() as cur:
        return actions.make(cur, world.shop_id, [new], SYSTEM, world.now)[0]


def test_a_window_told_by_the_shop_is_a_promise_once(world: World) -> None:
    given = window(world, 48)
    tell(world, delivery=given)
    found = newest(world)
    assert (found.kind, found.state, found.due_at) == ("delivery", "open", world.now + timedelta(hours=52))
    assert found.window_from == world.now + timedelta(hours=48)
    assert found.warn_at == found.window_from - timedelta(hours=2), "ahead of its beginning, by the clock"
    world.later(minutes=5)
    tell(world, delivery=given, note="call the neighbour")
    assert len(ledger(world)) == 1


def test_another_window_moves_the_promise_and_back_again(world: World) -> None:
    first, second = window(world, 48), window(world, 72)
    for n, given in enumerate((first, second, first)):
        world.later(minutes=n)
        tell(world, delivery=given, note=str(n))
    assert ledger(world) == [("delivery", "void", "moved"), ("delivery", "void", "moved"), ("delivery", "open", None)]
    assert newest(world).follows_id is not None


def test_an_operators_agreement_stands_though_the_shop_repeats_the_old_window(world: World) -> None:
    given = window(world, 48)
    tell(world, delivery=given)
    with world.writing() as cur:
        actions.move(
            cur, world.shop_id, newest(world).id, world.now + timedelta(hours=100), "agreed", SYSTEM, world.now
        )
    world.later(minutes=5)
    tell(world, delivery=given, note="x")
    assert ledger(world) == [("delivery", "void", "moved"), ("delivery", "open", None)]


def test_windows_are_no_promises_where_the_owner_says_so(world: World) -> None:
    with world.writing() as cur:
        shops.set_settings(cur, world.shop_id, {"window_promises": False}, SYSTEM)
    tell(world, delivery=window(world, 48))
    assert ledger(world) == []


def test_history_promises_nobody_anything(world: World) -> None:
    delivered(world, order(world, delivery=window(world, 48)), live=False)
    assert ledger(world) == []


@pytest.mark.parametrize(
    ("hours", "expected"), [(5, ("kept", None)), (1, ("broken", "done_late"))], ids=["in time", "too late"]
)
def test_shipped_keeps_ship_and_leaves_delivery(world: World, hours: float, expected: tuple[str, str | None]) -> None:
    id_ = tell(world)
    promised(world, id_, "ship", hours)
    promised(world, id_, "delivery", 50)
    world.later(hours=2)
    tell(world, status="shipped", delivery={"shipped_at": world.now.isoformat()})
    assert ledger(world) == [("ship", *expected), ("delivery", "open", None)]


def test_delivered_keeps_both(world: World) -> None:
    id_ = tell(world)
    promised(world, id_, "ship", 5)
    promised(world, id_, "delivery", 5)
    world.later(hours=2)
    tell(world, status="delivered", delivery={"delivered_at": world.now.isoformat()})
    assert {s for _, s, _ in ledger(world)} == {"kept"}


def test_cancelled_voids_and_leaves_calls_to_their_scheme(world: World) -> None:
    id_ = tell(world)
    for kind in ("ship", "delivery", "call"):
        promised(world, id_, kind, 5)
    tell(world, status="cancelled", cancelled_at=world.now.isoformat())
    assert ledger(world) == [
        ("ship", "void", "cancelled"), ("delivery", "void", "cancelled"), ("call", "open", None),
    ]  # fmt: skip


def test_late_news_of_a_timely_shipment_mends_the_ledger(world: World) -> None:
    id_ = tell(world)
    promised(world, id_, "ship", 2)
    shipped = (world.now + timedelta(hours=1)).isoformat()
    world.later(hours=3)
    while watch_once(world.raw):
        pass
    assert ledger(world)[0][1] == "broken"
    tell(world, status="shipped", delivery={"shipped_at": shipped})
    assert ledger(world) == [("ship", "kept", None)]


def test_a_delivery_is_at_risk_unless_the_courier_has_it(world: World) -> None:
    id_ = tell(world, delivery=window(world, 48))
    world.later(hours=46)
    watch_once(world.raw)
    assert newest(world).risk_at == world.now
    (task,) = world.rows("select kind, script, promise_id from desk_task")
    assert task == ("promise", "courier-trouble", newest(world).id)
    tell(world, status="delivered", delivery={**window(world, 2), "delivered_at": world.now.isoformat()})
    assert newest(world).state == "kept"
    assert world.one("select state from desk_task where order_id = %s", id_) == "closed"


def test_a_courier_on_his_way_is_no_risk(world: World) -> None:
    given = window(world, 48)
    tell(world, delivery=given)
    world.later(hours=40)
    tell(world, status="shipped", delivery={**given, "shipped_at": world.now.isoformat()})
    world.later(hours=6)
    watch_once(world.raw)
    assert newest(world).risk_at is None
    world.later(hours=7)
    while watch_once(world.raw):
        pass
    assert (newest(world).state, newest(world).reason) == ("broken", "carrier_late")


def told_anew(world: World) -> list[tuple[str, str, str]]:
    """Letters about a new time: which, the time before it, of which promise."""
    return world.rows(
        "select m.content->>'template', m.content->'vars'->'promise'->>'broken', p.state from outbox_message m"
        " join promises_promise p on p.message_id = m.id where m.part = 'new_time' order by m.id"
    )


def test_a_later_window_is_told_to_the_buyer_once_and_an_earlier_one_is_no_delay(world: World) -> None:
    first = world.now + timedelta(hours=52)
    soon, later = window(world, 48), window(world, 72)
    tell(world, delivery=soon)
    assert told_anew(world) == [], "a first window is the shop's own news"
    for n in range(2):
        world.later(minutes=5)
        tell(world, delivery=later, note=str(n))
    assert told_anew(world) == [("running-late", first.isoformat(), "open")]
    world.later(minutes=5)
    tell(world, delivery=soon, note="earlier again")
    assert told_anew(world) == [("running-late", first.isoformat(), "void")], "and that letter goes no more"


def test_what_an_operator_agreed_is_not_told_again_when_the_shop_follows(world: World) -> None:
    tell(world, delivery=window(world, 48))
    agreed = window(world, 96)
    with world.writing() as cur:
        actions.move(
            cur, world.shop_id, newest(world).id, world.now + timedelta(hours=100), "agreed", SYSTEM, world.now
        )
    operators = newest(world).id
    world.later(minutes=5)
    tell(world, delivery=agreed)
    assert newest(world).follows_id == operators
    assert told_anew(world) == []


def test_a_window_that_the_buyer_chose_in_a_talk_is_not_our_delay(world: World) -> None:
    order_id = tell(world, delivery=window(world, 48))
    chosen = window(world, 72)
    with world.writing() as cur:
        found = orders.by_id(cur, world.shop_id, [order_id])[order_id]
        after = [chosen["window_from"], chosen["window_to"]]
        edit = edits.Edit(WINDOW, of_order(found, [], {})[WINDOW], after)
        assert edits.want(cur, world.shop_id, found, [edit], SYSTEM, world.now, person_id=None)
    world.later(minutes=5)
    tell(world, delivery=chosen)
    assert newest(world).due_at.isoformat() == chosen["window_to"]
    assert told_anew(world) == []


def test_an_order_that_is_a_test_sends_nobody_a_new_time(world: World) -> None:
    tell(world, delivery=window(world, 48))
    with world.writing() as cur:
        cur.execute("update orders_order set mark = 'test'")
    world.later(minutes=5)
    tell(world, delivery=window(world, 72))
    assert told_anew(world) == []
