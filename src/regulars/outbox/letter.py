"""A letter: what its owner wrote, made ready once a version, then written for each reader.

Owns putting subject, preheader, body, buttons and footer into the layout, the plain text beside it, and the choice of
language. `compile_letter` says what is wrong before anything is sent; `render` is what runs per message. Pure; no
addresses, no headers.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Set
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, cast

from regulars.outbox import copytext, starter
from regulars.outbox.filters import Context
from regulars.outbox.liquid import Fenced, Template, parse
from regulars.outbox.mjml import compile_mjml
from regulars.outbox.problems import TemplateProblem
from regulars.outbox.template_fields import Fields, check_fields, fields
from regulars.outbox.typography import typography

__all__ = [
    "Button",
    "CompiledLetter",
    "LetterSource",
    "Rendered",
    "check_letter",
    "compile_letter",
    "plain",
    "render",
    "starter_letter",
]

Purpose = Literal["service", "advertising", "staff"]
Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Button:
    """What a press does: `label` by language, `to` the fact that holds its address (`link.pay`)."""

    label: Texts
    to: str


@dataclass(frozen=True, slots=True)
class LetterSource:
    """A letter as its owner wrote it, texts by language. `lines` adds the order's table, `fallback` serves others.

    Two buttons in a letter that asks (`link.yes`, `link.no`) look alike; else the first is filled.
    """

    name: str
    subject: Texts
    text: Texts
    purpose: Purpose = "service"
    preheader: Texts | None = None
    heading: Texts | None = None
    note: Texts | None = None
    buttons: tuple[Button, ...] = ()
    lines: bool = False
    fallback: str = ""

    @classmethod
    def from_mapping(
        cls, name: str, data: Mapping[str, Any], *, purpose: Purpose | None = None, fallback: str = ""
    ) -> LetterSource:
        """Read the YAML form: of a starter letter, of a shop's template, or of a scheme's own `subject` and `text`."""
        buttons = []
        for key in ("button", "button2"):
            if data.get(key):
                label = {language: words for language, words in data[key].items() if language != "to"}
                buttons.append(Button(label, data[key]["to"]))
        return cls(
            name=name,
            subject=_texts(data["subject"]),
            text=_texts(data["text"]),
            purpose=purpose or data.get("purpose", "service"),
            preheader=_texts(data.get("preheader")) or None,
            heading=_texts(data.get("heading")) or None,
            note=_texts(data.get("note")) or None,
            buttons=tuple(buttons),
            lines=bool(data.get("lines", False)),
            fallback=fallback,
        )


def _texts(found: Any) -> dict[str, str]:
    """Texts by language; a plain text stands for every language and is filed under ''."""
    if found is None:
        return {}
    return {"": found} if isinstance(found, str) else {str(key): str(value) for key, value in found.items()}


@dataclass(frozen=True, slots=True)
class Parts:
    """One language of a compiled letter."""

    subject: Template
    preheader: Template
    text: Template
    html: Template


@dataclass(frozen=True, slots=True)
class CompiledLetter:
    """Ready to be written for anybody. `fields`: all facts it may ask for, to be loaded before; `bare`.

    Those it needs.
    """

    name: str
    purpose: Purpose
    parts: Mapping[str, Parts]
    fallback: str
    fields: frozenset[str]
    bare: frozenset[str]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it is written in."""
        return tuple(self.parts)

    def language_for(self, wanted: str) -> str:
        """The language it will speak to who wants that one: it, its base (`ru-KZ` → `ru`), or the stated fallback."""
        if wanted in self.parts:
            return wanted
        base = wanted.partition("-")[0].lower()
        return base if base in self.parts else self.fallback


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter for one reader, in `language`. Lines end with LF; subject and preheader are one line."""

    language: str
    subject: str
    preheader: str
    text: str
    html: str


def compile_letter(source: LetterSource) -> CompiledLetter:
    """Make a letter ready; the same source again costs a look-up.

    Raises TemplateProblem naming the text and the line.
    """
    return _compile(json.dumps(asdict(source), ensure_ascii=False, sort_keys=True))


@functools.lru_cache(maxsize=512)
def _compile(frozen: str) -> CompiledLetter:
    data = json.loads(frozen)
    data["buttons"] = tuple(Button(**button) for button in data["buttons"])
    source = LetterSource(**data)
    languages = _languages(source)
    parts: dict[str, Parts] = {}
    asked = Fields(frozenset(), frozenset(), {})
    for language in languages:
        pieces = _pieces(source, language)
        for part, piece in pieces.items():
            try:
                parse(piece)
            except TemplateProblem as problem:
                raise problem.inside(f"{part}.{language}" if language else part) from problem
        made = _parts(source, pieces, language)
        for template in (made.subject, made.preheader, made.text, made.html):
            asked |= fields(template)
        parts[language] = made
    fallback = source.fallback if source.fallback in parts else "en" if "en" in parts else languages[0]
    return CompiledLetter(source.name, source.purpose, parts, fallback, asked.used, asked.bare)


def _languages(source: LetterSource) -> list[str]:
    languages = [language for language in source.subject if language in source.text]
    if not languages:
        raise TemplateProblem(
            "language", "no language has both a subject and a text", part=source.name, mend="Write both in one language"
        )
    return languages


def _pieces(source: LetterSource, language: str) -> dict[str, str]:
    """The owner's texts of one language, as written."""
    footers = starter.letters()["footers"][source.purpose]
    pieces = {"subject": source.subject[language], "text": source.text[language]}
    for name, texts in (("preheader", source.preheader), ("heading", source.heading), ("note", source.note)):
        if texts and language in texts:
            pieces[name] = texts[language]
    for at, button in enumerate(source.buttons):
        pieces[f"button{at}"] = button.label.get(language) or next(iter(button.label.values()))
    pieces["footer"] = footers["ru" if language.startswith("ru") else "en"]
    return pieces


