"""Orders as their list shows them: payment with its colour, delivery, and what each waits for, with its clock.

Owns which payment deserves a colour and how the nearest promise is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from regulars.base.db import Cursor
from regulars.desk import order_list
from regulars.desk.order_list import Waiting
from regulars.orders import twins
from regulars.orders.models import OPEN, OWING
from regulars.orders.queries import OrderRow
from regulars.web import rows, words
from regulars.web.access import Seat
from regulars.web.say import Say

__all__ = ["Clock", "clock_of", "listed", "payment_tone"]

_PATIENCE = timedelta(hours=1)
"""A fresh order is not yet a debt."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock of the design guide: shape, tone and words; `title`: the whole moment."""

    icon: str
    tone: str
    text: str
    title: str


def listed(cur: Cursor, seat: Seat, say: Say, found: Sequence[OrderRow]) -> list[dict[str, Any]]:
    """The rows of a page of the list."""
    waiting = order_list.waiting_of_orders(cur, seat.shop.id, [o.id for o in found], say.now)
    twice = twins.pointers(cur, seat.shop.id, [o.id for o in found])
    shown = rows.orders_list(cur, seat, say, found)
    return [
        {
            **row,
            "twin": twice.get(order.id),
            "payment_tone": payment_tone(say, order),
            "delivery": delivery(order),
            "clock": clock_of(say, waiting[order.id]) if order.id in waiting else None,
        }
        for row, order in zip(shown, found, strict=True)
    ]


def payment_tone(say: Say, order: OrderRow) -> str:
    """The colour of a payment: what is settled, what somebody must act on, what is broken; else none."""
    if order.payment_status == "paid":
        return "ok"
    if order.status not in (*OPEN, "shipped", "delivered") or order.payment_status not in OWING:
        return ""
    if order.payment_status == "failed":
        return "late"
    return "soon" if say.now - order.placed_at > _PATIENCE else ""


def delivery(order: OrderRow) -> str:
    """How it goes to the buyer, in words; '' when the shop doesn't say."""
    given = order.data.get("delivery") or {}
    return words.word(words.DELIVERIES, given.get("method")) or str(given.get("carrier") or "")


def clock_of(say: Say, waiting: Waiting) -> Clock:
    """What an order waits for, as a clock."""
    moment = say.when(waiting.due_at)
    kind = words.word(words.WAITS, waiting.kind)
    if waiting.state == "later":
        return Clock("pause", "stop", _("%(kind)s from %(at)s") % {"kind": kind, "at": moment}, moment)
    if waiting.state == "broken":
        return Clock("x", "late", _("broken: %(kind)s by %(at)s") % {"kind": kind, "at": moment}, moment)
    deadline = say.deadline(waiting.due_at)
    if deadline.tone == "late":
        return Clock("alarm-clock", "late", f"{kind}, {deadline.text}", moment)
    icon, tone = ("hourglass", "soon") if deadline.tone == "soon" else ("timer", "ok")
    return Clock(icon, tone, _("%(kind)s by %(at)s") % {"kind": kind, "at": moment}, moment)
