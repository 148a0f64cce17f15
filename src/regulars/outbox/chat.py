"""A letter as a messenger shows it: the paragraph that says something, with its buttons as links.

Owns compiling and writing it, and cutting what is longer than a message may be. The bytes that are stored are the call to the
messenger, in JSON, without a token: {"chat_id", "parts": [text, …], "buttons": [[label, address], …]}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from regulars.base import db
from regulars.outbox import copytext
from regulars.outbox.filters import Context
from regulars.outbox.letter import LetterSource
from regulars.outbox.liquid import Template, parse
from regulars.outbox.problems import TemplateProblem
from regulars.outbox.short import first_paragraph
from regulars.outbox.template_fields import fields

__all__ = ["LONGEST", "CompiledChat", "call", "compile_chat", "parts_of", "read_call", "render_chat", "text_of"]

LONGEST = 4096
"""Characters of one message, as a messenger counts them: in UTF-16."""
_UNSUBSCRIBE = {"en": "No more of these", "ru": "Больше не присылать"}


@dataclass(frozen=True, slots=True)
class CompiledChat:
    """Ready for anybody; `fields` and `bare` as in a letter. `buttons`: by language (label, the fact with its address)."""

    texts: Mapping[str, Template]
    buttons: Mapping[str, Sequence[tuple[Template, str]]]
    fallback: str
    fields: frozenset[str]
    bare: frozenset[str]

    def language_for(self, wanted: str) -> str:
        """It, its base language, or the stated fallback."""
        for language in (wanted, wanted.partition("-")[0].lower()):
            if language in self.texts:
                return language
        return self.fallback


def compile_chat(source: LetterSource, purpose: Literal["service", "advertising"], fallback: str) -> CompiledChat:
    """Make it ready. Raises TemplateProblem."""
    texts: dict[str, Template] = {}
    buttons: dict[str, list[tuple[Template, str]]] = {}
    used: frozenset[str] = frozenset()
    bare: frozenset[str] = frozenset()
    for language, text in first_paragraph(source.text).items():
        try:
            texts[language] = parse(copytext.name_day_once(text))
            labels = [(b.label.get(language) or next(iter(b.label.values())), b.to) for b in source.buttons]
            if purpose == "advertising":
                labels.append((_UNSUBSCRIBE["ru" if language.startswith("ru") else "en"], "link.unsubscribe"))
            buttons[language] = [(parse(copytext.one_line(label)), to) for label, to in labels]
        except TemplateProblem as problem:
            raise problem.inside(f"telegram.{language}" if language else "telegram") from problem
        for template in (texts[language], *(label for label, _ in buttons[language])):
            found = fields(template)
            used, bare = used | found.used, bare | found.bare
        used |= {to for _, to in buttons[language]}
    if not texts:
        raise TemplateProblem("language", "there is no text in any language")
    chosen = fallback if fallback in texts else "en" if "en" in texts else next(iter(texts))
    return CompiledChat(texts, buttons, chosen, used, bare)


def render_chat(
    compiled: CompiledChat, address: str, language: str, facts: Mapping[str, Any], context: Context
) -> bytes:
    """The call for one reader. Raises TemplateProblem."""
    chosen = compiled.language_for(language)
    context = replace(context, locale=chosen or language)
    text = compiled.texts[chosen].render(facts, context).strip()
    found = []
    for label, to in compiled.buttons[chosen]:
        url = _fact(facts, to)
        if url:
            found.append((label.render(facts, context).strip(), url))
    return call(address, text, found)


def _fact(facts: Mapping[str, Any], name: str) -> str:
    value: Any = facts
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def call(address: str, text: str, buttons: Sequence[tuple[str, str]] = (), *, ask_contact: str = "") -> bytes:
    """The bytes to be stored. A link that leads to this machine or network can't be a button: it stands in the text.

    `ask_contact`: the label of a button by which the reader gives his own telephone.
    """
    shown = [(label, url) for label, url in buttons if _is_public(url)]
    for label, url in buttons:
        if not _is_public(url):
            text += f"\n\n{label}: {url}"
    found: dict[str, Any] = {"chat_id": address, "parts": parts_of(text)}
    if shown:
        found["buttons"] = [list(one) for one in shown]
    if ask_contact:
        found["ask_contact"] = ask_contact
    return db.dumps(found).encode()


def read_call(raw: bytes) -> dict[str, Any]:
    """The stored call again."""
    found: dict[str, Any] = db.loads(raw.decode())
    return found


def text_of(raw: bytes) -> str:
    """A stored call as a person reads it: its words, then its buttons with their addresses."""
    found = read_call(raw)
    buttons = [f"[{label}] {url}" for label, url in found.get("buttons", [])]
    if found.get("ask_contact"):
        buttons.append(f"[{found['ask_contact']}]")
    return "\n\n".join([*found["parts"], *buttons])


def _is_public(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return (
        "." in host and not host.replace(".", "").isdigit() and not host.endswith((".localhost", ".local", ".invalid"))
    )


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parts_of(text: str, longest: int = LONGEST) -> list[str]:
    """The text in pieces that fit: cut between paragraphs, else lines, sentences, words, and only then anywhere."""
    parts: list[str] = []
    rest = text.strip()
    while _length(rest) > longest:
        at = _cut(rest, longest)
        parts.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [part for part in [*parts, rest] if part] or [""]


def _cut(text: str, longest: int) -> int:
    room = longest
    while _length(text[:room]) > longest:
        room -= max(1, (_length(text[:room]) - longest + 1) // 2)
    for mark in ("\n\n", "\n", ". ", "! ", "? ", "… ", " "):
        at = text.rfind(mark, room // 2, room)
        if at > 0:
            return at + len(mark)
    return room
