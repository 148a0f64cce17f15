"""Segments by API: the list, one, who is in; a condition tried out; making, changing and removing one.

Owns what is refused and how it is said; what a segment is, and who is in, are the app's.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query

from regulars.api.cursors import LIMIT, MOST, after_moment, cut
from regulars.api.keys import AdminKey, Caller, ReadKey, caller
from regulars.api.people import shaped
from regulars.api.problems import Problem, not_found
from regulars.api.shapes import (
    ConditionBody,
    ConditionVerdict,
    Done,
    Page,
    ProblemDocument,
    SegmentBody,
    SegmentKept,
    SegmentMember,
    SegmentShape,
)
from regulars.base import audit, clock, db
from regulars.base.db import Cursor
from regulars.core import problems as core
from regulars.core.condition_errors import ConditionError
from regulars.journeys.scheme_queries import live_texts
from regulars.journeys.segment_uses import segment_uses
from regulars.people import queries as people
from regulars.segments import actions, conditions, counting, queries
from regulars.segments.actions import SegmentRefused
from regulars.segments.queries import SegmentRow
from regulars.shop.queries import settings_of

__all__ = ["router"]

router = Router(tags=["segments"])
_ERRORS = {401: ProblemDocument, 403: ProblemDocument, 404: ProblemDocument, 409: ProblemDocument, 422: ProblemDocument}
_BODY_ERRORS = {400: ProblemDocument, 413: ProblemDocument}
READ, ADMIN = ReadKey(), AdminKey()
GROWTH = timedelta(days=30)
PREVIEWED = 20


@router.get("/segments", auth=READ, response={200: Page[SegmentShape], **_ERRORS})
def list_segments(request: HttpRequest) -> Any:
    """All segments of the shop, by name."""
    who = caller(request)
    with db.transact() as cur:
        used = segment_uses(live_texts(cur, who.shop_id))
        found = queries.listing(cur, who.shop_id, _grown_since(cur, who.shop_id))
    return {"items": [_segment(row, used) for row in found], "next": None}


@router.post("/segments:check", auth=READ, response={200: ConditionVerdict, **_ERRORS, **_BODY_ERRORS})
def check_condition(request: HttpRequest, body: ConditionBody) -> Any:
    """Try a condition out: its errors, or how many people it holds for now, and some of them. Nothing is kept."""
    who = caller(request)
    try:
        condition = conditions.read(body.condition)
    except ConditionError as error:
        return {"valid": False, "problems": [_said(error)], "count": None, "people": []}
    try:
        with db.transact() as cur:
            now = clock.now_from(cur)
            n = counting.count(cur, who.shop_id, condition, now)
            some = counting.some(cur, who.shop_id, condition, now, PREVIEWED) if n else []
    except psycopg.errors.QueryCanceled:
        return {"valid": True, "problems": [], "count": None, "people": []}
    return {"valid": True, "problems": [], "count": n, "people": [str(id_) for id_ in some]}


@router.get("/segments/{segment}", auth=READ, response={200: SegmentShape, **_ERRORS})
def get_segment(request: HttpRequest, segment: str) -> Any:
    """One segment by its name."""
    who = caller(request)
    with db.transact() as cur:
        return _segment(_known(cur, who, segment), segment_uses(live_texts(cur, who.shop_id)))


@router.get("/segments/{segment}/people", auth=READ, response={200: Page[SegmentMember], **_ERRORS})
def list_members(
    request: HttpRequest, segment: str, cursor: str | None = None, limit: int = Query(LIMIT, ge=1, le=MOST)
) -> Any:
    """Who is in, the newest first."""
    who = caller(request)
    after = after_moment(cursor)
    with db.transact() as cur:
        row = _known(cur, who, segment)
        found, following = cut(
            queries.members(cur, row.id, after, limit + 1), limit, lambda member: [member.since, member.person_id]
        )
        cards = people.cards(cur, who.shop_id, [m.person_id for m in found])
        there = [m for m in found if m.person_id in cards]
        items = shaped(cur, who.shop_id, [cards[m.person_id] for m in there])
        audit.write(cur, who.shop_id, who.actor, "person.listed", "person", None, count=len(items), segment=row.name)
    return {
        "items": [{**item, "since": m.since} for item, m in zip(items, there, strict=True)],
        "next": following,
    }


@router.put("/segments/{segment}", auth=ADMIN, response={200: SegmentKept, **_ERRORS, **_BODY_ERRORS})
def put_segment(request: HttpRequest, segment: str, body: SegmentBody) -> Any:
    """Make a segment, or change the one of this name; with another condition everybody is asked anew.

    The same again changes nothing.
    """
    who = caller(request)
    try:
        with db.transact() as cur:
            is_new = _put(cur, who, segment, body, clock.now_from(cur))
            row = _known(cur, who, segment)
            return {**_segment(row, segment_uses(live_texts(cur, who.shop_id))), "new": is_new}
    except ConditionError as error:
        raise _unreadable(error) from error
    except SegmentRefused as refused:
        raise _refusal(refused.code) from refused


@router.delete("/segments/{segment}", auth=ADMIN, response={200: Done, **_ERRORS})
def remove_segment(request: HttpRequest, segment: str) -> Any:
    """Remove a segment. 409 while a live scheme waits for it."""
    who = caller(request)
    with db.transact() as cur:
        row = _known(cur, who, segment)
        waiting = segment_uses(live_texts(cur, who.shop_id)).get(row.name, ())
        if waiting:
            raise Problem(
                409,
                f"these schemes wait for it: {', '.join(waiting)}; take it out of them, or switch them off, first",
                code="in_use",
                schemes=list(waiting),
            )
        actions.remove(cur, who.shop_id, row.id, who.actor, clock.now_from(cur))
    return {"done": True}


def _put(cur: Cursor, who: Caller, name: str, body: SegmentBody, now: datetime) -> bool:
    """Whether there was none of this name."""
    condition = body.condition.replace("\r\n", "\n").strip()
    title = None if body.title is None else {k: v.strip() for k, v in body.title.dict().items() if v.strip()}
    row = queries.named(cur, who.shop_id, name, now.date())
    if row is None:
        actions.make(cur, who.shop_id, name, title or {}, condition, who.actor, now, tells=body.tells)
        return True
    wanted = row.title if title is None else title
    if (wanted, condition) != (row.title, row.condition):
        actions.change(cur, who.shop_id, row.id, wanted, condition, who.actor, now, tells=body.tells)
    return False


def _known(cur: Cursor, who: Caller, name: str) -> SegmentRow:
    row = queries.named(cur, who.shop_id, name, _grown_since(cur, who.shop_id))
    if row is None:
        raise not_found("segment")
    return row


def _grown_since(cur: Cursor, shop_id: int) -> date:
    """Growth is counted from this day of the shop on."""
    zone = ZoneInfo(settings_of(cur, shop_id).time_zone)
    return (clock.now_from(cur).astimezone(zone) - GROWTH).date()


def _segment(row: SegmentRow, used: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": row.name,
        "title": row.title,
        "condition": row.condition,
        "state": "live" if row.percent is None else "filling",
        "percent": row.percent,
        "count": row.members,
        "growth": row.growth,
        "changed_at": row.changed_at,
        "schemes": list(used.get(row.name, ())),
    }


def _said(error: ConditionError) -> dict[str, Any]:
    """What is wrong with a condition, as it is said of a scheme's."""
    found = core.Problem(
        "", error.line, error.column, None, error.code, params={"found": error.found}, did_you_mean=error.did_you_mean
    )
    return found.record()


def _unreadable(error: ConditionError) -> Problem:
    said = _said(error)
    meant = f"did you mean '{error.did_you_mean}'?" if error.did_you_mean else ""
    detail = " ".join(part for part in (said["message"]["en"], meant, said["mend"]["en"]) if part)
    where = f"line {error.line}, column {error.column}"
    found = {"pointer": "/condition", "detail": f"{where}: {detail}", "code": error.code}
    return Problem(422, f"/condition {where}: {detail}", code="condition", errors=[found], problems=[said])


def _refusal(code: str) -> Problem:
    match code:
        case "too_many":
            detail = f"there are {actions.MOST} segments already, and no more are kept; remove one that nobody needs"
            return Problem(409, detail, code=code)
        case "name_taken":
            return Problem(409, "another segment has this name; ask again to change it", code=code)
        case _:
            return Problem(
                422,
                "a name is of small Latin letters, digits and hyphens, begins with a letter, and is no longer than 40:"
                " sleeping-regulars",
                code=code,
            )
