"""The goods of a call: the order's lines with their stock, what may stand in, who else has it, what to offer with it.

Owns what is loaded for them and their words. What fits and what goes together is the catalogue's matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base.db import Cursor
from regulars.catalog import goes_with as going
from regulars.catalog import queries as catalog
from regulars.catalog.goes_with import Suggestion
from regulars.catalog.instead import Alternative, instead, traits
from regulars.catalog.queries import ProductRow, SupplyRow
from regulars.orders import queries as orders
from regulars.orders import together
from regulars.orders.queries import Line, OrderRow
from regulars.rules.instead import Difference, differences, shared
from regulars.web.say import Say, span

__all__ = ["Goods", "difference_words", "lines", "load", "offer_words", "offers", "product", "shared_words",
           "stock_note", "supply_words"]  # fmt: skip

OLD_STOCK = timedelta(days=1)
"""What was counted longer ago is said with its day, and marked."""


@dataclass(frozen=True, slots=True)
class Goods:
    """An order's goods as they stand. `missing`: codes of lines of which there isn't enough, in their order."""

    order: OrderRow
    lines: Sequence[Line]
    known: Mapping[str, ProductRow]
    missing: Sequence[str]
    like: Mapping[str, Sequence[Alternative]]
    supplies: Mapping[str, Sequence[SupplyRow]]
    suggestions: Sequence[Suggestion]
    answers: Mapping[str, str]
    outcomes: Mapping[str, tuple[int, int]]

    @property
    def tones(self) -> list[str]:
        """Of each line, how its stock stands."""
        return [_tone(line, self.known.get(line.sku)) for line in self.lines]


def load(
    cur: Cursor, shop_id: int, task_id: int, order_id: int | None, person_ids: Sequence[int], now: datetime
) -> Goods | None:
    """The goods of the task's order; None without one."""
    row = orders.by_id(cur, shop_id, [order_id]).get(order_id) if order_id else None
    if row is None:
        return None
    bought = [line for line in orders.lines(cur, shop_id, [row.id]).get(row.id, []) if not line.dropped]
    skus = list(dict.fromkeys(line.sku for line in bought))
    known = catalog.products(cur, shop_id, skus)
    missing = [line.sku for line in bought if _tone(line, known.get(line.sku)) in ("out", "short")]
    like = instead(cur, shop_id, missing)
    stand_ins = {
        a.product.sku for found in like.values() for a in found
    }  # offered already, in place of what is missing
    owned = together.owned(cur, shop_id, person_ids)
    suggestions = going.goes_with(cur, shop_id, skus, owned | stand_ins, now)
    return Goods(
        order=row,
        lines=bought,
        known=known,
        missing=list(dict.fromkeys(missing)),
        like=like,
        supplies=catalog.supplies(cur, shop_id, missing),
        suggestions=suggestions,
        answers={a.sku: a.answer for a in going.answered(cur, shop_id, task_id)},
        outcomes=going.outcomes(cur, shop_id, [s.product.sku for s in suggestions]),
    )


def _tone(line: Line, found: ProductRow | None) -> str:
    if found is None or found.stock is None:
        return "unknown"
    if found.stock <= 0:
        return "out"
    return "short" if found.stock < line.quantity else "in"


def stock_note(goods: Goods) -> str:
    """What the operator must know before he says that everything is there; '' if it is."""
    if goods.missing:
        return _("Not everything is in stock: see the order above.")
    return _("The stock isn’t known: don’t say so before you have looked.") if "unknown" in goods.tones else ""


def lines(goods: Goods, say: Say) -> list[dict[str, Any]]:
    """The lines for the card."""
    return [_line(goods, line, tone, say) for line, tone in zip(goods.lines, goods.tones, strict=True)]


def _line(goods: Goods, line: Line, tone: str, say: Say) -> dict[str, Any]:
    found, currency = goods.known.get(line.sku), goods.order.currency
    return {
        "name": line.name,
        "sku": line.sku,
        "quantity": say.number(line.quantity),
        "amount": say.price(line.price * line.quantity, currency),  # for the eye only: nothing is summed from it
        "tone": tone,
        **_stock(found, tone, say),
        "supplies": supply_words(goods.supplies.get(line.sku, ()), currency, say),
        "instead": [
            {
                **product(a.product, currency, say),
                "differs": difference_words(a.differs, a.product.currency or currency, say),
            }
            for a in goods.like.get(line.sku, ())
        ],
    }


def _stock(found: ProductRow | None, tone: str, say: Say) -> dict[str, Any]:
    """How many there are, and since when that is known: an old figure is said to be one."""
    if found is None or found.stock is None:
        return {"stock": _("stock not known"), "age": "", "is_old": False}
    back = found.restock_at is not None and found.restock_at > say.now
    sentences = {
        "out": _("none until %(day)s") % {"day": say.day(found.restock_at)} if back else _("out of stock"),
        "short": _("only %(n)s in stock"),
        "in": _("in stock: %(n)s"),
    }
    text = sentences[tone] % {"n": say.number(found.stock)} if tone != "out" else sentences[tone]
    age = say.now - found.version_at
    return {"stock": text, "age": _age(age, found.version_at, say), "is_old": age > OLD_STOCK}


