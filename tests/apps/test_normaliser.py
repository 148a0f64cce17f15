"""From a kept delivery to orders and events: twice is once, older never wins, one bad delivery stops nobody."""

import itertools
import json
import time
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.base import db, failpoints
from regulars.intake import normaliser
from tests.apps.intake_world import deliver, delivered, kinds, order, take_in
from tests.apps.world import World

_numbers = itertools.count(1)


def after(world: World, **time: float) -> str:
    return (world.now + timedelta(**time)).isoformat()


def test_an_order_becomes_rows_a_person_and_an_event(world: World) -> None:
    assert delivered(world, order(world)) == [{"taken": 1}]
    [(status, total, versions, live, person)] = world.rows(
        "select status, total, versions, live, person_id from orders_order"
    )
    assert (status, total, versions, live) == ("new", 499000, 1, True)
    assert world.one("select first_name from people_person where id = %s", person) == "Андрей"
    assert world.rows("select sku, price::text from orders_line") == [("PAN-24", "2990.000000")]
    assert kinds(world) == [("order.placed", True)]
    assert world.one("select count(*) from intake_pending") == 0


def test_the_same_again_changes_nothing(world: World) -> None:
    one = order(world)
    assert delivered(world, one, one) == [{"taken": 1}, {"same": 1}]
    assert delivered(world, one) == [{"same": 1}]
    assert world.one("select versions from orders_order") == 1
    assert kinds(world) == [("order.placed", True)]


def test_an_older_state_never_overwrites(world: World) -> None:
    newer = order(world, updated_at=after(world, hours=1), status="shipped")
    assert delivered(world, newer) == [{"taken": 1}]
    assert delivered(world, order(world, status="processing")) == [{"older": 1}]
    assert world.one("select status from orders_order") == "shipped"


def test_an_equal_version_applies_when_it_carries_the_payment_further(world: World) -> None:
    paid = order(world, payment={"status": "paid", "method": "card"})
    delivered(world, paid)
    assert delivered(world, order(world, payment={"status": "part_refunded", "method": "card"})) == [{"taken": 1}]
    assert delivered(world, paid) == [{"older": 1}]
    told = [k for k, _ in kinds(world) if k.startswith("order.")]
    assert told == ["order.placed", "order.paid", "order.part_refunded"]
    assert world.one("select customer_since from people_person") is not None


def test_a_first_seen_old_order_is_history_and_its_news_of_today_is_live(world: World) -> None:
    old = order(world, placed_at=after(world, days=-3), updated_at=after(world, days=-2))
    delivered(world, old)
    assert kinds(world) == [("order.placed", False)]
    delivered(world, old | {"updated_at": after(world, hours=-1), "status": "shipped"})
    assert kinds(world)[1:] == [("order.shipped", True)]


def test_late_news_of_a_live_order_is_live(world: World) -> None:
    delivered(world, order(world))
    paid = order(
        world,
        updated_at=after(world, hours=1),
        payment={"method": "card", "status": "paid", "paid_at": after(world, hours=1)},
    )
    world.later(days=5)
    delivered(world, paid)
    assert ("order.paid", True) in kinds(world)


def test_an_import_is_history_whatever_its_times(world: World) -> None:
    delivered(world, order(world), live=False)
    assert kinds(world) == [("order.placed", False)]
    assert world.one("select count(*) from events_pending") == 0


def test_a_batch_is_split_and_its_bad_items_are_quarantined_alone(world: World) -> None:
    [result] = delivered(world, order(world, "1"), order(world, "2", total="-1"), order(world, "3"), batch=True)
    assert result == {"taken": 2, "quarantined": 1}
    assert world.rows("select position, code, pointer from intake_quarantine") == [(1, "negative", "/total")]
    assert world.one("select body from intake_delivery") is None
    assert world.one("select count(*) from intake_item where body is not null") == 3
    assert world.one("select count(*) from orders_order") == 2


@pytest.mark.parametrize("poison", [b"[" * 100_000, b"\xff", b"{}", b'{"id": "\\u0000"}', b"", b"NaN"])
def test_poison_is_kept_and_the_next_one_passes(world: World, poison: bytes) -> None:
    assert delivered(world, poison, order(world))[1] == {"taken": 1}
    assert world.rows("select body, state from intake_quarantine") == [(poison, "open")]


def test_what_the_product_stumbles_over_is_quarantined_and_stops_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = normaliser._take_kinds

    def stumble(cur: Any, shop: Any, ready: Any, now: Any) -> None:
        if any(b"stumble" in d.body for d in ready):
            raise RuntimeError("personal words of a buyer")
        real(cur, shop, ready, now)

    monkeypatch.setattr(normaliser, "_take_kinds", stumble)
    results = delivered(world, order(world, "1"), order(world, "2", note="stumble"), order(world, "3"))
    assert [("taken" in r) for r in results] == [True, False, True]
    [(code, detail)] = world.rows("select code, detail from intake_quarantine")
    assert code == "internal"
    assert "RuntimeError" in detail and "personal" not in detail


