"""What is certain is proven: against every row of facts that agrees with what was assumed."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.core.certainty import assume, joined, judge, starting
from regulars.core.conditions import parse
from tests.examples import examples

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
VALUES = {"o.status": ("new", "paid", "sent")}
ROWS = st.fixed_dictionaries(
    {
        "status": st.sampled_from([None, *VALUES["o.status"]]),
        "sum": st.sampled_from([None, Decimal(0), Decimal(1), Decimal(5), 10, "5", True]),
        "vip": st.sampled_from([None, True, False, "true", Decimal(1)]),
    }
)
_tests = st.one_of(
    st.tuples(st.just("o.status"), st.sampled_from(["==", "!="]), st.sampled_from(["'new'", "'paid'", "'x'"])).map(
        " ".join
    ),
    st.tuples(
        st.sampled_from(["o.sum", "1"]),
        st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
        st.sampled_from(["o.sum", "0", "1", "5"]),
    ).map(" ".join),
    st.sampled_from(
        [
            "o.vip", "o.vip == true", "o.vip != false", "o.vip == 1", "o.vip exists", "o.sum missing", "o.status exists",
            "o.status in ['new', 'paid']", "o.status not in ['sent']", "o.sum in [1, '5']", "o.sum == '5'",
        ]
    ),
)  # fmt: skip
CONDITIONS = st.recursive(
    _tests,
    lambda inner: st.one_of(
        inner.map(lambda text: f"not ({text})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda texts: " and ".join(f"({text})" for text in texts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda texts: " or ".join(f"({text})" for text in texts)),
    ),
    max_leaves=4,
)


def _facts(row):
    return {"o": {name: value for name, value in row.items() if value is not None}}


@settings(max_examples=examples(2000), deadline=None)
@given(assumed=st.lists(st.tuples(CONDITIONS, st.booleans()), max_size=3), asked=CONDITIONS, row=ROWS)
def test_what_is_certain_is_so_in_every_case(assumed, asked, row):
    facts = _facts(row)
    if any(parse(text).holds(facts, NOW) is not holds for text, holds in assumed):
        return  # another case than the assumed one
    domains = starting(VALUES)
    for text, holds in assumed:
        domains = assume(parse(text).tree, domains, holds)
        assert domains is not None, "a case that does occur was called impossible"
    found = judge(parse(asked).tree, domains)
    assert found is None or found is parse(asked).holds(facts, NOW)


@settings(max_examples=examples(1000), deadline=None)
@given(ways=st.tuples(CONDITIONS, CONDITIONS), asked=CONDITIONS, row=ROWS)
def test_what_is_certain_on_both_ways_is_certain_where_they_meet(ways, asked, row):
    facts = _facts(row)
    came = [assume(parse(text).tree, starting(VALUES), True) for text in ways]
    if not any(parse(text).holds(facts, NOW) for text in ways):
        return
    met = joined(*came) if None not in came else next(one for one in came if one is not None)
    found = judge(parse(asked).tree, met)
    assert found is None or found is parse(asked).holds(facts, NOW)


@pytest.mark.parametrize(
    ("assumed", "asked", "certain"),
    [
        ([("o.status == 'paid'", False)], "o.status == 'paid'", False),
        ([("o.status == 'paid'", True)], "o.status in ['new', 'paid']", True),
        ([("o.sum >= 5", True)], "o.sum < 5", False),
        ([("o.sum >= 5", True)], "o.sum > 1", True),
        ([("o.sum >= 5", False)], "o.sum < 5", None),  # it may be missing
        ([("o.status in ['new', 'sent']", False), ("o.status exists", True)], "o.status == 'paid'", True),
        ([], "o.status == 'new' and o.status == 'paid'", False),
        ([], "o.status == 'paid' or o.status != 'paid'", True),
    ],
)
def test_certainty(assumed, asked, certain):
    domains = starting(VALUES)
    for text, holds in assumed:
        domains = assume(parse(text).tree, domains, holds)
    assert judge(parse(asked).tree, domains) is certain
