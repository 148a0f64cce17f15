"""What a message says: the shop's own template, the starter of that key, or the scheme's own words, made ready.

Owns finding and compiling; a letter is written by letter.py. Must not know persons.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal

from regulars.base import db
from regulars.base.db import Cursor
from regulars.outbox import starter
from regulars.outbox.chat import CompiledChat, compile_chat
from regulars.outbox.letter import CompiledLetter, LetterSource, compile_letter, starter_letter
from regulars.outbox.short import CompiledShort, compile_short, first_paragraph

__all__ = ["NoSuchTemplate", "Texts", "own_templates"]

Content = Mapping[str, Any]
_YES_NO = {
    "button": {"en": "Yes, I am happy", "ru": "Да, всё хорошо", "to": "link.yes"},
    "button2": {"en": "Not quite", "ru": "Не совсем", "to": "link.no"},
}


class NoSuchTemplate(LookupError):
    """Neither the shop nor the starter set has a template of that key."""


def own_templates(cur: Cursor, shop_id: int, contents: Iterable[Content]) -> dict[tuple[str, int | None], Any]:
    """The shop's own templates among those named: by (key, version), version None for the newest."""
    named = {(c["template"], c.get("version")) for c in contents if c.get("template")}
    if not named:
        return {}
    found: dict[tuple[str, int | None], Any] = {}
    rows = cur.execute(
        "select key, version, content from outbox_template where shop_id = %s and key = any(%s) order by version",
        (shop_id, sorted({key for key, _ in named})),
    )
    for key, version, content in rows:
        found[key, version] = content
        found[key, None] = content
    return found


class Texts:
    """Compiled texts of one shop for one round at the gate. `own`: as `own_templates` gives them."""

    def __init__(self, own: Mapping[tuple[str, int | None], Any], languages: tuple[str, ...]) -> None:
        self._own = own
        self._fallback = languages[0]

    def letter(self, content: Content, purpose: Literal["service", "advertising"]) -> CompiledLetter:
        """The letter, compiled (cached by its words).

        Raises NoSuchTemplate, TemplateProblem.
        """
        return _letter(self._words(content), purpose, self._fallback, bool(content.get("question_id")))

    def short(self, content: Content) -> CompiledShort:
        """The short text of that key, or what a messenger gets of the letter.

        Raises NoSuchTemplate, TemplateProblem.
        """
        key = content.get("template")
        texts = starter.sms().get(key) if key else None
        if texts is None:
            name, words = self._words(content)
            texts = db.loads(words)["text"] if words else starter.letters()["letters"][name]["text"]
            texts = first_paragraph({"": texts} if isinstance(texts, str) else texts)
        return compile_short(texts, fallback=self._fallback)

    def chat(self, content: Content, purpose: Literal["service", "advertising"]) -> CompiledChat:
        """What a messenger gets of the letter.

        Raises NoSuchTemplate, TemplateProblem.
        """
        return _chat(self._words(content), purpose, self._fallback, bool(content.get("question_id")))

    def _words(self, content: Content) -> tuple[str, str]:
        """A name and the words as canonical JSON: what the compiled letter is cached by."""
        key = content.get("template")
        if not key:
            return "inline", db.dumps(content["inline"])
        own = self._own.get((key, content.get("version")))
        if own is not None:
            return key, db.dumps(own)
        if key not in starter.letters()["letters"]:
            raise NoSuchTemplate(key)
        return key, ""


Purpose = Literal["service", "advertising"]


def _source(words: tuple[str, str], purpose: Purpose, fallback: str, asks: bool) -> LetterSource:
    name, text = words
    if not text:
        return starter_letter(name)
    data = db.loads(text)
    if asks and not data.get("button"):
        data |= _YES_NO
    return LetterSource.from_mapping(name, data, purpose=purpose, fallback=fallback)


@lru_cache(maxsize=512)
def _letter(words: tuple[str, str], purpose: Purpose, fallback: str, asks: bool) -> CompiledLetter:
    return compile_letter(_source(words, purpose, fallback, asks))


@lru_cache(maxsize=512)
def _chat(words: tuple[str, str], purpose: Purpose, fallback: str, asks: bool) -> CompiledChat:
    return compile_chat(_source(words, purpose, fallback, asks), purpose, fallback)
