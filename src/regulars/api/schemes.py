"""Schemes by API: their text, checking, publishing; who stands where in them, and what was set aside."""

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query

from regulars.api.cursors import LIMIT, MOST, after_id, cut, number
from regulars.api.keys import AdminKey, ReadKey, caller
from regulars.api.orders import external_ids, order_id
from regulars.api.people import person_ids
from regulars.api.problems import Problem, not_found
from regulars.api.shapes import (
    Done,
    EnrolmentShape,
    Page,
    ProblemDocument,
    PublishedShape,
    SchemeRow,
    SchemeShape,
    SchemeText,
    SchemeVerdict,
)
from regulars.base import clock, db
from regulars.journeys import actions, queries
from regulars.journeys.checking import read_for_shop
from regulars.journeys.models import ACTIVE, ENDED, SET_ASIDE
from regulars.journeys.split_queries import decided_in_text

__all__ = ["router"]

router = Router(tags=["schemes"])
_ERRORS = {401: ProblemDocument, 403: ProblemDocument, 404: ProblemDocument, 409: ProblemDocument, 422: ProblemDocument}
_BODY_ERRORS = {400: ProblemDocument, 413: ProblemDocument}
_STATES = {ACTIVE: "active", ENDED: "ended", SET_ASIDE: "set_aside"}
READ, ADMIN = ReadKey(), AdminKey()


@router.get("/schemes", auth=READ, response={200: Page[SchemeRow], **_ERRORS})
def list_schemes(request: HttpRequest) -> Any:
    """All schemes of the shop, by name."""
    who = caller(request)
    with db.transact() as cur:
        found = queries.schemes(cur, who.shop_id)
    items = [
        {
            "name": s.name,
            "version": s.n,
            "live": s.live_version_id is not None,
            "published_at": s.published_at,
            "inside": s.inside,
            "set_aside": s.aside,
        }
        for s in found
    ]
    return {"items": items, "next": None}


@router.post("/schemes:check", auth=READ, response={200: SchemeVerdict, **_ERRORS, **_BODY_ERRORS})
def check_scheme(request: HttpRequest, body: SchemeText) -> Any:
    """What is wrong with a scheme's text; nothing is kept."""
    who = caller(request)
    with db.transact() as cur:
        reading = read_for_shop(cur, who.shop_id, body.text)
    return {"valid": reading.scheme is not None, "problems": [p.record() for p in reading.problems]}


@router.get("/schemes/{name}", auth=READ, response={200: SchemeShape, **_ERRORS})
def get_scheme(request: HttpRequest, name: str, version: int | None = None) -> Any:
    """A scheme's text: the version asked for, else the live one, else the newest; and which of its split tests are decided."""
    who = caller(request)
    if version is not None and not 0 < version < 1 << 31:
        raise not_found("version")
    with db.transact() as cur:
        found = queries.scheme_text(cur, who.shop_id, name, version)
        if found is None:
            raise not_found("scheme")
        made = decided_in_text(cur, who.shop_id, name, found[0])
    decided = [{"step": step, "way": one.target, "at": one.at, "by": one.by} for step, one in made.items()]
    return {"name": name, "text": found[0], "version": found[1], "decided": decided}


@router.put("/schemes/{name}", auth=ADMIN, response={200: PublishedShape, **_ERRORS, **_BODY_ERRORS})
def publish_scheme(request: HttpRequest, name: str, body: SchemeText) -> Any:
    """Make this text the live version. The live text again changes nothing; 422 with every problem else."""
    who = caller(request)
    with db.transact() as cur:
        reading = read_for_shop(cur, who.shop_id, body.text, f"{name}.yaml")
        if reading.scheme is not None and reading.scheme.name != name:
            raise Problem.field("/text", f"holds the scheme '{reading.scheme.name}', not the one in the address")
        try:
            done = actions.publish(cur, who.shop_id, body.text, who.actor, clock.now_from(cur), f"{name}.yaml")
        except actions.SchemeRefused as refused:
            problems = [p.record() for p in refused.problems]
            raise Problem(422, "the scheme has errors", code="scheme", problems=problems) from refused
    warnings = [p.record() for p in done.warnings]
    return {"name": done.name, "version": done.n, "new": done.isnew, "warnings": warnings}


@router.get("/enrolments", auth=READ, response={200: Page[EnrolmentShape], **_ERRORS})
def list_enrolments(
    request: HttpRequest,
    scheme: str | None = None,
    person: str | None = Query(None, description="Our id of the person, or the shop's own"),
    order: str | None = Query(None, description="The shop's own id of the order"),
    step: str | None = None,
    cursor: str | None = None,
    limit: int = Query(LIMIT, ge=1, le=MOST),
) -> Any:
    """Who stands where, newest first."""
    who = caller(request)
    before = after_id(cursor)
    with db.transact() as cur:
        found = queries.enrolments(
            cur,
            who.shop_id,
            scheme=scheme,
            person_ids=person_ids(cur, who.shop_id, person),
            order_id=order_id(cur, who.shop_id, order),
            step=step,
            before=before,
            limit=limit + 1,
        )
        rows, following = cut(found, limit, lambda e: [e.id])
        names = external_ids(cur, who.shop_id, {e.order_id for e in rows})
    return {"items": [_enrolment(e, names) for e in rows], "next": following}


@router.post("/enrolments/{enrolment_id}:retry", auth=ADMIN, response={200: Done, **_ERRORS})
def retry_enrolment(request: HttpRequest, enrolment_id: str) -> Any:
    """Take an enrolment that was set aside back in. 409 when it isn't set aside."""
    return _mend(request, enrolment_id, actions.retry)


@router.post("/enrolments/{enrolment_id}:end", auth=ADMIN, response={200: Done, **_ERRORS})
def end_enrolment(request: HttpRequest, enrolment_id: str) -> Any:
    """End an enrolment that was set aside. 409 when it isn't set aside."""
    return _mend(request, enrolment_id, actions.end)


def _mend(request: HttpRequest, enrolment_id: str, do: Any) -> dict[str, bool]:
    who = caller(request)
    id_ = number(enrolment_id, "enrolment")
    with db.transact() as cur:
        if queries.enrolment(cur, who.shop_id, id_) is None:
            raise not_found("enrolment")
        if not do(cur, who.shop_id, id_, who.actor, clock.now_from(cur)):
            raise Problem(409, "the enrolment is not set aside", code="not_set_aside")
    return {"done": True}


def _enrolment(e: queries.EnrolmentRow, names: dict[int | None, str]) -> dict[str, Any]:
    return {
        "id": str(e.id),
        "scheme": e.scheme,
        "version": e.n,
        "person": str(e.person_id),
        "order": names.get(e.order_id),
        "state": _STATES[e.status],
        "step": e.step,
        "visit": e.visit,
        "attempt": e.attempt,
        "started_at": e.started_at,
        "due_at": e.due_at,
        "ended_at": e.ended_at,
        "end_reason": e.end_reason,
        "held_out": e.held_out,
        "goal_at": e.goal_at,
        "problem": e.problem,
    }
