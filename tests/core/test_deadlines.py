"""An open task's limits, reckoned anew: the same hours give the same limits, other hours what they would have given."""

from datetime import UTC, datetime, time, timedelta

from regulars.core.deadlines import Limits, OpenedTask, limits_anew
from regulars.core.read import read_scheme
from regulars.core.scheme import Call, Task
from regulars.rules.worktime import WorkTime

SCHEME = """\
scheme: t
per: order
starts: order.placed
steps:
  call:
    call: {script: confirm-order, target: 15m working, within: 1h working, team: order-desk}
    outcomes:
      ok: work
      no_answer: {again: [15m, next morning], then: end}
      not_today: {call_again: asked}
  work:
    task: {kind: case, within: 2h working, team: order-desk}
"""


def _step(name: str) -> Call | Task:
    scheme = read_scheme(SCHEME).scheme
    assert scheme is not None
    step = scheme.steps[name]
    assert isinstance(step, Call | Task)
    return step


def _facts(start: int, end: int, off: frozenset[object] = frozenset()) -> dict[str, object]:
    hours = WorkTime("UTC", {d: ((time(start), time(end)),) for d in range(7)}, off)  # type: ignore[arg-type]
    return {"worktime": {"order-desk": hours}, "shop": {"time_zone": "UTC"}, "person": {}}


def _at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def test_the_same_hours_change_nothing() -> None:
    task = OpenedTask("fresh", opened_at=_at(17, 30), not_before=_at(17, 30))
    assert limits_anew(_step("call"), task, _facts(9, 18)) == Limits(_at(17, 30), _at(17, 45), _at(9, 30, day=3))


def test_longer_and_shorter_hours_move_the_limit() -> None:
    task = OpenedTask("fresh", opened_at=_at(17, 30), not_before=_at(17, 30))
    assert limits_anew(_step("call"), task, _facts(9, 20)).due_at == _at(18, 30)
    assert limits_anew(_step("call"), task, _facts(9, 17)) == Limits(
        _at(9, 0, day=3), _at(9, 15, day=3), _at(10, 0, day=3)
    )


def test_a_night_order_begins_when_the_new_morning_does() -> None:
    task = OpenedTask("fresh", opened_at=_at(3), not_before=_at(9))
    assert limits_anew(_step("call"), task, _facts(11, 18)).not_before == _at(11)


def test_a_day_off_moves_it_to_the_next_day() -> None:
    task = OpenedTask("fresh", opened_at=_at(12), not_before=_at(12))
    off = frozenset({_at(0).date()})
    assert limits_anew(_step("work"), task, _facts(9, 18, off)).due_at == _at(11, 0, day=3)


def test_the_hour_that_the_buyer_asked_for_is_his() -> None:
    task = OpenedTask("asked", opened_at=_at(12), not_before=_at(16))
    assert limits_anew(_step("call"), task, _facts(9, 15)) == Limits(_at(16), _at(16, 15), _at(16, 15))
    assert limits_anew(_step("call"), task, _facts(9, 18)) == Limits(_at(16), _at(16, 15), _at(16, 15))


def test_a_retry_runs_from_its_plan() -> None:
    task = OpenedTask("retry", opened_at=_at(12), not_before=_at(9, 0, day=3), outcome="no_answer", tries=2)
    assert limits_anew(_step("call"), task, _facts(10, 18)).not_before == _at(10, 0, day=3)
    first = OpenedTask("retry", opened_at=_at(12), not_before=_at(12, 15), outcome="no_answer", tries=1)
    assert limits_anew(_step("call"), first, _facts(9, 18)) == Limits(_at(12, 15), _at(12, 30), _at(12, 30))


def test_what_is_written_a_moment_later_is_no_other_time() -> None:
    opened = _at(12) + timedelta(seconds=1)
    task = OpenedTask("retry", opened_at=opened, not_before=_at(12, 15), outcome="no_answer", tries=1)
    assert limits_anew(_step("call"), task, _facts(9, 18)).not_before == _at(12, 15)
