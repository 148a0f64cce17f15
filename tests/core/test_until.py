"""Waiting for a day: by the buyer's calendar, across changes of the clock, of birthdays the next one."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from regulars.core.explain import explain
from regulars.core.needs import wants
from regulars.core.read import read_scheme

HEAD = "scheme: t\nper: order\nstarts: order.placed\nsteps:\n"


def text(wait: str, more: str = "") -> str:
    return f"{HEAD}  pause:\n    wait: {{{wait}}}\n{more}  then-letter:\n    send: in-time\n    then: end\n"


LATE = "    on_timeout: late-letter\n"
LETTER = "  late-letter:\n    send: late\n"


@pytest.mark.parametrize(
    ("wait", "due"),
    [
        ("until: 2026-12-24, at: '10:00 local'", "2026-12-24 10:00"),
        ("until: 2026-12-24", "2026-12-24 00:00"),
        ("until: 2026-12-24, before: 7d, at: '10:00 local'", "2026-12-17 10:00"),
        ("until: 2026-12-24, after: 36h", "2026-12-25 12:00"),
        ("until: person.birthday, at: '10:00 local'", "2027-02-28 10:00"),
        ("until: person.birthday, before: 7d, at: '10:00 local'", "2027-02-21 10:00"),
        ("until: order.window.from, after: 2d", "2026-03-12 18:30"),
        ("until: order.window.from, after: 2d, at: '11:00 local'", "2026-03-12 11:00"),
        ("until: order.window.from, before: 3h", "2026-03-10 15:30"),
        ("until: person.fields.wedding, before: 1d, at: '12:00 local'", "2026-06-05 12:00"),
    ],
)
def test_the_moment_is_the_buyers(journey, wait: str, due: str) -> None:
    road = journey(
        text(wait),
        person={
            "time_zone": "Asia/Vladivostok",
            "birthday": date(1988, 2, 29),
            "fields": {"wedding": date(2026, 6, 6)},
        },
        order={"window": {"from": "2026-03-10T08:30:00+00:00"}},
    )
    road.starts()
    assert road.due() == due
    road.wakes()
    assert road.letters() == ["in-time"] and road.codes()[1:3] == ["waits_until", "waited"]


@pytest.mark.parametrize(
    ("zone", "wait", "utc"),
    [
        # the clock skips 02:30 on that day: by RFC 5545 it is 03:30 of the new time
        ("Europe/Berlin", "until: 2026-03-29, at: '02:30 local'", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        # it comes twice: the first one
        ("Europe/Berlin", "until: 2026-10-25, at: '02:30 local'", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        # days are those of the calendar, whatever hours the night between them has
        ("Europe/Berlin", "until: 2026-03-30, before: 2d, at: '10:00 local'", datetime(2026, 3, 28, 9, 0, tzinfo=UTC)),
        # this day began at one o'clock there
        ("America/Havana", "until: 2026-03-08", datetime(2026, 3, 8, 5, 0, tzinfo=UTC)),
    ],
)
def test_a_change_of_the_clock_moves_nothing(journey, zone: str, wait: str, utc: datetime) -> None:
    road = journey(text(wait), zone=zone)
    road.starts()
    assert road.state.due_at == utc


def test_what_is_unknown_or_past_goes_on_at_once_by_its_own_way(journey) -> None:
    unknown = journey(text("until: person.birthday", LATE) + LETTER)
    unknown.starts()
    assert unknown.letters() == ["late"]
    assert "pause: Goes on at once: person.birthday isn't known. → late-letter" in explain(unknown.decisions[0].reasons)
    past = journey(text("until: 2026-03-02, at: '10:00 local'", LATE) + LETTER)
    past.starts()
    assert past.letters() == ["late"] and past.codes()[1] == "until_past"
    plain = journey(text("until: 2026-03-01"))
    plain.starts()
    assert plain.letters() == ["in-time"] and plain.codes()[1] == "until_past"


def test_a_birthday_means_the_next_one_also_for_whoever_congratulates_each_year(journey) -> None:
    yearly = HEAD + (
        "  day:\n    wait: {until: person.birthday, at: '10:00 local'}\n    on_timeout: end\n"
        "  letter:\n    send: congratulations\n    then: day\n"
    )
    road = journey(
        yearly, person={"time_zone": "Asia/Vladivostok", "birthday": date(1988, 3, 2)}, at="2026-03-02 09:00"
    )
    road.starts()
    days = []
    for _ in range(3):
        days.append(road.due())
        road.wakes()
    assert days == ["2026-03-02 10:00", "2027-03-02 10:00", "2028-03-02 10:00"]
    assert len(road.letters()) == 3
    unknown = journey(yearly)
    unknown.starts()
    assert unknown.state.ended_at is not None


def test_without_a_way_for_unknown_birthdays_the_yearly_loop_is_refused() -> None:
    loop = HEAD + "  day:\n    wait: {until: person.birthday}\n  letter:\n    send: x\n    then: day\n"
    assert [p.code for p in read_scheme(loop).problems] == ["loop_without_wait"]


def test_another_window_moves_the_wait_and_one_that_has_passed_goes_on(journey) -> None:
    road = journey(
        text("until: order.window.from, after: 2d", LATE) + LETTER,
        order={"window": {"from": "2026-03-10T08:30:00+00:00"}},
    )
    road.starts()
    assert "order.changed" in wants(road.scheme, "pause") and "person.changed" in wants(road.scheme, "pause")
    road.facts["order"]["window"]["from"] = "2026-03-20T08:30:00+00:00"
    road.gets("order.changed")
    assert road.due() == "2026-03-22 18:30" and road.codes()[-1] == "computed_anew"
    road.facts["order"]["window"]["from"] = "2026-02-20T08:30:00+00:00"
    road.gets("order.changed")
    assert road.letters() == ["late"]
    gone = journey(
        text("until: order.window.from", LATE) + LETTER, order={"window": {"from": "2026-03-10T08:30:00+00:00"}}
    )
    gone.starts()
    del gone.facts["order"]["window"]
    gone.gets("order.changed")
    assert gone.letters() == ["late"] and "until_unknown" in gone.codes()


@pytest.mark.parametrize(
    ("wait", "code"),
    [
        ("until: some day", "until_unknown"),
        ("until: 2026-02-30", "day_unknown"),
        ("until: 2026-02-20, before: soon", "delay_not_plain"),
        ("until: 2026-02-20, before: 1d, after: 2d", "before_and_after"),
        ("until: 2026-02-20, after: {event: order.paid}", "delay_not_plain"),
        ("until: 2026-02-20, days: 3", "key_not_here"),
        ("days: 3, before: 2d", "key_not_here"),
        ("until: 2026-02-20, at: noon", "hour_unknown"),
    ],
)
def test_what_is_wrong_is_said(wait: str, code: str) -> None:
    assert [p.code for p in read_scheme(text(wait)).problems] == [code]
