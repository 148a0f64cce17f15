"""What operators earn: exact, by the version of the day, and a month is the sum of its days."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from regulars.rules.earnings import CONFIRMED, REVENUE, TASK, Deed, Rule, earned, rule_on, sums

FIRST = date(2026, 3, 1)
days = st.integers(0, 30).map(lambda n: FIRST + timedelta(days=n))
amounts = st.integers(0, 10**12)
rules = st.lists(
    st.builds(
        Rule, days, st.sampled_from(["RUB", "EUR"]), amounts, st.integers(0, 10_000),
        st.dictionaries(st.sampled_from(["call", "case"]), amounts),
    ),
    max_size=4,
)  # fmt: skip
deeds = st.lists(
    st.builds(
        Deed, st.integers(1, 10**6), st.sampled_from(["call", "case", "task"]), days, st.integers(1, 50), st.booleans(),
        st.none() | amounts, st.sampled_from(["RUB", "EUR", "JPY"]),
    ),
    max_size=30,
)  # fmt: skip


@given(rules, deeds)
def test_a_month_is_the_sum_of_its_days_and_grounds_to_the_last_unit(known: list[Rule], done: list[Deed]) -> None:
    month = sums(earned(known, done))
    by_day: dict[str, int] = {}
    for day in {d.day for d in done}:
        for currency, minor in sums(earned(known, [d for d in done if d.day == day])).items():
            by_day[currency] = by_day.get(currency, 0) + minor
    assert by_day == month
    grounds: dict[str, int] = {}
    for what in (CONFIRMED, REVENUE, TASK):
        for currency, minor in sums(e for e in earned(known, done) if e.what == what).items():
            grounds[currency] = grounds.get(currency, 0) + minor
    assert grounds == month


@given(rules, deeds)
def test_every_entry_is_what_the_rule_of_its_day_says(known: list[Rule], done: list[Deed]) -> None:
    expected = []
    for deed in done:
        rule = rule_on(known, deed.day)
        if rule is None:
            continue
        if deed.confirms and rule.per_confirmed:
            expected.append((CONFIRMED, rule.per_confirmed, rule.currency))
        if deed.confirms and deed.paid is not None:
            exact = Fraction(deed.paid * rule.revenue_share, 10_000)
            share = int(exact + Fraction(1, 2))
            assert abs(share - exact) <= Fraction(1, 2)
            if share:
                expected.append((REVENUE, share, deed.paid_currency))
        if rule.per_task.get(deed.kind):
            expected.append((TASK, rule.per_task[deed.kind], rule.currency))
    assert [(e.what, e.minor, e.currency) for e in earned(known, done)] == expected


def test_the_latest_rule_in_force_holds_and_of_two_from_one_day_the_last_written() -> None:
    old, first, second = Rule(FIRST, "RUB", 1), Rule(date(2026, 3, 10), "RUB", 2), Rule(date(2026, 3, 10), "RUB", 3)
    known = [first, old, second]
    assert rule_on(known, date(2026, 2, 28)) is None
    assert rule_on(known, date(2026, 3, 9)) is old
    assert rule_on(known, date(2026, 3, 10)) is second
