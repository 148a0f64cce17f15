"""Whether a quarantined body would be taken in now, and what else is wrong with it: the same reading, nothing written.

Owns only the asking; how a delivery is read is parsing.py's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.base.errors import BadItem, Problem
from regulars.intake.feed_registry import Ignored
from regulars.intake.parsing import Claimed, read
from regulars.intake.queries import Came, Quarantined

__all__ = ["Reading", "reading"]

MOST_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reading finds. `kinds`: of the items that are understood; `ignored`: understood, and nothing to do.

    `ids`: the items' own ids, as far as they have one.
    """

    problems: Sequence[Problem]
    kinds: Sequence[str]
    ids: Sequence[str]
    ignored: str


def reading(item: Quarantined, came: Came | None, body: bytes) -> Reading:
    """Read `body` as a replay of this item would; conflicts with what is known show only when it is taken in."""
    whole = came is not None and came.batch and item.position is None
    claimed = Claimed(
        id=item.delivery_id,
        source=item.source,
        kind=item.kind,
        batch=whole,
        live=None,
        headers=came.headers if came else {},
        body=body,
        feed_kind=came.feed_kind if came and item.kind == "vendor" else None,
        feed_settings=came.feed_settings if came else None,
    )
    read(claimed)
    problems: list[Problem] = []
    kinds, ids, ignored = [], [], ""
    for piece in claimed.pieces:
        if isinstance(piece.found, BadItem):
            problems += piece.found.problems
        elif isinstance(piece.found, Ignored):
            ignored = piece.found.reason
        else:
            kinds.append(piece.kind)
            ids += [piece.key] if piece.key else []
    return Reading(problems[:MOST_PROBLEMS], kinds, ids, ignored)
