"""HTML of a foreign mail as plain text: paragraphs, lists, links with their addresses, quotations marked with '>'.

Pure, by the standard parser, within limits: depth and size are bounded, whatever comes. It is for reading only; no HTML
of a buyer is ever shown as such.
"""

import re
from html.parser import HTMLParser

__all__ = ["to_text"]

LARGEST = 1_000_000
"""Characters of HTML that are looked at; newsletters have less."""
DEEPEST_QUOTE = 5
_SILENT = {"style", "script", "head", "title", "template", "noscript", "svg", "object"}
_BLOCKS = {
    "p", "div", "br", "tr", "table", "ul", "ol", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre",
    "section", "article", "header", "footer", "dl", "dt", "dd", "center", "form", "address",
}  # fmt: skip
_APART = {"p", "blockquote", "h1", "h2", "h3", "h4", "ul", "ol", "table"}
_SPACES = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = re.compile(r"display\s*:\s*none|font-size\s*:\s*0(?:px)?\s*[;\"']?|mso-hide\s*:\s*all", re.IGNORECASE)
_VOID = {"br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr", "source", "track", "embed"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._line: list[str] = []
        self._quotes: list[str] = []
        self._silent: list[str] = []
        self._links: list[tuple[str, int]] = []
        self._pre = 0

    # -- the parser's calls --------------------------------------------------------------------------------------------
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._silent:
            if tag == self._silent[-1] and tag not in _VOID:
                self._silent.append(tag)
            return
        if tag not in _VOID and (tag in _SILENT or _HIDDEN.search(given.get("style", ""))):
            self._silent.append(tag)
            return
        if tag in _BLOCKS:
            self._break(apart=tag in _APART)
        if tag == "blockquote":
            self._quotes.append(tag)
        elif tag == "li":
            self._line.append("– ")
        elif tag == "pre":
            self._pre += 1
        elif tag == "td" and self._line:
            self._line.append(" ")
        elif tag == "img" and given.get("alt", "").strip():
            self._line.append(f"[{given['alt'].strip()[:100]}]")
        elif tag == "a":
            self._links.append((given.get("href", ""), len(self._line)))

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag == self._silent[-1]:
                self._silent.pop()
            return
        if tag in _BLOCKS and tag != "br":
            self._break(apart=tag in _APART)
        if tag == "blockquote" and self._quotes:
            self._quotes.pop()
        elif tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._pre:
            first, *others = data.split("\n")
            self._line.append(first)
            for one in others:
                self._break(apart=False)
                self._line.append(one)
            return
        self._line.append(_SPACES.sub(" ", data))

    # -- lines ---------------------------------------------------------------------------------------------------------
    def _end_link(self, href: str, begun: int) -> None:
        said = "".join(self._line[begun:])
        if href.startswith(("http://", "https://")) and href.rstrip("/") not in said and len(href) <= 300:
            self._line.append(f" ({href})")

    def _break(self, *, apart: bool) -> None:
        text = "".join(self._line)
        text = text.rstrip() if self._pre else _SPACES.sub(" ", text).strip()
        self._line.clear()
        mark = "> " * min(len(self._quotes), DEEPEST_QUOTE)
        if text:
            self.lines.append(mark + text)
        if apart and self.lines and self.lines[-1].strip("> "):
            self.lines.append(mark.rstrip())

    def text(self) -> str:
        self._break(apart=False)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines).replace("\u00a0", " ")).strip()


def to_text(html: str) -> str:
    """The text that a reader sees; never raises."""
    reader = _Reader()
    try:
        reader.feed(html[:LARGEST])
        reader.close()
    except (AssertionError, RecursionError):  # what the standard parser makes of some broken declarations
        return re.sub(r"<[^>]{0,2000}>", " ", html[:LARGEST])
    return reader.text()
