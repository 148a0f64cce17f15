"""The ways out of a step as its owner wrote them, and what people call a step."""

from regulars.core.read import read_scheme
from regulars.core.roads import Way, ways

TEXT = """\
scheme: ways
per: order
starts: order.placed
steps:
  talk:
    title: {en: Talk to him, ru: Поговорить}
    call: {within: 1h working}
    outcomes: {yes_please: {again: [15m, 2h], then: asked}, later: {call_again: asked}, no_thanks: end}
  asked:
    title: One name for all
    ask: {question: satisfied, template: are-you-happy, up_to: 2d}
    answers: {"yes": last, "no": branch}
    on_timeout: waits
  branch:
    if: order.total >= 1000
    yes: waits
    no: last
  waits:
    wait_for: {event: order.paid, up_to: 2h}
    on_timeout: days
  days:
    wait: {days: 3, after: order.delivered}
    on_timeout: end
  last:
    send: {template: paid}
"""


def test_every_way_out_has_its_kind_and_its_name_the_main_one_first() -> None:
    scheme = read_scheme(TEXT).scheme
    assert scheme is not None
    assert {name: ways(step) for name, step in scheme.steps.items()} == {
        "talk": (Way("outcome", "asked", "yes_please", 2), Way("outcome", "end", "no_thanks")),
        "asked": (Way("answer", "last", "yes"), Way("answer", "branch", "no"), Way("timeout", "waits")),
        "branch": (Way("yes", "waits"), Way("no", "last")),
        "waits": (Way("event", "days"), Way("timeout", "days")),
        "days": (Way("then", "last"), Way("timeout", "end")),
        "last": (Way("then", "end"),),
    }


def test_a_step_may_have_a_title_and_it_changes_nothing_else() -> None:
    scheme, plain = read_scheme(TEXT).scheme, read_scheme(TEXT.replace("    title: One name for all\n", "")).scheme
    assert scheme is not None and plain is not None
    assert scheme.titles == {"talk": {"en": "Talk to him", "ru": "Поговорить"}, "asked": {"*": "One name for all"}}
    assert [(s.name, s.verb, ways(s)) for s in scheme.steps.values()] == [
        (s.name, s.verb, ways(s)) for s in plain.steps.values()
    ]


def test_a_title_that_lacks_a_language_is_worth_a_look() -> None:
    reading = read_scheme(TEXT.replace("{en: Talk to him, ru: Поговорить}", "{en: Talk to him}")
                          .replace("scheme: ways\n", "scheme: ways\ntitle: {en: Ways, ru: Пути}\n"))  # fmt: skip
    assert [(p.code, p.line, p.params["found"]) for p in reading.problems] == [("language_missing", 7, "ru")]
    assert reading.scheme is not None


def test_a_title_of_the_wrong_shape_is_refused_at_its_line() -> None:
    problems = read_scheme(TEXT.replace("title: One name for all", "title: [a, b]")).problems
    assert [(p.code, p.line) for p in problems] == [("wrong_type", 10)]
