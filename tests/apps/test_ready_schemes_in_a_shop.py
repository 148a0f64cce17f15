"""The ready schemes against all that a shop knows: no warning, every letter in both languages, written with plausible facts."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from regulars.core.letters import letters
from regulars.core.read import read_scheme
from regulars.core.scheme import Call, Scheme
from regulars.journeys.checking import read_for_shop
from regulars.outbox import starter
from regulars.outbox.filters import Context
from regulars.outbox.letter import compile_letter, render, starter_letter
from regulars.outbox.short import compile_short, render_short
from regulars.schemes import READY, ready
from regulars.web import words
from tests.apps.world import World

NOW = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
LINKS = {"unsubscribe": "https://s.example/u/1", "preferences": "https://s.example/p/1"}
LEAST: dict[str, Any] = {
    "person": {},
    "shop": {"name": "Дом"},
    "order": {
        "number": "1001",
        "total": {"minor": 499000, "currency": "RUB"},
        "due": {"minor": 499000, "currency": "RUB"},
        "window": {"from": "2026-11-28T04:00:00+00:00", "to": "2026-11-28T06:00:00+00:00"},
    },
    "product": {},
    "promise": {"due": NOW + timedelta(days=30), "call": NOW + timedelta(hours=1)},
    "link": LINKS,
}
MOST: dict[str, Any] = {
    **LEAST,
    "person": {"first_name": "Марина"},
    "shop": {"name": "Дом & сад", "phone": "+79141234567", "hours": "9–18", "reply_hours": 2, "return_days": 14},
    "product": {"name": "Стол <180>"},
    "promise": LEAST["promise"] | {"ship": NOW + timedelta(days=9)},
    "link": LINKS | {name: f"https://s.example/{name}" for name in ("order", "pay", "yes", "no", "review", "file")},
    "bank": {"account": "40702", "recipient": "ИП Дом", "name": "Банк", "bik": "044"},
}
IDLE = {"after-order": {"hold_out_idle"}}
"""The first scheme says its hold-out in advance of the advertising that an owner puts at its end."""


def scheme(name: str) -> Scheme:
    found = read_scheme(ready(name, "en")).scheme
    assert found is not None
    return found


TEMPLATES = sorted({letter.template for name in READY for _, letter in letters(scheme(name)) if letter.template})


def test_no_shop_is_warned_of_a_ready_scheme(world: World) -> None:
    with world.writing() as cur:
        for name in READY:
            reading = read_for_shop(cur, world.shop_id, ready(name, "ru"))
            assert reading.scheme is not None and reading.scheme.name == name
            assert {p.code for p in reading.problems} == IDLE.get(name, set()), [p.sentence() for p in reading.problems]


@pytest.mark.parametrize("key", TEMPLATES)
def test_each_letter_is_written_with_the_least_and_with_the_most(key: str) -> None:
    compiled = compile_letter(starter_letter(key))
    short = starter.sms().get(key)
    for language in ("en", "ru"):
        context = Context(language, "Asia/Vladivostok", "Asia/Vladivostok", NOW, "RUB")
        for facts in (LEAST, MOST):
            said = render(compiled, language, facts, context)
            assert said.language == language and said.subject and said.preheader not in ("", said.subject)
            assert len(said.subject) <= 60, said.subject
            body = said.text.split("-- ")[0]
            assert not re.search(r"\{\{|\*\*|None|\s[.,;?](\s|$)|\.\.|,\s*\.|\n\n\n", body), body
            assert bool(re.search("[А-Яа-я]", body)) == (language == "ru" or "Стол" in body or "Марина" in body)
        if short:
            text = render_short(compile_short(short), language, LEAST, context)
            assert len(text) <= 75, text


def test_what_a_scheme_names_is_there_and_has_its_words() -> None:
    scripts = starter.scripts()["scripts"]
    for name in READY:
        found = scheme(name)
        assert set(found.title) == {"en", "ru"}
        for step in found.steps.values():
            assert set(found.titles.get(step.name, ())) == {"en", "ru"}, (name, step.name)
            if not isinstance(step, Call):
                continue
            assert step.script in scripts, (name, step.name)
            ends = {line["outcome"] for line in scripts[step.script]["lines"] if "outcome" in line}
            # A script never ends with a word that the step doesn't offer; the first scheme's are older and say more.
            assert ends <= set(step.outcomes) or name == "after-order", (name, step.name)
            assert set(step.outcomes) <= set(words.OUTCOMES), (name, step.name)
        for _, letter in letters(found):
            if letter.template and "sms" in letter.by:
                assert set(starter.sms()[letter.template]) == {"en", "ru"}, letter.template
            if letter.template:
                declared = starter.letters()["letters"][letter.template]["purpose"]
                assert declared == letter.purpose, letter.template
