"""Writes of calls beside taking them in (calls_taking.py): the task a call asks for, and who it was."""

from collections.abc import Mapping
from datetime import datetime

from regulars.base.actor import Actor
from regulars.base.db import Cursor

__all__ = ["give_person", "put_to_tasks", "take_back_person"]


def put_to_tasks(cur: Cursor, task_of: Mapping[int, int]) -> None:
    """These calls (call → task) ask for these tasks."""
    if task_of:
        cur.execute(
            "update talks_call c set task_id = t from unnest(%s::bigint[], %s::bigint[]) as x(c, t) where c.id = x.c",
            (list(task_of), list(task_of.values())),
        )


def give_person(cur: Cursor, shop_id: int, call_ids: list[int], person_id: int, actor: Actor, now: datetime) -> None:
    """It was this one: somebody says so."""
    cur.execute(
        "update talks_call set person_id = %s, certainty = 'certain', settled_by = %s, settled_at = %s"
        " where shop_id = %s and id = any(%s)",
        (person_id, str(actor), now, shop_id, call_ids),
    )


def take_back_person(cur: Cursor, shop_id: int, call_ids: list[int]) -> None:
    """Nobody knows again; who stands in for them is back."""
    cur.execute(
        "update talks_call set person_id = stand_in_id, certainty = 'maybe', settled_by = null, settled_at = null"
        " where shop_id = %s and id = any(%s)",
        (shop_id, call_ids),
    )
