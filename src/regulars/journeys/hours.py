"""What a change of working hours moves: waits that run in working time, and the limits of open tasks.

Reads only, so that it can be shown before it is done; `actions.hours_changed` does it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.base import facts as registry
from regulars.base.db import Cursor
from regulars.core.deadlines import Limits, OpenedTask, limits_anew
from regulars.core.delays import Delay, NextMorning, Working, WorkingDays
from regulars.core.enrolment import StepFailed
from regulars.core.scheme import Ask, Call, Step, Task, Wait, WaitFor
from regulars.desk import queries as desk
from regulars.desk.queries import TaskRow
from regulars.journeys.fact_loading import shop_facts
from regulars.journeys.models import ACTIVE
from regulars.journeys.versions import CompiledVersion, compiled
from regulars.rules.worktime import WorkTime

__all__ = ["Moves", "TaskMove", "changed_teams", "moves_between", "waiting_persons"]

_WORKING = (Working, WorkingDays, NextMorning)


@dataclass(frozen=True, slots=True)
class TaskMove:
    """A task with the limits that it gets."""

    task: TaskRow
    limits: Limits


@dataclass(frozen=True, slots=True)
class Moves:
    """`waits`: people whose wait runs in working time and is reckoned anew. `tasks`: those whose limits change.

    `kept`: open tasks of these teams that keep their limits, since the new hours would leave no time for them.
    """

    waits: int
    tasks: Sequence[TaskMove]
    kept: int

    @property
    def any(self) -> bool:
        """Whether something moves at all."""
        return bool(self.waits or self.tasks)


def moves_between(
    cur: Cursor,
    shop_id: int,
    before: Mapping[str, WorkTime],
    after: Mapping[str, WorkTime],
    now: datetime,
    zone: str | None = None,
) -> Moves:
    """What moves when the hours by team go from `before` to `after`; `zone`: the shop's, should that change too."""
    teams = changed_teams(before, after)
    if not teams:
        return Moves(0, (), 0)
    tasks, kept = _task_moves(cur, shop_id, teams, after, now, zone)
    return Moves(len(waiting_persons(cur, shop_id, teams)), tasks, kept)


def changed_teams(before: Mapping[str, WorkTime], after: Mapping[str, WorkTime]) -> list[str]:
    """The teams whose hours are not the same."""
    return sorted(t for t in {*before, *after} if before.get(t) != after.get(t))


def waiting_persons(cur: Cursor, shop_id: int, teams: Sequence[str]) -> list[int]:
    """People who stand at a step that waits in the working time of one of these teams, by id."""
    ids = {r[0] for r in cur.execute("select id from journeys_version where shop_id = %s", (shop_id,))}
    steps = [
        (version.id, name)
        for version in compiled(cur, ids).values()
        for name, step in version.scheme.steps.items()
        if _waits_in_working_time(step, teams)
    ]
    if not steps:
        return []
    rows = cur.execute(
        "select distinct e.person_id from unnest(%s::bigint[], %s::text[]) as t(v, s)"
        " join journeys_enrolment e on e.version_id = t.v and e.step = t.s where e.shop_id = %s and e.status = %s"
        " order by 1",
        ([v for v, _ in steps], [s for _, s in steps], shop_id, ACTIVE),
    )
    return [r[0] for r in rows]


def _waits_in_working_time(step: Step, teams: Sequence[str]) -> bool:
    delay: Delay | None
    match step:
        case Wait():
            delay = step.delay
        case WaitFor() | Ask():
            delay = step.up_to
        case _:
            return False
    return isinstance(delay, _WORKING) and step.team in teams


def _task_moves(
    cur: Cursor, shop_id: int, teams: Sequence[str], after: Mapping[str, WorkTime], now: datetime, zone: str | None
) -> tuple[list[TaskMove], int]:
    found = desk.of_schemes(cur, shop_id, teams)
    versions = compiled(cur, {t.version_id for t in found if t.version_id is not None})
    states = _states(cur, [t.enrolment_id for t in found if t.enrolment_id is not None])
    subjects = [registry.Subject(t.person_id, t.order_id) for t in found]
    known = registry.load(cur, shop_id, subjects, ["person.time_zone"], now) if found else []
    shop = shop_facts(cur, shop_id)
    own = {"shop": shop if zone is None else {**shop, "time_zone": zone}, "worktime": dict(after)}
    moves, kept = [], 0
    for task, facts in zip(found, known, strict=True):
        step = _step(versions, task)
        if step is None:
            kept += 1
            continue
        try:
            limits = limits_anew(step, _opened(task, states), {**facts, **own})
        except StepFailed:
            kept += 1
            continue
        if task.state == "claimed":  # somebody is at it: it is not taken out of his hands
            limits = Limits(task.not_before, limits.target_at, limits.due_at)
        if (limits.not_before, limits.target_at, limits.due_at) != (task.not_before, task.target_at, task.due_at):
            moves.append(TaskMove(task, limits))
    return moves, kept


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
