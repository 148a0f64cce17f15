"""Texts that are read aloud: the owners' Liquid, written in pieces, so that the eye can check what was put in.

Owns the third kind of Liquid: what a tag writes is marked, and where a value is missing there is a gap that says what it
would be, in place of a refusal. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TextIO

from liquid import Mode, RenderContext
from liquid.exceptions import LiquidError, ResourceLimitError, UndefinedError

from regulars.outbox.filters import Context
from regulars.outbox.liquid import Fenced, FencedOutput, FencedOutputTag, Missing, Template
from regulars.outbox.liquid import parse as parse_plain
from regulars.outbox.problems import TemplateProblem

__all__ = ["FILLED", "MISSING", "Pieces", "parse", "pieces"]

FILLED, MISSING = "filled", "gap"
Pieces = Sequence[tuple[str, str]]
"""What is read aloud, in pieces; each with '' for the text's own words, else FILLED or MISSING."""

_PUT, _GAP, _END = "\ue000", "\ue001", "\ue002"
_MARKED = re.compile(f"([{_PUT}{_GAP}])([^{_PUT}{_GAP}{_END}]*){_END}")
_STRAY = str.maketrans("", "", _PUT + _GAP + _END)


class SpokenOutput(FencedOutput):
    """Marks what it writes; where it can't, it writes what it was asked for."""

    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        page = context.get_buffer(buffer)
        try:
            super().render_to_output(context, page)
        except ResourceLimitError:
            raise
        except (UndefinedError, TemplateProblem, LiquidError):
            return buffer.write(f"{_GAP}{str(self.expression).translate(_STRAY)}{_END}")
        return buffer.write(f"{_PUT}{page.getvalue().translate(_STRAY)}{_END}")


class SpokenOutputTag(FencedOutputTag):
    node_class = SpokenOutput


class Spoken(Fenced):
    """Liquid for what is read aloud."""

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """As for letters, but outputs are marked."""
        super().setup_tags_and_filters(extra=extra)
        self.add_tag(SpokenOutputTag)


_SPOKEN = Spoken(tolerance=Mode.STRICT, undefined=Missing, strict_filters=True)


@lru_cache(maxsize=2048)
def parse(source: str) -> Template:
    """Parse a spoken text, or give the one parsed before. Raises TemplateProblem."""
    parse_plain(source)  # the fence of letters: sizes, tags, filters
    return Template(source, _SPOKEN.from_string(source), html=False)


def pieces(source: str, facts: Mapping[str, Any], context: Context) -> Pieces:
    """The text for one reader, in pieces; a gap holds the expression that gave nothing. Raises TemplateProblem."""
    text = parse(source).render(facts, context)
    out: list[tuple[str, str]] = []
    at = 0
    for found in _MARKED.finditer(text):
        _add(out, text[at : found.start()], "")
        _add(out, found[2], FILLED if found[1] == _PUT else MISSING)
        at = found.end()
    _add(out, text[at:], "")
    return out


def _add(out: list[tuple[str, str]], text: str, kind: str) -> None:
    text = text.translate(_STRAY)
    if text:
        out.append((text, kind))
