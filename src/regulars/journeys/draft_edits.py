"""What was done to a draft on the picture, step by step, so that it can be taken back and done again.

Owns that record, which is its author's alone. Drafts themselves are `actions`'.
"""

from dataclasses import dataclass
from datetime import datetime

from regulars.base.db import Cursor

__all__ = ["KEPT", "Deeds", "deeds", "forget", "keep", "mark"]

KEPT = 20
"""So many deeds can be taken back."""
_OF = "shop_id = %s and account_id = %s and name = %s"


@dataclass(frozen=True, slots=True)
class Deed:
    """One change: its number, what it was called, and the texts that it lies between."""

    n: int
    said: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Deeds:
    """What can be undone and done again with the text as it is; None for nothing."""

    undo: Deed | None = None
    redo: Deed | None = None


def deeds(cur: Cursor, shop_id: int, account_id: int, name: str, text: str) -> Deeds:
    """The last deed that led to this very text, and the one that was taken back to it."""
    columns = f"select n, said, before, after from journeys_draft_edit where {_OF}"  # noqa: S608 - our own words
    of = (shop_id, account_id, name)
    undo = cur.execute(f"{columns} and not undone order by n desc limit 1", of).fetchone()
    redo = cur.execute(f"{columns} and undone order by n limit 1", of).fetchone()
    return Deeds(
        Deed(*undo) if undo and undo[3] == text else None,
        Deed(*redo) if redo and redo[2] == text else None,
    )


def keep(
    cur: Cursor, shop_id: int, account_id: int, name: str, before: str, after: str, said: str, now: datetime
) -> None:
    """Remember a deed; what was taken back before can't be done again then."""
    of = (shop_id, account_id, name)
    cur.execute(f"delete from journeys_draft_edit where {_OF} and undone", of)  # noqa: S608 - our own words
    (last,) = cur.execute(
        f"select coalesce(max(n), 0) from journeys_draft_edit where {_OF}",  # noqa: S608 - our own words
        of,
    ).fetchone() or (0,)
    cur.execute(
        "insert into journeys_draft_edit (shop_id, account_id, name, n, before, after, said, at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (*of, last + 1, before, after, said, now),
    )
    cur.execute(f"delete from journeys_draft_edit where {_OF} and n <= %s", (*of, last + 1 - KEPT))  # noqa: S608


def mark(cur: Cursor, shop_id: int, account_id: int, name: str, n: int, *, undone: bool) -> None:
    """Remember that a deed was taken back, or done again."""
    cur.execute(
        f"update journeys_draft_edit set undone = %s where {_OF} and n = %s",  # noqa: S608 - our own words
        (undone, shop_id, account_id, name, n),
    )


def forget(cur: Cursor, shop_id: int, account_id: int, name: str) -> None:
    """Nothing can be taken back any more: the draft was published or dropped."""
    cur.execute(f"delete from journeys_draft_edit where {_OF}", (shop_id, account_id, name))  # noqa: S608 - our own words
