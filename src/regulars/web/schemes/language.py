"""The page of the scheme's language: what `regulars scheme language` prints, as a page with a list of what is on it.

Owns the look; each word of it is core/language_page.py's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from regulars.core.language_page import page
from regulars.core.shape import VERBS
from regulars.journeys.checking import facts_of_schemes
from regulars.web.access import Seat, staff
from regulars.web.page import show
from regulars.web.schemes.highlight import lines

__all__ = ["language"]

_HEAD = 6
"""Tokens of the title and of the remark for readers of the file: the page has its own frame."""


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` 2 or 3; `at`: its anchor, a verb's own name."""

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
    headings: list[Heading] = []
    for n, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = _heading(token, tokens[n + 1], len(headings))
            token.attrSet("id", heading.at)
            headings.append(heading)
        elif token.type == "table_open":
            token.attrSet("class", "table flat")
        for child in token.children or ():
            if child.type == "code_inline":
                child.attrSet("translate", "no")
    made = paper.renderer.render(tokens, paper.options, {})
    return mark_safe(made), tuple(headings)  # noqa: S308 - our own words, escaped by the renderer


def _heading(opening: Token, inline: Token, n: int) -> Heading:
    title = inline.content.strip("`")
    return Heading(int(opening.tag[1:]), title if title in VERBS else f"part-{n}", title, title != inline.content)


def _example(_renderer: Any, tokens: Sequence[Token], n: int, _options: Any, _env: Any) -> str:
    """A piece of a scheme, with its words in colour."""
    said = "\n".join(
        "".join(f'<span class="{kind}">{escape(text)}</span>' if kind else escape(text) for kind, text in pieces)
        for pieces in lines(tokens[n].content)
    )
    return f'<pre class="r-example" tabindex="0" translate="no"><code>{said}</code></pre>\n'
