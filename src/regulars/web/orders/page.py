"""One order with all that is known of it: lines and stock, money, delivery, the buyer, what happened, and its versions.

Owns what of it is shown; everything is read, and that somebody looked is written down.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.catalog.stock import stock_of
from regulars.desk import queries as desk
from regulars.events.history import history
from regulars.journeys import queries as journeys
from regulars.orders import queries
from regulars.orders.queries import OrderRow, Version
from regulars.outbox import queries as outbox
from regulars.people import queries as people
from regulars.promises import queries as promises
from regulars.web import contacts, paging, rows, words
from regulars.web.access import Seat, only_teams, sees, staff
from regulars.web.history import days
from regulars.web.orders import changes, marking
from regulars.web.orders.listed import delivery, payment_tone
from regulars.web.page import say_for, show
from regulars.web.promises import making
from regulars.web.say import Say
from regulars.web.why import why

__all__ = ["one"]

SHOWN = 50
_TASK_STATES = ("open", "claimed", "finished", "closed")


@staff("GET")
def one(request: HttpRequest, seat: Seat, order_id: int) -> HttpResponse:
    """One order; looking at it is written down."""
    shop_id = seat.shop.id
    mark = paging.after_moment(request)
    with db.transact() as cur:
        row = queries.by_id(cur, shop_id, [order_id]).get(order_id)
        if row is None:
            raise Http404
        now = clock.now_from(cur)
        say = say_for(seat, now)
        if row.person_id is not None:
            contacts.look(cur, seat, row.person_id, "order")
        events, following = paging.split(
            history(
                cur,
                shop_id,
                order_id=row.id,
                after=None if mark is None or mark[0] is None else (mark[0], mark[1]),
                limit=paging.PAGE + 1,
            ),
            lambda e: paging.moment_mark(e.occurred_at, e.id),
        )
        tasks = desk.tasks(cur, shop_id, now=now, states=_TASK_STATES, order_id=row.id, hidden=True)
        teams = only_teams(cur, seat)
        tasks = [t for t in tasks if sees(seat, teams, t)]
        context = {
            "order": _shown(cur, seat, say, row),
            "buyer": _buyer(cur, seat, say, row.person_id),
            "lines": _lines(cur, seat, say, row),
            "twin": marking.twin(cur, seat, say, row.id),
            "wanted": changes.shown(cur, seat, say, row.id, None),
            "facts": _delivery_facts(say, row),
            "moments": _moments(say, row),
            "days": days(cur, seat, say, events),
            "next": paging.next_query(request, following),
            "versions": _versions(say, queries.versions(cur, shop_id, row.id)),
            "promise": None if row.person_id is None else making.blank(say, row.person_id, row.id),
            "promises": rows.promises(cur, seat, say, promises.listing(cur, shop_id, order_id=row.id, limit=SHOWN)),
            "waiting": _waiting(cur, seat, say, row.id),
            "tasks": rows.tasks(cur, seat, say, tasks),
            "enrolments": rows.enrolments(
                cur, seat, say, journeys.enrolments(cur, shop_id, order_id=row.id, limit=SHOWN)
            ),
        }
    return show(request, seat, "orders", "order", context)


def _shown(cur: Cursor, seat: Seat, say: Say, row: OrderRow) -> dict[str, Any]:
    (shown,) = rows.orders_list(cur, seat, say, [row])
    return {
        **shown,
        "payment_tone": payment_tone(say, row),
        "source": words.word(words.SOURCES, row.source),
        "note": row.note if seat.sight.shows("notes") else "",
        "is_live": row.live,
        "method": words.word(words.METHODS, row.payment_method),
        "shipping": say.money(row.shipping_total, row.currency),
        "discount": say.money(-row.discount_total, row.currency) if row.discount_total else "",
        "paid_total": say.money(row.paid_total, row.currency) if row.paid_total else "",
        "codes": [str(code) for code in row.data.get("codes") or ()],
        "points": say.number(row.data["points_spent"]) if row.data.get("points_spent") else "",
    }


def _buyer(cur: Cursor, seat: Seat, say: Say, person_id: int | None) -> dict[str, Any] | None:
    """The buyer, his contacts masked: the whole ones stand on his own page."""
    card = people.card(cur, seat.shop.id, person_id) if person_id is not None else None
    if card is None:
        return None
    return {
        "id": card.id,
        "name": card.name,
        "is_customer": card.customer_since is not None,
        "there": say.clock_there(card.time_zone),
        "city": str(card.address.get("city") or ""),
        **contacts.shown(seat, say, card, False),
    }


def _lines(cur: Cursor, seat: Seat, say: Say, row: OrderRow) -> list[dict[str, Any]]:
    found = queries.lines(cur, seat.shop.id, [row.id]).get(row.id, [])
    stock = stock_of(cur, seat.shop.id, {line.sku for line in found})
    out = []
    for line in found:
        left = stock.get(line.sku)
        out.append(
            {
                "sku": line.sku,
                "name": line.name,
                "quantity": say.number(line.quantity),
                "price": say.price(line.price, row.currency),
                "dropped": line.dropped,
                "stock": _stock(say, left),
                "is_short": left is not None and left < line.quantity and not line.dropped,
            }
        )
    return out


def _stock(say: Say, left: Decimal | None) -> str:
    if left is None:
        return ""
    return _("in stock: %(n)s") % {"n": say.number(left)} if left > 0 else _("out of stock")


def _delivery_facts(say: Say, row: OrderRow) -> list[tuple[str, str]]:
    """What the shop says of the delivery."""
    given = row.data.get("delivery") or {}
    window = ""
    if given.get("window_from"):
        window = say.when(given["window_from"])
        if given.get("window_to"):
            window += f" – {say.when(given['window_to'])}"
    found = (
        (_("Method"), delivery(row)),
        (_("Carrier"), str(given.get("carrier") or "")),
        (_("Window"), window),
        (_("Tracking"), str(given.get("tracking") or "")),
    )
    return [(name, text) for name, text in found if text]


def _moments(say: Say, row: OrderRow) -> list[tuple[str, str]]:
    """When what happened to the order."""
    found = (
        (_("Placed"), row.placed_at),
        (words.word(words.PAYMENT_STATES, "paid"), row.paid_at),
        (words.word(words.ORDER_STATES, "shipped"), row.shipped_at),
        (words.word(words.ORDER_STATES, "delivered"), row.delivered_at),
        (words.word(words.ORDER_STATES, "cancelled"), row.cancelled_at),
    )
    return [(capfirst(what), say.when(at)) for what, at in found if at is not None]


def _waiting(cur: Cursor, seat: Seat, say: Say, order_id: int) -> list[dict[str, Any]]:
    """Messages about the order that have not gone yet, with their 'why?'."""
    found = outbox.messages(cur, seat.shop.id, order_id=order_id, states=("queued", "sending"), limit=SHOWN)
    reasons = why(cur, seat, say, found)
    return [{**m, "why": reasons[m["id"]]} for m in rows.messages(cur, seat, say, found)]


def _versions(say: Say, found: Sequence[Version]) -> list[dict[str, Any]]:
    """The accepted states, newest first, each with what differs from the one before."""
    out = []
    for before, version in zip((None, *found), found, strict=False):
        out.append(
            {
                "n": version.n,
                "at": say.when(version.version_at),
                "changes": _changes(say, before.body if before else None, version.body),
            }
        )
    return out[::-1]


def _changes(say: Say, before: dict[str, Any] | None, body: dict[str, Any]) -> list[str]:
    """What a version changed, in words; of the first one its state and payment."""
    old = before or {}
    currency = str(body.get("currency") or "")
    pairs = (
        (_("State"), _state(old), _state(body)),
        (_("Payment"), _payment(old), _payment(body)),
        (_("Total"), _money(say, old.get("total"), currency), _money(say, body.get("total"), currency)),
    )
    changes = [f"{name}: {was} → {now}" if was else f"{name}: {now}" for name, was, now in pairs if now and was != now]
    if before is None:
        return changes
    for name in ("lines", "delivery", "codes"):
        if old.get(name) != body.get(name):
            changes.append(capfirst(words.word(words.CHANGES, name)))
    return changes or [_("nothing that is shown here")]


def _state(body: dict[str, Any]) -> str:
    return words.word(words.ORDER_STATES, body.get("status"))


def _payment(body: dict[str, Any]) -> str:
    return words.word(words.PAYMENT_STATES, (body.get("payment") or {}).get("status"))


def _money(say: Say, minor: object, currency: str) -> str:
    return say.money(minor, currency) if isinstance(minor, int) and currency else ""
