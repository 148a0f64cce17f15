"""The condition language: what its words mean in Python, and that SQL means the same."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.core.condition_calls import FUNCTIONS
from regulars.core.condition_sql import SqlField, UnknownField, to_sql
from regulars.core.conditions import MAX_LENGTH, ConditionError, lookup, parse
from tests.examples import examples

NOW = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
ORDER = {
    "order": {
        "total": {"minor": 100000, "currency": "RUB"},
        "yen": {"minor": 1000, "currency": "JPY"},
        "odd": {"minor": 1000, "currency": "???"},
        "payment": {"status": "unpaid"},
        "placed_at": NOW - timedelta(hours=30),
        "gift": True,
        "empty": None,
    },
    "person": {"tags": ["vip", "early"], "birthday": date(1990, 2, 28)},
    "shop": {"time_zone": "Asia/Vladivostok"},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order.payment.status == 'unpaid'", True),
        ('order.payment.status == "paid"', False),
        ("order.payment.status in ['unpaid', 'failed', 'part_paid'] and order.payment.method != 'cod'", True),
        ("order.payment.method == 'cod'", False),
        ("order.payment.method != 'cod'", True),  # missing
        ("order.payment.method not in ['cod']", True),
        ("order.payment.method in ['cod']", False),
        ("order.payment.method == order.payment.method", False),
        ("order.payment.method != order.payment.method", True),
        ("order.empty missing", True),
        ("order.empty exists", False),
        ("order.total >= 1000", True),
        ("order.total > 1000.00", False),
        ("order.total == 1000", True),  # money as people write it, whatever its currency's smallest unit
        ("order.yen == 1000", True),
        ("order.yen >= order.total", True),
        ("order.total in [5, 1000]", True),
        ("order.odd exists", False),
        ("order.total < 'x'", False),  # another type compares as missing
        ("order.total != 'x'", True),
        ("order.total == '1000.00'", False),
        ("not order.gift", False),
        ("order.gift and not order.payment.status == 'paid'", True),
        ("order.gift == true", True),
        ("order.total", False),  # not true or false, so not true
        ("order.placed_at < 1d ago", True),
        ("order.placed_at > 2d ago", True),
        ("order.placed_at < now", True),
        ("order.placed_at >= 2026-03-28", True),  # a day begins in the shop's zone: 27 March, 14:00 UTC
        ("order.placed_at < 2026-03-29", True),
        ("order.placed_at > 2026-03-28T05:59:59Z", True),
        ("order.placed_at > 2026-03-28T16:00:01+10:00", False),
        ("person.birthday == 1990-02-28", True),
        ("person.birthday < 30d ago", False),  # a calendar day of unknown zone is no moment
        ("'vip' in person.tags", True),
        ("'new' not in person.tags", True),
        ("'vip' in order.payment.status", False),
        ("order.gift or order.no.such.thing and order.nor.this", True),
        ("(order.gift or order.no) and order.nor", False),
        ("not not order.gift", True),
        ("-5 < order.total", True),
    ],
)
def test_meaning(text, expected):
    assert parse(text).holds(ORDER, NOW) is expected


def test_functions_are_facts_by_one_name_for_one_meaning():
    condition = parse("count( \"order.placed\",2w) >= 3 and happened('message.opened', since 2026-01-01) and order.a")
    names = ("past.count('order.placed', 14d)", "past.happened('message.opened', since 2026-01-01)", "order.a")
    assert condition.names == (*names, "shop.time_zone")
    known = {"count('order.placed', 14d)": 3, "happened('message.opened', since 2026-01-01)": True}
    assert condition.holds({"past": known, "order": {"a": True}}, NOW)
    assert lookup({"past": known}, names[0]) == 3
    assert not condition.holds({"order": {"a": True}}, NOW)  # nobody has loaded them: missing


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_the_example_of_each_function_is_read(function):
    (name,) = parse(function.example).names
    assert parse(f"{name.removeprefix('past.')} exists").names == (name,)


def test_facts_that_are_asked_for_are_named_in_order():
    assert parse("a.b == 1 and c.d-e exists or a.b == 2").names == ("a.b", "c.d-e")
    assert parse("a.b >= 2026-01-01").names == ("a.b", "shop.time_zone")


@pytest.mark.parametrize("value", [float("nan"), Decimal("NaN"), float("inf"), datetime(2026, 1, 1), object()])  # noqa: DTZ001
def test_a_value_that_is_none_of_the_types_is_missing(value):
    facts = {"a": {"b": value}}
    assert parse("a.b missing").holds(facts, NOW)
    assert parse("a.b != a.b").holds(facts, NOW)


@pytest.mark.parametrize(
    ("text", "code", "place", "meant"),
    [
        ("order.total = 5", "condition_assignment", (1, 13), "=="),
        ("order.status == paid", "condition_word", (1, 17), "'paid'"),
        ("order.a == 1 && order.b", "condition_syntax", (1, 14), "and"),
        ("order.a ==", "condition_syntax", (1, 11), None),
        ("order.a == 1 and\n  order.b ==== 2", "condition_syntax", (2, 13), None),
        ("order.a is 1", "condition_word", (1, 9), "=="),
        ("order.a == 2026-02-30", "condition_value", (1, 12), None),
        ("order.a == 'x\0'", "condition_value", (1, 12), None),
        ("order.a == '\ud800'", "condition_value", (1, 12), None),
        ("", "condition_syntax", (1, 1), None),
        ("order.paymet.status exists", "condition_fact", (1, 1), "order.payment.status"),
        ("x" * (MAX_LENGTH + 1), "condition_too_long", (1, 1), None),
        ("not " * 400 + "a.b", "condition_too_deep", (1, 1), None),
        ("(" * 400 + "order.a exists" + ")" * 400, "condition_too_deep", (1, 1), None),
        ("-" * 1500 + "1 == order.a", "condition_syntax", (1, 1), None),
        ("cuont('order.placed') > 1", "condition_function", (1, 1), "count"),
        ("order.a and count('order.plced') > 1", "condition_event", (1, 19), "order.placed"),
        ("happened(order.placed)", "condition_argument", (1, 10), "'order.placed'"),
        ("count('order.placed', 90) > 1", "condition_argument", (1, 23), "90d"),
        ("count('order.placed', 2026-01-01) > 1", "condition_argument", (1, 23), "since 2026-01-01"),
        ("count('order.placed', 0d) > 1", "condition_period", (1, 1), "90d"),
        ("first('order.placed', 3d) exists", "condition_period", (1, 1), "first('order.placed') < 365d ago"),
        ("bought('categry', 'Tea')", "condition_goods", (1, 8), "category"),
        ("spent('a') > 1", "condition_arguments", (1, 1), "spent(365d) >= 10000"),
        (" or ".join(f"happened('x.k{n}')" for n in range(13)), "condition_too_many", (1, 1), None),
    ],
)
def test_errors_say_where_and_what_was_meant(text, code, place, meant):
    with pytest.raises(ConditionError) as caught:
        parse(text, known={"order.a", "order.b", "order.total", "order.status", "order.payment.status"})
    error = caught.value
    assert (error.code, (error.line, error.column), error.did_you_mean) == (code, place, meant)


@given(st.text(max_size=80) | st.text(alphabet="a.b=<>!'\"()[]0123456789 -andortinexsgm", max_size=60))
def test_any_text_is_read_or_refused(text):
    with suppress(ConditionError):
        assert parse(text).holds(ORDER, NOW) in (True, False)


# Python and SQL, held equal.

FIELDS = {
    "o.text": ("text", st.sampled_from(["", "a", "A", "b", "paid", "ё", "я", "é", "é", "😀", "'", "%s"]) | st.text(
        alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=5)),
    "o.other": ("text", st.sampled_from(["a", "b", "ё", "Z"])),
    "o.number": ("numeric", st.integers(-3, 3).map(Decimal) | st.decimals(-5, 5, places=2, allow_nan=False)),
    "o.count": ("numeric", st.integers(-(10**12), 10**12) | st.integers(-2, 2)),
    "o.flag": ("boolean", st.booleans()),
    "o.moment": ("timestamptz", st.sampled_from([0, 1, 60, 3600, 86400, 90000]).flatmap(
        lambda s: st.sampled_from([NOW - timedelta(seconds=s), NOW + timedelta(seconds=s)]))),
    "o.day": ("date", st.dates(date(2026, 3, 27), date(2026, 3, 31))),
    "o.tags": ("text[]", st.lists(st.sampled_from(["a", "b", "ё"]), max_size=3)),
}  # fmt: skip
KINDS = {
    "text": "text",
    "numeric": "number",
    "boolean": "bool",
    "timestamptz": "moment",
    "date": "day",
    "text[]": "texts",
}
COLUMNS = {name: SqlField("r." + name.replace(".", "_"), KINDS[kind]) for name, (kind, _) in FIELDS.items()}
ZONES = ["UTC", "Asia/Vladivostok", "America/Havana", "Australia/Lord_Howe", "Europe/Moscow"]

_literals = st.one_of(
    st.sampled_from(["'a'", "'b'", '"A"', "''", "'ё'", "'😀'", '"\'"', "'%s'", "'; drop table x --'"]),
    st.sampled_from(["0", "1", "-1", "2.5", "-0.0", "1000000000000", "0.000001"]),
    st.sampled_from(["true", "false", "now", "1d ago", "1h ago", "60s ago"]),
    st.sampled_from(["2026-03-28", "2026-03-29", "2026-03-29T12:00:00Z", "2026-03-29T02:00+10:00"]),
)
_operands = st.sampled_from(list(FIELDS)) | _literals
_tests = st.one_of(
    st.tuples(_operands, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), _operands).map(" ".join),
    st.tuples(_operands, st.sampled_from(["in", "not in"]), st.lists(_operands, min_size=1, max_size=3)).map(
        lambda parts: f"{parts[0]} {parts[1]} [{', '.join(parts[2])}]"
    ),
    st.tuples(_operands, st.sampled_from(["in", "not in"]), st.sampled_from(["o.tags", "o.text"])).map(" ".join),
    st.tuples(st.sampled_from(list(FIELDS)), st.sampled_from(["exists", "missing", ""])).map(" ".join),
)
_conditions = st.recursive(
    _tests,
    lambda inner: st.one_of(
        inner.map(lambda text: f"not ({text})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda texts: " and ".join(f"({text})" for text in texts)),
        st.lists(inner, min_size=2, max_size=3).map(" or ".join),
    ),
    max_leaves=5,
)
_rows = st.fixed_dictionaries({name: st.none() | values for name, (_, values) in FIELDS.items()})


@pytest.fixture(scope="module")
def connection():
    """A PostgreSQL to ask; without one the test has nothing to compare with."""
    dsn = os.environ.get("REGULARS_TEST_DSN") or os.environ.get("DATABASE_URL")
    if not dsn:
        pytest.skip("no database: set REGULARS_TEST_DSN or DATABASE_URL")
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.mark.db
@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=_conditions, row=_rows, zone=st.sampled_from(ZONES))
def test_sql_says_what_python_says(connection, text, row, zone):
    condition = parse(text)
    facts = {"o": {name[2:]: value for name, value in row.items()}, "shop": {"time_zone": zone}}
    sql, params = to_sql(condition.tree, COLUMNS, NOW, zone)
    values = ", ".join(f"%s::{kind}" for kind, _ in FIELDS.values())
    names = ", ".join(name.replace(".", "_") for name in FIELDS)
    query = f"SELECT {sql} FROM (VALUES ({values})) AS r ({names})"
    (answer,) = connection.execute(query, [*params, *(row[name] for name in FIELDS)]).fetchone()
    assert answer is condition.holds(facts, NOW)


def test_sql_takes_names_only_from_the_allow_list():
    with pytest.raises(UnknownField):
        to_sql(parse("a.secret == 1").tree, COLUMNS, NOW)


def test_sql_takes_values_only_as_parameters():
    sql, params = to_sql(parse("o.text == '; drop table x --' and o.moment < 1d ago").tree, COLUMNS, NOW)
    assert "drop" not in sql and params == ["; drop table x --", NOW - timedelta(days=1)]


def test_a_moment_in_another_offset_is_the_same_moment():
    there = NOW.astimezone(timezone(timedelta(hours=10)))
    assert parse("a.b == 2026-03-29T12:00:00Z").holds({"a": {"b": there}}, NOW)
