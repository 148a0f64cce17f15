"""Texts that operators say: read with line numbers, written back the same, filled in piece by piece."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.outbox import spoken, starter
from regulars.outbox.filters import Context
from regulars.outbox.problems import TemplateProblem
from regulars.outbox.spoken_liquid import pieces
from regulars.outbox.spoken_text import Kind, read, written

CONTEXT = Context("ru", "Europe/Moscow", "Europe/Moscow", datetime(2026, 3, 2, 12, tzinfo=UTC), "RUB")
SCRIPTS: list[tuple[Kind, str]] = [("script", key) for key in starter.scripts()["scripts"]]
READY: list[tuple[Kind, str]] = [*SCRIPTS, ("questions", "all"), ("closing", "all")]
SCRIPT = """\
title: {en: One, ru: Один}
lines:
  - step: greet
    when: [in_stok, not paid]
    say:
      en: "Hello {{ person.first_nme }}"
      ru: >-
        Здравствуйте,
        {{ order.number | caze: 'dative' }}
        и ещё
  - step: close
    sey: x
    outcome: так
  - branch: true
"""


@pytest.mark.parametrize(("kind", "key"), READY)
def test_the_ready_texts_are_right_and_stay_the_same_when_written_and_read(kind: Kind, key: str) -> None:
    content = spoken.ready(kind, key)
    found = read(kind, written(kind, content))
    assert found.problems == [] and found.content == content


def test_each_problem_has_its_line_and_what_was_meant() -> None:
    found = [(p.line, p.code, p.did_you_mean) for p in read("script", SCRIPT).problems]
    assert found == [
        (4, "unknown_situation", "in_stock"),
        (6, "liquid_unknown_field", "person.first_name"),
        (9, "liquid_unknown_filter", "case"),
        (12, "unknown_key", "say"),
        (13, "bad_outcome", None),
        (14, "needs_step", None),
    ]


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("script", "a: [", "unreadable"), ("script", "just words", "needs_title_and_lines"),
        ("script", "title: x\nlines: []", "needs_lines"), ("script", "title: x\nlines: [5]", "needs_step"),
        ("script", "title: x\nlines:\n- step: a\n  say: '{{ x'", "liquid_syntax"),
        ("script", "title: x\nlines:\n- step: a\n  say: '{% include x %}'", "liquid_unknown_tag"),
        ("questions", "a: 1", "needs_questions"), ("questions", "- question: x", "needs_question_and_answer"),
        ("closing", "x", "needs_phrases"), ("closing", "- en: ''", "needs_text"), ("closing", "[]\n#", None),
        ("script", "title: x\nlines:\n- step: a\n  say: " + "y" * 2001, "too_long"),
    ],
)  # fmt: skip
def test_what_has_no_shape_is_said(kind: Kind, text: str, code: str | None) -> None:
    assert [p.code for p in read(kind, text).problems][:1] == ([code] if code else [])


@given(st.text(max_size=300), st.sampled_from(["script", "questions", "closing"]))
def test_no_text_breaks_the_reader(text: str, kind: Kind) -> None:
    found = read(kind, text)
    assert found.content is not None or found.problems


@given(st.text(alphabet="абв \"'\\\n\t:#-{}[]|>&*%@`", min_size=1, max_size=200).filter(lambda t: t.strip()))
def test_any_words_survive_being_written_and_read(words: str) -> None:
    content = [{"en": words, "ru": words + "!"}]
    try:
        pieces(words, {}, CONTEXT)
    except TemplateProblem:
        return
    assert read("closing", written("closing", content)).content == content


def test_what_was_put_in_is_marked_and_what_is_missing_is_a_gap() -> None:
    facts = {"person": {"first_name": "Пётр"}, "situation": {"paid": False}, "x": "\ue000evil\ue002"}
    text = (
        "{{ greeting }}, {{ person.first_name | case: 'dative' }}"
        "{% unless situation.paid %}, {{ order.due | money }}{% endunless %}! {{ x }}"
    )
    assert pieces(text, facts, CONTEXT) == [
        ("Добрый день", "filled"), (", ", ""), ("Петру", "filled"), (", ", ""), ("order.due | money", "gap"), ("! ", ""),
        ("evil", "filled"),
    ]  # fmt: skip
    assert pieces(text, {**facts, "situation": {"paid": True}}, CONTEXT)[3][0] == "! "


def test_a_loop_without_end_is_stopped() -> None:
    with pytest.raises(TemplateProblem):
        pieces("{% for a in (1..100000) %}{% for b in (1..100000) %}x{% endfor %}{% endfor %}", {}, CONTEXT)
