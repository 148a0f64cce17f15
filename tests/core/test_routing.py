"""Routing rules: read line by line with what was probably meant, and the first that fits decides."""

from datetime import UTC, datetime

import pytest

from regulars.core.routing import read

NOW = datetime(2026, 3, 2, tzinfo=UTC)
FACTS = ("person.language", "person.is_customer", "order.total")
TEAMS = ("order-desk", "care", "repeat-sales", "acquisition")
TEXT = """\
# who gets what
always if person.language == 'en' then care
if not person.is_customer then acquisition   # leads
if buyer.orders >= 3 then repeat-sales
else order-desk
"""


def _decided(facts: dict[str, object], *, of_scheme: bool = False) -> str | None:
    rules, problems = read(TEXT, FACTS, TEAMS)
    assert problems == []
    rule = rules.decide(facts, NOW, of_scheme=of_scheme)
    return rule.team if rule else None


def test_the_first_line_that_fits_decides() -> None:
    customer = {"person": {"language": "ru", "is_customer": True}}
    assert _decided({"person": {"language": "en"}}) == "care"
    assert _decided({"person": {"language": "ru", "is_customer": False}}) == "acquisition"
    assert _decided({**customer, "buyer": {"orders": 3}}) == "repeat-sales"
    assert _decided({**customer, "buyer": {"orders": 2}}) == "order-desk"


def test_what_a_scheme_has_given_to_a_team_stays_unless_a_line_says_always() -> None:
    assert _decided({"person": {"language": "ru", "is_customer": False}}, of_scheme=True) is None
    assert _decided({"person": {"language": "en"}}, of_scheme=True) == "care"


@pytest.mark.parametrize(
    ("line", "code", "meant"),
    [
        ("if person.language == 'en' then cara", "rule_team", "care"),
        ("if person.langauge == 'en' then care", "condition_fact", "person.language"),
        ("when person.language == 'en' then care", "rule_form", None),
        ("iff person.language == 'en' then care", "rule_form", "if"),
        ("if person.language == then care", "condition_syntax", None),
        ("else nobody", "rule_team", None),
        ("else care\nelse care", "rule_after_else", None),
    ],
)
def test_a_line_that_cannot_be_read_says_which_and_what_was_meant(line: str, code: str, meant: str | None) -> None:
    _, (problem,) = read(line, FACTS, TEAMS)
    assert (problem.code, problem.line) == (code, line.count("\n") + 1)
    assert meant is None or problem.did_you_mean == meant


def test_no_rules_decide_nothing() -> None:
    rules, problems = read("\n# nothing\n", FACTS, TEAMS)
    assert problems == [] and rules.decide({}, NOW, of_scheme=False) is None
