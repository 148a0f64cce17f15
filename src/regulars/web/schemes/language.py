"""The page of the scheme's language: what `regulars scheme language` prints, as a page with a list of what is on it.

Owns the look and the addresses of its places (verbs, triggers, keys, events, functions, facts), which `about` leads to; each
word of it is core/language_page.py's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from regulars.core.condition_calls import FUNCTIONS
from regulars.core.language_page import TRIGGERS, chapters, page
from regulars.core.shape import VERBS
from regulars.core.vocabulary import EVENT_KINDS
from regulars.journeys.checking import facts_of_schemes
from regulars.web.access import Seat, staff
from regulars.web.page import show
from regulars.web.schemes.highlight import lines

__all__ = ["language"]

_HEAD = 6
"""Tokens of the title and of the remark for readers of the file: the page has its own frame."""


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` 2 or 3; `at`: its anchor, a verb's or a trigger's own name."""

    level: int
    at: str
    title: str
    is_word: bool


@staff("GET")
def language(request: HttpRequest, seat: Seat) -> HttpResponse:
    """All of the language, in the reader's own."""
    text, headings = _rendered("ru" if seat.language == "ru" else "en")
    return show(request, seat, "schemes", "scheme_language", {"text": text, "headings": headings})


@lru_cache(maxsize=2)
def _rendered(reader: str) -> tuple[SafeString, tuple[Heading, ...]]:
    paper = MarkdownIt("commonmark").enable("table")
    paper.add_render_rule("fence", _example)
    tokens = paper.parse(page(reader, facts_of_schemes()))[_HEAD:]
    places = chapters(reader)
    headings: list[Heading] = []
    out: list[Token] = []
    for n, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = _heading(token, tokens[n + 1], places)
            token.attrSet("id", heading.at)
            out.append(_html("</section><section>" if headings else "<section>"))
            headings.append(heading)
        elif token.type == "table_open":
            token.attrSet("class", "table flat")
        elif token.type in ("list_item_open", "tr_open"):
            _give_place(token, tokens[n + 1 : n + 5], headings[-1].at if headings else "")
        out.append(token)
        for child in token.children or ():
            if child.type == "code_inline":
                child.attrSet("translate", "no")
        if token.type == "inline":
            _link(token, tokens, n, headings[-1].at if headings else "")
    made = paper.renderer.render([*out, _html("</section>")], paper.options, {})
    return mark_safe(made), tuple(headings)  # noqa: S308 - our own words, escaped by the renderer


def _heading(opening: Token, inline: Token, places: Mapping[str, str]) -> Heading:
    title = inline.content.strip("`")
    at = title if title in VERBS or title in TRIGGERS else places[title]
    return Heading(int(opening.tag[1:]), at, title, title != inline.content)


def _html(text: str, type_: str = "html_block") -> Token:
    return Token(type_, "", 0, content=text)


def _give_place(row: Token, following: Sequence[Token], chapter: str) -> None:
    """An event, a function, a key of the head is a place of its own, by its name."""
    inline = next((t for t in following if t.type == "inline"), None)
    first = inline.children[0] if inline is not None and inline.children else None
    if first is None or first.type != "code_inline":
        return
    if first.content in EVENT_KINDS and chapter.startswith("events"):
        row.attrSet("id", first.content)
    elif chapter == "head" and row.type == "tr_open":
        row.attrSet("id", f"key-{first.content}")
    elif (name := first.content.partition("(")[0]) in FUNCTIONS and "(" in first.content:
        row.attrSet("id", f"function-{name}")


def _link(inline: Token, tokens: Sequence[Token], n: int, chapter: str) -> None:
    """A place shows its own address as a `#` behind its name; each fact is a place within its line."""
    opening = tokens[n - 1]
    if opening.type == "heading_open":
        title = inline.content.strip("`")
        inline.children = [*(inline.children or ()), _hash(str(opening.attrs["id"]), title, title != inline.content)]
    elif chapter == "facts" and tokens[n - 2].type == "list_item_open":
        inline.children = [
            piece
            for child in inline.children or ()
            if child.type == "code_inline"
            for piece in (
                _html(f'<span class="r-fact" id="fact-{escape(child.content)}">', "html_inline"),
                child,
                _hash(f"fact-{child.content}", child.content),
                _html("</span> ", "html_inline"),
            )
        ]
    else:
        row = tokens[n - 2]  # a line of a list or of a table, whose first words these are
        at = str(row.attrs.get("id", "")) if row.type in ("list_item_open", "tr_open") else ""
        if at and inline.children:
            inline.children = [inline.children[0], _hash(at, inline.children[0].content), *inline.children[1:]]


def _hash(at: str, word: str, is_word: bool = True) -> Token:
    kept = ' translate="no"' if is_word else ""
    return _html(f'<a class="r-hash" href="#{escape(at)}" aria-label="# {escape(word)}"{kept}>#</a>', "html_inline")


def _example(_renderer: Any, tokens: Sequence[Token], n: int, _options: Any, _env: Any) -> str:
    """A piece of a scheme, with its words in colour."""
    said = "\n".join(
        "".join(f'<span class="{kind}">{escape(text)}</span>' if kind else escape(text) for kind, text in pieces)
        for pieces in lines(tokens[n].content)
    )
    return f'<pre class="r-example" tabindex="0" translate="no"><code>{said}</code></pre>\n'
