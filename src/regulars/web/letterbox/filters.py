"""What of the letterbox is asked for: the query of the page read, and its filters as chips.

Owns the names of the filters in the address. A search finds an order by its number, else people by name, address or
telephone, else letters by a part of their subject.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.base.db import Cursor
from regulars.orders import queries as orders
from regulars.outbox.queries import HELD, Filters
from regulars.people import queries as people
from regulars.web import paging, words
from regulars.web.access import Seat

__all__ = ["PERIODS", "STATES", "Asked", "asked", "today", "without"]

PERIODS: dict[str, Any] = {
    "today": gettext_lazy("today"),
    "7": gettext_lazy("7 days"),
    "30": gettext_lazy("30 days"),
}
STATES: dict[str, Any] = {
    "sent": words.MESSAGE_STATES["sent"],
    "queued": words.MESSAGE_STATES["queued"],
    HELD: gettext_lazy("late, held"),
    "unknown": words.MESSAGE_STATES["unknown"],
    "failed": words.MESSAGE_STATES["failed"],
    "refused": words.MESSAGE_STATES["refused"],
    "cancelled": words.MESSAGE_STATES["cancelled"],
    "all": gettext_lazy("all"),
}
MOST_PEOPLE = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as the outbox takes them. `found_in`: what the search found: 'order', 'people', 'subject', or ''.

    `nothing`: an order was named that there isn't.
    """

    filters: Filters
    state: str
    found_in: str
    nothing: bool
    chips: list[dict[str, str]]


def today(seat: Seat, now: datetime) -> datetime:
    """When the shop's day began."""
    return now.astimezone(ZoneInfo(seat.shop.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def asked(cur: Cursor, seat: Seat, request: HttpRequest, now: datetime) -> Asked:
    """Read the query. Without a state the letterbox shows what was sent; one person's or order's shows all."""
    text, number = paging.text_of(request, "q"), paging.text_of(request, "order")
    person = paging.our_id(request.GET.get("person", ""))
    found_in, person_ids, order_id = "", ([person] if person else []), None
    if text and request.GET.get("in") != "subject":
        named = orders.page(cur, seat.shop.id, text=text, limit=1)
        if named:
            found_in, order_id = "order", named[0].id
        else:
            ids = people.search(cur, seat.shop.id, seat.shop.country, text, limit=MOST_PEOPLE)
            found_in, person_ids = ("people", ids) if ids else ("subject", person_ids)
    elif text:
        found_in = "subject"
    nothing = False
    if number:
        named = orders.page(cur, seat.shop.id, text=number, limit=1)
        nothing, order_id = not named, named[0].id if named else None
    is_narrow = bool(person_ids) or order_id is not None
    state = paging.text_of(request, "state", list(STATES)) or ("all" if is_narrow else "sent")
    period = paging.text_of(request, "period", list(PERIODS))
    channel = paging.text_of(request, "channel", list(words.CHANNELS))
    purpose = paging.text_of(request, "purpose", list(words.PURPOSES))
    template = paging.text_of(request, "template")
    filters = Filters(
        state="" if state == "all" else state,
        person_ids=person_ids,
        order_id=order_id,
        channel=channel,
        purpose=purpose,
        template=template,
        subject=text if found_in == "subject" else "",
        since=_since(seat, period, now),
    )
    told = {
        "q": _("with “%(q)s”") % {"q": text} if text else "",
        "order": _("Order %(id)s") % {"id": number} if number else "",
        "person": _one_name(cur, seat, person),
        "period": str(PERIODS.get(period, "")),
        "channel": words.word(words.CHANNELS, channel) if channel else "",
        "purpose": words.word(words.PURPOSES, purpose) if purpose else "",
        "template": words.letter(template),
    }
    chips = [{"text": words_, "href": "?" + without(request, name)} for name, words_ in told.items() if words_]
    return Asked(filters, state, found_in, nothing, chips)


def _one_name(cur: Cursor, seat: Seat, person_id: int | None) -> str:
    card = people.card(cur, seat.shop.id, person_id) if person_id else None
    return (card.name or "—") if card else ""


def _since(seat: Seat, period: str, now: datetime) -> datetime | None:
    if period == "today":
        return today(seat, now)
    return now - timedelta(days=int(period)) if period else None


def without(request: HttpRequest, *names: str) -> str:
    """The query without these, at its first page."""
    query = request.GET.copy()
    for name in (*names, "after", *(["in"] if "q" in names else [])):
        query.pop(name, None)
    return query.urlencode()
