"""The audit log: what staff, keys and commands looked at and changed. Insert only; the database refuses the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.base import db
from regulars.base.actor import Actor
from regulars.base.db import Cursor

__all__ = ["Entry", "of", "write"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row, as it was written. `by`: the actor's text; `at`: by the machine's clock."""

    action: str
    by: str
    detail: Mapping[str, Any]
    at: datetime


def write(
    cur: Cursor,
    shop_id: int | None,
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: int | None,
    **detail: Any,
) -> None:
    """One row, in the transaction of the deed itself. `detail` holds no personal data."""
    cur.execute(
        "insert into base_audit (shop_id, actor_kind, actor_id, action, object_kind, object_id, detail)"
        " values (%s, %s, %s, %s, %s, %s, %s::jsonb)",
        (shop_id, actor.kind, actor.id, action, object_kind, object_id, db.dumps(detail)),
    )


def of(cur: Cursor, shop_id: int, object_kind: str, object_id: int, actions: Sequence[str], limit: int) -> list[Entry]:
    """What was done of this to one object, the newest first."""
    rows = cur.execute(
        "select action, actor_kind, actor_id, detail, at from base_audit where shop_id = %s and object_kind = %s"
        " and object_id = %s and action = any(%s) order by id desc limit %s",
        (shop_id, object_kind, object_id, list(actions), limit),
    )
    return [Entry(action, str(Actor(kind, id_)), detail, at) for action, kind, id_, detail, at in rows.fetchall()]
