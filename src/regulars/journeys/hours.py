"""What a change of working hours moves: waits that run in working time, and the limits of open tasks.

Reads only, so that it can be shown before it is done; `actions.hours_changed` does it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.base.db import Cursor
from regulars.core.delays import Delay, NextMorning, Working, WorkingDays
from regulars.core.scheme import Ask, Step, Wait, WaitFor
from regulars.journeys.models import ACTIVE
from regulars.journeys.task_limits import TaskMove, task_moves
from regulars.journeys.versions import compiled
from regulars.rules.worktime import WorkTime

__all__ = ["Moves", "TaskMove", "changed_teams", "moves_between", "waiting_persons"]

_WORKING = (Working, WorkingDays, NextMorning)


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
    tasks, kept = task_moves(cur, shop_id, teams, before, after, now, zone)
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
