"""What the compiler warns of: each with its line, and silent where there is nothing to say."""

from datetime import timedelta

import pytest

from regulars.core.read import Known, read_scheme

KNOWN = Known(
    values={"order.payment.status": ("unpaid", "paid"), "order.status": ("new", "shipped")},
    purposes={"gift": "advertising", "news": "advertising", "bill": "service"}.get,
    missing_languages={"bill": ["ru"]}.get,
    cap=(2, 30),
    scripts=("hello", "how-is-it"),
    usual={"order.delivered": timedelta(days=3)},
)
HEAD = "scheme: test\nper: order\nstarts: order.placed\nsteps:\n"
AD = "send: {template: news, purpose: advertising}"


def warned(steps, code, head=HEAD):
    """The lines at which `code` is told; the scheme can be used all the same."""
    reading = read_scheme(head + steps, known=KNOWN)
    found = [problem for problem in reading.problems if problem.code == code]
    assert all(problem.message_en and problem.message_ru and problem.mend_en and problem.mend_ru for problem in found)
    if code != "advertising_as_service":
        assert reading.scheme is not None, [problem.sentence() for problem in reading.errors]
    return [problem.line for problem in found]


PAID, UNPAID = "order.payment.status == 'paid'", "order.payment.status == 'unpaid'"


CARD = "  c: {send: bill}\n"
ASKED = f"  a: {{if: {PAID}, yes: end}}\n"
ASKED_AGAIN = f"  b: {{if: {PAID}, yes: c, no: end}}\n"


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        (ASKED + ASKED_AGAIN + CARD, [6]),
        (ASKED + "  w: {wait: 1h}\n" + ASKED_AGAIN + CARD, []),  # time passes between the two
        (ASKED + "  w: {send: bill}\n" + ASKED_AGAIN + CARD, [7]),  # a letter between them takes none
        ("  o: {if: order.amount > 5, yes: b}\n" + ASKED + ASKED_AGAIN + CARD, []),  # it may come another way
        (f'  a: {{if: "{PAID} and {UNPAID}", yes: c, no: end}}\n' + CARD, [5]),
        ("  a: {if: order.amount >= 9, yes: end}\n  b: {if: order.amount > 20, yes: c, no: end}\n" + CARD, [6]),
    ],
)
def test_a_branch_that_nobody_takes(steps, lines):
    assert warned(steps, "branch_never") == lines


def test_a_ring_of_questions_ends():
    steps = "".join(f"  s{n}: {{if: order.amount > {n}, yes: s{(n * 7 + 1) % 40}, no: w}}\n" for n in range(40))
    codes = {
        problem.code for problem in read_scheme(HEAD + steps + "  w: {wait: 1h, then: s3}\n", known=KNOWN).problems
    }
    assert "loop_without_wait" in codes


def test_a_value_that_the_fact_never_has():
    steps = "  a: {if: \"order.status == 'shiped' or order.status in ['new', 'away']\", yes: b, no: end}\n  b: {send: bill}\n"
    found = [p for p in read_scheme(HEAD + steps, known=KNOWN).problems if p.code == "value_never"]
    assert [(p.params["found"], p.did_you_mean) for p in found] == [("shiped", "shipped"), ("away", None)]
    assert (HEAD + steps).split("\n")[4][found[1].column - 1 :].startswith("order.status in")


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        (f"  a: {{{AD}}}\n  w: {{wait: 23h}}\n  b: {{{AD}}}\n", [7]),
        (f"  a: {{{AD}}}\n  w: {{wait: 24h}}\n  b: {{{AD}}}\n", []),
        (f"  a: {{{AD}}}\n  w: {{wait: next morning}}\n  b: {{{AD}}}\n", [7]),
        (f"  a: {{{AD}}}\n  w: {{wait: 2d working}}\n  b: {{{AD}}}\n", []),
        # the event may come at once
        (f"  a: {{{AD}}}\n  w: {{wait_for: {{event: order.paid, up_to: 3d}}}}\n  b: {{{AD}}}\n", [7]),
        (f"  a: {{{AD}}}\n  w: {{wait_for: {{event: order.paid, up_to: 3d}}, then: end, on_timeout: b}}\n  b: {{{AD}}}\n", []),
        ("  a: {send: bill}\n  b: {send: bill}\n", []),
        (f"  a: {{wait: 1h}}\n  b: {{{AD}, then: a}}\n", [6]),
    ],
)  # fmt: skip
def test_two_advertisements_within_a_day(steps, lines):
    assert warned(steps, "advertising_close") == lines


@pytest.mark.parametrize(("pause", "lines"), [("14d", [9]), ("15d", []), ("{days: 16}", []), ("{days: 15}", [9])])
def test_more_than_the_cap_by_construction(pause, lines):
    steps = f"  a: {{{AD}}}\n  w: {{wait: {pause}}}\n  b: {{{AD}}}\n  v: {{wait: {pause}}}\n  c: {{{AD}}}\n"
    assert warned(steps, "over_cap") == lines


