"""Reading people: one, by contact, his timeline, and 'why' a message went or didn't. Each look is a row of the audit.

`{id}` is our id; the shop's own number is taken too, as `GET /people/{id}` of what was put under it.
"""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query

from regulars.api.cursors import LIMIT, MOST, after_id, cut, number, our_id
from regulars.api.keys import Caller, ReadKey, caller
from regulars.api.orders import external_ids
from regulars.api.problems import Problem, not_found
from regulars.api.shapes import EventShape, Page, PersonShape, ProblemDocument, WhyShape
from regulars.base import audit, db
from regulars.base.db import Cursor
from regulars.core.explain import explain
from regulars.journeys import queries as journeys
from regulars.journeys.queries import DecisionRow
from regulars.outbox import queries as outbox
from regulars.people import queries
from regulars.people.queries import PersonCard, Reach
from regulars.segments import queries as segments
from regulars.segments.queries import InSegment
from regulars.shop.queries import settings_of

__all__ = ["person_ids", "router", "shaped"]

router = Router(tags=["people"], auth=ReadKey())
_ERRORS = {401: ProblemDocument, 403: ProblemDocument, 404: ProblemDocument, 422: ProblemDocument}


@router.get("/people", response={200: Page[PersonShape], **_ERRORS})
def list_people(
    request: HttpRequest,
    email: str = Query("", max_length=320),
    phone: str = Query("", max_length=64),
    q: str = Query("", max_length=200, description="The beginning of a word of the name, an address or a number"),
    cursor: str | None = None,
    limit: int = Query(LIMIT, ge=1, le=MOST),
) -> Any:
    """People, newest first; by e-mail, by telephone, or by name."""
    who = caller(request)
    if sum(map(bool, (email, phone, q))) > 1:
        raise Problem(422, "give one of email, phone and q")
    before = after_id(cursor)
    with db.transact() as cur:
        country = settings_of(cur, who.shop_id).country
        text = email or phone or q
        found = queries.search(cur, who.shop_id, country, text, before=before, limit=limit + 1)
        ids, following = cut(found, limit, lambda i: [i])
        cards = queries.cards(cur, who.shop_id, list(ids))
        items = shaped(cur, who.shop_id, [cards[i] for i in ids if i in cards])
        audit.write(cur, who.shop_id, who.actor, "person.listed", "person", None, count=len(ids))
    return {"items": items, "next": following}


@router.get("/people/{path:id}/timeline", response={200: Page[EventShape], **_ERRORS})
def get_timeline(
    request: HttpRequest,
    id: str,  # noqa: A002 - the contract's name
    cursor: str | None = None,
    limit: int = Query(LIMIT, ge=1, le=MOST),
) -> Any:
    """What happened to the person, newest first."""
    who = caller(request)
    before = after_id(cursor)
    with db.transact() as cur:
        card = _card(cur, who, id)
        found = queries.timeline(cur, who.shop_id, card.id, before=before, limit=limit + 1)
        rows, following = cut(found, limit, lambda e: [e.id])
        names = external_ids(cur, who.shop_id, {e.order_id for e in rows})
        audit.write(cur, who.shop_id, who.actor, "person.viewed", "person", card.id, part="timeline")
    items = [
        {
            "id": str(e.id),
            "kind": e.kind,
            "occurred_at": e.occurred_at,
            "live": e.live,
            "order": names.get(e.order_id),
            "data": e.data,
            "cause": e.cause,
        }
        for e in rows
    ]
    return {"items": items, "next": following}


@router.get("/people/{path:id}/why", response={200: WhyShape, **_ERRORS})
def get_why(
    request: HttpRequest,
    id: str,  # noqa: A002 - the contract's name
    message: str | None = None,
    language: str = Query("en", pattern="^(en|ru)$"),
) -> Any:
    """Why a message went, waits or was refused; without `message`, all decisions about the person."""
    who = caller(request)
    with db.transact() as cur:
        card = _card(cur, who, id)
        zone = settings_of(cur, who.shop_id).time_zone
        if message is None:
            kept = journeys.decisions(cur, who.shop_id, person_id=card.id)
            return _why(None, [_decision(d, language, zone) for d in kept], known=bool(kept))
        found = outbox.message(cur, who.shop_id, number(message, "message"))
        if found is None or found.row.person_id not in queries.ids_of(cur, who.shop_id, card.id):
            raise not_found("message")
        enrolment = found.row.enrolment_id
        kept = journeys.decisions(cur, who.shop_id, enrolment_ids=[enrolment]) if enrolment else []
        # The decisions that led to it: all that was decided for this enrolment until it was queued.
        before = [d for d in kept if d.id <= found.row.id]
        checked = bool(found.row.why)
        return _why(found.row, [_decision(d, language, zone) for d in before], known=bool(before) or checked)


