"""What a script may say in one call: the facts of the buyer, his order and its goods, the shop, and the situation.

Owns filling in what outbox/spoken_fields.py allows. What isn't known is left out, so that the operator sees the gap.
What is said is in the buyer's language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext_lazy

from regulars.base import facts as registry
from regulars.base.db import Cursor
from regulars.catalog.goes_with import price_now
from regulars.catalog.queries import ProductRow
from regulars.orders import queries as orders
from regulars.outbox.filters import Context
from regulars.people.queries import PersonCard
from regulars.promises import queries as promises
from regulars.rules.localtime import in_hours, is_zone, local
from regulars.rules.money import exponent
from regulars.web import words
from regulars.web.access import Seat
from regulars.web.desk import goods as wares
from regulars.web.desk import windows
from regulars.web.desk.goods import Goods
from regulars.web.desk.picker import Day, read_wall
from regulars.web.say import Say

__all__ = ["Talk", "context_of", "facts", "situation", "talk_language"]

PAID_BY = {
    "card": gettext_lazy("by card"),
    "cash": gettext_lazy("in cash"),
    "cod": gettext_lazy("on delivery"),
    "invoice": gettext_lazy("by invoice"),
}
"""How one says aloud that an order is paid, by its method."""
OWING = ("unpaid", "failed", "part_paid", "pending")


@dataclass(frozen=True, slots=True)
class Talk:
    """With whom, about what, in which language; `days`: when he may be called again; `about`: what the shop says of itself."""

    card: PersonCard
    person_id: int
    person_ids: Sequence[int]
    order_id: int | None
    goods: Goods | None
    language: str
    days: Sequence[Day] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    zone: str = "UTC"


def talk_language(seat: Seat, card: PersonCard) -> str:
    """The language to speak with him."""
    base = (card.language or seat.shop.language).partition("-")[0]
    return base if base in ("en", "ru") else "en"


def context_of(seat: Seat, say: Say, talk: Talk) -> Context:
    """How facts are said to him."""
    zone = talk.zone if is_zone(talk.zone) else seat.shop.time_zone
    return Context(talk.language, zone, seat.shop.time_zone, say.now, seat.shop.currency)


def situation(cur: Cursor, seat: Seat, say: Say, talk: Talk) -> dict[str, bool]:
    """What is so at this call, by the names of outbox/spoken_fields.py."""
    goods = talk.goods
    status = goods.order.payment_status if goods else None
    bought = orders.bought(cur, seat.shop.id, list(talk.person_ids), talk.order_id)
    tones = goods.tones if goods else []
    unanswered = [s for s in goods.suggestions if s.product.sku not in goods.answers] if goods else []
    missing = goods.missing if goods else ()
    first = goods.known.get(missing[0]) if goods and missing else None
    return {
        "in_stock": bool(tones) and all(tone == "in" for tone in tones),
        "out_of_stock": bool(missing),
        "stock_unknown": "unknown" in tones,
        "paid": status == "paid",
        "unpaid": status in OWING,
        "new_buyer": not bought,
        "returning_buyer": bool(bought),
        "night_there": not in_hours(local(say.now, talk.zone).time(), *seat.shop.day),
        "has_offer": bool(unanswered),
        "has_alternative": bool(goods and any(goods.like.get(sku) for sku in missing)),
        "has_supplier": bool(goods and any(_quickest(goods, sku) is not None for sku in missing)),
        "will_be_restocked": bool(first and first.restock_at and first.restock_at > say.now),
    }


def facts(
    cur: Cursor, seat: Seat, say: Say, talk: Talk, names: frozenset[str], now_so: Mapping[str, bool]
) -> dict[str, Any]:
    """All that these names ask for."""
    shop, about = seat.shop, talk.about
    subject = registry.Subject(talk.person_id, talk.order_id, talk.language)
    (found,) = registry.load(cur, shop.id, [subject], names | {"order.lines"}, say.now)
    there = Say(talk.language, say.zone, say.currency, say.now)
    order = found.get("order")
    if order is not None:
        found["order"] = {**order, **_spoken(order, talk.card, talk.language)}
    hours = shop.hours.get(talk.language) if isinstance(shop.hours, Mapping) else None
    included = (about.get("included") or {}).get(talk.language)
    found["shop"] = _present(
        name=shop.name, phone=shop.phone, hours=hours, return_days=about.get("return_days"),
        refund_days=about.get("refund_days"), included=included,
    )  # fmt: skip
    found["operator"] = {"first_name": seat.account.name.split(" ")[0]}
    made = promises.listing(cur, shop.id, states=("open", "warned"), order_id=talk.order_id, person_id=talk.person_id)
    found["promise"] = {p.kind: p.due_at for p in reversed(made)} | ({"due": made[0].due_at} if made else {})
    found["delivery"] = _present(**{n: about.get(n) for n in ("price", "free_from", "lift_price")})
    found["return"] = _present(price=about.get("return_price"))
    found["situation"] = dict(now_so)
    found |= _moments(talk)
    shown = windows.offered(about, talk.zone, there)
    found["window"] = {str(n): {"from": w.start, "to": w.end} for n, w in enumerate(shown[:2], 1)}
    if talk.goods is not None:
        with translation.override(talk.language):
            found |= _goods(talk.goods, there)
    return found


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def _spoken(order: Mapping[str, Any], card: PersonCard, language: str) -> dict[str, Any]:
    """What a person says in a word and the order knows in parts."""
    method = PAID_BY.get(order.get("payment", {}).get("method", ""))
    with translation.override(language):
        return _present(
            lines_spoken=", ".join(str(line["name"]) for line in order.get("lines", ())),
            address=", ".join(str(card.address[part]) for part in ("city", "street") if card.address.get(part)),
            payment_words=str(method) if method else "",
            status_words=words.word(words.ORDER_STATES, order.get("status")),
            refundable=order.get("paid"),
        )


def _moments(talk: Talk) -> dict[str, Any]:
    """The first two days on which he may be called, and an early and a late hour of the first."""
    days = {str(n): day.key for n, day in enumerate(talk.days[:2], 1)}
    free = [slot.value for slot in talk.days[0].slots if not slot.no] if talk.days else []
    hours = [free[0], free[-1]] if len(free) > 1 else free
    zone = ZoneInfo(talk.zone if is_zone(talk.zone) else "UTC")
    walls = [wall for text in hours if (wall := read_wall(text)) is not None]
    slots: dict[str, datetime] = {str(n): wall.replace(tzinfo=zone) for n, wall in enumerate(walls, 1)}
    return {"day": days, "slot": slots}


def _goods(goods: Goods, say: Say) -> dict[str, Any]:
    found: dict[str, Any] = {}
    offer = next((s for s in goods.suggestions if s.product.sku not in goods.answers), None)
    if offer is not None:
        price = price_now(offer.product, say.now)
        why = wares.offer_words(goods, offer, say)
        found["offer"] = _present(name=offer.product.name, price=_money(price, offer.product, goods), why=why)
    if goods.missing:
        sku = goods.missing[0]
        line = next(line for line in goods.lines if line.sku == sku)
        known, quickest = goods.known.get(sku), _quickest(goods, sku)
        found["line"] = {"name": line.name}
        if known is not None and known.restock_at is not None and known.restock_at > say.now:
            found["restock"] = {"at": known.restock_at}
        alternative = next(iter(goods.like.get(sku, ())), None)
        alt = _present(days=quickest)
        if alternative is not None and known is not None:
            other = alternative.product
            alt |= _present(
                name=other.name,
                price=_money(price_now(other, say.now), other, goods),
                same=", ".join(wares.shared_words(known, other)),
                differs=", ".join(
                    wares.difference_words(alternative.differs, other.currency or goods.order.currency, say)
                ),
            )
        found["alt"] = alt
        ways = (alternative is not None) + (quickest is not None) + ("restock" in found) + (len(goods.lines) > 1)
        found |= _present(options=ways or None)
    return found


def _money(price: Any, product: ProductRow, goods: Goods) -> Any:
    """A unit price as the filter `money` reads it."""
    if price is None:
        return None
    currency = product.currency or goods.order.currency
    return {"minor": int(price.scaleb(exponent(currency))), "currency": currency}


def _quickest(goods: Goods, sku: str) -> int | None:
    """In how many days a supplier who has some brings it."""
    days = [s.lead_days for s in goods.supplies.get(sku, ()) if s.lead_days is not None and (s.stock or 0) > 0]
    return min(days, default=None)
