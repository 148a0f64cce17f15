"""The segments of a person on his page: which he is in and since when, and which he left lately. Reads only."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from regulars.base.db import Cursor
from regulars.segments import queries
from regulars.web import words
from regulars.web.access import Seat
from regulars.web.say import Say

__all__ = ["segments_of"]

LATELY = timedelta(days=30)


def segments_of(cur: Cursor, seat: Seat, say: Say, ids: Sequence[int]) -> list[dict[str, Any]]:
    """One row a segment, those that he is in first."""
    return [
        {
            "id": row.id,
            "title": words.in_language(row.title, seat.language) or row.name,
            "since": say.day(row.since) if row.since else "",
            "left": say.day(row.left_at) if row.left_at else "",
        }
        for row in queries.of_person(cur, seat.shop.id, ids, say.now - LATELY)
    ]
