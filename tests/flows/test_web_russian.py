"""The Russian catalogue: whole, in step with the templates, typeset, and safe to fill in."""

import re
from pathlib import Path

from babel.messages.pofile import read_po
from django.utils import translation
from django.utils.translation import gettext, ngettext

import regulars
from regulars.outbox import starter
from regulars.project.compile_messages import LOCALE, ensure
from regulars.web.desk.steps import STEPS

PACKAGE = Path(regulars.__file__).parent
FIELDS = re.compile(r"%\(\w+\)[sd]")
TRANSLATED = re.compile(r'{% translate (?:"([^"]+)"|\'([^\']+)\')')


def test_every_sentence_is_there_with_the_same_fields() -> None:
    with (LOCALE / "ru" / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file, locale="ru")
    assert len(catalogue) > 300
    for message in catalogue:
        if not message.id:
            continue
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        source = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
        assert all(forms), source
        assert len(forms) == (1 if isinstance(message.id, str) else 3), source
        for form in forms:
            assert sorted(FIELDS.findall(form)) == sorted(FIELDS.findall(source)), source


def test_every_sentence_of_the_templates_is_in_the_catalogue() -> None:
    with (LOCALE / "ru" / "LC_MESSAGES" / "django.po").open("rb") as file:
        known = {m.id for m in read_po(file, locale="ru") if isinstance(m.id, str)}
    templates = [*PACKAGE.glob("web/templates/**/*.html"), *PACKAGE.glob("public/templates/**/*.html")]
    asked = {a or b for t in templates for a, b in TRANSLATED.findall(t.read_text(encoding="utf-8"))}
    assert len(asked) > 100
    assert sorted(asked - known) == []


def test_no_break_spaces_are_put_in_but_not_into_tags() -> None:
    ensure()
    with translation.override("ru"):
        assert gettext("Skip to content") == "К\u00a0содержанию"
        link = gettext('This record is part of another person’s: <a href="%(other)s">go there</a>.')
        assert '<a href="%(other)s">' in link
        assert ngettext("%(n)d day", "%(n)d days", 3) % {"n": 3} == "3\u00a0дня"
        assert ngettext("%(n)d day", "%(n)d days", 11) % {"n": 11} == "11\u00a0дней"


def test_every_step_of_the_scripts_has_its_name() -> None:
    steps = {line["step"] for script in starter.scripts()["scripts"].values() for line in script["lines"]}
    assert sorted(steps - set(STEPS)) == []
