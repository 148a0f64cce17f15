"""How many people a condition holds for, and some of them: asked while its owner still writes it. Read only."""

from datetime import datetime

from regulars.base.db import Cursor
from regulars.core.conditions import Condition
from regulars.segments import sql
from regulars.segments.families import family_of
from regulars.segments.filling import prepare
from regulars.segments.pasts import setting_of

__all__ = ["LONGEST", "count", "some"]

LONGEST = "10s"
"""A count that takes longer is given up (psycopg.errors.QueryCanceled): somebody waits for it at a screen."""


def count(cur: Cursor, shop_id: int, condition: Condition, now: datetime) -> int:
    """How many people of the shop it holds for."""
    said = _said(cur, shop_id, condition, now)
    row = cur.execute(said.count(), said.params).fetchone()
    return 0 if row is None else int(row[0])


def some(cur: Cursor, shop_id: int, condition: Condition, now: datetime, limit: int) -> list[int]:
    """Some of them."""
    said = _said(cur, shop_id, condition, now)
    return [row[0] for row in cur.execute(said.some(limit), said.params)]


def _said(cur: Cursor, shop_id: int, condition: Condition, now: datetime) -> sql.Statement:
    # In the transaction of whoever asks: a limit to patience.
    prepare(cur)
    cur.execute(f"set local statement_timeout = '{LONGEST}'")
    return sql.people(condition, shop_id, setting_of(cur, shop_id), now, family_of(cur, shop_id))