# After its parts: an id may hold '/', when it came by batch, so this address would swallow theirs.
@router.get("/people/{path:id}", response={200: PersonShape, **_ERRORS})
def get_person(request: HttpRequest, id: str) -> Any:  # noqa: A002 - the contract's name
    """One person, with the consents that stand."""
    who = caller(request)
    with db.transact() as cur:
        card = _card(cur, who, id)
        audit.write(cur, who.shop_id, who.actor, "person.viewed", "person", card.id)
        return shaped(cur, who.shop_id, [card])[0]


def person_ids(cur: Cursor, shop_id: int, text: str | None) -> list[int] | None:
    """All our ids of the person whom a filter names by our id or the shop's; none for one who isn't there."""
    if text is None:
        return None
    found = our_id(text)
    ids = [] if found is None else queries.ids_of(cur, shop_id, found)
    if not ids and (named := queries.id_by_external(cur, shop_id, text)) is not None:
        ids = queries.ids_of(cur, shop_id, named)
    return ids


def _card(cur: Cursor, who: Caller, text: str) -> PersonCard:
    ours = our_id(text)
    card = None if ours is None else queries.card(cur, who.shop_id, ours)
    if card is None:
        found = queries.id_by_external(cur, who.shop_id, text)
        card = None if found is None else queries.card(cur, who.shop_id, found)
    if card is None:
        raise not_found("person")
    return card


def shaped(cur: Cursor, shop_id: int, cards: Sequence[PersonCard]) -> list[dict[str, Any]]:
    """The persons as the API tells of them, in their order."""
    ids = [card.id for card in cards]
    reach, inside = queries.reach(cur, shop_id, ids), segments.of_persons(cur, shop_id, ids)
    return [_person(card, reach.get(card.id), inside.get(card.id, ())) for card in cards]


def _person(card: PersonCard, reach: Reach | None, inside: Sequence[InSegment]) -> dict[str, Any]:
    said = reach.consents if reach else {}
    return {
        "id": str(card.id),
        "external": card.external,
        "name": card.name,
        "first_name": card.first_name,
        "language": card.language,
        "time_zone": card.time_zone,
        "birthday": card.birthday,
        "emails": card.emails,
        "phones": card.phones,
        "address": card.address,
        "is_customer": card.customer_since is not None,
        "customer_since": card.customer_since,
        "merged_into": None if card.merged_into is None else str(card.merged_into),
        "erased_at": card.erased_at,
        "consents": [
            {"channel": n.partition(".")[0], "purpose": n.partition(".")[2], "given": s.given, "at": s.at}
            for n, s in sorted(said.items())
        ],
        "segments": [{"name": s.name, "title": s.title, "since": s.since} for s in inside],
    }


def _decision(d: DecisionRow, language: str, zone: str) -> dict[str, Any]:
    return {
        "id": str(d.id),
        "enrolment": str(d.enrolment_id),
        "scheme": d.scheme,
        "version": d.n,
        "at": d.at,
        "happening": d.happening,
        "from_step": d.from_step,
        "to_step": d.to_step,
        "reasons": explain(d.reasons, language, zone),
        "record": d.reasons,
    }


def _why(row: outbox.MessageRow | None, decisions: list[dict[str, Any]], *, known: bool) -> dict[str, Any]:
    why = row.why if row else {}
    return {
        "known": known,
        "message": None if row is None else str(row.id),
        "state": None if row is None else row.state,
        "reason": None if row is None else row.reason,
        "params": why.get("params", {}),
        "checks": [{"name": n, "result": r, "code": c} for n, r, c in why.get("checks", [])],
        "decisions": decisions,
    }