def _parts(source: LetterSource, pieces: Mapping[str, str], language: str) -> Parts:
    said = {name: typography(copytext.name_day_once(piece), language) for name, piece in pieces.items()}
    line = {name: copytext.one_line(piece) for name, piece in said.items()}
    try:
        return Parts(
            subject=parse(line["subject"]),
            preheader=parse(line.get("preheader", "")),
            text=parse(_plain(source, said, line, language)),
            html=parse(_html(source, said, language), html=True),
        )
    except TemplateProblem as problem:
        raise problem.inside(f"layout.{language}") from problem


# -- plain text --------------------------------------------------------------------------------------------------------
_LINES = """{% if order.lines %}{% for line in order.lines %}\
- {{ line.name }}{% if line.quantity %}, {{ line.quantity | number }}\u00a0%(pieces)s{% endif %}\
{% if line.total %}: {{ line.total | money }}{% endif %}
{% endfor %}%(total)s: {{ order.total | money }}

{% endif %}"""
_FOOTER = "-- \n"
_LINE_WORDS = {"en": {"pieces": "pcs", "total": "Total"}, "ru": {"pieces": "шт.", "total": "Итого"}}


def _plain(source: LetterSource, said: Mapping[str, str], line: Mapping[str, str], language: str) -> str:
    text = [copytext.to_text(said["text"])]
    if source.lines:
        text.append(_order_lines("ru" if language.startswith("ru") else "en"))
    for at, button in enumerate(source.buttons):
        text.append(f"{{% if {button.to} %}}{line[f'button{at}']}:\n{{{{ {button.to} }}}}\n\n{{% endif %}}")
    if "note" in said:
        text.append(copytext.to_text(said["note"]))
    return "".join(text) + _FOOTER + copytext.to_text(line["footer"]).rstrip()


def _order_lines(language: str) -> str:
    source = _LINES
    for word, said in _LINE_WORDS[language].items():
        source = source.replace(f"%({word})s", said)
    return source


# -- HTML --------------------------------------------------------------------------------------------------------------
_LAYOUT = Fenced(
    tag_start_string="[%",
    tag_end_string="%]",
    statement_start_string="[[",
    statement_end_string="]]",
    strict_filters=True,
)


# Where a line break shows nowhere: lines stay short, and what one reader's letter has of its own stands on few of them.
_BLOCKS = re.compile(r"(?<=>)(?=<(?:/head|body|style|table|p|h1)\b)")


def _html(source: LetterSource, said: Mapping[str, str], language: str) -> str:
    """The layout filled with the letter's texts.

    They take their places after MJML, which would read them as its own.
    """
    places: dict[str, str] = {}

    def place(html: str) -> str:
        mark = f"@@{len(places)}@@"
        places[mark] = html
        return mark

    slots: dict[str, Any] = {
        "language": language or "en",
        "subject": place(copytext.plain_html(said["subject"])),
        "preheader": place(copytext.plain_html(said.get("preheader", ""))),
        "body": place(copytext.to_html(said["text"])),
        "footer": place(copytext.inline_html(said["footer"])),
        "lines": source.lines,
        "alike": [button.to for button in source.buttons] == ["link.yes", "link.no"],
        "buttons": [
            {"to": button.to, "label": place(copytext.plain_html(said[f"button{at}"]))}
            for at, button in enumerate(source.buttons)
        ],
    }
    for name in ("heading", "note"):
        if name in said:
            slots[name] = place(copytext.inline_html(said[name]))
    html = compile_mjml(_LAYOUT.from_string(starter.layout()).render(**slots))
    for mark, text in places.items():
        html = html.replace(mark, text)
    return _BLOCKS.sub("\n", html)


# -- for one reader ----------------------------------------------------------------------------------------------------
def render(compiled: CompiledLetter, language: str, facts: Mapping[str, Any], context: Context) -> Rendered:
    """Write the letter for one reader. Raises TemplateProblem if a fact it needs is missing or of the wrong kind."""
    chosen = compiled.language_for(language)
    parts = compiled.parts[chosen]
    context = replace(context, locale=chosen or language)
    return Rendered(
        language=chosen or language,
        subject=copytext.one_line(parts.subject.render(facts, context)),
        preheader=copytext.one_line(parts.preheader.render(facts, context)),
        text=parts.text.render(facts, context),
        html=parts.html.render(facts, context),
    )


def plain(compiled: CompiledLetter, language: str, facts: Mapping[str, Any], context: Context) -> tuple[str, str]:
    """Subject and text alone, the footer left out: to be read, never sent. Raises TemplateProblem as `render` does."""
    chosen = compiled.language_for(language)
    parts, context = compiled.parts[chosen], replace(context, locale=chosen or language)
    text = parts.text.render(facts, context).partition(_FOOTER)[0]
    return copytext.one_line(parts.subject.render(facts, context)), text.strip()


def check_letter(source: LetterSource, known: Set[str]) -> list[TemplateProblem]:
    """Fields that nobody gives, for `scheme publish`: each with its text, line and what was likely meant."""
    problems = []
    for language in _languages(source):
        for part, piece in _pieces(source, language).items():
            place = f"{part}.{language}" if language else part
            problems += check_fields(parse(copytext.links_as_fields(piece)), known, place)
    return problems


@functools.cache
def starter_letter(name: str) -> LetterSource:
    """A letter that comes with the product. Raises KeyError for a name that isn't there."""
    return LetterSource.from_mapping(name, cast(Mapping[str, Any], starter.letters()["letters"][name]))
