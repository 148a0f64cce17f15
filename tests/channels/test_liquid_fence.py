"""Owners' templates cannot read, loop or grow beyond their share, whatever is written in them."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.outbox.filters import Context
from regulars.outbox.liquid import FILTER_NAMES, MAX_SOURCE, parse
from regulars.outbox.problems import TemplateProblem
from regulars.outbox.template_fields import check_fields, fields

CONTEXT = Context("en", "Europe/Moscow", "Europe/Moscow", datetime(2026, 3, 2, 9, 0, tzinfo=UTC), "RUB")
FACTS: dict[str, Any] = {
    "person": {"first_name": "Marina", "phone": "+79141234567"},
    "order": {
        "number": "1001",
        "total": {"minor": 499000, "currency": "RUB"},
        "lines": [{"name": "Pan"}, {"name": "Lid"}],
    },
    "n": 5,
    "hollow": None,
}

ESCAPES = [
    "{{ person.__class__ }}",
    "{{ person.__class__.__mro__ }}",
    "{{ person['__class__'] }}",
    "{{ order.number.__class__.__base__.__subclasses__ }}",
    "{{ order.lines.__len__ }}",
    "{{ n.real }}",
    "{{ n.__init__.__globals__ }}",
    "{{ person.keys }}",
    "{{ person.items }}",
    "{{ order.number.format }}",
    "{{ '{0.__class__}' | format: n }}",
    "{{ person | attr: '__class__' }}",
    "{{ person | map: '__class__' }}",
    "{{ order.number | safe }}",
    "{{ self }}",
    "{{ request.environ }}",
    "{{ settings.SECRET_KEY }}",
    "{{ config }}",
    "{{ env }}",
    "{{ forloop.__class__ }}",
    "{% for i in order.lines %}{{ forloop.parentloop.__class__ }}{% endfor %}",
    "{% for i in order.lines %}{{ forloop.it }}{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{% render 'x' %}",
    "{% liquid assign a = 1 %}",
    "{% echo person.__class__ %}",
    "{% raw %}{{ person }}{% endraw %}",
    "{% import os %}",
    "{%- tablerow i in (1..3) -%}{% endtablerow %}",
    "{{ template }}{{ partial.x }}",
    "{{ person.first_name.first }}",
    "{{ [person.first_name] }}",
    "{{ cycler.__init__ }}",
]

BOMBS = [
    "{% for i in (1..1000000000) %}x{% endfor %}",
    "{% for i in (1..999999999999999999999999) %}x{% endfor %}",
    "{% for i in (1..5000) %}{% for j in (1..5000) %}{% endfor %}{% endfor %}",
    "{% for i in (1..4000) %}{% for j in (1..4000) %}{% if n == 5 %}{% endif %}{% endfor %}{% endfor %}",
    "{% assign a = 'xxxxxxxx' %}" + "{% assign a = a | append: a %}" * 60 + "{{ a }}",
    "{% assign a = 9999 %}" + "{% assign a = a | times: a %}" * 60 + "{{ a }}",
    "{% capture a %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endcapture %}" * 900,
    "{% for i in (1..3000) %}{{ 'x' | upcase | upcase | upcase | upcase }}{% endfor %}" * 200,
    "{{ " + "[" * 600,
    "{{ " + "a[" * 300 + "]" * 300 + " }}",
    "{% if " + "a or " * 190 + "a %}x{% endif %}",
    "{% if n %}" * 400 + "{% endif %}" * 400,
    "{{" + " " * 900 + "}}",
    "{{" * 30_000,
    "{% comment %}" * 3000,
    "{%" * 30_000,
    "x" * (MAX_SOURCE + 1),
    "{{ n | divided_by: 0 }}",
    "{{ n | times: 'a' }}",
    "{{ '9' | times: '1e400' }}",
    "{{ 'a' | truncate: 99999999999999999999 }}",
    "{{ order.number | slice: -99999999999, 99999999999999 }}",
    "{{ " + "9" * 900 + " | number }}",
    "{{ 1e999 | number }}",
    "{{ n | plural: 'a', 'b', 'c', 'd' }}",
    "{{ n | money: 'a', 'b' }}",
    "{{ n | time: 'x' }}",
]


def outcome(source: str, *, html: bool = False) -> str | None:
    """The text, or None for a clean problem; anything else that is raised fails the test."""
    began = time.thread_time()  # it waits for nothing, so what it costs is work
    try:
        return parse(source, html=html).render(FACTS, CONTEXT)
    except TemplateProblem:
        return None
    finally:
        assert time.thread_time() - began < 1.0


@pytest.mark.parametrize("source", ESCAPES)
def test_an_escape_is_refused_or_writes_nothing_of_ours(source: str) -> None:
    for html in (False, True):
        written = outcome(source, html=html)
        assert written is None or not any(word in written for word in ("class", "object at", "<", "method", "root:"))


@pytest.mark.parametrize("source", BOMBS, ids=range(len(BOMBS)))
def test_a_bomb_ends_within_a_second(source: str) -> None:
    outcome(source)


def test_hidden_names_never_show_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_CANARY", "canary-in-the-environment")
    for name in ("env", "os.environ", "environ.REGULARS_CANARY", "globals", "settings", "self.env"):
        assert "canary" not in (outcome(f"{{{{ {name} }}}}") or "")
    assert os.environ["REGULARS_CANARY"]


PIECES = st.sampled_from(
    [
        "{{ ", " }}", "{% ", " %}", "person", ".", "order.lines", "first_name", "__class__", "[", "]", "(1..",
        "9", "99999)", " | ", "money", "times: ", "append: ", "'", '"', "for i in ", "if ", "endif", "endfor",
        "assign a = ", "capture a", "endcapture", "n", " == ", " or ", "case n", "when 5", "endcase", "-",
        "\n", "ё", "\u202e", "x" * 50, "empty", " contains ", ": ", ", ", "break", "#", "comment",
        "endcomment", "unless ", "endunless", "else", "elsif n",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200))
def test_any_text_renders_or_is_refused_cleanly(source: str) -> None:
    outcome(source)
    outcome(source, html=True)


def test_a_value_is_escaped_in_html_and_not_in_text() -> None:
    facts = {"person": {"first_name": '<b>O\'Hara & "Co"</b>'}}
    assert parse("{{ person.first_name }}").render(facts, CONTEXT) == '<b>O\'Hara & "Co"</b>'
    assert parse("{{ person.first_name }}", html=True).render(facts, CONTEXT) == (
        "&lt;b&gt;O&#39;Hara &amp; &#34;Co&#34;&lt;/b&gt;"
    )


def test_captured_text_is_escaped_once() -> None:
    template = parse("{% capture a %}{{ x }}{% endcapture %}{{ a }}", html=True)
    assert template.render({"x": "<i>"}, CONTEXT) == "&lt;i&gt;"


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("{% if hollow %}1{% else %}2{% endif %}", "2"),
        ("{% if nothing.at.all %}1{% else %}2{% endif %}", "2"),
        ("{% if nothing == 'x' %}1{% endif %}{% if nothing != 'x' %}2{% endif %}", "2"),
        ("{% if nothing > 3 %}1{% endif %}", ""),
        ("{% for line in nothing %}1{% endfor %}", ""),
        ("{{ nothing | default: 'x' }}", "x"),
        (
            "{% for line in order.lines %}{{ forloop.index }}{{ line.name }} {% endfor %}{{ order.lines.size }}",
            "1Pan 2Lid 2",
        ),
        ("{{ slot.1 }}", "early"),
    ],
)
def test_what_is_missing_is_false_and_what_is_there_is_read(source: str, written: str) -> None:
    assert parse(source).render({**FACTS, "slot": {"1": "early"}}, CONTEXT) == written


@pytest.mark.parametrize(
    ("source", "code", "line", "meant"),
    [
        ("a\n{{ person.last_name }}", "missing_value", 2, None),
        ("{{ hollow }}", "missing_value", 1, None),
        ("{{ nobody | money }}", "missing_value", 1, None),
        ("\n\n{{ n | monny }}", "unknown_filter", 3, "money"),
        ("{% fir n %}", "unknown_tag", 1, "for"),
        ("{% if n %}", "syntax", 1, None),
        ("x\n{{ n", "syntax", 2, None),
        ("{{ order.total }}", "bad_value", 1, None),
        ("{{ person }}", "bad_value", 1, None),
        ("a\n{{ person.first_name | money }}", "bad_value", 2, None),
    ],
)
def test_a_problem_names_its_line_and_the_mend(source: str, code: str, line: int, meant: str | None) -> None:
    with pytest.raises(TemplateProblem) as caught:
        parse(source).render(FACTS, CONTEXT)
    assert (caught.value.code, caught.value.line, caught.value.did_you_mean) == (code, line, meant)


def test_the_same_source_is_parsed_once() -> None:
    assert parse("{{ n }} once") is parse("{{ n }} once")
    assert parse("{{ n }} once", html=True) is not parse("{{ n }} once")


def test_no_filter_is_there_that_was_not_chosen() -> None:
    assert (
        not {"safe", "map", "where", "join", "replace", "split", "escape", "url_encode", "base64_decode"} & FILTER_NAMES
    )


def test_fields_are_found_with_what_guards_them() -> None:
    found = fields(
        parse(
            "{{ person | hello }}{% if order.window and promise.call %}{{ order.window | window }}"
            "{{ promise.call | time }}"
            "{% else %}{{ promise.ship | date }}{% endif %}{% for line in order.lines %}{{ line.name }}{% endfor %}"
            "{{ shop.phone | default: '-' }}{% assign mine = shop.name %}{{ mine }}{{ greeting }}"
        )
    )
    assert found.used == {
        "person.first_name", "order.window", "promise.call", "promise.ship", "order.lines", "shop.phone", "shop.name",
    }  # fmt: skip
    assert found.bare == {"promise.ship", "shop.name"}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["a.b", "c.d.e", "f", "g.h"]), min_size=1, max_size=6))
def test_every_field_the_library_sees_is_seen(names: list[str]) -> None:
    template = parse("".join(f"{{% if {name} %}}{{{{ {name} | upcase }}}}{{% endif %}}" for name in names))
    seen = {str(variable) for group in template.parsed.analyze().globals.values() for variable in group}
    assert fields(template).used == seen
    assert fields(template).bare == frozenset()


def test_an_unknown_field_is_named_with_what_was_meant() -> None:
    problems = check_fields(parse("{{ person.first_name }}\n{{ person.firstname }}"), {"person.first_name"}, "text.en")
    assert [problem.sentence() for problem in problems] == [
        "text.en, line 2: there is no 'person.firstname'. Did you mean 'person.first_name'?"
    ]
    assert check_fields(parse("{{ product.colour }}"), {"product.*"}) == []
