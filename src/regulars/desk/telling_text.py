"""The message that tells somebody outside the product: the whole order, as far as his role may see it, as of now.

Owns its words. It is written when it goes and kept nowhere; see desk/telling.py. Reads only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from regulars.base.db import Cursor
from regulars.catalog import queries as catalog
from regulars.desk import queries
from regulars.desk.notice_words import About, Told, abouts, line, title, told_context
from regulars.orders import queries as orders
from regulars.orders.queries import OrderRow
from regulars.outbox import filters
from regulars.outbox.filters import Context
from regulars.people import queries as people
from regulars.rules.localtime import is_zone
from regulars.rules.masks import mask_email, mask_phone
from regulars.rules.visibility import HIDDEN, SHOWN, Sight
from regulars.shop.settings import ShopSettings

__all__ = ["Reader", "Written", "write"]

NOTES = 2
MOST = 10
"""So many of a bundle are written out; the others are counted."""
_PAYMENTS = {
    "pending": gettext_lazy("payment pending"),
    "authorized": gettext_lazy("payment authorized"),
    "unpaid": gettext_lazy("unpaid"),
    "part_paid": gettext_lazy("part paid"),
    "paid": gettext_lazy("paid"),
    "failed": gettext_lazy("payment failed"),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is told. `actor` as tasks name him; `whole` False: nothing by which a buyer can be reached goes this way whole."""

    actor: str
    language: str
    sight: Sight
    whole: bool


@dataclass(frozen=True, slots=True)
class Written:
    """A message, plain text."""

    subject: str
    text: str


def write(
    cur: Cursor, shop: ShopSettings, reader: Reader, told: Sequence[Told], links: Mapping[str, str], now: datetime
) -> Written:
    """The message of one or several notices. `links`: 'task' and 'order' with {id}, 'desk' for what has no page.

    The caller has activated the reader's language.
    """
    context = told_context(reader.language, shop.time_zone, shop.currency, now)
    shown = abouts(cur, shop.id, told[:MOST], reader.language)
    titles = [title(t, a, context) for t, a in zip(told, shown, strict=False)]
    parts = [_part(cur, shop, reader, t, a, links, context) for t, a in zip(told, shown, strict=False)]
    if len(told) > MOST:
        more = len(told) - MOST
        parts.append(ngettext("And %(n)d more.", "And %(n)d more.", more) % {"n": more})
    if len(told) == 1:
        return Written(titles[0], parts[0])
    counted = ngettext("%(n)d notice", "%(n)d notices", len(told)) % {"n": len(told)}
    return Written(f"{counted}: {titles[0]}", "\n\n".join(parts))


def _part(
    cur: Cursor,
    shop: ShopSettings,
    reader: Reader,
    told: Told,
    about: About,
    links: Mapping[str, str],
    context: Context,
) -> str:
    lines = [title(told, about, context), line(told, about, context)]
    if about.person is not None:
        lines.append(_who(cur, shop, reader, about, context))
    if about.order is not None:
        lines += _order(cur, shop, reader, about.order, context)
    if about.person is not None:
        lines += _before(cur, shop, reader, about, context)
    if about.task is not None and about.task.due_at is not None and told.kind != "task_fresh":
        lines.append(_("Limit %(at)s.") % {"at": filters.time(about.task.due_at, context)})
    lines.append(_link(about, links))
    return "\n".join(one for one in lines if one)


def _link(about: About, links: Mapping[str, str]) -> str:
    """Where it is dealt with."""
    if about.task is not None:
        return links["task"].format(id=about.task.id)
    return links["order"].format(id=about.order.id) if about.order is not None else links["desk"]


def _who(cur: Cursor, shop: ShopSettings, reader: Reader, about: About, context: Context) -> str:
    person = about.person
    assert person is not None
    holds = about.task is not None and about.task.state == "claimed" and about.task.claimed_by == reader.actor
    said = [person.name]
    for name, values, mask in (
        ("phone", [filters.phone(p, context) for p in person.phones], mask_phone),
        ("email", person.emails, mask_email),
    ):
        level = reader.sight.of(name, holds=holds)
        if level != HIDDEN:
            said += [v if level == SHOWN and reader.whole else mask(v) for v in values]
    address = person.address
    if reader.whole and reader.sight.shows("address", holds=holds):
        said.append(", ".join(str(address[k]) for k in ("postcode", "city", "street", "line1") if address.get(k)))
    elif address.get("city"):
        said.append(str(address["city"]))
    if person.time_zone and is_zone(person.time_zone) and person.time_zone != shop.time_zone:
        theirs = Context(reader.language, person.time_zone, person.time_zone, context.now, shop.currency)
        said.append(_("it is %(at)s there") % {"at": filters.time(context.now, theirs, "hour")})
    return ", ".join(s for s in said if s)


def _order(cur: Cursor, shop: ShopSettings, reader: Reader, order: OrderRow, context: Context) -> list[str]:
    lines = [one for one in orders.lines(cur, shop.id, [order.id]).get(order.id, []) if not one.dropped]
    known = catalog.products(cur, shop.id, [one.sku for one in lines])
    out = []
    for one in lines:
        product = known.get(one.sku)
        out.append(
            f"– {one.name} × {filters.number(one.quantity, context)}: "
            + _stock(product.stock if product else None, one.quantity, context)
        )
    facts = []
    if reader.sight.shows("sums"):
        total = filters.money({"minor": order.total, "currency": order.currency}, context)
        facts.append(_("Total: %(total)s") % {"total": total})
    if order.payment_status in _PAYMENTS:
        facts.append(str(_PAYMENTS[order.payment_status]))
    if facts:
        out.append(", ".join(facts) + ".")
    if order.note and reader.sight.shows("notes"):
        out.append(_("The buyer’s note: %(note)s") % {"note": order.note})
    return out


def _stock(stock: Decimal | None, wanted: Decimal, context: Context) -> str:
    if stock is None:
        return _("stock not known")
    if stock <= 0:
        return _("out of stock")
    said = _("only %(n)s in stock") if stock < wanted else _("in stock: %(n)s")
    return said % {"n": filters.number(stock, context)}


def _before(cur: Cursor, shop: ShopSettings, reader: Reader, about: About, context: Context) -> list[str]:
    assert about.person is not None
    ids = people.ids_of(cur, shop.id, about.person.id)
    out = []
    for b in orders.bought(cur, shop.id, ids, about.order.id if about.order else None):
        said = ngettext("%(n)d earlier order", "%(n)d earlier orders", b.count) % {"n": b.count}
        if reader.sight.shows("sums"):
            said += ", " + filters.money({"minor": b.total, "currency": b.currency}, context)
        out.append(said + ".")
    if reader.sight.shows("notes"):
        ended = queries.ended(cur, shop.id, person_ids=ids, limit=NOTES * 5)
        out += [_("Noted earlier: %(note)s") % {"note": t.note} for t in ended if t.note][:NOTES]
    return out
