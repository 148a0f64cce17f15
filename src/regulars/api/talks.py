"""Reading talks: `GET /talks`, what buyers wrote and what was answered. Answers are given on the desk."""

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query

from regulars.api.cursors import LIMIT, MOST, after_moment, cut
from regulars.api.keys import ReadKey, caller
from regulars.api.orders import external_ids
from regulars.api.people import person_ids
from regulars.api.shapes import Page, ProblemDocument, TalkShape
from regulars.base import audit, db
from regulars.outbox import queries as outbox
from regulars.talks import threads_queries as talks
from regulars.talks.threads_queries import MessageRow

__all__ = ["router"]

router = Router(tags=["messages"], auth=ReadKey())
_ERRORS = {401: ProblemDocument, 403: ProblemDocument, 404: ProblemDocument, 422: ProblemDocument}
SAID = 20


@router.get("/talks", response={200: Page[TalkShape], **_ERRORS})
def list_talks(
    request: HttpRequest,
    person: str | None = Query(None, description="Our id of the person, or the shop's own"),
    cursor: str | None = None,
    limit: int = Query(LIMIT, ge=1, le=MOST),
) -> Any:
    """Talks, the one in which something was said last first, each with the last 20 things said, oldest first."""
    who = caller(request)
    after = after_moment(cursor)
    with db.transact() as cur:
        persons = person_ids(cur, who.shop_id, person)
        found = talks.listing(cur, who.shop_id, person_ids=persons, after=after, limit=limit + 1)
        rows, following = cut(found, limit, lambda t: [t.last_at, t.id])
        said = {t.id: talks.messages(cur, who.shop_id, t.id, SAID) for t in rows}
        sent = [m.outbox_id for messages in said.values() for m in messages if m.outbox_id]
        states = {m.id: m.state for m in outbox.messages(cur, who.shop_id, ids=sent, limit=len(sent))} if sent else {}
        names = external_ids(cur, who.shop_id, {t.order_id for t in rows})
        audit.write(cur, who.shop_id, who.actor, "talks.viewed", "thread", None, count=len(rows))
    items = [
        {
            "id": str(t.id),
            "person": str(t.person_id),
            "channel": t.channel,
            "order": names.get(t.order_id),
            "opened_at": t.opened_at,
            "last_at": t.last_at,
            "waits_since": t.waits_since,
            "messages": [_said(m, states) for m in said[t.id]],
        }
        for t in rows
    ]
    return {"items": items, "next": following}


def _said(message: MessageRow, states: dict[int, str]) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "inward": message.inward,
        "at": message.at,
        "text": message.text,
        "automatic": bool(message.auto),
        "files": [{"name": f["name"], "type": f["type"], "size": f["size"]} for f in message.files],
        "state": states.get(message.outbox_id) if message.outbox_id else None,
    }
