"""The audit log: what staff, keys and commands looked at and changed. Insert only; the database refuses the rest."""

from typing import Any

from regulars.base import db
from regulars.base.actor import Actor
from regulars.base.db import Cursor

__all__ = ["write"]


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
