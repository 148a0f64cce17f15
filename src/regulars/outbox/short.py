"""Short texts: SMS, and messengers that take a few lines and a button.

Owns compiling and writing them, and what of a letter goes to a messenger. No markup and ordinary spaces only, as some
telephones show a no-break space as a box.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from regulars.outbox import copytext
from regulars.outbox.filters import Context
from regulars.outbox.liquid import Template, parse
from regulars.outbox.problems import TemplateProblem
from regulars.outbox.template_fields import fields

__all__ = ["CompiledShort", "compile_short", "first_paragraph", "render_short"]


@dataclass(frozen=True, slots=True)
class CompiledShort:
    """A short text ready for anybody; `fields` and `bare` as in a letter."""

    templates: Mapping[str, Template]
    fallback: str
    fields: frozenset[str]
    bare: frozenset[str]

    def language_for(self, wanted: str) -> str:
        """It, its base language, or the stated fallback."""
        for language in (wanted, wanted.partition("-")[0].lower()):
            if language in self.templates:
                return language
        return self.fallback


def compile_short(texts: Mapping[str, str], *, fallback: str = "") -> CompiledShort:
    """Make a short text ready; texts by language. Raises TemplateProblem naming language and line."""
    return _compile(json.dumps(dict(texts), ensure_ascii=False), fallback)


@lru_cache(maxsize=512)
def _compile(frozen: str, fallback: str) -> CompiledShort:
    texts: dict[str, str] = json.loads(frozen)
    if not texts:
        raise TemplateProblem("language", "there is no text in any language")
    templates: dict[str, Template] = {}
    used: frozenset[str] = frozenset()
    bare: frozenset[str] = frozenset()
    for language, text in texts.items():
        try:
            templates[language] = parse(copytext.name_day_once(text.strip()))
        except TemplateProblem as problem:
            raise problem.inside(f"sms.{language}") from problem
        found = fields(templates[language])
        used, bare = used | found.used, bare | found.bare
    chosen = fallback if fallback in templates else "en" if "en" in templates else next(iter(templates))
    return CompiledShort(templates, chosen, used, bare)


def render_short(compiled: CompiledShort, language: str, facts: Mapping[str, Any], context: Context) -> tuple[str, str]:
    """The language used and the text for one reader. Raises TemplateProblem."""
    chosen = compiled.language_for(language)
    text = compiled.templates[chosen].render(facts, replace(context, locale=chosen))
    return chosen, text.replace("\u00a0", " ").replace("\u202f", " ").strip()


def first_paragraph(texts: Mapping[str, str]) -> dict[str, str]:
    """What of a letter's texts a messenger gets: the first paragraph that says something, after the greeting."""
    found = {}
    for language, text in texts.items():
        paragraphs = [part.strip() for part in text.strip().split("\n\n") if part.strip()]
        greeted = len(paragraphs) > 1 and paragraphs[0].replace(" ", "") == "{{person|hello}}"
        found[language] = copytext.to_text("\n\n".join(paragraphs[:2] if greeted else paragraphs[:1])).strip()
    return found