def _age(age: timedelta, at: datetime, say: Say) -> str:
    if age < timedelta(minutes=1):
        return _("checked just now")
    if age > OLD_STOCK:
        return _("checked on %(day)s") % {"day": say.day(at)}
    return _("checked %(span)s ago") % {"span": span(age)}


def supply_words(supplies: Sequence[SupplyRow], currency: str, say: Say) -> list[str]:
    """Who else has it, a line each."""
    return [_supply(supply, currency, say) for supply in supplies]


def _supply(supply: SupplyRow, currency: str, say: Say) -> str:
    """'Partner: 12, in 3 days, ₽2,990, checked 2 h ago'."""
    days = supply.lead_days
    parts = [
        _("none") if supply.stock is not None and supply.stock <= 0 else "",
        _("in stock: %(n)s") % {"n": say.number(supply.stock)} if supply.stock and supply.stock > 0 else "",
        ngettext("in %(n)d day", "in %(n)d days", days) % {"n": days} if days is not None else "",
        say.price(supply.price, supply.currency or currency) if supply.price is not None else "",
        _age(say.now - supply.updated_at, supply.updated_at, say),
    ]
    return f"{supply.supplier}: {', '.join(part for part in parts if part)}"


def product(found: ProductRow, currency: str, say: Say, wanted: ProductRow | None = None) -> dict[str, Any]:
    """A product for a row of the card; `wanted`: the one in whose place it would come."""
    price = going.price_now(found, say.now)
    tone = "unknown" if found.stock is None else "in" if found.stock > 0 else "out"
    offer = found.offer or {}
    until = datetime.fromisoformat(offer["until"]) if offer.get("until") else None
    is_on = bool(offer) and (until is None or until > say.now)
    is_other = wanted is not None and wanted.sku != found.sku
    return {
        "sku": found.sku,
        "name": found.name,
        "brand": found.brand or "",
        "url": found.url if (found.url or "").startswith(("https://", "http://")) else "",
        "price": "" if price is None else say.price(price, found.currency or currency),
        "tone": tone,
        **_stock(found, tone, say),
        "count": "" if found.stock is None else say.number(found.stock),
        "offer": _offer(offer, until, say) if is_on else "",
        "differs": difference_words(differences(traits(wanted), traits(found)), found.currency or currency, say)
        if is_other and wanted is not None and wanted.category == found.category
        else [],
    }


def _offer(offer: Mapping[str, Any], until: datetime | None, say: Say) -> str:
    text = str(offer.get("text") or _("on offer"))
    return _("%(offer)s until %(day)s") % {"offer": text, "day": say.day(until)} if until else text


def difference_words(differs: Sequence[Difference], currency: str, say: Say) -> list[str]:
    """'+₽300', 'diameter 26 cm instead of 24 cm', 'Tefal instead of Liteyka'."""
    return [_difference(d, currency, say) for d in differs]


def _difference(d: Difference, currency: str, say: Say) -> str:
    if d.kind == "price":
        more = d.more or Decimal(0)
        return ("+" if more > 0 else "") + say.price(more, currency)
    said = {"name": d.name, "after": d.after, "before": d.before}
    if d.kind == "brand":
        return _("%(after)s instead of %(before)s") % said
    return _("%(name)s %(after)s instead of %(before)s") % said


def shared_words(wanted: ProductRow, other: ProductRow) -> list[str]:
    """'material cast iron', 'the same maker'."""
    found = [f"{name} {value}" for name, value in shared(traits(wanted), traits(other))]
    if wanted.brand and (other.brand or "").casefold() == wanted.brand.casefold():
        found.append(_("the same maker"))
    return found


def offers(goods: Goods, say: Say) -> list[dict[str, Any]]:
    """What to offer, each with why and with what was said to it already."""
    return [
        {
            **product(s.product, goods.order.currency, say),
            "because": s.because,
            "why": offer_words(goods, s, say),
            "answer": goods.answers.get(s.product.sku, ""),
            "tried": _tried(*goods.outcomes.get(s.product.sku, (0, 0))),
        }
        for s in goods.suggestions
    ]


def _tried(taken: int, offered: int) -> str:
    if not offered:
        return ""
    return ngettext("taken %(taken)d of %(n)d time", "taken %(taken)d of %(n)d times", offered) % {
        "taken": taken, "n": offered,
    }  # fmt: skip


def offer_words(goods: Goods, one: Suggestion, say: Say) -> str:
    """Why it is offered: the shop's own words, what others bought, or the offer."""
    to = next((line.name for line in goods.lines if line.sku == one.to), one.to)
    if one.because == "together":
        return _("bought with “%(to)s” in %(n)d of %(of)d orders") % {"to": to, "n": one.together, "of": one.orders}
    if one.because == "listed":
        return one.reason or _("goes with “%(to)s”") % {"to": to}
    return str(product(one.product, goods.order.currency, say)["offer"])
