"""What has become of an order, step by step, as the last of the first steps shows it while it happens.

Reads only: the order, its buyer, the letter, the call. Owns the sentence for each, also for what did not happen and why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.base import clock
from regulars.base.db import Cursor
from regulars.desk import queries as desk
from regulars.intake import queries as intake
from regulars.orders import queries as orders
from regulars.orders.queries import OrderRow
from regulars.outbox import queries as outbox
from regulars.people import queries as people
from regulars.shop import queries as shops
from regulars.web import contacts, words
from regulars.web.access import Seat
from regulars.web.page import say_for
from regulars.web.say import Say, mask_email

__all__ = ["TRIAL_SOURCE", "Progress", "progress"]

TRIAL_SOURCE = "trial"
"""Whose numbers test orders have: they never meet the shop's own."""
DONE, WAITS, BAD = "done", "waits", "bad"
PATIENCE = timedelta(seconds=20)
_ENDED = frozenset({"sent", "refused", "failed", "unknown", "cancelled"})


@dataclass(frozen=True, slots=True)
class Step:
    """One line: `state` done, waits or bad; `link` leads to the thing itself."""

    state: str
    title: str
    text: str = ""
    href: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """`is_over`: nothing more is to come. `is_slow`: what should have happened by now has not."""

    steps: Sequence[Step]
    is_over: bool
    is_slow: bool


def progress(cur: Cursor, seat: Seat, external_id: str) -> Progress | None:
    """How the test order of that number fares, or with '' the shop's newest order; None when there is none."""
    now = clock.now_from(cur)
    say, shop_id = say_for(seat, now), seat.shop.id
    if external_id:
        order = orders.by_external(cur, shop_id, external_id, TRIAL_SOURCE)
    else:
        order = next(iter(orders.page(cur, shop_id, limit=1)), None)
    if order is None:
        return _not_in_yet(cur, seat, external_id) if external_id else None
    letter, letter_is_over = _letter(cur, shop_id, order, say)
    call, call_is_over = _call(cur, seat, order, say)
    steps = [
        Step(
            DONE,
            _("Order %(number)s has arrived") % {"number": order.number},
            _("%(at)s, %(sum)s") % {"at": say.when(order.placed_at), "sum": say.money(order.total, order.currency)},
            reverse("web:order", args=[order.id]),
            _("The order"),
        ),
        _person(cur, shop_id, order, say),
        letter,
        call,
    ]
    waited = clock.read(cur).machine() - _received(cur, shop_id, order)
    is_over = letter_is_over and call_is_over
    return Progress(steps, is_over, not is_over and waited > PATIENCE)


def _received(cur: Cursor, shop_id: int, order: OrderRow) -> Any:
    found = intake.delivery_of(cur, shop_id, order.external_id)
    return found.received_at if found is not None else order.version_at


def _not_in_yet(cur: Cursor, seat: Seat, external_id: str) -> Progress | None:
    found = intake.delivery_of(cur, seat.shop.id, external_id)
    if found is None:
        return None
    if found.result and found.result.get("quarantined"):
        bad = Step(
            BAD, _("The order could not be read"), _("It is kept, with the reason."), reverse("web:quarantine"),
            _("Quarantine"),
        )  # fmt: skip
        return Progress([bad], is_over=True, is_slow=False)
    waited = clock.read(cur).machine() - found.received_at
    return Progress([Step(WAITS, _("The order is being read …")), *_ahead()], False, waited > PATIENCE)


def _ahead() -> list[Step]:
    return [Step(WAITS, _("The buyer")), Step(WAITS, _("The letter")), Step(WAITS, _("The call"))]


def _person(cur: Cursor, shop_id: int, order: OrderRow, say: Say) -> Step:
    card = people.card(cur, shop_id, order.person_id) if order.person_id else None
    if card is None:
        return Step(BAD, _("The order names no buyer"), _("Without an address or a telephone nobody can be answered."))
    has = [
        *(p["text"] for p in contacts.phones(say, card.phones[:1], is_whole=False)),
        *map(mask_email, card.emails[:1]),
    ]
    return Step(
        DONE,
        _("The buyer is known: %(name)s") % {"name": card.name or "—"},
        ", ".join(has),
        reverse("web:person", args=[card.id]),
        _("The person"),
    )


def _letter(cur: Cursor, shop_id: int, order: OrderRow, say: Say) -> tuple[Step, bool]:
    found = outbox.messages(cur, shop_id, order_id=order.id, limit=20)
    if not found:
        return Step(WAITS, _("The letter")), False
    message = outbox.message(cur, shop_id, found[-1].id)
    if message is None:
        return Step(WAITS, _("The letter")), False
    row = message.row
    href, link = reverse("web:letter", args=[row.id]), _("Read it")
    if row.state == "sent":
        kept_here = any(a.reply == outbox.KEPT_HERE for a in message.attempts)
        where = (
            _("It lies in the letterbox: no mail server is connected.")
            if kept_here
            else mask_email(message.address or "")
        )
        return Step(DONE, _("The letter is out: %(subject)s") % {"subject": row.subject or ""}, where, href, link), True
    reason = words.reason(row.reason, row.why.get("params", {}), say)
    if row.state in _ENDED:
        return Step(BAD, _("The letter did not go"), reason, href, _("Why?")), True
    return Step(WAITS, _("The letter is on its way"), reason, href, link), False


def _call(cur: Cursor, seat: Seat, order: OrderRow, say: Say) -> tuple[Step, bool]:
    found = desk.tasks(
        cur, seat.shop.id, now=say.now, states=("open", "claimed", "finished", "closed"), order_id=order.id, hidden=True
    )
    if not found:
        return Step(WAITS, _("The call")), False
    task = found[0]
    title = shops.team_titles(cur, seat.shop.id).get(task.team, {})
    team = title.get(seat.language) or task.team
    if task.not_before > say.now:
        text = _("%(team)s. Nobody works now: it is first thing at %(at)s.") % {
            "team": team, "at": say.when(task.not_before),
        }  # fmt: skip
    else:
        text = _("%(team)s, aim at %(target)s") % {"team": team, "target": say.when(task.target_at)}
    return (
        Step(
            DONE,
            _("A call is waiting at the desk, by %(at)s") % {"at": say.when(task.due_at)},
            text,
            reverse("web:task", args=[task.id]),
            _("The card"),
        ),
        True,
    )
