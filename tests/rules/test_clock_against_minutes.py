"""The clock of tasks equals a count of minutes, over random calendars in zones whose clocks do strange things, to the second."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.core.pauses import Left, gone_on, left_of
from regulars.rules.worktime import NoWorkingTime, WorkTime, move_into_both
from tests.examples import examples
from tests.rules.minute_clock import DAY, MinuteClock, Spans

ZONES = (
    "Australia/Lord_Howe",  # half an hour at the change
    "Pacific/Chatham",  # +12:45, +13:45
    "Asia/Kathmandu",  # +5:45
    "America/St_Johns",  # -3:30, changes
    "Europe/London",
    "America/Havana",  # changes at midnight
    "Asia/Vladivostok",
    "Europe/Kaliningrad",
    "Pacific/Kiritimati",  # +14
    "Pacific/Niue",  # -11
)

# days about the changes of these clocks in 2026, and some quiet ones
FIRSTS = (date(2026, 3, 7), date(2026, 3, 28), date(2026, 4, 4), date(2026, 9, 26), date(2026, 10, 3), date(2026, 10, 24),
          date(2026, 10, 31), date(2026, 6, 10))  # fmt: skip
DAYS = 8
SECOND = timedelta(seconds=1)


def _wall(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


@st.composite
def spans(draw: st.DrawFn) -> Spans:
    """Up to three spans in order; the last may reach over midnight, and there is the whole day."""
    edges = sorted(draw(st.lists(st.integers(0, 1439), max_size=6, unique=True)))
    found = [(_wall(a), _wall(b)) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    if found and edges[0] and draw(st.booleans()):
        found[-1] = (found[-1][0], _wall(draw(st.integers(0, edges[0] - 1))))
    elif not found and draw(st.integers(0, 3)) == 0:
        found = [(time(0), time(0))]
    return tuple(found)


@st.composite
def cases(draw: st.DrawFn) -> tuple[WorkTime, MinuteClock, datetime, datetime]:
    """A calendar as the product and as the minutes have it, and two moments, the later one last."""
    zone, first = draw(st.sampled_from(ZONES)), draw(st.sampled_from(FIRSTS))
    hours = {weekday: draw(spans()) for weekday in range(7)}
    near = [first + n * DAY for n in range(-1, DAYS)]
    off = frozenset(draw(st.lists(st.sampled_from(near), max_size=3)))
    extra = draw(st.dictionaries(st.sampled_from(near), spans(), max_size=3))
    reference = MinuteClock(zone, hours, off, extra, first, DAYS)
    seconds = st.integers(2 * 86400, (DAYS - 3) * 86400)
    one, two = sorted([draw(seconds), draw(seconds)])
    begin = datetime.combine(first, time(0), UTC)
    return WorkTime(zone, hours, off, extra), reference, begin + one * SECOND, begin + two * SECOND


slow = settings(
    max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@slow
@given(cases(), st.integers(0, 5 * 3600))
def test_every_reckoning_equals_the_count_of_minutes(
    case: tuple[WorkTime, MinuteClock, datetime, datetime], seconds: int
) -> None:
    hours, minutes, a, b = case
    amount = seconds * SECOND
    assert hours.is_open(a) == minutes.is_open(a)
    assert hours.between(a, b) == minutes.between(a, b)
    assert hours.between(b, a) == -minutes.between(a, b)
    if (there := minutes.add(a, amount)) is not None:
        assert hours.add(a, amount) == there
    if (opens := minutes.next_start(a)) is not None:
        assert hours.next_start(a) == opens
    if (before := minutes.back(b, amount)) is not None:
        assert hours.back(b, amount) == before
        assert hours.between(before, b) == amount
    if (closed := minutes.previous_end(b)) is not None:
        assert hours.previous_end(b) == closed


@slow
@given(
    cases(),
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=3),
    st.sampled_from([(time(9), time(21)), (time(21), time(9)), (time(10), time(10)), (time(8, 30), time(12))]),
)
def test_the_first_moment_that_is_work_here_and_day_there_is_the_first_such_minute(
    case: tuple[WorkTime, MinuteClock, datetime, datetime], zones: list[str], day: tuple[time, time]
) -> None:
    hours, minutes, a, _ = case
    found = minutes.first_in_days(a, zones, *day)
    if found is not None:
        assert move_into_both(a, hours, zones, day) == found


@slow
@given(cases(), st.integers(-4 * 3600, 8 * 3600), st.integers(0, 3 * 86400))
def test_a_pause_leaves_exactly_what_was_left(
    case: tuple[WorkTime, MinuteClock, datetime, datetime], to_limit: int, stands_for: int
) -> None:

    hours, minutes, opened, paused_at = case
    try:
        due = hours.add(opened, abs(to_limit) * SECOND) if to_limit >= 0 else hours.back(opened, -to_limit * SECOND)
    except NoWorkingTime:
        return
    left = left_of(hours, paused_at, due, due)
    assert left.limit is not None
    if minutes.begin <= due <= minutes.at(minutes.minutes - 1):
        counted = minutes.between(paused_at, due) if due >= paused_at else -minutes.between(due, paused_at)
        if counted or due <= paused_at:
            assert left.limit == counted
    begins = paused_at + stands_for * SECOND
    _, new = gone_on(hours, begins, left)
    assert new is not None
    expected = minutes.add(begins, left.limit) if left.limit >= timedelta(0) else minutes.back(begins, -left.limit)
    if expected is not None:
        assert new == expected


@slow
@given(cases())
def test_a_pause_of_no_time_changes_nothing(case: tuple[WorkTime, MinuteClock, datetime, datetime]) -> None:
    hours, _, opened, paused_at = case
    try:
        due = hours.add(opened, timedelta(hours=2))
    except NoWorkingTime:
        return
    left = left_of(hours, paused_at, None, due)
    if left.limit is not None and left.limit > timedelta(0):
        assert gone_on(hours, paused_at, Left(None, left.limit)) == (None, due)
