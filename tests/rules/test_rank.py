"""The order of calls: whatever the list says and whatever time passes, a call-back that was asked for keeps its rank."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.rank import DEFAULT, KINDS, place, problem, rule

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
orders = st.permutations(DEFAULT)
moments = st.one_of(st.none(), st.integers(-600, 600).map(lambda m: NOON + timedelta(minutes=m)))
nears = st.integers(0, 240).map(lambda m: timedelta(minutes=m))


@given(orders, st.sampled_from(KINDS), moments, moments, nears, st.integers(0, 100_000))
def test_only_a_lost_call_ever_stands_before_a_call_back_that_was_asked_for(
    order: list[str],
    other: str,
    asked_due: datetime | None,
    other_due: datetime | None,
    near: timedelta,
    minutes: int,
) -> None:
    now = NOON + timedelta(minutes=minutes)
    if problem(order) is not None:
        return
    asked, others = place(order, "asked", asked_due, now, near), place(order, other, other_due, now, near)
    assert others >= asked or rule(order, other, other_due, now, near) == "missed"


@given(orders)
def test_an_order_is_refused_just_when_something_else_would_stand_before_it(order: list[str]) -> None:
    before = set(order[: order.index("asked")]) - {"missed"}
    found = problem(order)
    assert (found is not None) == bool(before)
    if found is not None:
        assert found[0] == "asked_behind" and found[1] in before


@given(st.lists(st.sampled_from([*DEFAULT, "x"]), max_size=9))
def test_a_list_that_lacks_a_rule_or_has_one_twice_is_refused(order: list[str]) -> None:
    if sorted(order) != sorted(DEFAULT):
        found = problem(order)
        assert found is not None and found[0] in ("incomplete", "asked_behind")


@given(orders, st.sampled_from([*KINDS, "unheard-of"]), moments, nears, st.integers(0, 100_000), st.integers(0, 10_000))
def test_as_time_goes_by_a_task_only_rises(
    order: list[str], why: str, due: datetime | None, near: timedelta, minutes: int, more: int
) -> None:
    now = NOON + timedelta(minutes=minutes)
    assert place(order, why, due, now + timedelta(minutes=more), near) <= place(order, why, due, now, near)


def test_the_order_that_comes_with_the_product_is_a_good_one() -> None:
    assert problem(DEFAULT) is None
