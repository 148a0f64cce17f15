"""One person: who he is, how he can be reached, what was agreed, and one history of everything with its reasons.

Owns what is masked for whom together with contacts.py; every look is written down.
"""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.events.history import history
from regulars.journeys import queries as journeys
from regulars.orders import queries as orders
from regulars.orders.sums import sums_of
from regulars.outbox import queries as outbox
from regulars.people import queries
from regulars.people.queries import ConsentRow, PersonCard
from regulars.promises import queries as promises
from regulars.talks import threads_queries as talks
from regulars.web import contacts, paging, rows, words
from regulars.web.access import Seat, staff
from regulars.web.calls import shown as calls
from regulars.web.history import GROUPS, KINDS, days
from regulars.web.page import say_for, show
from regulars.web.people import doubles
from regulars.web.people.asked import LANGUAGES
from regulars.web.people.loyal import loyalty_of
from regulars.web.people.marked import marks_of
from regulars.web.people.segmented import segments_of
from regulars.web.promises import making
from regulars.web.say import Say
from regulars.web.talks.shown import listed
from regulars.web.why import why

__all__ = ["one"]

SHOWN = 50
FEW = 10
_STANDING, _SETTLED = ("open", "warned"), ("kept", "broken", "void")
FEW_SETTLED = 3


@staff("GET", "POST")
def one(request: HttpRequest, seat: Seat, person_id: int) -> HttpResponse:
    """One person. POST is the button 'show the contacts', which is written down as such."""
    shop_id = seat.shop.id
    has_asked = request.method == "POST"
    group = paging.text_of(request, "show", list(GROUPS))
    mark = paging.after_moment(request)
    with db.transact() as cur:
        card = queries.card(cur, shop_id, person_id)
        if card is None:
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        shown = contacts.shown(seat, say, card, True, holds=has_asked)
        contacts.look(cur, seat, card.id, "person", whole=bool(shown["is_whole"]))
        ids = queries.ids_of(cur, shop_id, card.id)
        events, following = paging.split(
            history(
                cur,
                shop_id,
                person_ids=ids,
                kinds=KINDS.get(group, ()),
                after=None if mark is None or mark[0] is None else (mark[0], mark[1]),
                limit=paging.PAGE + 1,
            ),
            lambda e: paging.moment_mark(e.occurred_at, e.id),
        )
        context = {
            "person": card,
            **doubles.pairs_of(cur, seat, say, card.id),
            "contacts": shown,
            **_facts(say, card, contacts.shows_address(seat, asked=seat.is_lead or has_asked)),
            **_bought(cur, seat, say, card),
            "orders": rows.orders_list(cur, seat, say, orders.for_person(cur, shop_id, ids, FEW)),
            "loyalty": loyalty_of(cur, seat, say, ids),
            "marks": marks_of(cur, seat, say, card.id),
            "segments": segments_of(cur, seat, say, ids),
            "consents": _consents(say, queries.consents(cur, shop_id, card.id)),
            "enrolments": rows.enrolments(
                cur, seat, say, journeys.enrolments(cur, shop_id, person_ids=ids, limit=SHOWN)
            ),
            "promises": _promises(cur, seat, say, ids),
            "talks": listed(cur, seat, say, talks.of_persons(cur, shop_id, ids, FEW)),
            "promise": making.blank(say, card.id),
            "waiting": _waiting(cur, seat, say, ids) if not mark and group in ("", "messages") else [],
            "calls": calls.of_person(cur, seat, say, ids),
            "days": days(cur, seat, say, events),
            "groups": [(key, str(name)) for key, name in GROUPS.items()],
            "group": group,
            "next": paging.next_query(request, following),
            "is_later": mark is not None,
        }
    return show(request, seat, "people", "person", context)


def _facts(say: Say, card: PersonCard, is_whole: bool) -> dict[str, Any]:
    """The head's facts; the address stands with the contacts that have to be asked for."""
    address = card.address
    whole = ", ".join(str(v) for k, v in address.items() if v and k != "country")
    return {
        "there": say.clock_there(card.time_zone),
        "city": str(address.get("city") or ""),
        "address": whole if is_whole and whole != str(address.get("city") or "") else "",
        "language": words.word(LANGUAGES, card.language),
        "birthday": say.day(card.birthday) if card.birthday and is_whole else "",
        "customer_since": say.day(card.customer_since) if card.customer_since else "",
    }


def _bought(cur: Cursor, seat: Seat, say: Say, card: PersonCard) -> dict[str, Any]:
    """What he bought, and since when he is known: past orders are older than our record of him."""
    bought = sums_of(cur, seat.shop.id, [card.id]).get(card.id)
    if bought is None:
        return {"bought": {"orders": "0", "total": "", "last": ""}, "since": say.day(card.created_at)}
    return {
        "bought": {
            "orders": say.number(bought.orders),
            "total": say.money(bought.total, bought.currency) if bought.total is not None else "",
            "last": say.day(bought.last_at),
        },
        "since": say.day(min(bought.first_at, card.created_at)),
    }


def _consents(say: Say, found: Sequence[ConsentRow]) -> list[dict[str, Any]]:
    """The newest word for each channel and purpose; older ones are in the history."""
    newest: dict[tuple[str, str], ConsentRow] = {}
    for consent in found:
        newest.setdefault((consent.channel, consent.purpose), consent)
    return [
        {
            "channel": words.word(words.CHANNELS, c.channel),
            "purpose": words.word(words.PURPOSES, c.purpose),
            "given": c.given,
            "at": say.day(c.at),
            "source": str(c.proof.get("source", "")).replace("_", " "),
        }
        for c in newest.values()
    ]


def _promises(cur: Cursor, seat: Seat, say: Say, ids: Sequence[int]) -> dict[str, Any]:
    """Those that stand, the last that were settled, and how many were kept, warned of and broken."""
    counts = promises.counts_of_people(cur, seat.shop.id, ids)
    standing = promises.listing(cur, seat.shop.id, states=_STANDING, person_ids=ids, limit=FEW)
    settled = promises.listing(cur, seat.shop.id, states=_SETTLED, person_ids=ids, limit=FEW_SETTLED)
    return {
        "shown": rows.promises(cur, seat, say, [*standing, *settled]),
        "kept": say.number(counts.get("kept", 0)),
        "warned": say.number(counts.get("warned", 0)),
        "broken": say.number(counts.get("broken", 0)),
        "person_id": ids[0] if ids else 0,
        "any": bool(counts),
    }


def _waiting(cur: Cursor, seat: Seat, say: Say, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Messages that have not gone yet, with their 'why?'."""
    found = outbox.messages(cur, seat.shop.id, person_ids=ids, states=("queued", "sending"), limit=SHOWN)
    reasons = why(cur, seat, say, found)
    return [{**m, "why": reasons[m["id"]]} for m in rows.messages(cur, seat, say, found)]
