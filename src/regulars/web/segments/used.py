"""Which live schemes wait for a segment: read from their texts, which name it after `enters` or `leaves`."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regulars.base.db import Cursor
from regulars.journeys import scheme_queries
from regulars.web import words
from regulars.web.scheme_names import read

__all__ = ["Use", "uses"]

_WAITS = re.compile(r"""\b(?:enters|leaves|segment)\b\s*(?::|==)\s*["']?([a-z][a-z0-9-]*)""")


@dataclass(frozen=True, slots=True)
class Use:
    """A live scheme that waits for the segment."""

    scheme: str
    title: str


def uses(cur: Cursor, shop_id: int, language: str) -> Mapping[str, Sequence[Use]]:
    """By the segment's name."""
    found: dict[str, list[Use]] = defaultdict(list)
    for scheme, text in scheme_queries.live_texts(cur, shop_id).items():
        for name in sorted(set(_WAITS.findall(text))):
            known = read(text)
            found[name].append(Use(scheme, words.in_language(known.title, language) if known else scheme))
    return found
