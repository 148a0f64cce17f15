"""Can the desk do it: the queue played by what is counted, and the usual week."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.desk_load import play, usual_week

work = st.dictionaries(
    st.tuples(st.integers(0, 50), st.integers(0, 20), st.integers(0, 20)).map(
        lambda t: (t[0], t[0] + t[1], t[0] + t[1] + t[2])
    ),
    st.integers(1, 5),
    max_size=12,
)


@given(work)
def test_whoever_has_hands_enough_is_never_late(found: dict[tuple[int, int, int], int]) -> None:
    served = play(found, lambda bucket: 1000.0)
    assert (served.total, served.late, served.missed) == (sum(found.values()), 0, 0)


@given(work, st.sampled_from([0.0, 0.3, 1.0, 2.5]))
def test_all_is_accounted_for_and_more_hands_never_hurt(found: dict[tuple[int, int, int], int], hands: float) -> None:
    few, more = play(found, lambda bucket: hands), play(found, lambda bucket: hands + 2)
    assert few.total == more.total == sum(found.values())
    assert more.late <= few.late <= few.missed <= few.total
    assert sum(few.late_begun.values()) == few.late
    if hands == 0:
        assert few.late == few.total


def test_who_is_due_first_is_served_first() -> None:
    served = play({(0, 5, 9): 1, (0, 1, 1): 1}, lambda bucket: 1.0)
    assert served.late == 0
    assert play({(0, 0, 0): 2}, lambda bucket: 1.0).late == 1


def test_a_usual_week_says_the_mean_and_the_fullest() -> None:
    monday = datetime(2026, 3, 2, 9, tzinfo=UTC)
    begun = Counter({int((monday + timedelta(days=7 * n)).timestamp()) // 300: count for n, count in enumerate((2, 6))})
    cells = usual_week(
        begun.items(), 300, UTC, monday, monday + timedelta(days=14), lambda day, hour: 3.0 * (hour == 9)
    )
    assert len(cells) == 7
    assert (cells[0].weekday, cells[0].hour, cells[0].mean, cells[0].peak, cells[0].capacity) == (0, 9, 4.0, 6, 3.0)
