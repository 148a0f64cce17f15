"""When somebody above hears of a task: in order, never twice, never too early, and along with limits that move."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.escalation import FRESH, look, soon_at
from regulars.rules.worktime import WorkTime

DAY = WorkTime.from_json({"zone": "UTC", "hours": {d: ["09:00-18:00"] for d in ("mon", "tue", "wed", "thu", "fri")}})
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
EVERY = timedelta(hours=2)
minutes = st.integers(0, 7 * 24 * 60).map(lambda n: MONDAY + timedelta(minutes=n))


def test_a_quarter_of_the_time_from_target_to_limit_is_left() -> None:
    at = soon_at(MONDAY.replace(hour=10), MONDAY.replace(hour=11), DAY, 0.25)
    assert at == MONDAY.replace(hour=10, minute=45)


def test_the_quarter_is_of_working_time() -> None:
    friday = MONDAY + timedelta(days=4)
    at = soon_at(friday.replace(hour=16), friday + timedelta(days=3, hours=11), DAY, 0.25)
    assert at == friday + timedelta(days=3, hours=10), "four working hours over a weekend: one is left at ten on Monday"


def _told(target: datetime, due: datetime, moments: list[datetime], stage: int = FRESH) -> list[tuple[str, datetime]]:
    out = []
    for now in moments:
        seen = look(stage, target, target, due, DAY, now, share=0.25, every=EVERY)
        stage = seen.stage
        if seen.kind:
            out.append((seen.kind, now))
    return out


def test_a_task_that_nobody_does_is_told_of_in_order_and_again_each_two_working_hours() -> None:
    start = MONDAY.replace(hour=10)
    moments, stage = [start], FRESH
    while len(moments) < 8:
        seen = look(stage, start, None, start + timedelta(hours=1), DAY, moments[-1], share=0.25, every=EVERY)
        stage = seen.stage
        assert seen.at is not None and seen.at > moments[-1]
        moments.append(seen.at)
    told = _told(start, start + timedelta(hours=1), moments)
    assert [(kind, at.strftime("%a %H:%M")) for kind, at in told] == [
        ("task_fresh", "Mon 10:00"),
        ("task_soon", "Mon 10:45"),
        ("task_late", "Mon 11:00"),
        ("task_late", "Mon 13:00"),
        ("task_late", "Mon 15:00"),
        ("task_late", "Mon 17:00"),
        ("task_late", "Tue 10:00"),
        ("task_late", "Tue 12:00"),
    ]


@given(begins=minutes, length=st.integers(1, 3000), asked=st.lists(minutes, min_size=1, max_size=40))
def test_asked_at_any_moments_it_says_nothing_twice_and_nothing_early(
    begins: datetime, length: int, asked: list[datetime]
) -> None:
    due = begins + timedelta(minutes=length)
    told = _told(begins, due, sorted(asked))
    kinds = [kind for kind, _ in told]
    assert kinds.count("task_fresh") <= 1 and kinds.count("task_soon") <= 1
    assert all(at >= begins for _, at in told)
    assert all(at >= due for kind, at in told if kind == "task_late")
    assert all(soon_at(begins, due, DAY, 0.25) <= at < due for kind, at in told if kind == "task_soon")
    late = [at for kind, at in told if kind == "task_late"]
    assert all(DAY.between(due, b) // EVERY > DAY.between(due, a) // EVERY for a, b in itertools.pairwise(late))


@given(begins=minutes, length=st.integers(1, 600), more=st.integers(1, 600), at=st.integers(0, 600))
def test_a_limit_that_moves_away_is_told_of_anew(begins: datetime, length: int, more: int, at: int) -> None:
    due = begins + timedelta(minutes=length)
    now = due + timedelta(minutes=at)
    late = look(1, begins, begins, due, DAY, now, share=0.25, every=EVERY)
    assert late.kind == "task_late"
    moved = now + timedelta(minutes=more)
    seen = look(late.stage, begins, begins, moved, DAY, now, share=0.25, every=EVERY)
    assert seen.kind is None and seen.stage in (0, 1) and seen.at is not None
    again = look(seen.stage, begins, begins, moved, DAY, moved, share=0.25, every=EVERY)
    assert again.kind == "task_late"
