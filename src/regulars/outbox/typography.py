"""No-break spaces where a reader's eye wants them, put into a template's own words once, when it is compiled.

Owns the edge of texts; values bring their own no-break spaces from the filters. Must not touch what stands inside
Liquid tags.
"""

from __future__ import annotations

import re

__all__ = ["typography"]

NBSP = "\u00a0"

_TAGS = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_NUMBER_TAG = re.compile(r"(\{\{[^{}]*\}\}\*{0,2}) (\*{0,2}\{\{[^{}]*\|\s*plural\b)")
_SHORT_WORD = re.compile(r"(?<![\w\u00a0])(\w{1,2}) (?=[\w«„\"*(]|$)", re.UNICODE)
_NUMBER_WORD = re.compile(r"(?<![\w.,:])(\d+) (?=[а-яёa-z₽%])")
_BEFORE_DASH = re.compile(r"(?<=\S) (?=[—–] )")


def typography(text: str, language: str) -> str:
    """Put no-break spaces into a template's own words; what stands inside Liquid tags is left alone.

    Both languages: between a number and its noun. Russian also: after words of one and two letters, before a dash.
    """
    text = _NUMBER_TAG.sub(rf"\1{NBSP}\2", text)
    pieces = _TAGS.split(text)
    for at in range(0, len(pieces), 2):
        piece = _NUMBER_WORD.sub(rf"\1{NBSP}", pieces[at])
        if language == "ru":
            # twice: in «и в доме» the second word begins where the first match ended
            piece = _SHORT_WORD.sub(rf"\1{NBSP}", _SHORT_WORD.sub(rf"\1{NBSP}", piece))
            piece = _BEFORE_DASH.sub(NBSP, piece)
        pieces[at] = piece
    return "".join(pieces)
