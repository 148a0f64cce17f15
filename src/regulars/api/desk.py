"""The desk by API: the queue, and taking, giving back, pausing and finishing a task. Changes take an `Idempotency-Key`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from regulars.api.cursors import LIMIT, MOST, after_moment, cut, number
from regulars.api.keys import Caller, DeskKey, caller
from regulars.api.once import KEY_HEADER, answered, key_of
from regulars.api.orders import external_ids, order_id
from regulars.api.problems import Problem, not_found
from regulars.api.shapes import FinishBody, Page, PauseBody, ProblemDocument, TaskShape
from regulars.base import clock, db
from regulars.base.db import Cursor
from regulars.desk import actions, pauses, queries, ranking
from regulars.desk.actions import DeskError
from regulars.desk.models import STATES
from regulars.desk.queries import TaskRow
from regulars.journeys import queries as journeys

__all__ = ["router"]

router = Router(tags=["desk"], auth=DeskKey())
_ERRORS = {401: ProblemDocument, 403: ProblemDocument, 404: ProblemDocument, 409: ProblemDocument, 422: ProblemDocument}
_BODY_ERRORS = {400: ProblemDocument, 413: ProblemDocument}
_WORDS = {
    "taken": "somebody else has this task",
    "finished": "the task is finished",
    "closed": "the task is needed no longer",
    "not_claimed": "the task is not taken",
    "paused": "the task's clock stands already, in another state",
    "not_paused": "the task's clock doesn't stand",
}
_POINTERS = {"outcome_unknown": "/outcome", "state_unknown": "/state"}


@router.get("/tasks", response={200: Page[TaskShape], **_ERRORS})
def list_tasks(
    request: HttpRequest,
    team: str | None = None,
    state: str | None = Query(None, description="open, claimed, finished, closed; without it, those that wait"),
    order: str | None = Query(None, description="The shop's own id of the order"),
    hidden: bool = Query(True, description="Retries whose time has not come, too"),
    cursor: str | None = None,
    limit: int = Query(LIMIT, ge=1, le=MOST),
) -> Any:
    """Tasks, the nearest deadline first."""
    who = caller(request)
    if state is not None and state not in STATES:
        raise Problem.field("/state", f"must be one of {', '.join(STATES)}")
    after = after_moment(cursor)
    with db.transact() as cur:
        found = queries.tasks(
            cur,
            who.shop_id,
            now=clock.now_from(cur),
            team=team,
            states=queries.WAITING if state is None else (state,),
            order_id=order_id(cur, who.shop_id, order),
            hidden=hidden,
            after=after,
            limit=limit + 1,
        )
        rows, following = cut(found, limit, lambda t: [t.due_at or queries.NO_LIMIT, t.id])
        return {"items": _shaped(cur, who.shop_id, list(rows)), "next": following}


@router.post("/tasks/{task_id}:claim", response={200: TaskShape, **_ERRORS}, openapi_extra=KEY_HEADER)
def claim_task(request: HttpRequest, task_id: str) -> Any:
    """Take a task; taking one's own again changes nothing. 409 `taken`, `finished`, `closed`."""
    return _change(request, task_id, actions.claim)


@router.post("/tasks/{task_id}:release", response={200: TaskShape, **_ERRORS}, openapi_extra=KEY_HEADER)
def release_task(request: HttpRequest, task_id: str) -> Any:
    """Give a task back to the queue. 409 `not_claimed`, `taken`."""
    return _change(request, task_id, actions.release)


@router.post("/tasks/{task_id}:finish", response={200: TaskShape, **_ERRORS, **_BODY_ERRORS}, openapi_extra=KEY_HEADER)
def finish_task(request: HttpRequest, task_id: str, body: FinishBody) -> Any:
    """End a task with one of its outcomes; an open task is taken by the way. The same again changes nothing."""
    if body.call_at is not None and body.call_at.tzinfo is None:
        raise Problem.field("/call_at", "has no offset", "no_offset")

    def finish(cur: Cursor, shop_id: int, id_: int, actor: Any, now: datetime) -> TaskRow:
        return actions.finish(cur, shop_id, id_, body.outcome, actor, now, note=body.note, call_at=body.call_at)

    return _change(request, task_id, finish)