@pytest.mark.parametrize("name", ["normaliser.claimed", "normaliser.recorded", "normaliser.before_commit"])
def test_a_fall_before_the_commit_leaves_all_as_it_was(
    world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(world, order(world))
    monkeypatch.setattr(failpoints, "_points", failpoints._parse(f"{name}:raise"))
    with pytest.raises(failpoints.FailpointRaised):
        normaliser.run_once(world.raw)
    assert world.rows("select count(*) from orders_order union all select count(*) from events_event") == [(0,), (0,)]
    monkeypatch.setattr(failpoints, "_points", {})
    assert take_in(world) == 1
    assert kinds(world) == [("order.placed", True)]


def test_a_busy_person_waits_with_what_came_later_for_him_and_others_go_on(world: World) -> None:
    delivered(world, order(world, "1"), order(world, "2"))
    [(busy,)] = world.rows("select person_id from orders_order where external_id = '1'")
    first = order(world, "1", updated_at=after(world, hours=1), status="processing")
    deliver(
        world, first, order(world, "2", updated_at=after(world, hours=1), status="processing"),
        first | {"updated_at": after(world, hours=2), "status": "shipped"},
    )  # fmt: skip
    other = db.loop_connection("holder")
    try:
        with db.transaction_on(other) as cur:
            cur.execute("select 1 from events_mailbox where person_id = %s for update", (busy,))
            assert normaliser.run_once(world.raw) == 1
            assert world.rows("select external_id, status from orders_order order by 1") == [
                ("1", "new"),
                ("2", "processing"),
            ]
        take_in(world)
        assert world.one("select status from orders_order where external_id = '1'") == "shipped"
    finally:
        other.close()


def test_an_order_that_names_no_buyer_waits_for_whose_it_is(world: World) -> None:
    delivered(world, order(world, "1"))
    deliver(
        world, order(world, "1", updated_at=after(world, hours=1), buyer=None, status="processing"), order(world, "2")
    )
    other = db.loop_connection("holder")
    try:
        with db.transaction_on(other) as cur:
            cur.execute("select 1 from events_mailbox for update")
            world.raw.execute("set lock_timeout = '2s'")
            assert normaliser.run_once(world.raw) == 1
            assert world.rows("select external_id, status from orders_order order by 1") == [("1", "new"), ("2", "new")]
        take_in(world)
        assert world.one("select status from orders_order where external_id = '1'") == "processing"
    finally:
        other.close()


def test_two_normalisers_never_take_one_shop_at_once(world: World) -> None:
    deliver(world, order(world))
    other = db.loop_connection("other")
    try:
        with db.transaction_on(other) as cur:
            cur.execute("select pg_advisory_xact_lock(%s)", (world.shop_id,))
            assert normaliser.run_once(world.raw) == 0
        assert take_in(world) == 1
    finally:
        other.close()


def test_a_group_is_bounded_by_the_size_of_its_bodies_and_one_that_is_larger_goes_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(json.dumps(order(world), ensure_ascii=False).encode())
    monkeypatch.setattr(normaliser, "MOST_BYTES", size * 3 // 2)
    deliver(world, *(order(world, id=f"s{n}") for n in range(4)), batch=True)
    deliver(world, *(order(world, id=f"t{n}") for n in range(5)))
    taken = []
    while n := normaliser.run_once(world.raw):
        taken.append(n)
    assert taken == [4, 2, 2, 1]
    assert world.one("select count(*) from orders_order") == 9


def test_versions_and_events_hold_nothing_of_the_buyer(world: World) -> None:
    buyer = {
        "id": "c-9", "name": "Зорькина Канарейка", "email": "canary@example.test", "phone": "+79141234567",
        "address": {"country": "RU", "city": "Канареечный"},
    }  # fmt: skip
    delivered(world, order(world, buyer=buyer, note="Канарейке позвонить", x_billing={"name": "Зорькина"}))
    kept = world.rows("select body::text from orders_version union all select data::text from events_event")
    text = " ".join(r[0] for r in kept).lower()
    assert not [word for word in ("анаре", "орькин", "canary", "914123") if word in text]


def test_an_order_without_a_buyer_is_kept_and_belongs_to_nobody(world: World) -> None:
    delivered(world, order(world, buyer=None))
    assert world.rows("select person_id from orders_order") == [(None,)]
    delivered(world, order(world, updated_at=after(world, hours=1)))
    assert world.one("select person_id from orders_order") is not None


def test_a_state_without_buyer_leaves_the_order_with_whom_it_had(world: World) -> None:
    delivered(world, order(world))
    person = world.one("select person_id from orders_order")
    delivered(world, order(world, updated_at=after(world, hours=1), buyer=None, status="processing"))
    assert world.one("select person_id from orders_order") == person
    assert world.rows("select person_id from events_event where kind = 'order.processing'") == [(person,)]


def test_an_event_is_recorded_once_by_its_id(world: World) -> None:
    event = {"id": "e1", "kind": "x.visit", "occurred_at": world.now.isoformat(), "person": {"email": "v@example.test"}}
    assert delivered(world, event, event, kind="events") == [{"taken": 1}, {"same": 1}]
    [other] = delivered(world, event | {"data": {"n": 2}}, kind="events")
    assert other["quarantined"] == 1
    assert [k for k, _ in kinds(world)].count("x.visit") == 1


def states(world: World, id_: str, n: int, data: st.DataObject) -> list[dict[str, Any]]:
    """States of one order, each of a version of its own."""
    out = []
    for i in range(n):
        out.append(
            order(
                world,
                id_,
                updated_at=after(world, minutes=i),
                status=data.draw(st.sampled_from(["new", "processing", "ready", "shipped", "delivered", "cancelled"])),
                total=data.draw(st.sampled_from(["10.00", "20.00"])),
                payment={"status": data.draw(st.sampled_from(["unpaid", "failed", "paid", "refunded"]))},
                lines=[
                    {"sku": f"S{j}", "name": "x", "quantity": j + 1, "price": "1"}
                    for j in range(data.draw(st.integers(0, 2)))
                ],
                buyer={
                    "id": f"c-{id_}",
                    "name": data.draw(st.sampled_from(["Anna Berg", "Anna Novak", "Anna"])),
                    "email": f"{id_}@example.test",
                },
            )
        )
    return out


FINAL = """
select o.status, o.payment_status, o.total, o.version_at, o.data->'digests', p.name,
  (select array_agg(l.sku order by l.position) from orders_line l where l.order_id = o.id)
from orders_order o join people_person p on p.id = o.person_id where o.external_id = %s
"""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_in_whatever_order_and_however_often_states_come_the_newest_stands(world: World, data: st.DataObject) -> None:
    id_ = f"h{next(_numbers)}"
    coming = states(world, id_, data.draw(st.integers(1, 5)), data)
    repeated = coming + data.draw(st.lists(st.sampled_from(coming), max_size=4))
    shuffled = data.draw(st.permutations(repeated))
    cut = data.draw(st.integers(0, len(shuffled)))
    delivered(world, *shuffled[:cut])
    delivered(world, *shuffled[cut:])
    # The ordered run is another order of another buyer that differs in nothing but its name.
    twin = f"t{id_}"
    for state in json.loads(json.dumps(coming).replace(id_, twin)):
        delivered(world, state)
    [mixed], [ordered] = world.rows(FINAL, id_), world.rows(FINAL, twin)
    drop = lambda row: [v for v in row if not isinstance(v, dict)]  # noqa: E731 - digests name the order itself
    assert drop(mixed) == drop(ordered)


def test_a_lost_connection_is_the_loops_affair_not_the_deliverys(world: World) -> None:
    deliver(world, order(world))
    raw = db.loop_connection("lost")
    raw.execute("select 1")
    world.rows("select pg_terminate_backend(%s)", raw.info.backend_pid)
    with pytest.raises(psycopg.OperationalError):
        normaliser.run_once(raw)
    assert take_in(world) == 1
    assert world.one("select count(*) from intake_quarantine") == 0


def test_a_rush_is_taken_in_a_moment_later_and_never_kept_waiting_for_long(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who send in go first, for so long as nobody has waited long for it."""
    # Longer than a busy machine takes for the test itself.
    monkeypatch.setattr(normaliser, "RUSH_WINDOW", timedelta(minutes=1))
    monkeypatch.setattr(normaliser, "RUSH_LONGEST", timedelta(minutes=2))
    few = normaliser.RUSH_DELIVERIES - 1
    deliver(world, *(order(world, str(n)) for n in range(few)))
    assert not normaliser.is_rush(world.raw)
    deliver(world, order(world, "one more"))
    assert normaliser.is_rush(world.raw)
    with world.writing() as cur:
        cur.execute(
            "insert into intake_pending (delivery_id, shop_id) select id_at(machine_now() - %s - interval '1 s'), %s",
            (normaliser.RUSH_LONGEST, world.shop_id),
        )
    assert not normaliser.is_rush(world.raw)


def test_what_came_a_while_ago_is_no_rush(world: World) -> None:
    deliver(world, *(order(world, str(n)) for n in range(normaliser.RUSH_DELIVERIES)))
    time.sleep(normaliser.RUSH_WINDOW.total_seconds() + 0.02)
    assert not normaliser.is_rush(world.raw)
