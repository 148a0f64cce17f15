"""Who would have got what, and when: the rows of a replay, made of its turns and messages.

Owns the row. A row holds numbers and words of the scheme, no name and no address; it must not count or keep anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from regulars.core.effects import (
    AskQuestion,
    CallWebhook,
    CancelMessages,
    EnrolPerson,
    GivePoints,
    IssueCode,
    MakePromise,
    OpenTask,
    SendMessage,
    SetPersonFields,
    StopTasks,
    TagPerson,
    VoidPromises,
)
from regulars.core.enrolment import OUTCOME
from regulars.core.past_outbox import Posted
from regulars.core.replay import Turn

__all__ = [
    "CANCELLED",
    "DONE",
    "FAILED",
    "KEPT",
    "LATE",
    "MESSAGE",
    "OPEN",
    "PROMISE",
    "QUESTION",
    "REFUSED",
    "SENT",
    "Row",
    "rows_of",
]

MESSAGE, QUESTION, PROMISE = "message", "question", "promise"
SENT, REFUSED, DONE, OPEN, CANCELLED, KEPT, LATE, FAILED = (
    "sent", "refused", "done", "open", "cancelled", "kept", "late", "failed",
)  # fmt: skip

_SILENT = (StopTasks, CancelMessages, VoidPromises)


class Row(NamedTuple):
    """One thing that somebody would have got.

    `what`: 'message', 'question', 'call', 'task', 'case', 'promise', or the kind of any other effect ('give_points').
    `detail`: the channel, the team, the promise, or what tells such an effect from others. `fate`: what became of it;
    `reason`: why not, the outcome or the answer.
    `purpose`: of a message. `amount`: points, or 0. `target_at`, `due_at`: of work and promises.
    """

    at: datetime
    person_id: int
    order_id: int | None
    step: str
    what: str
    detail: str
    fate: str
    reason: str = ""
    purpose: str = ""
    amount: int = 0
    target_at: datetime | None = None
    due_at: datetime | None = None


def rows_of(turns: Sequence[Turn], posted: Sequence[Posted]) -> Iterator[Row]:
    """The rows of one person, messages first."""
    for one in posted:
        yield _of_message(one)
    open_tasks: dict[int, tuple[OpenTask, MakePromise | None]] = {}
    for state, happening, before, decision, failed in turns:
        if decision is None:
            person, order = state.person_id or 0, state.order_id
            yield Row(happening.at, person, order, before or "", FAILED, "", FAILED, failed)
            continue
        if open_tasks and state.id in open_tasks:
            is_over = happening.kind == OUTCOME or decision.enrolment.ended_at is not None
            if is_over:
                yield from _of_task(open_tasks.pop(state.id), state, happening)
        promise: MakePromise | None = None
        for effect in decision.effects:
            kind = type(effect)
            if kind is OpenTask:
                open_tasks[state.id] = (effect, promise)  # type: ignore[assignment]
            elif kind is MakePromise:
                promise = effect  # type: ignore[assignment]
                if not any(type(e) is OpenTask for e in decision.effects):
                    yield _of_promise(promise, state, OPEN)  # type: ignore[arg-type]
            elif kind is not SendMessage and kind is not AskQuestion and kind not in _SILENT:
                yield _of_other(effect, state, happening.at)
    for state, task, promise in _left_open(open_tasks, turns):
        yield _row_of_task(task, state, OPEN, "")
        if promise is not None:
            yield _of_promise(promise, state, OPEN)


def _left_open(
    open_tasks: dict[int, tuple[OpenTask, MakePromise | None]], turns: Sequence[Turn]
) -> Iterator[tuple[Any, OpenTask, MakePromise | None]]:
    states = {turn[0].id: turn[0] for turn in turns} if open_tasks else {}
    for id_, (task, promise) in open_tasks.items():
        yield states[id_], task, promise


def _of_message(one: Posted) -> Row:
    message, state = one.message, one.state
    what = QUESTION if type(message) is AskQuestion else MESSAGE
    fate = SENT if one.went else REFUSED
    return Row(
        one.at, state.person_id or 0, state.order_id, message.step, what, one.channel, fate, one.reason, message.purpose
    )


def _of_task(held: tuple[OpenTask, MakePromise | None], state: Any, happening: Any) -> Iterator[Row]:
    task, promise = held
    is_done = happening.kind == OUTCOME
    outcome = str(happening.event["data"].get("outcome")) if is_done else ""
    yield _row_of_task(task, state, DONE if is_done else CANCELLED, outcome)
    if promise is not None:
        kept = KEPT if happening.at <= promise.due_at else LATE
        yield _of_promise(promise, state, kept if is_done else CANCELLED)


def _row_of_task(task: OpenTask, state: Any, fate: str, reason: str) -> Row:
    return Row(
        task.not_before, state.person_id or 0, state.order_id, task.step, task.kind, task.team, fate, reason, "", 0,
        task.target_at, task.due_at,
    )  # fmt: skip


def _of_promise(promise: MakePromise, state: Any, fate: str) -> Row:
    return Row(
        promise.begins or promise.due_at, state.person_id or 0, state.order_id, promise.step, PROMISE, promise.kind,
        fate, "", "", 0, None, promise.due_at,
    )  # fmt: skip


def _of_other(effect: Any, state: Any, at: datetime) -> Row:
    """Effects of kinds that the language learnt later show up by themselves, under their own name."""
    name = "".join("_" + c.lower() if c.isupper() else c for c in type(effect).__name__).lstrip("_")
    amount = effect.points if type(effect) is GivePoints else 0
    return Row(at, state.person_id or 0, state.order_id, effect.step, name, _detail(effect), DONE, "", "", amount)


def _detail(effect: Any) -> str:
    """What of it tells one from another: tags, names of fields, a scheme, a host, what a code gives."""
    match effect:
        case TagPerson():
            return " ".join([*(f"+{tag}" for tag in effect.add), *(f"−{tag}" for tag in effect.remove)])
        case SetPersonFields():
            return ", ".join(name for name, _ in effect.values)
        case EnrolPerson():
            return effect.scheme
        case CallWebhook():
            return urlsplit(effect.url).hostname or ""
        case IssueCode():
            return effect.gives
        case _:
            return ""
