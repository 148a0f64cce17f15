"""When the working time that runs now, or the next one, ends."""

from datetime import UTC, datetime

import pytest

from regulars.rules.worktime import NoWorkingTime, WorkTime


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = {"mon": ["09:00-13:00", "14:00-18:00"], "tue": ["20:00-24:00"], "wed": ["00:00-02:00"]}
WEEK = WorkTime.from_json({"zone": "UTC", "hours": HOURS})


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-03-02T08:00", "2026-03-02T13:00"),
        ("2026-03-02T12:59", "2026-03-02T13:00"),
        ("2026-03-02T13:00", "2026-03-02T18:00"),
        ("2026-03-02T18:00", "2026-03-04T02:00"),
        ("2026-03-03T23:00", "2026-03-04T02:00"),
    ],
)
def test_the_closing_of_what_runs_or_comes_next(now: str, end: str) -> None:
    assert WEEK.next_end(at(now)) == at(end)


def test_who_never_closes_or_never_opens_has_no_end() -> None:
    always = WorkTime.from_json({"zone": "UTC", "hours": {day: ["00:00-24:00"] for day in DAYS}})
    for hours in (always, WorkTime("UTC", {})):
        with pytest.raises(NoWorkingTime):
            hours.next_end(at("2026-03-02T08:00"))
