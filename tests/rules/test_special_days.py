"""Special days over the week: by hand wins over a calendar file, that over holidays, all over the week."""

from datetime import date, time
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.special_days import FEED, HAND, HOLIDAYS, OFF, OPEN, SOURCES, USUAL, Special, layered
from regulars.rules.worktime import Spans, WorkTime

NINE_SIX: Spans = ((time(9), time(18)),)
TEN_TWO: Spans = ((time(10), time(14)),)
FRIDAY: Spans = ((time(9), time(13)), (time(14), time(16)))
WEEK = {**dict.fromkeys(range(4), NINE_SIX), 4: FRIDAY}
MONDAY, SATURDAY, SUNDAY = date(2026, 3, 9), date(2026, 3, 14), date(2026, 3, 15)


def _hours(hours: WorkTime, day: date) -> Spans:
    found = hours.extra.get(day)
    return tuple(found if found is not None else () if day in hours.days_off else hours.hours.get(day.weekday(), ()))


def _laid(*specials: Special) -> WorkTime:
    return layered("UTC", WEEK, specials)


def test_each_layer_wins_over_the_one_below_in_any_order() -> None:
    holiday = Special(MONDAY, HOLIDAYS, OFF)
    feed = Special(MONDAY, FEED, OPEN, TEN_TWO)
    hand = Special(MONDAY, HAND, USUAL)
    assert _hours(_laid(), MONDAY) == NINE_SIX
    assert _hours(_laid(holiday), MONDAY) == ()
    for both in permutations([holiday, feed]):
        assert _hours(_laid(*both), MONDAY) == TEN_TWO
    for all_three in permutations([holiday, feed, hand]):
        assert _hours(_laid(*all_three), MONDAY) == NINE_SIX, "by hand: worked as every Monday"


def test_of_two_calendar_files_the_day_off_wins() -> None:
    for both in permutations([Special(MONDAY, FEED, OPEN, TEN_TWO), Special(MONDAY, FEED, OFF)]):
        assert _hours(_laid(*both), MONDAY) == ()


def test_a_working_saturday_has_fridays_hours_and_a_sunday_too() -> None:
    assert _hours(_laid(Special(SATURDAY, HOLIDAYS, USUAL)), SATURDAY) == FRIDAY
    assert _hours(_laid(Special(SUNDAY, HOLIDAYS, USUAL)), SUNDAY) == FRIDAY


def test_a_shop_that_works_on_saturdays_keeps_its_saturday() -> None:
    hours = layered("UTC", {**WEEK, 5: TEN_TWO}, [Special(SATURDAY, HOLIDAYS, USUAL)])
    assert hours.extra == {} and _hours(hours, SATURDAY) == TEN_TWO


def test_no_week_at_all_has_no_usual_day() -> None:
    assert _hours(layered("UTC", {}, [Special(SATURDAY, HOLIDAYS, USUAL)]), SATURDAY) == ()


@given(
    st.lists(
        st.builds(
            lambda day, source, what: Special(day, source, what, TEN_TWO if what == OPEN else ()),
            st.dates(date(2026, 3, 1), date(2026, 3, 14)),
            st.sampled_from(SOURCES),
            st.sampled_from([OFF, OPEN, USUAL]),
        ),
        max_size=30,
    )
)
def test_the_first_source_that_speaks_decides(specials: list[Special]) -> None:
    hours = layered("UTC", WEEK, specials)
    for day in {s.day for s in specials}:
        said = next([s for s in specials if s.day == day and s.source == source] for source in SOURCES
                    if any(s.day == day and s.source == source for s in specials))  # fmt: skip
        kinds = {s.what for s in said}
        usual = WEEK.get(day.weekday()) or FRIDAY
        expected: Spans = () if OFF in kinds else TEN_TWO if OPEN in kinds else usual
        assert _hours(hours, day) == expected
