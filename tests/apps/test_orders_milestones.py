"""What happened between two states of an order, whatever order the shop's news came in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from regulars.orders.compare import is_newer, progress
from regulars.orders.milestones import State, differences

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NEW = State(NOON, NOON, "new", "unpaid", 100, None, None, None, None, "l", "t")


def kinds(old: State | None, new: State) -> list[str]:
    return [h.kind for h in differences(old, new, NOON + timedelta(days=9))]


def later(hours: int = 1, **changes: object) -> State:
    return replace(NEW, version_at=NOON + timedelta(hours=hours), **changes)  # type: ignore[arg-type]


def test_from_nothing_all_that_the_state_shows_has_been_passed_in_natural_order() -> None:
    paid, shipped, delivered = (NOON + timedelta(hours=h) for h in (1, 20, 40))
    state = later(
        50, status="delivered", payment_status="part_refunded", paid_at=paid, shipped_at=shipped, delivered_at=delivered
    )
    found = differences(None, state, NOON + timedelta(days=9))
    assert [(h.kind, h.at) for h in found] == [
        ("order.placed", NOON),
        ("order.paid", paid),
        ("order.shipped", shipped),
        ("order.delivered", delivered),
        ("order.part_refunded", state.version_at),
    ]


def test_each_step_forward_is_told_once() -> None:
    assert kinds(NEW, later(payment_status="failed")) == ["payment.failed"]
    assert kinds(later(payment_status="failed"), later(2, payment_status="paid")) == ["order.paid"]
    assert kinds(later(payment_status="part_paid"), later(2, payment_status="paid")) == ["order.paid"]
    assert kinds(NEW, later(status="shipped")) == ["order.shipped"]
    shipped_at = NOON + timedelta(minutes=30)
    assert kinds(later(status="shipped"), later(2, status="shipped", shipped_at=shipped_at)) == []
    assert kinds(NEW, later(cancelled_at=NOON)) == ["order.cancelled"]


def test_a_refund_says_that_it_had_been_paid() -> None:
    assert kinds(NEW, later(payment_status="refunded")) == ["order.paid", "order.refunded"]
    assert kinds(later(payment_status="part_refunded"), later(2, payment_status="refunded")) == ["order.refunded"]


def test_a_step_back_is_a_change_and_no_milestone() -> None:
    [back] = differences(later(status="delivered"), later(2, status="processing"), NOON + timedelta(days=1))
    assert (back.kind, back.data) == (
        "order.changed",
        {"status": {"from": "delivered", "to": "processing"}, "what": ["status"]},
    )
    [unpaid] = differences(later(payment_status="paid"), later(2, payment_status="unpaid"), NOON + timedelta(days=1))
    assert unpaid.data["payment"] == {"from": "paid", "to": "unpaid"}


def test_a_delivery_in_the_future_is_a_plan() -> None:
    assert kinds(NEW, later(delivered_at=NOON + timedelta(days=30))) == []


def test_lines_and_total_that_changed_are_named() -> None:
    [changed] = differences(NEW, later(lines="m", total=90), NOON + timedelta(days=1))
    assert changed.data == {"what": ["lines", "total"]}


def test_of_two_states_the_newer_counts_then_the_further() -> None:
    one = progress(NOON, "paid", "processing")
    assert is_newer(progress(NOON, "part_refunded", "processing"), one)
    assert is_newer(progress(NOON, "paid", "shipped"), one)
    assert not is_newer(progress(NOON, "unpaid", "shipped"), one)
    assert not is_newer(progress(NOON - timedelta(seconds=1), "refunded", "cancelled"), one)
    assert is_newer(progress(NOON + timedelta(seconds=1), None, "new"), one)
