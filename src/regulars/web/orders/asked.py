"""What somebody asks of the list of orders: read from an address or a form, said in words, and turned into a filter.

Owns the parameters' names (q, preset, status, payment, source, mark, days, from, until); a value that isn't known is ignored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.base.db import Cursor
from regulars.desk import order_list
from regulars.orders import listing
from regulars.orders.listing import Found, OrderFilter, Where
from regulars.shop.settings import ShopSettings
from regulars.web import words
from regulars.web.filters import Choice, Condition, Query, choice, text_in
from regulars.web.say import Say

__all__ = ["Asked", "asked", "choices", "condition_on", "conditions", "found_by", "period_choice"]

DAYS = ("1", "7", "30", "90")
_PERIOD = ("days", "from", "until")


@dataclass(frozen=True, slots=True)
class Asked:
    """`days`: '1' is today. `since` and `until`: the first and the last day, by the shop's clock."""

    text: str
    preset: str
    status: str
    payment: str
    source: str
    mark: str
    days: str
    since: date | None
    until: date | None

    @property
    def query(self) -> Query:
        """The conditions as an address has them."""
        return Query(
            {
                "q": self.text,
                "preset": self.preset,
                "status": self.status,
                "payment": self.payment,
                "source": self.source,
                "mark": self.mark,
                "days": self.days,
                "from": self.since.isoformat() if self.since else "",
                "until": self.until.isoformat() if self.until else "",
            }
        )


def asked(params: Mapping[str, Any]) -> Asked:
    """What an address or a form asks for."""
    since, until = _day(params, "from"), _day(params, "until")
    return Asked(
        text=text_in(params, "q"),
        preset=text_in(params, "preset", order_list.PRESETS),
        status=text_in(params, "status", words.ORDER_STATES),
        payment=text_in(params, "payment", words.PAYMENT_STATES),
        source=text_in(params, "source"),
        mark=text_in(params, "mark", words.MARKS),
        days="" if since or until else text_in(params, "days", DAYS),
        since=since,
        until=until,
    )


def _day(params: Mapping[str, Any], name: str) -> date | None:
    try:
        found = date.fromisoformat(text_in(params, name))
    except ValueError:
        return None
    return found if 1970 <= found.year <= 9000 else None


def found_by(cur: Cursor, shop: ShopSettings, wanted: Asked) -> Found | None:
    """The orders that the text means; None without a text."""
    return listing.search(cur, shop.id, shop.country, wanted.text) if wanted.text else None


def condition_on(shop: ShopSettings, wanted: Asked, found: Found | None, now: datetime) -> Where:
    """All that is asked for as one condition; `found`: what the text means."""
    zone = ZoneInfo(shop.time_zone)
    since, until = wanted.since, wanted.until
    if wanted.days:
        since = now.astimezone(zone).date() - timedelta(days=int(wanted.days) - 1)
    plain = OrderFilter(
        status=wanted.status,
        payment=wanted.payment,
        source=wanted.source,
        mark=wanted.mark,
        since=_midnight(since, zone) if since else None,
        until=_midnight(until + timedelta(days=1), zone) if until else None,
        ids=None if found is None else found.ids,
    )
    return order_list.condition(shop.id, wanted.preset, plain, now)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def choices(query: Query, sources: list[str]) -> list[Choice]:
    """The chips of the list."""
    found = [
        choice(query, "status", _("State"), "circle-dot", _named(words.ORDER_STATES)),
        choice(query, "payment", _("Payment"), "credit-card", _named(words.PAYMENT_STATES)),
    ]
    if len(sources) > 1 or query.values["source"]:
        named = [(s, words.word(words.SOURCES, s)) for s in sorted({*sources, query.values["source"]} - {""})]
        found.append(choice(query, "source", _("Source"), "plug", named))
    return [*found, choice(query, "mark", _("Mark"), "flag", _named(words.MARKS))]


def _named(known: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(key, str(name)) for key, name in known.items()]


def period(say: Say, wanted: Asked) -> str:
    """The period in words; '' for all time."""
    if wanted.days == "1":
        return _("today")
    if wanted.days:
        return ngettext("%(n)d day", "%(n)d days", int(wanted.days)) % {"n": int(wanted.days)}
    if wanted.since and wanted.until:
        return f"{say.day(wanted.since)} – {say.day(wanted.until)}"
    if wanted.since:
        return _("from %(day)s") % {"day": say.day(wanted.since)}
    return _("until %(day)s") % {"day": say.day(wanted.until)} if wanted.until else ""


def period_choice(say: Say, wanted: Asked) -> Choice:
    """The chip of the period; its menu has days, and two fields beside them."""
    query = wanted.query
    days = [(d, _("today") if d == "1" else ngettext("%(n)d day", "%(n)d days", int(d)) % {"n": int(d)}) for d in DAYS]
    made = choice(Query({**query.values, "from": "", "until": ""}), "days", _("Period"), "calendar-days", days)
    return replace(made, chosen=period(say, wanted), without=query.having(**dict.fromkeys(_PERIOD, "")))


def conditions(say: Say, wanted: Asked) -> list[Condition]:
    """What is in force, in words."""
    query = wanted.query
    said: tuple[tuple[Sequence[str], str], ...] = (
        (("q",), wanted.text and (f"«{wanted.text}»" if say.language == "ru" else f"“{wanted.text}”")),
        (("preset",), wanted.preset and words.word(words.PRESETS, wanted.preset)),
        (("status",), wanted.status and words.word(words.ORDER_STATES, wanted.status)),
        (("payment",), wanted.payment and words.word(words.PAYMENT_STATES, wanted.payment)),
        (("source",), wanted.source and words.word(words.SOURCES, wanted.source)),
        (("mark",), wanted.mark and words.word(words.MARKS, wanted.mark)),
        (_PERIOD, period(say, wanted)),
    )
    return [Condition(names, text, query.having(**dict.fromkeys(names, ""))) for names, text in said if text]
