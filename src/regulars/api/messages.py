"""Reading what was sent and promised: `GET /messages`, `/messages/{id}`, `/promises`."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query

from regulars.api.cursors import LIMIT, MOST, after_id, cut, number
from regulars.api.keys import ReadKey, caller
from regulars.api.orders import external_ids, order_id
from regulars.api.people import person_ids
from regulars.api.problems import Problem, not_found
from regulars.api.shapes import MessageDetailShape, MessageShape, Page, ProblemDocument, PromiseShape
from regulars.base import audit, db
from regulars.outbox import queries as outbox
from regulars.outbox.chat import text_of
from regulars.outbox.models import STATES as MESSAGE_STATES
from regulars.promises import queries as promises
from regulars.promises.models import STATES as PROMISE_STATES

__all__ = ["router"]

router = Router(tags=["messages"], auth=ReadKey())
_ERRORS = {401: ProblemDocument, 403: ProblemDocument, 404: ProblemDocument, 422: ProblemDocument}
_HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post")


@router.get("/messages", response={200: Page[MessageShape], **_ERRORS})
def list_messages(
    request: HttpRequest,
    order: str | None = Query(None, description="The shop's own id of the order"),
    person: str | None = Query(None, description="Our id of the person, or the shop's own"),
    state: str | None = Query(None, description=", ".join(MESSAGE_STATES)),
    cursor: str | None = None,
    limit: int = Query(LIMIT, ge=1, le=MOST),
) -> Any:
    """Messages of every channel, newest first."""
    who = caller(request)
    if state is not None and state not in MESSAGE_STATES:
        raise Problem.field("/state", f"must be one of {', '.join(MESSAGE_STATES)}")
    before = after_id(cursor)
    with db.transact() as cur:
        persons = person_ids(cur, who.shop_id, person)
        found = outbox.messages(
            cur,
            who.shop_id,
            person_ids=() if persons is None else persons or (-1,),
            order_id=order_id(cur, who.shop_id, order),
            states=() if state is None else (state,),
            before=before,
            limit=limit + 1,
        )
        rows, following = cut(found, limit, lambda m: [m.id])
        names = external_ids(cur, who.shop_id, {m.order_id for m in rows})
    return {"items": [_message(m, names) for m in rows], "next": following}


@router.get("/messages/{message_id}", response={200: MessageDetailShape, **_ERRORS})
def get_message(request: HttpRequest, message_id: str) -> Any:
    """One message as it was written, with the attempts at it."""
    who = caller(request)
    with db.transact() as cur:
        found = outbox.message(cur, who.shop_id, number(message_id, "message"))
        if found is None:
            raise not_found("message")
        names = external_ids(cur, who.shop_id, {found.row.order_id})
        audit.write(cur, who.shop_id, who.actor, "message.viewed", "message", found.row.id)
    attempts = [{"channel": a.channel, "outcome": a.outcome, "code": a.code, "at": a.at} for a in found.attempts]
    written = _written(found.raw, found.row.channel)
    return {**_message(found.row, names), "address": found.address, "attempts": attempts, **written}


@router.get("/promises", response={200: Page[PromiseShape], **_ERRORS})
def list_promises(
    request: HttpRequest,
    state: str | None = Query(None, description=", ".join(PROMISE_STATES)),
    order: str | None = Query(None, description="The shop's own id of the order"),
    cursor: str | None = None,
    limit: int = Query(LIMIT, ge=1, le=MOST),
) -> Any:
    """The ledger of promises, newest first."""
    who = caller(request)
    if state is not None and state not in PROMISE_STATES:
        raise Problem.field("/state", f"must be one of {', '.join(PROMISE_STATES)}")
    before = after_id(cursor)
    with db.transact() as cur:
        found = promises.listing(
            cur,
            who.shop_id,
            states=() if state is None else (state,),
            order_id=order_id(cur, who.shop_id, order),
            before=before,
            limit=limit + 1,
        )
        rows, following = cut(found, limit, lambda p: [p.id])
        names = external_ids(cur, who.shop_id, {p.order_id for p in rows})
    items = [
        {
            "id": str(p.id),
            "kind": p.kind,
            "due_at": p.due_at,
            "state": p.state,
            "warned_at": p.warned_at,
            "told_at": p.told_at,
            "at_risk_at": p.risk_at,
            "closed_at": p.closed_at,
            "reason": p.reason,
            "team": p.team,
            "window_from": p.window_from,
            "order": names.get(p.order_id),
            "person": str(p.person_id),
            "enrolment": _text(p.enrolment_id),
            "message": _text(p.message_id),
            "task": _text(p.task_id),
        }
        for p in rows
    ]
    return {"items": items, "next": following}


def _text(id_: int | None) -> str | None:
    return None if id_ is None else str(id_)


def _message(m: outbox.MessageRow, names: dict[int | None, str]) -> dict[str, Any]:
    return {
        "id": str(m.id),
        "person": str(m.person_id),
        "order": names.get(m.order_id),
        "enrolment": _text(m.enrolment_id),
        "step": m.step,
        "purpose": m.purpose,
        "by": list(m.by),
        "channel": m.channel,
        "template": m.template,
        "subject": m.subject,
        "state": m.state,
        "reason": m.reason,
        "meant_at": m.meant_at,
        "send_after": m.send_after,
        "sent_at": m.sent_at,
        "tries": m.tries,
    }


def _written(raw: bytes | None, channel: str | None) -> dict[str, Any]:
    if raw is None:
        return {"headers": {}, "text": None, "html": None}
    if channel == "telegram":
        return {"headers": {}, "text": text_of(raw), "html": None}
    if channel != "email":
        return {"headers": {}, "text": raw.decode(errors="replace"), "html": None}
    letter = message_from_bytes(raw, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    parts = {kind: letter.get_body((kind,)) for kind in ("plain", "html")}
    return {
        "headers": {name: str(letter[name]) for name in _HEADERS if letter[name] is not None},
        "text": None if parts["plain"] is None else parts["plain"].get_content(),
        "html": None if parts["html"] is None else parts["html"].get_content(),
    }
