"""Finding a person, and the page of one: contacts, consents, enrolments, and the history with its reasons.

Owns what is masked for whom together with contacts.py; every look is written down.
"""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.journeys import queries as journeys
from regulars.orders import queries as orders
from regulars.outbox import queries as outbox
from regulars.people import queries
from regulars.people.queries import TimelineEvent
from regulars.web import contacts, paging, rows, words
from regulars.web.access import Seat, staff
from regulars.web.page import say_for, show
from regulars.web.say import Say
from regulars.web.why import Why, why

__all__ = ["listing", "one"]

SHOWN = 50
MESSAGES = 200


@staff("GET")
def listing(request: HttpRequest, seat: Seat) -> HttpResponse:
    """People, newest first; found by e-mail, telephone or the beginning of a name."""
    text = paging.text_of(request, "q")
    with db.transact() as cur:
        say = say_for(seat, clock.now_from(cur))
        found = queries.search(
            cur, seat.shop.id, seat.shop.country, text, before=paging.after_id(request), limit=paging.PAGE + 1
        )
        ids, mark = paging.split(found, paging.id_mark)
        cards = queries.cards(cur, seat.shop.id, ids)
        context = {
            "people": [
                {
                    "id": card.id,
                    "name": card.name,
                    "customer_since": say.day(card.customer_since) if card.customer_since else "",
                    **contacts.shown(say, card, False),
                }
                for card in (cards[i] for i in ids if i in cards)
            ],
            "next": paging.next_query(request, mark),
            "q": text,
        }
    return show(request, seat, "people", "people", context)


@staff("GET", "POST")
def one(request: HttpRequest, seat: Seat, person_id: int) -> HttpResponse:
    """One person. POST is the button 'show the contacts', which is written down as such."""
    shop_id = seat.shop.id
    is_whole = seat.is_lead or request.method == "POST"
    with db.transact() as cur:
        card = queries.card(cur, shop_id, person_id)
        if card is None:
            raise Http404
        say = say_for(seat, clock.now_from(cur))
        contacts.look(cur, seat, card.id, "person", whole=is_whole)
        ids = queries.ids_of(cur, shop_id, card.id)
        found = queries.timeline(cur, shop_id, card.id, before=paging.after_id(request), limit=paging.PAGE + 1)
        page, mark = paging.split(found, lambda e: paging.id_mark(e.id))
        context = {
            "person": card,
            "contacts": contacts.shown(say, card, is_whole),
            "there": say.clock_there(card.time_zone),
            "since": say.day(card.created_at),
            "customer_since": say.day(card.customer_since) if card.customer_since else "",
            "address": ", ".join(str(v) for k, v in card.address.items() if v and k != "country") if is_whole else "",
            "orders": rows.orders_list(cur, seat, say, orders.for_person(cur, shop_id, ids, SHOWN)),
            "consents": _consents(cur, seat, say, card.id),
            "enrolments": _enrolments(cur, seat, say, ids),
            "next": paging.next_query(request, mark),
            **_history(cur, seat, say, ids, page),
        }
    return show(request, seat, "people", "person", context)


def _consents(cur: Cursor, seat: Seat, say: Say, person_id: int) -> list[dict[str, Any]]:
    return [
        {
            "channel": words.word(words.CHANNELS, c.channel),
            "purpose": words.word(words.PURPOSES, c.purpose),
            "given": c.given,
            "at": say.when(c.at),
            "source": str(c.proof.get("source", "")).replace("_", " "),
        }
        for c in queries.consents(cur, seat.shop.id, person_id)
    ]


def _enrolments(cur: Cursor, seat: Seat, say: Say, ids: list[int]) -> list[dict[str, Any]]:
    found = [e for i in ids for e in journeys.enrolments(cur, seat.shop.id, person_id=i, limit=SHOWN)]
    return rows.enrolments(cur, seat, say, sorted(found, key=lambda e: e.id, reverse=True))


def _history(cur: Cursor, seat: Seat, say: Say, ids: list[int], page: Sequence[TimelineEvent]) -> dict[str, Any]:
    """Events with the reasons of the messages they speak of, and the messages that still wait."""
    found = outbox.messages(cur, seat.shop.id, person_ids=ids, limit=MESSAGES)
    reasons = why(cur, seat, say, found)
    listed = {m["id"]: m for m in rows.messages(cur, seat, say, found)}
    names = rows.names_of(cur, seat, (), (e.order_id for e in page))
    return {
        "events": [_event(say, e, listed, reasons, names) for e in page],
        "waiting": [
            {**m, "why": reasons[m["id"]]} for m in listed.values() if m["state_code"] in ("queued", "sending")
        ],
    }


def _event(
    say: Say, event: TimelineEvent, listed: dict[int, dict[str, Any]], reasons: dict[int, Why], names: rows.Names
) -> dict[str, Any]:
    message_id = str(event.data.get("message_id") or "")
    message = listed.get(int(message_id)) if message_id.isdigit() else None
    outcome = event.data.get("outcome")
    return {
        "at": say.when(event.occurred_at),
        "text": words.event(event.kind, say.language),
        "kind": event.kind,
        "is_history": not event.live,
        "order_id": event.order_id,
        "order": names.order(event.order_id),
        "message": message,
        "message_id": message_id if message_id.isdigit() else "",
        "why": reasons[message["id"]] if message else None,
        "outcome": words.word(words.OUTCOMES, outcome) if outcome else "",
        "answer": words.word(words.ANSWERS, event.data.get("answer")),
        "step": event.data.get("step") or "",
    }