@router.post("/tasks/{task_id}:pause", response={200: TaskShape, **_ERRORS, **_BODY_ERRORS}, openapi_extra=KEY_HEADER)
def pause_task(request: HttpRequest, task_id: str, body: PauseBody) -> Any:
    """Stop the clock of an open task or one's own, in one of the shop's waiting states; it goes on by itself at the end
    of that state's longest time, `not_before`. 409 `taken`, `finished`, `closed`, `paused`; 422 `state_unknown`."""

    def pause(cur: Cursor, shop_id: int, id_: int, actor: Any, now: datetime) -> TaskRow:
        return pauses.pause(cur, shop_id, id_, body.state, actor, now, note=body.note)

    return _change(request, task_id, pause)


@router.post("/tasks/{task_id}:resume", response={200: TaskShape, **_ERRORS}, openapi_extra=KEY_HEADER)
def resume_task(request: HttpRequest, task_id: str) -> Any:
    """Let the clock go on with the working time that was left. 409 `not_paused`, `taken`, `finished`, `closed`."""
    return _change(request, task_id, pauses.resume)


# After the deeds: its address would swallow theirs.
@router.get("/tasks/{task_id}", response={200: TaskShape, **_ERRORS})
def get_task(request: HttpRequest, task_id: str) -> Any:
    """One task."""
    who = caller(request)
    with db.transact() as cur:
        found = queries.task(cur, who.shop_id, number(task_id, "task"))
        if found is None:
            raise not_found("task")
        return _shaped(cur, who.shop_id, [found])[0]


def _change(
    request: HttpRequest, task_id: str, do: Callable[[Cursor, int, int, Any, datetime], TaskRow]
) -> HttpResponse:
    who = caller(request)
    id_ = number(task_id, "task")
    key = key_of(request)
    with db.transact() as cur:
        now = clock.now_from(cur)

        def deed() -> tuple[int, bytes]:
            return 200, _body(cur, who, _told(lambda: do(cur, who.shop_id, id_, who.actor, now)))

        return answered(cur, who.shop_id, key, request, deed)


def _told(do: Callable[[], TaskRow]) -> TaskRow:
    try:
        return do()
    except DeskError as error:
        if error.code == "not_found":
            raise not_found("task") from error
        if error.code in _WORDS:
            raise Problem(409, _WORDS[error.code], code=error.code, **error.params) from error
        pointer = _POINTERS.get(error.code, "/call_at")
        detail = {
            "state_unknown": f"must be one of {', '.join(error.params.get('known', []))}",
            "outcome_unknown": f"must be one of {', '.join(error.params.get('known', []))}",
            "call_at_missing": "is needed with this outcome: the exact time of the next call",
            "call_at_past": "is over: choose a later time",
        }[error.code]
        raise Problem.field(pointer, detail, error.code) from error


def _body(cur: Cursor, who: Caller, row: TaskRow) -> bytes:
    return msgspec.json.encode(TaskShape(**_shaped(cur, who.shop_id, [row])[0]).model_dump())


def _shaped(cur: Cursor, shop_id: int, rows: list[TaskRow]) -> list[dict[str, Any]]:
    names = external_ids(cur, shop_id, {t.order_id for t in rows})
    order, now = ranking.order_of(cur, shop_id), clock.now_from(cur)
    schemes = journeys.names_of_versions(cur, shop_id, {t.version_id for t in rows if t.version_id is not None})
    return [
        {
            "id": str(t.id),
            "order": names.get(t.order_id),
            "person": str(t.person_id),
            "rule": order.rule(t, now) if t.state in queries.WAITING else None,
            "scheme": schemes.get(t.version_id or 0, (None, 0))[0],
            **{n: getattr(t, n) for n in _PLAIN},
        }
        for t in rows
    ]


_PLAIN = (
    "kind", "team", "state", "due_at", "target_at", "why_next", "step", "attempt", "script", "title", "outcomes",
    "call_at_needed", "not_before", "opened_at", "claimed_by", "claimed_at", "outcome", "note", "call_at",
    "finished_by", "finished_at", "banner", "pause", "paused_at",
)  # fmt: skip
