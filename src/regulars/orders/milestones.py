"""What happened to an order between two of its states: the events that follow from the difference.

Pure. A milestone has been passed when the state shows it, by its status or by the milestone's own time; from nothing to
a state, all that it shows have been passed. A step back (a correction in the shop) is `order.changed`, never a milestone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from regulars.orders.snapshot import OrderSnapshot

__all__ = ["Happened", "State", "differences", "is_paid", "state_of"]

_STATUS_ORDER = ("new", "processing", "ready", "shipped", "delivered", "returned", "cancelled")
_RANK = {status: i for i, status in enumerate(_STATUS_ORDER)}
_PAID = frozenset({"paid", "part_refunded", "refunded"})
_PAYMENT_RANK = {"part_refunded": 1, "refunded": 2}
# A shop's clock may run ahead of ours a little; a delivery "done" tomorrow is a plan.
_CLOCKS_APART = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class State:
    """What of an order's state milestones depend on. `lines` and `terms` are digests: equal when nothing changed."""

    version_at: datetime
    placed_at: datetime
    status: str
    payment_status: str | None
    total: int
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    lines: str
    terms: str


@dataclass(frozen=True, slots=True)
class Happened:
    """An event to be recorded: kind, when it happened as far as the shop knows, and data without personal words."""

    kind: str
    at: datetime
    data: dict[str, Any]


def state_of(snapshot: OrderSnapshot, lines: str, terms: str) -> State:
    """The state that a snapshot shows."""
    return State(
        version_at=snapshot.updated_at,
        placed_at=snapshot.placed_at,
        status=snapshot.status or "new",
        payment_status=snapshot.payment.status,
        total=snapshot.total,
        paid_at=snapshot.payment.paid_at,
        shipped_at=snapshot.delivery.shipped_at,
        delivered_at=snapshot.delivery.delivered_at,
        cancelled_at=snapshot.cancelled_at,
        lines=lines,
        terms=terms,
    )


def is_paid(state: State, now: datetime) -> bool:
    """Whether the order has been paid in full at some time, though the money may have gone back since."""
    return state.payment_status in _PAID or _has_come(state.paid_at, now)


def differences(old: State | None, new: State, now: datetime) -> list[Happened]:
    """The events between two states, in their natural order; `old` None: the order was not known."""
    happened: list[Happened] = []
    if old is None:
        happened.append(Happened("order.placed", new.placed_at, {}))
    happened += _payment(old, new, now)
    happened += _status(old, new, now)
    happened += _refund(old, new)
    if old is not None and (change := _change(old, new, now)):
        happened.append(Happened("order.changed", new.version_at, change))
    return happened


def _has_come(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now + _CLOCKS_APART


def _payment(old: State | None, new: State, now: datetime) -> Iterator[Happened]:
    was = None if old is None else old.payment_status
    if is_paid(new, now):
        if old is None or not is_paid(old, now):
            yield Happened("order.paid", new.paid_at or new.version_at, {})
    elif new.payment_status == "part_paid" != was and (old is None or not is_paid(old, now)):
        yield Happened("order.part_paid", new.version_at, {})
    if new.payment_status == "failed" != was:
        yield Happened("payment.failed", new.version_at, {})


def _reached(state: State, now: datetime) -> set[str]:
    reached = {state.status}
    if _has_come(state.shipped_at, now):
        reached.add("shipped")
    if _has_come(state.delivered_at, now):
        reached.add("delivered")
    if _has_come(state.cancelled_at, now):
        reached.add("cancelled")
    return reached


def _status(old: State | None, new: State, now: datetime) -> Iterator[Happened]:
    fresh = _reached(new, now)
    if old is not None:
        fresh -= _reached(old, now)
        if _RANK[new.status] < _RANK[old.status]:
            fresh.discard(new.status)  # a step back
    own = {"shipped": new.shipped_at, "delivered": new.delivered_at, "cancelled": new.cancelled_at}
    for status in _STATUS_ORDER[1:]:
        if status in fresh:
            at = own.get(status)
            yield Happened(f"order.{status}", at if at is not None and _has_come(at, now) else new.version_at, {})


def _refund(old: State | None, new: State) -> Iterator[Happened]:
    rank = _PAYMENT_RANK.get(new.payment_status or "", 0)
    if rank > (0 if old is None else _PAYMENT_RANK.get(old.payment_status or "", 0)):
        yield Happened(f"order.{new.payment_status}", new.version_at, {})


def _change(old: State, new: State, now: datetime) -> dict[str, Any]:
    what = [
        name
        for name, differs in (
            ("lines", old.lines != new.lines),
            ("total", old.total != new.total),
            ("terms", old.terms != new.terms),
        )
        if differs
    ]
    change: dict[str, Any] = {}
    if _RANK[new.status] < _RANK[old.status]:
        what.append("status")
        change["status"] = {"from": old.status, "to": new.status}
    money_back = _PAYMENT_RANK.get(old.payment_status or "", 0) > _PAYMENT_RANK.get(new.payment_status or "", 0)
    if money_back or (is_paid(old, now) and not is_paid(new, now)):
        what.append("payment")
        change["payment"] = {"from": old.payment_status, "to": new.payment_status}
    if what:
        change["what"] = what
    return change
