"""The little markup that owners write letters in, turned into the HTML body and the plain text of a letter.

Owns: paragraphs by empty lines, `**bold**`, `[words](link.order)`, telephone numbers as links, and 'name the day
once'. Works on template source, before Liquid: what stands inside `{{ }}` and `{% %}` passes untouched, all else is
escaped. Pure.
"""

from __future__ import annotations

import re
from html import escape

__all__ = ["inline_html", "links_as_fields", "name_day_once", "one_line", "plain_html", "to_html", "to_text"]

_TAGS = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_TOKENS = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\[[^\[\]\n]+\]\(link\.\w+\))", re.DOTALL)
_LINK = re.compile(r"\[([^\[\]\n]+)\]\((link\.\w+)\)")
_PHONE = re.compile(r"\{\{\s*([\w.]+)\s*\|\s*phone\s*\}\}")
_DAY = re.compile(r"\{\{\s*([\w.]+)\s*\|\s*(?:date|on_day)\s*\}\}")
_TIME = re.compile(r"\{\{\s*([\w.]+)\s*\|\s*time\s*\}\}")
_OPENERS = re.compile(r"(?:\{%-?\s*(?:if|unless|for|case|when|else|elsif|end\w+)\b[^%]*%\}\s*)+")
_CLOSERS = re.compile(r"(?:\s*\{%-?\s*(?:end\w+|else|elsif)\b[^%]*%\})+$")

_CONDITIONS = re.compile(r"\{%-?\s*(if|unless|for|case|else|elsif|when|endif|endunless|endfor|endcase)\b")

LINK_STYLE = "color:#0f766e;"
PARAGRAPH = '<p style="margin:0 0 16px;">'


def name_day_once(source: str) -> str:
    """Within a paragraph that has named the day of a moment, let its `| time` say the hour alone."""
    return "\n\n".join(_day_once(paragraph) for paragraph in _PARAGRAPHS.split(source))


def _day_once(paragraph: str) -> str:
    named: set[str] = set()
    pieces = _TAGS.split(paragraph)
    for at in range(1, len(pieces), 2):
        day = _DAY.fullmatch(pieces[at])
        hour = _TIME.fullmatch(pieces[at])
        if day:
            named.add(day.group(1))
        elif hour and hour.group(1) in named:
            pieces[at] = f"{{{{ {hour.group(1)} | time: 'hour' }}}}"
    return "".join(pieces)


def one_line(source: str) -> str:
    """A subject, a preheader or a button on one line."""
    # not split(): it would take no-break spaces too
    return re.sub(r"[ \t\r\n]+", " ", source).strip(" ")


def to_html(source: str) -> str:
    """Paragraphs as `<p>`; a condition round a whole paragraph stands outside it, so that nothing empty is left."""
    out = []
    for paragraph in _PARAGRAPHS.split(source.strip()):
        before, middle, after = _conditions_apart(paragraph)
        body = _inline(middle)
        out.append(f"{before}{PARAGRAPH}{body}</p>{after}" if body else before + after)
    return "\n".join(out)


def inline_html(source: str) -> str:
    """One line of markup as HTML, without a paragraph round it."""
    return _inline(one_line(source))


def plain_html(source: str) -> str:
    """One line without any markup, escaped: for a title, a preheader, a button."""
    pieces = _TAGS.split(one_line(source))
    pieces[::2] = [escape(piece.replace("**", ""), quote=False) for piece in pieces[::2]]
    return "".join(pieces)


def to_text(source: str) -> str:
    """The same words without markup; a link becomes its words and its address."""
    paragraphs = []
    for paragraph in _PARAGRAPHS.split(source.strip()):
        before, middle, after = _conditions_apart(paragraph)
        # the empty line belongs to the paragraph: both go when its condition fails
        paragraphs.append(f"{before}{_without_marks(middle)}\n\n{after}")
    return "".join(paragraphs)


def _conditions_apart(paragraph: str) -> tuple[str, str, str]:
    """Split the conditions that open before and close after a paragraph from it, if they belong to it as a whole."""
    opening = _OPENERS.match(paragraph)
    closing = _CLOSERS.search(paragraph)
    start = opening.end() if opening else 0
    end = closing.start() if closing else len(paragraph)
    if start >= end:
        return paragraph, "", ""
    before, middle, after = paragraph[:start].rstrip(), paragraph[start:end], paragraph[end:].lstrip()
    # A tag that opens in the middle must close there: else the split would tear a sentence's own condition apart.
    if not _whole(middle):
        return "", paragraph, ""
    return before, middle, after


def _whole(text: str) -> bool:
    """Whether every condition that the text opens closes in it, and none that stands outside ends or turns in it."""
    depth = 0
    for word in _CONDITIONS.findall(text):
        if word.startswith("end"):
            depth -= 1
        elif word in ("if", "unless", "for", "case"):
            depth += 1
        elif depth == 0:
            return False
        if depth < 0:
            return False
    return depth == 0


def links_as_fields(source: str) -> str:
    """The same text with its links written out, as plain text has them: words, colon, address."""
    return _LINK.sub(r"\1: {{ \2 }}", source)


def _without_marks(text: str) -> str:
    pieces = _TAGS.split(links_as_fields(text))
    pieces[::2] = [piece.replace("**", "") for piece in pieces[::2]]
    return "".join(pieces)


def _inline(text: str) -> str:
    bold = False
    out = []
    for piece in _TOKENS.split(text.strip()):
        if link := _LINK.fullmatch(piece):
            words, address = link.groups()
            out.append(f'<a href="{{{{ {address} }}}}" style="{LINK_STYLE}">{plain_html(words)}</a>')
        elif number := _PHONE.fullmatch(piece):
            name = number.group(1)
            style = f"{LINK_STYLE}white-space:nowrap;"
            out.append(f'<a href="tel:{{{{ {name} }}}}" style="{style}">{{{{ {name} | phone }}}}</a>')
        elif piece.startswith(("{{", "{%")):
            out.append(piece)
        else:
            first, *others = escape(piece, quote=False).replace("\n", "<br>").split("**")
            out.append(first)
            for words in others:
                out.append(("</b>" if bold else "<b>") + words)
                bold = not bold
    return "".join(out) + ("</b>" if bold else "")