def test_advertising_that_nobody_would_be_asked_about():
    assert warned(
        "  a: {send: gift}\n  b: {send: {template: gift, purpose: advertising}}\n", "advertising_as_service"
    ) == [5]
    assert read_scheme(HEAD + "  a: {send: gift}\n", known=KNOWN).scheme is None


def test_a_template_without_a_language_of_the_shop():
    assert warned("  a: {send: bill}\n  b: {send: other}\n", "template_language") == [5]


def test_a_question_whose_silence_leads_nowhere_of_its_own():
    ask = "ask: {question: q, template: bill, up_to: 10d}, answers: {yes: b}"
    assert warned(f"  a: {{{ask}}}\n  b: {{send: bill}}\n", "no_timeout") == [5]
    assert warned(f"  a: {{{ask}, on_timeout: end}}\n  b: {{send: bill}}\n", "no_timeout") == []


def test_silence_is_told_as_it_is_written():
    for up_to, said in ((", up_to: 12h", "after 12h"), ("", "after 60d"), (", up_to: 2d working", "after 2d working")):
        steps = f"  a: {{ask: {{question: q, template: bill{up_to}}}, answers: {{yes: b}}}}\n  b: {{send: bill}}\n"
        (problem,) = [p for p in read_scheme(HEAD + steps).problems if p.code == "no_timeout"]
        assert said in problem.message_en and said.removeprefix("after ") in problem.message_ru


def test_a_wait_for_what_ends_the_scheme():
    head = HEAD.replace("steps:", "stops: [order.cancelled, {event: order.paid, where: order.amount > 5}]\nsteps:")
    wait = "  a: {{wait_for: {{event: {0}, up_to: 2d}}, then: b, on_timeout: end}}\n  b: {{send: bill}}\n"
    assert warned(wait.format("order.cancelled"), "wait_for_stop", head) == [6]
    assert warned(wait.format("order.paid"), "wait_for_stop", head) == []  # it stops only some
    assert warned(wait.format("order.shipped"), "wait_for_stop", head) == []


def test_a_wait_that_ends_before_the_promise_does():
    steps = (
        "  a:\n    send: bill\n    promise: {kind: delivery, within: 3d}\n"
        "  w: {wait_for: {event: order.delivered, up_to: %s}}\n"
    )
    assert warned(steps % "2d", "wait_before_promise") == [8]
    assert warned(steps % "3d", "wait_before_promise") == []


def test_a_wait_that_ends_before_most_orders_come_to_it():
    steps = "  a: {wait: 1d}\n  w: {wait_for: {event: order.delivered, up_to: %s}}\n"
    assert warned(steps % "1d", "wait_before_usual") == [6]
    assert warned(steps % "2d", "wait_before_usual") == []


def test_a_promise_that_no_step_keeps():
    steps = "  a:\n    send: bill\n    promise: {kind: answer, within: 1d}\n  b: {%s}\n"
    assert warned(steps % "send: bill", "promise_unkept") == [7]
    assert warned(steps % "task: {}", "promise_unkept") == []


OWN = """\
  ask: {{ask: {{question: happy, template: x, up_to: 3d}}, answers: {{yes: call, no: call}}, on_timeout: call}}
  call: {{call: {{within: 2h, script: {script}}}, outcomes: {{reached: test, nobody: test}}}}
  test: {{if: "{condition}", yes: end, no: last}}
  last: {{wait: 1d}}
"""


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("answer.happy == 'yes' and outcome.call == 'reached'", None),
        ("answer.hapy == 'yes'", "answer_never"),
        ("outcome.coll exists", "outcome_never"),
        ("outcome.ask exists", "outcome_never"),
        ("answer.happy == 'yess'", "value_never"),
        ("outcome.call in ['reached', 'nobdy']", "value_never"),
    ],
)
def test_answers_and_outcomes_are_those_of_the_scheme_itself(condition, code):
    codes = ("answer_never", "outcome_never", "value_never")
    steps = OWN.format(condition=condition, script="hello")
    assert {one: warned(steps, one) for one in codes} == {one: [7] if one == code else [] for one in codes}


def test_words_of_a_call_that_are_not_there_are_named_with_those_that_were_meant():
    steps = OWN.format(condition="answer.happy exists", script="how-its-it")
    assert warned(steps, "script_unknown") == [6]
    (told,) = [p for p in read_scheme(HEAD + steps, known=KNOWN).problems if p.code == "script_unknown"]
    assert told.did_you_mean == "how-is-it"
    assert warned(OWN.format(condition="answer.happy exists", script="hello"), "script_unknown") == []
