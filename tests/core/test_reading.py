"""Reading a scheme: every mistake at once, with its line and what was meant."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.problem_words import CATALOGUE
from regulars.core.problems import WARNING
from regulars.core.read import Known, read_scheme
from regulars.core.scheme import SHOP_TEAM, Call, WaitFor
from regulars.core.shape import json_schema

HEAD = "scheme: test\nper: order\nstarts: order.placed\n"  # three lines


def reading(steps: str, head: str = HEAD, known: Known | None = None):
    return read_scheme(head + "steps:\n" + steps, "test.yaml", known)


def one(steps: str, head: str = HEAD, known: Known | None = None):
    problems = reading(steps, head, known).problems
    assert len(problems) == 1, [problem.sentence() for problem in problems]
    return problems[0]


@pytest.mark.parametrize(
    ("steps", "code", "line", "step", "meant"),
    [
        ("  pay: {send: x, then: thank}\n  thanks: {send: y}\n", "step_unknown", 5, "pay", "thanks"),
        ("  a:\n    sned: x\n", "verb_missing", 5, "a", None),
        ("  a: {send: x, call: {}}\n", "verbs_two", 5, "a", None),
        ("  a: {send: x, yes: end}\n", "key_not_here", 5, "a", None),
        ("  a:\n    send:\n      template: x\n      bye: [email]\n", "key_unknown", 8, "a", "by"),
        ("  a: {send: {template: x, by: [emial]}}\n", "channel_unknown", 5, "a", "email"),
        ("  a: {send: {template: x, by: [email, email]}}\n", "channel_double", 5, "a", None),
        ("  a: {send: {template: x, late: never}}\n", "late_unknown", 5, "a", None),
        ("  a: {send: {template: x, purpose: advert}}\n", "not_one_of", 5, "a", "advertising"),
        ("  a: {send: {template: x, text: y}}\n", "words_twice", 5, "a", None),
        ("  a: {send: {by: [email]}}\n", "words_missing", 5, "a", None),
        ("  a: {send: {text: hello}}\n", "subject_missing", 5, "a", None),
        ("  a: {wait: 3 dys}\n", "delay_unknown", 5, "a", None),
        ("  a: {wait: 99999d}\n", "delay_too_long", 5, "a", None),
        ("  a: {wait: 1d 2h working}\n", "delay_unknown", 5, "a", None),
        ("  a: {wait: '25:00 local'}\n", "hour_unknown", 5, "a", None),
        ("  a: {wait: {days: 3, at: '11:00'}}\n", "hour_unknown", 5, "a", None),
        ("  a: {wait: {after: order.delivered}}\n", "no_time_given", 5, "a", None),
        ("  a: {wait: {days: -1}}\n", "out_of_range", 5, "a", None),
        ("  a: {wait: {days: many}}\n", "days_unknown", 5, "a", None),
        ("  a: {wait_for: {event: order.piad}}\n", "event_unknown", 5, "a", "order.paid"),
        ("  a: {wait_for: {up_to: 1d}}\n", "key_missing", 5, "a", None),
        ("  a: {if: order.total = 5, no: end}\n  b: {send: x}\n", "condition_assignment", 5, "a", "=="),
        ("  a: {tell: x}\n", "tell_without_call", 5, "a", None),
        ("  a: {call: {}, tell: {template: x, purpose: advertising}}\n", "tell_advertises", 5, "a", None),
        ("  a:\n    call: {}\n    outcomes:\n      later: {}\n", "outcome_empty", 8, "a", None),
        ("  a:\n    call: {}\n    outcomes: {later: {again: [15m, 1x]}}\n", "delay_unknown", 7, "a", None),
        ("  a:\n    call: {}\n    outcomes:\n      yes: {call_again: tomorrow}\n", "not_one_of", 8, "a", None),
        ("  A: {send: x}\n", "bad_name", 5, "A", None),
        ("  end: {send: x}\n", "step_called_end", 5, "end", None),
        ("  a: 5\n", "wrong_type", 5, "a", None),
        ("  a: {send: x}\n  a: {send: y}\n", "double_key", 6, None, None),
        ("  a: &x {send: x}\n", "yaml_alias", 5, None, None),
        ("  a: !!python/object {}\n", "yaml_alias", 5, None, None),
        ("  a: {send: x, then: end}\n  b: {send: y}\n", "unreachable", 6, "b", None),
        ("  a: {send: x}\n  b: {if: order.total > 1, yes: a, no: end}\n", "loop_without_wait", 5, "a", None),
        ("  a: {wait_for: order.paid}\n  b: {send: x, then: a}\n", "loop_without_wait", 5, "a", None),
        ("  a: {wait: 0m}\n  b: {send: x, then: a}\n", "loop_without_wait", 5, "a", None),
        ("  a: {wait: '11:00 local'}\n  b: {send: x, then: a}\n", "loop_without_wait", 5, "a", None),
    ],
)
def test_mistake(steps, code, line, step, meant):
    problems = reading(steps).problems
    problem = next(problem for problem in problems if problem.code == code)
    assert (problem.line, problem.step, problem.did_you_mean) == (line, step, meant)
    assert not reading(steps).scheme


@pytest.mark.parametrize(
    ("head", "code", "line"),
    [
        ("scheme: test\nper: ordr\nstarts: order.placed\n", "not_one_of", 2),
        ("scheme: test\nper: order\nstarts: answer.given\n", "starts_person", 3),
        ("scheme: test\nper: order\nstarts: [order.placed, order.plced]\n", "event_unknown", 3),
        ("scheme: test\nper: order\nstarts: order.placed\nagain: after 30d\n", "again_per_order", 4),
        ("scheme: test\nper: person\nstarts: order.placed\nagain: often\n", "again_unknown", 4),
        (
            "scheme: test\nper: person\nstarts: order.placed\nstops: {event: order.paid, of: order}\n",
            "order_not_here",
            4,
        ),
        ("scheme: test\nper: order\nstarts: order.placed\nhold_out: 90%\n", "hold_out_unknown", 4),
        (
            "scheme: test\nper: order\nstarts: order.placed\ngoal: {event: order.placed, within: soon}\n",
            "delay_not_plain",
            4,
        ),
        ("scheme: test\nper: order\nstarts: order.placed\ntitel: x\n", "key_unknown", 4),
        ("scheme: test\nper: order\n", "key_missing", 1),
    ],
)
def test_mistake_in_the_head(head, code, line):
    problems = reading("  a: {send: x}\n", head).problems
    assert (code, line) in [(problem.code, problem.line) for problem in problems]


def test_all_mistakes_are_told_at_once():
    text = """scheme: Bad
