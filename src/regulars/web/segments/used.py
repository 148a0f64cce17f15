"""Which live schemes wait for a segment, by the titles that people call them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regulars.base.db import Cursor
from regulars.journeys import scheme_queries
from regulars.journeys.segment_uses import segment_uses
from regulars.web import words
from regulars.web.scheme_names import read

__all__ = ["Use", "uses"]


@dataclass(frozen=True, slots=True)
class Use:
    """A live scheme that waits for the segment."""

    scheme: str
    title: str


def uses(cur: Cursor, shop_id: int, language: str) -> Mapping[str, Sequence[Use]]:
    """By the segment's name."""
    texts = scheme_queries.live_texts(cur, shop_id)
    return {
        segment: [Use(scheme, _title(scheme, texts[scheme], language)) for scheme in schemes]
        for segment, schemes in segment_uses(texts).items()
    }


def _title(scheme: str, text: str, language: str) -> str:
    known = read(text)
    return words.in_language(known.title, language) if known else scheme
