"""Writes of the order of calls: which rule comes before which, and when a limit is near; and taking that back.

What an order must keep to is rules/rank.py's: a call-back that the buyer asked for never loses its rank.
"""

from collections.abc import Sequence
from typing import Any

from regulars.base.actor import Actor
from regulars.base.db import Cursor
from regulars.rules import rank
from regulars.shop import actions as shops

__all__ = ["NEAR_MOST", "OrderRefused", "set_order", "undo_order"]

NEAR_MOST = 240
"""Minutes before its limit at which a task may at most be called near it."""


class OrderRefused(ValueError):
    """The rules can't stand in this order; `code` and `rule` as rules/rank.py has them, or code 'near'."""

    def __init__(self, code: str, rule: str) -> None:
        super().__init__(code)
        self.code, self.rule = code, rule


def set_order(cur: Cursor, shop_id: int, rules: Sequence[str], near_minutes: int, actor: Actor) -> None:
    """Write the order of calls; the one before is kept, to be taken back. It holds everywhere within 5 s.

    Raises OrderRefused: incomplete, asked_behind, near.
    """
    wrong = rank.problem(rules) or (None if 0 <= near_minutes <= NEAR_MOST else ("near", "near"))
    if wrong is not None:
        raise OrderRefused(*wrong)
    before = _written(cur, shop_id)
    shops.set_settings(cur, shop_id, {"rank": list(rules), "near_minutes": near_minutes, "rank_before": before}, actor)


def undo_order(cur: Cursor, shop_id: int, actor: Actor) -> bool:
    """The order before the last change holds again; False when there is none."""
    now = _written(cur, shop_id)
    row = cur.execute("select settings -> 'rank_before' from shop_shop where id = %s", (shop_id,)).fetchone()
    before: dict[str, Any] | None = row[0] if row else None
    if not before or rank.problem(before["rank"]):
        return False
    shops.set_settings(
        cur, shop_id, {"rank": before["rank"], "near_minutes": before["near_minutes"], "rank_before": now}, actor
    )
    return True


def _written(cur: Cursor, shop_id: int) -> dict[str, Any]:
    row = cur.execute("select settings from shop_shop where id = %s for update", (shop_id,)).fetchone()
    own = row[0] if row else {}
    return {"rank": own.get("rank", list(rank.DEFAULT)), "near_minutes": own.get("near_minutes", 10)}
