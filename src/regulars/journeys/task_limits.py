"""The limits that open tasks get when the working hours of their teams change: those of schemes, of people, and standing ones.

Reads only; which rule a task falls under is decided here, the reckoning is core's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from regulars.base import facts as registry
from regulars.base.db import Cursor
from regulars.core.deadlines import Limits, OpenedTask, limits_anew
from regulars.core.enrolment import StepFailed
from regulars.core.pauses import Left
from regulars.core.scheme import Call, Task
from regulars.core.shifted import Shifted, limits_after_standing, limits_shifted
from regulars.desk import queries as desk
from regulars.desk.pauses import CALLS
from regulars.desk.queries import TaskRow
from regulars.journeys.fact_loading import shop_facts
from regulars.journeys.versions import CompiledVersion, compiled
from regulars.rules.worktime import NoWorkingTime, WorkTime
from regulars.shop import queries as shops
from regulars.shop.settings import ShopSettings

__all__ = ["TaskMove", "task_moves"]


@dataclass(frozen=True, slots=True)
class TaskMove:
    """A task with the limits that it gets."""

    task: TaskRow
    limits: Limits


@dataclass(frozen=True, slots=True)
class _Change:
    """What the tasks are reckoned with: the hours before and after, the shop, and what schemes say of their steps."""

    before: Mapping[str, WorkTime]
    after: Mapping[str, WorkTime]
    shop: ShopSettings
    versions: Mapping[int, CompiledVersion]
    states: Mapping[int, dict[str, dict[str, object]]]
    own: Mapping[str, Any]
    now: datetime


def task_moves(
    cur: Cursor,
    shop_id: int,
    teams: Sequence[str],
    before: Mapping[str, WorkTime],
    after: Mapping[str, WorkTime],
    now: datetime,
    zone: str | None,
) -> tuple[list[TaskMove], int]:
    """The tasks of these teams whose limits change, and how many keep theirs since the hours leave no time for them."""
    found = desk.with_limits(cur, shop_id, teams)
    subjects = [registry.Subject(t.person_id, t.order_id) for t in found]
    known = registry.load(cur, shop_id, subjects, ["person.time_zone"], now) if found else []
    own, shop = shop_facts(cur, shop_id), shops.settings_of(cur, shop_id)
    if zone is not None:
        own, shop = {**own, "time_zone": zone}, replace(shop, time_zone=zone)
    change = _Change(
        before,
        after,
        shop,
        compiled(cur, {t.version_id for t in found if t.version_id is not None}),
        _states(cur, [t.enrolment_id for t in found if t.enrolment_id is not None]),
        {"shop": own, "worktime": dict(after)},
        now,
    )
    moves, kept = [], 0
    for task, facts in zip(found, known, strict=True):
        try:
            limits = _limits(change, task, facts)
        except (StepFailed, NoWorkingTime):
            kept += 1
            continue
        if task.state == "claimed" and not task.stands(now):  # somebody is at it: it is not taken out of his hands
            limits = Limits(task.not_before, limits.target_at, limits.due_at)
        if (
            task.extended and task.due_at is not None and not task.stands(now)
        ):  # a person has set it, and maybe told the buyer
            limits = replace(limits, due_at=task.due_at)
        if (limits.not_before, limits.target_at, limits.due_at) != (task.not_before, task.target_at, task.due_at):
            moves.append(TaskMove(task, limits))
    return moves, kept


def _limits(change: _Change, task: TaskRow, facts: Mapping[str, Any]) -> Limits:
    """Raises StepFailed or NoWorkingTime where the new hours leave no time for it."""
    step = _step(change.versions, task)
    if task.paused_at is None and step is not None:
        return limits_anew(step, _opened(task, change.states), {**facts, **change.own})
    before, after = change.before.get(task.team), change.after.get(task.team)
    if before is None or after is None or task.due_at is None:
        raise NoWorkingTime(f"team {task.team} has no hours to reckon with")
    zones = change.shop.zones_of((facts.get("person") or {}).get("time_zone"))
    given = Shifted(
        why=task.why_next,
        opened_at=task.opened_at,
        not_before=task.not_before,
        target_at=task.target_at,
        due_at=task.due_at,
        zones=zones if task.kind in CALLS else (),
        day=change.shop.day,
    )
    if task.paused_at is None or task.left_limit is None:
        return limits_shifted(given, before, after)
    longest = next((s.longest for s in change.shop.waiting_states if s.key == task.pause), None)
    paused_at = task.paused_at if task.stands(change.now) and longest is not None else None
    not_sooner = task.was_not_before or task.opened_at
    left = Left(task.left_target, task.left_limit)
    return limits_after_standing(given, left, after, paused_at, longest, not_sooner, change.now)


def _step(versions: Mapping[int, CompiledVersion], task: TaskRow) -> Call | Task | None:
    version = versions.get(task.version_id or 0)
    step = version.scheme.steps.get(task.step or "") if version is not None else None
    return step if isinstance(step, Call | Task) and step.team == task.team else None


def _states(cur: Cursor, enrolment_ids: Sequence[int]) -> dict[int, dict[str, dict[str, object]]]:
    rows = cur.execute("select id, data from journeys_enrolment where id = any(%s)", (list(enrolment_ids),))
    return dict(rows.fetchall())


def _opened(task: TaskRow, states: Mapping[int, dict[str, dict[str, object]]]) -> OpenedTask:
    """A retry is told from its enrolment: which outcome led to it, and how often that has come."""
    data = states.get(task.enrolment_id or 0, {})
    outcome = data.get("outcomes", {}).get(task.step or "")
    tries = data.get("tries", {}).get(str(outcome), 0)
    return OpenedTask(
        why=task.why_next,
        opened_at=task.opened_at,
        not_before=task.not_before,
        outcome=None if outcome is None else str(outcome),
        tries=tries if isinstance(tries, int) else 0,
    )
