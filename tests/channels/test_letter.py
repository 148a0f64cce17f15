"""A letter is compiled once, written for each reader in his language, and says the same in text and HTML."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from regulars.outbox import copytext, starter
from regulars.outbox.filters import Context
from regulars.outbox.letter import Button, LetterSource, check_letter, compile_letter, render, starter_letter
from regulars.outbox.mjml import compile_mjml
from regulars.outbox.problems import TemplateProblem
from regulars.outbox.short import compile_short, first_paragraph, render_short

NOW = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
CONTEXT = Context("ru", "Asia/Vladivostok", "Asia/Vladivostok", NOW, "RUB")


def money(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "RUB"}


# What every order gives, and nothing that may be absent.
LEAST: dict[str, Any] = {
    "person": {},
    "shop": {"name": "Дом"},
    "order": {"number": "1001", "total": money(499000), "due": money(499000)},
    "shipment": {},
    "product": {},
}
MOST: dict[str, Any] = {
    "person": {"first_name": "Марина"},
    "shop": {"name": "Дом & сад", "phone": "+79141234567", "hours": "9–18", "reply_hours": 2, "return_days": 14},
    "order": {
        "number": "1001",
        "total": money(499000),
        "due": money(499000),
        "paid": money(100050),
        "keep_until": NOW + timedelta(days=3),
        "window": {"from": NOW + timedelta(days=1), "to": NOW + timedelta(days=1, hours=4)},
        "lines": [{"name": "Сковорода <24>", "quantity": 1, "total": money(299000)}, {"name": "Чай", "quantity": "2"}],
    },
    "product": {"name": "Сковорода <24>"},
    "promise": {"call": NOW + timedelta(hours=1), "ship": NOW + timedelta(days=2), "delivery": NOW + timedelta(days=4)},
    "shipment": {"carrier": "СДЭК", "tracking": "123"},
    "bank": {"account": "40702", "recipient": "ИП Дом", "name": "Банк", "bik": "044"},
    "link": {name: f"https://s.example/{name}?a=1&b=2" for name in ("order", "pay", "yes", "no", "review", "short")},
}
STORY = [
    "order-received", "order-received-night", "unpaid-2h", "unpaid-again", "payment-failed", "paid", "packed",
    "shipped", "delivered", "cancelled", "are-you-happy", "review-invitation", "review-reminder",
]  # fmt: skip


class Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.hrefs: list[str] = []
        self.fetched: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a":
            self.hrefs.append(values.get("href") or "")
        elif tag in ("link", "img", "script", "iframe"):
            self.fetched.append(tag)
        if tag not in ("meta", "br", "img", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("link", "img"):
            self.fetched.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", sorted(starter.letters()["letters"]))
def test_each_starter_letter_compiles_in_both_languages_and_fetches_nothing(name: str) -> None:
    source = starter_letter(name)
    compiled = compile_letter(source)
    assert set(compiled.languages) == {"en", "ru"}
    assert compiled.purpose in ("service", "advertising", "staff")
    for parts in compiled.parts.values():
        # addresses of namespaces are names, not addresses
        source_html = re.sub(r'xmlns(:\w+)?="[^"]*"', "", parts.html.source)
        assert "http:" not in source_html.replace("http-equiv", "") and "https:" not in source_html
        assert "@@" not in source_html and "[[" not in source_html and "[%" not in source_html
        assert "prefers-color-scheme" in source_html


@pytest.mark.parametrize("name", STORY)
def test_the_storys_letters_need_only_what_every_order_has(name: str) -> None:
    compiled = compile_letter(starter_letter(name))
    assert compiled.bare <= {"order.number", "order.due", "order.total", "shop.name"}
    for language in ("en", "ru"):
        for facts in (LEAST, MOST):
            rendered = render(compiled, language, facts, CONTEXT)
            assert rendered.subject and rendered.text.count("\n\n\n") == 0 and "**" not in rendered.text
            assert not re.search(
                r"\s[.,:;](\s|$)|\.\.|,\s*\.|\(\)|:\s*$", rendered.text.split("-- ")[0].replace(":\nhttps", "")
            ), rendered.text
            links = Links(rendered.html)
            assert links.open == [] and links.fetched == []
            assert '<p style="margin:0 0 16px;"></p>' not in rendered.html
            if facts is LEAST:
                assert [href for href in links.hrefs if href] == []


def test_text_and_html_say_the_same_and_values_are_escaped() -> None:
    rendered = render(compile_letter(starter_letter("order-received")), "ru", MOST, CONTEXT)
    assert rendered.subject == "Ваш заказ 1001 у\u00a0нас"
    assert "- Сковорода <24>, 1\u00a0шт.: 2\u00a0990\u00a0₽\n" in rendered.text
    assert "Сковорода &lt;24&gt;" in rendered.html and "<24>" not in rendered.html
    assert "Дом &amp; сад" in rendered.html
    assert "\nПосмотреть заказ:\nhttps://s.example/order?a=1&b=2\n" in rendered.text
    assert "https://s.example/order?a=1&b=2" in Links(rendered.html).hrefs
    assert "tel:+79141234567" in Links(rendered.html).hrefs
    assert "<b>до\u00a012:00</b>" in rendered.html and "до\u00a012:00 позвоним" in rendered.text


def test_an_advertisement_cannot_be_written_without_a_way_out_of_it() -> None:
    compiled = compile_letter(starter_letter("gift-code"))
    assert compiled.purpose == "advertising"
    assert {"link.unsubscribe", "link.preferences"} <= compiled.fields & compiled.bare
    code = {"value": "ABC", "gives": "10 %", "valid_until": NOW}
    with pytest.raises(TemplateProblem, match=r"link\.unsubscribe"):
        render(compiled, "en", {**MOST, "code": code}, CONTEXT)
    links = {"unsubscribe": "https://s.example/u/1", "preferences": "https://s.example/p/1"}
    rendered = render(compiled, "en", {**MOST, "code": code, "link": links}, CONTEXT)
    assert "Unsubscribe: https://s.example/u/1" in rendered.text
    assert set(Links(rendered.html).hrefs) == set(links.values())


def test_yes_and_no_look_alike() -> None:
    html = render(compile_letter(starter_letter("are-you-happy")), "en", MOST, CONTEXT).html
    styles = re.findall(r'<a href="https://s\.example/(?:yes|no)[^"]*"[^>]*style="([^"]*)"', html)
    assert len(styles) == 2 and styles[0] == styles[1]
    assert html.count('class="pad btn2"') == 2 and 'class="pad btn"' not in html


def test_the_same_source_is_compiled_once() -> None:
    assert compile_letter(starter_letter("paid")) is compile_letter(starter_letter("paid"))


def test_a_schemes_own_text_takes_the_same_form() -> None:
    source = LetterSource.from_mapping(
        "confirm",
        {
            "subject": {"en": "We have your order {{ order.number }}", "ru": "Ваш заказ {{ order.number }} принят"},
            "text": {
                "en": "Hello {{ person.first_name }}, we will call you by {{ promise.due | time }}.",
                "ru": "До {{ promise.due | time }}.",
            },
        },
    )
    compiled = compile_letter(source)
    assert compiled.fields >= {"order.number", "person.first_name", "promise.due"}
    assert compiled.bare >= {"person.first_name", "promise.due"}
    facts = {**LEAST, "person": {"first_name": "Ann"}, "promise": {"due": NOW + timedelta(minutes=20)}}
    rendered = render(compiled, "en", facts, CONTEXT)
    assert rendered.text.startswith("Hello Ann, we will call you by 11:20.\n\n-- \nAbout your order 1001.")
    assert "by 11:20." in rendered.html


@pytest.mark.parametrize(("wanted", "spoken"), [("ru", "ru"), ("ru-KZ", "ru"), ("en", "en"), ("de", "en"), ("", "en")])
def test_a_reader_of_another_language_gets_the_fallback(wanted: str, spoken: str) -> None:
    compiled = compile_letter(starter_letter("cancelled"))
    rendered = render(compiled, wanted, LEAST, CONTEXT)
    assert rendered.language == spoken
    assert ("отменён" in rendered.subject) == (spoken == "ru")


def test_the_fallback_can_be_stated() -> None:
    source = LetterSource("x", {"en": "a", "ru": "б"}, {"en": "a", "ru": "б"}, fallback="ru")
    assert render(compile_letter(source), "de", LEAST, CONTEXT).subject == "б"


def test_a_missing_fact_is_a_problem_and_not_a_hole_in_the_letter() -> None:
    source = LetterSource("x", {"en": "a"}, {"en": "You live in {{ person.city }}."})
    with pytest.raises(TemplateProblem, match=r"person\.city") as caught:
        render(compile_letter(source), "en", LEAST, CONTEXT)
    assert caught.value.code == "missing_value"


@pytest.mark.parametrize(
    ("source", "code", "part"),
    [
        (LetterSource("x", {"en": "a"}, {"ru": "б"}), "language", "x"),
        (LetterSource("x", {"en": "a {{ b"}, {"en": "c"}), "syntax", "subject.en"),
        (LetterSource("x", {"en": "a"}, {"en": "c\n\n{{ b | monney }}"}), "unknown_filter", "text.en"),
        (
            LetterSource("x", {"en": "a"}, {"en": "c"}, buttons=(Button({"en": "{% if %}"}, "link.a"),)),
            "syntax",
            "button0.en",
        ),
    ],
)
def test_a_letter_that_cannot_be_read_says_where(source: LetterSource, code: str, part: str) -> None:
    with pytest.raises(TemplateProblem) as caught:
        compile_letter(source)
    assert (caught.value.code, caught.value.part) == (code, part)


def test_unknown_fields_are_found_before_publishing() -> None:
    source = LetterSource("x", {"en": "{{ order.numbr }}"}, {"en": "a\n{{ person.first_name }}\n{{ persn.name }}"})
    found = check_letter(
        source, {"order.number", "person.first_name", "person.name", "shop.name", "shop.phone", "shop.hours"}
    )
    assert [(p.part, p.line, p.did_you_mean) for p in found] == [
        ("subject.en", 1, "order.number"),
        ("text.en", 3, "person.name"),
    ]


@pytest.mark.parametrize(
    ("copy", "html", "text"),
    [
        ("a **b {{ c }}** d", "a <b>b {{ c }}</b> d", "a b {{ c }} d"),
        ("a < b & c", "a &lt; b &amp; c", "a < b & c"),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;", "<script>x</script>"),
        ("one\ntwo", "one<br>two", "one\ntwo"),
        ("**never closed", "<b>never closed</b>", "never closed"),
        (
            "[Leave](link.unsubscribe)",
            '<a href="{{ link.unsubscribe }}" style="color:#0f766e;">Leave</a>',
            "Leave: {{ link.unsubscribe }}",
        ),
        ("[x](javascript:alert)", "[x](javascript:alert)", "[x](javascript:alert)"),
        ("{% if a < b %}c{% endif %}", "{% if a < b %}c{% endif %}", "{% if a < b %}c{% endif %}"),
    ],
)
def test_the_little_markup(copy: str, html: str, text: str) -> None:
    body = copytext.to_html(copy)
    assert body.replace(copytext.PARAGRAPH, "").replace("</p>", "") == html
    assert copytext.to_text(copy).replace("\n\n", "") == text


def test_a_paragraph_under_a_condition_goes_wholly() -> None:
    source = LetterSource("x", {"en": "s"}, {"en": "one\n\n{% if a %}two {% if b %}b{% endif %}.{% endif %}\n\nthree"})
    compiled = compile_letter(source)
    without = render(compiled, "en", LEAST, CONTEXT)
    assert without.text.startswith("one\n\nthree\n\n-- \n")
    assert re.findall(r"<p [^>]*>(.*?)</p>", without.html) == ["one", "three"]
    with_it = render(compiled, "en", {**LEAST, "a": 1}, CONTEXT)
    assert with_it.text.startswith("one\n\ntwo .\n\nthree")


def test_two_conditions_at_the_ends_of_a_paragraph_are_not_one_round_it() -> None:
    copy = "{% if a %}A{% else %}B{% endif %}, then{% if c %} C{% endif %}"
    assert copytext.to_html(copy) == f"{copytext.PARAGRAPH}{copy}</p>"


def test_the_day_is_named_once_in_a_paragraph() -> None:
    copy = "{{ a.b | on_day }}, by {{ a.b | time }} and {{ c | time }}\n\nat {{ a.b | time }}"
    assert copytext.name_day_once(copy) == (
        "{{ a.b | on_day }}, by {{ a.b | time: 'hour' }} and {{ c | time }}\n\nat {{ a.b | time }}"
    )


@pytest.mark.parametrize(
    "mjml",
    [
        "<mjml><mj-body><mj-txt>a</mj-txt></mj-body></mjml>",
        '<mjml><mj-body><mj-include path="/etc/passwd" /></mj-body></mjml>',
        '<mjml><mj-head><mj-font name="x" href="https://fonts.example/x" /></mj-head><mj-body></mj-body></mjml>',
        '<mjml><mj-head><mj-style>@import "https://x.example/a.css";</mj-style></mj-head><mj-body></mj-body></mjml>',
        "<mjml><mj-body><mj-text>a</mj-body></mjml>",
        "no layout",
    ],
)
def test_a_layout_that_is_wrong_or_calls_outside_is_refused(mjml: str) -> None:
    with pytest.raises(TemplateProblem) as caught:
        compile_mjml(mjml)
    assert caught.value.code == "layout"


def test_a_known_outside_font_is_not_fetched() -> None:
    html = compile_mjml(
        '<mjml><mj-head><mj-attributes><mj-all font-family="Roboto, Arial" /></mj-attributes></mj-head>'
        "<mj-body><mj-section><mj-column><mj-text>a</mj-text></mj-column></mj-section></mj-body></mjml>"
    )
    assert "fonts.googleapis" not in html and "<link" not in html


@pytest.mark.parametrize("name", sorted(starter.sms()))
def test_each_short_text_fits_one_message_with_usual_values(name: str) -> None:
    when = NOW + timedelta(minutes=20)
    facts: dict[str, Any] = {
        "shop": {"name": "Дом и сад"},
        "person": {"phone": "+79141234567"},
        "order": {**MOST["order"], "total": money(499000)},
        "promise": {"call": when, "ship": when, "delivery": when, "due": when},
        "courier": {"phone": "+79141234567", "arrives_at": when},
        "shipment": {"code": "1234", "keep_until": when},
        "operator": {"first_name": "Анна"},
        "waitlist": {"keep_until": when},
        "appointment": {"starts_at": when},
        "code": {"value": "123456"},
        "task": {"target_at": when, "due_at": when, "minutes_left": 5, "owner": "Анна"},
        "call": {"at": when, "from": "+79141234567"},
        "link": {"short": "https://s.ex/aB3dE"},
    }
    compiled = compile_short(starter.sms()[name])
    language, text = render_short(compiled, "ru", facts, CONTEXT)
    assert language == "ru" and "\u00a0" not in text
    assert len(text) <= 70, text


@pytest.mark.parametrize("name", ["order-received", "order-received-night", "unpaid-2h", "unpaid-again", "paid",
                                  "packed", "shipped", "delivered", "cancelled", "payment-failed"])  # fmt: skip
def test_the_storys_short_texts_need_only_what_every_order_has(name: str) -> None:
    compiled = compile_short(starter.sms()[name])
    assert compiled.bare <= {"order.number", "order.due", "shop.name"}
    for language in ("en", "ru"):
        assert render_short(compiled, language, LEAST, CONTEXT)[1]


def test_every_script_line_and_question_compiles_in_both_languages() -> None:
    scripts = starter.scripts()
    texts = [
        line[kind]
        for script in scripts["scripts"].values()
        for line in script["lines"]
        for kind in ("say", "do")
        if kind in line
    ]
    texts += [{"en": found["en"], "ru": found["ru"]} for found in [*scripts["questions"], *scripts["closing"]]]
    for text in texts:
        assert set(compile_short(text).templates) == {"en", "ru"}
    assert {"confirm-order", "unpaid", "how-is-it"} <= set(scripts["scripts"])


def test_a_messenger_gets_the_first_paragraph() -> None:
    found = first_paragraph({"en": "{{ person | hello }}\n\nyour **order** came.\n\nMore."})
    assert found == {"en": "{{ person | hello }}\n\nyour order came."}
