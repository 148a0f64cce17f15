"""The clock of a task and the hours for a call-back: in working time, by the buyer's day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from regulars.desk.queries import TaskRow
from regulars.rules.worktime import WorkTime
from regulars.shop.settings import read_settings
from regulars.web.desk import picker
from regulars.web.desk.clocks import clock_of
from regulars.web.say import Say

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHOP = read_settings((1, "s", "Shop", "UTC", "RU", "RUB", ["en"], {}, {}))
HOURS = WorkTime.from_json({"zone": "UTC", "hours": {d: ["09:00-13:00", "14:00-20:00"] for d in ("mon", "tue", "fri")}})


def say(now: datetime = NOON, language: str = "en") -> Say:
    return Say(language, "UTC", "RUB", now)


def task(**fields: object) -> TaskRow:
    plain = TaskRow(
        id=1, shop_id=1, person_id=1, order_id=None, enrolment_id=None, version_id=None, step=None, visit=None, attempt=1,
        kind="call", script=None, title={}, team="t", state="open", outcomes=[], call_at_needed=[], why_next="fresh",
        not_before=NOON, target_at=NOON + timedelta(minutes=15), due_at=NOON + timedelta(hours=1), opened_at=NOON,
        claimed_by=None, claimed_at=None, outcome=None, note="", call_at=None, finished_by=None, finished_at=None,
        settles_at=None, banner=None,
    )  # fmt: skip
    return replace(plain, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minutes", "tone", "icon", "text"),
    [
        (0, "ok", "timer", "15 min"),
        (11, "ok", "timer", "4 min"),
        (12, "soon", "hourglass", "3 min"),
        (14.5, "soon", "hourglass", "30 s"),
        (15, "soon", "hourglass", "45 min"),
        (60, "late", "alarm-clock", "1 min late"),
    ],
)
def test_a_clock_says_by_shape_number_and_word(minutes: float, tone: str, icon: str, text: str) -> None:
    found = clock_of(task(), None, say(NOON + timedelta(minutes=minutes)))
    assert (found.tone, found.icon, found.text) == (tone, icon, text)


def test_a_clock_runs_in_working_time_and_stands_outside_it() -> None:
    over_lunch = task(target_at=NOON + timedelta(hours=2, minutes=30), due_at=NOON + timedelta(hours=4))
    assert clock_of(over_lunch, HOURS, say()).text == "1 h", "an hour of the two and a half is lunch"
    lunch = clock_of(over_lunch, HOURS, say(NOON + timedelta(minutes=90)))
    assert (lunch.tone, lunch.icon, lunch.text, lunch.to) == ("stop", "pause", "stands", "until 14:00")
    late = task(target_at=None, due_at=NOON + timedelta(minutes=30))
    assert clock_of(late, HOURS, say(NOON + timedelta(hours=2, minutes=10))).text == "40 min late"


def test_what_waits_for_its_time_says_when() -> None:
    later = task(not_before=NOON + timedelta(hours=3))
    assert clock_of(later, HOURS, say()).tone == "stop"
    retry = clock_of(replace(later, why_next="retry"), HOURS, say())
    assert (retry.icon, retry.text) == ("timer", "15:00")
    assert clock_of(task(due_at=None), HOURS, say()).text == ""


def test_hours_offered_are_those_when_we_work_and_it_is_day_there() -> None:
    days = picker.days(SHOP, HOURS, "Asia/Vladivostok", say())
    assert [(d.weekday, d.number) for d in days] == [("Tue", 3), ("Fri", 6), ("Mon", 9), ("Tue", 10)]
    slots = {s.text: s.no for s in days[0].slots}
    assert slots["18:30"] == "outside our hours" and slots["19:00"] == "" and slots["20:30"] == ""
    assert slots["21:00"] == "night there"
    assert days[0].slots[1].value == "2026-03-03T19:00" and days[0].slots[1].here == "09:00"


def test_a_long_day_goes_by_the_hour_and_what_is_over_is_struck_through() -> None:
    days = picker.days(SHOP, HOURS, "UTC", say(NOON + timedelta(hours=2, minutes=10)))
    today, tomorrow = ({s.text: s.no for s in d.slots} for d in days[:2])
    first, *_, last = today
    assert (first, last) == ("14:00", "20:00")
    assert (today["14:00"], today["14:30"], today["20:00"]) == ("over", "", "outside our hours")
    assert [hour for hour, no in tomorrow.items() if no] == ["08:00", "13:00", "20:00"], "lunch, too"
    assert list(tomorrow)[:3] == ["08:00", "09:00", "10:00"]
    assert all(len(d.slots) <= picker.MOST_SLOTS and any(not s.no for s in d.slots) for d in days)


def test_a_moment_is_said_in_both_zones_and_in_both_languages() -> None:
    wall = datetime.fromisoformat("2026-03-04T18:30")
    assert picker.moment_words(SHOP, None, "Asia/Vladivostok", say(), wall) == (
        "Wednesday, 4 March, 18:30 there, 08:30 here",
        "",
    )
    with translation.override("ru"):
        text, _ = picker.moment_words(SHOP, None, "Asia/Vladivostok", say(language="ru"), wall)
        assert text.replace("\u00a0", " ") == "Среда, 4 марта, 18:30 у покупателя, 08:30 у нас"
    assert picker.moment_words(SHOP, None, "UTC", say(), wall)[0] == "Wednesday, 4 March, 18:30"


def test_a_paused_clock_stands_until_it_goes_on_by_itself() -> None:
    until = NOON + timedelta(hours=4)
    times = {"not_before": until, "target_at": until + timedelta(minutes=15), "due_at": until + timedelta(hours=1)}
    paused = task(pause="supplier", paused_at=NOON, why_next="retry", **times)
    found = clock_of(paused, None, say(NOON + timedelta(minutes=5)))
    assert (found.tone, found.icon, found.text, found.to) == ("stop", "pause", "stands", "until 16:00")
    assert clock_of(paused, None, say(until)).tone == "ok"