titel: x
per: order
starts: order.plced
hold_out: 90%
steps:
  a:
    send: {template: t, text: x, byy: [email]}
    then: b2
  b: {wait: 3 dys, yes: a}
  c: {sned: x}
  d: {if: order.x = 1, no: zz}
"""
    codes = {problem.code for problem in read_scheme(text).problems}
    assert codes == {
        "bad_name", "key_unknown", "event_unknown", "hold_out_unknown", "words_twice", "step_unknown", "delay_unknown",
        "key_not_here", "verb_missing", "condition_assignment",
    }  # fmt: skip


def test_a_mistake_is_told_in_one_sentence_with_its_place():
    problem = one("  pay: {send: x, then: thank}\n  thanks: {send: y, then: pay2}\n  pay2: {wait: 1d, then: thanks}\n")
    assert problem.sentence() == (
        "test.yaml, line 5, step 'pay': it goes on to 'thank', which doesn't exist. Did you mean 'thanks'?"
    )
    assert problem.sentence("ru") == (
        "test.yaml, строка 5, шаг «pay»: переход на «thank», такого шага нет. Может быть, «thanks»?"
    )


def test_the_column_points_into_the_condition():
    problem = next(p for p in reading("  a: {if: order.total = 5, no: end}\n").problems if p.code.startswith("cond"))
    assert problem.column == len("  a: {if: order.total =")


@pytest.mark.parametrize("text", ["", "5", "- a", "a: [", "a: \0", "\ud800", "[" * 100, "a: " + "x" * 300_000, b"\xff"])
def test_what_is_no_scheme_is_refused_with_a_line(text):
    problems = read_scheme(text).problems
    assert len(problems) == 1 and problems[0].line >= 1 and problems[0].sentence() and problems[0].sentence("ru")


def test_a_bomb_of_aliases_is_refused_before_it_is_built():
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
    )
    assert [problem.code for problem in read_scheme(bomb).problems] == ["yaml_alias"]


@given(st.text(max_size=200) | st.binary(max_size=100))
def test_any_text_is_read_or_refused(text):
    assert read_scheme(text).problems


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["a", "b", "send", "call", "task", "wait", "wait_for", "if", "ask", "tell", "outcomes", "answers",
                 "template", "event", "days", "after", "at", "by", "late", "question", "again", "then", "text"]
            ),
            inner,
            max_size=4,
        ),
        max_leaves=15,
    )
)  # fmt: skip
def test_steps_of_any_shape_are_read_or_refused(steps):
    text = json.dumps({"scheme": "x", "per": "order", "starts": "order.placed", "steps": steps})
    read = read_scheme(text)
    assert read.scheme is not None or read.errors


def test_warnings_keep_nothing_back():
    read = reading(
        "  a:\n    ask: {question: stars, template: x}\n    answers: {one: b, two: b, three: b}\n"
        "  b: {if: order.total > 1, yes: c, no: c}\n  c: {send: {subject: {en: a}, text: {en: a, ru: b}}}\n",
        HEAD + "hold_out: 5%\n",
    )
    assert read.scheme is not None
    assert {(problem.code, problem.severity) for problem in read.problems} == {
        (code, WARNING) for code in ("many_ways", "no_timeout", "same_way", "hold_out_idle", "language_missing")
    }


def test_templates_teams_and_facts_are_checked_against_what_is_known():
    known = Known(
        facts={"order.number", "order.total", "person.first_name"},
        templates={"paid": {"order.numbr", "person"}, "fine": {"order.number"}}.get,
        template_names=("paid", "fine"),
        inline_fields=lambda text: {word.strip("{} ") for word in text.split() if "." in word},
        teams={"order-desk"},
    )
    problems = reading(
        "  a: {send: paid}\n  b: {send: payd}\n  c: {send: {subject: s, text: '{{promise.due}}'}}\n"
        "  d: {call: {team: oder-desk}, tell: {subject: s, text: '{{promise.due}} {{order.number}}'}}\n"
        "  e: {if: order.totl > 5, yes: end}\n  f: {send: fine}\n",
        known=known,
    ).problems
    assert [(p.code, p.step, p.did_you_mean) for p in problems if p.step in "def"] == [
        ("team_unknown", "d", "order-desk"),
        ("condition_fact", "e", "order.total"),
    ]
    sound = reading(
        "  a: {send: paid}\n  b: {send: payd}\n  c: {send: {subject: s, text: '{{promise.due}}'}}\n"
        "  d: {call: {}, tell: {subject: s, text: '{{promise.due}} {{order.number}}'}}\n",
        known=known,
    ).problems
    assert [(p.code, p.step, p.did_you_mean) for p in sound] == [
        ("template_field", "a", "order.number"),
        ("template_unknown", "b", "paid"),
        ("promise_not_here", "c", None),
    ]


def test_what_is_left_out_has_a_stated_value():
    scheme = reading("  a: {call: {}}\n  b: {wait_for: order.paid}\n  c: {send: hello}\n").scheme
    call, wait, send = scheme.steps.values()
    assert isinstance(call, Call) and call.team == SHOP_TEAM and call.within.span.total_seconds() == 3600
    assert isinstance(wait, WaitFor) and wait.up_to.span.days == 60 and wait.on_timeout == wait.then == "c"
    assert send.letter.by == ("email",) and send.letter.purpose == "service" and send.then == "end"


def test_the_published_json_schema_is_one_and_every_object_in_it_is_described():
    jsonschema.Draft202012Validator.check_schema(json_schema())
    undescribed = [
        name
        for name, value in json_schema()["$defs"]["step"]["properties"].items()
        if "description" not in value and "$ref" not in value and name != "answers"
    ]
    assert undescribed == []


def test_every_problem_has_its_words_in_both_languages():
    for code, words in CATALOGUE.items():
        assert len(words) == 4 and words[0] and words[1], code
        assert bool(words[2]) == bool(words[3]), code
